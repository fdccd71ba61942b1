//! `Link`: the addresses of the neighbouring pages (RFC 8288).

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What may not stand raw in a query, or would end the address within the header.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The value of `Link` for a page, or nothing when there is only one.
pub(crate) fn links(address: &str, raw_query: &str, offset: u64, limit: u32, total: u64) -> Option<String> {
    let limit = u64::from(limit);
    if limit == 0 || total <= limit && offset == 0 {
        return None;
    }
    let kept: Vec<String> = raw_query
        .split('&')
        .filter(|pair| !pair.is_empty() && !matches!(pair.split('=').next(), Some("offset" | "limit")))
        .map(|pair| utf8_percent_encode(pair, ESCAPED).to_string())
        .collect();
    let page = |offset: u64, relation: &str| {
        let mut query = kept.clone();
        query.push(format!("offset={offset}&limit={limit}"));
        format!("<{address}?{}>; rel=\"{relation}\"", query.join("&"))
    };
    let last = total.saturating_sub(1) / limit * limit;
    let mut links = vec![page(0, "first")];
    if offset > 0 {
        links.push(page(offset.saturating_sub(limit), "prev"));
    }
    if offset + limit < total {
        links.push(page(offset + limit, "next"));
    }
    links.push(page(last, "last"));
    Some(links.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_its_neighbours_and_keeps_the_query() {
        let links = links("http://oi/x", "status=PENDING&limit=10&name[>]=a&offset=20", 20, 10, 45).unwrap();
        assert_eq!(
            links,
            "<http://oi/x?status=PENDING&name[%3E]=a&offset=0&limit=10>; rel=\"first\", \
             <http://oi/x?status=PENDING&name[%3E]=a&offset=10&limit=10>; rel=\"prev\", \
             <http://oi/x?status=PENDING&name[%3E]=a&offset=30&limit=10>; rel=\"next\", \
             <http://oi/x?status=PENDING&name[%3E]=a&offset=40&limit=10>; rel=\"last\""
        );
    }

    #[test]
    fn a_single_page_has_no_neighbours() {
        assert_eq!(links("http://oi/x", "", 0, 10, 10), None);
        assert_eq!(links("http://oi/x", "", 0, 0, 10), None);
        assert!(links("http://oi/x", "", 30, 10, 10).unwrap().contains("offset=20&limit=10>; rel=\"prev\""));
    }
}

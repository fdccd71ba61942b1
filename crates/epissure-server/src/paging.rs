//! Headers of pages: counts, and `Link` with the URLs of other pages (RFC 8288).

use std::convert::Infallible;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use epissure_app::Next;
use epissure_filter::Query;
use futures_util::stream;
use http::StatusCode;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::answer;

/// Parameters that select the page of a list.
const RESERVED: &[&str] = &["offset", "limit", "cursor"];

/// Characters that are invalid in a query, or that would end the URL within the header.
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

/// Position of a page in its list.
pub(crate) struct Page {
    /// Number of items before the page.
    pub(crate) before: u64,
    /// Maximum number of items in the page.
    pub(crate) limit: u32,
    /// Number of items in the list.
    pub(crate) total: u64,
    /// Start of the next page.
    pub(crate) next: Option<Next>,
}

/// Returns the response with a page: its items as JSON texts, the two counts, and `Link`.
pub(crate) fn answer(items: &[String], page: &Page, address: &str, raw_query: &str) -> Response {
    let mut response = answer::json_text(StatusCode::OK, format!("[{}]", items.join(",")));
    page.describe(&mut response, items.len() as u64, address, raw_query);
    response
}

/// Returns the response to `HEAD`: the headers of the page at an offset, without a body or
/// `Content-Length`, because the page is not read.
pub(crate) fn counted(total: u64, query: &Query, address: &str, raw_query: &str) -> Response {
    let count = total.saturating_sub(query.offset).min(u64::from(query.limit));
    let after = query.offset + count;
    let next = (after < total && count > 0).then_some(Next::Offset(after));
    let page = Page { before: query.offset, limit: query.limit, total, next };
    let mut response = answer::json_text(StatusCode::OK, String::new());
    // The body has an unknown length: an empty body would set Content-Length to 0.
    *response.body_mut() = Body::from_stream(stream::empty::<Result<Bytes, Infallible>>());
    page.describe(&mut response, count, address, raw_query);
    response
}

impl Page {
    /// Adds the headers of a page of `count` items.
    fn describe(&self, response: &mut Response, count: u64, address: &str, raw_query: &str) {
        answer::header(response, "x-result-count", &count.to_string());
        answer::header(response, "x-total-count", &self.total.to_string());
        if let Some(links) = self.links(address, raw_query) {
            answer::header(response, "link", &links);
        }
    }

    /// Returns the value of `Link`, or `None` for the only page. The next page has a cursor, the
    /// others an offset.
    pub(crate) fn links(&self, address: &str, raw_query: &str) -> Option<String> {
        let limit = u64::from(self.limit);
        let alone = self.before == 0 && self.next.is_none() && self.total <= limit;
        if limit == 0 || alone {
            return None;
        }
        let kept: Vec<String> = raw_query
            .split('&')
            .filter(|pair| {
                !pair.is_empty() && !RESERVED.contains(&pair.split('=').next().unwrap_or_default())
            })
            .map(|pair| utf8_percent_encode(pair, ESCAPED).to_string())
            .collect();
        let link = |place: &str, relation: &str| {
            let mut query = kept.clone();
            query.push(format!("{place}&limit={limit}"));
            format!("<{address}?{}>; rel=\"{relation}\"", query.join("&"))
        };
        let at = |offset: u64| format!("offset={offset}");
        let mut links = vec![link(&at(0), "first")];
        if self.before > 0 {
            links.push(link(&at(self.before.saturating_sub(limit)), "prev"));
        }
        match &self.next {
            Some(Next::Cursor(cursor)) => links.push(link(&format!("cursor={cursor}"), "next")),
            Some(Next::Offset(offset)) => links.push(link(&at(*offset), "next")),
            None => {}
        }
        links.push(link(&at(self.total.saturating_sub(1) / limit * limit), "last"));
        Some(links.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_its_neighbours_and_keeps_the_query() {
        let page = Page { before: 20, limit: 10, total: 45, next: Some(Next::Cursor("abc".to_owned())) };
        let links = page.links("http://oi/x", "status=PENDING&limit=10&name[>]=a&offset=20").unwrap();
        assert_eq!(
            links,
            "<http://oi/x?status=PENDING&name[%3E]=a&offset=0&limit=10>; rel=\"first\", \
             <http://oi/x?status=PENDING&name[%3E]=a&offset=10&limit=10>; rel=\"prev\", \
             <http://oi/x?status=PENDING&name[%3E]=a&cursor=abc&limit=10>; rel=\"next\", \
             <http://oi/x?status=PENDING&name[%3E]=a&offset=40&limit=10>; rel=\"last\""
        );
    }

    #[test]
    fn a_cursor_gives_way_to_that_of_the_next_page() {
        let page = Page { before: 10, limit: 10, total: 45, next: Some(Next::Offset(20)) };
        let links = page.links("http://oi/x", "cursor=abc&sort=name").unwrap();
        assert!(links.contains("<http://oi/x?sort=name&offset=20&limit=10>; rel=\"next\""), "{links}");
        assert!(!links.contains("cursor"), "{links}");
    }

    #[test]
    fn a_single_page_has_no_neighbours() {
        let page = |before, limit| Page { before, limit, total: 10, next: None };
        assert_eq!(page(0, 10).links("http://oi/x", ""), None);
        assert_eq!(page(0, 0).links("http://oi/x", ""), None);
        let beyond = page(30, 10).links("http://oi/x", "").unwrap();
        assert!(beyond.contains("offset=20&limit=10>; rel=\"prev\""), "{beyond}");
    }
}

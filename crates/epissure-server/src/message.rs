//! Checks of HTTP/1.1 before any handler runs (RFC 9112 sections 3.2 and 6.1), and trailing slashes
//! of paths.

use epissure_protocol::problem::Problem;
use epissure_protocol::refusal::HttpRefusal;
use http::header::{HOST, TRANSFER_ENCODING};
use http::uri::{Authority, PathAndQuery};
use http::{HeaderMap, Request, Uri, Version};

/// Refuses a request whose host or framing violates HTTP/1.1.
pub(crate) fn check(version: Version, headers: &HeaderMap) -> Result<(), Problem> {
    check_host(version, headers)?;
    let codings = headers
        .get_all(TRANSFER_ENCODING)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let others = codings.filter(|coding| !coding.trim_ascii().eq_ignore_ascii_case(b"chunked"));
    match others.count() {
        0 => Ok(()),
        _ => Err(HttpRefusal::TransferCoding.into()),
    }
}

fn check_host(version: Version, headers: &HeaderMap) -> Result<(), Problem> {
    let mut hosts = headers.get_all(HOST).iter();
    let refusal = match (hosts.next(), hosts.next()) {
        (None, _) if version < Version::HTTP_11 => return Ok(()),
        (None, _) => HttpRefusal::NoHost,
        (Some(_), Some(_)) => HttpRefusal::TwoHosts,
        (Some(host), None) => {
            let authority = Authority::try_from(host.as_bytes());
            if host.is_empty() || authority.is_ok_and(|authority| !authority.as_str().contains('@')) {
                return Ok(());
            }
            HttpRefusal::Host
        }
    };
    Err(refusal.into())
}

/// Removes the trailing slash of a path. The pages below `/docs` have paths that end in a slash.
pub(crate) fn without_trailing_slash<B>(mut request: Request<B>) -> Request<B> {
    let path = request.uri().path();
    let Some(trimmed) = path.strip_suffix('/').filter(|path| !path.is_empty() && !path.starts_with("/docs"))
    else {
        return request;
    };
    let target = match request.uri().query() {
        Some(query) => format!("{trimmed}?{query}"),
        None => trimmed.to_owned(),
    };
    let mut parts = request.uri().clone().into_parts();
    if let Ok(target) = PathAndQuery::try_from(target) {
        parts.path_and_query = Some(target);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn status(version: Version, headers: &[(http::HeaderName, &'static str)]) -> u16 {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, HeaderValue::from_static(value));
        }
        check(version, &map).map_or_else(|problem| problem.code().status(), |()| 200)
    }

    #[test]
    fn a_request_names_its_host_once() {
        let rows: [(&[&'static str], u16); 7] = [
            (&["oi.example"], 200),
            (&["[::1]:8080"], 200),
            (&[""], 200),
            (&[], 400),
            (&["oi.example", "oi.example"], 400),
            (&["user@oi.example"], 400),
            (&["oi example"], 400),
        ];
        for (hosts, expected) in rows {
            let headers: Vec<_> = hosts.iter().map(|host| (HOST, *host)).collect();
            assert_eq!(status(Version::HTTP_11, &headers), expected, "{hosts:?}");
        }
        assert_eq!(status(Version::HTTP_10, &[]), 200);
    }

    #[test]
    fn chunked_is_the_only_transfer_coding() {
        for (codings, expected) in [
            ("chunked", 200),
            ("Chunked", 200),
            ("gzip, chunked", 501),
            ("identity", 501),
            ("chunked, gzip", 501),
        ] {
            let headers = [(HOST, "oi"), (TRANSFER_ENCODING, codings)];
            assert_eq!(status(Version::HTTP_11, &headers), expected, "{codings}");
        }
    }

    #[test]
    fn a_trailing_slash_is_dropped_but_from_the_pages() {
        for (target, expected) in [
            ("/anomalie-adresse/", "/anomalie-adresse"),
            ("/anomalie-adresse/?limit=1", "/anomalie-adresse?limit=1"),
            ("/anomalie-adresse?a=/", "/anomalie-adresse?a=/"),
            ("/", "/"),
            ("/docs/", "/docs/"),
        ] {
            let request = Request::builder().uri(target).body(()).unwrap();
            assert_eq!(without_trailing_slash(request).uri().to_string(), expected);
        }
    }
}

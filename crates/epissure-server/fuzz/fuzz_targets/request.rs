//! Fuzz target for whole requests: none causes a server error. The data is an HTTP/1.1 request,
//! with lines that end in LF and without a version. `TICKET` in the target is an open ticket. `oc`
//! and `oi` as the value of `authorization` are tokens of the two operators.

#![no_main]

mod served;

use axum::body::Body;
use http::Request;
use http::header::AUTHORIZATION;
use libfuzzer_sys::{Corpus, fuzz_target};
use served::SERVED;

/// Parses the request in the data. Returns `None` if the HTTP layer would refuse it.
fn request(data: &[u8]) -> Option<Request<Body>> {
    let end = data.windows(2).position(|pair| pair == b"\n\n").unwrap_or(data.len());
    let (head, body) = data.split_at(end);
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = str::from_utf8(lines.next()?).ok()?;
    let (method, target) = first.split_once(' ')?;
    let target = target.replace("TICKET", &SERVED.ticket);
    let mut request = Request::builder().method(method).uri(target).header("host", "x");
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        let token = match value {
            b"oc" => Some(&SERVED.oc),
            b"oi" => Some(&SERVED.oi),
            _ => None,
        };
        request = match token {
            Some(token) if name.eq_ignore_ascii_case(AUTHORIZATION.as_str().as_bytes()) => {
                request.header(name, format!("Bearer {token}"))
            }
            _ => request.header(name, value),
        };
    }
    request.body(Body::from(body.get(2..).unwrap_or_default().to_vec())).ok()
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some(request) = request(data) else { return Corpus::Reject };
    SERVED.status(request);
    Corpus::Keep
});

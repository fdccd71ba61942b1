//! Fuzz target for upload forms: no form causes a server error, and the response does not depend on
//! the division of the form into pieces. The first byte of the data is the length of a piece.

#![no_main]

mod served;

use std::convert::Infallible;

use axum::body::Body;
use bytes::Bytes;
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use libfuzzer_sys::fuzz_target;
use served::SERVED;

fuzz_target!(|data: &[u8]| {
    let Some((&cut, form)) = data.split_first() else { return };
    let send = |length: usize| {
        let pieces: Vec<_> =
            form.chunks(length.max(1)).map(Bytes::copy_from_slice).map(Ok::<_, Infallible>).collect();
        let request = Request::post(format!("/anomalie-adresse/{}/attachment", SERVED.ticket))
            .header(AUTHORIZATION, format!("Bearer {}", SERVED.oi))
            .header(CONTENT_TYPE, "multipart/form-data; boundary=b")
            .body(Body::from_stream(futures_util::stream::iter(pieces)))
            .expect("a request");
        SERVED.status(request)
    };
    assert_eq!(send(form.len()), send(cut.into()));
});

//! Forms cut at arbitrary positions into pieces that arrive separately.

use std::convert::Infallible;

use proptest::prelude::*;

use super::*;

const BOUNDARY: &str = "b0undary";

/// Returns the parts of a form that arrives in these pieces, read like [`Form`] does.
async fn parts(form: Vec<u8>, cuts: Vec<usize>) -> Result<Vec<(String, Vec<u8>)>, multer::Error> {
    let mut pieces: Vec<Bytes> = Vec::new();
    let mut rest = Bytes::from(form);
    for cut in cuts {
        pieces.push(rest.split_to(cut.min(rest.len())));
    }
    pieces.push(rest);
    let body = Body::from_stream(futures_util::stream::iter(pieces.into_iter().map(Ok::<_, Infallible>)));
    let (flow, held) = Flow::new(body, u64::MAX, None);
    let mut form = Multipart::new(flow, BOUNDARY);
    let mut parts = Vec::new();
    while let Some(mut field) = form.next_field().await? {
        let (name, mut content) = (field.name().unwrap_or_default().to_owned(), Vec::new());
        while let Some(bytes) = field.chunk().await? {
            held.handed_out(&bytes);
            content.extend_from_slice(&bytes);
        }
        parts.push((name, content));
    }
    Ok(parts)
}

fn written(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut form = Vec::new();
    for (name, content) in parts {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        form.extend([head.as_bytes(), content, b"\r\n"].concat());
    }
    form.extend(format!("--{BOUNDARY}--\r\n").bytes());
    form
}

/// Contents that resemble a boundary.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\r\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"--".to_vec()),
        Just(b"\r\n--b0undar".to_vec()),
        Just(b"--b0undary".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..40),
    ];
    proptest::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat()).prop_filter(
        "the boundary itself ends a part",
        |content| {
            // The bytes before a content end a line too.
            let ended = [b"\r\n", &content[..]].concat();
            !ended.windows(BOUNDARY.len() + 4).any(|window| window == b"\r\n--b0undary")
        },
    )
}

fn cuts() -> impl Strategy<Value = Vec<usize>> {
    proptest::collection::vec(0_usize..60, 0..30)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

proptest! {
    #[test]
    fn a_form_is_the_same_however_it_is_cut(file in content(), object in content(), cuts in cuts()) {
        let form = written(&[("file", &file), ("attachment", &object)]);
        let read = block_on(parts(form, cuts)).expect("a form");
        prop_assert_eq!(read, [("file".to_owned(), file), ("attachment".to_owned(), object)]);
    }

    #[test]
    fn what_is_cut_off_is_no_form(file in content(), cuts in cuts(), missing in 3_usize..200) {
        let mut form = written(&[("file", &file)]);
        // The line end after the last boundary is optional.
        form.truncate(form.len().saturating_sub(missing + 2));
        prop_assert!(block_on(parts(form, cuts)).is_err());
    }

    #[test]
    fn garbage_ends(garbage in proptest::collection::vec(any::<u8>(), 0..400), cuts in cuts()) {
        let _ = block_on(parts(garbage, cuts));
    }
}

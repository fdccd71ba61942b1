//! Fuzz target for the state machine of `epissure_server::wire`. It only replaces raw bytes by
//! their escapes, and does not depend on the division of its input. The first byte of the data
//! determines the division.

#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;

// The file is included directly, so that the fuzzer does not build the server.
#[expect(dead_code, reason = "the stream that uses the rest of it is not compiled here")]
#[path = "../../src/wire/framing.rs"]
mod framing;

use framing::Framing;

fuzz_target!(|data: &[u8]| {
    let Some((&cut, input)) = data.split_first() else { return };

    let mut whole = BytesMut::new();
    Framing::new().advance(input, &mut whole);

    let mut pieces = BytesMut::new();
    let mut framing = Framing::new();
    for piece in input.chunks(usize::from(cut).max(1)) {
        framing.advance(piece, &mut pieces);
    }
    assert_eq!(whole, pieces);

    let mut rest = &whole[..];
    for byte in input {
        rest = match rest.strip_prefix(&[*byte]) {
            Some(rest) => rest,
            None => {
                assert!(b"\"<>\\^`{|}".contains(byte) || *byte >= 0x80);
                rest.strip_prefix(format!("%{byte:02X}").as_bytes()).expect("an escape")
            }
        };
    }
    assert!(rest.is_empty());
});

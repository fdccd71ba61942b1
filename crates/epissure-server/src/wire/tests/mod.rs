mod differential;
mod framing;
mod hyper_server;
mod measured;
mod model;
mod requests;
mod stream;

use bytes::BytesMut;

use super::Framing;

/// Feeds the state machine with `input` cut at `cuts` (any order, any value).
fn advance_in_pieces(input: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (input.len() + 1)).collect();
    cuts.push(input.len());
    cuts.sort_unstable();
    let (mut framing, mut out, mut from) = (Framing::new(), BytesMut::new(), 0);
    for cut in cuts {
        framing.advance(&input[from..cut], &mut out);
        from = cut;
    }
    out.to_vec()
}

fn advance(input: &[u8]) -> Vec<u8> {
    advance_in_pieces(input, &[])
}

/// Returns true if the rules of the module encode this byte.
fn is_encoded(byte: u8) -> bool {
    b"\"<>\\^`{|}".contains(&byte) || byte >= 0x80
}

fn encode(target: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for &byte in target {
        if is_encoded(byte) {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        } else {
            out.push(byte);
        }
    }
    out
}

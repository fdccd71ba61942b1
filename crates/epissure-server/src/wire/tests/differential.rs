//! hyper with the layer against hyper without it.

use proptest::prelude::*;

use super::advance;
use super::encode;
use super::hyper_server::{Exchange, Layer, Seen, exchange};
use super::requests::{damaged_requests, doubtful_requests, render, strict_requests};

/// Bytes per read.
fn pieces() -> impl Strategy<Value = usize> {
    prop_oneof![Just(1), 2..50_usize, Just(65_536)]
}

/// Returns the requests that both servers saw, with encoded targets. After the layer gives up,
/// handlers see the raw bytes that hyper accepts.
fn common(left: &Exchange, right: &Exchange) -> [Vec<Seen>; 2] {
    let count = left.seen.len().min(right.seen.len());
    [left, right].map(|exchange| {
        let encoded = |seen: &Seen| Seen {
            target: String::from_utf8(encode(seen.target.as_bytes())).unwrap(),
            ..seen.clone()
        };
        exchange.seen[..count].iter().map(encoded).collect()
    })
}

proptest! {
    /// The layer changes no valid stream without raw bytes.
    #[test]
    fn valid_streams_are_untouched(parts in strict_requests(false), piece in pieces()) {
        let stream = render(&parts, <[u8]>::to_vec);
        prop_assert_eq!(&advance(&stream), &stream);
        let plain = exchange(&stream, Layer::Without, piece);
        let layered = exchange(&stream, Layer::With, piece);
        prop_assert_eq!(plain.seen, layered.seen);
        prop_assert_eq!(plain.responses.len(), layered.responses.len());
    }

    /// hyper accepts at least as many requests of a broken stream with the layer as without it.
    /// With the layer it may continue past a request line with raw bytes.
    #[test]
    fn broken_streams_are_read_the_same(
        parts in prop_oneof![2 => damaged_requests(false), 1 => damaged_requests(true)],
        piece in pieces(),
    ) {
        let stream = render(&parts, <[u8]>::to_vec);
        let plain = exchange(&stream, Layer::Without, piece);
        let layered = exchange(&stream, Layer::With, piece);
        prop_assert!(layered.seen.len() >= plain.seen.len());
        let [plain_seen, layered_seen] = common(&plain, &layered);
        prop_assert_eq!(plain_seen, layered_seen);
        if advance(&stream) == stream {
            prop_assert_eq!(plain.seen, layered.seen);
        }
    }

    /// Raw targets through the layer are the same requests as targets encoded by the client.
    #[test]
    fn raw_targets_are_encoded_targets(parts in strict_requests(true), piece in pieces()) {
        let encoded = exchange(&render(&parts, encode), Layer::Without, piece);
        let layered = exchange(&render(&parts, <[u8]>::to_vec), Layer::With, piece);
        prop_assert_eq!(encoded.seen, layered.seen);
    }

    /// The same holds in broken streams, until the layer gives up.
    #[test]
    fn raw_targets_in_broken_streams(parts in doubtful_requests(true), piece in pieces()) {
        let encoded = exchange(&render(&parts, encode), Layer::Without, piece);
        let layered = exchange(&render(&parts, <[u8]>::to_vec), Layer::With, piece);
        let [encoded_seen, layered_seen] = common(&encoded, &layered);
        prop_assert_eq!(encoded_seen, layered_seen);
    }
}

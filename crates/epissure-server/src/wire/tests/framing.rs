use bytes::BytesMut;
use proptest::prelude::*;

use super::requests::{damaged_requests, render, strict_requests};
use super::{advance, advance_in_pieces, is_encoded, model};
use crate::wire::Framing;

/// A request with a raw target, which shows whether the layer still rewrites.
const PROBE: &str = "GET /p?a[>]=1 HTTP/1.1\r\n\r\n";
const PROBE_ENCODED: &str = "GET /p?a[%3E]=1 HTTP/1.1\r\n\r\n";

#[test]
fn targets_are_encoded() {
    for (target, encoded) in [
        ("/p?birthdate[>]=2020-01-10", "/p?birthdate[%3E]=2020-01-10"),
        ("/p?name[<>]=doudou", "/p?name[%3C%3E]=doudou"),
        (r#"/p?childs[json]={"name":"x"}"#, "/p?childs[json]=%7B%22name%22:%22x%22%7D"),
        (r"/p?a=|^\`", "/p?a=%7C%5E%5C%60"),
        ("/p?city=Nîmes", "/p?city=N%C3%AEmes"),
        ("/p?a[%3E]=%22&b=%zz#f", "/p?a[%3E]=%22&b=%zz#f"),
        ("/<a>?b", "/%3Ca%3E?b"),
        ("<", "%3C"),
        ("http://h/p?a[<]=1", "http://h/p?a[%3C]=1"),
        ("*", "*"),
    ] {
        let of = |target: &str| format!("GET {target} HTTP/1.1\r\nhost: h\r\n\r\n");
        assert_eq!(advance(of(target).as_bytes()), of(encoded).into_bytes(), "{target}");
    }
    // Bytes that are not UTF-8 are encoded too: their meaning is up to the query.
    assert_eq!(advance(b"GET /?\xff HTTP/1.1\r\n"), b"GET /?%FF HTTP/1.1\r\n");
}

#[test]
fn requests_that_are_followed() {
    let fake = "GET /a?x[>]=1 HTTP/1.1\r\n\r\n";
    let length = fake.len();
    for first in [
        "GET / HTTP/1.1\r\n\r\n".to_owned(),
        "G!#$%&'*+-.^_`|~0 / HTTP/1.1\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nx-raw:<>\"{|}\\^`\r\nempty:\r\nblank: \t \r\n\r\n".to_owned(),
        format!("POST / HTTP/1.1\r\ncontent-length: {length}\r\n\r\n{fake}"),
        format!("POST / HTTP/1.1\r\nCONTENT-LENGTH:\t00{length} \r\n\r\n{fake}"),
        format!("GET / HTTP/1.1\r\nContent-Length:{length}\r\nConnection: keep-alive\r\n\r\n{fake}"),
        "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n".to_owned(),
        format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{fake}\r\n0\r\n\r\n"),
        format!(
            "POST / HTTP/1.1\r\ntransfer-encoding:chunked\r\nTrailer: t\r\n\r\n\
             1\r\n>\r\n0000{length:X};a=\"<>\";b\r\n{fake}\r\n000;<\r\nt: <>\r\nGET: /?a[>]=1 HTTP/1.1\r\n\r\n"
        ),
    ] {
        let sent = format!("{first}{PROBE}");
        let expected = format!("{first}{PROBE_ENCODED}");
        assert_eq!(advance(sent.as_bytes()), expected.into_bytes(), "{first}");
    }
}

#[test]
fn anything_doubtful_stops_the_rewriting() {
    let head = |fields: &str| format!("POST / HTTP/1.1\r\n{fields}\r\n\r\n");
    let chunked = |body: &str| head("Transfer-Encoding: chunked") + body;
    let doubtful = [
        // Before the target.
        "\r\n".to_owned(),
        "\n".to_owned(),
        " ".to_owned(),
        "\0".to_owned(),
        "CONNECT h:1 HTTP/1.1\r\n\r\n".to_owned(),
        "GET\t/ HTTP/1.1\r\n\r\n".to_owned(),
        "GET  / HTTP/1.1\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        "G:T / HTTP/1.1\r\n\r\n".to_owned(),
        // The request line.
        "GET /\r\n\r\n".to_owned(),
        "GET /\n".to_owned(),
        "GET /\x7f HTTP/1.1\r\n\r\n".to_owned(),
        "GET /\t HTTP/1.1\r\n\r\n".to_owned(),
        "GET /a b HTTP/1.1\r\n\r\n".to_owned(),
        "GET /  HTTP/1.1\r\n\r\n".to_owned(),
        "GET / HTTP/1.1 \r\n\r\n".to_owned(),
        "GET / HTTP/1.1\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\r\n\r\n".to_owned(),
        "GET / HTTP/1.0\r\n\r\n".to_owned(),
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n".to_owned(),
        "GET / http/1.1\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        // Fields.
        head(" Host: h"),
        head("Host : h"),
        head("Host: a\r\n b"),
        head("Host: a\r\n\tb"),
        head("Host"),
        head(": h"),
        head("Host: a\nb: c"),
        head("Host: a\rb"),
        head("Host: \0"),
        head("H\u{e9}: h"),
        "GET / HTTP/1.1\r\nHost: h\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: h\r\n\n".to_owned(),
        head("Upgrade: h2c"),
        head("upgrade:"),
        head("Expect: 100-continue"),
        // Body lengths.
        head("Content-Length: 0\r\nContent-Length: 0"),
        head("Content-Length: 0\r\nContent-Length: 1"),
        head("Content-Length: 0\r\nTransfer-Encoding: chunked"),
        head("Transfer-Encoding: chunked\r\nContent-Length: 0"),
        head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        head("Transfer-Encoding: gzip, chunked"),
        head("Transfer-Encoding: chunked, gzip"),
        head("Transfer-Encoding: identity"),
        head("Transfer-Encoding: Chunked"),
        head("Transfer-Encoding: chunked;a"),
        head("Transfer-Encoding:"),
        head("Content-Length: +0"),
        head("Content-Length: -0"),
        head("Content-Length: 0, 0"),
        head("Content-Length: 0 0"),
        head("Content-Length: 0x0"),
        head("Content-Length:"),
        head("Content-Length: 18446744073709551616"),
        head("Content-Length: 000000000000000000000000000000000"),
        // Chunks.
        chunked("\r\n"),
        chunked("g\r\n"),
        chunked("-1\r\n"),
        chunked(" 0\r\n\r\n"),
        chunked("0 \r\n\r\n"),
        chunked("0\n\r\n"),
        chunked(";a\r\n"),
        chunked("10000000000000000\r\n"),
        chunked("0;a\n\r\n"),
        chunked("1\r\nab"),
        chunked("1\r\na\n"),
        chunked("0\r\na: b\n\r\n"),
        chunked("0\r\na: b\rc\r\n\r\n"),
        chunked("0\r\n a: b\r\n\r\n"),
        chunked("0\r\n\n"),
    ];
    for start in doubtful {
        let sent = format!("{start}{PROBE}");
        let mut framing = Framing::new();
        let mut out = BytesMut::new();
        framing.advance(sent.as_bytes(), &mut out);
        assert_eq!(out, sent, "{start:?}");
        assert!(framing.gave_up(), "{start:?}");
    }
}

#[test]
fn hypers_limits() {
    let many_fields = |count: usize| format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(count));
    let extensions = |length: usize| {
        let chunk = format!("1;{}\r\n<\r\n", "e".repeat(length / 4));
        format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n", chunk.repeat(4))
    };
    let head = |length: usize| format!("GET / HTTP/1.1\r\na: {}\r\n\r\n", "b".repeat(length - 23));
    for (fits, too_much) in [
        (many_fields(100), many_fields(101)),
        (extensions(16 * 1024 - 4), extensions(16 * 1024)),
        (head(417_792), head(417_793)),
    ] {
        let followed = format!("{fits}{PROBE_ENCODED}").into_bytes();
        assert!(advance(format!("{fits}{PROBE}").as_bytes()) == followed);
        let refused = format!("{too_much}{PROBE}").into_bytes();
        assert!(advance(&refused) == refused);
    }
}

#[test]
fn an_endless_target_is_not_followed_for_ever() {
    let mut framing = Framing::new();
    let mut out = BytesMut::new();
    framing.advance(b"GET /?", &mut out);
    for _ in 0..200_000 {
        out.clear();
        framing.advance(b"<", &mut out);
    }
    assert!(framing.gave_up());
    assert_eq!(out, "<");
}

#[test]
fn every_cut_gives_the_same_output() {
    let streams = [
        "GET /a?x[<>]=1 HTTP/1.1\r\nhost: <\r\n\r\nPOST /b?é HTTP/1.1\r\ncontent-length: 7\r\n\r\nGET <>\"\
         GET /{c} HTTP/1.1\r\n\r\n",
        "POST /?|= HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2;x=<\r\n<>\r\n01\r\n>\r\n0\r\nt: <\r\n\r\n\
         GET /?^ HTTP/1.1\r\n\r\n",
        "GET /?< HTTP/1.1\r\nexpect: 100-continue\r\n\r\nGET /?< HTTP/1.1\r\n\r\n",
    ];
    for stream in streams {
        let whole = advance(stream.as_bytes());
        assert_ne!(whole, stream.as_bytes());
        for first in 0..=stream.len() {
            for second in first..=stream.len() {
                assert_eq!(advance_in_pieces(stream.as_bytes(), &[first, second]), whole);
            }
        }
        let all: Vec<usize> = (0..stream.len()).collect();
        assert_eq!(advance_in_pieces(stream.as_bytes(), &all), whole);
    }
}

/// Compares both sides: every difference is one encoded byte.
fn assert_undoes(input: &[u8], output: &[u8]) {
    let mut rest = output;
    for &byte in input {
        let escape = format!("%{byte:02X}");
        rest = if rest.first() == Some(&byte) {
            &rest[1..]
        } else {
            assert!(is_encoded(byte), "{byte:#04x} was changed");
            rest.strip_prefix(escape.as_bytes()).expect("an escape")
        };
    }
    assert!(rest.is_empty());
}

fn check(input: &[u8], cuts: &[usize]) {
    let output = advance_in_pieces(input, cuts);
    assert_eq!(output, model::expected(input));
    assert_undoes(input, &output);
}

proptest! {
    #[test]
    fn arbitrary_bytes(
        input in proptest::collection::vec(any::<u8>(), 0..300),
        cuts in proptest::collection::vec(any::<usize>(), 0..8),
    ) {
        check(&input, &cuts);
        check(&[b"GET /".as_slice(), &input].concat(), &cuts);
        check(&[b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".as_slice(), &input].concat(), &cuts);
    }

    #[test]
    fn generated_requests(
        parts in damaged_requests(true),
        cuts in proptest::collection::vec(any::<usize>(), 0..8),
    ) {
        check(&render(&parts, <[u8]>::to_vec), &cuts);
    }

    #[test]
    fn strict_requests_are_all_followed(parts in strict_requests(true)) {
        prop_assert_eq!(advance(&render(&parts, <[u8]>::to_vec)), render(&parts, super::encode));
    }
}

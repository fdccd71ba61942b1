//! Request streams for the properties: strict ones, and broken ones made from them.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Part of a stream. A stream can be rendered with raw or with encoded targets.
#[derive(Clone)]
pub(super) enum Part {
    Target(Vec<u8>),
    Other(Vec<u8>),
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target(bytes) => write!(f, "Target(b\"{}\")", bytes.escape_ascii()),
            Self::Other(bytes) => write!(f, "Other(b\"{}\")", bytes.escape_ascii()),
        }
    }
}

pub(super) fn render(parts: &[Part], target: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        match part {
            Part::Target(bytes) => out.extend(target(bytes)),
            Part::Other(bytes) => out.extend_from_slice(bytes),
        }
    }
    out
}

/// Pipelined requests that the layer must follow to the end. Raw bytes in targets only if `raw`.
pub(super) fn strict_requests(raw: bool) -> impl Strategy<Value = Vec<Part>> {
    vec(strict_request(raw), 1..5).prop_map(|requests| requests.concat())
}

/// Pipelined requests, any of them broken in known ways.
pub(super) fn doubtful_requests(raw: bool) -> impl Strategy<Value = Vec<Part>> {
    let one = prop_oneof![3 => strict_request(raw), 2 => doubtful_request(raw), 2 => smuggling_request(raw)];
    vec(one, 1..5).prop_map(|requests| requests.concat())
}

/// The same, damaged at random outside targets: a changed length can make a target part of a body.
pub(super) fn damaged_requests(raw: bool) -> impl Strategy<Value = Vec<Part>> {
    (doubtful_requests(raw), vec(damage(), 0..3)).prop_map(|(mut parts, damages)| {
        for damage in damages {
            damage.apply(&mut parts);
        }
        parts
    })
}

fn strict_request(raw: bool) -> impl Strategy<Value = Vec<Part>> {
    (method(), target(raw), vec(field(), 0..4), prop_oneof![no_body(), sized_body(), chunked_body()])
        .prop_map(|(method, target, fields, (framing, body))| {
            request(method, " ", &target, " HTTP/1.1\r\n", &(fields.concat() + &framing + "\r\n"), &body)
        })
}

fn doubtful_request(raw: bool) -> impl Strategy<Value = Vec<Part>> {
    (
        (select(BEFORE), select(METHODS_AND_CONNECT), select(&[" ", " ", " ", "  ", "\t"][..])),
        target(raw),
        select(VERSIONS),
        (vec(field(), 0..2), select(DOUBTFUL_FIELDS), vec(field(), 0..2)),
        prop_oneof![no_body(), sized_body(), chunked_body(), broken_chunks()],
        any::<u8>(),
    )
        .prop_map(|((before, method, space), target, version, (some, doubtful, more), body, framed)| {
            let (framing, body) = body;
            // Framing fields at either end: smuggling exploits the order of the two lengths.
            let fields = match framed % 4 {
                0 => some.concat() + doubtful + &more.concat() + "\r\n",
                1 => framing + &some.concat() + doubtful + "\r\n",
                _ => doubtful.to_owned() + &more.concat() + &framing + "\r\n",
            };
            let fields = if framed >= 240 { fields.replace("\r\n", "\n") } else { fields };
            request(&format!("{before}{method}"), space, &target, version, &fields, &body)
        })
}

/// A request of 26 (hexadecimal 1a) bytes in a body, which becomes a request if the head is
/// misread.
const HIDDEN: &str = "GET /a?x[>]=1 HTTP/1.1\r\n\r\n";

/// Requests that hyper accepts, whose body would contain a request line if the head or the chunks
/// were misread.
const SMUGGLING: &[(&str, &str)] = &[
    ("HTTP/1.1\r\nContent-Length: 26\r\nContent-Length: 26\r\n\r\n", "HIDDEN"),
    ("HTTP/1.1\r\nContent-Length: 0026\t \r\n\r\n", "HIDDEN"),
    ("HTTP/1.1\r\nX: a\nContent-Length: 26\r\n\r\n", "HIDDEN"),
    ("HTTP/1.1\r\nX:\nContent-Length: 26\r\n\r\n", "HIDDEN"),
    ("HTTP/1.1\nContent-Length: 26\r\n\r\n", "HIDDEN"),
    ("HTTP/1.1\r\nContent-Length: 26\n\n", "HIDDEN"),
    ("HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 26\r\n\r\n", "HIDDEN"),
    ("HTTP/1.1\r\nUpgrade: h2c\r\nContent-Length: 26\r\n\r\n", "HIDDEN"),
    ("HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 26\r\n\r\n", "HIDDEN"),
    ("HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", "1a\r\nHIDDEN\r\n0\r\n\r\n"),
    ("HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n", "1a\r\nHIDDEN\r\n0\r\n\r\n"),
    ("HTTP/1.1\r\nTransfer-Encoding: CHUNKED\r\nContent-Length: 4\r\n\r\n", "1a\r\nHIDDEN\r\n0\r\n\r\n"),
    ("HTTP/1.1\r\nTransfer-Encoding: a, chunked\r\nContent-Length: 4\r\n\r\n", "1a\r\nHIDDEN\r\n0\r\n\r\n"),
    ("HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1a \r\nHIDDEN\r\n0\t\r\n\r\n"),
    ("HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1f;0\r\n0\r\n\r\nHIDDEN\r\n0\r\n\r\n"),
    ("HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1f;\"\r\n0\r\n\r\nHIDDEN\r\n0;\"\r\n\r\n"),
    ("HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "0001f\r\n0\r\n\r\nHIDDEN\r\n00\r\n\r\n"),
    ("HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1F\r\n0\r\n\r\nHIDDEN\r\n0\r\nt: a\r\n\r\n"),
    ("HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1A\r\nHIDDEN\r\n0\r\nt: a\n\r\n\r\n"),
];

fn smuggling_request(raw: bool) -> impl Strategy<Value = Vec<Part>> {
    (target(raw), select(SMUGGLING)).prop_map(|(target, (head, body))| {
        let body = body.replace("HIDDEN", HIDDEN);
        request("POST", " ", &target, &format!(" {head}"), "", body.as_bytes())
    })
}

fn request(method: &str, space: &str, target: &[u8], version: &str, fields: &str, body: &[u8]) -> Vec<Part> {
    vec![
        Part::Other(format!("{method}{space}").into_bytes()),
        Part::Target(target.to_vec()),
        Part::Other([version.as_bytes(), fields.as_bytes(), body].concat()),
    ]
}

const BEFORE: &[&str] = &["", "", "", "", "", "\r\n", "\n", "\r\n\r\n", " ", "\0"];
const METHODS_AND_CONNECT: &[&str] = &["GET", "POST", "PUT", "QUERY", "get", "CONNECT", ""];
const VERSIONS: &[&str] = &[
    " HTTP/1.1\r\n",
    " HTTP/1.1\r\n",
    " HTTP/1.1\r\n",
    " HTTP/1.1\r\n",
    " HTTP/1.0\r\n",
    " HTTP/1.0\r\nConnection: keep-alive\r\n",
    " HTTP/1.1\n",
    " HTTP/1.1 \r\n",
    "  HTTP/1.1\r\n",
    " HTTP/2.0\r\n",
    "\r\n",
];
const DOUBTFUL_FIELDS: &[&str] = &[
    "",
    "Content-Length: 5\r\n",
    "Content-Length: 5\r\nContent-Length: 5\r\n",
    "Content-Length: 5\r\nContent-Length: 6\r\n",
    "Content-Length: +5\r\n",
    "Content-Length: -5\r\n",
    "Content-Length: 5, 5\r\n",
    "Content-Length: 5 5\r\n",
    "Content-Length: 0x5\r\n",
    "Content-Length:\r\n",
    "Content-Length: 0005\r\n",
    "Content-Length: \t5\t \r\n",
    "Content-Length: 18446744073709551616\r\n",
    "Content-Length: 18446744073709551615\r\n",
    "Content-Length : 5\r\n",
    " Content-Length: 5\r\n",
    "X: a\r\n Content-Length: 5\r\n",
    "X: a\nContent-Length: 5\r\n",
    "X: a\rContent-Length: 5\r\n",
    "Content\u{a0}Length: 5\r\n",
    "Content_Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Transfer-Encoding: chunked, gzip\r\n",
    "Transfer-Encoding: ,chunked\r\n",
    "Transfer-Encoding: Chunked\r\n",
    "Transfer-Encoding: xchunked\r\n",
    "Transfer-Encoding: chunked;a=b\r\n",
    "Transfer-Encoding: \tchunked \r\n",
    "Transfer-Encoding: \"chunked\"\r\n",
    "Transfer-Encoding:\r\n",
    "Transfer-Encoding : chunked\r\n",
    "Transfer-Encoding\r\n",
    "Expect: 100-continue\r\n",
    "Expect: else\r\n",
    "Upgrade: h2c\r\nConnection: upgrade\r\n",
    "Connection: close\r\n",
    ": nameless\r\n",
    "X: \0\r\n",
];

fn method() -> impl Strategy<Value = &'static str> {
    select(&["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "QUERY", "get"][..])
}

/// A path and a query; bytes that RFC 3986 forbids only if `raw`.
fn target(raw: bool) -> BoxedStrategy<Vec<u8>> {
    let clean = "/[a-z]{0,5}(\\?[a-z]{1,5}(\\[(eq|ne|%3E)\\])?=[a-z0-9%:,;/?@!$&'()*+.~_-]{0,9}){0,1}";
    if !raw {
        return clean.prop_map(String::into_bytes).boxed();
    }
    let bytes = vec(select(&b"<>\"{}|^\\`=&%a[]#\xc3\xa9\xff"[..]), 0..12);
    (clean, bytes)
        .prop_map(|(clean, raw)| {
            let separator = if clean.contains('?') { "&" } else { "?" };
            [clean.as_bytes(), separator.as_bytes(), &raw].concat()
        })
        .boxed()
}

fn field() -> impl Strategy<Value = String> {
    select(
        &[
            "Host: h",
            "X-Raw: <>\"{|}\\^`é",
            "Accept:*/*",
            "Empty:",
            "Blank: \t",
            "Connection: keep-alive",
            "TE: trailers",
            "Content-Type: application/json ",
            "Content-Lengthy: 3",
            "Transfer-Encodings: chunked",
        ][..],
    )
    .prop_map(|field| format!("{field}\r\n"))
}

/// Body content that resembles a target to rewrite.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"GET /a?x[>]=1 HTTP/1.1\r\n\r\n".to_vec()),
        Just(b"POST /<>\" HTTP/1.1\r\nContent-Length: 3\r\n\r\n<>\"".to_vec()),
        Just(b"0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n".to_vec()),
        Just(b"<>\"".to_vec()),
        Just(b"\r\n".to_vec()),
        vec(any::<u8>(), 1..20),
    ];
    vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

type Framed = (String, Vec<u8>);

fn no_body() -> BoxedStrategy<Framed> {
    Just(Framed::default()).boxed()
}

fn sized_body() -> BoxedStrategy<Framed> {
    let name =
        select(&["Content-Length: ", "content-length:", "CONTENT-LENGTH: \t", "content-Length: 00"][..]);
    (name, content()).prop_map(|(name, content)| (format!("{name}{}\r\n", content.len()), content)).boxed()
}

fn chunked_body() -> BoxedStrategy<Framed> {
    let extension = select(&["", "", ";a", ";a=\"<>\"", "; a = b"][..]);
    let chunk = (content(), extension, any::<bool>()).prop_map(|(content, extension, upper)| {
        if content.is_empty() {
            return Vec::new();
        }
        let size = content.len();
        let size = if upper { format!("0{size:X}") } else { format!("{size:x}") };
        [size.as_bytes(), extension.as_bytes(), b"\r\n", &content, b"\r\n"].concat()
    });
    let last = select(&["0\r\n", "000\r\n", "0;<>\r\n", "0\r\nt: <>\r\n", "0\r\nGET: /?<\r\nu:\r\n"][..]);
    let name = select(&["Transfer-Encoding: chunked\r\n", "transfer-encoding:\tchunked \r\n"][..]);
    (name, vec(chunk, 0..4), last)
        .prop_map(|(name, chunks, last)| {
            (name.to_owned(), [&chunks.concat(), last.as_bytes(), b"\r\n"].concat())
        })
        .boxed()
}

fn broken_chunks() -> BoxedStrategy<Framed> {
    let body = select(
        &[
            "3\r\n<>\"\r\n0\r\n",
            "3\n<>\"\r\n0\r\n\r\n",
            "3\r\n<>\"\n0\r\n\r\n",
            "3 \r\n<>\"\r\n0\t\r\n\r\n",
            "3 ;a\r\n<>\"\r\n0\r\n\r\n",
            " 3\r\n<>\"\r\n0\r\n\r\n",
            "+3\r\n<>\"\r\n0\r\n\r\n",
            "0x3\r\n<>\"\r\n0\r\n\r\n",
            "2\r\n<>\"\r\n0\r\n\r\n",
            "4\r\n<>\"\r\n0\r\n\r\n",
            "3;a\nb\r\n<>\"\r\n0\r\n\r\n",
            "3;a\rb\r\n<>\"\r\n0\r\n\r\n",
            "10000000000000003\r\n<>\"\r\n0\r\n\r\n",
            "00000000000000000003\r\n<>\"\r\n0\r\n\r\n",
            "fffffffffffffffff\r\n",
            "0\r\nt: a\n\r\n",
            "0\r\nt: a\nu: b\r\n\r\n",
            "0\r\nt : a\r\n\r\n",
            "0\r\n t: a\r\n\r\n",
            "0\r\nt\r\n\r\n",
            "0\r\n\n",
            "0\r\n\n\r\n\r\n",
            "\r\n",
            "",
        ][..],
    );
    body.prop_map(|body| ("Transfer-Encoding: chunked\r\n".to_owned(), body.as_bytes().to_vec())).boxed()
}

/// One random edit outside the targets.
#[derive(Clone, Debug)]
struct Damage {
    part: Index,
    at: Index,
    byte: Option<u8>,
    replaces: bool,
}

fn damage() -> impl Strategy<Value = Damage> {
    let byte = proptest::option::of(select(&b"\r\n \t\0:,;0519aGEx/+-?"[..]));
    (any::<Index>(), any::<Index>(), byte, any::<bool>()).prop_map(|(part, at, byte, replaces)| Damage {
        part,
        at,
        byte,
        replaces,
    })
}

impl Damage {
    fn apply(self, parts: &mut [Part]) {
        let part = self.part.index(parts.len());
        let Part::Other(bytes) = &mut parts[part] else { return };
        let at = self.at.index(bytes.len() + 1);
        if (self.replaces || self.byte.is_none()) && at < bytes.len() {
            bytes.remove(at);
        }
        if let Some(byte) = self.byte {
            bytes.insert(at, byte);
        }
    }
}

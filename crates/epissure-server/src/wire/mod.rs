//! Raw query bytes, accepted below HTTP/1.
//!
//! # Reason
//!
//! The published examples of the filter language put bytes in the query that RFC 3986 (section 3.4)
//! forbids there: `?birthdate[>]=2020-01-10`, `?name[<>]=doudou`, `?childs[json]={"name":"x"}`.
//! Clients send them as printed. `http::Uri` refuses `"`, `<` and `>` in a query, so hyper answers
//! a bare 400 before any handler can. [`RawTarget`] wraps the transport of an HTTP/1 connection and
//! percent-encodes these bytes on their way in; what hyper parses is then always a valid target.
//!
//! # Encoded bytes
//!
//! In the request target (the second word of a request line, RFC 9112 section 3.2), and nowhere
//! else:
//!
//! | Byte | Encoded |
//! |------|---------|
//! | `"` `<` `>` `\` `^` `` ` `` `{` `\|` `}` | `%22` `%3C` `%3E` `%5C` `%5E` `%60` `%7B` `%7C` `%7D` |
//! | 0x80 to 0xFF, so all of raw UTF-8 | `%80` to `%FF` |
//!
//! hyper accepts some of these today. They are encoded too, so that handlers see one spelling and
//! do not depend on the release of `http`. Bytes that are already encoded (`%3C`), brackets, a `%`
//! without its digits, and `#` are not changed. hyper refuses control characters and DEL. A raw
//! space cannot be supported: it ends the target.
//!
//! # Safety
//!
//! A rewritten body would be a forged request. So [`Framing`] follows the messages of a connection
//! (heads, `Content-Length`, chunks, trailers) and rewrites request lines only. It accepts a strict
//! subset of the messages that hyper accepts. At the first byte outside that subset it gives up:
//! the rest of the connection passes unchanged. This is always safe, because hyper then sees the
//! bytes of the client. Inside the subset both parse the same bytes the same way; the tests compare
//! them on valid and broken streams. After hyper refuses a message, it reads nothing more from the
//! connection. So it is sufficient to be stricter than hyper.
//!
//! It gives up on:
//!
//! - a line that ends in a bare LF, or an empty line before a request;
//! - anything but single spaces in the request line;
//! - a version other than `HTTP/1.1`, `CONNECT`, `Upgrade`, `Expect`;
//! - folded fields, or white space before a colon;
//! - a second `Content-Length` or `Transfer-Encoding`, or both together;
//! - a `Content-Length` that is not digits, or a `Transfer-Encoding` that is not `chunked`;
//! - white space after a chunk size, or a chunk size above 64 bits;
//! - a head, extensions or trailers over hyper's default limits.
//!
//! The target of the current request is already encoded then, unless the cause precedes it.
//!
//! # Limits
//!
//! A target grows at most threefold. hyper responds 414 when the encoded target exceeds 65 534
//! bytes. The layer buffers at most three times the bytes of one read, and only while it encodes.

mod framing;
mod stream;
#[cfg(test)]
mod tests;

pub use framing::Framing;
pub use stream::RawTarget;

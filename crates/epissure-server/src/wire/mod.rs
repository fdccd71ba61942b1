//! Raw query bytes, accepted below HTTP/1.
//!
//! # Why
//!
//! The published examples of the filter language put bytes in the query that RFC 3986 (section 3.4)
//! forbids there: `?birthdate[>]=2020-01-10`, `?name[<>]=doudou`, `?childs[json]={"name":"x"}`. Clients
//! send them as printed. `http::Uri` refuses `"`, `<` and `>` in a query, so hyper answers a bare 400
//! before any handler can. [`RawTarget`] wraps the transport of an HTTP/1 connection and percent-encodes
//! these bytes on their way in; what hyper parses is then always a valid target.
//!
//! # What is encoded
//!
//! In the request target (the second word of a request line, RFC 9112 section 3.2), and nowhere else:
//!
//! | Byte | Encoded |
//! |------|---------|
//! | `"` `<` `>` `\` `^` `` ` `` `{` `\|` `}` | `%22` `%3C` `%3E` `%5C` `%5E` `%60` `%7B` `%7C` `%7D` |
//! | 0x80 to 0xFF, so all of raw UTF-8 | `%80` to `%FF` |
//!
//! Some of these hyper accepts today; they are encoded all the same, so that handlers see one spelling
//! and do not depend on the release of `http`. A byte that is encoded already (`%3C`), the brackets, a
//! `%` without its digits, and `#` are left alone. Control characters and DEL are left for hyper to
//! refuse. A raw space cannot be supported: it ends the target.
//!
//! # Why it is safe
//!
//! A rewritten body would be a forged request. So [`Framing`] follows the messages of a connection
//! (heads, `Content-Length`, chunks, trailers) and rewrites only where a request line must be. It reads
//! a strict subset of what hyper reads. At the first byte outside that subset it gives up: the rest of
//! the connection passes unchanged, which is always safe, because hyper then sees what the client sent.
//! Inside the subset both read the same bytes the same way; the tests compare them on valid and broken
//! streams. When hyper refuses a message it reads nothing more from the connection, so being stricter
//! than hyper is the only thing that matters.
//!
//! What makes it give up: a line that ends in a bare LF, an empty line before a request, anything but
//! single spaces in the request line, a version other than `HTTP/1.1`, `CONNECT`, `Upgrade`, `Expect`,
//! folded fields or white space before a colon, a second `Content-Length` or `Transfer-Encoding`, both
//! together, a `Content-Length` that is not digits, a `Transfer-Encoding` that is not `chunked`, white
//! space after a chunk size, a chunk size above 64 bits, a head, extensions or trailers over hyper's
//! default limits. The target of the request at hand has been encoded by then, unless the cause comes before it.
//!
//! # Limits
//!
//! A target grows at most threefold; hyper answers 414 when the encoded target is over 65 534 bytes.
//! The layer holds at most three times the bytes of one read, and nothing while nothing is encoded.

mod framing;
mod stream;
#[cfg(test)]
mod tests;

pub use framing::Framing;
pub use stream::RawTarget;

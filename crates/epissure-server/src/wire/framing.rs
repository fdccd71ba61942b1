//! State machine that finds request lines in the bytes of a client. No I/O.

use bytes::{BufMut as _, BytesMut};

/// hyper's default `max_buf_size`. hyper responds 431 to a longer head and closes the connection.
const MAX_HEAD: usize = 8192 + 4096 * 100;
/// hyper's default `max_headers`.
const MAX_FIELDS: usize = 100;
/// hyper's limit on the chunk extensions of one body, and on its trailer section.
const MAX_CHUNK_META: usize = 16 * 1024;
/// The end of a request line. httparse also accepts `HTTP/1.0` and a bare LF; the layer gives up on
/// them.
const VERSION: &[u8] = b"HTTP/1.1\r\n";

/// Follows the messages of one connection and percent-encodes raw bytes in request targets.
///
/// The output depends on the bytes alone, not on how they were cut into inputs.
///
/// ```
/// use bytes::BytesMut;
/// use epissure_server::wire::Framing;
///
/// let mut out = BytesMut::new();
/// Framing::new().advance(b"GET /p?birthdate[>]=2020 HTTP/1.1\r\nhost: <h>\r\n\r\n", &mut out);
/// assert_eq!(out, "GET /p?birthdate[%3E]=2020 HTTP/1.1\r\nhost: <h>\r\n\r\n");
/// ```
#[derive(Debug, Default)]
pub struct Framing {
    state: State,
    message: Message,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Method,
    Target,
    /// Bytes of [`VERSION`] read so far.
    Version(usize),
    /// The first byte of a field line, or of the empty line.
    Line,
    Name,
    Value,
    ValueLf,
    HeadLf,
    /// Body bytes still to come.
    Body(u64),
    /// The size read so far, `None` before the first digit.
    ChunkSize(Option<u64>),
    Extension(u64),
    ChunkSizeLf(u64),
    /// Bytes of this chunk still to come.
    Chunk(u64),
    ChunkCr,
    ChunkLf,
    /// The first byte of a trailer line, or of the empty line.
    TrailerLine,
    Trailer,
    TrailerLf,
    LastLf,
    /// Everything that follows passes unchanged.
    GaveUp,
}

/// State of the message being read.
#[derive(Debug, Default)]
struct Message {
    head: usize,
    has_target: bool,
    is_head_request: bool,
    target: Word,
    fields: usize,
    chunk_meta: usize,
    /// The method, then each field name.
    word: Word,
    field: Field,
    value: Word,
    length: Option<u64>,
    chunked: bool,
}

#[derive(Clone, Copy, Debug, Default)]
enum Field {
    #[default]
    Other,
    ContentLength,
    TransferEncoding,
}

impl Framing {
    /// Creates the state at the start of a connection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns true if the rest of the connection passes unchanged.
    #[must_use]
    pub fn gave_up(&self) -> bool {
        self.state == State::GaveUp
    }

    /// Returns at most the first 32 bytes of the target of the request being read, raw; empty
    /// between requests.
    ///
    /// After the layer gave up, returns those of the request at which it did.
    #[must_use]
    pub fn target(&self) -> &[u8] {
        self.message.target.beginning()
    }

    /// Returns true while a request target is being read.
    #[must_use]
    pub fn reads_target(&self) -> bool {
        self.state == State::Target
    }

    /// Returns true if the request being read is a HEAD, whose response has no body.
    ///
    /// After the layer gave up, returns true if the request at which it did is a HEAD.
    #[must_use]
    pub fn reads_head_request(&self) -> bool {
        self.message.is_head_request
    }

    /// Reads the next bytes of the connection and appends them to `out`, percent-encoded where
    /// necessary.
    pub fn advance(&mut self, mut input: &[u8], out: &mut BytesMut) {
        loop {
            let (same, rest) = input.split_at(self.unchanged(input));
            out.extend_from_slice(same);
            let Some((&raw, rest)) = rest.split_first() else { return };
            out.put_slice(&percent_encoded(raw));
            self.message.has_target = true;
            self.message.target.push(raw);
            if self.count_head(3).is_none() {
                self.state = State::GaveUp;
            }
            input = rest;
        }
    }

    /// Reads the longest prefix of `input` that passes unchanged and returns its length. The byte
    /// that follows it, if any, is to be encoded and has not been read.
    pub(super) fn unchanged(&mut self, input: &[u8]) -> usize {
        let mut at = 0;
        while at < input.len() {
            match self.state {
                State::GaveUp => return input.len(),
                State::Body(left) => {
                    let (read, left) = take(&input[at..], left);
                    at += read;
                    if left == 0 {
                        self.next_message();
                    } else {
                        self.state = State::Body(left);
                    }
                }
                State::Chunk(left) => {
                    let (read, left) = take(&input[at..], left);
                    at += read;
                    self.state = if left == 0 { State::ChunkCr } else { State::Chunk(left) };
                }
                State::Target if needs_encoding(input[at]) => return at,
                _ => {
                    self.state = self.step(input[at]).unwrap_or(State::GaveUp);
                    at += 1;
                }
            }
        }
        at
    }

    /// Returns the state after `byte`, or `None` to give up.
    fn step(&mut self, byte: u8) -> Option<State> {
        match self.state {
            State::Method | State::Target | State::Version(_) => {
                self.count_head(1)?;
                self.step_request_line(byte)
            }
            State::Line | State::Name | State::Value | State::ValueLf | State::HeadLf => {
                self.count_head(1)?;
                self.step_fields(byte)
            }
            State::GaveUp | State::Body(_) | State::Chunk(_) => Some(self.state),
            _ => self.step_chunked(byte),
        }
    }

    fn count_head(&mut self, bytes: usize) -> Option<()> {
        self.message.head += bytes;
        (self.message.head <= MAX_HEAD).then_some(())
    }

    fn step_request_line(&mut self, byte: u8) -> Option<State> {
        let message = &mut self.message;
        match (self.state, byte) {
            // After CONNECT, a connection has no more requests.
            (State::Method, b' ') if message.word.is_empty() || message.word.is("connect") => None,
            (State::Method, b' ') => {
                message.is_head_request = message.word.is("head");
                Some(State::Target)
            }
            (State::Method, _) if is_token(byte) => {
                message.word.push(byte);
                Some(State::Method)
            }
            (State::Target, b' ') if message.has_target => Some(State::Version(0)),
            (State::Target, 0x21..=0x7e) => {
                message.has_target = true;
                message.target.push(byte);
                Some(State::Target)
            }
            (State::Version(read), _) if VERSION.get(read) == Some(&byte) => {
                Some(if read + 1 == VERSION.len() { State::Line } else { State::Version(read + 1) })
            }
            _ => None,
        }
    }

    fn step_fields(&mut self, byte: u8) -> Option<State> {
        let message = &mut self.message;
        match (self.state, byte) {
            (State::Line, b'\r') => Some(State::HeadLf),
            // A folded line begins with white space, which is no token character.
            (State::Line, _) if is_token(byte) => {
                message.fields += 1;
                message.word = Word::default();
                message.word.push(byte);
                (message.fields <= MAX_FIELDS).then_some(State::Name)
            }
            (State::Name, b':') => {
                message.value = Word::default();
                message.field = if message.word.is("content-length") {
                    Field::ContentLength
                } else if message.word.is("transfer-encoding") {
                    Field::TransferEncoding
                } else if message.word.is("upgrade") || message.word.is("expect") {
                    return None;
                } else {
                    Field::Other
                };
                Some(State::Value)
            }
            (State::Name, _) if is_token(byte) => {
                message.word.push(byte);
                Some(State::Name)
            }
            (State::Value, b'\r') => Some(State::ValueLf),
            (State::Value, _) if is_field_text(byte) => {
                if !matches!(message.field, Field::Other) {
                    message.value.push(byte);
                }
                Some(State::Value)
            }
            (State::ValueLf, b'\n') => message.end_field().map(|()| State::Line),
            (State::HeadLf, b'\n') => match (message.chunked, message.length) {
                (true, _) => Some(State::ChunkSize(None)),
                (false, Some(length @ 1..)) => Some(State::Body(length)),
                (false, _) => Some(self.next_message()),
            },
            _ => None,
        }
    }

    /// Follows a chunked body like `ChunkedState` in hyper's `proto/h1/decode.rs`, but refuses
    /// white space after the size and bare LFs in trailers.
    fn step_chunked(&mut self, byte: u8) -> Option<State> {
        let message = &mut self.message;
        match (self.state, byte) {
            (State::ChunkSize(Some(size)), b'\r') => Some(State::ChunkSizeLf(size)),
            (State::ChunkSize(Some(size)), b';') => Some(State::Extension(size)),
            (State::ChunkSize(size), _) => {
                let digit = char::from(byte).to_digit(16)?;
                let size = size.unwrap_or(0).checked_mul(16)?.checked_add(u64::from(digit))?;
                Some(State::ChunkSize(Some(size)))
            }
            (State::Extension(size), b'\r') => Some(State::ChunkSizeLf(size)),
            (State::Extension(_), _) if byte != b'\n' => message.count_chunk_meta(self.state),
            (State::ChunkSizeLf(size), b'\n') => {
                Some(if size == 0 { State::TrailerLine } else { State::Chunk(size) })
            }
            (State::ChunkCr, b'\r') => Some(State::ChunkLf),
            (State::ChunkLf, b'\n') => Some(State::ChunkSize(None)),
            (State::TrailerLine, b'\r') => Some(State::LastLf),
            (State::TrailerLine, _) if is_token(byte) => message.count_chunk_meta(State::Trailer),
            (State::Trailer, b'\r') => message.count_chunk_meta(State::TrailerLf),
            (State::Trailer, _) if is_field_text(byte) => message.count_chunk_meta(State::Trailer),
            (State::TrailerLf, b'\n') => message.count_chunk_meta(State::TrailerLine),
            (State::LastLf, b'\n') => Some(self.next_message()),
            _ => None,
        }
    }

    fn next_message(&mut self) -> State {
        *self = Self::default();
        self.state
    }
}

impl Message {
    /// Records a field that frames the body.
    fn end_field(&mut self) -> Option<()> {
        match self.field {
            Field::Other => {}
            // hyper accepts equal lengths, and prefers Transfer-Encoding to Content-Length.
            _ if self.length.is_some() || self.chunked => return None,
            Field::ContentLength => self.length = Some(digits(self.value.trimmed()?)?),
            Field::TransferEncoding if self.value.trimmed()? == b"chunked" => self.chunked = true,
            Field::TransferEncoding => return None,
        }
        Some(())
    }

    fn count_chunk_meta(&mut self, state: State) -> Option<State> {
        self.chunk_meta += 1;
        (self.chunk_meta < MAX_CHUNK_META).then_some(state)
    }
}

/// A short word: a method, the beginning of a target, a field name or the value of a field that
/// frames the body.
#[derive(Debug, Default)]
struct Word {
    bytes: [u8; 32],
    /// Number of pushed bytes, which may exceed the capacity.
    pushed: usize,
}

impl Word {
    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(self.pushed) {
            *slot = byte;
        }
        self.pushed = self.pushed.saturating_add(1);
    }

    fn is_empty(&self) -> bool {
        self.pushed == 0
    }

    /// Returns the whole word, or `None` if it did not fit.
    fn whole(&self) -> Option<&[u8]> {
        self.bytes.get(..self.pushed)
    }

    /// Returns the stored beginning of the word.
    fn beginning(&self) -> &[u8] {
        &self.bytes[..self.pushed.min(self.bytes.len())]
    }

    fn is(&self, name: &str) -> bool {
        self.whole().is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// Returns the word without optional white space (SP and HTAB, RFC 9110 section 5.6.3) around
    /// it.
    fn trimmed(&self) -> Option<&[u8]> {
        let word = self.whole()?;
        let kept = |byte: &u8| !matches!(byte, b' ' | b'\t');
        let start = word.iter().position(kept).unwrap_or(word.len());
        let end = word.iter().rposition(kept).map_or(start, |last| last + 1);
        Some(&word[start..end])
    }
}

/// Parses digits like hyper's `from_digits`: no sign, no list, no overflow.
fn digits(word: &[u8]) -> Option<u64> {
    if word.is_empty() {
        return None;
    }
    word.iter().try_fold(0_u64, |value, byte| {
        let digit = char::from(*byte).to_digit(10)?;
        value.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// Returns the number of bytes of `input` that belong to a body with `left` bytes to come, and the
/// number of bytes that remain.
fn take(input: &[u8], left: u64) -> (usize, u64) {
    match usize::try_from(left) {
        Ok(left) if left <= input.len() => (left, 0),
        _ => (input.len(), left - input.len() as u64),
    }
}

/// Returns true for bytes that RFC 3986 forbids in a query, with exceptions: SP, which ends the
/// target; controls and DEL, which hyper must refuse; `#` and `%`, which have a meaning; and the
/// brackets of the filter language, which every parser of the query accepts.
fn needs_encoding(byte: u8) -> bool {
    matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | 0x80..)
}

fn percent_encoded(byte: u8) -> [u8; 3] {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    [b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]
}

/// A token character, RFC 9110 section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A byte of a field value: HTAB, SP, visible ASCII or obs-text, RFC 9110 section 5.5.
fn is_field_text(byte: u8) -> bool {
    matches!(byte, b'\t' | 0x20..=0x7e | 0x80..)
}

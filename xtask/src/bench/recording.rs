//! Recording of the statements that a server sends to PostgreSQL: a proxy between the two records
//! each with its values.
//!
//! `pgbench` can then replay them, so that the statements are written only once, in the server. The
//! recording also shows the number of round trips. The proxy decodes only the few messages of the
//! [protocol](https://www.postgresql.org/docs/current/protocol-message-formats.html) that carry
//! statements, and forwards all bytes unchanged.

use std::collections::{HashMap, VecDeque};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::{Context as _, Result};
use tokio_postgres::config::Host;
use tokio_postgres::types::{FromSql as _, Type};

/// A recorded statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recorded {
    /// Connection, and number of round trips before it: statements with equal flights were sent as
    /// one pipeline.
    pub(super) flight: (usize, usize),
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
}

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Value {
    /// Type, as PostgreSQL names it.
    pub(super) kind: String,
    /// Value as PostgreSQL prints it; `None` for NULL.
    pub(super) text: Option<String>,
}

impl Recorded {
    /// Returns the SQL with its parameters inlined, or replaced by other SQL.
    pub(super) fn statement(&self, instead: &dyn Fn(&str) -> Option<String>) -> String {
        let mut written = String::new();
        let mut rest = self.sql.as_str();
        while let Some((before, after)) = rest.split_once('$') {
            written += before;
            let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let number: Option<usize> = after[..digits].parse().ok();
            match number.and_then(|number| self.values.get(number.checked_sub(1)?)) {
                Some(value) => written += &value.written(instead),
                None => written += &format!("${}", &after[..digits]),
            }
            rest = &after[digits..];
        }
        written + rest
    }
}

impl Value {
    fn written(&self, instead: &dyn Fn(&str) -> Option<String>) -> String {
        let Some(text) = &self.text else { return format!("NULL::{}", self.kind) };
        if let Some(sql) = instead(text) {
            return format!("({sql})");
        }
        // A colon would begin a variable of pgbench.
        let text = text
            .replace('\\', "\\\\")
            .replace('\'', "''")
            .replace(':', "\\x3a")
            .replace('\n', "\\n")
            .replace('\r', "\\r");
        format!("E'{text}'::{}", self.kind)
    }
}

/// A recording proxy between a server and its database.
pub(super) struct RecordingProxy {
    /// Address of the database through the proxy.
    pub(super) url: String,
    recorded: Arc<Mutex<Vec<Recorded>>>,
}

impl RecordingProxy {
    /// Starts a proxy to a database, which must accept connections without TLS.
    pub(super) fn before(url: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let through = through(url, listener.local_addr()?.port());
        let config: tokio_postgres::Config = url.parse().context("the address of the database")?;
        let host = config.get_hosts().first().cloned().context("an address without a host")?;
        let port = config.get_ports().first().copied().unwrap_or(5432);
        let recorded: Arc<Mutex<Vec<Recorded>>> = Arc::default();
        let all = Arc::clone(&recorded);
        // Both threads of a connection end with it, and this one with the program.
        thread::spawn(move || {
            for (number, client) in listener.incoming().flatten().enumerate() {
                let talk = Arc::new(Mutex::new(Talk::new(number, Arc::clone(&all))));
                let passed = match &host {
                    Host::Tcp(name) => TcpStream::connect((name.as_str(), port))
                        .and_then(|server| pass(client, server, talk)),
                    Host::Unix(folder) => UnixStream::connect(folder.join(format!(".s.PGSQL.{port}")))
                        .and_then(|server| pass(client, server, talk)),
                };
                if let Err(error) = passed {
                    eprintln!("a connection to the database is not listened to: {error}");
                }
            }
        });
        Ok(Self { url: through, recorded })
    }

    /// Returns and clears the recorded statements.
    pub(super) fn recorded(&self) -> Vec<Recorded> {
        std::mem::take(&mut *locked(&self.recorded))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the address of the same database through a local port.
fn through(url: &str, port: u16) -> String {
    let (base, _) = url.split_once('?').unwrap_or((url, ""));
    let begin = base.find("://").map_or(0, |at| at + 3);
    let (authority, name) = base[begin..].split_once('/').unwrap_or((&base[begin..], ""));
    let user = authority.rsplit_once('@').map_or(String::new(), |(user, _)| format!("{user}@"));
    format!("postgres://{user}127.0.0.1:{port}/{name}?sslmode=disable")
}

/// A connection that one thread reads while another writes.
trait Both: Read + Write + Send + Sized + 'static {
    fn twin(&self) -> std::io::Result<Self>;
    fn end(&self);
}

macro_rules! both {
    ($stream:ty) => {
        impl Both for $stream {
            fn twin(&self) -> std::io::Result<Self> {
                self.try_clone()
            }

            fn end(&self) {
                let _ = self.shutdown(std::net::Shutdown::Both);
            }
        }
    };
}

both!(TcpStream);
both!(UnixStream);

/// Forwards both directions until one side closes.
fn pass(client: TcpStream, server: impl Both, talk: Arc<Mutex<Talk>>) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let (from_server, to_client, listening) = (server.twin()?, client.twin()?, Arc::clone(&talk));
    thread::spawn(move || one_way(client, server, |bytes| locked(&talk).client(bytes)));
    thread::spawn(move || one_way(from_server, to_client, |bytes| locked(&listening).server(bytes)));
    Ok(())
}

fn one_way(mut from: impl Both, mut to: impl Both, mut listen: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        listen(&buffer[..length]);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    from.end();
    to.end();
}

/// Protocol state of one connection.
struct Talk {
    number: usize,
    recorded: Arc<Mutex<Vec<Recorded>>>,
    from_client: Vec<u8>,
    from_server: Vec<u8>,
    /// True after the first message, which has no type byte.
    begun: bool,
    /// Number of responses that the client has not received yet.
    outstanding: usize,
    /// True when the client has received all responses since its last message.
    answered: bool,
    flight: usize,
    /// SQL texts by statement name, with the types of their parameters.
    statements: HashMap<String, (String, Vec<u32>)>,
    /// Names of the statements whose types the client requested.
    described: VecDeque<String>,
    bound: Option<(String, Vec<Value>)>,
}

impl Talk {
    fn new(number: usize, recorded: Arc<Mutex<Vec<Recorded>>>) -> Self {
        Self {
            number,
            recorded,
            from_client: Vec::new(),
            from_server: Vec::new(),
            begun: false,
            outstanding: 0,
            answered: true,
            flight: 0,
            statements: HashMap::new(),
            described: VecDeque::new(),
            bound: None,
        }
    }

    /// Decodes bytes from the client.
    fn client(&mut self, bytes: &[u8]) {
        if std::mem::take(&mut self.answered) {
            self.flight += 1;
        }
        self.from_client.extend(bytes);
        if !self.begun {
            let Some((_, rest)) = split(&self.from_client, 0) else { return };
            self.from_client = rest.to_vec();
            self.begun = true;
            self.outstanding += 1;
        }
        while let Some((message, rest)) = split(&self.from_client, 1) {
            let (message, rest) = (message.to_vec(), rest.to_vec());
            self.from_client = rest;
            let told = self.message(message[0], &mut Reader(&message[5..]));
            // Messages that cannot be decoded are not recorded: the figure then has no ceiling.
            let _ = told;
        }
    }

    fn message(&mut self, letter: u8, body: &mut Reader<'_>) -> Option<()> {
        match letter {
            b'P' => {
                let (name, sql, count) = (body.text()?, body.text()?, body.short()?);
                let types = (0..count).map(|_| body.long().map(i32::cast_unsigned)).collect::<Option<_>>()?;
                self.statements.insert(name, (sql, types));
            }
            b'D' if body.0.first() == Some(&b'S') => {
                self.described.push_back(Reader(&body.0[1..]).text()?);
            }
            b'B' => self.bound = self.bind(body),
            b'E' => {
                let (sql, values) = self.bound.take()?;
                self.say(sql, values);
            }
            b'Q' => {
                self.outstanding += 1;
                for sql in body.text()?.split(';').map(str::trim).filter(|sql| !sql.is_empty()) {
                    self.say(sql.to_owned(), Vec::new());
                }
            }
            b'S' => self.outstanding += 1,
            _ => {}
        }
        Some(())
    }

    fn say(&self, sql: String, values: Vec<Value>) {
        locked(&self.recorded).push(Recorded { flight: (self.number, self.flight), sql, values });
    }

    fn bind(&self, body: &mut Reader<'_>) -> Option<(String, Vec<Value>)> {
        let (_portal, name, formats) = (body.text()?, body.text()?, body.short()?);
        for _ in 0..formats {
            body.short()?;
        }
        let (sql, types) = self.statements.get(&name)?;
        let count = body.short()?;
        let mut values = Vec::new();
        for number in 0..usize::try_from(count).ok()? {
            let kind = Type::from_oid(*types.get(number)?)?;
            let text = match usize::try_from(body.long()?) {
                Ok(length) => Some(printed(&kind, body.take(length)?)?),
                Err(_) => None,
            };
            values.push(Value { kind: kind.name().to_owned(), text });
        }
        Some((sql.clone(), values))
    }

    /// Decodes bytes from the server.
    fn server(&mut self, bytes: &[u8]) {
        self.from_server.extend(bytes);
        let mut at = 0;
        while let Some((message, _)) = split(&self.from_server[at..], 1) {
            let (letter, length) = (message[0], message.len());
            if letter == b'Z' {
                self.outstanding = self.outstanding.saturating_sub(1);
                self.answered = self.outstanding == 0;
            } else if letter == b't' {
                let mut body = Reader(&message[5..]);
                let count = body.short().unwrap_or_default();
                let types: Vec<u32> =
                    (0..count).filter_map(|_| body.long().map(i32::cast_unsigned)).collect();
                let name = self.described.pop_front();
                if let Some((_, known)) = name.and_then(|name| self.statements.get_mut(&name)) {
                    *known = types;
                }
            }
            at += length;
        }
        self.from_server.drain(..at);
    }
}

/// Splits off the first message once it is complete. Its length field is at offset `before`.
fn split(bytes: &[u8], before: usize) -> Option<(&[u8], &[u8])> {
    let length = bytes.get(before..before + 4)?.try_into().map(u32::from_be_bytes).ok()?;
    bytes.split_at_checked(before + usize::try_from(length).ok()?)
}

/// Formats a value as PostgreSQL prints it, for the types that the server uses.
fn printed(kind: &Type, bytes: &[u8]) -> Option<String> {
    fn all<T: ToString>(values: Vec<Option<T>>) -> String {
        // Array elements: every value in quotes, and NULL without.
        let quoted = |value: Option<T>| match value {
            Some(value) => format!("\"{}\"", value.to_string().replace('\\', "\\\\").replace('"', "\\\"")),
            None => "NULL".to_owned(),
        };
        format!("{{{}}}", values.into_iter().map(quoted).collect::<Vec<_>>().join(","))
    }
    macro_rules! read {
        ($type:ty) => {
            <$type>::from_sql(kind, bytes).ok()
        };
    }
    match *kind {
        Type::TEXT | Type::VARCHAR | Type::NAME => read!(String),
        Type::INT2 => read!(i16).map(|whole| whole.to_string()),
        Type::INT4 => read!(i32).map(|whole| whole.to_string()),
        Type::INT8 => read!(i64).map(|whole| whole.to_string()),
        Type::FLOAT8 => read!(f64).map(|number| number.to_string()),
        Type::BOOL => read!(bool).map(|flag| flag.to_string()),
        Type::BYTEA => {
            let hexadecimal = bytes.iter().map(|byte| format!("{byte:02x}"));
            Some(format!("\\x{}", hexadecimal.collect::<String>()))
        }
        Type::TEXT_ARRAY => read!(Vec<Option<String>>).map(all),
        Type::INT2_ARRAY => read!(Vec<Option<i16>>).map(all),
        Type::INT4_ARRAY => read!(Vec<Option<i32>>).map(all),
        Type::INT8_ARRAY => read!(Vec<Option<i64>>).map(all),
        _ => None,
    }
}

/// Reads the fields of a message.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn short(&mut self) -> Option<i16> {
        self.take(2)?.try_into().map(i16::from_be_bytes).ok()
    }

    fn long(&mut self) -> Option<i32> {
        self.take(4)?.try_into().map(i32::from_be_bytes).ok()
    }

    /// Reads a text, which ends with a zero byte.
    fn text(&mut self) -> Option<String> {
        let length = self.0.iter().position(|byte| *byte == 0)?;
        let text = std::str::from_utf8(self.take(length)?).ok()?.to_owned();
        self.take(1)?;
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(letter: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap();
        [&[letter], length.to_be_bytes().as_slice(), body].concat()
    }

    /// Returns the state of an established connection.
    fn talk() -> Talk {
        let mut talk = Talk::new(3, Arc::default());
        talk.client(&[0, 0, 0, 8, 0, 3, 0, 0]);
        talk.server(&message(b'Z', b"I"));
        talk
    }

    fn bind(name: &str, values: &[&[u8]]) -> Vec<u8> {
        let mut body = [b"\0", name.as_bytes(), b"\0\0\x01\0\x01"].concat();
        body.extend(i16::try_from(values.len()).unwrap().to_be_bytes());
        for value in values {
            body.extend(i32::try_from(value.len()).unwrap().to_be_bytes());
            body.extend(*value);
        }
        message(b'B', &body)
    }

    #[test]
    fn a_prepared_statement_is_heard_with_its_values() {
        let mut talk = talk();
        let parse = message(b'P', b"s0\0SELECT $1, $2\0\0\0");
        talk.client(&[parse, message(b'D', b"Ss0\0"), message(b'S', b"")].concat());
        talk.server(&[message(b't', &[0, 2, 0, 0, 0, 25, 0, 0, 0, 20]), message(b'Z', b"I")].concat());
        let said =
            [bind("s0", &[b"l'\xc3\xa9t\xc3\xa9", &7_i64.to_be_bytes()]), message(b'E', b"\0\0\0\0\0")];
        // In fragments, as a network may deliver them.
        for byte in said.concat() {
            talk.client(&[byte]);
        }
        let recorded = locked(&talk.recorded).clone();
        assert_eq!(recorded.len(), 1);
        assert_eq!(recorded[0].statement(&|_| None), "SELECT E'l''été'::text, E'7'::int8");
    }

    #[test]
    fn an_array_is_printed_as_it_is_written() {
        let mut bytes = bytes::BytesMut::new();
        let values = vec![Some("a \"b\""), None];
        tokio_postgres::types::ToSql::to_sql(&values, &Type::TEXT_ARRAY, &mut bytes).unwrap();
        assert_eq!(printed(&Type::TEXT_ARRAY, &bytes).as_deref(), Some(r#"{"a \"b\"",NULL}"#));
    }

    #[test]
    fn what_is_sent_before_an_answer_is_of_one_flight() {
        let mut talk = talk();
        talk.client(&message(b'Q', b"BEGIN; SET LOCAL a = 1\0"));
        talk.client(&message(b'Q', b"SELECT 1\0"));
        talk.server(&message(b'Z', b"T"));
        talk.server(&message(b'Z', b"T"));
        talk.client(&message(b'Q', b"COMMIT\0"));
        let recorded: Vec<_> =
            locked(&talk.recorded).iter().map(|said| (said.flight.1, said.sql.clone())).collect();
        let flight = recorded[0].0;
        let expected = [(0, "BEGIN"), (0, "SET LOCAL a = 1"), (0, "SELECT 1"), (1, "COMMIT")];
        assert_eq!(recorded, expected.map(|(after, sql)| (flight + after, sql.to_owned())));
    }

    #[test]
    fn nothing_of_a_value_is_a_variable_of_pgbench() {
        let value = Value { kind: "text".to_owned(), text: Some(r#"{"at":"12:30"}"#.to_owned()) };
        let said = Recorded { flight: (0, 0), sql: "SELECT $1 || $1".to_owned(), values: vec![value] };
        assert_eq!(said.statement(&|_| None).matches(':').count(), 4, "those of the two types");
        assert_eq!(said.statement(&|_| Some(":n".to_owned())), "SELECT (:n) || (:n)");
    }

    #[test]
    fn the_address_of_the_same_database_leads_through_a_port_here() {
        let through = |url| through(url, 7);
        let expected = "postgres://u:p@127.0.0.1:7/d?sslmode=disable";
        assert_eq!(through("postgres://u:p@%2Ftmp%2Fx/d?sslmode=prefer"), expected);
        assert_eq!(through("postgres://u:p@a,b/d"), expected);
    }
}

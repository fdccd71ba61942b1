//! The attacks. Each calls from an address of its own, so that the limits on one do not mask
//! another.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use futures_util::StreamExt as _;
use futures_util::stream;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::sync::OnceCell;

use super::caller::Caller;
use super::target::{Target, heavy_modification, modification};

const MOUNT: &str = "/api/v2/anomalie-adresse";

/// Number of responses of each kind.
#[derive(Debug, Default)]
pub(super) struct Answers(BTreeMap<String, usize>);

impl Answers {
    fn add(&mut self, answer: impl Into<String>) {
        *self.0.entry(answer.into()).or_default() += 1;
    }
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.0.iter().map(|(answer, count)| format!("{count} × {answer}"));
        f.write_str(&counts.collect::<Vec<_>>().join(", "))
    }
}

type Running = Pin<Box<dyn Future<Output = Result<Answers>> + Send>>;

pub(super) struct Attack {
    pub(super) name: &'static str,
    pub(super) run: fn(Target, Duration) -> Running,
}

macro_rules! attacks {
    ($($name:literal => $attack:ident),+ $(,)?) => {
        /// Every attack.
        pub(super) const ATTACKS: &[Attack] = &[
            $(Attack { name: $name, run: |target, patience| Box::pin($attack(target, patience)) }),+
        ];
    };
}

attacks! {
    "notes with heavy extensions, counted with a filter" => heavy_notes,
    "pages of the heaviest tickets" => heavy_pages,
    "answers that nobody reads" => unread_answers,
    "event streams that nobody reads" => unread_streams,
    "thousands of event streams" => many_streams,
    "changes that change nothing" => empty_changes,
    "heads that never end" => slow_heads,
    "bodies that never end" => slow_bodies,
    "wrong secrets at once" => wrong_secrets,
    "a client at full speed" => full_speed,
    "connections by the thousand" => many_connections,
    "files of 25 MB without a token" => refused_files,
    "JSON made to hurt" => hostile_json,
    "files that unpack to gigabytes" => bombs,
    "forged cursors and NUL" => forged,
    "readiness asked without pause" => readiness,
}

/// Makes `count` requests, `at_once` of them concurrently, and reads the responses.
async fn repeat<F, G>(count: usize, at_once: usize, until: Instant, make: F) -> Answers
where
    F: Fn(usize) -> G,
    G: Future<Output = Result<reqwest::Response>>,
{
    let mut answers = Answers::default();
    let mut asked = stream::iter(0..count)
        .take_while(|_| std::future::ready(Instant::now() < until))
        .map(|number| {
            let asked = make(number);
            async {
                let answer = asked.await?;
                let status = answer.status().as_u16();
                answer.bytes().await?;
                Ok::<_, anyhow::Error>(status)
            }
        })
        .buffer_unordered(at_once);
    while let Some(status) = asked.next().await {
        answers.add(status.map_or_else(|_| "no answer".to_owned(), |status| status.to_string()));
    }
    answers
}

/// Keeps connections open until the server has closed them all, or the time is over.
async fn hold(streams: Vec<TcpStream>, until: Instant, reads: bool) -> Answers {
    let mut answers = Answers::default();
    let waits = streams.into_iter().map(|mut stream| async move {
        let mut buffer = vec![0; 1024];
        let closed = async {
            loop {
                if reads {
                    match stream.read(&mut buffer).await {
                        Ok(0) | Err(_) => return,
                        Ok(_) => {}
                    }
                } else {
                    // A caller that reads nothing learns of the close from the socket's state.
                    tokio::time::sleep(Duration::from_millis(500)).await;
                    if stream.take_error().ok().flatten().is_some() {
                        return;
                    }
                    let ready = stream.ready(tokio::io::Interest::ERROR | tokio::io::Interest::READABLE);
                    if let Ok(Ok(ready)) = tokio::time::timeout(Duration::from_millis(1), ready).await
                        && (ready.is_read_closed() || ready.is_error())
                    {
                        return;
                    }
                }
            }
        };
        tokio::time::timeout_at(until.into(), closed).await.is_ok()
    });
    let mut waits = stream::iter(waits).buffer_unordered(10_000);
    while let Some(closed) = waits.next().await {
        answers.add(if closed { "cut" } else { "still held" });
    }
    answers
}

/// Opens connections and sends some bytes on each.
async fn connect(caller: &Caller, count: usize, bytes: &[u8]) -> (Vec<TcpStream>, usize) {
    let opened = stream::iter(0..count).map(|_| async {
        let opened = tokio::time::timeout(Duration::from_secs(5), caller.connect(bytes)).await;
        opened.ok().and_then(Result::ok)
    });
    let opened: Vec<Option<TcpStream>> = opened.buffer_unordered(64).collect().await;
    let failed = opened.iter().filter(|opened| opened.is_none()).count();
    (opened.into_iter().flatten().collect(), failed)
}

/// Returns the heaviest tickets, opened once for all attacks.
async fn heavy_tickets(caller: &Caller) -> Result<Arc<Vec<String>>> {
    static TICKETS: OnceCell<Arc<Vec<String>>> = OnceCell::const_new();
    let open = async || {
        let mut tickets = Vec::new();
        for _ in 0..40 {
            tickets.push(caller.open(MOUNT, &heavy_modification("VENU")).await?);
        }
        Ok::<_, anyhow::Error>(Arc::new(tickets))
    };
    TICKETS.get_or_try_init(open).await.cloned()
}

async fn heavy_notes(target: Target, patience: Duration) -> Result<Answers> {
    let caller = target.caller("evil-oc", 2).await?;
    let ticket = caller.open(MOUNT, &modification("VENU")).await?;
    let notes = format!("{MOUNT}/{ticket}/note");
    let heavy = json!({"text": "x", "extra": "x".repeat(900_000)});
    let until = Instant::now() + patience * 3;
    let mut answers = repeat(300, 8, until, |_| caller.post(&notes, &heavy)).await;
    let lighter = json!({"text": "\u{1f3e0}".repeat(10_000), "extra": "x".repeat(16_000)});
    repeat(300, 8, until, |_| caller.post(&notes, &lighter)).await;
    let counted = format!("{notes}?text[regex]=nothing");
    let until = Instant::now() + patience;
    for (answer, count) in
        repeat(200, 64, until, |_| async { Ok(caller.request(Method::HEAD, &counted).send().await?) }).await.0
    {
        *answers.0.entry(format!("HEAD {answer}")).or_default() += count;
    }
    Ok(answers)
}

async fn heavy_pages(target: Target, patience: Duration) -> Result<Answers> {
    let caller = target.caller("evil-oc", 3).await?;
    heavy_tickets(&caller).await?;
    let until = Instant::now() + patience;
    let page = format!("{MOUNT}?limit=100&sort=-creationDate");
    Ok(repeat(400, 64, until, |_| caller.get(&page)).await)
}

async fn unread_answers(target: Target, patience: Duration) -> Result<Answers> {
    let caller = target.caller("evil-oc", 4).await?;
    heavy_tickets(&caller).await?;
    let request = caller.head("GET", &format!("{MOUNT}?limit=100&sort=-creationDate"), "");
    let (streams, refused) = connect(&caller, 250, request.as_bytes()).await;
    let mut answers = hold(streams, Instant::now() + patience.max(Duration::from_secs(45)), false).await;
    if refused > 0 {
        answers.add(format!("{refused} refused"));
    }
    Ok(answers)
}

async fn unread_streams(target: Target, patience: Duration) -> Result<Answers> {
    let caller = target.caller("evil-oc", 5).await?;
    // Large events: a change of each of the heaviest tickets.
    for ticket in heavy_tickets(&caller).await?.iter() {
        let path = format!("{MOUNT}/{ticket}");
        let read = caller.get(&path).await?;
        let etag = read.headers().get("etag").cloned();
        let body = json!({"description": "changed"});
        let mut change = caller.request(Method::PATCH, &path).json(&body);
        if let Some(etag) = etag {
            change = change.header("if-match", etag);
        }
        change.send().await?;
    }
    let request = caller.head("GET", &format!("{MOUNT}/event"), "Accept: text/event-stream\r\n");
    let (streams, _) = connect(&caller, 40, request.as_bytes()).await;
    Ok(hold(streams, Instant::now() + patience.max(Duration::from_secs(45)), false).await)
}

async fn many_streams(target: Target, patience: Duration) -> Result<Answers> {
    let caller = target.caller("evil-oc", 6).await?;
    let request = caller.head("GET", &format!("{MOUNT}/event?type=none"), "Accept: text/event-stream\r\n");
    let (streams, refused) = connect(&caller, 3_000, request.as_bytes()).await;
    let mut answers = Answers::default();
    let read = streams.into_iter().map(|mut stream| async move {
        let mut head = [0; 12];
        let read = tokio::time::timeout(Duration::from_secs(5), stream.read_exact(&mut head)).await;
        let status = match read {
            Ok(Ok(_)) => String::from_utf8_lossy(&head[9..]).into_owned(),
            _ => "closed".to_owned(),
        };
        (status, stream)
    });
    let read: Vec<(String, TcpStream)> = stream::iter(read).buffer_unordered(4_000).collect().await;
    for (status, _) in &read {
        answers.add(status.clone());
    }
    if refused > 0 {
        answers.add(format!("{refused} refused"));
    }
    tokio::time::sleep(patience / 2).await;
    Ok(answers)
}

async fn empty_changes(target: Target, patience: Duration) -> Result<Answers> {
    let caller = target.caller("evil-oc", 7).await?;
    let tickets = heavy_tickets(&caller).await?;
    let path = format!("{MOUNT}/{}", tickets[0]);
    let until = Instant::now() + patience;
    let change = |_| async {
        Ok(caller.request(Method::PATCH, &path).header("if-match", "*").json(&json!({})).send().await?)
    };
    Ok(repeat(400, 32, until, change).await)
}

async fn slow_heads(target: Target, patience: Duration) -> Result<Answers> {
    let caller = Caller::anonymous(target.address(), 8)?;
    let (streams, _) = connect(&caller, 500, b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ").await;
    Ok(hold(streams, Instant::now() + patience.max(Duration::from_secs(30)), true).await)
}

async fn slow_bodies(target: Target, patience: Duration) -> Result<Answers> {
    let caller = target.caller("evil-oc", 9).await?;
    let more = "Content-Type: application/json\r\nContent-Length: 1000000\r\n";
    let mut request = caller.head("POST", MOUNT, more).into_bytes();
    request.resize(request.len() + 900_000, b' ');
    let (streams, _) = connect(&caller, 250, &request).await;
    Ok(hold(streams, Instant::now() + patience.max(Duration::from_secs(45)), true).await)
}

async fn wrong_secrets(target: Target, patience: Duration) -> Result<Answers> {
    let caller = Caller::anonymous(target.address(), 10)?;
    let until = Instant::now() + patience;
    let guess = |number: usize| {
        let caller = &caller;
        // Invented clients, so that each guess is the first of its client.
        async move { Ok(caller.guess(&format!("client-{number}"), "a guess of sixteen").send().await?) }
    };
    Ok(repeat(400, 200, until, guess).await)
}

async fn full_speed(target: Target, patience: Duration) -> Result<Answers> {
    let caller = target.caller("evil-oc", 11).await?;
    let until = Instant::now() + patience;
    let page = format!("{MOUNT}?limit=1");
    Ok(repeat(200_000, 64, until, |_| caller.get(&page)).await)
}

async fn many_connections(target: Target, patience: Duration) -> Result<Answers> {
    let caller = Caller::anonymous(target.address(), 12)?;
    let (streams, refused) = connect(&caller, 3_000, b"").await;
    let mut answers = hold(streams, Instant::now() + patience.min(Duration::from_secs(5)), true).await;
    if refused > 0 {
        answers.add(format!("{refused} refused"));
    }
    Ok(answers)
}

async fn refused_files(target: Target, patience: Duration) -> Result<Answers> {
    let caller = Caller::anonymous(target.address(), 13)?;
    let until = Instant::now() + patience;
    let path = format!("{MOUNT}/22e61758-924d-4ad7-b259-e4fcb1ea8808/attachment");
    let send = |_| async {
        let request = caller.request(Method::POST, &path);
        let request = request.header("content-type", "multipart/form-data; boundary=b");
        Ok(request.body(vec![b'x'; 25_000_000]).send().await?)
    };
    Ok(repeat(40, 8, until, send).await)
}

async fn hostile_json(target: Target, patience: Duration) -> Result<Answers> {
    let caller = target.caller("evil-oc", 14).await?;
    let until = Instant::now() + patience;
    let bodies = [
        "[".repeat(100_000),
        format!("{{\"a\":[{}1]}}", "1,".repeat(480_000)),
        format!("{{\"a\":{}}}", "{\"a\":".repeat(50_000)),
        format!("{{\"a\":1e{}}}", "9".repeat(900_000)),
        format!("{{{}\"z\":1}}", "\"a\":1,".repeat(160_000)),
        "{\"a\":\"\\ud800\"}".to_owned(),
        format!("{{\"a\":\"{}\"}}", "\\u0041".repeat(160_000)),
    ];
    let send = |number: usize| {
        let body = bodies[number % bodies.len()].clone();
        let request = caller.request(Method::POST, MOUNT).header("content-type", "application/json");
        async move { Ok(request.body(body).send().await?) }
    };
    Ok(repeat(700, 32, until, send).await)
}

async fn bombs(target: Target, patience: Duration) -> Result<Answers> {
    let caller = target.caller("evil-oc", 15).await?;
    let ticket = caller.open(MOUNT, &modification("VENU")).await?;
    let path = format!("{MOUNT}/{ticket}/attachment");
    let file = bomb()?;
    let until = Instant::now() + patience;
    let send = |_| {
        let meta = "--b\r\nContent-Disposition: form-data; name=\"attachment\"\r\nContent-Type: application/json\r\n\r\n\
                    {\"name\":\"a.xlsx\"}\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; \
                    filename=\"a.xlsx\"\r\nContent-Type: application/octet-stream\r\n\r\n";
        let mut body = meta.as_bytes().to_vec();
        body.extend_from_slice(&file);
        body.extend_from_slice(b"\r\n--b--\r\n");
        let request = caller.request(Method::POST, &path);
        let request = request.header("content-type", "multipart/form-data; boundary=b").body(body);
        async move { Ok(request.send().await?) }
    };
    Ok(repeat(60, 8, until, send).await)
}

/// Returns a zip whose single member unpacks to 200 MB.
fn bomb() -> Result<Vec<u8>> {
    use std::io::Write as _;
    let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0; 1 << 20];
    let mut hasher = crc32fast::Hasher::new();
    for _ in 0..200 {
        packed.write_all(&zeros)?;
        hasher.update(&zeros);
    }
    let packed = packed.finish()?;
    let (crc, size, name) = (hasher.finalize(), 200_u32 << 20, b"xl/workbook.xml");
    let packed_size = u32::try_from(packed.len())?;
    let mut zip = Vec::new();
    let sizes = |zip: &mut Vec<u8>| {
        for number in [crc, packed_size, size] {
            zip.extend_from_slice(&number.to_le_bytes());
        }
        zip.extend_from_slice(&u16::try_from(name.len()).unwrap_or(0).to_le_bytes());
    };
    zip.extend_from_slice(b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0");
    sizes(&mut zip);
    zip.extend_from_slice(&[0, 0]);
    zip.extend_from_slice(name);
    zip.extend_from_slice(&packed);
    let directory = zip.len();
    zip.extend_from_slice(b"PK\x01\x02\x14\0\x14\0\0\0\x08\0\0\0\0\0");
    sizes(&mut zip);
    zip.extend_from_slice(&[0; 16]);
    zip.extend_from_slice(name);
    let length = u32::try_from(zip.len() - directory)?;
    zip.extend_from_slice(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend_from_slice(&length.to_le_bytes());
    zip.extend_from_slice(&u32::try_from(directory)?.to_le_bytes());
    zip.extend_from_slice(&[0, 0]);
    Ok(zip)
}

async fn forged(target: Target, patience: Duration) -> Result<Answers> {
    let caller = target.caller("evil-oc", 16).await?;
    let first = caller.get(&format!("{MOUNT}?sort=name&limit=1")).await?;
    let link = first.headers().get("link").and_then(|link| link.to_str().ok()).unwrap_or_default().to_owned();
    let cursor =
        link.split("cursor=").nth(1).and_then(|rest| rest.split(['&', '>']).next()).unwrap_or_default();
    let forged = forge(cursor);
    let mut queries = vec![
        "name=a%00b".to_owned(),
        "name[eqjson]=%22a%5Cu0000b%22".to_owned(),
        "externalId[in]=a%00,b".to_owned(),
        "status[regex]=%5Cx00".to_owned(),
    ];
    queries.extend(forged.into_iter().map(|cursor| format!("sort=name&limit=1&cursor={cursor}")));
    let until = Instant::now() + patience;
    let count = queries.len() * 20;
    Ok(repeat(count, 8, until, |number| {
        let path = format!("{MOUNT}?{}", queries[number % queries.len()]);
        let caller = &caller;
        async move { caller.get(&path).await }
    })
    .await)
}

/// Derives invalid cursors from a valid one: with keys of other types, NUL, and numbers at the ends
/// of their range.
fn forge(cursor: &str) -> Vec<String> {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    let Ok(bytes) = BASE64_URL_SAFE_NO_PAD.decode(cursor) else { return Vec::new() };
    let Ok(real) = serde_json::from_slice::<Value>(&bytes) else { return Vec::new() };
    let keys = [json!(["a\0b"]), json!([1]), json!([[1, 2]]), json!([null]), json!([]), json!([i64::MIN])];
    let forged = keys.into_iter().flat_map(|keys| {
        [0, i64::MAX, i64::MIN].into_iter().map({
            let real = real.clone();
            move |seq| {
                let mut forged = real.clone();
                forged["p"] = json!({"keys": keys.clone(), "seq": seq});
                forged["n"] = json!(u64::MAX);
                BASE64_URL_SAFE_NO_PAD.encode(forged.to_string())
            }
        })
    });
    forged.collect()
}

async fn readiness(target: Target, patience: Duration) -> Result<Answers> {
    let caller = Caller::anonymous(target.address(), 17)?;
    let until = Instant::now() + patience / 2;
    Ok(repeat(50_000, 64, until, |_| caller.get("/health/ready")).await)
}

//! Connections: raw request targets, slow clients, and the graceful stop.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop where it is")]

use std::time::Duration;

use epissure_server::listener::Limits;
use epissure_server::{Server, Settings};
use epissure_testkit::{TestServer, fixtures};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// Sends raw bytes and reads the response until the server closes.
async fn exchange(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// Starts a separate server with these limits.
async fn serve(limits: Limits) -> (TestServer, String, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let server = TestServer::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let own = Server::new(server.app.clone(), Settings::new(format!("http://{address}")));
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        let stopped = async {
            let _ = stopped.await;
        };
        own.serve(listener, limits, stopped).await.unwrap();
    });
    (server, address, stop, task)
}

#[tokio::test]
async fn a_client_that_dawdles_over_its_head_is_cut_and_others_are_served() {
    let limits = Limits { head: Duration::from_millis(300), ..Limits::default() };
    let (_server, address, _stop, _task) = serve(limits).await;
    let slow = exchange(&address, b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    let quick = exchange(&address, b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let (slow, quick) = tokio::join!(slow, quick);
    assert!(quick.starts_with("HTTP/1.1 200"), "{quick}");
    assert!(!slow.contains("200 OK"), "{slow}");
}

#[tokio::test]
async fn a_body_whose_announced_length_is_too_large_is_refused_before_it_is_sent() {
    let (server, address, _stop, _task) = serve(Limits::default()).await;
    let token = server.login("sfra-oc").await.token().unwrap().to_owned();
    let request = format!(
        "POST /anomalie-adresse HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: 999999999\r\nConnection: close\r\n\r\n"
    );
    let answer = exchange(&address, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn what_runs_when_the_server_stops_is_answered() {
    let (server, address, stop, task) = serve(Limits::default()).await;
    let token = server.login("sfra-oc").await.token().unwrap().to_owned();
    let body = fixtures::modification().to_string();
    let head = format!(
        "POST /anomalie-adresse HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body.as_bytes()[..10]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(TcpStream::connect(&address).await.is_err(), "nothing more is accepted");
    stream.write_all(&body.as_bytes()[10..]).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(String::from_utf8_lossy(&answer).starts_with("HTTP/1.1 201"));
    task.await.unwrap();
}

#[tokio::test]
async fn operations_answer_without_a_token() {
    let server = TestServer::start().await;
    let api = server.anonymous();
    assert_eq!(api.get("/health/live").await.expect(200).body["status"], "up");
    assert_eq!(api.get("/health/ready").await.expect(200).body["status"], "ready");
    let metrics = api.get("/metrics").await.expect(200).text;
    assert!(metrics.contains("http_requests_total{"), "{metrics}");
    assert!(metrics.contains("http_request_duration_seconds_bucket{"), "{metrics}");
}

#[tokio::test]
async fn the_documentation_is_served_whole_from_here() {
    let server = TestServer::start().await;
    let api = server.anonymous();
    for document in epissure_server::openapi::DOCUMENTS {
        let served = api.get(document.path).await.expect(200).body;
        assert_eq!(served["servers"][0]["url"], server.base);
        assert_eq!(served["openapi"], "3.1.0");
    }
    let redirect = api.get("/docs").await;
    assert!(matches!(redirect.status, 303 | 307 | 308), "{}", redirect.status);
    let page = api.get("/docs/").await.expect(200).text;
    let script = api.get("/docs/swagger-initializer.js").await.expect(200).text;
    for text in [&page, &script] {
        assert!(!text.contains("https://"), "something comes from elsewhere: {text}");
    }
    for document in epissure_server::openapi::DOCUMENTS {
        assert!(script.contains(document.path), "{script}");
    }
    api.get("/openapi/unknown.json").await.expect(404);
}

/// Returns the head of a request with a form of `length` bytes.
fn form_head(token: &str, path: &str, length: usize, more: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{more}\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}\r\n\r\n"
    )
}

/// Headers that Java's client sends with the first request of each connection.
const PROPOSES_HTTP_2: &str = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_given_before_the_body_has_arrived_is_read_by_a_caller_that_sends_all_of_it_first() {
    let (_server, address, _stop, _task) = serve(Limits::default()).await;
    let path = "/anomalie-adresse/22e61758-924d-4ad7-b259-e4fcb1ea8808/attachment";
    for more in ["", PROPOSES_HTTP_2] {
        for length in [4, 20_000, 1_000_000, 25_000_000] {
            for attempt in 0..3 {
                let told = format!("{more:?}, {length} bytes, attempt {attempt}");
                let mut stream = TcpStream::connect(&address).await.unwrap();
                stream.write_all(form_head("nonsense", path, length, more).as_bytes()).await.unwrap();
                // Like Node and Java, the client reads only after it has sent everything.
                let sent = stream.write_all(&vec![b'x'; length]).await;
                sent.unwrap_or_else(|error| panic!("{told}: the body could not be sent: {error}"));
                let mut answer = vec![0; 4096];
                let read = stream.read(&mut answer).await.unwrap();
                let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
                assert!(answer.starts_with("HTTP/1.1 401"), "{told}: {answer}");
            }
        }
    }
}

#[tokio::test]
async fn a_short_body_that_was_refused_leaves_the_connection_usable() {
    let (_server, address, _stop, _task) = serve(Limits::default()).await;
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let path = "/anomalie-adresse/22e61758-924d-4ad7-b259-e4fcb1ea8808/attachment";
    for _ in 0..2 {
        let request = format!("{}{}", form_head("nonsense", path, 1000, ""), "x".repeat(1000));
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4096];
        let read = stream.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
        assert!(!answer.to_lowercase().contains("connection: close"), "{answer}");
    }
}

#[tokio::test]
async fn a_caller_that_waits_for_leave_to_send_is_refused_without_it() {
    let (_server, address, _stop, _task) = serve(Limits::default()).await;
    let path = "/anomalie-adresse/22e61758-924d-4ad7-b259-e4fcb1ea8808/attachment";
    let head = form_head("nonsense", path, 25_000_000, "Expect: 100-continue\r\n");
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let read = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert!(answer.to_lowercase().contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn a_caller_that_takes_nothing_of_its_answer_is_cut() {
    let limits = Limits { stall: Duration::from_millis(300), ..Limits::default() };
    let (_server, address, _stop, _task) = serve(limits).await;
    let mut stream = TcpStream::connect(&address).await.unwrap();
    // More responses than socket buffers can contain, and the client reads none.
    let path = epissure_server::openapi::DOCUMENTS[0].path;
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").repeat(400);
    let _ = stream.write_all(request.as_bytes()).await;
    // A reset connection has no peer address any more.
    let cut = async {
        while stream.peer_addr().is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), cut).await.expect("the connection is cut");
}

#[tokio::test]
async fn an_address_has_so_many_connections_and_no_more() {
    let limits = Limits { connections_per_address: 3, ..Limits::default() };
    let (_server, address, _stop, _task) = serve(limits).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(TcpStream::connect(&address).await.unwrap());
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let live = b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let refused = exchange(&address, live).await;
    assert!(refused.is_empty() || refused.starts_with("HTTP/1.1 503"), "{refused}");
    held.clear();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(exchange(&address, live).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn an_upload_leaves_its_connection_usable() {
    let (server, address, _stop, _task) = serve(Limits::default()).await;
    let api = server.login("sfra-oc").await;
    let opened = api.post("/api/v2/anomalie-adresse", &fixtures::modification()).await.expect(201);
    let path = format!("/api/v2/anomalie-adresse/{}/attachment", opened.body["id"].as_str().unwrap());
    // The bytes after the last boundary belong to the body, and are read with it.
    let body = "--b\r\nContent-Disposition: form-data; name=\"attachment\"\r\nContent-Type: application/json\r\n\r\n\
                {\"name\":\"a.csv\"}\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n\
                a;b\r\n--b--\r\nan epilogue that nobody needs\r\n";
    let request = format!("{}{body}", form_head(api.token().unwrap(), &path, body.len(), ""));
    let mut stream = TcpStream::connect(&address).await.unwrap();
    for _ in 0..2 {
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = vec![0; 8192];
        let read = stream.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        assert!(!answer.to_lowercase().contains("connection: close"), "{answer}");
    }
}

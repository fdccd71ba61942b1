//! Valid and invalid responses of servers to the HTTP courier.

use std::sync::Arc;
use std::time::Duration;

use epissure_app::deliveries::{DeliveryState, TargetState};
use epissure_outbound::{ANSWER_BYTES, Outbound};
use epissure_protocol::target::{Media, Target};
use epissure_server::delivery::HttpCourier;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{Case, target};

/// Starts a server that sends one response to each connection. Its requests are received from the
/// channel.
async fn answering(
    answer: Vec<u8>,
    then_wait: bool,
) -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/event", listener.local_addr().unwrap());
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (answer, tell) = (answer.clone(), tell.clone());
            tokio::spawn(async move {
                let _ = tell.send(request(&mut stream).await);
                let _ = stream.write_all(&answer).await;
                if then_wait {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                }
            });
        }
    });
    (url, told)
}

/// Reads one request, head and body.
async fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return text;
        }
    }
}

fn opened(url: &str) -> Target {
    Target { allow: vec!["127.0.0.0/8".to_owned()], ..target(url) }
}

fn courier(case_timeout: Duration) -> HttpCourier {
    let clock = Arc::new(epissure_app::clock::SystemClock);
    HttpCourier::new(Outbound::with_timeout(case_timeout), clock, "https://oi.example/")
}

async fn tried(answer: &[u8], then_wait: bool) -> (Case, Vec<epissure_app::deliveries::Attempt>) {
    let (url, _told) = answering(answer.to_vec(), then_wait).await;
    let courier = courier(Duration::from_millis(400));
    let case = Case::sending(&courier, opened(&url)).await;
    case.note("hello").await;
    case.pass(&courier).await;
    let attempts = case.attempts().await;
    (case, attempts)
}

#[tokio::test]
async fn an_event_is_posted_as_a_signed_cloudevent() {
    for (media, expected) in [
        (Media::Json, "application/json"),
        (Media::CloudEvents, "application/cloudevents+json; charset=utf-8"),
    ] {
        let (url, mut told) = answering(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(), false).await;
        let courier = courier(Duration::from_secs(5));
        let mut target = Target { media, ..opened(&url) };
        target.headers = vec![("X-Partner".to_owned(), "ftel".to_owned())];
        let case = Case::sending(&courier, target).await;
        case.note("hello").await;
        case.pass(&courier).await;
        let sent = told.recv().await.unwrap();
        let (head, body) = sent.split_once("\r\n\r\n").unwrap();
        let has = |line: &str| head.lines().any(|found| found.eq_ignore_ascii_case(line));
        assert!(head.starts_with("POST /event HTTP/1.1\r\n"), "{head}");
        assert!(has(&format!("content-type: {expected}")), "{head}");
        assert!(has("webhook-request-origin: oi.example"), "{head}");
        assert!(has("x-partner: ftel"), "{head}");
        let event: serde_json::Value = serde_json::from_str(body).unwrap();
        assert!(has(&format!("webhook-id: {}", event["id"].as_str().unwrap())), "{head}");
        assert!(head.contains("webhook-signature: v1,") && head.contains("webhook-timestamp: "), "{head}");
        assert_eq!(event["data"]["text"], "hello");
        assert_eq!(case.deliveries().await[0].state, DeliveryState::Delivered);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (elsewhere, mut told) = answering(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), false).await;
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let answer = format!("HTTP/1.1 {status}\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n");
        let (case, attempts) = tried(answer.as_bytes(), false).await;
        assert_eq!(attempts[0].status, status[..3].parse().ok());
        assert_eq!(case.deliveries().await[0].state, DeliveryState::Queued);
    }
    assert!(told.try_recv().is_err(), "nobody went there");
}

#[tokio::test]
async fn who_does_not_answer_in_time_is_tried_again() {
    let (case, attempts) = tried(b"", true).await;
    assert_eq!((attempts[0].status, attempts[0].error.as_deref()), (None, Some("it did not answer in time")));
    assert_eq!(case.deliveries().await[0].state, DeliveryState::Queued);
}

#[tokio::test]
async fn an_answer_that_drips_is_believed_as_far_as_it_says() {
    let (case, attempts) = tried(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nthank", true).await;
    assert_eq!((attempts[0].status, attempts[0].body.as_str()), (Some(200), "thank"));
    assert_eq!(case.deliveries().await[0].state, DeliveryState::Delivered, "its status has come");
}

#[tokio::test]
async fn of_a_huge_answer_the_beginning_is_kept() {
    let huge = 50 * 1024 * 1024;
    let mut answer = format!("HTTP/1.1 500 Oops\r\nContent-Length: {huge}\r\n\r\n").into_bytes();
    answer.resize(answer.len() + huge, b'x');
    let (_case, attempts) = tried(&answer, false).await;
    assert_eq!((attempts[0].status, attempts[0].body.len()), (Some(500), ANSWER_BYTES));
}

#[tokio::test]
async fn what_is_no_http_or_breaks_off_is_tried_again() {
    for answer in [&b"hello\r\n\r\n"[..], b"HTTP/1.1 2", b""] {
        let (case, attempts) = tried(answer, false).await;
        assert_eq!(attempts[0].status, None);
        assert!(attempts[0].error.is_some());
        assert_eq!(case.deliveries().await[0].state, DeliveryState::Queued);
    }
}

#[tokio::test]
async fn retry_after_is_read_and_gone_disables() {
    let (case, _) =
        tried(b"HTTP/1.1 429 Slow\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n", false).await;
    let held = case.target().await.standing.held_until.unwrap();
    assert_eq!(held.duration_since(case.server.app.clock.now()).as_secs(), 3600);
    let (case, _) = tried(b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", false).await;
    assert_eq!(case.target().await.standing.state, TargetState::Disabled);
}

#[tokio::test]
async fn a_target_that_answers_200_without_the_header_has_not_consented() {
    for (answer, state) in [
        ("HTTP/1.1 200 OK\r\nAllow: POST\r\nContent-Length: 0\r\n\r\n", TargetState::ConsentRequested),
        (
            "HTTP/1.1 200 OK\r\nWebHook-Allowed-Origin: other.example\r\nContent-Length: 0\r\n\r\n",
            TargetState::ConsentRequested,
        ),
        (
            "HTTP/1.1 405 No\r\nWebHook-Allowed-Origin: oi.example\r\nContent-Length: 0\r\n\r\n",
            TargetState::Active,
        ),
    ] {
        let (url, mut told) = answering(answer.as_bytes().to_vec(), false).await;
        let courier = courier(Duration::from_secs(5));
        let case = Case::sending(&courier, Target { asks_consent: true, ..opened(&url) }).await;
        case.note("hello").await;
        case.pass(&courier).await;
        assert_eq!(case.target().await.standing.state, state, "{answer}");
        let asked = told.recv().await.unwrap();
        assert!(asked.starts_with("OPTIONS /event HTTP/1.1\r\n"), "{asked}");
        assert!(asked.to_lowercase().contains("webhook-request-origin: oi.example"), "{asked}");
        assert!(told.try_recv().is_err(), "and nothing was sent");
    }
}

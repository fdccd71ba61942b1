use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use crate::harness::{Api, Sandbox};

const SOON: Duration = Duration::from_secs(10);

#[test]
fn a_port_that_is_taken_is_told_and_nothing_is_made() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let sandbox = Sandbox::new();
    let said = sandbox.fails(1, &["serve", "--listen", &address]);
    assert!(
        said.contains(&format!("another program listens on {address}")) && said.contains("--listen"),
        "{said}"
    );
    assert!(!sandbox.path().join("epissure-data").exists());
    assert!(
        sandbox
            .fails(1, &["serve", "--listen", "192.0.2.1:8080"])
            .contains("is not an address of this machine")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verbs_write_while_a_server_runs() {
    // The server starts with an empty database, and its administrator sets it up meanwhile.
    let sandbox = Sandbox::new();
    let server = sandbox.serve(&[]);
    sandbox.ok(&["operator", "add", "FTEL", "--name", "An OI", "--oi"]);
    sandbox.ok(&["operator", "add", "SFRA", "--name", "An OC", "--oc"]);
    let add = &["client", "add", "--operator", "SFRA", "--role", "oc", "--id", "oc", "--quiet"];
    let first = sandbox.ok(add).trim_end().to_owned();
    let api = Api::login(&server.base, "oc", &first).await.expect("a token");
    assert!(api.open("1").await.is_some());

    // A contract takes effect within a second.
    sandbox.ok(&["contract", "set", "--oi", "FTEL", "--oc", "SFRA", "--bulk-limit", "5"]);

    let second = sandbox.ok(&["client", "rotate", "oc", "--quiet"]).trim_end().to_owned();
    assert_eq!(Api::login(&server.base, "oc", &first).await.err(), Some(401), "the old secret is refused");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(api.get("/anomalie-adresse").await.0, 401, "the old token has ended");
    let api = Api::login(&server.base, "oc", &second).await.expect("a token");
    assert_eq!(api.get("/anomalie-adresse").await.0, 200);

    sandbox.ok(&["client", "revoke", "oc"]);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(api.get("/anomalie-adresse").await.0, 401);
    assert_eq!(Api::login(&server.base, "oc", &second).await.err(), Some(401));

    assert_eq!(sandbox.json(&["database", "check", "--json"])["tickets"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verbs_write_while_a_server_writes() {
    let (sandbox, secret) = Sandbox::with_operators();
    let server = sandbox.serve(&["--log", "warn,epissure=info"]);
    let api = Api::login(&server.base, "oc", secret).await.expect("a token");
    let writing: Vec<_> = (0..8)
        .map(|writer| {
            let api = api.clone();
            tokio::spawn(async move {
                for number in 0.. {
                    assert!(
                        api.open(&format!("{writer}-{number}")).await.is_some(),
                        "refused while a verb writes"
                    );
                }
            })
        })
        .collect();
    for number in 0..15 {
        sandbox.ok(&["client", "add", "--operator", "SFRA", "--role", "oc", "--id", &format!("c{number}")]);
    }
    for writer in writing {
        assert!(!writer.is_finished(), "a writer failed");
        writer.abort();
    }
    assert_eq!(sandbox.json(&["client", "list", "--json"]).as_array().map(Vec::len), Some(17));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_stopped_under_load_loses_nothing_that_it_acknowledged() {
    let (sandbox, secret) = Sandbox::with_operators();
    for signal in ["TERM", "INT"] {
        let mut server = sandbox.serve(&["--log", "warn,epissure=info"]);
        let api = Api::login(&server.base, "oc", secret).await.expect("a token");
        let writers: Vec<_> = (0..16)
            .map(|writer| {
                let api = api.clone();
                tokio::spawn(async move {
                    let mut acknowledged = Vec::new();
                    for number in 0.. {
                        match api.open(&format!("{signal}-{writer}-{number}")).await {
                            Some(id) => acknowledged.push(id),
                            None => break,
                        }
                    }
                    acknowledged
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(700)).await;
        server.signal(signal);
        let status = server.wait(SOON);
        assert_eq!(status.code(), Some(0), "{:?}", server.messages());
        assert!(server.messages().iter().any(|message| message == "stopped"), "{:?}", server.messages());

        let mut acknowledged = Vec::new();
        for writer in writers {
            acknowledged.extend(writer.await.expect("a writer"));
        }
        assert!(acknowledged.len() > 16, "{}", acknowledged.len());
        let server = sandbox.serve(&["--log", "warn,epissure=info"]);
        let api = Api::login(&server.base, "oc", secret).await.expect("a token");
        for id in &acknowledged {
            assert_eq!(api.get(&format!("/anomalie-adresse/{id}")).await.0, 200, "{id} is lost");
        }
    }
}

#[test]
fn a_second_signal_ends_at_once() {
    let sandbox = Sandbox::new();
    let mut server = sandbox.serve(&[]);
    // A request that does not end: its body is never sent.
    let mut slow = TcpStream::connect(server.base.trim_start_matches("http://")).expect("a connection");
    slow.write_all(b"POST /oauth/v2/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\n")
        .expect("written");
    std::thread::sleep(Duration::from_millis(300));
    server.signal("TERM");
    std::thread::sleep(Duration::from_millis(500));
    server.signal("TERM");
    assert_eq!(server.wait(Duration::from_secs(5)).code(), Some(1));
}

#[test]
fn the_log_tells_the_address_and_the_database() {
    let sandbox = Sandbox::new();
    let mut server = sandbox.serve(&[]);
    assert!(server.base.starts_with("http://127.0.0.1:"));
    server.signal("TERM");
    assert_eq!(server.wait(SOON).code(), Some(0));
    assert!(sandbox.database().exists());
}

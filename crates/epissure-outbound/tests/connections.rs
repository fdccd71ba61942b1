//! Server and client certificates, and proxies, tested against real TLS servers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop where it is")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use epissure_outbound::{Call, Outbound};
use epissure_protocol::dialect::Dialect;
use epissure_protocol::partner::Credentials;
use epissure_protocol::target::{Media, Target};
use jiff::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::header::HeaderMap;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// Certificate authority, with its files.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("authority.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    fn file(&self) -> String {
        shown(&self.folder.path().join("authority.pem"))
    }

    /// Issues a certificate for a name; returns it with its key.
    fn vouch(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &self.issuer);
        (certificate.unwrap(), key)
    }

    /// Writes a file with a certificate and its key.
    fn identity(&self) -> String {
        let (certificate, key) = self.vouch("ftel");
        let file = self.folder.path().join("identity.pem");
        std::fs::write(&file, format!("{}{}", certificate.pem(), key.serialize_pem())).unwrap();
        shown(&file)
    }

    /// Starts a local server for clients with a certificate of this authority. The receiver returns
    /// the request lines.
    async fn serve(&self) -> (u16, UnboundedReceiver<String>) {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let clients = WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap();
        let (certificate, key) = self.vouch("127.0.0.1");
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder()
            .with_client_cert_verifier(clients)
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, told) = unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let _ = tell.send(answer(&mut stream).await);
                }
            }
        });
        (port, told)
    }
}

fn shown(path: &Path) -> String {
    PathBuf::from(path).display().to_string()
}

/// Reads the head of a request and answers 204; returns the request line.
async fn answer<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> String {
    let mut bytes = Vec::new();
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n")
        && stream.read_buf(&mut bytes).await.unwrap_or(0) > 0
    {}
    let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await;
    let _ = stream.shutdown().await;
    String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default().to_owned()
}

fn target(url: String) -> Target {
    Target {
        url,
        dialect: Dialect::Interop20,
        media: Media::Json,
        asks_consent: false,
        credentials: Credentials { method: "none".to_owned(), ..Credentials::default() },
        headers: Vec::new(),
        allow: vec!["127.0.0.1".to_owned()],
        proxy: None,
        authorities: None,
        certificate: None,
    }
}

async fn call(target: &Target) -> Result<u16, String> {
    let outbound = Outbound::with_timeout(Duration::from_secs(5));
    outbound.inspect(target).await?;
    let call = Call { method: reqwest::Method::POST, headers: HeaderMap::new(), body: "{}" };
    outbound.call(target, None, &call, Timestamp::UNIX_EPOCH).await.map(|answer| answer.status.as_u16())
}

#[tokio::test]
async fn a_server_that_asks_for_a_certificate_is_shown_it() {
    let (ours, others) = (Authority::new(), Authority::new());
    let (port, mut told) = ours.serve().await;
    let with = |authorities: Option<String>, certificate: Option<String>| Target {
        authorities,
        certificate,
        ..target(format!("https://127.0.0.1:{port}/event"))
    };
    assert_eq!(call(&with(Some(ours.file()), Some(ours.identity()))).await, Ok(204));
    assert_eq!(told.recv().await.unwrap(), "POST /event HTTP/1.1");
    for refused in [
        with(Some(ours.file()), None),
        with(Some(ours.file()), Some(others.identity())),
        with(Some(others.file()), Some(ours.identity())),
        with(None, Some(ours.identity())),
    ] {
        let why = call(&refused).await.expect_err("refused");
        assert!(why.contains("cannot be reached") || why.contains("the call failed"), "{why}");
    }
    assert!(told.try_recv().is_err(), "nothing was asked");
}

#[tokio::test]
async fn a_file_that_is_not_what_it_should_be_is_told() {
    let authority = Authority::new();
    let mut wrong = target("https://127.0.0.1:1/event".to_owned());
    wrong.certificate = Some(authority.file());
    assert!(call(&wrong).await.unwrap_err().contains("has no certificate with its key in PEM"));
    wrong.certificate = Some("/nowhere/identity.pem".to_owned());
    assert!(call(&wrong).await.unwrap_err().contains("cannot be read"));
}

#[tokio::test]
async fn a_proxy_is_gone_through() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = listener.local_addr().unwrap();
    let (tell, mut told) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = tell.send(answer(&mut stream).await);
        }
    });
    let mut through = target("http://127.0.0.1:9/event".to_owned());
    through.proxy = Some(format!("http://{proxy}"));
    assert_eq!(call(&through).await, Ok(204));
    assert_eq!(told.recv().await.unwrap(), "POST http://127.0.0.1:9/event HTTP/1.1");
    // The destination is checked on this machine too.
    for inner in ["https://127.0.0.2/event", "https://localhost/event"] {
        through.url = inner.to_owned();
        through.allow = Vec::new();
        assert!(
            call(&through).await.unwrap_err().contains("not an address of the public internet"),
            "{inner}"
        );
    }
    assert!(told.try_recv().is_err(), "and nothing is asked of the proxy");
}

//! The guarantees of `sslmode`, against a server with TLS, one without, and one with a wrong
//! certificate.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use epissure_store_postgres::testing::{Server, TestDatabase};
use epissure_store_postgres::{Address, AddressError, OpenError, PostgresStore, Settings};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// Message that a client sends before encrypting.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// A certificate authority, and a folder with its own certificate and those that it issued.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("one");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("authority.pem"), issuer.pem()).expect("written");
        Self { issuer, folder }
    }

    fn vouch(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        (params.signed_by(&key, &self.issuer).expect("signed"), key)
    }

    /// Returns the parameters of a client certificate and its key.
    fn identity(&self) -> String {
        let (certificate, key) = self.vouch("epissure");
        let [certificate_file, key_file] = ["user.pem", "user.key"].map(|name| self.folder.path().join(name));
        std::fs::write(&certificate_file, certificate.pem()).expect("written");
        std::fs::write(&key_file, key.serialize_pem()).expect("written");
        std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(0o600)).expect("set");
        format!("&sslcert={}&sslkey={}", certificate_file.display(), key_file.display())
    }

    fn trusted(&self) -> String {
        format!("&sslrootcert={}", self.folder.path().join("authority.pem").display())
    }

    /// Returns the TLS settings of a server with a certificate for this name.
    fn encrypts(&self, name: &str, asks_for_users: bool) -> ServerConfig {
        let (certificate, key) = self.vouch(name);
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let builder = ServerConfig::builder();
        let builder = if asks_for_users {
            let mut roots = RootCertStore::empty();
            roots.add(self.issuer.der().clone()).expect("added");
            builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder(Arc::new(roots)).build().expect("a verifier"),
            )
        } else {
            builder.with_no_client_auth()
        };
        builder.with_single_cert(vec![certificate.der().clone()], key).expect("a server")
    }
}

/// Starts a proxy in front of the database's server, with the given TLS settings or none. Returns
/// its port.
async fn before(database: &TestDatabase, encrypts: Option<ServerConfig>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let (server, acceptor) =
        (Server::of(database), encrypts.map(|config| TlsAcceptor::from(Arc::new(config))));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(pass(client, server.clone(), acceptor.clone()));
        }
    });
    port
}

async fn pass(mut client: TcpStream, server: Server, acceptor: Option<TlsAcceptor>) {
    let mut server = server.reach().await;
    let mut first = [0; 8];
    if client.read_exact(&mut first).await.is_err() {
        return;
    }
    let asked = first == SSL_REQUEST;
    if !asked {
        let _ = server.write_all(&first).await;
    }
    match acceptor.filter(|_| asked) {
        Some(acceptor) => {
            let _ = client.write_all(b"S").await;
            if let Ok(mut client) = acceptor.accept(client).await {
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            }
        }
        None => {
            if asked {
                let _ = client.write_all(b"N").await;
            }
            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        }
    }
}

/// Opens the database through a port.
async fn open(database: &TestDatabase, port: u16, parameters: &str) -> Result<PostgresStore, OpenError> {
    let (_, rest) = database.url.split_once("://").expect("an address");
    let (user, rest) = rest.split_once('@').expect("a user");
    let (_, name) = rest.split_once('/').expect("a name");
    let name = name.split('?').next().unwrap_or_default();
    let url = format!("postgres://{user}@localhost:{port}/{name}?{parameters}");
    let address = Address::parse(&url, &|_| None).expect("an address");
    PostgresStore::open(&Settings { address, ..database.settings() }).await
}

#[tokio::test]
async fn each_mode_connects_to_whom_it_says_and_to_no_other() {
    let database = TestDatabase::create().await;
    let authority = Authority::new();
    let (trusted, stranger) = (authority.trusted(), Authority::new());
    let right = before(&database, Some(authority.encrypts("localhost", false))).await;
    let elsewhere = before(&database, Some(authority.encrypts("elsewhere.example", false))).await;
    let unknown = before(&database, Some(stranger.encrypts("localhost", false))).await;
    let plain = before(&database, None).await;
    for mode in ["require", "verify-full"] {
        let parameters = format!("sslmode={mode}{trusted}");
        assert!(open(&database, right, &parameters).await.is_ok(), "{mode}");
        for (port, why) in [(elsewhere, "certificate"), (unknown, "certificate"), (plain, "TLS")] {
            let refused = open(&database, port, &parameters).await.err().expect("refused").to_string();
            assert!(refused.contains(why), "{mode}: {refused}");
        }
        // No authority of the system has issued its certificate.
        assert!(open(&database, right, &format!("sslmode={mode}")).await.is_err(), "{mode}");
    }
    for mode in ["prefer", "disable"] {
        for port in [right, elsewhere, unknown, plain] {
            assert!(open(&database, port, &format!("sslmode={mode}")).await.is_ok(), "{mode}");
        }
    }
}

#[tokio::test]
async fn a_server_that_asks_for_a_certificate_is_shown_one() {
    let database = TestDatabase::create().await;
    let authority = Authority::new();
    let port = before(&database, Some(authority.encrypts("localhost", true))).await;
    let parameters = format!("sslmode=verify-full{}", authority.trusted());
    assert!(open(&database, port, &parameters).await.is_err());
    let identity = authority.identity();
    assert!(open(&database, port, &format!("{parameters}{identity}")).await.is_ok());
    let key = authority.folder.path().join("user.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("set");
    let url = format!("postgres://me@localhost/e?{parameters}{identity}");
    let refused = Address::parse(&url, &|_| None).expect_err("others may read the key");
    assert!(matches!(&refused, AddressError::File { what, .. } if what.contains("chmod 600")), "{refused}");
}

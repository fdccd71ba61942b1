//! A proxy between a store and its server, which cuts connections on demand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_postgres::config::Host;

use super::TestDatabase;
use crate::Settings;

/// Instant at which a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Cut {
    /// Never.
    Never,
    /// Before a commit reaches the server.
    BeforeCommit,
    /// After a commit, before its response reaches the client.
    AfterCommit,
}

/// Network address of the server of a database.
#[derive(Debug, Clone)]
pub struct Server {
    host: Host,
    port: u16,
}

/// A connection, over TCP or a Unix socket.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Server {
    /// Returns the server of a database.
    ///
    /// # Panics
    ///
    /// Never panics: the address names a host.
    #[must_use]
    pub fn of(database: &TestDatabase) -> Self {
        let config = database.settings().address.config;
        let host = config.get_hosts().first().cloned().expect("a host");
        Self { host, port: config.get_ports().first().copied().unwrap_or(5432) }
    }

    /// Connects to the server.
    ///
    /// # Panics
    ///
    /// Panics when it is unreachable.
    pub async fn reach(&self) -> Box<dyn Stream> {
        match &self.host {
            Host::Tcp(name) => {
                Box::new(TcpStream::connect((name.as_str(), self.port)).await.expect("the server"))
            }
            Host::Unix(folder) => {
                let path = folder.join(format!(".s.PGSQL.{}", self.port));
                Box::new(UnixStream::connect(path).await.expect("the server"))
            }
        }
    }
}

/// A proxy in front of a server.
pub struct FaultProxy {
    port: u16,
    cut: Arc<AtomicU8>,
}

impl FaultProxy {
    /// Starts a proxy in front of the server of a database.
    ///
    /// # Panics
    ///
    /// Panics when no port is free.
    pub async fn start(database: &TestDatabase) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let cut = Arc::new(AtomicU8::new(Cut::Never as u8));
        let server = Server::of(database);
        let when = Arc::clone(&cut);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, when) = (server.clone(), Arc::clone(&when));
                tokio::spawn(async move { pass(client, server.reach().await, &when).await });
            }
        });
        Self { port, cut }
    }

    /// Returns the settings of a store that connects through the proxy.
    ///
    /// # Panics
    ///
    /// Never panics: the address is valid.
    #[must_use]
    pub fn settings(&self, database: &TestDatabase) -> Settings {
        let mut settings = database.settings();
        let user = settings.address.config.get_user().unwrap_or_default().to_owned();
        let password = settings.address.config.get_password().map(<[u8]>::to_owned);
        let name = settings.address.config.get_dbname().unwrap_or_default().to_owned();
        let url = format!("postgres://{user}@127.0.0.1:{}/{name}?sslmode=disable", self.port);
        settings.address = crate::Address::parse(&url, &|_| None).expect("an address");
        if let Some(password) = password {
            settings.address.config.password(password);
        }
        settings
    }

    /// Sets the instant at which connections are cut.
    pub fn cut(&self, when: Cut) {
        self.cut.store(when as u8, Ordering::SeqCst);
    }
}

/// Longer than a commit takes.
const COMMITS_WITHIN: Duration = Duration::from_millis(500);

/// Forwards both directions until one side closes or the connection is cut.
async fn pass(client: TcpStream, server: impl AsyncRead + AsyncWrite + Send + 'static, cut: &AtomicU8) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let silent = Arc::new(AtomicBool::new(false));
    let silenced = Arc::clone(&silent);
    let answers = tokio::spawn(async move {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
            if !silenced.load(Ordering::SeqCst) && to_client.write_all(&buffer[..length]).await.is_err() {
                return;
            }
        }
    });
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from_client.read(&mut buffer).await {
        let commits = buffer[..length].windows(6).any(|window| window == b"COMMIT");
        let when = cut.load(Ordering::SeqCst);
        if commits && when != Cut::Never as u8 {
            silent.store(true, Ordering::SeqCst);
            if when == Cut::AfterCommit as u8 {
                let _ = to_server.write_all(&buffer[..length]).await;
                // Leave the server the time to commit before either side notices the cut.
                tokio::time::sleep(COMMITS_WITHIN).await;
            }
            break;
        }
        if to_server.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
    answers.abort();
}

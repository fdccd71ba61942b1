//! Databases for tests: each test makes one of its own on a server that the environment names, and removes it.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::{Address, PostgresStore, Settings};

/// The environment variable with the address of the server for tests. Its role may create databases.
pub const SERVER: &str = "EPISSURE_TEST_POSTGRES";

/// A database of one test, removed when it is dropped.
pub struct TestDatabase {
    server: Address,
    name: String,
    /// Its address.
    pub url: String,
}

static MADE: AtomicU32 = AtomicU32::new(0);

impl TestDatabase {
    /// A new database, empty; nothing when the environment names no server.
    ///
    /// # Panics
    /// When the server does not make it.
    pub async fn create() -> Option<Self> {
        let url = std::env::var(SERVER).ok()?;
        let server = Address::parse(&url, &|name| std::env::var(name).ok()).expect("the address of a server");
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("epissure_test_{}_{number}", std::process::id());
        let client = crate::schema::connect(&server).await.expect("a connection for tests");
        client
            .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await
            .expect("a leftover is removed");
        client
            .batch_execute(&format!("CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"))
            .await
            .expect("a database is made");
        let url = with_database(&url, &name);
        Some(Self { server, name, url })
    }

    /// How it is opened by a test: few connections, because many tests run at once.
    ///
    /// # Panics
    /// Never: its address has been read before.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let address = self.server.with_database(&self.name);
        Settings { readers: 4, scanners: 1, writers: 4, ..Settings::new(address) }
    }

    /// Opens it.
    ///
    /// # Panics
    /// When it does not open.
    pub async fn open(&self) -> PostgresStore {
        PostgresStore::open(&self.settings()).await.expect("a new database")
    }
}

/// The address of another database on the same server.
fn with_database(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let authority = base.find("://").map_or(0, |at| at + 3);
    let end = base[authority..].find('/').map_or(base.len(), |at| authority + at);
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    format!("{}/{name}{query}", &base[..end])
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // Dropping is not asynchronous; a thread of its own may wait.
        let removed = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async {
                let client = crate::schema::connect(&server).await.ok()?;
                client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.ok()
            })
        });
        let _ = removed.join();
    }
}

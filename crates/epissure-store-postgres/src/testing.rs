//! Databases for tests: each test makes one of its own on a server that the environment names, and removes it.

mod proxy;

use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::Client;

use crate::hidden::hidden;
use crate::{Address, PostgresStore, Settings};

pub use proxy::{Cut, FaultProxy, Server, Stream};

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
    /// Creates an empty database on the server that the environment names.
    ///
    /// # Panics
    /// Panics without a server: a test that cannot run must not pass.
    pub async fn create() -> Self {
        let url = std::env::var(SERVER).unwrap_or_else(|_| {
            panic!(
                "{SERVER} names no PostgreSQL server. `cargo xtask test` starts one; with --without-postgres it skips \
                 the tests that need one."
            )
        });
        Self::on(&url).await
    }

    /// A new database on a server.
    ///
    /// # Panics
    /// When the server does not make it.
    pub async fn on(url: &str) -> Self {
        let server = Address::parse(url, &|name| std::env::var(name).ok()).expect("the address of a server");
        let client = crate::schema::connect(&server).await.expect("a connection for tests");
        let template = template(&server, &client).await;
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("epissure_test_{}_{number}", std::process::id());
        client
            .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await
            .expect("a leftover is removed");
        client
            .batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
            .await
            .expect("a database is made");
        let url = with_database(url, &name);
        Self { server, name, url }
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

    /// Runs a statement with a text as `$1`; how many rows it touched.
    ///
    /// # Panics
    /// When the server refuses it.
    pub async fn execute(&self, sql: &str, text: &str) -> u64 {
        self.try_execute(sql, text).await.expect("the statement runs")
    }

    /// The same, or what the server says.
    ///
    /// # Errors
    /// When the server refuses it.
    ///
    /// # Panics
    /// When the server is not there.
    pub async fn try_execute(&self, sql: &str, text: &str) -> Result<u64, String> {
        let client = crate::schema::connect(&self.settings().address).await.expect("a connection for tests");
        let statement = client.prepare(sql).await.expect("the statement is one");
        let done = client.execute_raw(&statement, hidden(&[&text])).await;
        done.map_err(|error| crate::error::told_of(&error))
    }

    /// Runs statements without parameters.
    ///
    /// # Panics
    /// When the server refuses one.
    pub async fn batch(&self, sql: &str) {
        let client = crate::schema::connect(&self.settings().address).await.expect("a connection for tests");
        client.batch_execute(sql).await.expect("the statements run");
    }

    /// The rows that a statement gives, whose columns are texts.
    ///
    /// # Panics
    /// When the server refuses it.
    pub async fn rows<const N: usize>(&self, sql: &str) -> Vec<[String; N]> {
        let client = crate::schema::connect(&self.settings().address).await.expect("a connection for tests");
        let rows = client.query(sql, &[]).await.expect("the statement runs");
        rows.iter().map(|row| std::array::from_fn(|at| row.get(at))).collect()
    }

    /// Opens it.
    ///
    /// # Panics
    /// When it does not open.
    pub async fn open(&self) -> PostgresStore {
        PostgresStore::open(&self.settings()).await.expect("a new database")
    }
}

/// A database with the schema and nothing else, which others are copied from: several times as quick as making the
/// schema for each. The first test that needs it makes it.
async fn template(server: &Address, client: &Client) -> String {
    let name = format!("epissure_template_{:x}", crate::schema::fingerprint());
    let sql = "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)";
    client.batch_execute(LOCK).await.expect("the lock of the template");
    let row = client.query_one(sql, &[&name]).await.expect("looked for");
    if !row.get::<_, bool>(0) {
        let unfinished = format!("{name}_unfinished");
        for statement in [
            format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)"),
            format!("CREATE DATABASE {unfinished} ENCODING 'UTF8' TEMPLATE template0"),
        ] {
            client.batch_execute(&statement).await.expect("a database is made");
        }
        let settings = Settings::new(server.with_database(&unfinished));
        crate::schema::migrate(&settings).await.expect("the schema is made");
        // The connection that made the schema takes a moment to end.
        client
            .batch_execute(&format!("ALTER DATABASE {unfinished} RENAME TO {name}"))
            .await
            .expect("the template is there");
    }
    client.batch_execute(UNLOCK).await.expect("the lock of the template");
    name
}

const LOCK: &str = "SELECT pg_advisory_lock(4711)";
const UNLOCK: &str = "SELECT pg_advisory_unlock(4711)";

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

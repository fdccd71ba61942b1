//! Databases for tests. Each test creates its own, on a server named by the environment, and drops
//! it.

mod proxy;

use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::Client;

use crate::hidden::hidden;
use crate::{Address, PostgresStore, Settings};

pub use proxy::{Cut, FaultProxy, Server, Stream};

/// Environment variable with the address of the server for tests. Its role must be able to create
/// databases.
pub const SERVER: &str = "EPISSURE_TEST_POSTGRES";

/// Database of one test, dropped with this value.
pub struct TestDatabase {
    server: Address,
    name: String,
    /// Address of the database.
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

    /// Creates a database on a server.
    ///
    /// # Panics
    ///
    /// Panics when the server refuses.
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

    /// Returns a test's settings: few connections, because many tests run at once.
    ///
    /// # Panics
    ///
    /// Never panics: the address was parsed before.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let address = self.server.with_database(&self.name);
        Settings { readers: 4, scanners: 1, writers: 4, ..Settings::new(address) }
    }

    /// Runs a statement with a text as `$1`. Returns the number of rows changed.
    ///
    /// # Panics
    ///
    /// Panics when the server refuses it.
    pub async fn execute(&self, sql: &str, text: &str) -> u64 {
        self.try_execute(sql, text).await.expect("the statement runs")
    }

    /// Runs a statement with a text as `$1`. Returns the number of rows changed.
    ///
    /// # Errors
    ///
    /// Returns the server's message when it refuses the statement.
    ///
    /// # Panics
    ///
    /// Panics when the server is unreachable.
    pub async fn try_execute(&self, sql: &str, text: &str) -> Result<u64, String> {
        let client = crate::schema::connect(&self.settings().address).await.expect("a connection for tests");
        let statement = client.prepare(sql).await.expect("the statement is one");
        let done = client.execute_raw(&statement, hidden(&[&text])).await;
        done.map_err(|error| crate::error::told_of(&error))
    }

    /// Runs statements without parameters.
    ///
    /// # Panics
    ///
    /// Panics when the server refuses one.
    pub async fn batch(&self, sql: &str) {
        let client = crate::schema::connect(&self.settings().address).await.expect("a connection for tests");
        client.batch_execute(sql).await.expect("the statements run");
    }

    /// Returns the rows of a statement, whose columns are texts.
    ///
    /// # Panics
    ///
    /// Panics when the server refuses it.
    pub async fn rows<const N: usize>(&self, sql: &str) -> Vec<[String; N]> {
        let client = crate::schema::connect(&self.settings().address).await.expect("a connection for tests");
        let rows = client.query(sql, &[]).await.expect("the statement runs");
        rows.iter().map(|row| std::array::from_fn(|at| row.get(at))).collect()
    }

    /// Opens a store on the database.
    ///
    /// # Panics
    ///
    /// Panics when it does not open.
    pub async fn open(&self) -> PostgresStore {
        PostgresStore::open(&self.settings()).await.expect("a new database")
    }
}

/// Returns an empty database with the schema, as a template: copying it is several times as fast as
/// migrating. The first test that needs it creates it.
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
        // The connection that created the schema takes a moment to close.
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

/// Returns the address of another database on the same server.
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
        // `drop` is not asynchronous, so a separate thread waits for the server.
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

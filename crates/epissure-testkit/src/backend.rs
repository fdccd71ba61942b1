//! Database of one test.

use std::sync::Arc;

use epissure_store::Store;
use epissure_store_postgres::testing::TestDatabase;
use epissure_store_sqlite::SqliteStore;

/// Environment variable that selects the backend of the tests: `postgres`, otherwise SQLite.
const BACKEND: &str = "EPISSURE_TEST_BACKEND";

/// Database that is removed on drop.
pub(crate) enum Backend {
    /// SQLite database in a temporary folder.
    Sqlite(tempfile::TempDir),
    /// Database on a PostgreSQL server.
    Postgres(Box<TestDatabase>),
}

impl Backend {
    /// Creates and opens a database on the selected backend.
    pub(crate) async fn new() -> (Arc<dyn Store>, Self) {
        if std::env::var(BACKEND).is_ok_and(|backend| backend == "postgres") {
            return Self::postgres().await;
        }
        Self::sqlite()
    }

    /// Creates and opens an SQLite database.
    pub(crate) fn sqlite() -> (Arc<dyn Store>, Self) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(epissure_store_sqlite::FILE_NAME);
        let store = SqliteStore::open(&epissure_store_sqlite::Settings::new(path)).expect("a new database");
        (Arc::new(store), Self::Sqlite(folder))
    }

    /// Creates and opens a PostgreSQL database; panics when the environment names no server.
    pub(crate) async fn postgres() -> (Arc<dyn Store>, Self) {
        let database = TestDatabase::create().await;
        (Arc::new(database.open().await), Self::Postgres(Box::new(database)))
    }

    /// Runs a statement; returns the number of affected rows.
    pub(crate) async fn execute(&self, sql: &str, text: &str) -> u64 {
        match self {
            Self::Sqlite(folder) => {
                let path = folder.path().join(epissure_store_sqlite::FILE_NAME);
                let connection = rusqlite::Connection::open(path).expect("the database opens");
                connection.execute(sql, [text]).expect("the statement runs") as u64
            }
            Self::Postgres(database) => database.execute(sql, text).await,
        }
    }
}

//! Test harness of the whole application: a real server on a free local port, with a database of
//! its own, a manual clock and reproducible identifiers.
//!
//! The database is SQLite, or PostgreSQL when the environment selects it (`backend`). Tests over
//! HTTP thus run on both backends.
//!
//! Every answer to an [`Api`] is validated against the contract that the server itself serves. An
//! answer that the contract does not describe fails the test.

mod api;
mod backend;
mod contract;
mod determinism;
pub mod fixtures;
mod log;

pub use api::{Answer, Api};
pub use determinism::{ManualClock, SeededEntropy};
pub use log::Log;

use std::path::PathBuf;
use std::sync::Arc;

use epissure_app::attachments::{self, Content, Files};
use epissure_app::{App, Settings as AppSettings};
use epissure_protocol::names::{OperatorCode, OrganizationId, Version};
use epissure_server::listener::Limits;
use epissure_server::{Server, Settings};
use epissure_store::{Author, Contract, ImportItem, Imported, ImportedOrganization, Operator, Role, Store};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use backend::Backend;
use contract::Contracts;

/// Name of the folder of attachments.
const ATTACHMENTS: &str = "attachments";

/// Running server.
pub struct TestServer {
    /// Base URL, for example `http://127.0.0.1:40123`.
    pub base: String,
    /// Clock of the server.
    pub clock: Arc<ManualClock>,
    /// Source of identifiers and secrets of the server.
    pub entropy: Arc<SeededEntropy>,
    /// Application behind the server.
    pub app: Arc<App>,
    contracts: Arc<Contracts>,
    stop: Option<oneshot::Sender<()>>,
    backend: Backend,
    folder: tempfile::TempDir,
}

impl TestServer {
    /// Starts a server with the operators of [`fixtures`].
    pub async fn start() -> Self {
        Self::start_with(AppSettings::default()).await
    }

    /// Starts a server with custom settings.
    pub async fn start_with(settings: AppSettings) -> Self {
        Self::start_keeping(settings, |content| Files::new(content, attachments::LIMIT, None)).await
    }

    /// Starts a server with a custom content store. Attachments are checked only when the test does
    /// so.
    pub async fn start_keeping(settings: AppSettings, files: impl FnOnce(Content) -> Files) -> Self {
        Self::start_over(Backend::new().await, settings, files).await
    }

    /// Starts two servers with the same clock and identifiers: one on SQLite, one on PostgreSQL.
    ///
    /// # Panics
    /// Panics when the environment names no PostgreSQL server.
    pub async fn start_on_both() -> [Self; 2] {
        let postgres = Backend::postgres().await;
        let files = |content| Files::new(content, attachments::LIMIT, None);
        [
            Self::start_over(Backend::sqlite(), AppSettings::default(), files).await,
            Self::start_over(postgres, AppSettings::default(), files).await,
        ]
    }

    async fn start_over(
        (store, backend): (Arc<dyn Store>, Backend),
        settings: AppSettings,
        files: impl FnOnce(Content) -> Files,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clock = Arc::new(ManualClock::starting_at(fixtures::START));
        let entropy = Arc::new(SeededEntropy::new(1));
        let content = Content::in_folder(&folder.path().join(ATTACHMENTS)).expect("a folder for attachments");
        let app = App::new(store, clock.clone(), entropy.clone(), settings);
        let app = Arc::new(app.with_files(files(content)));
        populate(&app).await;

        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let server = Server::new(app.clone(), Settings::new(&base));
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(server.serve(listener, Limits::default(), async {
            let _ = stopped.await;
        }));
        let contracts = Arc::new(Contracts::served());
        Self { base, clock, entropy, app, contracts, stop: Some(stop), backend, folder }
    }

    /// Logs in as one of the clients of [`fixtures`], with every scope.
    pub async fn login(&self, client: &str) -> Api {
        let mut api = self.anonymous();
        api.obtain_token(client, fixtures::SECRET, None).await;
        api
    }

    /// Logs in as one of the clients of [`fixtures`], with the given scopes only.
    pub async fn login_for(&self, client: &str, scope: &str) -> Api {
        let mut api = self.anonymous();
        api.obtain_token(client, fixtures::SECRET, Some(scope)).await;
        api
    }

    /// Imports organizations: identifier, document.
    ///
    /// # Panics
    /// Panics when an organization is refused.
    pub async fn import_organizations(&self, organizations: Vec<(&str, Value)>) {
        let batch = organizations.into_iter().map(|(id, document)| {
            let Value::Object(document) = document else {
                panic!("an organization is an object: {document}")
            };
            let id = OrganizationId::parse(id).expect("an identifier");
            // The version is irrelevant to tests, and must not consume the planned identifiers.
            let version = Version(id.0);
            ImportItem::Organization(ImportedOrganization { id: Some(id), fresh: id, document, version })
        });
        let imported = self.app.store.import(batch.collect(), &self.administrator()).await.expect("imported");
        assert!(imported.iter().all(|imported| !matches!(imported, Imported::Refused(_))), "{imported:?}");
    }

    /// Returns the author of administrative changes.
    #[must_use]
    pub fn administrator(&self) -> Author {
        Author::person("tests", self.app.clock.now())
    }

    /// Runs a statement on the database directly, to damage it in a test, with a text as `$1`.
    /// Returns the number of affected rows.
    ///
    /// # Panics
    /// Panics when the database rejects the statement.
    pub async fn tamper(&self, sql: &str, text: &str) -> u64 {
        self.backend.execute(sql, text).await
    }

    /// Returns the path of the folder of attachments.
    #[must_use]
    pub fn attachments(&self) -> PathBuf {
        self.folder.path().join(ATTACHMENTS)
    }

    /// Returns a client without a token.
    #[must_use]
    pub fn anonymous(&self) -> Api {
        Api::new(self.base.clone(), Arc::clone(&self.contracts))
    }
}

impl TestServer {
    /// Stops the server: running requests end, new ones are refused.
    pub fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn populate(app: &App) {
    let by = Author::person("tests", app.clock.now());
    for operator in fixtures::OPERATORS {
        app.store
            .put_operator(
                Operator {
                    code: code(operator.code),
                    name: operator.name.to_owned(),
                    is_oi: operator.oi,
                    is_oc: operator.oc,
                    siren: None,
                    strict_creation: false,
                },
                &by,
            )
            .await
            .expect("an operator");
    }
    for &(id, operator, role) in fixtures::CLIENTS {
        let client = epissure_store::Client {
            id: epissure_store::ClientId(id.to_owned()),
            operator: code(operator),
            role,
            scopes: epissure_app::oauth::SCOPES.iter().map(|scope| scope.name.to_owned()).collect(),
            secret: epissure_app::oauth::secret::hash_made(fixtures::SECRET),
            revoked: None,
            created: fixtures::START.parse().expect("an instant"),
        };
        assert!(app.store.add_client(client, &by).await.expect("a client"));
    }
    app.store
        .put_contract(
            Contract {
                oi: code("FTEL"),
                oc: code("SFRA"),
                answer_delay: 10 * 86_400,
                validation_delay: 10 * 86_400,
                bulk_limit: 100,
                rate: None,
            },
            &by,
        )
        .await
        .expect("a contract");
}

fn code(text: &str) -> OperatorCode {
    OperatorCode::parse(text).expect("an operator code")
}

/// Returns the role of a client of [`fixtures`].
#[must_use]
pub fn role_of(client: &str) -> Role {
    fixtures::CLIENTS.iter().find(|(id, ..)| *id == client).expect("a client of the fixtures").2
}

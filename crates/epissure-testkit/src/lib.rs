//! Whole-application harness for tests: a real server on a free port of this machine, over a database of its own, with
//! a clock to turn and identifiers that are the same at each run.
//!
//! The database is SQLite's, or PostgreSQL's when the environment says so (`backend`): what is tested over HTTP is tested on
//! both.
//!
//! Every answer that goes through [`Api`] is held against the contract that the server itself serves: an answer that
//! the contract does not describe fails the test that asked for it.

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

/// The folder of attachments, beside the database.
const ATTACHMENTS: &str = "attachments";

/// A server that runs.
pub struct TestServer {
    /// Its address, as `http://127.0.0.1:40123`.
    pub base: String,
    /// Its clock.
    pub clock: Arc<ManualClock>,
    /// Its identifiers.
    pub entropy: Arc<SeededEntropy>,
    /// What it serves.
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

    /// Starts a server with settings of its own.
    pub async fn start_with(settings: AppSettings) -> Self {
        Self::start_keeping(settings, |content| Files::new(content, attachments::LIMIT, None)).await
    }

    /// Starts a server that keeps attachments in a way of its own. Nothing checks them but the test.
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

    /// Speaks to the server as one of the clients of [`fixtures`], with a token for everything.
    pub async fn login(&self, client: &str) -> Api {
        let mut api = self.anonymous();
        api.obtain_token(client, fixtures::SECRET, None).await;
        api
    }

    /// Speaks to the server as a client whose token has only some scopes.
    pub async fn login_for(&self, client: &str, scope: &str) -> Api {
        let mut api = self.anonymous();
        api.obtain_token(client, fixtures::SECRET, Some(scope)).await;
        api
    }

    /// Puts organizations in the directory: identifier, document.
    ///
    /// # Panics
    /// When one is refused.
    pub async fn import_organizations(&self, organizations: Vec<(&str, Value)>) {
        let batch = organizations.into_iter().map(|(id, document)| {
            let Value::Object(document) = document else {
                panic!("an organization is an object: {document}")
            };
            let id = OrganizationId::parse(id).expect("an identifier");
            // Its version is none of the tests' business, and takes nothing from the identifiers they expect.
            let version = Version(id.0);
            ImportItem::Organization(ImportedOrganization { id: Some(id), fresh: id, document, version })
        });
        let imported = self.app.store.import(batch.collect(), &self.administrator()).await.expect("imported");
        assert!(imported.iter().all(|imported| !matches!(imported, Imported::Refused(_))), "{imported:?}");
    }

    /// Who settles things on it.
    #[must_use]
    pub fn administrator(&self) -> Author {
        Author::person("tests", self.app.clock.now())
    }

    /// Runs a statement on its database behind its back, for a test that damages it, with a text as `$1`; how many rows
    /// it touched.
    ///
    /// # Panics
    /// When the database refuses it.
    pub async fn tamper(&self, sql: &str, text: &str) -> u64 {
        self.backend.execute(sql, text).await
    }

    /// The folder of its attachments, for a test that looks into it.
    #[must_use]
    pub fn attachments(&self) -> PathBuf {
        self.folder.path().join(ATTACHMENTS)
    }

    /// Speaks to the server without a token.
    #[must_use]
    pub fn anonymous(&self) -> Api {
        Api::new(self.base.clone(), Arc::clone(&self.contracts))
    }
}

impl TestServer {
    /// Lets what runs end, and accepts nothing more.
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

/// The role of a client of [`fixtures`].
#[must_use]
pub fn role_of(client: &str) -> Role {
    fixtures::CLIENTS.iter().find(|(id, ..)| *id == client).expect("a client of the fixtures").2
}

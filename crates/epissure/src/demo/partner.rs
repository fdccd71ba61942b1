//! The OC's side of the demo: a small server of its own, which takes in and verifies what the OI sends.

use std::future::Future;
use std::net::SocketAddr;
use std::path::{self, Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use epissure_app::clock::SystemClock;
use epissure_app::deliveries::targets::{self, NewTarget};
use epissure_app::deliveries::{self, DeliveryFilter, DeliveryState, Pair, Received};
use epissure_app::directory::clients::{self, NewClient};
use epissure_app::directory::{contracts, operators};
use epissure_app::entropy::SystemEntropy;
use epissure_app::oauth::ANOMALIE_WRITE;
use epissure_app::{App, Settings as AppSettings};
use epissure_protocol::dialect::Dialect;
use epissure_protocol::names::TicketId;
use epissure_protocol::partner::Credentials;
use epissure_protocol::secret::Secret;
use epissure_protocol::target::{Media, Target};
use epissure_server::listener::Limits;
use epissure_server::{Server, Settings};
use epissure_store::{Contract, Operator, Role};
use jiff::SignedDuration;
use tokio::task::JoinHandle;

use super::people;
use crate::contract::events::courier;
use crate::failure::Failure;
use crate::serve::address;
use crate::store;

/// The OI, and the OC whose server this is.
const OI: &str = "FTEL";
const OC: &str = "SFRA";
/// The program of the OI, as this server knows it.
const CLIENT: &str = "ftel-events";
/// How long the news may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The OC's server, running.
pub(super) struct Partner {
    /// Its use cases.
    app: Arc<App>,
    /// Those of the OI's server.
    sender: Arc<App>,
    served: JoinHandle<()>,
    address: SocketAddr,
    folder: PathBuf,
}

/// Starts the OC's server over a database of its own, and has the OI's server send it its events.
pub(super) async fn start(
    sender: &Arc<App>,
    database: &Path,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<Partner, Failure> {
    let here = "127.0.0.1:0";
    let listener = address::bind(here).await.map_err(|error| address::cannot_listen(here, &error))?;
    let address = address::address_of(&listener)?;
    let store = store::open_file(database.to_owned(), Some(1))?;
    let settings = AppSettings::default();
    let app = Arc::new(App::new(Arc::new(store), Arc::new(SystemClock), Arc::new(SystemEntropy), settings));
    let secret = settle(&app).await?;
    direct(sender, &app, address, &secret).await?;
    let server = Server::new(Arc::clone(&app), Settings::new(format!("http://{address}")));
    let served = tokio::spawn(async move {
        if let Err(error) = server.serve(listener, Limits::default(), stop).await {
            tracing::error!(%error, "the OC's server can accept no more connections");
        }
    });
    let folder = database.parent().unwrap_or(database).to_owned();
    Ok(Partner { app, sender: Arc::clone(sender), served, address, folder })
}

fn pair() -> Result<Pair, Failure> {
    Ok(Pair { oi: people::code(OI)?, oc: people::code(OC)? })
}

/// What an OC's server needs to know of an OI: the operator, a client for its program, and a contract; the client's secret.
async fn settle(app: &App) -> Result<String, Failure> {
    let Pair { oi, oc } = pair()?;
    let by = &store::author(app);
    for (code, is_oi) in [(&oi, true), (&oc, false)] {
        let operator = Operator {
            code: code.clone(),
            name: code.to_string(),
            is_oi,
            is_oc: !is_oi,
            siren: None,
            strict_creation: false,
        };
        operators::put(app, operator, by).await?;
    }
    let contract = Contract {
        oi: oi.clone(),
        oc,
        answer_delay: contracts::DEFAULT_DELAY,
        validation_delay: contracts::DEFAULT_DELAY,
        bulk_limit: contracts::DEFAULT_BULK_LIMIT,
        rate: None,
    };
    contracts::put(app, contract, by).await?;
    let known = clients::list(app).await?;
    let secret = if known.iter().any(|known| known.id.0 == CLIENT) {
        clients::rotate(app, CLIENT, None, by).await?
    } else {
        let new = NewClient {
            operator: oi,
            role: Role::Oi,
            id: Some(CLIENT.to_owned()),
            secret: None,
            scopes: vec![ANOMALIE_WRITE.to_owned()],
        };
        clients::add(app, new, by).await?.1
    };
    Ok(secret.0)
}

/// Says on the OI's side where events go, and on the OC's side how they are signed.
async fn direct(sender: &App, app: &App, address: SocketAddr, secret: &str) -> Result<(), Failure> {
    let base = format!("http://{address}");
    let target = Target {
        url: format!("{base}{}/event", Dialect::Interop20.mount()),
        dialect: Dialect::Interop20,
        media: Media::Json,
        asks_consent: true,
        credentials: Credentials {
            method: "oauth2".to_owned(),
            user: Some(CLIENT.to_owned()),
            scope: Some(ANOMALIE_WRITE.to_owned()),
            token_url: Some(format!("{base}/oauth/v3/token")),
            ..Credentials::default()
        },
        headers: Vec::new(),
        allow: vec!["127.0.0.1".to_owned()],
        proxy: None,
        authorities: None,
        certificate: None,
    };
    let pair = pair()?;
    let new = NewTarget { pair: pair.clone(), target, credential: Some(Secret::new(secret)) };
    let by = &store::author(sender);
    targets::put(sender, &courier(), new, by).await?;
    // Its address is another at each start: so is, then, the secret.
    let signing = targets::rotate(sender, &pair, SignedDuration::ZERO, by).await?;
    Ok(deliveries::accept(app, &pair, &signing, SignedDuration::ZERO, by).await?)
}

impl Partner {
    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its data is.
    pub(super) fn folder(&self) -> path::Display<'_> {
        self.folder.display()
    }

    /// What it has received of a ticket, oldest first, once all that was sent has arrived.
    pub(super) async fn received(&self, ticket: TicketId) -> Result<Vec<Received>, Failure> {
        let filter = || DeliveryFilter {
            ticket: Some(ticket),
            state: Some(DeliveryState::Queued),
            limit: 1,
            ..DeliveryFilter::default()
        };
        let arrived = async {
            while !deliveries::list(&self.sender, filter()).await?.is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Ok::<_, Failure>(())
        };
        tokio::time::timeout(PATIENCE, arrived).await.map_err(|_| {
            Failure::failed("the events of the demo did not reach the OC's server in time")
                .then("`epissure events list --data epissure-demo` tells what became of them.")
        })??;
        let received = deliveries::received(&self.app, 100).await?;
        let subject = ticket.to_string();
        Ok(received.into_iter().rev().filter(|event| event.subject == subject).collect())
    }

    /// Lets it end.
    pub(super) async fn finish(self) -> Result<(), Failure> {
        self.served
            .await
            .map_err(|error| Failure::failed(format!("the OC's server of the demo broke: {error}")))
    }

    /// Ends it at once.
    pub(super) fn abort(&self) {
        self.served.abort();
    }
}

//! The OC's side of the demo: a small server that receives and verifies the events of the OI.

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

/// Code of the OI.
const OI: &str = "FTEL";
const OC: &str = "SFRA";
/// Client of the OI on this server.
const CLIENT: &str = "ftel-events";
/// Time limit for the delivery of events.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The running server of the OC.
pub(super) struct Partner {
    /// Use cases of the OC's server.
    app: Arc<App>,
    /// Use cases of the OI's server.
    sender: Arc<App>,
    served: JoinHandle<()>,
    address: SocketAddr,
    folder: PathBuf,
}

/// Starts the OC's server on a database of its own, and sets it as the target of the OI's events.
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
            tracing::error!(%error, "the OC's server cannot accept connections any more");
        }
    });
    let folder = database.parent().unwrap_or(database).to_owned();
    Ok(Partner { app, sender: Arc::clone(sender), served, address, folder })
}

fn pair() -> Result<Pair, Failure> {
    Ok(Pair { oi: people::code(OI)?, oc: people::code(OC)? })
}

/// Adds the data about the OI that an OC's server needs: operator, client and contract. Returns the
/// client's secret.
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

/// Sets the target of events on the OI's side, and their signing secret on the OC's side.
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
    // The address changes at each start, and the secret with it.
    let signing = targets::rotate(sender, &pair, SignedDuration::ZERO, by).await?;
    Ok(deliveries::accept(app, &pair, &signing, SignedDuration::ZERO, by).await?)
}

impl Partner {
    /// Returns the address that the server listens on.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the data folder.
    pub(super) fn folder(&self) -> path::Display<'_> {
        self.folder.display()
    }

    /// Returns the events received for a ticket, oldest first, once every event sent has arrived.
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
        tokio::time::timeout(TIMEOUT, arrived).await.map_err(|_| {
            Failure::failed("the events of the demo did not reach the OC's server in time")
                .then("`epissure events list --data epissure-demo` tells what became of them.")
        })??;
        let received = deliveries::received(&self.app, 100).await?;
        let subject = ticket.to_string();
        Ok(received.into_iter().rev().filter(|event| event.subject == subject).collect())
    }

    /// Waits for the server to stop.
    pub(super) async fn finish(self) -> Result<(), Failure> {
        self.served
            .await
            .map_err(|error| Failure::failed(format!("the OC's server of the demo broke: {error}")))
    }

    /// Stops the server at once.
    pub(super) fn abort(&self) {
        self.served.abort();
    }
}

//! `epissure demo`: a private server with a year of tickets and a directory, and the whole life of
//! one ticket, played over HTTP.

mod directory;
mod exchange;
mod folder;
mod life;
mod partner;
mod people;
mod places;
mod seed;
mod story;
mod tickets;
mod transcript;

use std::future::Future;
use std::io;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use epissure_app::App;
use epissure_app::attachments::Files;
use epissure_app::clock::SystemClock;
use epissure_app::entropy::SystemEntropy;
use epissure_server::listener::Limits;
use epissure_server::{Server, Settings, background};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::cli::Common;
use crate::failure::Failure;
use crate::serve::{address, attachments, signals};
use crate::{output, store};
use folder::Folder;
use partner::Partner;
use people::Credentials;
use story::PARTIES;

/// Try it: a private server with a year of invented tickets and a directory, and a ticket's whole
/// life played through HTTP
///
/// The data is in ./epissure-demo (or in the folder that --data names on the command line), which
/// is kept: run again, all is still there and the clients have new secrets. Remove the folder to
/// begin anew.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure demo")]
pub(crate) struct Options {
    /// Address to listen on [default: 127.0.0.1:8080; with --once, a free port when that one is
    /// taken]
    #[arg(long, value_name = "ADDR", value_parser = address::parse_address)]
    listen: Option<String>,

    /// End after the transcript, rather than stay up
    #[arg(long)]
    once: bool,
}

/// Default address of the demo.
const ADDRESS: &str = "127.0.0.1:8080";
/// Default data folder.
const FOLDER: &str = "./epissure-demo";

pub(crate) async fn run(common: &Common, options: &Options) -> Result<(), Failure> {
    if common.given.database {
        return Err(Failure::usage("the demo has a database of its own: leave --database out")
            .then("--data says in which folder."));
    }
    let path = if common.given.data { common.data.as_path() } else { Path::new(FOLDER) };
    let listener = listen(options).await?;
    let address = address::address_of(&listener)?;
    let folder = Folder::take(path)?;
    let stop = signals::stop()?;

    let settings = epissure_app::Settings::default();
    let store = Arc::new(store::open_file(folder.database(), None)?);
    let app = App::new(store.clone(), Arc::new(SystemClock), Arc::new(SystemEntropy), settings);
    let content = attachments::in_folder(&path.join("attachments"))?;
    let app = Arc::new(app.with_files(Files::new(content, epissure_app::attachments::LIMIT, None)));
    let credentials = people::settle(&app).await?;
    if folder.is_new() {
        let (organizations, individuals) = directory::seed(&app).await?;
        eprintln!("A directory of {organizations} organizations and {individuals} individuals made.");
        seed::seed(&store, &app.clock).await?;
        folder.seeded()?;
    }

    let base = format!("http://{address}");
    let (mut stopped, served) = start(listener, &app, &base, stop);
    let mut ends = stopped.clone();
    let partner_ends = async move {
        let _ = ends.wait_for(|stopped| *stopped).await;
    };
    let partner = partner::start(&app, &folder.partner_database()?, partner_ends).await?;
    let background = background::start(&app, &base);
    let told = tokio::select! {
        told = story::tell(&base, &credentials, &partner) => told,
        _ = stopped.wait_for(|stopped| *stopped) => Ok(()),
    };
    // After a signal, a failure of the story only means that the server stopped.
    if *stopped.borrow() {
        finish(served, partner).await?;
        return if options.once {
            Err(Failure::failed("stopped before the end of the story"))
        } else {
            Ok(())
        };
    }
    told?;
    if options.once {
        served.abort();
        partner.abort();
        return Ok(());
    }
    goodbye(&base, &credentials, &partner, path)?;
    finish(served, partner).await?;
    drop(background);
    drop(folder);
    Ok(())
}

async fn listen(options: &Options) -> Result<TcpListener, Failure> {
    let address = options.listen.as_deref().unwrap_or(ADDRESS);
    match address::bind(address).await {
        Err(error)
            if error.kind() == io::ErrorKind::AddrInUse && options.once && options.listen.is_none() =>
        {
            address::bind("127.0.0.1:0").await.map_err(|error| address::cannot_listen("127.0.0.1:0", &error))
        }
        bound => bound.map_err(|error| address::cannot_listen(address, &error)),
    }
}

/// Serves until a signal arrives, and reports the signal.
fn start(
    listener: TcpListener,
    app: &Arc<App>,
    base: &str,
    stop: impl Future<Output = ()> + Send + 'static,
) -> (watch::Receiver<bool>, JoinHandle<()>) {
    let server = Server::new(Arc::clone(app), Settings::new(base));
    let (tell, stopped) = watch::channel(false);
    let served = tokio::spawn(async move {
        let stop = async {
            stop.await;
            tell.send_replace(true);
        };
        if let Err(error) = server.serve(listener, Limits::default(), stop).await {
            tracing::error!(%error, "the server cannot accept connections any more");
        }
    });
    (stopped, served)
}

/// Waits for the servers to stop.
async fn finish(served: JoinHandle<()>, partner: Partner) -> Result<(), Failure> {
    served.await.map_err(|error| Failure::failed(format!("the server of the demo broke: {error}")))?;
    partner.finish().await
}

/// Prints the next things to try, after the story.
fn goodbye(base: &str, credentials: &Credentials, partner: &Partner, folder: &Path) -> Result<(), Failure> {
    let clients: String = credentials
        .all()
        .map(|(client, secret)| format!("  {:<8}  {secret}  {}\n", client.id, client.what))
        .collect();
    let oi = credentials.of("ftel-oi");
    let token = transcript::token_command("OI", base, "ftel-oi", oi);
    let year = people::year_of(&SystemClock);
    output::print(&format!(
        "\
────────────────────────────────────────────────────────────────────────────────
The server stays up at {base} until Ctrl-C. Its data is in {folder}: run `epissure demo` again
to find it as you left it, remove the folder to begin anew.

Browse the API, and send requests from the page:
  {base}/docs

Clients (identifier, secret, what it is):
{clients}
A token of the infrastructure operator, good for an hour:
{token}

The last tickets that were opened:
  curl -sSg -H \"Authorization: Bearer $OI\" '{base}/anomalie-adresse?sort=-creationDate&limit=3'

A figure for the regulator: tickets of less dense areas closed since January that took more than a week
of treatment (X-Total-Count is exact; HEAD sends no body):
  curl -sSgI -H \"Authorization: Bearer $OI\" '{base}/anomalie-adresse?status=CLOSED&zone=ZMD&resolutionDate[gte]={year}-01-01&totalDuration[gt]=604800'

The directory: the people of SFRA are its own, a token of FTEL finds those of FTEL (docs/guide/directory.md):
  curl -sSg -H \"Authorization: Bearer $OI\" '{base}{PARTIES}/individual?fields=fullName,partyCharacteristic.*&limit=3'

The same tickets as the official contract writes them:
  curl -sSg -H \"Authorization: Bearer $OI\" '{base}/api/v2/anomalie-adresse?limit=1'

What FTEL sends to SFRA's own server, which listens at http://{partner}:
  epissure events list --data {folder}
  epissure events received --data {partner_folder}

Your own server: docs/guide/five-minutes.md",
        folder = folder.display(),
        partner = partner.address(),
        partner_folder = partner.folder(),
    ))
}

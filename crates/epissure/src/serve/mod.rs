//! `epissure serve`: the server.

pub(crate) mod address;
pub(crate) mod attachments;
mod limits;
pub(crate) mod signals;

use std::path::PathBuf;
use std::sync::Arc;

use crate::audit;
use crate::cli::{Common, values};
use crate::failure::Failure;
use crate::store::{self, Missing};
use clap::Args;
use epissure_server::{Server, Settings, background};
use reqwest::header::HeaderValue;

/// Run the server
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure serve --listen 0.0.0.0:8080 --base-url https://oi.example")]
pub(crate) struct Options {
    /// Address to listen on; port 0 selects a free port
    #[arg(long, value_name = "ADDR", env = "EPISSURE_LISTEN", default_value = "127.0.0.1:8080", value_parser = address::parse_address)]
    listen: String,

    /// Public address of the server [default: http://ADDR]
    #[arg(long, value_name = "URL", env = "EPISSURE_BASE_URL", value_parser = address::parse_base_url)]
    base_url: Option<String>,

    /// Lifetime of access tokens
    #[arg(long, value_name = "DURATION", env = "EPISSURE_TOKEN_LIFETIME", default_value = "1h", value_parser = values::parse_duration)]
    token_lifetime: i64,

    /// Maximum number of tokens per client and hour
    #[arg(long, value_name = "N", env = "EPISSURE_TOKEN_QUOTA", default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..))]
    token_quota: u32,

    /// File of the key that seals the audit, created if missing [default: audit.key in the folder
    /// of --data]
    #[arg(long, value_name = "FILE", env = "EPISSURE_AUDIT_KEY")]
    audit_key: Option<PathBuf>,

    /// Retention of events, their deliveries and received events
    #[arg(long, value_name = "DURATION", env = "EPISSURE_KEEP_EVENTS", default_value = "400d", value_parser = values::parse_duration)]
    keep_events: i64,

    /// Maximum size of a JSON body
    #[arg(long, value_name = "SIZE", env = "EPISSURE_BODY_LIMIT", default_value = "1MiB", value_parser = values::parse_size)]
    body_limit: usize,

    /// Origins that browsers may call the server from (CORS), separated by commas [default: none]
    #[arg(long = "cors-origin", value_name = "ORIGIN", env = "EPISSURE_CORS_ORIGIN", value_delimiter = ',', value_parser = address::parse_origin)]
    cors_origins: Vec<HeaderValue>,

    #[command(flatten)]
    limits: limits::Limits,

    #[command(flatten)]
    attachments: attachments::AttachmentOptions,
}

pub(crate) async fn run(common: &Common, options: Options) -> Result<(), Failure> {
    // The port first: nothing is changed if another server uses it.
    let listener = address::bind(&options.listen)
        .await
        .map_err(|error| address::cannot_listen(&options.listen, &error))?;
    let address = address::address_of(&listener)?;
    let database = store::open(common, Missing::Create, None).await?;
    let settings = epissure_app::Settings {
        token_lifetime: options.token_lifetime,
        token_quota: options.token_quota,
        keep_events: options.keep_events,
        ..options.limits.app()
    };
    let news = database.news();
    let files = attachments::files(common, options.attachments)?;
    let app = Arc::new(store::app(database.into_store(), settings).with_files(files));
    let base_url = options.base_url.unwrap_or_else(|| format!("http://{address}"));
    let server_settings = Settings {
        body_limit: options.body_limit,
        cors_origins: options.cors_origins,
        ..Settings::new(&base_url)
    };
    let server = Server::new(Arc::clone(&app), server_settings);
    let limits = options.limits.listener();
    let stop = signals::stop()?;
    let key_path = audit::key::path(common, options.audit_key);
    let seal_key = audit::key::load_or_create(&key_path)?;
    let background = background::start(&app, &base_url);
    let sealing = tokio::spawn(audit::seal::run(Arc::clone(&app), seal_key, key_path));
    let hearing = Arc::clone(&app);
    let listening = news.map(|news| news.listen(move || hearing.announce_foreign_events()));
    tracing::info!(%address, base_url, database = %store::place(common)?, attachments = attachments::place(common), "serving");
    let served = server.serve(listener, limits, stop).await;
    sealing.abort();
    drop((background, listening));
    tracing::info!("stopped");
    served.map_err(|error| Failure::failed(format!("the server can accept no more connections: {error}")))
}

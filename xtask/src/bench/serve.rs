//! What runs in the measured processes.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::response::IntoResponse as _;
use clap::Args;
use epissure_app::App;
use epissure_app::clock::SystemClock;
use epissure_app::entropy::SystemEntropy;
use epissure_server::listener::{self, Limits};
use epissure_server::{Server, Settings};
use epissure_store_sqlite::{FILE_NAME, SqliteStore};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// Serves a database, as `epissure serve` does
#[derive(Debug, Args)]
pub(crate) struct Database {
    #[arg(long)]
    data: PathBuf,
    #[arg(long)]
    listen: SocketAddr,
}

/// Answers every request with the same bytes
#[derive(Debug, Args)]
pub(crate) struct Bytes {
    #[arg(long)]
    body: PathBuf,
    #[arg(long)]
    listen: SocketAddr,
}

pub(crate) fn database(options: &Database) -> Result<()> {
    let level = std::env::var("EPISSURE_LOG").unwrap_or_else(|_| "info".to_owned());
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(level)?)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    serve(options.listen, || {
        let settings = epissure_store_sqlite::Settings::new(options.data.join(FILE_NAME));
        let store = Arc::new(SqliteStore::open(&settings)?);
        let settings = epissure_app::Settings::default();
        let app = App::new(store, Arc::new(SystemClock), Arc::new(SystemEntropy), settings);
        Ok(Server::new(Arc::new(app), Settings::new(format!("http://{}", options.listen))).router())
    })
}

pub(crate) fn bytes(options: &Bytes) -> Result<()> {
    let body = bytes::Bytes::from(std::fs::read(&options.body)?);
    let handler = move || {
        let body = body.clone();
        async move { ([("content-type", "application/json")], body).into_response() }
    };
    serve(options.listen, || Ok(Router::new().fallback(handler)))
}

fn serve(address: SocketAddr, router: impl FnOnce() -> Result<Router>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let router = router()?;
        let listener = TcpListener::bind(address).await?;
        listener::serve(listener, router, Limits::default(), std::future::pending()).await?;
        Ok(())
    })
}

//! The ceiling's server: a handler with a constant response, behind the listener of the real
//! server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use axum::Router;
use axum::response::{IntoResponse as _, Response};
use clap::Args;
use epissure_server::listener::{self, Limits};
use tokio::net::TcpListener;

/// Answers every request with the same bytes
#[derive(Debug, Args)]
pub(crate) struct Bytes {
    #[arg(long)]
    body: PathBuf,
    #[arg(long)]
    listen: SocketAddr,
}

pub(crate) fn bytes(options: &Bytes) -> Result<()> {
    let body = bytes::Bytes::from(std::fs::read(&options.body)?);
    let handler = move || {
        let body = body.clone();
        async move { ([("content-type", "application/json")], body).into_response() }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(options.listen).await?;
        let router = Router::new().fallback(handler);
        // The load has no malformed heads.
        let refusal = Arc::new(|_, _: &str| Response::new(String::new()));
        listener::serve(listener, router, refusal, Limits::default(), std::future::pending()).await?;
        Ok(())
    })
}

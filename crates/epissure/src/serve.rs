//! `epissure serve`: the server.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use epissure_server::listener::BACKLOG;
use epissure_server::{Server, Settings, background};
use reqwest::Url;
use reqwest::header::HeaderValue;
use tokio::net::{TcpListener, TcpSocket};

use crate::failure::Failure;
use crate::options::Common;
use crate::store::{self, Missing};
use crate::{attachments, audit, durations, limits, stop};

/// Run the server
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  epissure serve --listen 0.0.0.0:8080 --base-url https://oi.example")]
pub(crate) struct Options {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", env = "EPISSURE_LISTEN", default_value = "127.0.0.1:8080", value_parser = parse_address)]
    listen: String,

    /// The address under which callers know the server [default: http://ADDR]
    #[arg(long, value_name = "URL", env = "EPISSURE_BASE_URL", value_parser = parse_base_url)]
    base_url: Option<String>,

    /// How long a token lives
    #[arg(long, value_name = "DURATION", env = "EPISSURE_TOKEN_LIFETIME", default_value = "1h", value_parser = durations::parse)]
    token_lifetime: i64,

    /// How many tokens a client may obtain in an hour
    #[arg(long, value_name = "N", env = "EPISSURE_TOKEN_QUOTA", default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..))]
    token_quota: u32,

    /// The file of the key that seals the audit, made when it is not there [default: audit.key in the folder of --data]
    #[arg(long, value_name = "FILE", env = "EPISSURE_AUDIT_KEY")]
    audit_key: Option<PathBuf>,

    /// How long events, their deliveries and received events are kept
    #[arg(long, value_name = "DURATION", env = "EPISSURE_KEEP_EVENTS", default_value = "400d", value_parser = durations::parse)]
    keep_events: i64,

    /// The largest JSON body of a request
    #[arg(long, value_name = "SIZE", env = "EPISSURE_BODY_LIMIT", default_value = "1MiB", value_parser = durations::parse_size)]
    body_limit: usize,

    /// Origins whose pages may call the server from a browser (CORS), separated by commas
    /// [default: none]
    #[arg(long = "cors-origin", value_name = "ORIGIN", env = "EPISSURE_CORS_ORIGIN", value_delimiter = ',', value_parser = parse_origin)]
    cors_origins: Vec<HeaderValue>,

    #[command(flatten)]
    limits: limits::Limits,

    #[command(flatten)]
    attachments: attachments::Keeping,
}

pub(crate) async fn run(common: &Common, options: Options) -> Result<(), Failure> {
    // The port first: when another server has it, nothing has been touched.
    let listener = bind(&options.listen).await.map_err(|error| cannot_listen(&options.listen, &error))?;
    let address = address_of(&listener)?;
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
    let stop = stop::signals()?;
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

/// Listens on an address.
pub(crate) async fn bind(address: &str) -> io::Result<TcpListener> {
    let mut failed = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in tokio::net::lookup_host(address).await? {
        let listening = listen(address);
        match listening {
            Ok(listener) => return Ok(listener),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// Listens on an address with a backlog that a burst of connections does not fill.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// The address that is listened on, with the port that was free when none was asked for.
pub(crate) fn address_of(listener: &TcpListener) -> Result<SocketAddr, Failure> {
    listener
        .local_addr()
        .map_err(|error| Failure::failed(format!("the address listened on is unknown: {error}")))
}

/// Why an address cannot be listened on.
pub(crate) fn cannot_listen(address: &str, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::AddrInUse => Failure::failed(format!("another program listens on {address}"))
            .then("Stop it, or choose another address with --listen; 127.0.0.1:0 takes a free port."),
        io::ErrorKind::PermissionDenied => Failure::failed(format!("this user may not listen on {address}"))
            .then("Choose a port above 1023 with --listen, and put a reverse proxy in front."),
        io::ErrorKind::AddrNotAvailable => {
            Failure::failed(format!("{address} is not an address of this machine"))
                .then("Choose one with --listen: 127.0.0.1 for this machine only, 0.0.0.0 for every network.")
        }
        _ => Failure::failed(format!("{address} cannot be listened on: {error}"))
            .then("Choose another address with --listen, as 127.0.0.1:8080."),
    }
}

/// Checks that an address has a host and a port; names are resolved when it is listened on.
pub(crate) fn parse_address(text: &str) -> Result<String, String> {
    let parts = text.rsplit_once(':').filter(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    parts.map(|_| text.to_owned()).ok_or_else(|| "an address is written 127.0.0.1:8080".to_owned())
}

fn parse_base_url(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|error| format!("{error}; write it as https://oi.example"))?;
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if matches!(url.scheme(), "http" | "https") && url.has_host() && plain {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("write it as https://oi.example, without user, query or fragment".to_owned())
    }
}

/// An origin as a browser writes it (RFC 6454 section 6.2): scheme, host, and a port that is not the scheme's own.
fn parse_origin(text: &str) -> Result<HeaderValue, String> {
    let written = || "an origin is written https://app.example, or http://127.0.0.1:3000".to_owned();
    let url = Url::parse(text).map_err(|_| written())?;
    let origin = url.origin().ascii_serialization();
    match HeaderValue::from_str(&origin) {
        Ok(value)
            if matches!(url.scheme(), "http" | "https")
                && !origin.contains('*')
                && origin == text.trim_end_matches('/') =>
        {
            Ok(value)
        }
        _ => Err(written()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for text in ["127.0.0.1:8080", "[::1]:0", "localhost:80"] {
            assert!(parse_address(text).is_ok(), "{text}");
        }
        for text in ["8080", ":8080", "127.0.0.1", "127.0.0.1:99999", "::1:x"] {
            assert!(parse_address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn origins() {
        for text in ["https://app.example", "https://app.example/", "http://127.0.0.1:3000"] {
            assert_eq!(parse_origin(text).unwrap(), text.trim_end_matches('/'), "{text}");
        }
        for text in ["*", "null", "app.example", "https://app.example/x", "https://*.example", "ftp://a", ""]
        {
            assert!(parse_origin(text).is_err(), "{text}");
        }
    }

    #[test]
    fn base_addresses() {
        assert_eq!(parse_base_url("https://oi.example/"), Ok("https://oi.example".to_owned()));
        for text in
            ["oi.example", "ftp://oi.example", "https://oi.example?x=1", "https://u@oi.example", "https://"]
        {
            assert!(parse_base_url(text).is_err(), "{text}");
        }
    }
}

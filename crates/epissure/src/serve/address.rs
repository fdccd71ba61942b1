//! Addresses: parsing, listening, and errors.

use std::io;
use std::net::SocketAddr;

use epissure_server::listener::BACKLOG;
use reqwest::Url;
use reqwest::header::HeaderValue;
use tokio::net::{TcpListener, TcpSocket};

use crate::failure::Failure;

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

/// Listens on an address, with a backlog large enough for a burst of connections.
fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Returns the address of a listener, with the port that the system chose if none was given.
pub(crate) fn address_of(listener: &TcpListener) -> Result<SocketAddr, Failure> {
    listener
        .local_addr()
        .map_err(|error| Failure::failed(format!("the address listened on is unknown: {error}")))
}

/// Formats the reason why the server cannot listen on an address.
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

/// Checks that an address has a host and a port; names are resolved on listening.
pub(crate) fn parse_address(text: &str) -> Result<String, String> {
    let parts = text.rsplit_once(':').filter(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    parts.map(|_| text.to_owned()).ok_or_else(|| "an address is written 127.0.0.1:8080".to_owned())
}

/// Validates the public address of the server.
pub(super) fn parse_base_url(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|error| format!("{error}; write it as https://oi.example"))?;
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if matches!(url.scheme(), "http" | "https") && url.has_host() && plain {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("write it as https://oi.example, without user, query or fragment".to_owned())
    }
}

/// Parses an origin in the form that browsers send (RFC 6454 section 6.2): scheme, host, and a port
/// unless it is the scheme's default.
pub(super) fn parse_origin(text: &str) -> Result<HeaderValue, String> {
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

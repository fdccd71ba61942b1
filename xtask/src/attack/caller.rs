//! A caller: a client with its token, calling from an address of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, Result};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};

/// Time limit of a response.
const TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Clone)]
pub(crate) struct Caller {
    to: SocketAddr,
    host: u8,
    http: Client,
    token: String,
}

impl Caller {
    pub(crate) fn anonymous(to: SocketAddr, host: u8) -> Result<Self> {
        let http = Client::builder()
            .local_address(std::net::IpAddr::from(Ipv4Addr::new(127, 0, 0, host)))
            .timeout(TIMEOUT)
            .no_proxy()
            .build()?;
        Ok(Self { to, host, http, token: "none".to_owned() })
    }

    pub(crate) async fn sign_in(to: SocketAddr, client: &str, secret: &str, host: u8) -> Result<Self> {
        let caller = Self::anonymous(to, host)?;
        let form = [("grant_type", "client_credentials")];
        let request = caller.http.post(caller.address("/oauth/v2/token"));
        let answer: Value = request.basic_auth(client, Some(secret)).form(&form).send().await?.json().await?;
        let token = answer["access_token"].as_str().context("no token")?.to_owned();
        Ok(Self { token, ..caller })
    }

    /// Returns the same caller with connections of its own, which belong to the runtime that uses
    /// them first.
    pub(crate) fn reconnected(&self) -> Result<Self> {
        Ok(Self { token: self.token.clone(), ..Self::anonymous(self.to, self.host)? })
    }

    fn address(&self, path: &str) -> String {
        format!("http://{}{path}", self.to)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.address(path)).bearer_auth(&self.token)
    }

    /// Returns a request with another client's credentials, for guesses.
    pub(crate) fn guess(&self, client: &str, secret: &str) -> RequestBuilder {
        let form = [("grant_type", "client_credentials")];
        self.http.post(self.address("/oauth/v2/token")).basic_auth(client, Some(secret)).form(&form)
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Response> {
        Ok(self.request(Method::GET, path).send().await?)
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Response> {
        Ok(self.request(Method::POST, path).json(body).send().await?)
    }

    /// Creates a resource and returns its identifier. Retries while the server asks to wait.
    pub(crate) async fn open(&self, path: &str, body: &Value) -> Result<String> {
        loop {
            let answer = self.post(path, body).await?;
            let status = answer.status().as_u16();
            let wait =
                answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
            if let (403 | 503, Some(seconds)) = (status, wait) {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                continue;
            }
            let body: Value = answer.json().await?;
            return body["id"].as_str().map(str::to_owned).with_context(|| format!("{status}: {body}"));
        }
    }

    /// Returns the head of a request, to be sent by hand.
    pub(crate) fn head(&self, method: &str, path: &str, more: &str) -> String {
        format!(
            "{method} {path} HTTP/1.1\r\nHost: attack\r\nAuthorization: Bearer {}\r\n{more}\r\n",
            self.token
        )
    }

    /// Opens a connection and sends some bytes.
    pub(crate) async fn connect(&self, bytes: &[u8]) -> Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(SocketAddr::from(([127, 0, 0, self.host], 0)))?;
        // The caller's kernel must not buffer the data that the caller does not read.
        socket.set_recv_buffer_size(4096)?;
        let mut stream = socket.connect(self.to).await?;
        stream.write_all(bytes).await?;
        Ok(stream)
    }
}

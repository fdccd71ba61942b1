//! Calls to partners: allowed destinations, authentication, and bounded answers.
//!
//! A partner chooses the URL of its target, and thereby a destination of this server's connections.
//! The URL is therefore checked when it is saved and at each call. Host names are resolved once,
//! and the connection uses the checked addresses. Redirects are not followed; time and answers are
//! bounded.
//!
//! With a [proxy](Target::proxy), the proxy connects, and must restrict its own destinations. This
//! crate then checks the URL as written and as its host name resolves on this machine.
//!
//! The authentication of each partner is in a table, [`epissure_protocol::partner::METHODS`].

mod addresses;
mod guard;
mod token;

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use epissure_protocol::partner::{Method, Presentation};
use epissure_protocol::secret::Secret;
use epissure_protocol::target::Target;
use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, Client, Identity, Proxy, RequestBuilder, Response, StatusCode};

use guard::{Checked, Guard, GuardedNames, Names};
pub use guard::{GivenNames, Refusal};
use token::{Tokens, basic, sensitive};

/// Maximum duration of a call.
pub const TIMEOUT: Duration = Duration::from_secs(15);
/// Maximum length of the answer that is read, in bytes.
pub const ANSWER_BYTES: usize = 20 * 1024;
/// Maximum number of cached HTTP clients.
const MAX_CLIENTS: usize = 1000;

/// Client of the partners. One instance per process shares connections and tokens.
#[derive(Default)]
pub struct Outbound {
    clients: Mutex<HashMap<String, Client>>,
    tokens: Tokens,
    timeout: Option<Duration>,
    names: Names,
}

/// Request to send.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// HTTP method: `POST`, `OPTIONS`…
    pub method: reqwest::Method,
    /// Headers, in addition to those of the target.
    pub headers: HeaderMap,
    /// Body; empty for none.
    pub body: &'a str,
}

/// Answer to a call.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers of the answer.
    pub headers: HeaderMap,
    /// First bytes of the body, at most [`ANSWER_BYTES`]; invalid UTF-8 is replaced.
    pub body: String,
}

impl Outbound {
    /// Creates a client with another limit than [`TIMEOUT`].
    #[must_use]
    pub fn with_timeout(timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..Self::default() }
    }

    /// Replaces the system's resolver of host names.
    #[must_use]
    pub fn resolving(self, names: GivenNames) -> Self {
        Self { names: Names::Given(names), ..self }
    }

    /// Checks a target before it is saved: its URLs, the addresses of their host names, its files.
    ///
    /// # Errors
    /// Returns a sentence with the defect.
    pub async fn inspect(&self, target: &Target) -> Result<(), String> {
        let guard = Guard::of(target).map_err(|refusal| refusal.to_string())?;
        let method = Method::named(&target.credentials.method);
        let from_table = method.and_then(|method| method.token?.url);
        let token_url = target.credentials.token_url.as_deref().or(from_table);
        for text in [Some(target.url.as_str()), token_url].into_iter().flatten() {
            let checked = guard.check(text).map_err(|refusal| refusal.to_string())?;
            lead(&guard, &self.names, &checked).await.map_err(|refusal| refusal.to_string())?;
            self.client(target, &guard, &checked)?;
        }
        for (name, value) in &target.headers {
            header(name, value)?;
        }
        Ok(())
    }

    /// Calls a target. Every HTTP status is an answer, not an error.
    ///
    /// # Errors
    /// Returns a sentence with the reason why there is no answer.
    pub async fn call(
        &self,
        target: &Target,
        credential: Option<&Secret>,
        call: &Call<'_>,
        now: Timestamp,
    ) -> Result<Answer, String> {
        let began = Instant::now();
        let answer = self.once(target, credential, call, now).await?;
        let method = Method::named(&target.credentials.method);
        let by_token = method.is_some_and(|method| method.token.is_some());
        // A token may have been revoked before its expiry, so another one is requested once, if
        // time remains.
        if answer.status == StatusCode::UNAUTHORIZED && by_token && began.elapsed() < self.timeout() / 2 {
            if let Some(secret) = credential {
                self.tokens.forget(&target.credentials, secret).await;
            }
            return self.once(target, credential, call, now).await;
        }
        Ok(answer)
    }

    async fn once(
        &self,
        target: &Target,
        credential: Option<&Secret>,
        call: &Call<'_>,
        now: Timestamp,
    ) -> Result<Answer, String> {
        let guard = Guard::of(target).map_err(|refusal| refusal.to_string())?;
        let checked = guard.check(&target.url).map_err(|refusal| refusal.to_string())?;
        if target.proxy.is_some() {
            lead(&guard, &self.names, &checked).await.map_err(|refusal| refusal.to_string())?;
        }
        let client = self.client(target, &guard, &checked)?;
        let mut request = client.request(call.method.clone(), checked.url).headers(call.headers.clone());
        for (name, value) in &target.headers {
            let (name, value) = header(name, value)?;
            request = request.header(name, value);
        }
        request = self.present(request, target, &guard, credential, now).await?;
        if !call.body.is_empty() {
            request = request.body(call.body.to_owned());
        }
        let response = request.send().await.map_err(|error| sentence(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Answer { status, headers, body: beginning(response).await })
    }

    /// Adds the authentication that the target requires.
    async fn present(
        &self,
        request: RequestBuilder,
        target: &Target,
        guard: &Guard,
        credential: Option<&Secret>,
        now: Timestamp,
    ) -> Result<RequestBuilder, String> {
        let credentials = &target.credentials;
        let method = Method::named(&credentials.method)
            .ok_or_else(|| format!("`{}` is not a way to authenticate", credentials.method))?;
        let secret = || credential.ok_or_else(|| format!("the method {} has no secret", method.name));
        Ok(match method.presents {
            Presentation::Nothing => request,
            Presentation::Basic => {
                let user = credentials.user.as_deref().unwrap_or_default();
                request.header(AUTHORIZATION, basic(user, secret()?.reveal()))
            }
            Presentation::Header(name) => {
                let name = name.or(credentials.header.as_deref()).unwrap_or_default();
                let (name, mut value) = header(name, secret()?.reveal())?;
                value.set_sensitive(true);
                request.header(name, value)
            }
            Presentation::Bearer | Presentation::BareToken => {
                let ask = method.token.ok_or_else(|| format!("the method {} has no token", method.name))?;
                let url = credentials.token_url.as_deref().or(ask.url).unwrap_or_default();
                let checked = guard.check(url).map_err(|refusal| refusal.to_string())?;
                let client = self.client(target, guard, &checked)?;
                let token = self.tokens.get(&client, &ask, credentials, secret()?, now).await?;
                let value = match method.presents {
                    Presentation::BareToken => sensitive(token.reveal()),
                    _ => sensitive(&format!("Bearer {}", token.reveal())),
                };
                request.header(AUTHORIZATION, value)
            }
        })
    }

    fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(TIMEOUT)
    }

    /// Returns the HTTP client for a URL of a target, cached by its settings.
    fn client(&self, target: &Target, guard: &Guard, checked: &Checked) -> Result<Client, String> {
        let Target { proxy, authorities, certificate, .. } = target;
        let key = format!("{:?}", (proxy, authorities, certificate, guard, checked.opened_only));
        let kept = |clients: &HashMap<String, Client>| clients.get(&key).cloned();
        if let Some(client) = kept(&self.clients.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(client);
        }
        let names = GuardedNames {
            guard: guard.clone(),
            names: self.names.clone(),
            opened_only: checked.opened_only,
        };
        let client = build(target, names, self.timeout())?;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= MAX_CLIENTS {
            clients.clear();
        }
        clients.insert(key, client.clone());
        Ok(client)
    }
}

fn build(target: &Target, names: GuardedNames, timeout: Duration) -> Result<Client, String> {
    let mut client = Client::builder()
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("epissure/", env!("CARGO_PKG_VERSION")))
        .no_proxy();
    match &target.proxy {
        // The administrator chose the proxy: it resolves names itself, and its own address may be
        // private.
        Some(proxy) => {
            let proxy = Proxy::all(proxy).map_err(|_| "the address of the proxy is not one".to_owned())?;
            client = client.proxy(proxy);
        }
        None => client = client.dns_resolver(Arc::new(names)),
    }
    if let Some(file) = &target.authorities {
        let authorities = Certificate::from_pem_bundle(&read(file)?)
            .map_err(|_| format!("{file} has no certificates of authorities in PEM"))?;
        client = client.tls_certs_only(authorities);
    }
    if let Some(file) = &target.certificate {
        let identity = Identity::from_pem(&read(file)?)
            .map_err(|_| format!("{file} has no certificate with its key in PEM"))?;
        client = client.identity(identity);
    }
    client.build().map_err(|error| format!("no client can be made for it: {}", sentence(&error)))
}

fn read(file: &str) -> Result<Vec<u8>, String> {
    fs::read(file).map_err(|error| format!("the file {file} cannot be read: {error}"))
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| format!("`{name}` is not the name of a header"))?;
    let value =
        HeaderValue::from_str(value).map_err(|_| format!("the value of the header {name} cannot be sent"))?;
    Ok((name, value))
}

/// Resolves the host name of a URL on this machine, and checks its addresses.
async fn lead(guard: &Guard, names: &Names, checked: &Checked) -> Result<(), Refusal> {
    match checked.url.host_str() {
        Some(name) if name.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_err() => {
            guard.resolve(names, name, checked.opened_only).await.map(drop)
        }
        _ => Ok(()),
    }
}

/// Returns the first bytes of an answer's body. After an interruption or a timeout, returns the
/// bytes received.
pub(crate) async fn beginning(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < ANSWER_BYTES {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk[..chunk.len().min(ANSWER_BYTES - bytes.len())]),
            Ok(None) | Err(_) => break,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns the reason for a missing answer, without URLs, which may contain secrets of the
/// partner's administrator.
pub(crate) fn sentence(error: &reqwest::Error) -> String {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    let mut last = None;
    while let Some(inner) = cause {
        if let Some(refusal) = inner.downcast_ref::<Refusal>() {
            return refusal.to_string();
        }
        last = Some(inner.to_string());
        cause = inner.source();
    }
    match last {
        _ if error.is_timeout() => "it did not answer in time".to_owned(),
        Some(cause) if error.is_connect() => format!("it cannot be reached: {cause}"),
        Some(cause) => format!("the call failed: {cause}"),
        None => "the call failed".to_owned(),
    }
}

//! HTTP client that validates every answer against the contract.

use std::sync::Arc;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use crate::contract::Contracts;

/// Client of a test server.
#[derive(Clone)]
pub struct Api {
    base: String,
    http: Client,
    contracts: Arc<Contracts>,
    token: Option<String>,
}

/// Answer of the server.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers of the answer.
    pub headers: HeaderMap,
    /// Parsed JSON body; null if the body is not JSON.
    pub body: Value,
    /// Raw body.
    pub text: String,
}

impl Answer {
    /// Returns the value of a header, or an empty text.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Returns the address of the next page, from `Link`.
    #[must_use]
    pub fn next(&self) -> Option<String> {
        let links = self.header("link").split(", ");
        let next = links.into_iter().find(|link| link.ends_with("rel=\"next\""))?;
        Some(next.trim_start_matches('<').split('>').next()?.to_owned())
    }

    /// Asserts the status.
    ///
    /// # Panics
    /// Panics when the status differs.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}

impl Api {
    pub(crate) fn new(base: String, contracts: Arc<Contracts>) -> Self {
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("an HTTP client");
        Self { base, http, contracts, token: None }
    }

    /// Obtains a token, which is sent in the following requests.
    ///
    /// # Panics
    /// Panics when the server issues no token.
    pub async fn obtain_token(&mut self, client: &str, secret: &str, scope: Option<&str>) {
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend(scope.map(|scope| ("scope", scope)));
        let request = self.http.post(format!("{}/oauth/v2/token", self.base));
        let answer = self.send_built(request.basic_auth(client, Some(secret)).form(&form)).await;
        let token = answer.expect(200).body["access_token"].as_str().expect("a token").to_owned();
        self.token = Some(token);
    }

    /// Returns the token that is sent.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Returns the same client with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Returns the same client for the server at another address.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    /// Sends a GET request.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    /// Sends a HEAD request.
    pub async fn head(&self, path: &str) -> Answer {
        self.send(Method::HEAD, path, &[], None).await
    }

    /// Sends a POST request.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    /// Sends a PATCH request for the version `etag`.
    pub async fn patch(&self, path: &str, etag: &str, body: &Value) -> Answer {
        self.send(Method::PATCH, path, &[("if-match", etag)], Some(body)).await
    }

    /// Sends a PUT request for the version `etag`.
    pub async fn put(&self, path: &str, etag: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, &[("if-match", etag)], Some(body)).await
    }

    /// Sends a request with the given headers and body.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let mut request = self.request(method, path);
        for (name, value) in headers {
            request = request.header(
                HeaderName::from_bytes(name.as_bytes()).expect("a header's name"),
                HeaderValue::from_str(value).expect("a header's value"),
            );
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        self.send_built(request).await
    }

    /// Starts a request, with the token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request built with [`request`](Self::request), and validates the answer.
    ///
    /// # Panics
    /// Panics when the server does not answer, or violates its contract.
    pub async fn send_built(&self, request: RequestBuilder) -> Answer {
        let request = request.build().expect("a request");
        let (method, path) = (request.method().to_string(), request.url().path().to_owned());
        let response = self.http.execute(request).await.expect("an answer");
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.expect("a body");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        self.contracts.judge(&method, &path, status, (!body.is_null()).then_some(&body));
        Answer { status, headers, body, text }
    }
}

//! The options for the target of a contract's events: address, sign-in, dialect, transport.

use clap::{Args, ValueEnum};
use epissure_app::deliveries::Pair;
use epissure_app::deliveries::targets::{self, NewTarget};
use epissure_app::{App, clock::SystemClock};
use epissure_outbound::Outbound;
use epissure_protocol::dialect::Dialect;
use epissure_protocol::partner::{Credentials, METHODS};
use epissure_protocol::secret::Secret;
use epissure_protocol::target::{Media, Target};
use epissure_server::delivery::HttpCourier;
use std::sync::Arc;

use crate::client::secret;
use crate::failure::Failure;
use crate::store;

/// The target of a contract's events.
#[derive(Debug, Args)]
#[command(next_help_heading = "Events")]
pub(super) struct EventOptions {
    /// Address to which events are sent by POST [default: unchanged]
    #[arg(long = "events", value_name = "URL")]
    url: Option<String>,
    /// Stop sending events and delete the queued ones
    #[arg(long, conflicts_with = "url")]
    no_events: bool,
    #[command(flatten)]
    transport: Transport,
}

/// The sign-in and transport of events.
#[derive(Debug, Args)]
struct Transport {
    /// Sign-in method of the OC's server
    #[arg(long = "events-auth", value_name = "METHOD", requires = "url", default_value = "none", value_parser = method_names())]
    auth: String,
    /// User, login or client identifier on the OC's server
    #[arg(long = "events-user", value_name = "USER", requires = "url")]
    user: Option<String>,
    /// Secret on the OC's server; `-` reads it from standard input [default: the stored one]
    #[arg(
        long = "events-secret",
        value_name = "SECRET",
        requires = "url",
        env = "EPISSURE_EVENTS_SECRET",
        allow_hyphen_values = true
    )]
    secret: Option<String>,
    /// Client identifier, for methods that need one beside the user
    #[arg(long = "events-client", value_name = "ID", requires = "url")]
    client: Option<String>,
    /// Scope to request
    #[arg(long = "events-scope", value_name = "SCOPE", requires = "url")]
    scope: Option<String>,
    /// Address of the token endpoint [default: the method's own]
    #[arg(long = "events-token-url", value_name = "URL", requires = "url")]
    token_url: Option<String>,
    /// Name of the header that carries the secret, for the method `header`
    #[arg(long = "events-header-name", value_name = "NAME", requires = "url")]
    header_name: Option<String>,
    /// Additional header, as `Name: value`; repeatable. Lists show it: never put a secret in it
    #[arg(long = "events-header", value_name = "HEADER", requires = "url", value_parser = parse_header)]
    headers: Vec<(String, String)>,
    /// Dialect of the events
    #[arg(long = "events-dialect", value_name = "DIALECT", requires = "url", default_value = "interop-2.0", value_parser = parse_dialect)]
    dialect: Dialect,
    /// Media type: application/json or application/cloudevents+json
    #[arg(long = "events-format", value_enum, requires = "url", default_value = "json")]
    format: Format,
    /// Request consent by OPTIONS before the first event, or assume it (given by contract)
    #[arg(long = "events-consent", value_enum, requires = "url", default_value = "ask")]
    consent: ConsentName,
    /// Allow an otherwise blocked destination: CIDR (10.20.0.0/16), IP address or port (:9443);
    /// repeatable
    #[arg(long = "events-allow", value_name = "DESTINATION", requires = "url", value_delimiter = ',')]
    allow: Vec<String>,
    /// HTTP proxy
    #[arg(long = "events-proxy", value_name = "URL", requires = "url")]
    proxy: Option<String>,
    /// PEM file of the certificate authorities to trust [default: those of the system]
    #[arg(long = "events-authorities", value_name = "FILE", requires = "url")]
    authorities: Option<String>,
    /// PEM file of the client certificate and its key; the server must be able to read it
    #[arg(long = "events-certificate", value_name = "FILE", requires = "url")]
    certificate: Option<String>,
}

/// The media type of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Json,
    Cloudevents,
}

/// The policy for consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ConsentName {
    Ask,
    Given,
}

fn method_names() -> clap::builder::PossibleValuesParser {
    METHODS.iter().map(|method| method.name).collect::<Vec<_>>().into()
}

fn parse_dialect(text: &str) -> Result<Dialect, String> {
    Dialect::named(text).ok_or_else(|| {
        let known: Vec<&str> = Dialect::ALL.iter().map(|dialect| dialect.name()).collect();
        format!("a dialect is {}", known.join(" or "))
    })
}

fn parse_header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("a header is written `Name: value`")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

impl EventOptions {
    /// Stores the target; returns a sentence for the administrator when something changed.
    pub(super) async fn apply(self, app: &App, pair: Pair) -> Result<Option<String>, Failure> {
        if self.no_events {
            let there = targets::remove(app, &pair, &store::author(app)).await?;
            let sentence = if there { "Events are no longer sent." } else { "No events were being sent." };
            return Ok(Some(sentence.to_owned()));
        }
        let Some(url) = self.url else { return Ok(None) };
        let credential = secret::read(self.transport.secret.clone())?.map(Secret::new);
        let asks = self.transport.consent == ConsentName::Ask;
        let sentence = format!("Events go to {url}{}.", if asks { " once its server consents" } else { "" });
        let target = self.transport.target(url);
        let new = NewTarget { pair: pair.clone(), target, credential };
        let made = targets::put(app, &courier(), new, &store::author(app)).await?;
        Ok(Some(match made {
            None => format!("{sentence} Their signing secret is unchanged."),
            Some(secret) => format!(
                "{sentence} They are signed with\n\n  {}\n\nGive this secret to {}, which verifies the signatures with it. It is \
                 shown once; `epissure events rotate --oi {} --oc {}` replaces it.",
                secret.reveal(),
                pair.oc,
                pair.oi,
                pair.oc
            ),
        }))
    }
}

impl Transport {
    fn target(self, url: String) -> Target {
        Target {
            url,
            dialect: self.dialect,
            media: match self.format {
                Format::Json => Media::Json,
                Format::Cloudevents => Media::CloudEvents,
            },
            asks_consent: self.consent == ConsentName::Ask,
            credentials: Credentials {
                method: self.auth,
                user: self.user,
                client: self.client,
                scope: self.scope,
                token_url: self.token_url,
                header: self.header_name,
            },
            headers: self.headers,
            allow: self.allow,
            proxy: self.proxy,
            authorities: self.authorities,
            certificate: self.certificate,
        }
    }
}

/// Returns the courier that checks an address before it is stored. It sends nothing.
pub(crate) fn courier() -> HttpCourier {
    HttpCourier::new(Outbound::default(), Arc::new(SystemClock), "")
}

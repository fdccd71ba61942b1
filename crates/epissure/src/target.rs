//! The options that say where the events of a contract go, and how they get there.

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

use crate::failure::Failure;
use crate::{client, output, store};

/// Where the events of a contract go.
#[derive(Debug, Args)]
#[command(next_help_heading = "Events")]
pub(crate) struct Events {
    /// Where the OC takes the events of its tickets, by POST [default: as it is]
    #[arg(long = "events", value_name = "URL", env = "EPISSURE_EVENTS_URL")]
    url: Option<String>,
    /// Send events nowhere any more, and forget those that wait
    #[arg(long, conflicts_with = "url", env = "EPISSURE_EVENTS_NONE")]
    no_events: bool,
    #[command(flatten)]
    way: Way,
}

/// How they get there.
#[derive(Debug, Args)]
struct Way {
    /// How its server wants to be called
    #[arg(long = "events-auth", value_name = "METHOD", requires = "url", default_value = "none", value_parser = method_names(), env = "EPISSURE_EVENTS_AUTH")]
    auth: String,
    /// The user, login or client identifier that it knows
    #[arg(long = "events-user", value_name = "USER", requires = "url", env = "EPISSURE_EVENTS_USER")]
    user: Option<String>,
    /// The secret that it knows; `-` reads it from standard input [default: the one that is kept]
    #[arg(
        long = "events-secret",
        value_name = "SECRET",
        requires = "url",
        env = "EPISSURE_EVENTS_SECRET",
        allow_hyphen_values = true
    )]
    secret: Option<String>,
    /// The client identifier, where it is asked for beside the user
    #[arg(long = "events-client", value_name = "ID", requires = "url", env = "EPISSURE_EVENTS_CLIENT")]
    client: Option<String>,
    /// The scope to ask for
    #[arg(long = "events-scope", value_name = "SCOPE", requires = "url", env = "EPISSURE_EVENTS_SCOPE")]
    scope: Option<String>,
    /// Where its tokens come from [default: as is known of the method]
    #[arg(
        long = "events-token-url",
        value_name = "URL",
        requires = "url",
        env = "EPISSURE_EVENTS_TOKEN_URL"
    )]
    token_url: Option<String>,
    /// The header that takes the secret, for the method `header`
    #[arg(
        long = "events-header-name",
        value_name = "NAME",
        requires = "url",
        env = "EPISSURE_EVENTS_HEADER_NAME"
    )]
    header_name: Option<String>,
    /// A header to send besides, as `Name: value`; may be repeated. It is shown in lists: nothing secret here
    #[arg(long = "events-header", value_name = "HEADER", requires = "url", value_parser = parse_header, env = "EPISSURE_EVENTS_HEADER")]
    headers: Vec<(String, String)>,
    /// In which dialect
    #[arg(long = "events-dialect", value_name = "DIALECT", requires = "url", default_value = "interop-2.0", value_parser = parse_dialect, env = "EPISSURE_EVENTS_DIALECT")]
    dialect: Dialect,
    /// Announced as application/json, or as application/cloudevents+json
    #[arg(
        long = "events-format",
        value_enum,
        requires = "url",
        default_value = "json",
        env = "EPISSURE_EVENTS_FORMAT"
    )]
    format: Format,
    /// Ask its server for its consent by OPTIONS before anything is sent; or take it for given by contract
    #[arg(
        long = "events-consent",
        value_enum,
        requires = "url",
        default_value = "ask",
        env = "EPISSURE_EVENTS_CONSENT"
    )]
    consent: ConsentName,
    /// What it may be although such addresses are refused: a network (10.20.0.0/16), an address, a port (:9443); may be
    /// repeated
    #[arg(
        long = "events-allow",
        value_name = "WHAT",
        requires = "url",
        env = "EPISSURE_EVENTS_ALLOW",
        value_delimiter = ','
    )]
    allow: Vec<String>,
    /// A proxy to go through
    #[arg(long = "events-proxy", value_name = "URL", requires = "url", env = "EPISSURE_EVENTS_PROXY")]
    proxy: Option<String>,
    /// A file of the authorities that vouch for its certificate (PEM) [default: those of the system]
    #[arg(
        long = "events-authorities",
        value_name = "FILE",
        requires = "url",
        env = "EPISSURE_EVENTS_AUTHORITIES"
    )]
    authorities: Option<String>,
    /// A file of the certificate to present and of its key (PEM); the server reads it too
    #[arg(
        long = "events-certificate",
        value_name = "FILE",
        requires = "url",
        env = "EPISSURE_EVENTS_CERTIFICATE"
    )]
    certificate: Option<String>,
}

/// As what events are announced. Its values have no help of their own: the option explains them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Json,
    Cloudevents,
}

/// Whether consent is asked for.
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

impl Events {
    /// Settles where the events of a contract go; what there is to say about it, if anything.
    pub(crate) async fn settle(self, app: &App, pair: Pair) -> Result<Option<String>, Failure> {
        if self.no_events {
            let there = targets::remove(app, &pair, &store::author(app)).await?;
            let said = if there { "No event is sent any more." } else { "No event was sent before either." };
            return Ok(Some(said.to_owned()));
        }
        let Some(url) = self.url else { return Ok(None) };
        let credential = client::read_secret(self.way.secret.clone())?.map(Secret::new);
        let asks = self.way.consent == ConsentName::Ask;
        let sentence = format!("Events go to {url}{}.", if asks { " once its server consents" } else { "" });
        let target = self.way.target(url);
        let new = NewTarget { pair: pair.clone(), target, credential };
        let made = targets::put(app, &courier(), new, &store::author(app)).await?;
        Ok(Some(match made {
            None => format!("{sentence} They are signed as before."),
            Some(secret) => format!(
                "{sentence} They are signed with\n\n  {}\n\nGive this secret to {}, which verifies them with it: it is \
                 shown once. `epissure events rotate --oi {} --oc {}` makes another.",
                secret.reveal(),
                pair.oc,
                pair.oi,
                pair.oc
            ),
        }))
    }
}

impl Way {
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

/// What checks an address before it is saved. It sends nothing: the server does.
pub(crate) fn courier() -> HttpCourier {
    HttpCourier::new(Outbound::default(), Arc::new(SystemClock), "")
}

/// Prints a secret: alone, as JSON, or with what to do with it.
pub(crate) fn show_secret(secret: &Secret, shown: &client::Shown, sentence: &str) -> Result<(), Failure> {
    if shown.quiet {
        output::print(secret.reveal())
    } else if shown.json {
        output::print_json(&serde_json::json!({"secret": secret.reveal()}))
    } else {
        output::print(&format!("{}\n\n{sentence}", secret.reveal()))
    }
}

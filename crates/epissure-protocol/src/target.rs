//! Where an OC wants the events of its tickets: an address, and how it is called.

use serde::{Deserialize, Serialize};

use crate::dialect::Dialect;
use crate::partner::Credentials;

/// Where events go, without anything secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// The address that takes them by POST.
    pub url: String,
    /// In which dialect `data` is written.
    #[serde(with = "dialect_name")]
    pub dialect: Dialect,
    /// As what they are announced.
    #[serde(default)]
    pub media: Media,
    /// Whether the address must consent before anything is sent there (CloudEvents webhooks 1.0.2, section 4).
    pub asks_consent: bool,
    /// How it is called.
    pub credentials: Credentials,
    /// Headers that every request bears besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// What the address may be although such addresses are refused: `10.20.0.0/16`, `192.0.2.7`, `:9443`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
    /// The address of a proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// A file of the authorities that vouch for its certificate (PEM), in the place of the usual ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorities: Option<String>,
    /// A file of the certificate to present, and of its key (PEM).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

/// As what events are announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Media {
    /// `application/json`, as the Interop contract has it.
    #[default]
    #[serde(rename = "json")]
    Json,
    /// `application/cloudevents+json`, as CloudEvents' own libraries expect it (HTTP binding, structured mode).
    #[serde(rename = "cloudevents")]
    CloudEvents,
}

impl Media {
    /// The media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::CloudEvents => "application/cloudevents+json; charset=utf-8",
        }
    }
}

mod dialect_name {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::dialect::Dialect;

    pub(super) fn serialize<S: Serializer>(dialect: &Dialect, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(dialect.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Dialect, D::Error> {
        let name = String::deserialize(deserializer)?;
        Dialect::named(&name).ok_or_else(|| D::Error::custom(format!("`{name}` is not a dialect")))
    }
}

//! Target of the events of an OC's tickets: an address and its connection settings.

use serde::{Deserialize, Serialize};

use crate::dialect::Dialect;
use crate::partner::Credentials;

/// Target of events, without any secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// Address that receives events by POST.
    pub url: String,
    /// Dialect of `data`.
    #[serde(with = "dialect_name")]
    pub dialect: Dialect,
    /// Media type of events.
    #[serde(default)]
    pub media: Media,
    /// True when the address must consent before any delivery (CloudEvents webhooks 1.0.2, section
    /// 4).
    pub asks_consent: bool,
    /// Authentication towards the address.
    pub credentials: Credentials,
    /// Additional headers of every request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// Otherwise blocked destinations to allow: CIDR, IP address or port (`10.20.0.0/16`,
    /// `192.0.2.7`, `:9443`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
    /// Address of a proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// File of certificate authorities (PEM) that replaces the default ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorities: Option<String>,
    /// File of the client certificate and its key (PEM).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

/// Media type of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Media {
    /// `application/json`, as in the Interop contract.
    #[default]
    #[serde(rename = "json")]
    Json,
    /// `application/cloudevents+json`, as CloudEvents' own libraries expect it (HTTP binding,
    /// structured mode).
    #[serde(rename = "cloudevents")]
    CloudEvents,
}

impl Media {
    /// Returns the media type.
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

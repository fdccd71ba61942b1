//! Destination checks, on the URL as written and again on the resolved address of the connection.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use epissure_protocol::target::Target;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::addresses::{Openings, is_public};

/// Usual HTTPS ports of public servers.
const USUAL_PORTS: [u16; 2] = [443, 8443];

/// Reason why a call was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The URL cannot be called.
    #[error("{0}")]
    Unusable(String),
    /// The host name does not resolve.
    #[error("the name {0} cannot be resolved")]
    Unresolved(String),
    /// The address is not public and was not allowed.
    #[error("{0} is not an address of the public internet; if it is meant, open it with --events-allow")]
    Inner(String),
    /// The URL uses plain HTTP or an unusual port.
    #[error(
        "{0} is called over https on port 443 or 8443 only; open a port with --events-allow :PORT, or its network with \
         --events-allow NETWORK"
    )]
    Unusual(String),
}

/// Destinations that a target may reach.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Guard {
    openings: Openings,
}

/// URL that passed the check as written; its host name is checked again when it is resolved.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    pub(crate) url: Url,
    /// True for plain HTTP or an unusual port, with which only allowed addresses may be reached.
    pub(crate) opened_only: bool,
}

impl Guard {
    pub(crate) fn of(target: &Target) -> Result<Self, Refusal> {
        let openings = Openings::parse(&target.allow).map_err(Refusal::Unusable)?;
        Ok(Self { openings })
    }

    /// Checks a URL as written, without resolving its host name.
    pub(crate) fn check(&self, text: &str) -> Result<Checked, Refusal> {
        let unusable = |why: &str| Refusal::Unusable(format!("`{text}` cannot be called: {why}"));
        let url = Url::parse(text).map_err(|error| unusable(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(unusable("it does not begin with https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(unusable("it names a user: use --events-user and --events-secret"));
        }
        if url.fragment().is_some() {
            return Err(unusable("it has a fragment (#…)"));
        }
        let host = url.host_str().ok_or_else(|| unusable("it has no host"))?.to_owned();
        let port = url.port_or_known_default().unwrap_or_default();
        let usual =
            url.scheme() == "https" && (USUAL_PORTS.contains(&port) || self.openings.opens_port(port));
        // The parser normalizes every notation of an IPv4 address: octal, hexadecimal, a single
        // number.
        if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
            self.admit(address, !usual, &host)?;
        }
        Ok(Checked { url, opened_only: !usual })
    }

    /// Checks the address of a connection.
    fn admit(&self, address: IpAddr, opened_only: bool, shown: &str) -> Result<(), Refusal> {
        match (self.openings.opens(address), is_public(address)) {
            (true, _) => Ok(()),
            (false, false) => Err(Refusal::Inner(shown.to_owned())),
            (false, true) if opened_only => Err(Refusal::Unusual(shown.to_owned())),
            (false, true) => Ok(()),
        }
    }

    /// Resolves a host name once, and returns the addresses that may be reached.
    pub(crate) async fn resolve(
        &self,
        names: &Names,
        name: &str,
        opened_only: bool,
    ) -> Result<Vec<SocketAddr>, Refusal> {
        let found = names.look_up(name).await.map_err(|_| Refusal::Unresolved(name.to_owned()))?;
        let mut refused = Refusal::Unresolved(name.to_owned());
        let mut admitted = Vec::new();
        for address in found {
            match self.admit(address.ip(), opened_only, name) {
                Ok(()) => admitted.push(address),
                Err(why) => refused = why,
            }
        }
        if admitted.is_empty() { Err(refused) } else { Ok(admitted) }
    }
}

/// Resolver of host names.
#[derive(Clone, Default)]
pub(crate) enum Names {
    /// Resolver of the system.
    #[default]
    System,
    /// Resolver supplied by the caller.
    Given(GivenNames),
}

/// Function that resolves a host name in place of the system.
pub type GivenNames = Arc<dyn Fn(&str) -> Vec<IpAddr> + Send + Sync>;

impl Names {
    async fn look_up(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        match self {
            Self::System => Ok(tokio::net::lookup_host((name, 0)).await?.collect()),
            Self::Given(given) => Ok(given(name).into_iter().map(|address| (address, 0).into()).collect()),
        }
    }
}

/// Resolver for the HTTP client that returns only checked addresses. The client thus connects to
/// these addresses, even if the name changes a moment later.
#[derive(Clone)]
pub(crate) struct GuardedNames {
    pub(crate) guard: Guard,
    pub(crate) names: Names,
    pub(crate) opened_only: bool,
}

impl Resolve for GuardedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let Self { guard, names, opened_only } = self.clone();
        Box::pin(async move {
            let admitted = guard.resolve(&names, name.as_str(), opened_only).await?;
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(allow: &[&str]) -> Guard {
        let allow: Vec<String> = allow.iter().map(|text| (*text).to_owned()).collect();
        Guard { openings: Openings::parse(&allow).unwrap() }
    }

    #[test]
    fn what_leads_inside_is_refused_however_it_is_written() {
        for inner in [
            "https://127.0.0.1/x",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://0/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://１２７.0.0.1/",
            "https://10.0.0.1:443",
            "https://192.168.1.1./",
            "https://[fe80::1]/",
        ] {
            let refused = guard(&[]).check(inner).expect_err(inner);
            assert!(matches!(refused, Refusal::Inner(_)), "{inner}: {refused}");
        }
    }

    #[test]
    fn an_address_is_https_on_a_usual_port_unless_opened() {
        let judged = |text: &str, allow: &[&str]| guard(allow).check(text).map(|checked| checked.opened_only);
        assert_eq!(judged("https://oc.example/event", &[]), Ok(false));
        assert_eq!(judged("https://oc.example:8443/event", &[]), Ok(false));
        assert_eq!(judged("https://1.1.1.1/", &[]), Ok(false));
        assert_eq!(judged("https://oc.example:9443/event", &[":9443"]), Ok(false));
        for unusual in ["http://oc.example/event", "https://oc.example:9443/", "https://oc.example:22/"] {
            assert_eq!(judged(unusual, &[]), Ok(true), "{unusual}: only what was opened may be connected to");
        }
        assert!(matches!(judged("http://1.1.1.1/", &[]), Err(Refusal::Unusual(_))));
        assert_eq!(judged("http://10.20.0.1:8080/", &["10.20.0.0/16"]), Ok(true));
    }

    #[test]
    fn what_cannot_be_called_is_refused_with_a_reason() {
        for (text, why) in [
            ("oc.example", "relative URL"),
            ("ftp://oc.example/", "does not begin with https"),
            ("file:///etc/passwd", "does not begin with https"),
            ("https://user@oc.example/", "names a user"),
            ("https://oc.example@127.0.0.1/", "names a user"),
            ("https://oc.example/#x", "fragment"),
        ] {
            let refused = guard(&[]).check(text).expect_err(text).to_string();
            assert!(refused.contains(why), "{refused}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_when_it_is_resolved() {
        for name in ["localhost", "localhost."] {
            let refused = guard(&[]).resolve(&Names::System, name, false).await.expect_err(name);
            assert!(matches!(refused, Refusal::Inner(_) | Refusal::Unresolved(_)), "{name}: {refused}");
        }
        let opened = guard(&["127.0.0.0/8", "::1"]).resolve(&Names::System, "localhost", true).await.unwrap();
        assert!(opened.iter().all(|address| address.ip().is_loopback()));
    }

    #[tokio::test]
    async fn of_several_addresses_those_inside_are_left_out() {
        let names = Names::Given(Arc::new(|_: &str| {
            ["127.0.0.1", "1.1.1.1", "10.0.0.1"].map(|text| text.parse().unwrap()).to_vec()
        }));
        let admitted = guard(&[]).resolve(&names, "oc.example", false).await.unwrap();
        assert_eq!(admitted.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>(), ["1.1.1.1"]);
        let refused = guard(&[]).resolve(&names, "oc.example", true).await.expect_err("over plain http");
        assert!(matches!(refused, Refusal::Inner(_) | Refusal::Unusual(_)), "{refused}");
        let nobody = Names::Given(Arc::new(|_: &str| Vec::new()));
        let refused = guard(&[]).resolve(&nobody, "oc.example", false).await.expect_err("no address");
        assert_eq!(refused, Refusal::Unresolved("oc.example".to_owned()));
    }
}

//! Reverse proxies that are trusted to name the caller (RFC 7239 `Forwarded`, and
//! `X-Forwarded-For`).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use ipnet::IpNet;

/// Address of a caller: the peer of the connection, or the address that a trusted proxy names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// Networks of trusted proxies. An empty list ignores the headers of proxies.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    /// Trusts the proxies in these networks.
    #[must_use]
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks.into())
    }

    /// Returns true if an address is in a trusted network.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Returns the caller of a request from a peer: the rightmost address that is not a trusted
    /// proxy's.
    ///
    /// Each proxy appends the address of its own peer, so anything to the left may be forged. If an
    /// address is invalid, the proxy that wrote it counts as the caller.
    ///
    /// A proxy that writes one of the two headers forwards the other unchanged from its client. So
    /// the peer counts as the caller when both are present and name different callers.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return ClientAddress(peer);
        }
        let named_in = |name, read: fn(&str) -> Option<IpAddr>| {
            let named = elements(headers, name).map(read).collect::<Vec<_>>();
            headers.contains_key(name).then(|| self.rightmost(peer, named))
        };
        let client = match (named_in("forwarded", forwarded_for), named_in("x-forwarded-for", address)) {
            (Some(one), Some(other)) if one != other => peer,
            (one, other) => one.or(other).unwrap_or(peer),
        };
        ClientAddress(client)
    }

    /// Returns the rightmost address that is not a trusted proxy's, starting with the peer.
    fn rightmost(&self, peer: IpAddr, named: Vec<Option<IpAddr>>) -> IpAddr {
        let mut client = peer;
        for address in named.into_iter().rev() {
            let Some(address) = address else { break };
            client = address.to_canonical();
            if !self.trusts(client) {
                break;
            }
        }
        client
    }
}

/// Returns the elements of a header that may have several lines, in order.
fn elements<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = &'a str> {
    let text = |value: &'a HeaderValue| value.to_str().unwrap_or_default();
    headers.get_all(name).iter().map(text).flat_map(|line| line.split(',')).map(str::trim)
}

/// Returns the address in the `for` parameter of an element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, node) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    let node = node.trim();
    address(node.strip_prefix('"').and_then(|node| node.strip_suffix('"')).unwrap_or(node))
}

/// Parses an address with or without a port, and IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.parse().ok().or_else(bare).or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, headers: &[(&'static str, &str)]) -> String {
        let proxies = TrustedProxies::new(vec![
            "10.0.0.0/8".parse().expect("a network"),
            "2001:db8::/32".parse().expect("a network"),
        ]);
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().expect("a value"));
        }
        proxies.client(peer.parse().expect("an address"), &map).0.to_string()
    }

    #[test]
    fn headers_of_a_stranger_are_ignored() {
        assert_eq!(client("192.0.2.9", &[("x-forwarded-for", "198.51.100.1")]), "192.0.2.9");
        assert_eq!(client("192.0.2.9", &[("forwarded", "for=198.51.100.1")]), "192.0.2.9");
    }

    #[test]
    fn the_caller_is_the_rightmost_address_that_is_not_a_trusted_proxy() {
        for (value, expected) in [
            ("198.51.100.1", "198.51.100.1"),
            ("203.0.113.7, 198.51.100.1", "198.51.100.1"),
            ("203.0.113.7, 198.51.100.1, 10.1.2.3", "198.51.100.1"),
            ("10.9.9.9, 10.1.2.3", "10.9.9.9"),
            ("198.51.100.1:4711", "198.51.100.1"),
            ("2001:db9::5", "2001:db9::5"),
            ("198.51.100.1, nonsense", "10.0.0.1"),
            ("", "10.0.0.1"),
        ] {
            assert_eq!(client("10.0.0.1", &[("x-forwarded-for", value)]), expected, "{value}");
        }
        let lines = [("x-forwarded-for", "203.0.113.7"), ("x-forwarded-for", "198.51.100.1")];
        assert_eq!(client("::ffff:10.0.0.1", &lines), "198.51.100.1");
    }

    #[test]
    fn forwarded_is_read_by_its_grammar() {
        for (value, expected) in [
            ("for=198.51.100.1;proto=https;by=10.0.0.1", "198.51.100.1"),
            ("for=203.0.113.7, For=\"[2001:db9::17]:4711\"", "2001:db9::17"),
            ("for=198.51.100.1, for=\"[2001:db8::17]\"", "198.51.100.1"),
            ("for=unknown", "10.0.0.1"),
            ("for=_hidden, for=198.51.100.1", "198.51.100.1"),
            ("proto=https", "10.0.0.1"),
        ] {
            assert_eq!(client("10.0.0.1", &[("forwarded", value)]), expected, "{value}");
        }
    }

    #[test]
    fn a_header_that_contradicts_the_other_is_the_clients_and_names_no_caller() {
        let both = |forwarded, x_forwarded_for| {
            client("10.0.0.1", &[("forwarded", forwarded), ("x-forwarded-for", x_forwarded_for)])
        };
        assert_eq!(both("for=203.0.113.99", "198.51.100.1"), "10.0.0.1");
        assert_eq!(both("for=unknown", "198.51.100.1"), "10.0.0.1");
        assert_eq!(both("for=198.51.100.1", "203.0.113.7, 198.51.100.1"), "198.51.100.1");
    }
}

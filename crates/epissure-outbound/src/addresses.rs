//! Addresses that a configured URL must not reach, unless the administrator opens them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(first: u16, second: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0), prefix)
}

/// IPv4 networks outside the public internet (IANA's registry of special-purpose addresses, RFC
/// 6890).
const INNER_V4: &[Ipv4Net] = &[
    v4(0, 0, 0, 0, 8),       // this network
    v4(10, 0, 0, 0, 8),      // private
    v4(100, 64, 0, 0, 10),   // carrier-grade NAT
    v4(127, 0, 0, 0, 8),     // loopback
    v4(169, 254, 0, 0, 16),  // link-local, with the metadata services of clouds
    v4(172, 16, 0, 0, 12),   // private
    v4(192, 0, 0, 0, 24),    // protocol assignments
    v4(192, 0, 2, 0, 24),    // documentation
    v4(192, 88, 99, 0, 24),  // 6to4 relays
    v4(192, 168, 0, 0, 16),  // private
    v4(198, 18, 0, 0, 15),   // benchmarking
    v4(198, 51, 100, 0, 24), // documentation
    v4(203, 0, 113, 0, 24),  // documentation
    v4(224, 0, 0, 0, 4),     // multicast
    v4(240, 0, 0, 0, 4),     // reserved, broadcast
];

/// IPv6 addresses allocated to the public internet; all others are refused.
const PUBLIC_V6: Ipv6Net = v6(0x2000, 0, 3);

/// Networks of [`PUBLIC_V6`] that are not public.
const INNER_V6: &[Ipv6Net] = &[
    v6(0x2001, 0, 23),     // protocol assignments: Teredo, benchmarks, ORCHID
    v6(0x2001, 0xdb8, 32), // documentation
    v6(0x2002, 0, 16),     // 6to4: an embedded IPv4 address
    v6(0x3fff, 0, 20),     // documentation
];

/// Returns true for an address of the public internet.
#[must_use]
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !INNER_V4.iter().any(|net| net.contains(&address)),
        // Mapped, compatible and translated forms are not public, so they are refused whatever they
        // embed.
        IpAddr::V6(address) => {
            PUBLIC_V6.contains(&address) && !INNER_V6.iter().any(|net| net.contains(&address))
        }
    }
}

/// Destinations that an administrator allows although they are refused by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Openings {
    nets: Vec<IpNet>,
    ports: Vec<u16>,
}

impl Openings {
    /// Parses addresses (`192.0.2.7`), networks (`10.20.0.0/16`) and ports (`:9443`).
    pub(crate) fn parse(texts: &[String]) -> Result<Self, String> {
        let mut openings = Self::default();
        for text in texts {
            let port = text.strip_prefix(':').and_then(|port| port.parse().ok());
            let net = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
            match (port, net) {
                (Some(port), _) => openings.ports.push(port),
                (None, Some(net)) => openings.nets.push(net),
                (None, None) => {
                    return Err(format!(
                        "`{text}` is no network (10.20.0.0/16), address (192.0.2.7) or port (:9443)"
                    ));
                }
            }
        }
        Ok(openings)
    }

    /// Returns true for an allowed address. An allowed IPv4 address includes its mapped form.
    pub(crate) fn opens(&self, address: IpAddr) -> bool {
        self.nets.iter().any(|net| net.contains(&address) || net.contains(&address.to_canonical()))
    }

    /// Returns true for an allowed port.
    pub(crate) fn opens_port(&self, port: u16) -> bool {
        self.ports.contains(&port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_not_the_public_internet_is_refused() {
        for inner in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::10.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2001:20::1",
            "3fff::1",
        ] {
            assert!(!is_public(address(inner)), "{inner}");
        }
        for public in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.0.1",
            "172.32.0.1",
            "2606:4700::1111",
            "2a01::1",
        ] {
            assert!(is_public(address(public)), "{public}");
        }
    }

    #[test]
    fn an_administrator_opens_what_it_names_and_nothing_else() {
        let texts = ["10.20.0.0/16", "192.0.2.7", "fd00::/8", ":9443"].map(str::to_owned);
        let openings = Openings::parse(&texts).unwrap();
        for opened in ["10.20.3.4", "192.0.2.7", "fd00::1", "::ffff:10.20.0.1"] {
            assert!(openings.opens(address(opened)), "{opened}");
        }
        for closed in ["10.21.0.1", "192.0.2.8", "fc00::1", "127.0.0.1"] {
            assert!(!openings.opens(address(closed)), "{closed}");
        }
        assert!(openings.opens_port(9443) && !openings.opens_port(22));
        for odd in ["", "localhost", "10.0.0.0/33", ":", ":70000", "*"] {
            assert!(Openings::parse(&[odd.to_owned()]).is_err(), "{odd}");
        }
    }
}

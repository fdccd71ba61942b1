//! Counters of connections: in total, and for each address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::proxies::TrustedProxies;

/// Connection slots of a listener.
#[derive(Debug)]
pub(super) struct Places {
    max: usize,
    max_per_address: usize,
    proxies: TrustedProxies,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A connection slot, released when dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    /// Address that the slot counts for; `None` for a trusted proxy.
    address: Option<IpAddr>,
}

/// Reason for which a connection has no slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoPlace {
    /// The total limit is reached.
    Full,
    /// The limit of the address is reached.
    TooMany,
}

impl Places {
    pub(super) fn new(max: usize, max_per_address: usize, proxies: TrustedProxies) -> Arc<Self> {
        Arc::new(Self { max, max_per_address, proxies, taken: Mutex::default() })
    }

    /// Acquires a slot for a connection from an address.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Result<Place, NoPlace> {
        let counted = (!self.proxies.trusts(address)).then(|| network_of(address));
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.all >= self.max {
            return Err(NoPlace::Full);
        }
        if let Some(address) = counted {
            let count = taken.by_address.entry(address).or_default();
            if *count >= self.max_per_address {
                return Err(NoPlace::TooMany);
            }
            *count += 1;
        }
        taken.all += 1;
        drop(taken);
        Ok(Place { places: Arc::clone(self), address: counted })
    }
}

/// Returns the address by which a peer is counted: its own, or its /64 for IPv6, which one peer
/// usually owns.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        let Some(address) = self.address else { return };
        if let Some(count) = taken.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_share_and_all_have_theirs() {
        let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().expect("a network")]);
        let places = Places::new(5, 2, proxies);
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let first = [places.take(address("192.0.2.1")), places.take(address("::ffff:192.0.2.1"))];
        assert!(first.iter().all(Result::is_ok));
        assert_eq!(places.take(address("192.0.2.1")).expect_err("its share"), NoPlace::TooMany);
        let proxy: Vec<_> = (0..3).map(|_| places.take(address("10.0.0.7"))).collect();
        assert!(proxy.iter().all(Result::is_ok), "a trusted proxy speaks for many");
        assert_eq!(places.take(address("192.0.2.2")).expect_err("all are taken"), NoPlace::Full);
        drop(first);
        let held = [places.take(address("2001:db8::1")), places.take(address("2001:db8::2"))];
        assert!(held.iter().all(Result::is_ok));
        drop((proxy, held));
        let taken = places.taken.lock().expect("the places");
        assert!(taken.all == 0 && taken.by_address.is_empty(), "{taken:?}");
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_share() {
        let places = Places::new(10, 1, TrustedProxies::default());
        let _held = places.take("2001:db8::1".parse().expect("an address")).expect("a place");
        assert!(places.take("2001:db8::ffff".parse().expect("an address")).is_err());
        assert!(places.take("2001:db8:0:1::1".parse().expect("an address")).is_ok());
    }
}

//! One-to-one: each reference address belongs to one address of the IPE.

use std::collections::HashMap;

use super::IpeAddress;
use super::find::{AddressMatch, MatchLevel};
use super::index::ReferenceIndex;
use crate::sources::ReferenceAddress;

/// A reference address that lines of two IPE addresses claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoubleClaim {
    /// The reference address, by its index.
    pub address: u32,
    /// A building of the first address.
    pub first: String,
    /// A building of the other.
    pub second: String,
}

/// The reference addresses that lines claim.
#[derive(Debug, Default)]
pub struct Claims {
    claims: HashMap<u32, (String, String)>,
    doubles: Vec<DoubleClaim>,
}

impl Claims {
    /// Records the match of a line. Lines of one address with different buildings claim it
    /// together.
    pub fn add(&mut self, line: &IpeAddress, found: &AddressMatch) {
        if !matches!(found.level, MatchLevel::Sure | MatchLevel::Review) {
            return;
        }
        let suffix = line.suffix.as_ref().map(|suffix| format!("{suffix:?}")).unwrap_or_default();
        let key = format!("{} {suffix} {}", line.number, line.street.key());
        for address in &found.addresses {
            let (claimed, first) =
                self.claims.entry(*address).or_insert_with(|| (key.clone(), line.building.clone()));
            if *claimed != key {
                let (first, second) = (first.clone(), line.building.clone());
                self.doubles.push(DoubleClaim { address: *address, first, second });
            }
        }
    }

    /// Addresses that lines of two IPE addresses claim, in the order of the second lines.
    #[must_use]
    pub fn doubles(&self) -> &[DoubleClaim] {
        &self.doubles
    }

    /// The addresses that no line claims and that are worth a creation: certified by the commune,
    /// with a number, and not from the operators themselves.
    pub fn missing<'a>(&'a self, index: &'a ReferenceIndex) -> impl Iterator<Item = &'a ReferenceAddress> {
        use crate::address::StreetNumber::One;
        let unclaimed = (0_u32..).zip(index.addresses()).filter(|(at, _)| !self.claims.contains_key(at));
        unclaimed
            .map(|(_, address)| address)
            .filter(|address| address.is_certified && address.is_evidence && matches!(address.number, One(_)))
    }
}

//! Reference addresses in memory, by the keys that lines are matched on.

use std::collections::HashMap;
use std::io::Read;

use epissure_protocol::identifiers::communes;
use xxhash_rust::xxh3::xxh3_64;

use crate::address::{StreetName, StreetNumber};
use crate::reading::ReadError;
use crate::sources::{ReferenceAddress, ReferenceReader};

/// A street of the reference: its name, and the abbreviated one where the file has it.
#[derive(Debug)]
pub(super) struct ReferenceStreet {
    pub(super) name: StreetName,
    pub(super) afnor: Option<StreetName>,
}

/// Reference addresses by key, by Rivoli quadruplet, by hexaclé, and by commune and number. A
/// department of 300,000 addresses takes about 150 MB: compare files department by department.
#[derive(Debug, Default)]
pub struct ReferenceIndex {
    pub(super) addresses: Vec<ReferenceAddress>,
    /// Index of each address' street.
    pub(super) street_of: Vec<u32>,
    pub(super) streets: Vec<ReferenceStreet>,
    street_ids: HashMap<u64, u32>,
    by_key: HashMap<u64, u32>,
    by_rivoli: HashMap<u64, Vec<u32>>,
    by_hexacle: HashMap<u64, Vec<u32>>,
    by_number: HashMap<u64, Vec<u32>>,
}

/// The code under which addresses of a commune are grouped: of today, and of the city for its
/// districts.
pub(super) fn block(insee: &str) -> &str {
    communes::resolve(insee).map_or(insee, |commune| commune.parent.unwrap_or(commune.insee))
}

fn hash(parts: &[&str]) -> u64 {
    xxh3_64(parts.join("\0").as_bytes())
}

impl ReferenceIndex {
    /// Reads all addresses of a file.
    ///
    /// # Errors
    ///
    /// [`ReadError`].
    pub fn read<R: Read>(reader: &mut ReferenceReader<R>) -> Result<Self, ReadError> {
        let mut index = Self::default();
        while let Some(address) = reader.next_address()? {
            index.add(address);
        }
        Ok(index)
    }

    /// Adds an address.
    pub fn add(&mut self, address: ReferenceAddress) {
        let at = self.addresses.len() as u32;
        let block = block(&address.insee);
        for key in [&address.key, &address.uuid] {
            if !key.is_empty() {
                self.by_key.insert(hash(&[&key.to_ascii_lowercase()]), at);
            }
        }
        let number = address.number.to_string();
        if !address.rivoli.is_empty() && address.number != StreetNumber::NotAssigned {
            let key = hash(&[block, &address.rivoli, &number]);
            self.by_rivoli.entry(key).or_default().push(at);
        }
        if !address.hexacle.is_empty() {
            self.by_hexacle.entry(hash(&[&address.hexacle])).or_default().push(at);
        }
        self.by_number.entry(hash(&[block, &number])).or_default().push(at);

        let street = hash(&[&address.insee, &address.street, &address.afnor]);
        let next = self.streets.len() as u32;
        let street = *self.street_ids.entry(street).or_insert(next);
        if street == next {
            let afnor = (!address.afnor.is_empty()).then(|| StreetName::of_text(&address.afnor));
            self.streets.push(ReferenceStreet { name: StreetName::of_text(&address.street), afnor });
        }
        self.street_of.push(street);
        self.addresses.push(address);
    }

    /// The addresses, in the order of their addition.
    #[must_use]
    pub fn addresses(&self) -> &[ReferenceAddress] {
        &self.addresses
    }

    pub(super) fn of_key(&self, key: &str) -> Option<u32> {
        self.by_key.get(&hash(&[&key.to_ascii_lowercase()])).copied()
    }

    pub(super) fn of_rivoli(&self, insee: &str, rivoli: &str, number: StreetNumber) -> &[u32] {
        let key = hash(&[block(insee), rivoli, &number.to_string()]);
        self.by_rivoli.get(&key).map_or(&[], Vec::as_slice)
    }

    pub(super) fn of_hexacle(&self, hexacle: &str) -> &[u32] {
        self.by_hexacle.get(&hash(&[hexacle])).map_or(&[], Vec::as_slice)
    }

    /// The addresses of a commune that a number may designate: equal, or inside a group. Unknown
    /// designates none.
    pub(super) fn of_number(&self, insee: &str, number: StreetNumber) -> Vec<u32> {
        let block = block(insee);
        let of = |number: StreetNumber| {
            self.by_number.get(&hash(&[block, &number.to_string()])).map_or(&[][..], Vec::as_slice)
        };
        match number {
            StreetNumber::Unknown => Vec::new(),
            StreetNumber::Group(from, to) => {
                let side = (from..=to).filter(|one| one % 2 == from % 2);
                side.flat_map(|one| of(StreetNumber::One(one))).chain(of(number)).copied().collect()
            }
            one => of(one).to_vec(),
        }
    }
}

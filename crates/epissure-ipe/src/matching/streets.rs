//! Evidence about streets: two names designate one street when addresses of the same number lie
//! side by side.

use std::collections::{BTreeMap, BTreeSet};

use super::IpeAddress;
use super::find::{AddressMatch, MatchLevel};
use super::index::{ReferenceIndex, block};
use crate::address::{NameMatch, StreetNumber};

/// Farthest distance of two addresses of one number on one street, metres. Source: adresses-util.
const NEIGHBOURS: f64 = 100.0;
/// Least number of common numbers. Source: adresses-util.
const COMMON_NUMBERS: usize = 2;

/// A street that the IPE and the reference name differently: one grouped ticket instead of one for
/// each address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SameStreet {
    /// INSEE code of the commune of today.
    pub insee: String,
    /// Type and name in the IPE.
    pub ipe_name: String,
    /// Name in the reference.
    pub reference_name: String,
    /// Numbers that both have within 100 metres.
    pub numbers: BTreeSet<u32>,
    /// The buildings of these numbers.
    pub buildings: Vec<String>,
}

/// Pairs of names seen at neighbouring addresses.
#[derive(Debug, Default)]
pub struct StreetEvidence {
    pairs: BTreeMap<(String, String, String), SameStreet>,
}

impl StreetEvidence {
    /// Observes a line that has no match by name.
    pub fn add(&mut self, line: &IpeAddress, found: &AddressMatch, index: &ReferenceIndex) {
        let (StreetNumber::One(number), Some(position)) = (line.number, line.position) else { return };
        if matches!(found.level, MatchLevel::Sure | MatchLevel::Ambiguous) || line.street.is_empty() {
            return;
        }
        for at in index.of_number(&line.insee, line.number) {
            let address = &index.addresses()[at as usize];
            let near = address.position.is_some_and(|other| other.distance(position) <= NEIGHBOURS);
            let other_name = index.compare_street(at, line) != NameMatch::Same;
            if !near || !other_name || !address.is_evidence || address.suffix != line.suffix {
                continue;
            }
            let insee = block(&line.insee).to_owned();
            let key = (insee.clone(), line.street.key(), address.street.clone());
            let pair = self.pairs.entry(key).or_insert_with(|| SameStreet {
                insee,
                ipe_name: line.street_text.clone(),
                reference_name: address.street.clone(),
                numbers: BTreeSet::new(),
                buildings: Vec::new(),
            });
            pair.numbers.insert(number);
            pair.buildings.push(line.building.clone());
        }
    }

    /// The streets with two common numbers at least, by commune and name.
    #[must_use]
    pub fn finish(self) -> Vec<SameStreet> {
        self.pairs.into_values().filter(|pair| pair.numbers.len() >= COMMON_NUMBERS).collect()
    }
}

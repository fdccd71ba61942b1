//! The match of one line.

use super::IpeAddress;
use super::index::ReferenceIndex;
use crate::address::{NameMatch, StreetNumber};
use crate::sources::Crosswalk;

/// Farthest distance of one address, metres.
const SURE: f64 = 50.0;
/// Farthest distance that a person should look at, metres.
const NEAR: f64 = 200.0;

/// The confidence of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatchLevel {
    /// One address.
    Sure,
    /// Probably one: a person decides, see the warnings.
    Review,
    /// Several addresses fit equally.
    Ambiguous,
    /// The address fits but its position contradicts it.
    Conflict,
    /// No address.
    None,
}

/// The key of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatchKey {
    /// Arcep's crosswalk.
    Crosswalk,
    /// `CodeBAN`.
    Ban,
    /// Commune, Rivoli code, number and suffix.
    Rivoli,
    /// Hexaclé.
    Hexacle,
    /// Commune, number, suffix and street name.
    Text,
}

/// A fact that a person should know about a match.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatchWarning {
    /// The key fits an address of another street name.
    OtherStreetName,
    /// The name fits in part, or by one reading of an ambiguous type.
    NearName,
    /// The key fits an address of another number or suffix.
    OtherNumber,
    /// The positions are this many metres apart.
    Distant(f64),
    /// The reference has the number with its suffix written in two ways, such as `12b` and `12bis`.
    SuffixWrittenTwice,
    /// The reference took the address from the operators' own files.
    NoEvidence,
}

/// The match of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct AddressMatch {
    /// Confidence.
    pub level: MatchLevel,
    /// The key that led to the address.
    pub by: Option<MatchKey>,
    /// The addresses, by their index in [`ReferenceIndex::addresses`], the best first; one unless
    /// ambiguous.
    pub addresses: Vec<u32>,
    /// Facts for a person.
    pub warnings: Vec<MatchWarning>,
}

impl AddressMatch {
    const NONE: Self =
        Self { level: MatchLevel::None, by: None, addresses: Vec::new(), warnings: Vec::new() };

    /// Returns whether the match is evidence: sure, and not with an address that comes from the
    /// operators themselves.
    #[must_use]
    pub fn is_evidence(&self) -> bool {
        self.level == MatchLevel::Sure && !self.warnings.contains(&MatchWarning::NoEvidence)
    }
}

impl ReferenceIndex {
    /// Finds the address of a line.
    #[must_use]
    pub fn find(&self, line: &IpeAddress, crosswalk: Option<&Crosswalk>) -> AddressMatch {
        let crossed = crosswalk.and_then(|crosswalk| crosswalk.get(&line.building));
        for (by, key) in [(MatchKey::Crosswalk, crossed), (MatchKey::Ban, Some(line.ban.as_str()))] {
            let found = key.filter(|key| !key.is_empty()).and_then(|key| self.of_key(key));
            if let Some(found) = found {
                return self.by_key(line, by, &[found]);
            }
        }
        if !line.rivoli.is_empty() && matches!(line.number, StreetNumber::One(_)) {
            let found = self.of_rivoli(&line.insee, &line.rivoli, line.number);
            let found: Vec<u32> = found.iter().copied().filter(|at| self.has_suffix(*at, line)).collect();
            if !found.is_empty() {
                return self.by_key(line, MatchKey::Rivoli, &found);
            }
        }
        if !line.hexacle.is_empty() {
            let found = self.of_hexacle(&line.hexacle);
            if !found.is_empty() {
                return self.by_key(line, MatchKey::Hexacle, found);
            }
        }
        self.by_text(line)
    }

    fn has_suffix(&self, at: u32, line: &IpeAddress) -> bool {
        self.addresses[at as usize].suffix == line.suffix
    }

    /// Compares the street of an address, by its name or the abbreviated one, with that of a line.
    pub(super) fn compare_street(&self, at: u32, line: &IpeAddress) -> NameMatch {
        let street = &self.streets[self.street_of[at as usize] as usize];
        let by_name = line.street.compare(&street.name);
        let by_afnor = street.afnor.as_ref().map(|afnor| line.street.compare(afnor));
        by_afnor.map_or(by_name, |by_afnor| by_name.max(by_afnor))
    }

    fn distance(&self, at: u32, line: &IpeAddress) -> Option<f64> {
        Some(line.position?.distance(self.addresses[at as usize].position?))
    }

    fn by_key(&self, line: &IpeAddress, by: MatchKey, found: &[u32]) -> AddressMatch {
        let mut result = self.choose(line, by, found.to_vec());
        let Some(first) = result.addresses.first().copied() else { return result };
        let address = &self.addresses[first as usize];
        let mut doubt = |warning| {
            result.warnings.push(warning);
            if result.level == MatchLevel::Sure {
                result.level = MatchLevel::Review;
            }
        };
        if !line.street.is_empty() {
            match self.compare_street(first, line) {
                NameMatch::Same => {}
                NameMatch::Review => doubt(MatchWarning::NearName),
                NameMatch::Different => doubt(MatchWarning::OtherStreetName),
            }
        }
        let known = line.number != StreetNumber::Unknown;
        if known && (!line.number.meets(address.number) || line.suffix != address.suffix) {
            doubt(MatchWarning::OtherNumber);
        }
        result
    }

    fn by_text(&self, line: &IpeAddress) -> AddressMatch {
        if line.street.is_empty() {
            return AddressMatch::NONE;
        }
        let block = self.of_number(&line.insee, line.number);
        let candidates = block.into_iter().filter(|at| self.has_suffix(*at, line));
        let compared: Vec<(NameMatch, u32)> =
            candidates.map(|at| (self.compare_street(at, line), at)).collect();
        for (wanted, warning) in [(NameMatch::Same, None), (NameMatch::Review, Some(MatchWarning::NearName))]
        {
            let found: Vec<u32> =
                compared.iter().filter(|(name, _)| *name == wanted).map(|(_, at)| *at).collect();
            if found.is_empty() {
                continue;
            }
            let mut result = self.choose(line, MatchKey::Text, found);
            if let Some(warning) = warning {
                result.warnings.push(warning);
                if result.level == MatchLevel::Sure {
                    result.level = MatchLevel::Review;
                }
            }
            return result;
        }
        AddressMatch::NONE
    }

    /// Chooses among addresses that fit equally: by distance, since two hamlets of one commune may
    /// have the same name.
    fn choose(&self, line: &IpeAddress, by: MatchKey, mut found: Vec<u32>) -> AddressMatch {
        let far = |at: &u32| self.distance(*at, line).unwrap_or(f64::INFINITY);
        found.sort_by(|left, right| far(left).total_cmp(&far(right)));
        let mut warnings = Vec::new();
        let written = |at: u32| self.addresses[at as usize].suffix_written.to_ascii_lowercase();
        let streets = |at: u32| self.street_of[at as usize];
        let first = found[0];
        let twice = found.iter().any(|at| streets(*at) == streets(first) && written(*at) != written(first));
        if twice && line.suffix.is_some() {
            warnings.push(MatchWarning::SuffixWrittenTwice);
            return AddressMatch { level: MatchLevel::Ambiguous, by: Some(by), addresses: found, warnings };
        }
        // A group of numbers is one line for several addresses.
        let is_group = matches!(line.number, StreetNumber::Group(..));
        let second = found.get(1).map(far).filter(|_| !is_group);
        let mut level = match self.distance(first, line) {
            None => MatchLevel::Sure,
            Some(distance) if distance <= SURE => MatchLevel::Sure,
            Some(distance) => {
                warnings.push(MatchWarning::Distant(distance.round()));
                if distance <= NEAR { MatchLevel::Review } else { MatchLevel::Conflict }
            }
        };
        if second.is_some_and(|second| second <= NEAR || second.is_infinite()) {
            level = MatchLevel::Ambiguous;
        } else if !is_group {
            found.truncate(1);
        }
        if found.iter().any(|at| !self.addresses[*at as usize].is_evidence) {
            warnings.push(MatchWarning::NoEvidence);
        }
        AddressMatch { level, by: Some(by), addresses: found, warnings }
    }
}

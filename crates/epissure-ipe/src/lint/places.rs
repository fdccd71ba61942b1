//! Communes, looked up once: a file repeats few of them.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use epissure_protocol::identifiers::communes::{self, Commune};
use epissure_protocol::identifiers::{Territory, is_insee};
use xxhash_rust::xxh3::xxh3_64;

/// Most triples of INSEE code, postcode and city that are remembered: some megabytes.
const MOST_TRIPLES: usize = 200_000;

/// The commune and the territory of an INSEE code.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// The commune of today; `None` when the code is unknown.
    pub(super) commune: Option<Commune<'static>>,
    /// Its territory.
    pub(super) territory: Option<&'static Territory>,
}

impl Place {
    /// A place that nothing designates.
    pub(super) const NOWHERE: Self = Self { commune: None, territory: None };
}

/// The fit of a postcode and a city with a commune.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    pub(super) postcode: bool,
    pub(super) city: bool,
}

/// The hasher of keys that are hashes already.
#[derive(Debug, Default)]
pub(super) struct HashedKey(u64);

impl Hasher for HashedKey {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// The places seen so far.
#[derive(Debug)]
pub(super) struct Places {
    last: ([u8; 5], Place),
    /// INSEE code, postcode and city of the row before, when nothing was wrong with them.
    right: (Vec<u8>, Place),
    places: HashMap<u64, Place, BuildHasherDefault<HashedKey>>,
    fits: HashMap<u64, Fit, BuildHasherDefault<HashedKey>>,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            last: ([0; 5], Place::NOWHERE),
            right: (Vec::new(), Place::NOWHERE),
            places: HashMap::default(),
            fits: HashMap::default(),
        }
    }
}

impl Places {
    /// The place of the row before, when this one has the same INSEE code, postcode and city, and
    /// all were right.
    pub(super) fn repeated(&self, triple: [&[u8]; 3]) -> Option<Place> {
        let mut rest = self.right.0.as_slice();
        for part in triple {
            rest = rest.strip_prefix(part)?.strip_prefix(&[0])?;
        }
        Some(self.right.1)
    }

    /// Remembers a right triple.
    pub(super) fn remember(&mut self, triple: [&[u8]; 3], place: Place) {
        self.right.0.clear();
        for part in triple {
            self.right.0.extend_from_slice(part);
            self.right.0.push(0);
        }
        self.right.1 = place;
    }

    /// The place of an INSEE code; nowhere for a text that is none.
    pub(super) fn find(&mut self, insee: &str) -> Place {
        let Ok(code) = <[u8; 5]>::try_from(insee.as_bytes()) else { return Place::NOWHERE };
        if !is_insee(insee) {
            return Place::NOWHERE;
        }
        if self.last.0 != code {
            let place = *self.places.entry(xxh3_64(&code)).or_insert_with(|| {
                let commune = communes::resolve(insee);
                Place {
                    commune,
                    territory: Territory::of_insee(commune.map_or(insee, |commune| commune.insee)),
                }
            });
            self.last = (code, place);
        }
        self.last.1
    }

    /// Returns the fit of a postcode and a city with a commune.
    pub(super) fn fit(&mut self, commune: Commune<'static>, postcode: &[u8], city: &[u8]) -> Fit {
        let mut key = [0; 128];
        let (used, hash);
        if postcode.len() + city.len() + 7 <= key.len() {
            key[..5].copy_from_slice(commune.insee.as_bytes());
            key[6..6 + postcode.len()].copy_from_slice(postcode);
            used = 7 + postcode.len() + city.len();
            key[used - city.len()..used].copy_from_slice(city);
            hash = xxh3_64(&key[..used]);
        } else {
            hash = xxh3_64(&[commune.insee.as_bytes(), postcode, city].join(&0));
        }
        if let Some(fit) = self.fits.get(&hash) {
            return *fit;
        }
        if self.fits.len() >= MOST_TRIPLES {
            self.fits.clear();
        }
        let city = crate::encoding::RowEncoding::of(city).decode(city);
        let fit = Fit {
            postcode: std::str::from_utf8(postcode).is_ok_and(|postcode| commune.has_postcode(postcode)),
            city: commune.is_named(&city) || commune.is_nearly_named(&city),
        };
        self.fits.insert(hash, fit);
        fit
    }
}

//! Places of the demo's tickets: real communes, invented streets.

use epissure_protocol::identifiers::communes;
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

/// Communes: INSEE code, a point (WGS 84: longitude, latitude), and true for a very dense area.
const COMMUNES: &[(&str, f64, f64, bool)] = &[
    ("01004", 5.36, 45.96, false),
    ("06088", 7.26, 43.70, true),
    ("09001", 1.47, 43.04, false),
    ("12202", 2.57, 44.35, false),
    ("14118", -0.37, 49.18, false),
    ("15014", 2.44, 44.93, false),
    ("21231", 5.04, 47.32, false),
    ("29019", -4.49, 48.39, false),
    ("2A004", 8.74, 41.92, false),
    ("31555", 1.44, 43.60, true),
    ("33063", -0.58, 44.84, true),
    ("34172", 3.88, 43.61, true),
    ("35238", -1.68, 48.11, true),
    ("38185", 5.73, 45.19, true),
    ("44109", -1.55, 47.22, true),
    ("48095", 3.50, 44.52, false),
    ("56260", -2.76, 47.66, false),
    ("59350", 3.06, 50.63, true),
    ("64445", -0.37, 43.30, false),
    ("67482", 7.75, 48.58, true),
    ("69383", 4.85, 45.76, true),
    ("87085", 1.26, 45.83, false),
    ("97411", 55.45, -20.88, false),
];

const TYPES: &[&str] = &["RUE", "AVENUE", "CHEMIN", "IMPASSE", "ALLEE", "PLACE", "BOULEVARD", "ROUTE"];
const NAMES: &[&str] = &[
    "DU MOULIN ROUX",
    "DES TROIS NOISETIERS",
    "DE LA VIEILLE FORGE",
    "DU PRE JOLI",
    "DES ENFANTS DU PHARE",
    "DE LA FONTAINE BLEUE",
    "DU LAVOIR COUVERT",
    "DES QUATRE MERISIERS",
    "DE LA CROIX DU GUET",
    "DU PETIT ARPENT",
    "DES HAUTES VIGNES",
    "DE LA TUILERIE BASSE",
    "DU CLOS AUX MERLES",
    "DES TISSERANDES",
];

/// A commune, and an address in it.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// INSEE code.
    pub(super) insee: &'static str,
    /// Name of the commune.
    pub(super) city: &'static str,
    /// One of the commune's postcodes.
    pub(super) postcode: &'static str,
    /// True for a very dense area.
    pub(super) dense: bool,
    /// Longitude, in degrees (WGS 84).
    pub(super) x: f64,
    /// Latitude, in degrees (WGS 84).
    pub(super) y: f64,
    /// Type of street.
    pub(super) street_type: &'static str,
    /// Name of the street.
    pub(super) street: &'static str,
    /// Number in the street.
    pub(super) number: u32,
    /// Rivoli code of the street.
    pub(super) rivoli: String,
}

impl Place {
    /// Returns a random place.
    pub(super) fn pick(random: &mut StdRng) -> Self {
        let (insee, x, y, dense) = COMMUNES[random.random_range(0..COMMUNES.len())];
        let commune = communes::by_insee(insee);
        let postcode = commune.and_then(|commune| commune.postcodes().next()).unwrap_or("00000");
        let mut near = |centre: f64| (centre + random.random_range(-0.012..0.012)) * 1e5;
        let (x, y) = (near(x).round() / 1e5, near(y).round() / 1e5);
        Self {
            insee,
            city: commune.map_or("?", |commune| commune.name),
            postcode,
            dense,
            x,
            y,
            street_type: TYPES[random.random_range(0..TYPES.len())],
            street: NAMES[random.random_range(0..NAMES.len())],
            number: random.random_range(1..180),
            rivoli: format!("{:04}", random.random_range(100..3000)),
        }
    }

    /// Returns the address, as in an IPE.
    pub(super) fn address(&self) -> Value {
        json!({
            "postcode": self.postcode,
            "city": self.city,
            "streetType": self.street_type,
            "streetName": self.street,
            "streetNr": self.number.to_string(),
            "code_insee": self.insee,
            "code_rivoli": self.rivoli,
        })
    }

    /// Returns the point.
    pub(super) fn point(&self) -> Value {
        json!({"x": self.x, "y": self.y, "type": "WGS84"})
    }

    /// Returns the key in the national address database.
    pub(super) fn ban(&self) -> String {
        format!("{}_{}_{:05}", self.insee, self.rivoli, self.number)
    }
}

/// Returns a random identifier of a building, in the OI's own format.
pub(super) fn building(oi: &str, insee: &str, random: &mut StdRng) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let counter: String = (0..4).map(|_| char::from(DIGITS[random.random_range(0..DIGITS.len())])).collect();
    if oi == "FTEL" { format!("IMB/{insee}/X/{counter}") } else { format!("{oi}-{insee}-{counter}") }
}

#[cfg(test)]
mod tests {
    use epissure_protocol::identifiers::{Findings, check_address, check_point};
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn every_place_is_consistent() {
        let mut random = StdRng::seed_from_u64(7);
        for _ in 0..500 {
            let place = Place::pick(&mut random);
            let mut findings = Findings::new();
            let Value::Object(address) = place.address() else { panic!("an address is an object") };
            check_address(&address, "/address", &mut findings);
            check_point(&place.point(), Some(place.insee), "/point", &mut findings);
            let found: Vec<_> = findings.iter().collect();
            assert!(found.is_empty(), "{place:?} {found:?}");
        }
    }
}

//! The coordinate systems of geographic points, and the territories they serve.

use serde::{Deserialize, Serialize};

use super::communes::department;
use super::insee::is_insee;

/// A coordinate system of the official schema (`GeographicPoint.type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Projection {
    /// WGS 84, longitude and latitude in degrees: anywhere; the reference of Guadeloupe and
    /// Martinique.
    Wgs84,
    /// Lambert 93, metres: metropolitan France. The contract spells it `RFG93`; the system itself
    /// is `RGF93`.
    #[serde(alias = "RGF93")]
    Rfg93,
    /// UTM zone 22 N, metres: Guyane.
    Rgfg95,
    /// UTM zone 40 S, metres: La Réunion.
    Rgr92,
    /// UTM zone 38 S, metres: Mayotte.
    Rgm04,
    /// UTM zone 21 N, metres: Saint-Pierre-et-Miquelon.
    Rgspm06,
}

/// A rectangle: least x, least y, greatest x, greatest y; edges included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds(pub f64, pub f64, pub f64, pub f64);

impl Bounds {
    /// Returns true when a point is inside.
    #[must_use]
    pub fn contains(&self, x: f64, y: f64) -> bool {
        (self.0..=self.2).contains(&x) && (self.1..=self.3).contains(&y)
    }
}

impl Projection {
    /// Every coordinate system of the contract, in its order.
    pub const ALL: [Self; 6] =
        [Self::Wgs84, Self::Rfg93, Self::Rgfg95, Self::Rgr92, Self::Rgm04, Self::Rgspm06];

    /// Returns the system of a name of the contract, spelled exactly.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|projection| projection.as_str() == name)
    }

    /// Returns the name in the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wgs84 => "WGS84",
            Self::Rfg93 => "RFG93",
            Self::Rgfg95 => "RGFG95",
            Self::Rgr92 => "RGR92",
            Self::Rgm04 => "RGM04",
            Self::Rgspm06 => "RGSPM06",
        }
    }

    /// Returns the code in the EPSG registry.
    #[must_use]
    pub const fn epsg(self) -> u16 {
        match self {
            Self::Wgs84 => 4326,
            Self::Rfg93 => 2154,
            Self::Rgfg95 => 2972,
            Self::Rgr92 => 2975,
            Self::Rgm04 => 4471,
            Self::Rgspm06 => 4467,
        }
    }

    /// Returns the range of coordinates: the world in degrees, or the land of the territory in
    /// metres. The planar boxes are the land's longitudes and latitudes projected with PROJ,
    /// rounded outwards.
    #[must_use]
    pub const fn bounds(self) -> Bounds {
        match self {
            Self::Wgs84 => Bounds(-180.0, -90.0, 180.0, 90.0),
            Self::Rfg93 => Bounds(0.0, 6_000_000.0, 1_300_000.0, 7_200_000.0),
            Self::Rgfg95 => Bounds(88_000.0, 221_000.0, 445_000.0, 654_000.0),
            Self::Rgr92 => Bounds(302_000.0, 7_621_000.0, 392_000.0, 7_700_000.0),
            Self::Rgm04 => Bounds(489_000.0, 8_551_000.0, 544_000.0, 8_619_000.0),
            Self::Rgspm06 => Bounds(537_000.0, 5_171_000.0, 577_000.0, 5_228_000.0),
        }
    }

    /// Returns the planar system, if any, whose land contains a pair of coordinates. The boxes do
    /// not overlap.
    #[must_use]
    pub fn planar_at(x: f64, y: f64) -> Option<Self> {
        Self::ALL.into_iter().skip(1).find(|projection| projection.bounds().contains(x, y))
    }
}

/// A part of France with one reference coordinate system.
#[derive(Debug, PartialEq)]
pub struct Territory {
    /// Name, as used in a sentence.
    pub name: &'static str,
    /// Departments of the territory; empty for all those of metropolitan France.
    pub departments: &'static [&'static str],
    /// Reference system among those of the contract: WGS 84 where the contract has no other.
    pub projection: Projection,
    /// Bounds of the land, in degrees of longitude and latitude; `None` where it is scattered.
    pub area: Option<Bounds>,
}

/// Every territory, metropolitan France first.
///
/// Use areas are those of the `projections.json` of Etalab's `project-legal`. Metropolitan France
/// is narrowed to its land; Wallis is widened to Futuna, and the zones of Polynesia are joined.
pub static TERRITORIES: &[Territory] = &[
    Territory {
        name: "metropolitan France",
        departments: &[],
        projection: Projection::Rfg93,
        area: Some(Bounds(-5.2, 41.0, 9.7, 51.6)),
    },
    Territory {
        name: "the French West Indies",
        departments: &["971", "972", "977", "978"],
        projection: Projection::Wgs84,
        area: Some(Bounds(-63.66, 14.08, -57.52, 18.54)),
    },
    Territory {
        name: "Guyane",
        departments: &["973"],
        projection: Projection::Rgfg95,
        area: Some(Bounds(-54.6, 2.11, -49.46, 8.88)),
    },
    Territory {
        name: "La Réunion",
        departments: &["974"],
        projection: Projection::Rgr92,
        area: Some(Bounds(51.83, -24.72, 58.24, -18.28)),
    },
    Territory {
        name: "Saint-Pierre-et-Miquelon",
        departments: &["975"],
        projection: Projection::Rgspm06,
        area: Some(Bounds(-57.1, 43.41, -55.9, 47.37)),
    },
    Territory {
        name: "Mayotte",
        departments: &["976"],
        projection: Projection::Rgm04,
        area: Some(Bounds(43.68, -14.49, 46.7, -11.33)),
    },
    Territory {
        name: "Wallis-et-Futuna",
        departments: &["986"],
        projection: Projection::Wgs84,
        area: Some(Bounds(-178.5, -14.6, -176.0, -13.0)),
    },
    Territory {
        name: "French Polynesia",
        departments: &["987"],
        projection: Projection::Wgs84,
        area: Some(Bounds(-155.0, -29.0, -132.0, -7.0)),
    },
    Territory {
        name: "New Caledonia",
        departments: &["988"],
        projection: Projection::Wgs84,
        area: Some(Bounds(163.55, -22.75, 168.2, -19.54)),
    },
    Territory {
        name: "the uninhabited territories",
        departments: &["984", "989"],
        projection: Projection::Wgs84,
        area: None,
    },
];

impl Territory {
    /// Returns the territory of a commune; `None` when the code is not an INSEE code or its
    /// department is unknown.
    #[must_use]
    pub fn of_insee(code_insee: &str) -> Option<&'static Self> {
        if !is_insee(code_insee) {
            return None;
        }
        let department = department(code_insee);
        if department.len() == 2 {
            return TERRITORIES.first();
        }
        TERRITORIES.iter().find(|territory| territory.departments.contains(&department))
    }

    /// Returns the territory whose land contains a longitude and a latitude. The areas do not
    /// overlap.
    #[must_use]
    pub fn at(longitude: f64, latitude: f64) -> Option<&'static Self> {
        TERRITORIES
            .iter()
            .find(|territory| territory.area.is_some_and(|area| area.contains(longitude, latitude)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlap(left: Bounds, right: Bounds) -> bool {
        left.0 <= right.2 && right.0 <= left.2 && left.1 <= right.3 && right.1 <= left.3
    }

    fn transposed(bounds: Bounds) -> Bounds {
        Bounds(bounds.1, bounds.0, bounds.3, bounds.2)
    }

    #[test]
    fn a_swap_of_degrees_is_always_seen() {
        let areas: Vec<Bounds> = TERRITORIES.iter().filter_map(|territory| territory.area).collect();
        for (i, left) in areas.iter().enumerate() {
            for (j, right) in areas.iter().enumerate() {
                assert!(i == j || !overlap(*left, *right), "{left:?} {right:?}");
                assert!(!overlap(*left, transposed(*right)), "{left:?} {right:?}");
            }
        }
    }

    #[test]
    fn planar_boxes_do_not_overlap() {
        let planar = &Projection::ALL[1..];
        for (i, left) in planar.iter().enumerate() {
            for right in &planar[i + 1..] {
                assert!(!overlap(left.bounds(), right.bounds()), "{left:?} {right:?}");
                assert!(!overlap(left.bounds(), transposed(right.bounds())), "{left:?} {right:?}");
            }
        }
    }

    #[test]
    fn names_are_those_of_the_contract() {
        for projection in Projection::ALL {
            assert_eq!(serde_json::to_value(projection).unwrap(), projection.as_str());
            assert_eq!(Projection::parse(projection.as_str()), Some(projection));
        }
        assert_eq!(serde_json::from_str::<Projection>("\"RGF93\"").unwrap(), Projection::Rfg93);
        assert_eq!(Projection::parse("RGF93"), None);
        assert_eq!(Projection::parse("wgs84"), None);
    }

    #[test]
    fn communes_belong_to_territories() {
        for (insee, expected) in [
            ("09001", Some(Projection::Rfg93)),
            ("2A004", Some(Projection::Rfg93)),
            ("97105", Some(Projection::Wgs84)),
            ("97302", Some(Projection::Rgfg95)),
            ("97411", Some(Projection::Rgr92)),
            ("97502", Some(Projection::Rgspm06)),
            ("97608", Some(Projection::Rgm04)),
            ("98818", Some(Projection::Wgs84)),
            ("98412", Some(Projection::Wgs84)),
            ("97999", None),
            ("9700", None),
        ] {
            assert_eq!(Territory::of_insee(insee).map(|territory| territory.projection), expected, "{insee}");
        }
        assert_eq!(Territory::at(2.3522, 48.8566), TERRITORIES.first());
        assert_eq!(Territory::at(0.0, 0.0), None);
    }
}

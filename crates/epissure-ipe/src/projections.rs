//! Coordinate systems of IPE files, to and from longitude and latitude in degrees.
//!
//! RGF93, RGAF09, RGFG95, RGR92, RGM04 and RGSPM06 are treated as WGS 84: they differ by less than
//! a metre, far below the precision of the files. Lambert II étendu stands on another datum (NTF),
//! which the three-parameter shift of IGN (-168, -60, 320 m) brings to WGS 84 within 5 metres.
//! Accuracy against PROJ's formulas: below a millimetre.
//!
//! Sources: IGN, *Projection cartographique conique conforme de Lambert* (NTG 71) and *Changement
//! de système géodésique* (NTG 80); Karney, *Transverse Mercator with an accuracy of a few
//! nanometers* (2011); EPSG registry for the parameters.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

use epissure_protocol::identifiers::{Bounds, Territory, communes};

/// A coordinate system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Crs {
    /// WGS 84, longitude then latitude in degrees (EPSG:4326).
    Degrees,
    /// Web Mercator, metres (EPSG:3857). Protocol v2 glosses its label `WGS84` as this system.
    WebMercator,
    /// RGF93 / Lambert-93, metres (EPSG:2154): metropolitan France.
    Lambert93,
    /// NTF / Lambert zone II étendue, metres (EPSG:27572): metropolitan France, older files.
    Lambert2Extended,
    /// UTM zone 20 N (RGAF09, EPSG:5490): Guadeloupe, Martinique, Saint-Martin, Saint-Barthélemy.
    Utm20North,
    /// UTM zone 21 N (RGSPM06, EPSG:4467): Saint-Pierre-et-Miquelon.
    Utm21North,
    /// UTM zone 22 N (RGFG95, EPSG:2972): Guyane.
    Utm22North,
    /// UTM zone 38 S (RGM04, EPSG:4471): Mayotte.
    Utm38South,
    /// UTM zone 40 S (RGR92, EPSG:2975): La Réunion.
    Utm40South,
}

/// A position in degrees.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct LonLat {
    /// Longitude, degrees east of Greenwich.
    pub lon: f64,
    /// Latitude, degrees north.
    pub lat: f64,
}

impl LonLat {
    /// Distance in metres along the Earth's mean sphere; within 0.6 % of the ellipsoid's.
    #[must_use]
    pub fn distance(self, other: Self) -> f64 {
        const RADIUS: f64 = 6_371_008.8;
        let (from, to) = (self.lat.to_radians(), other.lat.to_radians());
        let half = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
        let chord = half(other.lat - self.lat) + from.cos() * to.cos() * half(other.lon - self.lon);
        2.0 * RADIUS * chord.sqrt().min(1.0).asin()
    }
}

impl Crs {
    /// Every system.
    pub const ALL: [Self; 9] = [
        Self::Degrees,
        Self::WebMercator,
        Self::Lambert93,
        Self::Lambert2Extended,
        Self::Utm20North,
        Self::Utm21North,
        Self::Utm22North,
        Self::Utm38South,
        Self::Utm40South,
    ];

    /// The code in the EPSG registry.
    #[must_use]
    pub const fn epsg(self) -> u16 {
        match self {
            Self::Degrees => 4326,
            Self::WebMercator => 3857,
            Self::Lambert93 => 2154,
            Self::Lambert2Extended => 27572,
            Self::Utm20North => 5490,
            Self::Utm21North => 4467,
            Self::Utm22North => 2972,
            Self::Utm38South => 4471,
            Self::Utm40South => 2975,
        }
    }

    /// The label in `TypeProjectionGeographique`. Web Mercator shares that of degrees.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Degrees | Self::WebMercator => "WGS84",
            Self::Lambert93 => "RGF93",
            Self::Lambert2Extended => "LAMB2E",
            Self::Utm20North => "RGAF09",
            Self::Utm21North => "RGSPM06",
            Self::Utm22North => "RGFG95",
            Self::Utm38South => "RGM04",
            Self::Utm40South => "RGR92",
        }
    }

    /// The systems that a label may mean; none for an unknown label. `RFG93` is the contract's
    /// spelling of `RGF93`.
    #[must_use]
    pub fn of_label(label: &str) -> &'static [Self] {
        match label.trim().to_ascii_uppercase().as_str() {
            "WGS84" => &[Self::Degrees, Self::WebMercator],
            "RGF93" | "RFG93" => &[Self::Lambert93],
            "LAMB2E" => &[Self::Lambert2Extended],
            "RGAF09" => &[Self::Utm20North],
            "RGSPM06" => &[Self::Utm21North],
            "RGFG95" => &[Self::Utm22North],
            "RGM04" => &[Self::Utm38South],
            "RGR92" => &[Self::Utm40South],
            _ => &[],
        }
    }

    /// The system in metres that serves a territory: its legal one where the contract has none.
    #[must_use]
    pub fn planar_of(territory: &Territory) -> Option<Self> {
        Some(match territory.departments {
            [] => Self::Lambert93,
            ["971" | "972", ..] => Self::Utm20North,
            ["973"] => Self::Utm22North,
            ["974"] => Self::Utm40South,
            ["975"] => Self::Utm21North,
            ["976"] => Self::Utm38South,
            _ => return None,
        })
    }

    /// The position of a pair of coordinates. `None` when they are not finite or lie beyond the
    /// system's formulas.
    #[must_use]
    pub fn to_degrees(self, x: f64, y: f64) -> Option<LonLat> {
        let (lon, lat) = match self {
            Self::Degrees => (x, y),
            Self::WebMercator => {
                let lat = 2.0 * (y / SPHERE).exp().atan() - FRAC_PI_2;
                ((x / SPHERE).to_degrees(), lat.to_degrees())
            }
            Self::Lambert93 => LAMBERT_93.inverse(x, y),
            Self::Lambert2Extended => {
                let (lon, lat) = LAMBERT_2_EXTENDED.inverse(x, y);
                ntf_to_wgs84(lon, lat)
            }
            utm => utm.zone()?.inverse(x, y),
        };
        let valid = lon.is_finite() && lat.is_finite() && lon.abs() <= 180.0 && lat.abs() <= 90.0;
        valid.then_some(LonLat { lon, lat })
    }

    /// The pair of coordinates of a position; `None` when it lies beyond the system's formulas.
    #[must_use]
    pub fn from_degrees(self, position: LonLat) -> Option<(f64, f64)> {
        let LonLat { lon, lat } = position;
        if !(lon.abs() <= 180.0 && lat.abs() < 89.9) {
            return None;
        }
        let (x, y) = match self {
            Self::Degrees => (lon, lat),
            Self::WebMercator => {
                (SPHERE * lon.to_radians(), SPHERE * (FRAC_PI_4 + lat.to_radians() / 2.0).tan().ln())
            }
            Self::Lambert93 => LAMBERT_93.forward(lon, lat),
            Self::Lambert2Extended => {
                let (lon, lat) = wgs84_to_ntf(lon, lat);
                LAMBERT_2_EXTENDED.forward(lon, lat)
            }
            utm => {
                let zone = utm.zone()?;
                // The series of the transverse Mercator projection holds near its meridian.
                if (lon - zone.meridian).abs() > 20.0 {
                    return None;
                }
                zone.forward(lon, lat)
            }
        };
        (x.is_finite() && y.is_finite()).then_some((x, y))
    }

    fn zone(self) -> Option<Utm> {
        let (zone, south) = match self {
            Self::Utm20North => (20, false),
            Self::Utm21North => (21, false),
            Self::Utm22North => (22, false),
            Self::Utm38South => (38, true),
            Self::Utm40South => (40, true),
            _ => return None,
        };
        let northing = if south { 10_000_000.0 } else { 0.0 };
        Some(Utm { meridian: f64::from(zone) * 6.0 - 183.0, northing })
    }
}

/// The reading of a row's coordinates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointReading {
    /// The system that fits.
    pub crs: Crs,
    /// The position.
    pub position: LonLat,
    /// True if x and y are exchanged.
    pub swapped: bool,
    /// True if the label designates the system; an empty label designates none.
    pub by_label: bool,
}

/// Reads a row's coordinates by its label and its commune.
///
/// The commune decides: a system fits when the position lies in the territory of the commune. Those
/// that the label designates come first, as written, then exchanged; then the others of the
/// territory. Boxes in metres are no evidence: a quarter of metropolitan points in Web Mercator
/// have plausible Lambert-93 coordinates. Without a known commune, the label alone decides, and the
/// position must lie in France.
///
/// ```
/// use epissure_ipe::projections::{Crs, read_point};
///
/// // Web Mercator under the label WGS84, although inside the box of Lambert 93.
/// let paris = read_point("WGS84", 261_845.71, 6_250_564.35, "75056").expect("a position");
/// assert_eq!(paris.crs, Crs::WebMercator);
/// assert!((paris.position.lon - 2.3522).abs() < 1e-4 && (paris.position.lat - 48.8566).abs() < 1e-4);
/// ```
#[must_use]
pub fn read_point(label: &str, x: f64, y: f64, insee: &str) -> Option<PointReading> {
    let territory = communes::resolve(insee).and_then(|commune| Territory::of_insee(commune.insee));
    read_point_in(label, x, y, territory)
}

/// Reads a row's coordinates by its label and the territory of its commune.
pub(crate) fn read_point_in(
    label: &str,
    x: f64,
    y: f64,
    territory: Option<&Territory>,
) -> Option<PointReading> {
    let labelled = Crs::of_label(label);
    let fits = |crs: Crs, x: f64, y: f64| {
        let position = crs.to_degrees(x, y)?;
        let here = match territory.and_then(|territory| territory.area) {
            Some(Bounds(west, south, east, north)) => {
                Bounds(west, south, east, north).contains(position.lon, position.lat)
            }
            None => Territory::at(position.lon, position.lat).is_some(),
        };
        here.then_some(position)
    };
    let others = territory.into_iter().flat_map(|territory| {
        let older = territory.departments.is_empty().then_some(Crs::Lambert2Extended);
        let all = [Crs::planar_of(territory), Some(Crs::Degrees), older, Some(Crs::WebMercator)];
        all.into_iter().flatten().filter(|crs| !labelled.contains(crs))
    });
    let read = |crs: Crs, swapped: bool, by_label: bool| {
        let (x, y) = if swapped { (y, x) } else { (x, y) };
        fits(crs, x, y).map(|position| PointReading { crs, position, swapped, by_label })
    };
    // A labelled system with exchanged coordinates is likelier than a wrong label.
    let mut by_label =
        [false, true].into_iter().flat_map(|swapped| labelled.iter().map(move |crs| (*crs, swapped)));
    by_label.find_map(|(crs, swapped)| read(crs, swapped, true)).or_else(|| {
        let others: Vec<Crs> = others.collect();
        let mut all =
            [false, true].into_iter().flat_map(|swapped| others.iter().map(move |crs| (*crs, swapped)));
        all.find_map(|(crs, swapped)| read(crs, swapped, false))
    })
}

/// Radius of Web Mercator's sphere, metres.
const SPHERE: f64 = 6_378_137.0;

#[derive(Debug, Clone, Copy)]
struct Ellipsoid {
    /// Semi-major axis, metres.
    a: f64,
    /// Square of the first eccentricity.
    e2: f64,
}

/// GRS 80; WGS 84 differs from it by 0.1 mm.
const GRS80: Ellipsoid = Ellipsoid { a: 6_378_137.0, e2: 0.006_694_380_022_900_788 };
/// Clarke 1880 IGN: a = 6,378,249.2 m, b = 6,356,515 m.
const CLARKE_1880: Ellipsoid =
    Ellipsoid { a: 6_378_249.2, e2: 1.0 - (6_356_515.0 / 6_378_249.2) * (6_356_515.0 / 6_378_249.2) };

impl Ellipsoid {
    /// Isometric latitude of a latitude in radians.
    fn isometric(self, lat: f64) -> f64 {
        let e = self.e2.sqrt();
        lat.sin().atanh() - e * (e * lat.sin()).atanh()
    }

    /// Latitude in radians of an isometric latitude.
    fn latitude(self, isometric: f64) -> f64 {
        let e = self.e2.sqrt();
        let mut lat = isometric.sinh().atan();
        // Each step divides the error by 150.
        for _ in 0..8 {
            let next = (isometric + e * (e * lat.sin()).atanh()).sinh().atan();
            if (next - lat).abs() < 1e-14 {
                return next;
            }
            lat = next;
        }
        lat
    }
}

/// A Lambert conformal conic projection, reduced to IGN's four constants.
struct Lambert {
    ellipsoid: Ellipsoid,
    /// Exponent.
    n: f64,
    /// Constant, metres.
    c: f64,
    /// Origin: longitude in degrees east of Greenwich, then the false easting and the northing of
    /// the pole.
    meridian: f64,
    easting: f64,
    pole: f64,
}

/// Lambert-93. Constants of IGN's NTG 71.
const LAMBERT_93: Lambert = Lambert {
    ellipsoid: GRS80,
    n: 0.725_607_765_053_267_2,
    c: 11_754_255.426_096_1,
    meridian: 3.0,
    easting: 700_000.0,
    pole: 12_655_612.049_875_97,
};

/// Longitude of the meridian of Paris, degrees: 2° 20' 14.025".
const PARIS: f64 = 2.0 + 20.0 / 60.0 + 14.025 / 3600.0;

/// Lambert II étendu. Constants of IGN's NTG 71.
const LAMBERT_2_EXTENDED: Lambert = Lambert {
    ellipsoid: CLARKE_1880,
    n: 0.728_968_627_421_412_4,
    c: 11_745_793.393_435_06,
    meridian: PARIS,
    easting: 600_000.0,
    pole: 8_199_695.768_001_861,
};

impl Lambert {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let radius = self.c * (-self.n * self.ellipsoid.isometric(lat.to_radians())).exp();
        let angle = self.n * (lon - self.meridian).to_radians();
        (self.easting + radius * angle.sin(), self.pole - radius * angle.cos())
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let (east, south) = (x - self.easting, self.pole - y);
        let angle = east.atan2(south);
        let isometric = -(east.hypot(south) / self.c).ln() / self.n;
        (self.meridian + (angle / self.n).to_degrees(), self.ellipsoid.latitude(isometric).to_degrees())
    }
}

/// A zone of the universal transverse Mercator projection on GRS 80.
struct Utm {
    /// Central meridian, degrees.
    meridian: f64,
    /// False northing, metres.
    northing: f64,
}

/// Scale on the central meridian.
const SCALE: f64 = 0.9996;
const EASTING: f64 = 500_000.0;
/// Third flattening of GRS 80.
const N: f64 = 0.001_679_220_394_629_406_2;
/// Radius of the rectifying sphere over the semi-major axis.
const RECTIFYING: f64 = (1.0 + N * N / 4.0 + N * N * N * N / 64.0) / (1.0 + N);
/// Krüger's coefficients to the fourth order: the error is below a micrometre within a zone.
const ALPHA: [f64; 4] = [
    N / 2.0 - 2.0 * N * N / 3.0 + 5.0 * N * N * N / 16.0 + 41.0 * N * N * N * N / 180.0,
    13.0 * N * N / 48.0 - 3.0 * N * N * N / 5.0 + 557.0 * N * N * N * N / 1440.0,
    61.0 * N * N * N / 240.0 - 103.0 * N * N * N * N / 140.0,
    49_561.0 * N * N * N * N / 161_280.0,
];
const BETA: [f64; 4] = [
    N / 2.0 - 2.0 * N * N / 3.0 + 37.0 * N * N * N / 96.0 - N * N * N * N / 360.0,
    N * N / 48.0 + N * N * N / 15.0 - 437.0 * N * N * N * N / 1440.0,
    17.0 * N * N * N / 480.0 - 37.0 * N * N * N * N / 840.0,
    4397.0 * N * N * N * N / 161_280.0,
];

impl Utm {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let delta = (lon - self.meridian).to_radians();
        let conformal = GRS80.isometric(lat.to_radians()).sinh();
        let xi = conformal.atan2(delta.cos());
        let eta = (delta.sin() / conformal.hypot(delta.cos())).asinh();
        let (mut north, mut east) = (xi, eta);
        for (order, alpha) in (1..).zip(ALPHA) {
            let twice = 2.0 * f64::from(order);
            north += alpha * (twice * xi).sin() * (twice * eta).cosh();
            east += alpha * (twice * xi).cos() * (twice * eta).sinh();
        }
        let radius = SCALE * RECTIFYING * GRS80.a;
        (EASTING + radius * east, self.northing + radius * north)
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let radius = SCALE * RECTIFYING * GRS80.a;
        let (north, east) = ((y - self.northing) / radius, (x - EASTING) / radius);
        let (mut xi, mut eta) = (north, east);
        for (order, beta) in (1..).zip(BETA) {
            let twice = 2.0 * f64::from(order);
            xi -= beta * (twice * north).sin() * (twice * east).cosh();
            eta -= beta * (twice * north).cos() * (twice * east).sinh();
        }
        let conformal = (xi.sin() / eta.cosh()).asin();
        let lat = GRS80.latitude(conformal.sin().atanh());
        (self.meridian + eta.sinh().atan2(xi.cos()).to_degrees(), lat.to_degrees())
    }
}

/// IGN's shift from NTF to WGS 84, metres.
const SHIFT: [f64; 3] = [-168.0, -60.0, 320.0];

fn ntf_to_wgs84(lon: f64, lat: f64) -> (f64, f64) {
    let [x, y, z] = geocentric(CLARKE_1880, lon, lat);
    geographic(GRS80, [x + SHIFT[0], y + SHIFT[1], z + SHIFT[2]])
}

fn wgs84_to_ntf(lon: f64, lat: f64) -> (f64, f64) {
    let [x, y, z] = geocentric(GRS80, lon, lat);
    geographic(CLARKE_1880, [x - SHIFT[0], y - SHIFT[1], z - SHIFT[2]])
}

fn geocentric(ellipsoid: Ellipsoid, lon: f64, lat: f64) -> [f64; 3] {
    let (lon, lat) = (lon.to_radians(), lat.to_radians());
    let normal = ellipsoid.a / (1.0 - ellipsoid.e2 * lat.sin().powi(2)).sqrt();
    [
        normal * lat.cos() * lon.cos(),
        normal * lat.cos() * lon.sin(),
        normal * (1.0 - ellipsoid.e2) * lat.sin(),
    ]
}

fn geographic(ellipsoid: Ellipsoid, [x, y, z]: [f64; 3]) -> (f64, f64) {
    let radius = x.hypot(y);
    let mut lat = z.atan2(radius * (1.0 - ellipsoid.e2));
    for _ in 0..8 {
        let normal = ellipsoid.a / (1.0 - ellipsoid.e2 * lat.sin().powi(2)).sqrt();
        lat = (z + ellipsoid.e2 * normal * lat.sin()).atan2(radius);
    }
    (y.atan2(x).to_degrees(), lat.to_degrees())
}

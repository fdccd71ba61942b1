//! The projections, held against `proj4rs` and against points of known coordinates.

#![expect(clippy::unwrap_used, reason = "a helper of a test that fails, fails")]

use epissure_ipe::projections::{Crs, LonLat, read_point};
use proj4rs::Proj;
use proptest::prelude::*;

/// PROJ's definition of a system, and the land where it is used: west, south, east, north.
fn oracle(crs: Crs) -> (&'static str, [f64; 4]) {
    const FRANCE: [f64; 4] = [-5.2, 41.0, 9.7, 51.6];
    match crs {
        Crs::Degrees => ("+proj=longlat +datum=WGS84", FRANCE),
        Crs::WebMercator => (
            "+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +nadgrids=@null",
            [-179.0, -80.0, 179.0, 80.0],
        ),
        Crs::Lambert93 => (
            "+proj=lcc +lat_1=49 +lat_2=44 +lat_0=46.5 +lon_0=3 +x_0=700000 +y_0=6600000 +ellps=GRS80 +units=m",
            FRANCE,
        ),
        Crs::Lambert2Extended => (
            "+proj=lcc +lat_1=46.8 +lat_0=46.8 +lon_0=0 +k_0=0.99987742 +x_0=600000 +y_0=2200000 +a=6378249.2 \
             +b=6356515 +towgs84=-168,-60,320,0,0,0,0 +pm=paris +units=m",
            FRANCE,
        ),
        Crs::Utm20North => ("+proj=utm +zone=20 +ellps=GRS80 +units=m", [-63.7, 14.0, -57.5, 18.6]),
        Crs::Utm21North => ("+proj=utm +zone=21 +ellps=GRS80 +units=m", [-57.1, 43.4, -55.9, 47.4]),
        Crs::Utm22North => ("+proj=utm +zone=22 +ellps=GRS80 +units=m", [-54.6, 2.1, -49.4, 8.9]),
        Crs::Utm38South => ("+proj=utm +zone=38 +south +ellps=GRS80 +units=m", [43.6, -14.5, 46.7, -11.3]),
        Crs::Utm40South => ("+proj=utm +zone=40 +south +ellps=GRS80 +units=m", [51.8, -24.8, 58.3, -18.2]),
    }
}

fn by_oracle(crs: Crs, position: LonLat) -> (f64, f64) {
    let from = Proj::from_proj_string("+proj=longlat +datum=WGS84").unwrap();
    let to = Proj::from_proj_string(oracle(crs).0).unwrap();
    let mut point = (position.lon.to_radians(), position.lat.to_radians(), 0.0);
    proj4rs::transform::transform(&from, &to, &mut point).unwrap();
    if crs == Crs::Degrees { (point.0.to_degrees(), point.1.to_degrees()) } else { (point.0, point.1) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_system_agrees_with_the_oracle_and_comes_back(east in 0.0..1.0_f64, north in 0.0..1.0_f64) {
        for crs in Crs::ALL {
            let [west, south, right, top] = oracle(crs).1;
            let position = LonLat { lon: west + east * (right - west), lat: south + north * (top - south) };
            let (x, y) = crs.from_degrees(position).unwrap();
            let (u, v) = by_oracle(crs, position);
            prop_assert!((x - u).abs() < 1e-3 && (y - v).abs() < 1e-3, "{crs:?} {position:?}: {x} {y}, {u} {v}");
            let back = crs.to_degrees(x, y).unwrap();
            prop_assert!(back.distance(position) < 1e-3, "{crs:?} {position:?} {back:?}");
        }
    }

    /// Whatever stands in a file, the formulas answer or decline.
    #[test]
    fn any_number_is_read_or_declined(x in any::<f64>(), y in any::<f64>()) {
        for crs in Crs::ALL {
            if let Some(position) = crs.to_degrees(x, y) {
                prop_assert!(position.lon.abs() <= 180.0 && position.lat.abs() <= 90.0);
            }
            let _ = crs.from_degrees(LonLat { lon: x, lat: y });
        }
    }
}

#[test]
fn points_of_known_coordinates() {
    for (crs, lon, lat, x, y) in [
        (Crs::Lambert93, 2.3522, 48.8566, 652_469.02, 6_862_035.26),
        (Crs::Lambert93, 1.47, 43.04, 575_224.85, 6_216_840.19),
        (Crs::WebMercator, 2.3522, 48.8566, 261_845.71, 6_250_564.35),
    ] {
        let (found_x, found_y) = crs.from_degrees(LonLat { lon, lat }).unwrap();
        assert!((found_x - x).abs() < 0.006 && (found_y - y).abs() < 0.006, "{crs:?}: {found_x} {found_y}");
    }
}

#[test]
fn the_commune_decides_between_systems() {
    for (label, x, y, insee, crs, swapped, by_label) in [
        ("WGS84", 2.3522, 48.8566, "75056", Crs::Degrees, false, true),
        ("WGS84", 261_845.71, 6_250_564.35, "75056", Crs::WebMercator, false, true),
        // Inside the box of Lambert II étendu, but in Guadeloupe.
        ("", 656_674.77, 1_796_154.42, "97105", Crs::Utm20North, false, false),
        ("RGF93", 656_674.77, 1_796_154.42, "97105", Crs::Utm20North, false, false),
        ("WGS84", 43.04, 1.47, "09001", Crs::Degrees, true, true),
        ("RGF93", 1.47, 43.04, "09001", Crs::Degrees, false, false),
        ("RFG93", 575_224.85, 6_216_840.19, "09001", Crs::Lambert93, false, true),
        ("", 575_224.85, 6_216_840.19, "09001", Crs::Lambert93, false, false),
    ] {
        let reading = read_point(label, x, y, insee).unwrap_or_else(|| panic!("{label} {x} {y} {insee}"));
        assert_eq!(
            (reading.crs, reading.swapped, reading.by_label),
            (crs, swapped, by_label),
            "{label} {x} {insee}"
        );
    }
    assert_eq!(read_point("RGF93", 0.0, 0.0, "09001"), None);
    assert_eq!(read_point("RGF93", f64::NAN, 1.0, "09001"), None);
}

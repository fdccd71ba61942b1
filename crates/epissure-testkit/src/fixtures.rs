//! Operators, clients and tickets that tests share.

pub mod directory;

use epissure_store::Role;
use serde_json::{Value, json};

/// The instant at which a test begins.
pub const START: &str = "2025-01-14T13:17:58.078Z";

/// The secret of every client.
pub const SECRET: &str = "the secret of every client in the tests";

/// An operator.
#[derive(Debug)]
pub struct Operator {
    /// Its code.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Whether it treats tickets.
    pub oi: bool,
    /// Whether it opens tickets.
    pub oc: bool,
}

/// The operators.
pub const OPERATORS: &[Operator] = &[
    Operator { code: "FTEL", name: "An infrastructure operator", oi: true, oc: false },
    Operator { code: "IFTR", name: "Another infrastructure operator", oi: true, oc: false },
    Operator { code: "SFRA", name: "A commercial operator", oi: false, oc: true },
    Operator { code: "VENU", name: "Another commercial operator", oi: false, oc: true },
    Operator { code: "ARTD", name: "An operator of both kinds", oi: true, oc: true },
];

/// The clients: identifier, operator, role. Each is registered with every scope.
pub const CLIENTS: &[(&str, &str, Role)] = &[
    ("ftel-oi", "FTEL", Role::Oi),
    ("iftr-oi", "IFTR", Role::Oi),
    ("sfra-oc", "SFRA", Role::Oc),
    ("venu-oc", "VENU", Role::Oc),
    ("artd-oi", "ARTD", Role::Oi),
    ("artd-oc", "ARTD", Role::Oc),
];

/// A modification of one building, from SFRA to FTEL.
#[must_use]
pub fn modification() -> Value {
    json!({
        "@type": "AnomalieAdresse.modification",
        "code_oi": "FTEL",
        "code_oc": "SFRA",
        "description": "The number is wrong",
        "relatedEntity": [{"id": "IMB/09001/X/000E"}],
        "issues": {"building.address.streetNr": {"value": ["12"]}}
    })
}

/// A modification of two buildings, from SFRA to FTEL.
#[must_use]
pub fn bulk_modification() -> Value {
    json!({
        "@type": "AnomalieAdresse.modification",
        "code_oi": "FTEL",
        "code_oc": "SFRA",
        "relatedEntity": [{"id": "IMB/09001/X/000E"}, {"id": "IMB/09001/X/000Q"}],
        "issues": {"building.address.city": {"value": "Aigues-Juntes"}}
    })
}

/// The creation of an address, from SFRA to FTEL.
#[must_use]
pub fn creation() -> Value {
    json!({
        "@type": "AnomalieAdresse.creation",
        "code_oi": "FTEL",
        "code_oc": "SFRA",
        "building": {
            "address": {
                "postcode": "09240",
                "city": "Aigues-Juntes",
                "streetType": "CHEMIN",
                "streetName": "DU MOULIN",
                "streetNr": "12",
                "code_insee": "09001"
            },
            "geographicLocation": [{"x": 1.47, "y": 43.04, "type": "WGS84"}],
            "newConstruction": true,
            "type": "PAVILLON"
        }
    })
}

/// A building added at an address that exists, from SFRA to FTEL.
#[must_use]
pub fn new_building() -> Value {
    json!({
        "@type": "AnomalieAdresse.newBuilding",
        "code_oi": "FTEL",
        "code_oc": "SFRA",
        "relatedEntity": [{"id": "IMB/09001/X/000E"}],
        "building": {
            "name": "Bâtiment B",
            "geographicLocation": [{"x": 575_224.85, "y": 6_216_840.19, "type": "RFG93"}],
            "newConstruction": false,
            "type": "IMMEUBLE"
        }
    })
}

/// A change of the number of premises of a building, from SFRA to FTEL.
#[must_use]
pub fn nb_logements() -> Value {
    json!({
        "@type": "AnomalieAdresse.nbLogements",
        "code_oi": "FTEL",
        "code_oc": "SFRA",
        "relatedEntity": [{"id": "IMB/09001/X/000E"}],
        "issues": {"building.housingsNumber": {"value": 14}}
    })
}

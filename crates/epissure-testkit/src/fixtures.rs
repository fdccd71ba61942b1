//! Operators, clients and tickets shared by the tests.

pub mod directory;

use epissure_store::Role;
use serde_json::{Value, json};

/// Instant at which the clock of a test starts.
pub const START: &str = "2025-01-14T13:17:58.078Z";

/// Secret of every client.
pub const SECRET: &str = "the secret of every client in the tests";

/// Operator to register.
#[derive(Debug)]
pub struct Operator {
    /// Operator code.
    pub code: &'static str,
    /// Display name.
    pub name: &'static str,
    /// True for an OI, which processes tickets.
    pub oi: bool,
    /// True for an OC, which opens tickets.
    pub oc: bool,
}

/// Operators of every test server.
pub const OPERATORS: &[Operator] = &[
    Operator { code: "FTEL", name: "An infrastructure operator", oi: true, oc: false },
    Operator { code: "IFTR", name: "Another infrastructure operator", oi: true, oc: false },
    Operator { code: "SFRA", name: "A commercial operator", oi: false, oc: true },
    Operator { code: "VENU", name: "Another commercial operator", oi: false, oc: true },
    Operator { code: "ARTD", name: "An operator of both kinds", oi: true, oc: true },
];

/// Clients: identifier, operator, role. Each client has every scope.
pub const CLIENTS: &[(&str, &str, Role)] = &[
    ("ftel-oi", "FTEL", Role::Oi),
    ("iftr-oi", "IFTR", Role::Oi),
    ("sfra-oc", "SFRA", Role::Oc),
    ("venu-oc", "VENU", Role::Oc),
    ("artd-oi", "ARTD", Role::Oi),
    ("artd-oc", "ARTD", Role::Oc),
];

/// Returns a modification of one building, from SFRA to FTEL.
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

/// Returns a modification of two buildings, from SFRA to FTEL.
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

/// Returns the creation of an address, from SFRA to FTEL.
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

/// Returns a new building at an existing address, from SFRA to FTEL.
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

/// Returns a change of the number of premises of a building, from SFRA to FTEL.
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

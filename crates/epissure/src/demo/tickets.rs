//! Content of the demo's tickets.

use epissure_protocol::codes::Kind;
use epissure_protocol::dialect::Dialect;
use epissure_protocol::json::Object;
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::people::siren;
use super::places::{Place, building};

/// A ticket to open.
pub(super) struct Content {
    /// Body of the request.
    pub(super) body: Object,
    /// Place of the address.
    pub(super) place: Place,
    /// Identifier that the OI will assign to the building, if it is to be created.
    pub(super) building: String,
}

/// Returns a ticket of a kind, from an OC to an OI; a distinct one for each `number`.
pub(super) fn content(
    number: usize,
    kind: Kind,
    (oi, oc): (&str, &str),
    dialect: Dialect,
    random: &mut StdRng,
) -> Content {
    let place = Place::pick(random);
    let mut body = json!({
        "@type": kind,
        "code_oi": oi,
        "code_oc": oc,
        "externalId": format!("DEMO-{number:04}"),
    });
    if dialect == Dialect::Orange10 {
        body["name"] = json!(format!("{} {}", short(kind), place.city));
    }
    let (members, description) = match kind {
        Kind::Creation => creation(&place, random),
        Kind::NewBuilding => new_building(oi, &place, random),
        Kind::Modification => modification(oi, &place, random),
        Kind::NbLogements => nb_logements(oi, &place, random),
    };
    body["description"] = json!(description);
    if random.random_ratio(1, 2) {
        body["priority"] = json!(["LOW", "MEDIUM", "HIGH"][random.random_range(0..3)]);
    }
    if random.random_ratio(1, 3) {
        body["ticketType"] = json!("CUSTOMER_REQUEST");
        let company = format!("9991{:04}", random.random_range(0..10_000));
        // One company in eight has a wrong check digit: the server accepts the ticket with a
        // finding for the OI.
        let siren = siren(&company);
        body["siren"] = json!(if random.random_ratio(1, 8) { mistype(&siren) } else { siren });
    }
    let mut body = match body {
        Value::Object(body) => body,
        _ => Object::new(),
    };
    body.extend(members);
    let building = building(oi, place.insee, random);
    Content { body, place, building }
}

fn short(kind: Kind) -> &'static str {
    match kind {
        Kind::Creation => "Adresse absente",
        Kind::NewBuilding => "Bâtiment absent",
        Kind::Modification => "Adresse erronée",
        Kind::NbLogements => "Nombre de logements",
    }
}

fn mistype(siren: &str) -> String {
    let (head, last) = siren.split_at(siren.len() - 1);
    let next = (last.parse::<u32>().unwrap_or(0) + 1) % 10;
    format!("{head}{next}")
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

fn creation(place: &Place, random: &mut StdRng) -> (Object, String) {
    let mut address = place.address();
    if random.random_ratio(1, 2) {
        address["code_ban"] = json!(place.ban());
    }
    let mut point = place.point();
    // Common mistakes, each with a finding: another place's postcode, a suffix in the number, x and
    // y swapped.
    match random.random_range(0..10) {
        0 => address["postcode"] = json!("75001"),
        1 => address["streetNr"] = json!(format!("{}B", place.number)),
        2 => point = json!({"x": place.y, "y": place.x, "type": "WGS84"}),
        _ => {}
    }
    let house = random.random_ratio(2, 3);
    let mut building = json!({
        "address": address,
        "geographicLocation": [point],
        "newConstruction": random.random_ratio(2, 3),
        "type": if house { "PAVILLON" } else { "IMMEUBLE" },
    });
    if !house {
        building["housingsNumber"] = json!(random.random_range(4..60));
    }
    let description = format!(
        "Le {} {} {} est absent de l’IPE alors que le client y demande la fibre.",
        place.number,
        place.street_type.to_lowercase(),
        place.street.to_lowercase()
    );
    (object(json!({"building": building})), description)
}

fn new_building(oi: &str, place: &Place, random: &mut StdRng) -> (Object, String) {
    let name = format!("Bâtiment {}", char::from(b'B' + random.random_range(0..6)));
    let members = json!({
        "relatedEntity": [{"id": building(oi, place.insee, random)}],
        "building": {
            "name": name,
            "geographicLocation": [place.point()],
            "newConstruction": random.random_ratio(1, 2),
            "type": "IMMEUBLE",
            "housingsNumber": random.random_range(6..40),
        },
    });
    (object(members), format!("{name} est absent de l’IPE ; seul le bâtiment A y figure."))
}

fn modification(oi: &str, place: &Place, random: &mut StdRng) -> (Object, String) {
    // One ticket in six concerns several buildings of a street.
    let count = if random.random_ratio(1, 6) { random.random_range(2..9) } else { 1 };
    let entities: Vec<Value> = (0..count).map(|_| json!({"id": building(oi, place.insee, random)})).collect();
    let each = |value: &dyn Fn(u32) -> Value| Value::Array((0..count).map(value).collect());
    let (issues, description) = match random.random_range(0..6) {
        0 => {
            let numbers = each(&|index| json!((place.number + 2 * index).to_string()));
            (
                json!({"building.address.streetNr": {"value": numbers}}),
                "Le numéro de voie est faux.".to_owned(),
            )
        }
        1 => (
            json!({"building.address.streetName": {"value": place.street, "description": "plaque sur place"}}),
            format!("La voie a été renommée : {} {}.", place.street_type, place.street),
        ),
        2 => (
            json!({
                "building.address.postcode": {"value": place.postcode},
                "building.address.city": {"value": place.city},
                "building.address.code_insee": {"value": place.insee},
            }),
            format!("Immeuble rattaché à la mauvaise commune ; il est à {}.", place.city),
        ),
        3 => {
            let points = each(&|_| place.point());
            (
                json!({"building.geographicLocations": {"value": points}}),
                "Le point est au milieu du champ voisin.".to_owned(),
            )
        }
        4 => (
            json!({"building.name": {"toBlank": true, "description": "un seul bâtiment à cette adresse"}}),
            "Le nom de bâtiment est à vider.".to_owned(),
        ),
        // A key alone: the value is wrong, and the right one is unknown.
        _ => (
            json!({"building.pm.id": {}}),
            "Le point de mutualisation ne répond pas à cette adresse.".to_owned(),
        ),
    };
    (object(json!({"relatedEntity": entities, "issues": issues})), description)
}

fn nb_logements(oi: &str, place: &Place, random: &mut StdRng) -> (Object, String) {
    let count = random.random_range(2..80);
    let members = json!({
        "relatedEntity": [{"id": building(oi, place.insee, random)}],
        "issues": {"building.housingsNumber": {"value": count}},
    });
    (object(members), format!("{count} logements comptés sur place après division de l’immeuble."))
}

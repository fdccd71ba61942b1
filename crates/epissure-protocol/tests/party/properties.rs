//! Properties of every individual.

use epissure_filter::FieldSelection;
use epissure_protocol::party::members::{INDIVIDUAL, Kind, Member};
use epissure_protocol::party::{Individual, MEDIA, Resource};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{object, shown};

fn text() -> impl Strategy<Value = Value> {
    prop::sample::select(vec!["Jack", "Dalton", "é", "x y", "1"]).prop_map(Value::from)
}

/// Generates a value of a kind.
fn of(kind: Kind) -> BoxedStrategy<Value> {
    match kind {
        Kind::Text(_) => text().boxed(),
        Kind::Flag => any::<bool>().prop_map(Value::from).boxed(),
        Kind::Integer => any::<i32>().prop_map(Value::from).boxed(),
        Kind::Number => (0.0..1e6_f32).prop_map(Value::from).boxed(),
        Kind::Instant => prop::sample::select(vec!["2025-01-14T13:17:58.078+00:00", "1980-02-29T00:00:00Z"])
            .prop_map(Value::from)
            .boxed(),
        Kind::OneOf(words) => prop::sample::select(words).prop_map(Value::from).boxed(),
        Kind::Object(members) => table(members, 0.3).boxed(),
        Kind::Objects(members) => {
            prop::collection::vec(table(members, 0.3), 0..3).prop_map(Value::from).boxed()
        }
        Kind::Any => prop_oneof![text(), Just(json!(1)), Just(json!({"a": [null]}))].boxed(),
    }
}

/// Generates an object with the members of a table; `likely` is the probability of an optional
/// member.
fn table(members: &'static [Member], likely: f64) -> impl Strategy<Value = Value> {
    let members: Vec<BoxedStrategy<Option<(String, Value)>>> = members
        .iter()
        .map(|member| {
            let value = if member.name == "contactMedium" { media().boxed() } else { of(member.kind) };
            let value = value.prop_map(|value| (member.name.to_owned(), value));
            if member.required {
                value.prop_map(Some).boxed()
            } else {
                prop::option::weighted(likely, value).boxed()
            }
        })
        .collect();
    members.prop_map(|members| Value::Object(members.into_iter().flatten().collect()))
}

/// Generates media, some of which are in the matrix.
fn media() -> impl Strategy<Value = Value> {
    let row = prop::sample::select(MEDIA);
    let sound = row.prop_flat_map(|row| {
        (prop::sample::select(row.contacts), prop::sample::select(row.needs)).prop_map(move |(contact, need)| {
            json!({"mediumType": row.medium, "characteristic": {"contactType": contact, need: "x"}})
        })
    });
    let word = |words: &'static [&'static str]| prop::option::of(prop::sample::select(words));
    let odd = (
        word(&["PHONE", "MAIL", "ADDRESS", "SMS"]),
        word(&["FAX", "OTHER", "MOBILE_HOME"]),
        word(&["faxNumber", "city"]),
    )
        .prop_map(|(medium, contact, member)| {
            let mut characteristic = json!({"contactType": contact});
            if let Some(member) = member {
                characteristic[member] = json!("x");
            }
            json!({"mediumType": medium, "characteristic": characteristic})
        });
    prop::collection::vec(prop_oneof![9 => sound, 1 => odd], 0..3).prop_map(Value::from)
}

pub(super) fn individual() -> impl Strategy<Value = Value> {
    (table(INDIVIDUAL, 0.15), prop::option::of(Just(json!({"deep": [1, null]})))).prop_map(
        |(mut body, extension)| {
            if let Some(extension) = extension {
                body["x-extension"] = extension;
            }
            body
        },
    )
}

/// Generates a patch whose members replace, add or remove.
fn patch() -> impl Strategy<Value = Value> {
    (individual(), prop::collection::vec(prop::sample::select(INDIVIDUAL), 0..4), any::<bool>()).prop_map(
        |(mut patch, removed, keeps_names)| {
            if keeps_names {
                let names = ["familyName", "givenName"];
                patch
                    .as_object_mut()
                    .expect("an object")
                    .retain(|member, _| !names.contains(&member.as_str()));
            }
            for member in removed {
                patch[member.name] = Value::Null;
            }
            patch
        },
    )
}

/// Returns every rendered member but `id` and `href`.
fn whole(individual: &Individual) -> Map<String, Value> {
    let mut shown: Value = serde_json::from_str(&shown(individual)).expect("JSON");
    let members = shown.as_object_mut().expect("an object");
    members.retain(|member, _| !matches!(member.as_str(), "id" | "href"));
    members.clone()
}

/// Second, independent implementation of the Party page's rules.
fn keeps_to_the_matrix(individual: &Individual) -> bool {
    let none = Vec::new();
    let media = individual.contact_medium().and_then(Value::as_array).unwrap_or(&none);
    let kinds: Vec<(&str, &str)> = media
        .iter()
        .filter_map(|medium| {
            let of = &medium["characteristic"];
            let has = |member: &str| of[member].is_string();
            let contact = of["contactType"].as_str()?;
            let sound = match (medium["mediumType"].as_str()?, contact) {
                ("PHONE", "FIXED_HOME" | "FIXED_OFFICE" | "MOBILE_HOME" | "MOBILE_OFFICE") => {
                    has("phoneNumber")
                }
                ("PHONE", "FAX") => has("faxNumber"),
                ("MAIL", "OTHER") => has("emailAddress"),
                ("ADDRESS", "SHIPPING_ADDRESS" | "OTHER") => has("street1") || has("postCode") || has("city"),
                _ => false,
            };
            sound.then_some((medium["mediumType"].as_str()?, contact))
        })
        .collect();
    let mut different = kinds.clone();
    different.sort_unstable();
    different.dedup();
    kinds.len() == media.len() && different.len() == media.len()
}

proptest! {
    #[test]
    fn no_accepted_individual_breaks_the_matrix(body in individual(), patch in patch()) {
        let Ok(individual) = Individual::read(object(&body), usize::MAX) else { return Ok(()) };
        prop_assert!(keeps_to_the_matrix(&individual), "{body}");
        if let Ok(patched) = individual.patch(object(&patch), usize::MAX) {
            prop_assert!(keeps_to_the_matrix(&patched), "{patch}");
        }
    }

    #[test]
    fn a_patch_replaces_removes_and_leaves_the_rest(body in individual(), patch in patch()) {
        let Ok(individual) = Individual::read(object(&body), usize::MAX) else { return Ok(()) };
        let Ok(patched) = individual.patch(object(&patch), usize::MAX) else { return Ok(()) };
        let (before, after) = (whole(&individual), whole(&patched));
        for (member, value) in &after {
            match patch.get(member) {
                Some(Value::Null) => prop_assert_eq!(member, "fullName"),
                // The extension is an object, which the merge leaves unchanged.
                Some(sent) => prop_assert_eq!(value, sent),
                None if before.contains_key(member) => prop_assert_eq!(value, &before[member]),
                None => prop_assert!(member == "fullName" || member == "@type"),
            }
        }
        for member in before.keys().filter(|member| patch.get(member.as_str()).is_none()) {
            prop_assert!(after.contains_key(member));
        }
    }

    #[test]
    fn what_is_read_is_shown_and_may_be_sent_back(body in individual()) {
        let Ok(individual) = Individual::read(object(&body), usize::MAX) else { return Ok(()) };
        let sent_back: Value = serde_json::from_str(&shown(&individual)).unwrap();
        let again = Individual::read(object(&sent_back), usize::MAX).unwrap();
        prop_assert_eq!(shown(&again), shown(&individual));
        for (member, value) in object(&body) {
            prop_assert_eq!(sent_back.get(member), Some(value), "{}", member);
        }
    }

    #[test]
    fn what_is_selected_of_an_answer_is_a_part_of_it(
        body in individual(),
        paths in prop::collection::vec(
            prop::sample::select(vec!["fullName", "contactMedium.*", "contactMedium.characteristic.*", "*", "skill", "none"]),
            1..4,
        ),
    ) {
        let Ok(individual) = Individual::read(object(&body), usize::MAX) else { return Ok(()) };
        let selection = FieldSelection::of_paths(paths).unwrap();
        let document = serde_json::to_string(individual.document()).unwrap();
        let media = individual.contact_medium().map(Value::to_string);
        let render = |fields| Resource::Individual.render(super::ID, &document, media.as_deref(), "", fields).unwrap();
        let part: Value = serde_json::from_str(&render(Some(&selection))).unwrap();
        let all: Value = serde_json::from_str(&render(None)).unwrap();
        let mut expected = Map::new();
        expected.insert("id".to_owned(), super::ID.into());
        expected.extend(selection.select(object(&all)).into_iter().filter(|(member, _)| member != "id" && member != "href"));
        expected.insert("href".to_owned(), all["href"].clone());
        prop_assert_eq!(part.to_string(), Value::Object(expected).to_string());
    }
}

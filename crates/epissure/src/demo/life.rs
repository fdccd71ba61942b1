//! Simulated lives of the demo's tickets: each action, its author, and the time since the previous
//! one.

use epissure_protocol::codes::{Actor, Status};
use jiff::{SignedDuration, Timestamp};
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::tickets::Content;

/// An action on a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Reject,
    Cancel,
    /// First qualification.
    Qualify,
    /// Qualification after the OC answered or refused: the first qualification remains valid.
    TakeUp,
    Requalify,
    Ask,
    Answer,
    Resolve,
    GiveUp,
    Refuse,
    Accept,
    AnswerExpired,
    ValidationExpired,
}

use Deed::{
    Accept, Answer, AnswerExpired, Ask, Cancel, GiveUp, Qualify, Refuse, Reject, Requalify, Resolve, TakeUp,
    ValidationExpired,
};

/// Returns the possible lives of a ticket with this current status.
const fn lives(status: Status) -> &'static [&'static [Deed]] {
    match status {
        Status::Acknowledged => &[&[], &[], &[Qualify, Ask, Answer], &[Qualify, Resolve, Refuse]],
        Status::InProgress => &[&[Qualify], &[Qualify, Requalify], &[Qualify, Ask, Answer, TakeUp]],
        Status::Pending => &[&[Qualify, Ask], &[Qualify, Ask, Answer, TakeUp, Ask]],
        Status::Resolved => {
            &[&[Qualify, Resolve], &[Qualify, GiveUp], &[Qualify, Ask, Answer, TakeUp, Resolve]]
        }
        Status::Closed => &[
            &[Qualify, Resolve, Accept],
            &[Qualify, Resolve, Accept],
            &[Qualify, Requalify, Resolve, Accept],
            &[Qualify, Ask, Answer, TakeUp, Resolve, Accept],
            &[Qualify, Resolve, Refuse, TakeUp, Resolve, Accept],
            &[Qualify, GiveUp, Accept],
            &[Qualify, Resolve, ValidationExpired],
            &[Qualify, Ask, AnswerExpired, ValidationExpired],
        ],
        Status::Rejected => &[&[Reject]],
        Status::Canceled => &[&[Cancel], &[Qualify, Cancel], &[Qualify, Ask, Cancel]],
    }
}

/// Actions, each with the time since the previous one.
pub(super) type Life = Vec<(Deed, SignedDuration)>;

/// Returns a random life that ends in a status.
pub(super) fn pick(status: Status, random: &mut StdRng) -> Life {
    let choices = lives(status);
    let deeds = choices[random.random_range(0..choices.len())];
    deeds.iter().map(|&deed| (deed, delay(deed, random))).collect()
}

/// Returns a random delay before an action: most are short, some are long.
fn delay(deed: Deed, random: &mut StdRng) -> SignedDuration {
    let mut minutes = |from: i64, to: i64| SignedDuration::from_mins(random.random_range(from..to));
    const HOUR: i64 = 60;
    const DAY: i64 = 24 * HOUR;
    match deed {
        Qualify | TakeUp => minutes(20, 30 * HOUR),
        Reject | Ask => minutes(HOUR, 2 * DAY),
        Requalify => minutes(4 * HOUR, 3 * DAY),
        Answer => minutes(2 * HOUR, 5 * DAY),
        Resolve | GiveUp => minutes(6 * HOUR, 12 * DAY),
        Refuse | Accept => minutes(HOUR, 6 * DAY),
        Cancel => minutes(30, 3 * DAY),
        AnswerExpired | ValidationExpired => SignedDuration::from_mins(10 * DAY + 1),
    }
}

impl Deed {
    /// Returns the author of the action.
    pub(super) const fn actor(self) -> Actor {
        match self {
            Cancel | Answer | Refuse | Accept => Actor::Oc,
            _ => Actor::Oi,
        }
    }

    /// Returns the body of the action's request.
    pub(super) fn body(self, content: &Content, now: Timestamp, random: &mut StdRng) -> Value {
        let mut pick = |choices: &[&'static str]| choices[random.random_range(0..choices.len())];
        let zone = if content.place.dense { "ZTD" } else { "ZMD" };
        let expected = |days: i64| (now + SignedDuration::from_hours(24 * days)).to_string();
        let bulk =
            content.body.get("relatedEntity").and_then(Value::as_array).is_some_and(|all| all.len() > 1);
        match self {
            Qualify => {
                let complexity = if bulk { "MASSE" } else { pick(&["SIMPLE", "SIMPLE", "COMPLEX"]) };
                let days = match complexity {
                    "SIMPLE" => 7,
                    "COMPLEX" => 21,
                    _ => 56,
                };
                json!({"status": "IN_PROGRESS", "complexity": complexity, "zone": zone, "expectedResolutionDate": expected(days)})
            }
            TakeUp => json!({"status": "IN_PROGRESS"}),
            Requalify => json!({
                "status": "IN_PROGRESS",
                "statusChangeReason": "REQUALIFIED",
                "statusChangeDetails": "Passage sur le terrain nécessaire.",
                "expectedResolutionDate": expected(21),
            }),
            Ask => json!({
                "status": "PENDING",
                "statusChangeReason": "WAITING_INFORMATION",
                "statusChangeDetails": pick(&[
                    "Merci de joindre une photo de la plaque.",
                    "De quel côté de la voie se trouve l’entrée ?",
                    "Le client peut-il confirmer le numéro ?",
                ]),
            }),
            Answer => json!({
                "status": "ACKNOWLEDGED",
                "statusChangeReason": "INFORMATION_PROVIDED",
                "statusChangeDetails": "Entrée côté cour, confirmée par le client.",
            }),
            Resolve => {
                let mut body = json!({"status": "RESOLVED", "statusChangeReason": "RESOLVED"});
                if content.body.contains_key("building") {
                    body["building"] = json!({"id": content.building});
                }
                body
            }
            GiveUp => json!({
                "status": "RESOLVED",
                "statusChangeReason": "UNRESOLVABLE",
                "statusChangeDetails": "Adresse non trouvée sur le terrain.",
            }),
            Refuse => json!({
                "status": "ACKNOWLEDGED",
                "statusChangeReason": "RESOLUTION_REFUSED",
                "statusChangeDetails": "L’adresse publiée porte encore l’ancien numéro.",
            }),
            Accept => json!({"status": "CLOSED", "statusChangeReason": "RESOLUTION_ACCEPTED"}),
            AnswerExpired => json!({"status": "RESOLVED", "statusChangeReason": "DELAY_ANSWER_EXPIRED"}),
            ValidationExpired => {
                json!({"status": "CLOSED", "statusChangeReason": "DELAY_VALIDATION_EXPIRED"})
            }
            Reject => match pick(&["UNKNOWN_RESOURCE", "UNKNOWN_ZONE", "ALREADY_RESOLVED"]) {
                "ALREADY_RESOLVED" => json!({
                    "status": "REJECTED",
                    "statusChangeReason": "ALREADY_RESOLVED",
                    "statusChangeDetails": "Corrigé dans l’IPE d’hier.",
                }),
                reason => json!({"status": "REJECTED", "statusChangeReason": reason}),
            },
            Cancel => json!({"status": "CANCELED", "statusChangeDetails": "Le client a renoncé."}),
        }
    }
}

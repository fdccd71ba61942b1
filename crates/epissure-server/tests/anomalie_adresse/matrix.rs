//! Every status × target × actor × reason, over HTTP.

use epissure_protocol::codes::{Reason, Status};
use epissure_protocol::lifecycle::RULES;
use epissure_testkit::{TestServer, fixtures};
use serde_json::{Value, json};

use super::{Case, qualification};

/// The moves that the contract permits, written out by hand: from, to, actor, reason.
///
/// This list is independent of the server's table: both must change together.
const PERMITTED: &[(&str, &str, &str, &str)] = &[
    ("ACKNOWLEDGED", "REJECTED", "OI", "UNKNOWN_RESOURCE"),
    ("ACKNOWLEDGED", "REJECTED", "OI", "UNKNOWN_ZONE"),
    ("ACKNOWLEDGED", "REJECTED", "OI", "DUPLICATE"),
    ("ACKNOWLEDGED", "REJECTED", "OI", "ALREADY_RESOLVED"),
    ("ACKNOWLEDGED", "REJECTED", "OI", "INVALID"),
    ("ACKNOWLEDGED", "REJECTED", "OI", "OTHER"),
    ("ACKNOWLEDGED", "IN_PROGRESS", "OI", ""),
    ("ACKNOWLEDGED", "CANCELED", "OC", "OC_CANCELATION"),
    ("ACKNOWLEDGED", "CANCELED", "OC", ""),
    ("IN_PROGRESS", "IN_PROGRESS", "OI", "REQUALIFIED"),
    ("IN_PROGRESS", "PENDING", "OI", "WAITING_INFORMATION"),
    ("IN_PROGRESS", "RESOLVED", "OI", "RESOLVED"),
    ("IN_PROGRESS", "RESOLVED", "OI", "UNRESOLVABLE"),
    ("IN_PROGRESS", "CANCELED", "OC", "OC_CANCELATION"),
    ("IN_PROGRESS", "CANCELED", "OC", ""),
    ("PENDING", "ACKNOWLEDGED", "OC", "INFORMATION_PROVIDED"),
    ("PENDING", "RESOLVED", "OI", "DELAY_ANSWER_EXPIRED"),
    ("PENDING", "CANCELED", "OC", "OC_CANCELATION"),
    ("PENDING", "CANCELED", "OC", ""),
    ("RESOLVED", "CLOSED", "OC", "RESOLUTION_ACCEPTED"),
    ("RESOLVED", "CLOSED", "OI", "DELAY_VALIDATION_EXPIRED"),
    ("RESOLVED", "ACKNOWLEDGED", "OC", "RESOLUTION_REFUSED"),
];

/// Moves that require a reason and have no default: without one, a mandatory member is missing.
const REASON_DUE: &[(&str, &str, &str)] = &[
    ("ACKNOWLEDGED", "REJECTED", "OI"),
    ("IN_PROGRESS", "PENDING", "OI"),
    ("IN_PROGRESS", "RESOLVED", "OI"),
    ("PENDING", "ACKNOWLEDGED", "OC"),
    ("PENDING", "RESOLVED", "OI"),
    ("RESOLVED", "CLOSED", "OC"),
    ("RESOLVED", "CLOSED", "OI"),
    ("RESOLVED", "ACKNOWLEDGED", "OC"),
];

/// Returns the expected status of a move: permitted, restated, incomplete, or forbidden.
fn expected(from: &str, to: &str, actor: &str, reason: &str) -> u16 {
    let is_final = matches!(from, "CLOSED" | "REJECTED" | "CANCELED");
    if PERMITTED.contains(&(from, to, actor, reason)) {
        200
    } else if from == to && !is_final && (from, reason) != ("IN_PROGRESS", "REQUALIFIED") {
        // Restating the present status changes nothing.
        200
    } else if reason.is_empty() && REASON_DUE.contains(&(from, to, actor)) {
        400
    } else {
        403
    }
}

/// Returns a body with every member that a move may require.
fn complete(to: &str, reason: &str) -> Value {
    let mut body = qualification();
    body["status"] = to.into();
    body["statusChangeDetails"] = "for the record".into();
    body["building"] = json!({"id": "IMB/09001/X/0A1B"});
    if !reason.is_empty() {
        body["statusChangeReason"] = reason.into();
    }
    body
}

/// Opens a ticket and moves it to a status.
async fn ticket_in(oc: &epissure_testkit::Api, oi: &epissure_testkit::Api, status: &str) -> Case {
    let mut case = Case::open_as(oc.clone(), oi.clone(), &fixtures::modification()).await;
    let way: &[(&str, &str, &str)] = match status {
        "ACKNOWLEDGED" => &[],
        "IN_PROGRESS" => &[("OI", "IN_PROGRESS", "")],
        "PENDING" => &[("OI", "IN_PROGRESS", ""), ("OI", "PENDING", "WAITING_INFORMATION")],
        "RESOLVED" => &[("OI", "IN_PROGRESS", ""), ("OI", "RESOLVED", "RESOLVED")],
        "CLOSED" => &[
            ("OI", "IN_PROGRESS", ""),
            ("OI", "RESOLVED", "RESOLVED"),
            ("OC", "CLOSED", "RESOLUTION_ACCEPTED"),
        ],
        "REJECTED" => &[("OI", "REJECTED", "UNKNOWN_ZONE")],
        "CANCELED" => &[("OC", "CANCELED", "")],
        other => panic!("{other} is no status"),
    };
    for (actor, to, reason) in way {
        step(&mut case, actor, &complete(to, reason)).await.expect(200);
    }
    case
}

async fn step(case: &mut Case, actor: &str, body: &Value) -> epissure_testkit::Answer {
    if actor == "OC" { case.by_oc(body).await } else { case.by_oi(body).await }
}

#[tokio::test]
async fn each_move_is_answered_as_the_contract_says() {
    let server = TestServer::start().await;
    let (oc, oi) = (server.login("sfra-oc").await, server.login("ftel-oi").await);
    let reasons: Vec<&str> =
        std::iter::once("").chain(Reason::ALL.iter().map(|reason| reason.as_str())).collect();
    let mut wrong = Vec::new();
    let mut cells = 0;
    for from in Status::ALL.iter().map(|status| status.as_str()) {
        // A refused request changes nothing, so the ticket is reused until a request is accepted.
        let mut case = ticket_in(&oc, &oi, from).await;
        for to in Status::ALL.iter().map(|status| status.as_str()) {
            for actor in ["OC", "OI"] {
                for reason in &reasons {
                    cells += 1;
                    let answer = step(&mut case, actor, &complete_or_restated(from, to, actor, reason)).await;
                    if answer.status != expected(from, to, actor, reason) {
                        wrong.push(format!(
                            "{actor} {from} -> {to} {reason}: {} {}",
                            answer.status, answer.text
                        ));
                    }
                    if answer.status == 200 {
                        case = ticket_in(&oc, &oi, from).await;
                    }
                }
            }
        }
    }
    assert_eq!(cells, 7 * 7 * 2 * 17);
    assert!(wrong.is_empty(), "{} wrong cells:\n{}", wrong.len(), wrong.join("\n"));
}

/// Returns the body of a move, or of a restated status, which may not contain the members that a
/// move sets.
fn complete_or_restated(from: &str, to: &str, actor: &str, reason: &str) -> Value {
    let requalifies = (to, reason) == ("IN_PROGRESS", "REQUALIFIED");
    if from != to || actor == "OC" || requalifies {
        return complete(to, reason);
    }
    let mut body = json!({"status": to});
    if !reason.is_empty() {
        body["statusChangeReason"] = reason.into();
    }
    body
}

#[test]
fn the_servers_table_is_the_list_written_here() {
    let mut table: Vec<(String, String, String, String)> = Vec::new();
    for rule in RULES {
        let Some(from) = rule.from else { continue };
        for actor in rule.actors.iter().map(|actor| actor.as_str()).filter(|actor| *actor != "SYSTEM") {
            let mut row = |reason: &str| {
                table.push((from.to_string(), rule.to.to_string(), actor.to_owned(), reason.to_owned()));
            };
            row(rule.reason.map_or("", Reason::as_str));
            if rule.reason_implied {
                row("");
            }
        }
    }
    let mut here: Vec<_> = PERMITTED
        .iter()
        .map(|(from, to, actor, reason)| {
            ((*from).to_owned(), (*to).to_owned(), (*actor).to_owned(), (*reason).to_owned())
        })
        .collect();
    table.sort();
    here.sort();
    assert_eq!(table, here);
}

/// Members that each move requires in addition to its reason: from, to, reason, member.
const NEEDED: &[(&str, &str, &str, &str)] = &[
    ("ACKNOWLEDGED", "REJECTED", "DUPLICATE", "statusChangeDetails"),
    ("ACKNOWLEDGED", "REJECTED", "ALREADY_RESOLVED", "statusChangeDetails"),
    ("ACKNOWLEDGED", "REJECTED", "INVALID", "statusChangeDetails"),
    ("ACKNOWLEDGED", "REJECTED", "OTHER", "statusChangeDetails"),
    ("ACKNOWLEDGED", "IN_PROGRESS", "", "expectedResolutionDate"),
    ("ACKNOWLEDGED", "IN_PROGRESS", "", "complexity"),
    ("ACKNOWLEDGED", "IN_PROGRESS", "", "zone"),
    ("ACKNOWLEDGED", "CANCELED", "OC_CANCELATION", "statusChangeDetails"),
    ("IN_PROGRESS", "IN_PROGRESS", "REQUALIFIED", "statusChangeDetails"),
    ("IN_PROGRESS", "IN_PROGRESS", "REQUALIFIED", "expectedResolutionDate"),
    ("IN_PROGRESS", "PENDING", "WAITING_INFORMATION", "statusChangeDetails"),
    ("IN_PROGRESS", "RESOLVED", "UNRESOLVABLE", "statusChangeDetails"),
    ("RESOLVED", "ACKNOWLEDGED", "RESOLUTION_REFUSED", "statusChangeDetails"),
    ("PENDING", "CANCELED", "OC_CANCELATION", "statusChangeDetails"),
];

#[tokio::test]
async fn a_move_without_what_it_needs_is_a_400_that_names_the_member() {
    let server = TestServer::start().await;
    let (oc, oi) = (server.login("sfra-oc").await, server.login("ftel-oi").await);
    for (from, to, reason, member) in NEEDED {
        let mut case = ticket_in(&oc, &oi, from).await;
        let actor = PERMITTED.iter().find(|row| (row.0, row.1, row.3) == (*from, *to, *reason)).unwrap().2;
        let mut body = complete(to, reason);
        body.as_object_mut().unwrap().remove(*member);
        let answer = step(&mut case, actor, &body).await.expect(400);
        assert_eq!(answer.body["code"], "23", "{from} {to} {reason}");
        assert_eq!(answer.body["details"][0]["pointer"], format!("/{member}"), "{from} {to} {reason}");
    }
}

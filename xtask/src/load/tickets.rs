//! Tickets generated from a seed: drafts as an OC would send them, with a simulated life.

use anyhow::{Result, anyhow};
use epissure_protocol::codes::{Actor, Complexity, Reason, Status, Zone};
use epissure_protocol::draft::{self, Draft, Terms};
use epissure_protocol::json::Object;
use epissure_protocol::names::{TicketId, Version};
use epissure_protocol::ticket::{StatusChange, Ticket};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use uuid::Builder;

use super::people::{OC, OI};

/// Day of the first ticket, in seconds since the epoch: 2022-03-03.
pub(crate) const FIRST_DAY: i64 = 1_646_265_600;
/// Number of days over which the tickets were opened.
pub(crate) const DAYS: i64 = 1_400;
const DAY: i64 = 86_400;

/// Returns the instant before every ticket.
pub(super) fn first_instant() -> Timestamp {
    Timestamp::from_second(FIRST_DAY).unwrap_or_default()
}

const STREETS: &[&str] =
    &["DES LILAS", "DU MOULIN", "JEAN JAURES", "DE LA REPUBLIQUE", "DES ECOLES", "DU STADE"];
const CITIES: &[&str] =
    &["Aigues-Juntes", "Saint-Étienne-de-Fougères", "Villefranche-sur-Saône", "Pau", "Plouzané"];
const WORDS: &[&str] = &[
    "le",
    "numéro",
    "de",
    "la",
    "plaque",
    "ne",
    "correspond",
    "pas",
    "au",
    "bâtiment",
    "vu",
    "sur",
    "place",
    "par",
    "technicien",
    "adresse",
    "voie",
    "client",
    "accès",
    "hall",
    "escalier",
    "porte",
    "gauche",
    "cadastre",
];

/// Generator of an OC's drafts: modifications of one to three buildings, and some changes of a
/// number of premises.
pub(crate) struct Bodies(StdRng);

impl Bodies {
    pub(crate) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }
}

impl Iterator for Bodies {
    type Item = Object;

    fn next(&mut self) -> Option<Object> {
        let random = &mut self.0;
        let many = random.random_bool(0.85);
        let count = if many { pick(random, &[1, 1, 2, 2, 3]) } else { 1 };
        let buildings: Vec<Value> = (0..count)
            .map(|_| json!({"id": building(random), "@referredType": "Building", "role": "building"}))
            .collect();
        let kind = if many { "AnomalieAdresse.modification" } else { "AnomalieAdresse.nbLogements" };
        let numbers: Vec<String> = (0..count).map(|_| random.random_range(1..180).to_string()).collect();
        let issues = if many {
            json!({
                "building.address.streetNr": {"value": numbers},
                "building.address.streetName": {"value": pick(random, STREETS)},
                "building.address.city": {"value": pick(random, CITIES)}
            })
        } else {
            json!({"building.housingsNumber": {"value": random.random_range(2..60)}})
        };
        let body = json!({
            "@type": kind,
            "code_oi": OI,
            "code_oc": OC,
            "description": words(random, 8),
            "priority": pick(random, &["LOW", "LOW", "MEDIUM", "HIGH"]),
            "externalId": format!("{OC}-{:016x}", random.random::<u64>()),
            "ticketType": pick(random, &["OC_REQUEST", "CUSTOMER_REQUEST"]),
            "relatedEntity": buildings,
            "relatedParty": [{"id": format!("cell-{:02}", random.random_range(0..40)), "role": "contact"}],
            "issues": issues
        });
        match body {
            Value::Object(body) => Some(body),
            _ => None,
        }
    }
}

/// Parses a draft as the server does.
pub(crate) fn draft(body: &Object) -> Result<Draft> {
    draft::read(body, &Terms::default()).map_err(|faults| anyhow!("a body is refused: {faults:?}"))
}

/// Tickets in the order of their opening.
pub(crate) struct Tickets {
    bodies: Bodies,
    lives: StdRng,
    number: i64,
    total: i64,
}

impl Tickets {
    pub(crate) fn new(seed: u64, total: u64) -> Self {
        let lives = StdRng::seed_from_u64(seed ^ 0x5eed);
        Self { bodies: Bodies::new(seed), lives, number: 0, total: i64::try_from(total).unwrap_or(i64::MAX) }
    }
}

impl Iterator for Tickets {
    type Item = Ticket;

    fn next(&mut self) -> Option<Ticket> {
        if self.number == self.total {
            return None;
        }
        let since = DAYS * DAY * 1000 / self.total.max(1) * self.number;
        self.number += 1;
        let opened = Timestamp::from_millisecond(FIRST_DAY * 1000 + since).ok()?;
        let draft = draft(&self.bodies.next()?).ok()?;
        let mut life = Life::open(draft, opened, &mut self.lives);
        live(&mut life);
        Some(life.ticket)
    }
}

/// A ticket with its simulated life.
pub(crate) struct Life<'a> {
    pub(crate) ticket: Ticket,
    random: &'a mut StdRng,
    now: Timestamp,
}

impl<'a> Life<'a> {
    /// Opens the ticket.
    pub(crate) fn open(draft: Draft, now: Timestamp, random: &'a mut StdRng) -> Self {
        let id = TicketId(uuid(random, now));
        let version = Version(uuid(random, now));
        Self { ticket: Ticket::open(draft, id, version, now), random, now }
    }

    fn wait(&mut self, hours: std::ops::Range<i64>) {
        let seconds = self.random.random_range(hours.start * 3600..hours.end * 3600);
        self.now += SignedDuration::from_secs(seconds);
    }

    fn enter(&mut self, status: Status, actor: Actor, reason: Option<Reason>, details: usize) {
        let author = if actor == Actor::Oc { OC } else { OI };
        let change = StatusChange {
            status,
            change_date: self.now,
            change_reason: reason,
            change_details: (details > 0).then(|| words(self.random, details)),
            author: Some(author.to_owned()),
        };
        self.ticket.enter(change, actor);
        self.ticket.last_update_date = self.now;
        self.ticket.version = Version(uuid(self.random, self.now));
    }

    fn qualify(&mut self) {
        self.wait(1..72);
        // A ticket qualified again keeps its first qualification.
        if !self.ticket.qualified() {
            self.ticket.complexity = Some(match self.ticket.size_refs {
                0 | 1 => pick(self.random, &[Complexity::Simple, Complexity::Simple, Complexity::Complex]),
                _ => Complexity::Masse,
            });
            // A tenth of the tickets is never qualified; 45 % are in each zone.
            self.ticket.zone = Some(pick(self.random, &[Zone::Zmd, Zone::Ztd]));
        }
        self.ticket.expected_resolution_date = Some(self.now + SignedDuration::from_hours(24 * 10));
        self.enter(Status::InProgress, Actor::Oi, None, 0);
    }

    fn ask(&mut self) {
        self.wait(2..48);
        self.enter(Status::Pending, Actor::Oi, Some(Reason::WaitingInformation), 6);
    }

    fn resolve(&mut self) {
        self.wait(4..240);
        self.ticket.resolution_date = Some(self.now);
        self.enter(Status::Resolved, Actor::Oi, Some(Reason::Resolved), 5);
    }
}

/// Simulates a life up to the final status of the sample.
fn live(life: &mut Life<'_>) {
    let status = match life.random.random_range(0..100) {
        0..70 => Status::Closed,
        70..75 => Status::Pending,
        75..82 => Status::InProgress,
        82..88 => Status::Resolved,
        88..93 => Status::Acknowledged,
        93..97 => Status::Rejected,
        _ => Status::Canceled,
    };
    match status {
        Status::Acknowledged => return,
        Status::Rejected => {
            life.wait(1..48);
            return life.enter(status, Actor::Oi, Some(Reason::AlreadyResolved), 6);
        }
        _ => life.qualify(),
    }
    if status == Status::Canceled {
        life.wait(1..48);
        return life.enter(status, Actor::Oc, Some(Reason::OcCancelation), 4);
    }
    if life.random.random_bool(0.1) {
        life.ask();
        life.wait(1..200);
        life.enter(Status::Acknowledged, Actor::Oc, Some(Reason::InformationProvided), 0);
        life.qualify();
    }
    match status {
        Status::Pending => life.ask(),
        Status::Resolved | Status::Closed => life.resolve(),
        _ => {}
    }
    if status == Status::Closed {
        life.wait(1..240);
        life.enter(status, Actor::Oc, Some(Reason::ResolutionAccepted), 0);
    }
}

fn pick<T: Copy>(random: &mut StdRng, all: &[T]) -> T {
    all.choose(random).copied().unwrap_or(all[0])
}

fn words(random: &mut StdRng, count: usize) -> String {
    (0..count).map(|_| pick(random, WORDS)).collect::<Vec<_>>().join(" ")
}

/// Returns one of about 1.1 million buildings.
fn building(random: &mut StdRng) -> String {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHJKLMNPQRSTUVWX";
    let number = random.random_range(0..1_100_000_usize);
    let letter = |place: u32| char::from(LETTERS[number / 32_usize.pow(place) % 32]);
    let commune = number / 32_768 + 1;
    format!("IMB/09{commune:03}/X/0{}{}{}", letter(2), letter(1), letter(0))
}

fn uuid(random: &mut StdRng, now: Timestamp) -> uuid::Uuid {
    let mut bytes = [0; 10];
    random.fill_bytes(&mut bytes);
    Builder::from_unix_timestamp_millis(now.as_millisecond().unsigned_abs(), &bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use epissure_protocol::lifecycle::RULES;

    use super::*;

    #[test]
    fn tickets_are_the_same_at_each_run_and_of_the_expected_size_and_mix() {
        let all: Vec<Ticket> = Tickets::new(7, 2000).collect();
        assert_eq!(all.len(), 2000);
        assert_eq!(all, Tickets::new(7, 2000).collect::<Vec<_>>());
        assert_ne!(all[0], Tickets::new(8, 2000).next().unwrap());
        let bytes: usize = all.iter().map(|ticket| serde_json::to_string(ticket).unwrap().len()).sum();
        let mean = bytes / all.len();
        assert!((1500..1750).contains(&mean), "{mean}");
        let share = |is: &dyn Fn(&Ticket) -> bool| all.iter().filter(|ticket| is(ticket)).count() / 20;
        assert!((66..74).contains(&share(&|ticket| ticket.status == Status::Closed)));
        assert!((3..8).contains(&share(&|ticket| ticket.status == Status::Pending)));
        assert!((41..50).contains(&share(&|ticket| ticket.zone == Some(Zone::Zmd))));
    }

    #[test]
    fn lives_obey_the_table_of_transitions() {
        for ticket in Tickets::new(3, 500) {
            let mut from = None;
            for change in &ticket.status_change {
                let permitted = RULES.iter().any(|rule| {
                    rule.from == from && rule.to == change.status && rule.reason == change.change_reason
                });
                assert!(permitted, "{from:?} to {change:?}");
                from = Some(change.status);
            }
            assert_eq!(from, Some(ticket.status));
            assert!(ticket.status_change.is_sorted_by_key(|change| change.change_date));
        }
    }
}

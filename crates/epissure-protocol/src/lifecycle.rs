//! The life cycle: one table of rules, and the pure decision based on it.
//!
//! Sources: the Orange page, "Lifecycle of Tickets" and "Ticket States"; the Interop contract's
//! state diagram. The decision, the error messages, the documentation's diagram ([`diagram`]) and
//! the tests of the whole matrix all use this table.

use crate::codes::{Actor, Complexity, Kind, Reason, Status};
use crate::problem::{Fault, Problem};
use crate::refusal::{MoveRefusal, OpenMove};

/// A member that a transition requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Required {
    /// `statusChangeDetails`, not blank.
    Details,
    /// `expectedResolutionDate`. A ticket qualified again retains the date that it has.
    ExpectedResolutionDate,
    /// A new `expectedResolutionDate`.
    NewExpectedResolutionDate,
    /// `complexity`; MASSE by default from two buildings on; retained when the ticket is qualified
    /// again.
    Complexity,
    /// `zone`; retained when the ticket is qualified again.
    Zone,
    /// `building.id`, the identifier of the new building in the IPE; creations only.
    BuildingId,
}

impl Required {
    /// Returns the member, as a JSON pointer.
    #[must_use]
    pub const fn pointer(self) -> &'static str {
        match self {
            Self::Details => "/statusChangeDetails",
            Self::ExpectedResolutionDate | Self::NewExpectedResolutionDate => "/expectedResolutionDate",
            Self::Complexity => "/complexity",
            Self::Zone => "/zone",
            Self::BuildingId => "/building/id",
        }
    }
}

/// A condition on the ticket's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// No condition.
    Always,
    /// The ticket has never been IN_PROGRESS.
    NeverQualified,
}

/// Effect of a transition other than the change of status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// No effect.
    None,
    /// Sets `complexity`, `zone` and `expectedResolutionDate` from the request.
    Qualify,
    /// Sets `resolutionDate` to now, and `building.id` from the request.
    Resolve,
    /// Clears `resolutionDate`: the ticket is to be processed again.
    Reopen,
}

/// A permitted move.
#[derive(Debug)]
pub struct Rule {
    /// Status before the move; `None` for the opening.
    pub from: Option<Status>,
    /// Status after the move.
    pub to: Status,
    /// Actors that may make the move.
    pub actors: &'static [Actor],
    /// Reason of the move; `None` for a move without a reason.
    pub reason: Option<Reason>,
    /// True when the request may omit the reason.
    pub reason_implied: bool,
    /// Members that the move requires.
    pub required: &'static [Required],
    /// Condition on the ticket's history.
    pub guard: Guard,
    /// Effect of the move.
    pub effect: Effect,
}

const OC: &[Actor] = &[Actor::Oc];
const OI: &[Actor] = &[Actor::Oi];
const OI_OR_SYSTEM: &[Actor] = &[Actor::Oi, Actor::System];
const NOTHING: &[Required] = &[];
const DETAILS: &[Required] = &[Required::Details];

/// Returns a row without guard, effect or implied reason; the exceptions are written in full below.
const fn rule(
    from: Status,
    to: Status,
    actors: &'static [Actor],
    reason: Reason,
    required: &'static [Required],
) -> Rule {
    Rule {
        from: Some(from),
        to,
        actors,
        reason: Some(reason),
        reason_implied: false,
        required,
        guard: Guard::Always,
        effect: Effect::None,
    }
}

const fn rejection(reason: Reason, required: &'static [Required]) -> Rule {
    Rule {
        guard: Guard::NeverQualified,
        ..rule(Status::Acknowledged, Status::Rejected, OI, reason, required)
    }
}

const fn cancelation(from: Status) -> Rule {
    Rule { reason_implied: true, ..rule(from, Status::Canceled, OC, Reason::OcCancelation, DETAILS) }
}

/// The table. A move that is not in it is forbidden.
pub const RULES: &[Rule] = &[
    Rule {
        from: None,
        to: Status::Acknowledged,
        actors: OC,
        reason: None,
        reason_implied: false,
        required: NOTHING,
        guard: Guard::Always,
        effect: Effect::None,
    },
    rejection(Reason::UnknownResource, NOTHING),
    rejection(Reason::UnknownZone, NOTHING),
    rejection(Reason::Duplicate, DETAILS),
    rejection(Reason::AlreadyResolved, DETAILS),
    rejection(Reason::Invalid, DETAILS),
    rejection(Reason::Other, DETAILS),
    Rule {
        from: Some(Status::Acknowledged),
        to: Status::InProgress,
        actors: OI,
        reason: None,
        reason_implied: false,
        required: &[Required::ExpectedResolutionDate, Required::Complexity, Required::Zone],
        guard: Guard::Always,
        effect: Effect::Qualify,
    },
    Rule {
        effect: Effect::Qualify,
        ..rule(
            Status::InProgress,
            Status::InProgress,
            OI,
            Reason::Requalified,
            &[Required::Details, Required::NewExpectedResolutionDate],
        )
    },
    rule(Status::InProgress, Status::Pending, OI, Reason::WaitingInformation, DETAILS),
    rule(Status::Pending, Status::Acknowledged, OC, Reason::InformationProvided, NOTHING),
    Rule {
        effect: Effect::Resolve,
        ..rule(Status::Pending, Status::Resolved, OI_OR_SYSTEM, Reason::DelayAnswerExpired, NOTHING)
    },
    Rule {
        effect: Effect::Resolve,
        ..rule(Status::InProgress, Status::Resolved, OI, Reason::Resolved, &[Required::BuildingId])
    },
    Rule {
        effect: Effect::Resolve,
        ..rule(Status::InProgress, Status::Resolved, OI, Reason::Unresolvable, DETAILS)
    },
    rule(Status::Resolved, Status::Closed, OC, Reason::ResolutionAccepted, NOTHING),
    rule(Status::Resolved, Status::Closed, OI_OR_SYSTEM, Reason::DelayValidationExpired, NOTHING),
    Rule {
        effect: Effect::Reopen,
        ..rule(Status::Resolved, Status::Acknowledged, OC, Reason::ResolutionRefused, DETAILS)
    },
    cancelation(Status::Acknowledged),
    cancelation(Status::InProgress),
    cancelation(Status::Pending),
];

/// Facts about a ticket that the decision uses.
#[derive(Debug, Clone, Copy)]
pub struct Situation {
    /// Current status.
    pub status: Status,
    /// True when the ticket has ever been IN_PROGRESS.
    pub qualified: bool,
    /// Current complexity.
    pub complexity: Option<Complexity>,
    /// True when the ticket has a zone.
    pub has_zone: bool,
    /// True when the ticket has an expected resolution date.
    pub has_expected_resolution_date: bool,
    /// The kind of ticket.
    pub kind: Kind,
    /// Number of buildings.
    pub buildings: usize,
}

/// A requested move.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Actor of the request.
    pub actor: Actor,
    /// Requested status.
    pub to: Status,
    /// Reason, if given.
    pub reason: Option<Reason>,
    /// Details, if given.
    pub details: Option<&'a str>,
    /// Complexity, if given.
    pub complexity: Option<Complexity>,
    /// True when a zone is given.
    pub gives_zone: bool,
    /// True when an expected resolution date is given.
    pub gives_expected_resolution_date: bool,
    /// True when `building.id` is given.
    pub gives_building_id: bool,
}

/// A move that the table has from a situation, for one actor.
#[derive(Debug, Clone, Copy)]
pub struct Move {
    /// The row of the table: status reached, reason, required members, guard, effect.
    pub rule: &'static Rule,
    /// True when the guard of the row holds.
    pub is_open: bool,
}

/// Returns the moves that an actor has now, in the table's order.
pub fn moves(situation: &Situation, actor: Actor) -> impl Iterator<Item = Move> {
    let Situation { status, qualified, .. } = *situation;
    let rules = RULES.iter().filter(move |rule| rule.from == Some(status) && rule.actors.contains(&actor));
    rules.map(move |rule| Move { rule, is_open: rule.guard == Guard::Always || !qualified })
}

/// Returns the rows that the system applies when a contractual delay expires.
pub fn expiries() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().filter(|rule| rule.actors.contains(&Actor::System))
}

/// Returns the row that permits the request.
///
/// # Errors
/// Returns a [`MoveRefusal`]: 403 when no row permits the move, 400 when a row permits it but a
/// required member is missing.
pub fn decide(situation: &Situation, ask: &Ask<'_>) -> Result<&'static Rule, Problem> {
    let there: Vec<Move> =
        moves(situation, ask.actor).filter(|candidate| candidate.rule.to == ask.to).collect();
    if there.is_empty() {
        return Err(forbidden(situation, ask).into());
    }
    let understood = |candidate: &&Move| match ask.reason {
        Some(reason) => candidate.rule.reason == Some(reason),
        None => candidate.rule.reason.is_none() || candidate.rule.reason_implied,
    };
    let Some(Move { rule, is_open }) = there.iter().find(understood) else {
        return Err(wrong_reason(situation, ask, &there));
    };
    if !is_open {
        return Err(MoveRefusal::Qualified.into());
    }
    if rule.effect == Effect::Qualify {
        check_complexity(situation, ask)?;
    }
    let missing: Vec<Fault> = rule
        .required
        .iter()
        .filter(|required| is_missing(**required, situation, ask))
        .map(missing_fault)
        .collect();
    if missing.is_empty() { Ok(rule) } else { Err(missing.into()) }
}

fn is_missing(required: Required, situation: &Situation, ask: &Ask<'_>) -> bool {
    let again = situation.qualified;
    match required {
        Required::Details => ask.details.is_none_or(|details| details.trim().is_empty()),
        Required::ExpectedResolutionDate => {
            !(ask.gives_expected_resolution_date || again && situation.has_expected_resolution_date)
        }
        Required::NewExpectedResolutionDate => !ask.gives_expected_resolution_date,
        Required::Complexity => {
            ask.complexity.is_none() && situation.buildings < 2 && !(again && situation.complexity.is_some())
        }
        Required::Zone => !(ask.gives_zone || again && situation.has_zone),
        Required::BuildingId => situation.kind == Kind::Creation && !ask.gives_building_id,
    }
}

fn missing_fault(required: &Required) -> Fault {
    let member = required.pointer().trim_start_matches('/').replace('/', ".");
    Fault::new(required.pointer(), MoveRefusal::MemberMissing { member })
}

/// After qualification, complexity changes only from SIMPLE to COMPLEX; no change leads back, so it
/// happens once.
fn check_complexity(situation: &Situation, ask: &Ask<'_>) -> Result<(), MoveRefusal> {
    let (true, Some(present), Some(wanted)) = (situation.qualified, situation.complexity, ask.complexity)
    else {
        return Ok(());
    };
    if present == wanted || (present, wanted) == (Complexity::Simple, Complexity::Complex) {
        return Ok(());
    }
    Err(MoveRefusal::Complexity { present, wanted })
}

fn forbidden(situation: &Situation, ask: &Ask<'_>) -> MoveRefusal {
    let (actor, from, to) = (ask.actor, situation.status, ask.to);
    if from.is_final() {
        return MoveRefusal::Final { status: from };
    }
    let open: Vec<OpenMove> = moves(situation, actor)
        .map(|candidate| OpenMove { to: candidate.rule.to, reason: candidate.rule.reason })
        .collect();
    if open.is_empty() {
        return MoveRefusal::NoneOpen { actor, from, to };
    }
    MoveRefusal::NotOpen { actor, from, to, open }
}

fn wrong_reason(situation: &Situation, ask: &Ask<'_>, there: &[Move]) -> Problem {
    let reasons: Vec<Reason> = there.iter().filter_map(|candidate| candidate.rule.reason).collect();
    let (actor, from, to) = (ask.actor, situation.status, ask.to);
    match ask.reason {
        None => Fault::new("/statusChangeReason", MoveRefusal::ReasonMissing { reasons }).into(),
        Some(reason) if reasons.is_empty() => MoveRefusal::ReasonNotTaken { actor, from, to, reason }.into(),
        Some(reason) => MoveRefusal::ReasonNotOpen { actor, from, to, reason, reasons }.into(),
    }
}

/// Returns the table as a Mermaid state diagram, for the documentation.
#[must_use]
pub fn diagram() -> String {
    let mut lines = vec!["stateDiagram-v2".to_owned()];
    for rule in RULES {
        let from = rule.from.map_or("[*]", Status::as_str);
        let actors = rule.actors.iter().map(|actor| actor.as_str()).collect::<Vec<_>>().join(" or ");
        let reason = rule.reason.map_or(String::new(), |reason| format!(" {reason}"));
        lines.push(format!("    {from} --> {}: {actors}{reason}", rule.to));
    }
    for status in Status::ALL.iter().filter(|status| status.is_final()) {
        lines.push(format!("    {status} --> [*]"));
    }
    lines.join("\n") + "\n"
}

/// Returns the table as Markdown, for the documentation and the served contract.
#[must_use]
pub fn table() -> String {
    let rows: Vec<String> = RULES.iter().map(table_row).collect();
    format!(
        "| From | To | By | Reason | Must come with it | On condition that | Effect |\n|---|---|---|---|---|---|---|\n{}\n",
        rows.join("\n")
    )
}

fn table_row(rule: &Rule) -> String {
    let actors: Vec<&str> = rule.actors.iter().copied().map(Actor::as_str).collect();
    let reason = match rule.reason {
        None => "none".to_owned(),
        Some(reason) if rule.reason_implied => format!("`{reason}`, also when none is given"),
        Some(reason) => format!("`{reason}`"),
    };
    let required: Vec<&str> = rule.required.iter().copied().map(required_text).collect();
    format!(
        "| {} | `{}` | {} | {reason} | {} | {} | {} |",
        rule.from.map_or_else(|| "(opening)".to_owned(), |from| format!("`{from}`")),
        rule.to,
        actors.join(" or "),
        required.join(", "),
        guard_text(rule.guard),
        effect_text(rule.effect)
    )
}

fn required_text(required: Required) -> &'static str {
    match required {
        Required::Details => "`statusChangeDetails`",
        Required::ExpectedResolutionDate => "`expectedResolutionDate` (kept when qualified again)",
        Required::NewExpectedResolutionDate => "`expectedResolutionDate` (given anew)",
        Required::Complexity => {
            "`complexity` (MASSE by default from two buildings on; kept when qualified again)"
        }
        Required::Zone => "`zone` (kept when qualified again)",
        Required::BuildingId => "`building.id` (of a creation)",
    }
}

fn guard_text(guard: Guard) -> &'static str {
    match guard {
        Guard::Always => "",
        Guard::NeverQualified => "the ticket has never been `IN_PROGRESS`",
    }
}

fn effect_text(effect: Effect) -> &'static str {
    match effect {
        Effect::None => "",
        Effect::Qualify => "sets `complexity`, `zone` and `expectedResolutionDate`",
        Effect::Resolve => "sets `resolutionDate`, and `building.id` when given",
        Effect::Reopen => "clears `resolutionDate`",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH: Situation = Situation {
        status: Status::Acknowledged,
        qualified: false,
        complexity: None,
        has_zone: false,
        has_expected_resolution_date: false,
        kind: Kind::Modification,
        buildings: 1,
    };

    fn ask(actor: Actor, to: Status, reason: Option<Reason>) -> Ask<'static> {
        Ask {
            actor,
            to,
            reason,
            details: None,
            complexity: None,
            gives_zone: false,
            gives_expected_resolution_date: false,
            gives_building_id: false,
        }
    }

    #[test]
    fn qualifying_needs_a_date_a_complexity_and_a_zone_and_says_so_at_once() {
        let problem = decide(&FRESH, &ask(Actor::Oi, Status::InProgress, None)).unwrap_err();
        let missing = |member: &str| {
            Fault::new(format!("/{member}"), MoveRefusal::MemberMissing { member: member.to_owned() })
        };
        let faults = ["expectedResolutionDate", "complexity", "zone"].map(missing);
        assert_eq!(problem.faults(), faults);
    }

    #[test]
    fn a_bulk_ticket_is_masse_by_default() {
        let bulk = Situation { buildings: 2, ..FRESH };
        let qualify = Ask {
            gives_zone: true,
            gives_expected_resolution_date: true,
            ..ask(Actor::Oi, Status::InProgress, None)
        };
        assert!(decide(&bulk, &qualify).is_ok());
        assert!(decide(&FRESH, &qualify).is_err());
    }

    #[test]
    fn complexity_goes_from_simple_to_complex_only() {
        let requalify = |from, to| {
            let situation =
                Situation { status: Status::InProgress, qualified: true, complexity: Some(from), ..FRESH };
            let ask = Ask {
                complexity: Some(to),
                details: Some("asbestos"),
                gives_expected_resolution_date: true,
                ..ask(Actor::Oi, Status::InProgress, Some(Reason::Requalified))
            };
            decide(&situation, &ask).is_ok()
        };
        assert!(requalify(Complexity::Simple, Complexity::Complex));
        assert!(requalify(Complexity::Complex, Complexity::Complex));
        assert!(!requalify(Complexity::Complex, Complexity::Simple));
        assert!(!requalify(Complexity::Simple, Complexity::Masse));
    }

    #[test]
    fn a_ticket_once_qualified_is_not_rejected() {
        let back = Situation { qualified: true, ..FRESH };
        let reject = ask(Actor::Oi, Status::Rejected, Some(Reason::UnknownZone));
        assert!(decide(&FRESH, &reject).is_ok());
        assert_eq!(decide(&back, &reject).unwrap_err(), MoveRefusal::Qualified.into());
    }

    #[test]
    fn a_missing_reason_is_a_missing_member_and_the_refusal_lists_the_choices() {
        let problem = decide(&FRESH, &ask(Actor::Oi, Status::Rejected, None)).unwrap_err();
        let reasons = moves(&FRESH, Actor::Oi).filter(|candidate| candidate.rule.to == Status::Rejected);
        let reasons: Vec<Reason> = reasons.filter_map(|candidate| candidate.rule.reason).collect();
        assert_eq!(reasons[..2], [Reason::UnknownResource, Reason::UnknownZone]);
        let fault = Fault::new("/statusChangeReason", MoveRefusal::ReasonMissing { reasons });
        assert_eq!(problem, fault.into());
    }

    #[test]
    fn a_refused_move_names_those_that_are_open() {
        let pending = Situation { status: Status::Pending, ..FRESH };
        let refusal = |actor, to| decide(&pending, &ask(actor, to, None)).unwrap_err().refusal;
        let open = vec![
            OpenMove { to: Status::Acknowledged, reason: Some(Reason::InformationProvided) },
            OpenMove { to: Status::Canceled, reason: Some(Reason::OcCancelation) },
        ];
        let (actor, from, to) = (Actor::Oc, Status::Pending, Status::Closed);
        assert_eq!(refusal(actor, to), MoveRefusal::NotOpen { actor, from, to, open }.into());
        let (actor, from, to) = (Actor::System, Status::Acknowledged, Status::Closed);
        let refused = decide(&FRESH, &ask(actor, to, None)).unwrap_err();
        assert_eq!(refused, MoveRefusal::NoneOpen { actor, from, to }.into());
    }

    #[test]
    fn moves_tell_which_are_open_and_what_must_come_with_them() {
        let told = |situation: &Situation, actor| -> Vec<(Status, bool, usize)> {
            let told = |one: Move| (one.rule.to, one.is_open, one.rule.required.len());
            moves(situation, actor).map(told).collect()
        };
        let back = Situation { qualified: true, ..FRESH };
        let rejections = told(&back, Actor::Oi).into_iter().filter(|(to, ..)| *to == Status::Rejected);
        assert!(rejections.clone().count() == 6 && rejections.clone().all(|(_, is_open, _)| !is_open));
        assert!(told(&back, Actor::Oi).contains(&(Status::InProgress, true, 3)));
        let closed = Situation { status: Status::Closed, ..FRESH };
        assert!([Actor::Oc, Actor::Oi, Actor::System].iter().all(|actor| told(&closed, *actor).is_empty()));
    }

    #[test]
    fn the_system_leaves_each_status_that_has_a_clock_in_one_way() {
        let left: Vec<_> = expiries().filter_map(|rule| rule.from).collect();
        let clocks: Vec<_> = Status::ALL.iter().copied().filter(|status| status.clock().is_some()).collect();
        assert_eq!(left, clocks);
        assert!(expiries().all(|rule| rule.reason.is_some() && rule.required.is_empty()));
    }

    #[test]
    fn the_documentation_shows_this_diagram() {
        insta::assert_snapshot!(diagram());
    }
}

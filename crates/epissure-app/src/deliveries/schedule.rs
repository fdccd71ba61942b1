//! Retry schedule of deliveries (Standard Webhooks 1.0), and the effect of a target's answers on
//! it.

use epissure_store::{Settled, Standing, TargetState};
use jiff::{SignedDuration, Timestamp};

use super::courier::Outcome;
use crate::entropy::Entropy;

/// Delays between an attempt and the next one. The first attempt is immediate.
pub const SCHEDULE: [SignedDuration; 9] = [
    SignedDuration::from_secs(5),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(5),
    SignedDuration::from_hours(10),
    SignedDuration::from_hours(14),
    SignedDuration::from_hours(20),
    SignedDuration::from_hours(24),
];
/// Random variation of each delay, in percent of the delay, which spreads out the retries of
/// simultaneous failures.
pub const JITTER_PERCENT: i64 = 20;
/// Maximum pause that a target may request.
pub const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(24);
/// Pause of an overloaded target that sends no Retry-After.
pub const PAUSE: SignedDuration = SignedDuration::from_secs(60);
/// Minimum duration of continuous failure after which an exhausted delivery disables its target. It
/// is at most the shortest possible length of the schedule.
pub const SUSTAINED: SignedDuration = SignedDuration::from_hours(60);

/// Statuses that mean an overloaded target: all its deliveries are paused.
const OVERLOADED: [u16; 4] = [429, 502, 503, 504];
/// Status that means a permanently removed target.
const GONE: u16 = 410;

/// Consequences of an attempt for the delivery, and for the target if its standing changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) settled: Settled,
    pub(super) standing: Option<Standing>,
}

/// Decides the consequences of an attempt. `step` is the number of earlier attempts of the running
/// schedule; `now` is the end of the attempt.
pub(super) fn decide(
    outcome: &Outcome,
    step: u32,
    standing: &Standing,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Decision {
    if outcome.delivered() {
        let well = Standing { failing_since: None, reason: None, held_until: None, ..standing.clone() };
        return Decision { settled: Settled::Delivered, standing: (well != *standing).then_some(well) };
    }
    let failing_since = standing.failing_since.unwrap_or(now);
    let mut becomes = Standing { failing_since: Some(failing_since), ..standing.clone() };
    if let Some(status) = outcome.status
        && OVERLOADED.contains(&status)
    {
        becomes.held_until = Some(now + outcome.retry_after.unwrap_or(PAUSE).min(LONGEST_PAUSE));
    }
    let settled = match wait(step, entropy) {
        Some(wait) => {
            let asked = outcome.retry_after.unwrap_or_default().min(LONGEST_PAUSE);
            Settled::Again { at: now + wait.max(asked) }
        }
        None => Settled::Exhausted,
    };
    if outcome.status == Some(GONE) {
        becomes = disabled(becomes, "it answered 410 Gone");
    } else if settled == Settled::Exhausted && now.duration_since(failing_since) >= SUSTAINED {
        becomes = disabled(becomes, "every attempt has failed for two days and a half");
    }
    Decision { settled, standing: (becomes != *standing).then_some(becomes) }
}

fn disabled(standing: Standing, reason: &str) -> Standing {
    Standing { state: TargetState::Disabled, reason: Some(reason.to_owned()), ..standing }
}

/// Returns the delay after an attempt, or `None` after the last one.
pub(super) fn wait(step: u32, entropy: &dyn Entropy) -> Option<SignedDuration> {
    let planned = SCHEDULE.get(step as usize)?.as_millis() as i64;
    let mut random = [0; 8];
    entropy.fill(&mut random);
    // From -JITTER_PERCENT to +JITTER_PERCENT, in thousandths of a percent.
    let span = 2 * JITTER_PERCENT as u64 * 1000 + 1;
    let jitter = (u64::from_le_bytes(random) % span) as i64 - JITTER_PERCENT * 1000;
    Some(SignedDuration::from_millis(planned + planned * jitter / 100_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    fn answered(status: u16, retry_after: Option<i64>) -> Outcome {
        Outcome {
            status: Some(status),
            retry_after: retry_after.map(SignedDuration::from_secs),
            ..Outcome::default()
        }
    }

    fn active() -> Standing {
        Standing::new(TargetState::Active)
    }

    fn now() -> Timestamp {
        Timestamp::from_second(1_736_860_678).unwrap()
    }

    #[test]
    fn each_wait_is_that_of_the_schedule_within_a_fifth() {
        for (step, planned) in SCHEDULE.iter().enumerate() {
            let (mut shorter, mut longer) = (false, false);
            for _ in 0..500 {
                let wait = wait(step as u32, &SystemEntropy).unwrap();
                assert!(wait >= *planned * 4 / 5 && wait <= *planned * 6 / 5, "{step}: {wait:?}");
                shorter |= wait < *planned;
                longer |= wait > *planned;
            }
            assert!(shorter && longer, "{step}");
        }
        assert_eq!(wait(SCHEDULE.len() as u32, &SystemEntropy), None);
        assert!(SCHEDULE.iter().sum::<SignedDuration>() * 4 / 5 >= SUSTAINED);
    }

    #[test]
    fn only_2xx_is_delivered() {
        for (status, delivered) in
            [(200, true), (204, true), (299, true), (199, false), (301, false), (304, false), (404, false)]
        {
            let decision = decide(&answered(status, None), 0, &active(), now(), &SystemEntropy);
            assert_eq!(decision.settled == Settled::Delivered, delivered, "{status}");
        }
        let unreachable = Outcome { error: Some("refused".to_owned()), ..Outcome::default() };
        let decision = decide(&unreachable, 0, &active(), now(), &SystemEntropy);
        assert!(matches!(decision.settled, Settled::Again { .. }));
        assert_eq!(decision.standing.unwrap().failing_since, Some(now()));
    }

    #[test]
    fn a_pause_that_is_asked_for_is_kept_by_all_that_waits() {
        let decision = decide(&answered(429, Some(1000)), 0, &active(), now(), &SystemEntropy);
        let until = now() + SignedDuration::from_secs(1000);
        assert_eq!(
            decision.settled,
            Settled::Again { at: until },
            "longer than the five seconds of the schedule"
        );
        assert_eq!(decision.standing.unwrap().held_until, Some(until));

        let decision = decide(&answered(503, Some(1)), 1, &active(), now(), &SystemEntropy);
        let Settled::Again { at } = decision.settled else { panic!("{decision:?}") };
        assert!(at >= now() + SCHEDULE[1] * 4 / 5, "the schedule is the longer");

        let decision = decide(&answered(502, None), 0, &active(), now(), &SystemEntropy);
        assert_eq!(decision.standing.unwrap().held_until, Some(now() + PAUSE));
        let decision = decide(&answered(429, Some(1_000_000)), 0, &active(), now(), &SystemEntropy);
        assert_eq!(
            decision.standing.unwrap().held_until,
            Some(now() + LONGEST_PAUSE),
            "no longer than a day"
        );
        let decision = decide(&answered(500, Some(1000)), 0, &active(), now(), &SystemEntropy);
        assert_eq!(decision.standing.unwrap().held_until, None, "a fault of one event holds no other back");
    }

    #[test]
    fn gone_disables_at_once() {
        let decision = decide(&answered(410, None), 0, &active(), now(), &SystemEntropy);
        let standing = decision.standing.unwrap();
        assert_eq!(standing.state, TargetState::Disabled);
        assert_eq!(standing.reason.as_deref(), Some("it answered 410 Gone"));
        assert!(matches!(decision.settled, Settled::Again { .. }), "what waits is kept");
    }

    #[test]
    fn a_delivery_that_is_given_up_disables_a_target_that_takes_nothing_else_either() {
        let last = SCHEDULE.len() as u32;
        let failing =
            |hours| Standing { failing_since: Some(now() - SignedDuration::from_hours(hours)), ..active() };
        let of = |standing: &Standing| decide(&answered(500, None), last, standing, now(), &SystemEntropy);
        let long = of(&failing(60));
        assert_eq!(long.settled, Settled::Exhausted);
        assert_eq!(long.standing.unwrap().state, TargetState::Disabled);
        let short = of(&failing(59));
        assert_eq!(short.settled, Settled::Exhausted);
        assert_eq!(short.standing, None, "something else was taken meanwhile");
    }

    #[test]
    fn a_success_makes_a_target_well_again() {
        let standing = Standing { failing_since: Some(now()), held_until: Some(now()), ..active() };
        let decision = decide(&answered(200, None), 3, &standing, now(), &SystemEntropy);
        assert_eq!(decision.standing, Some(active()));
        assert_eq!(decide(&answered(200, None), 0, &active(), now(), &SystemEntropy).standing, None);
    }
}

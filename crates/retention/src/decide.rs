//! Who is due and who is spared, and why: pure decisions over what was read.

use chrono::{DateTime, SecondsFormat, Utc};
use model::{AgeClock, Guest, GuestKind, RetentionPolicy};
use proof::SpareReason;

use crate::Hold;

/// What the guest's own record does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The guest has a conversation in state `active`.
    pub open_conversation: bool,
    /// The guest has a conversation without an end of which the org does not confirm that it goes on.
    pub unclear_conversation: bool,
    /// The outbox holds messages for the guest.
    pub undelivered: bool,
    /// The policy's filter matches, or the policy has none.
    pub matching: bool,
}

impl Default for Facts {
    /// Nothing that spares anyone.
    fn default() -> Self {
        Self { open_conversation: false, unclear_conversation: false, undelivered: false, matching: true }
    }
}

/// Every reason to spare the guest, the most telling first; empty when the guest is due. `changed` says that the guest has
/// another revision than in the plan; false while planning.
#[must_use]
pub fn reasons(
    policy: &RetentionPolicy,
    cutoff: DateTime<Utc>,
    guest: &Guest,
    facts: Facts,
    changed: bool,
) -> Vec<SpareReason> {
    let all = [
        (SpareReason::OpenConversation, policy.spare_open_conversations && facts.open_conversation),
        (SpareReason::Unclear, policy.spare_open_conversations && facts.unclear_conversation),
        (SpareReason::Undelivered, facts.undelivered),
        (SpareReason::Active, policy.spare_active && guest.active),
        (SpareReason::TooYoung, !policy.is_due(guest, cutoff)),
        (SpareReason::NotMatching, policy.filter.is_some() && !facts.matching),
        (SpareReason::ChangedSincePlan, changed || no_longer_listed(guest).is_some()),
    ];
    all.into_iter().filter_map(|(reason, holds)| holds.then_some(reason)).collect()
}

/// Why no plan lists this guest, whatever the policy says: only a curated contact that stands for itself is listed.
fn no_longer_listed(guest: &Guest) -> Option<String> {
    match (guest.canonical_id, guest.kind) {
        (Some(canonical), _) => Some(format!("was merged into {canonical}, which is asked about by itself")),
        (None, Some(kind)) if kind != GuestKind::Curated => Some(format!(
            "is {}: in no list, and expires by itself after the last interaction",
            kind.as_str()
        )),
        _ => None,
    }
}

/// The answer to "why?" for one guest, included or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Whether a plan made now would list the guest as due.
    pub due: bool,
    /// Sentences for a person: why not, or what makes the guest due.
    pub why: Vec<String>,
}

/// Says whether the policy would let this guest go now, and why. The holds that keep the guest
/// ([`holds_on`](crate::holds_on)) are told first.
///
/// ```
/// # let now = "2026-11-22T12:00:00Z".parse().unwrap();
/// # let guest: model::Guest = serde_json::from_str(r#"{"id":"6e2f0c1e-5b7a-4c7e-9a51-2f1d3c4ba91c","name":"Ada",
/// #   "active":false,"createdTime":"2026-09-01T12:00:00Z","modifiedTime":"2026-09-01T12:00:00Z","version":1}"#).unwrap();
/// use retention::{Facts, explain};
/// let facts = Facts { open_conversation: true, ..Facts::default() };
/// let answer = explain(&model::RetentionPolicy::default(), &guest, facts, &[], now);
/// assert!(!answer.due);
/// assert_eq!(answer.why, ["has an open conversation, which the policy spares"]);
/// ```
#[must_use]
pub fn explain(
    policy: &RetentionPolicy,
    guest: &Guest,
    facts: Facts,
    holds: &[Hold],
    now: DateTime<Utc>,
) -> Explanation {
    let cutoff = policy.cutoff(now);
    let spared = reasons(policy, cutoff, guest, facts, false);
    if spared.is_empty() && holds.is_empty() {
        let mut why = vec![age(policy, guest, cutoff, now)];
        if policy.spare_open_conversations {
            why.push("has no open conversation".to_owned());
        }
        if policy.filter.is_some() {
            why.push("matches the policy's filter".to_owned());
        }
        return Explanation { due: true, why };
    }
    let held = holds.iter().map(|hold| {
        let overdue =
            if hold.is_overdue(now) { ", which is over: it holds until a person removes it" } else { "" };
        let until = hold.until.map(|day| format!(", until {day}{overdue}")).unwrap_or_default();
        format!("is on hold: {} ({}{until})", hold.reason, hold.owner)
    });
    let spared = spared.into_iter().map(|reason| match reason {
        SpareReason::Hold => "is on hold".to_owned(),
        SpareReason::OpenConversation => "has an open conversation, which the policy spares".to_owned(),
        SpareReason::Unclear => {
            "has a conversation without an end, of which the org does not confirm that it goes on".to_owned()
        }
        SpareReason::Undelivered => "has messages in the outbox that are not delivered yet".to_owned(),
        SpareReason::Active => "is active, which the policy spares".to_owned(),
        SpareReason::TooYoung => age(policy, guest, cutoff, now),
        SpareReason::NotMatching => "does not match the policy's filter".to_owned(),
        SpareReason::ChangedSincePlan => {
            no_longer_listed(guest).unwrap_or_else(|| "changed since the plan".to_owned())
        }
    });
    Explanation { due: false, why: held.chain(spared).collect() }
}

fn age(policy: &RetentionPolicy, guest: &Guest, cutoff: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let time = policy.age_time(guest);
    let what = match policy.clock {
        AgeClock::Created => "created",
        AgeClock::LastActivity => "last active",
    };
    let days = now.signed_duration_since(time).num_days();
    let side = if time < cutoff { "before" } else { "not before" };
    let show = |t: DateTime<Utc>| t.to_rfc3339_opts(SecondsFormat::Secs, true);
    let keep = policy.days.get();
    format!("{what} {} ({days} days ago), {side} the cut-off {} ({keep} days)", show(time), show(cutoff))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::memory_org::{guest, now};

    fn everything_spares() -> RetentionPolicy {
        RetentionPolicy {
            spare_active: true,
            filter: Some("active = true".parse().unwrap()),
            ..RetentionPolicy::default()
        }
    }

    #[test]
    fn a_guest_is_due_strictly_before_the_cutoff_and_not_on_it() {
        let policy = RetentionPolicy::default();
        let cutoff = policy.cutoff(now());
        let mut on_it = guest(1, 0);
        on_it.created_time = cutoff;
        assert_eq!(reasons(&policy, cutoff, &on_it, Facts::default(), false), [SpareReason::TooYoung]);
        on_it.created_time = cutoff - chrono::Duration::nanoseconds(1);
        assert!(reasons(&policy, cutoff, &on_it, Facts::default(), false).is_empty());
    }

    #[test]
    fn every_reason_is_told_with_the_open_conversation_first() {
        let mut young = guest(1, 3);
        young.active = true;
        let facts =
            Facts { open_conversation: true, unclear_conversation: true, undelivered: true, matching: false };
        let policy = everything_spares();
        let all = reasons(&policy, policy.cutoff(now()), &young, facts, true);
        assert_eq!(all.len(), 7);
        assert!(all.is_sorted());
        assert_eq!(explain(&policy, &young, facts, &[], now()).why.len(), 6);
    }

    #[test]
    fn an_explanation_names_the_clock_the_age_and_the_cutoff() {
        let policy = RetentionPolicy { clock: AgeClock::LastActivity, ..RetentionPolicy::default() };
        let answer = explain(&policy, &guest(1, 45), Facts::default(), &[], now());
        assert!(answer.due);
        assert_eq!(
            answer.why[0],
            "last active 2026-10-08T12:00:00Z (45 days ago), before the cut-off 2026-10-23T12:00:00Z (30 days)"
        );
    }

    proptest! {
        #[test]
        fn a_rule_that_is_off_spares_nobody_and_the_explanation_agrees_with_the_plan(
            open: bool, undelivered: bool, matching: bool, active: bool, spare_open: bool, spare_active: bool,
            filtered: bool, days in 0i64..90,
        ) {
            let policy = RetentionPolicy {
                spare_open_conversations: spare_open,
                spare_active,
                filter: filtered.then(|| "active = true".parse().unwrap()),
                ..RetentionPolicy::default()
            };
            let mut g = guest(1, days);
            g.active = active;
            let facts = Facts { open_conversation: open, unclear_conversation: open, undelivered, matching };
            let kept = (open && spare_open) || undelivered || (active && spare_active) || days <= 30
                || (filtered && !matching);
            prop_assert_eq!(!reasons(&policy, policy.cutoff(now()), &g, facts, false).is_empty(), kept);
            prop_assert_eq!(explain(&policy, &g, facts, &[], now()).due, !kept);
        }
    }
}

//! What the org's ledger, and what the test itself did, say about a run.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use model::{AgeClock, GuestId, RetentionPolicy};
use retention::{
    GuestOutcome, Outcome, Plan, PlanLine, RunInfo, RunState, SpareReason, clock_jump::TOLERATED,
};
use simulator::Kind;

use crate::{
    ground::by_api,
    network::Happening,
    people::{People, Person},
};

pub type Guests = BTreeSet<GuestId>;

/// Everything that happened, sorted by what it means for a guest.
#[derive(Debug, Default)]
pub struct Judged {
    /// Deletes and asks for deletes that broke a rule.
    pub crimes: Vec<String>,
    /// Deleted by the run.
    pub deleted: Guests,
    /// Of these, by a request that was thought lost.
    pub landed: Guests,
    /// Deleted by somebody else.
    pub vanished: Guests,
    /// Written to, or heard from, since the plan.
    pub touched: Guests,
    /// On hold by name.
    pub held: Guests,
    /// On hold by a filter.
    pub kept: Guests,
    pub queued: Guests,
    /// With an open conversation when the org was asked.
    pub open: Guests,
    pub asked: Guests,
    died: bool,
}

/// What holds before the plan, from the story until then.
pub struct Before {
    pub held: Guests,
    pub tiers: BTreeSet<&'static str>,
    pub queued: Guests,
    pub gone: Guests,
    /// The last write by the ledger.
    touched: BTreeMap<GuestId, DateTime<Utc>>,
}

impl Before {
    pub fn of(story: &[Happening]) -> Self {
        let mut before = Self {
            held: Guests::new(),
            tiers: BTreeSet::new(),
            queued: Guests::new(),
            gone: Guests::new(),
            touched: BTreeMap::new(),
        };
        for happening in story {
            match happening {
                Happening::Held(id) => drop(before.held.insert(*id)),
                Happening::HeldByTier(tier) => drop(before.tiers.insert(tier)),
                Happening::Queued(id) => drop(before.queued.insert(*id)),
                Happening::Org(e) => match (e.kind, e.guest_id.map(GuestId)) {
                    (Kind::Deleted, Some(id)) => drop(before.gone.insert(id)),
                    (Kind::Changed, Some(id)) if e.conversation_id.is_none() => {
                        before.touched.insert(id, e.at.parse().unwrap());
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        before
    }

    fn is_kept(&self, person: &Person) -> bool {
        person.tier.is_some_and(|tier| self.tiers.contains(tier))
    }

    /// The plan is exactly what the rules make of these people. `at` are the org's times before and after it was made; who
    /// vanished in between may be in it.
    pub fn judge_plan(&self, plan: &Plan, people: &People, at: [DateTime<Utc>; 2], vanished: &Guests) {
        let policy = &plan.header().policy;
        let lines: BTreeMap<GuestId, PlanLine> =
            plan.lines().unwrap().map(|line| line.unwrap()).map(|line| (line.id, line)).collect();
        assert_eq!(lines.len() as u64, plan.total());
        for person in &people.all {
            let line = lines.get(&person.id);
            let listed = !self.gone.contains(&person.id) && self.is_due(policy, person, plan.header().cutoff);
            assert!(line.is_some() == listed || vanished.contains(&person.id), "{person:?} {line:?}");
            let Some(line) = line else { continue };
            assert_eq!(line.due, line.why.is_none());
            // No filter and no conversation tells of somebody who is gone.
            if vanished.contains(&person.id) {
                continue;
            }
            let expected = at.map(|now| self.reason(policy, person, now));
            assert!(expected.contains(&line.why), "{person:?}: {:?} in place of {expected:?}", line.why);
        }
        assert!(lines.keys().all(|id| people.of(*id).is_some()));
    }

    /// Whoever was deleted was old enough by the org's own clock, give or take what is tolerated of ours.
    pub fn judge_ages(
        &self,
        policy: &RetentionPolicy,
        people: &People,
        deleted: &Guests,
        org: DateTime<Utc>,
    ) {
        let latest = policy.cutoff(org) + TOLERATED;
        let young = |id: &&GuestId| people.of(**id).is_none_or(|person| !self.is_due(policy, person, latest));
        let young: Vec<&GuestId> = deleted.iter().filter(young).collect();
        assert!(young.is_empty(), "deleted and too young by the org's clock: {young:?}");
    }

    pub fn is_due(&self, policy: &RetentionPolicy, person: &Person, cutoff: DateTime<Utc>) -> bool {
        let last = self.touched.get(&person.id).copied().unwrap_or(person.created);
        let time = if policy.clock == AgeClock::Created { person.created } else { last };
        time < cutoff && (policy.filter.is_none() || person.tier == Some("gold"))
    }

    fn reason(&self, policy: &RetentionPolicy, person: &Person, now: DateTime<Utc>) -> Option<SpareReason> {
        let reasons = [
            (SpareReason::Hold, self.held.contains(&person.id) || self.is_kept(person)),
            (SpareReason::OpenConversation, policy.spare_open_conversations && person.is_open(now)),
            (SpareReason::Undelivered, self.queued.contains(&person.id)),
            (SpareReason::Active, policy.spare_active && person.active),
        ];
        reasons.into_iter().find_map(|(reason, is)| is.then_some(reason))
    }
}

impl Judged {
    /// Walks the story since the plan. A rule counts when it could be known: holds by name and the outbox up to the
    /// moment a delete leaves, holds by filter and open conversations up to the look at the batch, versions always.
    pub fn of(story: &[Happening], before: &Before, plan: &Plan, people: &People) -> Self {
        let due: Guests = plan.lines().unwrap().map(|l| l.unwrap()).filter(|l| l.due).map(|l| l.id).collect();
        let spares_open = plan.header().policy.spare_open_conversations;
        let mut judged = Self { held: before.held.clone(), queued: before.queued.clone(), ..Self::default() };
        // Whoever vanished while the plan was made is gone when it is run.
        judged.vanished.extend(&before.gone);
        let mut tiers = before.tiers.clone();
        let mut moved = BTreeMap::new();
        let (mut kept_at_look, mut open_at_look) = (Guests::new(), Guests::new());
        let is_kept = |tiers: &BTreeSet<&str>, moved: &BTreeMap<GuestId, &str>, id: &GuestId| {
            let tier = moved.get(id).copied().or_else(|| people.of(*id)?.tier);
            tier.is_some_and(|tier| tiers.contains(tier))
        };
        judged.kept.extend(people.by_id.keys().filter(|id| is_kept(&tiers, &moved, id)));
        for happening in story {
            match happening {
                Happening::Held(id) => drop(judged.held.insert(*id)),
                Happening::HeldByTier(tier) => {
                    tiers.insert(tier);
                    judged.kept.extend(people.by_id.keys().filter(|id| is_kept(&tiers, &moved, id)));
                }
                Happening::Tiered(id, tier) => {
                    moved.insert(*id, *tier);
                    if tiers.contains(tier) {
                        judged.kept.insert(*id);
                    } else {
                        kept_at_look.remove(id);
                    }
                }
                Happening::Queued(id) => drop(judged.queued.insert(*id)),
                Happening::Look(ids) => {
                    for id in ids {
                        kept_at_look.remove(id);
                        open_at_look.remove(id);
                    }
                    kept_at_look.extend(ids.iter().filter(|id| is_kept(&tiers, &moved, id)));
                }
                Happening::Open { all_along, at_times } => {
                    open_at_look.extend(all_along);
                    judged.open.extend(at_times);
                }
                Happening::Asked(id) => {
                    judged.asked.insert(*id);
                    let crimes = [
                        ("was not due", !due.contains(id)),
                        ("is on hold", judged.held.contains(id)),
                        ("is on hold by a filter", kept_at_look.contains(id)),
                        ("has messages in the outbox", judged.queued.contains(id)),
                        ("has an open conversation", spares_open && open_at_look.contains(id)),
                    ];
                    let told =
                        crimes.iter().filter(|(_, is)| *is).map(|(what, _)| format!("asked: {id} {what}"));
                    judged.crimes.extend(told);
                }
                Happening::Landed(id) => drop(judged.landed.insert(*id)),
                Happening::Org(e) => {
                    if let (Kind::Deleted, Some(id)) = (e.kind, e.guest_id) {
                        // The holds are asked for after the look, and a filter matches nobody who is gone.
                        kept_at_look.remove(&GuestId(id));
                    }
                    judged.hear(e, &due);
                }
                Happening::Died => judged.died = true,
            }
        }
        judged
    }

    fn hear(&mut self, entry: &simulator::Entry, due: &Guests) {
        let Some(id) = entry.guest_id.map(GuestId) else { return };
        match entry.kind {
            Kind::Deleted if by_api(entry) => {
                let crimes = [
                    ("was not due", !due.contains(&id)),
                    ("had changed", self.touched.contains(&id)),
                    ("was deleted before", !self.deleted.insert(id)),
                ];
                let told =
                    crimes.iter().filter(|(_, is)| *is).map(|(what, _)| format!("deleted: {id} {what}"));
                self.crimes.extend(told);
            }
            Kind::Deleted => drop(self.vanished.insert(id)),
            Kind::Message => drop(self.touched.insert(id)),
            // Closing a conversation is no change of its guest.
            Kind::Changed if entry.conversation_id.is_none() => drop(self.touched.insert(id)),
            _ => {}
        }
    }

    /// Whether something spared the guest at any time.
    fn has_reason(&self, id: &GuestId, policy: &RetentionPolicy) -> bool {
        [&self.touched, &self.held, &self.kept, &self.queued].iter().any(|set| set.contains(id))
            || (policy.spare_open_conversations && self.open.contains(id))
    }

    /// The deleted are the plan minus what the rules spare, exactly, and the books of a run that is over say so.
    pub fn judge_books(&self, plan: &Plan, outcomes: &[GuestOutcome], report: &RunInfo) {
        assert_eq!(self.crimes, Vec::<String>::new());
        assert_eq!(
            (report.state, report.counts.remaining, report.counts.failed),
            (RunState::Finished, 0, 0),
            "{report:?}"
        );
        assert!(report.verified == Some(true), "{report:?}");
        let policy = &plan.header().policy;
        let mut counts = [0; 3];
        assert_eq!(outcomes.len() as u64, plan.total());
        for (line, told) in plan.lines().unwrap().map(|l| l.unwrap()).zip(outcomes) {
            assert_eq!(line.id, told.id);
            let id = &line.id;
            let (deleted, vanished) = (self.deleted.contains(id), self.vanished.contains(id));
            assert!(
                !line.due || deleted || vanished || self.has_reason(id, policy),
                "{id} is left and nothing spares them"
            );
            let outcome = told.outcome.as_ref().unwrap();
            let (slot, right) = match outcome {
                Outcome::Deleted { inferred: false } => (0, deleted),
                // Written down before a death as about to be asked for, and gone after it.
                Outcome::Deleted { inferred: true } => {
                    (0, deleted || (vanished && (self.died || self.asked.contains(id))))
                }
                Outcome::AlreadyGone => (1, vanished && !deleted),
                Outcome::Spared { why } if !line.due => (2, !deleted && line.why == Some(*why)),
                // A request that was thought lost for good may land whenever it likes.
                Outcome::Spared { why } => {
                    (2, (!deleted || self.landed.contains(id)) && self.bears_out(id, *why, policy))
                }
                Outcome::Failed { .. } => (0, false),
            };
            assert!(right, "{id}: {outcome:?}, and {deleted} {vanished} in {self:?}");
            counts[slot] += 1;
        }
        assert_eq!(counts, [report.counts.deleted, report.counts.already_gone, report.counts.spared]);
    }

    fn bears_out(&self, id: &GuestId, why: SpareReason, policy: &RetentionPolicy) -> bool {
        match why {
            SpareReason::Hold => self.held.contains(id) || self.kept.contains(id),
            SpareReason::OpenConversation => policy.spare_open_conversations && self.open.contains(id),
            SpareReason::Undelivered => self.queued.contains(id),
            _ => self.touched.contains(id),
        }
    }
}

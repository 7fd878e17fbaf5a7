//! An org in memory for the tests of this crate: guests, trouble to order, events at a given step, a kill at a given
//! step, and a judge that writes down every delete that broke a rule.

mod port;

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use model::{
    AgeClock, Clock, Doomed, Guest, GuestId, KeysetWalk, RetentionPolicy, Revision, ScanCursor, ScanOrder,
    Selection, Span, Step, Total,
};
use testkit::third_dialect::{Expired, GuestsPage, ThirdDialect};
use tokio::sync::Notify;

use crate::{
    Error, Hold, HoldDraft, HoldId, HoldSet, OpenConversations, OrgAbilities, OrgError, OrgPort, PAGE,
    PlanProgress, PlanSeal, PlanSummary, Removed, RunControl, Scan, ScanPage, clock_jump::TOLERATED,
    plan::PlanKey,
};

/// Makes a plan as the file of this name, in place of any other.
pub async fn plan_at(
    org: &dyn OrgPort,
    policy: &RetentionPolicy,
    seal: &PlanSeal,
    now: DateTime<Utc>,
    out: &std::path::Path,
    progress: &(dyn Fn(PlanProgress) + Sync),
) -> Result<PlanSummary, Error> {
    let mut file = store::WholeFile::begin(out.parent().unwrap()).unwrap();
    let summary = crate::plan(org, policy, seal, now, &mut file, progress).await?;
    file.publish(out, store::Existing::Replace).unwrap();
    Ok(summary)
}

pub fn now() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

pub struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        now()
    }
}

pub fn id(n: u64) -> GuestId {
    // Scattered, so that the order of ids is not the order of creation.
    GuestId(uuid::Uuid::from_u64_pair(n.wrapping_mul(0x9e37_79b9_7f4a_7c15), n))
}

/// The seal of the folder in which these stories happen.
pub fn seal() -> PlanSeal {
    seal_of("simulator", "https://org demo", 5)
}

/// As [`seal`], for the dialect that the org speaks.
pub fn seal_for(org: &MemoryOrg) -> PlanSeal {
    seal().in_dialect(org.abilities().dialect)
}

pub fn seal_of(connection: &str, org: &str, key: u8) -> PlanSeal {
    let kept = model::Secret::new(format!("{key:02x}").repeat(32));
    PlanSeal::new(connection, org, &kept).unwrap()
}

/// A guest created so many days ago.
pub fn guest(n: u64, days: i64) -> Guest {
    let time = now() - chrono::Duration::days(days);
    Guest {
        id: id(n),
        name: "Anonymous Guest".to_owned(),
        email: None,
        attributes: Default::default(),
        active: false,
        created_time: time,
        modified_time: time,
        revision: (1 + n % 3).into(),
        kind: None,
        phone: None,
        canonical_id: None,
    }
}

/// The filter that this world knows: guests tagged in [`OrgState::tagged`].
pub fn tagged() -> Selection {
    "attributes.tag = \"x\"".parse().unwrap()
}

/// The filter of the hold that [`Event::HeldByFilter`] adds: guests in [`OrgState::kept`].
pub const KEPT: &str = "attributes.keep = true";

/// A hold on one guest, or on everyone in [`OrgState::kept`].
pub fn hold(n: u64, on: Option<GuestId>) -> Hold {
    let draft = HoldDraft {
        guest: on.map(|id| id.to_string()),
        filter: on.is_none().then(|| KEPT.to_owned()),
        reason: "case 17".to_owned(),
        owner: "Legal".to_owned(),
        until: None,
    };
    draft.check(HoldId(uuid::Uuid::from_u128(n.into())), now()).unwrap()
}

/// What goes wrong with one ask for a delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// 429: surely not done.
    Limited,
    /// A cut before the org did it.
    CutBefore,
    /// A cut after the org did it.
    CutAfter,
    /// 400.
    Refused,
    /// 403.
    Forbidden,
}

/// Something that happens to a guest, or to the run, in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A conversation opens; the contract raises the version.
    Opens(u64),
    /// Someone edits the guest.
    Edited(u64),
    /// The outbox takes a message for the guest: nothing the org knows of.
    Writes(u64),
    /// The guest loses the tag the policy asks for, which is an edit.
    Untagged(u64),
    /// Someone else deletes the guest.
    Vanishes(u64),
    /// A delete of ours whose answer got lost reaches the org only now.
    Lands(u64),
    /// A person puts the guest on hold.
    Held(u64),
    /// A person adds a hold by filter.
    HeldByFilter,
    /// A person presses pause.
    Pause,
}

#[derive(Default)]
pub struct OrgState {
    pub guests: BTreeMap<PlanKey, Guest>,
    pub open: HashSet<GuestId>,
    /// Guests with a conversation of which nobody knows whether it goes on.
    pub unclear: HashSet<GuestId>,
    pub undelivered: HashSet<GuestId>,
    pub tagged: HashSet<GuestId>,
    pub holds: Vec<Hold>,
    /// Guests that the filter [`KEPT`] matches.
    pub kept: HashSet<GuestId>,
    /// Guests that a hold by filter kept when they were listed for their batch: these must be spared.
    pub kept_when_listed: HashSet<GuestId>,
    pub trouble: HashMap<GuestId, VecDeque<Trouble>>,
    /// What goes wrong with the next lists.
    pub list_trouble: VecDeque<OrgError>,
    pub events: Vec<(u64, Event)>,
    /// Guests that something happened to while they existed: these must be spared.
    pub touched: HashSet<GuestId>,
    /// Guests whose delete is on its way.
    pub leaving: HashSet<GuestId>,
    /// Guests whose message came in while their delete was on its way: too late for any check, so either end is right.
    pub late: HashSet<GuestId>,
    /// Guests whom a run that deletes without a revision has looked at.
    pub looked_at: HashSet<GuestId>,
    /// Guests that changed after that look: the org cannot refuse their delete, so either end is right.
    pub unguarded: HashSet<GuestId>,
    /// Deleted by the run, each once.
    pub deleted: Vec<GuestId>,
    /// Deleted by someone else.
    pub vanished: HashSet<GuestId>,
    /// Deletes that broke a rule.
    pub violations: Vec<String>,
    pub asks: HashMap<GuestId, u32>,
    /// Of each request that deletes, whether it named the revisions of its guests.
    pub named_revisions: Vec<bool>,
    pub pages: u64,
    /// At most so many rows of a page, by turns; all of them when empty.
    pub short: Vec<usize>,
    /// Counted, and left out of every page.
    pub withheld: HashSet<GuestId>,
    pub in_flight: u32,
    pub most_in_flight: u32,
    /// When each delete reached the org.
    pub times: Vec<tokio::time::Instant>,
    pub control: Option<RunControl>,
    /// What the org's own clock shows, where it shows any.
    pub shows: Option<DateTime<Utc>>,
    pub third: ThirdDialect,
    pub step: u64,
    /// The step at which the process dies.
    pub kill_at: Option<u64>,
}

impl OrgState {
    pub fn add(&mut self, guest: Guest) {
        self.guests.insert(PlanKey::from(&guest), guest);
    }

    pub fn find(&mut self, id: GuestId) -> Option<&mut Guest> {
        self.guests.values_mut().find(|g| g.id == id)
    }

    fn remove(&mut self, id: GuestId) -> bool {
        let before = self.guests.len();
        self.guests.retain(|_, g| g.id != id);
        before > self.guests.len()
    }

    pub fn happen(&mut self, event: Event) {
        let n = match event {
            Event::Opens(n) | Event::Edited(n) | Event::Writes(n) | Event::Untagged(n) => n,
            Event::Vanishes(n) | Event::Lands(n) | Event::Held(n) => n,
            Event::HeldByFilter => {
                self.holds.push(hold(u64::MAX, None));
                return;
            }
            Event::Pause => {
                if let Some(control) = &self.control {
                    control.pause();
                }
                return;
            }
        };
        let id = id(n);
        let Some(guest) = self.find(id) else { return };
        if let Event::Opens(_) | Event::Edited(_) | Event::Untagged(_) = event {
            guest.revision = (guest.revision.number().expect("this org has version numbers") + 1).into();
            guest.modified_time = now();
        }
        match event {
            Event::Opens(_) => drop(self.open.insert(id)),
            Event::Writes(_) => {
                self.undelivered.insert(id);
                if self.leaving.contains(&id) {
                    self.late.insert(id);
                    return;
                }
            }
            Event::Held(n) => {
                self.holds.push(hold(n, Some(id)));
                if self.leaving.contains(&id) {
                    self.late.insert(id);
                    return;
                }
            }
            Event::Untagged(_) => drop(self.tagged.remove(&id)),
            Event::Vanishes(_) => {
                self.remove(id);
                self.vanished.insert(id);
                return;
            }
            Event::Lands(_) => {
                if self.asks.contains_key(&id) && self.remove(id) {
                    self.deleted.push(id);
                }
                return;
            }
            Event::Edited(_) | Event::HeldByFilter | Event::Pause => {}
        }
        if self.looked_at.contains(&id) {
            self.unguarded.insert(id);
        } else {
            self.touched.insert(id);
        }
    }
}

/// Which dialect the org speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Contract,
    /// That of [`testkit::third_dialect`].
    Third,
}

pub struct MemoryOrg {
    pub dialect: Dialect,
    pub policy: RetentionPolicy,
    org: Mutex<OrgState>,
    killed: Notify,
}

impl MemoryOrg {
    pub fn new(policy: RetentionPolicy) -> Self {
        Self { dialect: Dialect::Contract, policy, org: Mutex::default(), killed: Notify::new() }
    }

    pub fn speaking(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// Guests 0..n, each so many days old.
    pub fn with_guests(days: impl IntoIterator<Item = i64>) -> Self {
        let world = Self::new(RetentionPolicy::default());
        for (n, days) in (0..).zip(days) {
            world.org().add(guest(n, days));
        }
        world
    }

    pub fn org(&self) -> MutexGuard<'_, OrgState> {
        self.org.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// One point at which something can happen or the process can die.
    pub async fn step(&self) {
        let dies = {
            let mut org = self.org();
            let step = org.step;
            org.step += 1;
            let due: Vec<Event> = org.events.iter().filter(|(at, _)| *at == step).map(|(_, e)| *e).collect();
            for event in due {
                org.happen(event);
            }
            org.kill_at == Some(step)
        };
        tokio::task::yield_now().await;
        if dies {
            self.killed.notify_one();
            std::future::pending::<()>().await;
        }
    }

    pub async fn killed(&self) {
        self.killed.notified().await;
    }

    async fn list(&self) -> Result<(), OrgError> {
        self.step().await;
        self.org().list_trouble.pop_front().map_or(Ok(()), Err)
    }

    /// The first guests of a span, and how many it has.
    async fn page(&self, query: &Selection, span: Span<PlanKey>) -> Result<(Vec<Guest>, u64), OrgError> {
        self.list().await?;
        let matching: Vec<Guest> = {
            let org = self.org();
            let within =
                |at: &PlanKey| span.after.is_none_or(|c| *at > c) && span.until.is_none_or(|c| *at <= c);
            org.guests.iter().filter(|(at, _)| within(at)).map(|(_, g)| g.clone()).collect()
        };
        let matching: Vec<Guest> = matching.into_iter().filter(|g| self.matches(query.as_str(), g)).collect();
        let mut org = self.org();
        let turn = usize::try_from(org.pages).unwrap_or_default();
        org.pages += 1;
        let most = org.short.get(turn % org.short.len().max(1)).copied().unwrap_or(PAGE);
        let total = matching.len() as u64;
        let page = matching.into_iter().take(PAGE.min(most)).filter(|g| !org.withheld.contains(&g.id));
        Ok((page.collect(), total))
    }

    fn matches(&self, query: &str, guest: &Guest) -> bool {
        let (filter, test) = match query.rsplit_once(" AND ") {
            Some((filter, test)) => (Some(filter), test),
            None => (None, query),
        };
        let (field, cutoff) = test.trim_matches(['(', ')']).split_once(" < ").expect("an age test");
        let cutoff: DateTime<Utc> = cutoff.trim_matches('"').parse().expect("a time");
        let time = if field == "createdTime" { guest.created_time } else { guest.modified_time };
        let by_filter = filter.is_none_or(|filter| {
            assert_eq!(filter, format!("({})", tagged()));
            self.org().tagged.contains(&guest.id)
        });
        time < cutoff && by_filter
    }

    /// Which of those that exist the filter matches: parts in parentheses joined by OR.
    fn by_filter(org: &OrgState, ids: &[GuestId], filter: &str) -> HashSet<GuestId> {
        let of = |part: &str| match part.trim_matches(['(', ')']) {
            KEPT => &org.kept,
            other => {
                assert_eq!(other, tagged().as_str());
                &org.tagged
            }
        };
        let parts: Vec<_> = filter.split(" OR ").map(of).collect();
        let exist = org.guests.values().map(|guest| guest.id).filter(|id| ids.contains(id));
        exist.filter(|id| parts.iter().any(|part| part.contains(id))).collect()
    }

    fn judge(&self, org: &mut OrgState, id: GuestId, revision: Option<&Revision>) {
        // By the org's clock; of ours, so much is tolerated.
        let cutoff = self.policy.cutoff(now()) + TOLERATED;
        let Some(guest) = org.find(id).cloned() else { return };
        let age =
            if self.policy.clock == AgeClock::Created { guest.created_time } else { guest.modified_time };
        let named = org.holds.iter().any(|h| h.subject == crate::HoldSubject::Guest(id));
        let unguarded = org.unguarded.contains(&id);
        let violation = [
            ("on hold", named && !org.late.contains(&id)),
            ("on hold by filter", org.kept_when_listed.contains(&id)),
            (
                "open conversation",
                self.policy.spare_open_conversations && org.open.contains(&id) && !unguarded,
            ),
            ("undelivered", org.undelivered.contains(&id) && !org.late.contains(&id)),
            ("active", self.policy.spare_active && guest.active),
            (
                "changed",
                revision.is_some_and(|r| *r != self.as_handed_out(&guest).revision)
                    || org.touched.contains(&id),
            ),
            ("too young", age >= cutoff && !unguarded),
            ("not matching", self.policy.filter.is_some() && !org.tagged.contains(&id) && !unguarded),
        ];
        org.violations
            .extend(violation.iter().filter(|(_, is)| *is).map(|(what, _)| format!("{id}: {what}")));
    }
}

fn cut(perhaps_done: bool) -> OrgError {
    OrgError::Retry { why: "connection cut".to_owned(), after: None, perhaps_done }
}

pub fn limited(seconds: u64) -> OrgError {
    OrgError::Retry { why: "429".to_owned(), after: Some(Duration::from_secs(seconds)), perhaps_done: false }
}

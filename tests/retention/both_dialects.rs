//! One random world, planned and run over each dialect from the same source. The org's ledger judges: who was deleted was due,
//! of a kind that is listed, unchanged, on no hold, without a conversation that goes on or may, and deleted once.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use app::RetentionOrg;
use chrono::{SecondsFormat, TimeDelta};
use genesys::{Dialect, Lane, NewGuest, Org, Pipeline};
use model::{GuestId, KeepDays, RetentionPolicy};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};
use retention::{
    OrgPort, Outcome, PlanSeal, Run, RunHistory, RunInfo, RunOptions, RunState, SpareReason, holds_on,
    open_plan_to_run,
};
use serde_json::json;
use simulator::{Kind, Options};
use testkit::{TokioClock, guest_id, settings};

use crate::{
    case::simulated,
    ground::{Desk, Ground, START, by_api, plan_at, start},
    way::{Deed, Deeds, Way},
};

const DIALECTS: [Dialect; 2] = [Dialect::GuestApi, Dialect::GenesysCloud];
const KINDS: [&str; 5] = ["Curated", "Curated", "Curated", "Ephemeral", "Identified"];
const WEATHERS: [(&str, f64); 6] = [
    ("429", 0.1),
    ("503", 0.1),
    ("reset-after", 0.1),
    ("expire-token", 0.1),
    ("bulk-fail:0.3", 1.0),
    ("truncate", 0.1),
];

/// A guest of the world.
struct Person {
    id: GuestId,
    kind: &'static str,
    is_old: bool,
    /// Has a conversation that goes on, or one of which the org does not say.
    chats: bool,
    held: bool,
}

struct World {
    dialect: Dialect,
    ground: Arc<Ground>,
    desk: Arc<Desk>,
    way: Way,
    clock: TokioClock,
    people: Vec<Person>,
    lives: u64,
}

impl World {
    async fn of(dialect: Dialect, seed: u64, desk: &Arc<Desk>) -> Self {
        let dice = &mut SmallRng::seed_from_u64(seed);
        let ground = Arc::new(Ground::new(&Options { guests: 0, rate: None, ..Options::default() }).await);
        let way = Way::new(Arc::clone(&ground), Arc::clone(desk), seed);
        let clock = TokioClock::at(START);
        let mut world =
            Self { dialect, ground, desk: Arc::clone(desk), way, clock, people: Vec::new(), lives: 0 };
        // Guests and their ids are the same for both dialects, and others in each case: holds are kept by id.
        let id = |n: u128| guest_id(u128::from(seed) * 1_000 + n);
        for n in 0..dice.random_range(0..6) {
            world.chatting(id(n), dice.random_bool(0.5)).await;
        }
        let body = json!({"advanceSeconds": TimeDelta::days(2).num_seconds()});
        assert_eq!(world.ground.by_hand("POST", "/clock", &body).await, 200);
        let guests =
            if dice.random_bool(0.1) { dice.random_range(110..230) } else { dice.random_range(0..40) };
        for n in 0..guests {
            let (kind, is_old) = (*KINDS.choose(dice).unwrap(), dice.random_bool(0.8));
            let created = start() + TimeDelta::hours(if is_old { -dice.random_range(1..90) } else { 30 });
            let created = created.to_rfc3339_opts(SecondsFormat::Millis, true);
            let mut contact = json!({
                "id": id(100 + n), "firstName": format!("Guest {n}"), "type": kind, "createDate": created,
                "modifyDate": created,
            });
            if kind != "Ephemeral" {
                contact["workEmail"] = format!("guest{n}@example.org").into();
            }
            assert_eq!(world.ground.by_hand("POST", "/contacts", &contact).await / 100, 2, "{contact}");
            let held = dice.random_bool(0.1);
            if held {
                world.desk.hold(Some(id(100 + n)), None);
            }
            world.people.push(Person { id: id(100 + n), kind, is_old, chats: false, held });
        }
        if dialect == Dialect::GenesysCloud && dice.random_bool(0.3) {
            world.merge_a_held_one(dice).await;
        }
        world
    }

    /// Somebody on hold was merged into somebody else before the plan: the hold keeps the one that stands for them.
    async fn merge_a_held_one(&mut self, dice: &mut SmallRng) {
        let [from, into] = [0; 2].map(|_| dice.random_range(0..self.people.len().max(1)));
        let fit =
            |n: usize| self.people.get(n).is_some_and(|person| person.kind == "Curated" && !person.chats);
        if from == into || !fit(from) || !fit(into) {
            return;
        }
        if !self.people[from].held {
            self.desk.hold(Some(self.people[from].id), None);
        }
        self.way.act(Deed::Merges(self.people[from].id, self.people[into].id)).await;
        (self.people[from].held, self.people[into].held) = (true, true);
    }

    /// A guest with an e-mail address and a conversation, perhaps one that is left open for good.
    async fn chatting(&mut self, id: GuestId, orphaned: bool) {
        let new = NewGuest { id, email: Some(format!("{id}@example.org")), ..testkit::new_guest(0) };
        let org = self.org(Dialect::GuestApi);
        org.chat.as_ref().unwrap().start(Lane::Bulk, &new).await.unwrap();
        // The other dialect knows no such conversation: there it goes on or it is over.
        if orphaned && self.dialect == Dialect::GenesysCloud {
            let chats = org.conversations.of(Lane::Bulk, id, true, 5).await.unwrap();
            let path = format!("/conversations/{}/orphan", chats[0].id);
            self.ground.by_hand("POST", &path, &json!({})).await;
        }
        self.people.push(Person { id, kind: "Curated", is_old: true, chats: true, held: false });
    }

    fn org(&mut self, dialect: Dialect) -> Org {
        self.lives += 1;
        let pipeline =
            Pipeline::seeded(settings(), Arc::new(self.way.clone()), Arc::new(self.clock), self.lives);
        Org::over(dialect, pipeline)
    }

    /// A new process: nothing of the client is left from the last one.
    fn port(&mut self) -> RetentionOrg {
        let org = self.org(self.dialect);
        RetentionOrg::new(org, self.desk.outbox.clone(), Arc::clone(&self.desk.holds), Lane::Bulk)
    }

    fn seal(&self) -> PlanSeal {
        let name = if self.dialect == Dialect::GuestApi { "guest-api" } else { "genesys-cloud" };
        self.desk.seal_in(name)
    }

    /// Whether nothing but what happens on the way keeps this guest.
    fn is_due(&self, person: &Person) -> bool {
        let listed = self.dialect == Dialect::GuestApi || person.kind == "Curated";
        listed && person.is_old && !person.chats && !person.held
    }
}

/// One life of the process; `None` where it died.
async fn live(world: &mut World, folder: &Path, death: Option<u64>) -> Option<RunInfo> {
    let port = world.port();
    let (store, runs) = (world.desk.store.clone(), folder.join("runs"));
    let plan = open_plan_to_run(&folder.join("plan.jsonl"), &world.seal()).unwrap();
    let clock = Arc::new(world.clock);
    std::fs::create_dir_all(&runs).unwrap();
    let run = match runs.join(plan.run_id().as_str()).is_dir() {
        true => Run::resume(&store, &runs, &plan.run_id(), None, port.abilities().dialect, clock).unwrap(),
        false => Run::start(&store, &runs, &plan, RunOptions::default(), clock).unwrap(),
    };
    world.way.dies_in(death);
    let report = tokio::select! {
        biased;
        report = run.execute(&port) => Some(report.unwrap()),
        () = world.way.died() => None,
    };
    world.way.dies_in(None);
    // What was under way on the disk comes to its end.
    tokio::task::spawn_blocking(|| ()).await.unwrap();
    report
}

type Met = BTreeMap<&'static str, usize>;

async fn case(dialect: Dialect, seed: u64, desk: &Arc<Desk>, met: &mut Met) {
    let mut world = World::of(dialect, seed, desk).await;
    let dice = &mut SmallRng::seed_from_u64(!seed);
    let folder = desk.dir.path().join(format!("both-{dialect:?}-{seed}"));
    std::fs::create_dir_all(&folder).unwrap();
    let policy = RetentionPolicy { days: KeepDays::new(1).unwrap(), ..RetentionPolicy::default() };
    let now = start() + TimeDelta::days(2);
    let summary = plan_at(&world.port(), &policy, &world.seal(), now, &folder.join("plan.jsonl"), &|_| ())
        .await
        .unwrap();
    let due: BTreeSet<GuestId> =
        world.people.iter().filter(|person| world.is_due(person)).map(|person| person.id).collect();
    assert_eq!(summary.due as usize, due.len(), "{summary:?}");
    assert_eq!(summary.not_removed.is_some(), dialect == Dialect::GenesysCloud);
    for _ in 0..dice.random_range(0..6) {
        let Some(person) = world.people.choose(dice) else { break };
        let (id, other) = (person.id, world.people.choose(dice).unwrap().id);
        let deed = match dice.random_range(0..4) {
            0 => Deed::Renames(id),
            1 if dialect == Dialect::GenesysCloud && id != other => Deed::Merges(id, other),
            2 => Deed::Removes(id),
            _ => Deed::Holds(id),
        };
        world.way.later(dice.random_range(0..30), deed);
    }
    let (weather, share) = WEATHERS.choose(dice).unwrap();
    if dice.random_bool(0.7) {
        let path = if weather.starts_with("bulk-fail") {
            "/api/v2/externalcontacts/bulk/contacts/remove"
        } else {
            "/api/v2/*"
        };
        let rules = json!({"seed": seed, "rules": [{"when": {"path": path}, "share": share, "do": weather}]});
        assert!(world.ground.by_hand("POST", "/weather", &rules).await / 100 == 2, "{rules}");
        world.way.cuts(0.05);
    }
    for _ in 0..dice.random_range(0..4) {
        let death = dice.random_range(0..25);
        *met.entry("deaths").or_default() +=
            usize::from(live(&mut world, &folder, Some(death)).await.is_none());
    }
    world.way.cuts(0.0);
    world.ground.by_hand("POST", "/weather", &json!({})).await;
    let mut report = None;
    for _ in 0..20 {
        report = live(&mut world, &folder, None).await;
        if report.as_ref().is_some_and(|r| (r.counts.remaining, r.counts.failed) == (0, 0)) {
            break;
        }
    }
    let report = report.unwrap();
    assert_eq!((report.state, report.verified), (RunState::Finished, Some(true)), "{report:?}");
    let plan = open_plan_to_run(&folder.join("plan.jsonl"), &world.seal()).unwrap();
    let history = RunHistory::new(&desk.store, &folder.join("runs"));
    let (outcomes, _) = history.outcomes(&plan.run_id(), |_| true, 0, usize::MAX).unwrap();
    let deleted = judge(&world, &due, &world.way.done());
    for told in outcomes {
        let says = matches!(told.outcome, Some(Outcome::Deleted { .. } | Outcome::AlreadyGone));
        assert!(says || !deleted.contains(&told.id), "{told:?}");
        match told.outcome {
            Some(Outcome::Spared { why: SpareReason::Unclear }) => *met.entry("unclear").or_default() += 1,
            Some(Outcome::Spared { why: SpareReason::OpenConversation }) => {
                *met.entry("open").or_default() += 1;
            }
            Some(Outcome::Spared { why: SpareReason::ChangedSincePlan }) => {
                *met.entry("changed").or_default() += 1;
            }
            Some(Outcome::Deleted { inferred: true }) => *met.entry("inferred").or_default() += 1,
            Some(Outcome::AlreadyGone) => *met.entry("already gone").or_default() += 1,
            _ => {}
        }
    }
    *met.entry("deleted").or_default() += deleted.len();
    desk.release_all();
}

/// By the ledger alone; who was deleted by the run.
fn judge(world: &World, due: &BTreeSet<GuestId>, deeds: &Deeds) -> BTreeSet<GuestId> {
    let mut deleted = BTreeSet::new();
    for entry in world.ground.org.ledger() {
        let (Kind::Deleted, Some(id), true) = (entry.kind, entry.guest_id.map(GuestId), by_api(&entry))
        else {
            continue;
        };
        assert!(due.contains(&id), "{id} was not due");
        assert!(deleted.insert(id), "{id} was deleted twice");
        for (n, deed) in deeds.iter().filter(|(n, _)| *n < entry.n) {
            let touched = match deed {
                Deed::Renames(who) | Deed::Merges(who, _) | Deed::Removes(who) | Deed::Holds(who) => {
                    *who == id
                }
                Deed::ForgetsCursors => false,
            };
            assert!(!touched, "{id} was deleted by entry {} after {deed:?} at {n}", entry.n);
        }
    }
    let kept = due.iter().filter(|id| !deleted.contains(*id));
    for id in kept {
        let touched = deeds.iter().any(|(_, deed)| match deed {
            Deed::Merges(who, into) => who == id || into == id,
            Deed::Renames(who) | Deed::Removes(who) | Deed::Holds(who) => who == id,
            Deed::ForgetsCursors => false,
        });
        assert!(touched, "{id} is left, and nothing spares them");
    }
    deleted
}

#[test]
fn over_either_dialect_only_those_go_who_are_due_unchanged_and_nobodys_to_keep() {
    let cases = testkit::long_run(60, 2_000);
    let mut met = Met::new();
    for dialect in DIALECTS {
        let desk = Arc::new(Desk::new());
        for seed in 0..cases {
            simulated().block_on(case(dialect, seed, &desk, &mut met));
        }
    }
    for what in ["deaths", "unclear", "open", "changed", "inferred", "already gone", "deleted"] {
        assert!(met.get(what).is_some_and(|n| *n > 0), "no case met {what}: {met:?}");
    }
}

#[test]
fn a_plan_over_cursors_that_expire_and_rows_that_repeat_has_everyone_once() {
    simulated().block_on(async {
        let desk = Arc::new(Desk::new());
        let mut world = World::of(Dialect::GenesysCloud, 1, &desk).await;
        let known = world.people.iter().filter(|person| world.is_due(person)).count();
        let created = (start() - TimeDelta::days(3)).to_rfc3339_opts(SecondsFormat::Millis, true);
        for n in 0..700 {
            let contact = json!({
                "id": guest_id(50_000 + n), "firstName": "Guest", "type": "Curated", "createDate": created,
                "modifyDate": created, "workEmail": format!("more{n}@example.org"),
            });
            assert_eq!(world.ground.by_hand("POST", "/contacts", &contact).await / 100, 2);
        }
        let scan = json!({"path": "/api/v2/externalcontacts/scan/contacts"});
        let rules = json!({"rules": [{"when": scan, "do": "repeat-rows"}]});
        assert_eq!(world.ground.by_hand("POST", "/weather", &rules).await / 100, 2);
        for request in [4, 9, 14] {
            world.way.later(request, Deed::ForgetsCursors);
        }
        let policy = RetentionPolicy { days: KeepDays::new(1).unwrap(), ..RetentionPolicy::default() };
        let (out, now) = (desk.dir.path().join("plan.jsonl"), start() + TimeDelta::days(2));
        let summary = plan_at(&world.port(), &policy, &world.seal(), now, &out, &|_| ()).await.unwrap();
        assert_eq!(summary.due as usize, 700 + known, "{summary:?}");
        assert_eq!(world.way.done().len(), 3, "the cursors were forgotten on the way");
        let plan = open_plan_to_run(&out, &world.seal()).unwrap();
        let ids: BTreeSet<GuestId> = plan.lines().unwrap().map(|line| line.unwrap().id).collect();
        assert_eq!(ids.len() as u64, plan.total());
    });
}

/// The requests that the org saw since an entry of its ledger, by the last part of their paths.
fn asked_since(world: &World, n: u64) -> BTreeMap<String, usize> {
    let mut asked = BTreeMap::new();
    let requests = world.ground.org.ledger_since(n).into_iter().filter(|entry| entry.kind == Kind::Request);
    for entry in requests.filter(|entry| entry.path.starts_with("/api/")) {
        let last = entry.path.split("/api/v2/").last().unwrap_or_default().to_owned();
        *asked.entry(last).or_default() += 1;
    }
    asked
}

#[test]
fn a_hundred_guests_of_a_live_org_cost_four_requests_and_nobody_is_looked_at_twice() {
    simulated().block_on(async {
        let desk = Arc::new(Desk::new());
        let ground = Arc::new(Ground::new(&Options { guests: 0, rate: None, ..Options::default() }).await);
        let way = Way::new(Arc::clone(&ground), Arc::clone(&desk), 1);
        let (clock, people) = (TokioClock::at(START), Vec::new());
        let dialect = Dialect::GenesysCloud;
        let mut world = World { dialect, ground, desk: Arc::clone(&desk), way, clock, people, lives: 0 };
        // 410 of 1,010 are due, 81 on a page of the org's.
        for n in 0..1_010_u128 {
            let days = if n * 410 % 1_010 < 410 { 3 } else { 0 };
            let created = (start() - TimeDelta::days(days)).to_rfc3339_opts(SecondsFormat::Millis, true);
            let contact = json!({
                "id": guest_id(n), "firstName": "Guest", "type": "Curated", "createDate": created,
                "modifyDate": created, "workEmail": format!("guest{n}@example.org"),
            });
            assert_eq!(world.ground.by_hand("POST", "/contacts", &contact).await / 100, 2);
        }
        let policy = RetentionPolicy { days: KeepDays::new(1).unwrap(), ..RetentionPolicy::default() };
        let folder = desk.dir.path().to_owned();
        let ledger_end = |world: &World| world.ground.org.ledger_since(0).last().map_or(0, |entry| entry.n);
        let (scan, question) = ("externalcontacts/scan/contacts", "analytics/conversations/details/query");
        let (look, removal) = ("externalcontacts/bulk/contacts", "externalcontacts/bulk/contacts/remove");
        let counted = |of: &BTreeMap<String, usize>| {
            [scan, question, look, removal].map(|name| of.get(name).copied().unwrap_or_default())
        };

        let before = ledger_end(&world);
        let out = folder.join("plan.jsonl");
        let summary = plan_at(&world.port(), &policy, &world.seal(), start(), &out, &|_| ()).await.unwrap();
        assert_eq!((summary.due, summary.spared), (410, 0));
        // One question more is for how many conversations there are.
        assert_eq!(counted(&asked_since(&world, before)), [6, 5 + 1, 0, 0]);

        let before = ledger_end(&world);
        let report = live(&mut world, &folder, None).await.unwrap();
        assert_eq!((report.counts.deleted, report.verified), (410, Some(true)));
        // The first bulk calls are of 50. The last scan has 600 left, and sees the end on an empty page.
        assert_eq!(counted(&asked_since(&world, before)), [4, 5, 5 + 1, 5 + 1]);
    });
}

/// A world in which the first of two guests was merged into the second.
async fn with_a_merge(desk: &Arc<Desk>) -> (World, [GuestId; 2]) {
    let world = World::of(Dialect::GenesysCloud, 3, desk).await;
    let created = (start() - TimeDelta::days(3)).to_rfc3339_opts(SecondsFormat::Millis, true);
    let [merged, stands] = [guest_id(90_001), guest_id(90_002)];
    for id in [merged, stands] {
        let contact = json!({
            "id": id, "firstName": "Guest", "type": "Curated", "createDate": created, "modifyDate": created,
            "workEmail": format!("{id}@example.org"),
        });
        assert_eq!(world.ground.by_hand("POST", "/contacts", &contact).await / 100, 2);
    }
    world.way.act(Deed::Merges(merged, stands)).await;
    (world, [merged, stands])
}

#[test]
fn a_hold_on_a_merged_guest_that_comes_while_the_delete_of_who_stands_for_them_waits_calls_it_off() {
    simulated().block_on(async {
        let desk = Arc::new(Desk::new());
        let (mut world, [merged, stands]) = with_a_merge(&desk).await;
        let port = world.port();
        let seen = port.fetch(&[stands]).await.unwrap().remove(0);
        let doomed = [model::Doomed { id: stands, revision: Some(seen.revision) }];
        // Asked right before the delete would leave: a person adds the hold at that moment, and none before it named anybody.
        let adds_a_hold = || {
            if !desk.holds.now().names(merged) {
                let draft = retention::HoldDraft {
                    guest: Some(merged.to_string()),
                    reason: "case 17".to_owned(),
                    owner: "Legal".to_owned(),
                    ..Default::default()
                };
                desk.holds
                    .add(draft.check(retention::HoldId(uuid::Uuid::new_v4()), start()).unwrap())
                    .unwrap();
            }
            true
        };
        for adds in [&adds_a_hold as &(dyn Fn() -> bool + Sync), &|| true] {
            let answers = port.remove(&doomed, adds).await;
            assert!(
                matches!(answers.as_slice(), [(_, Err(retention::OrgError::Retry { .. }))]),
                "{answers:?}"
            );
        }
        assert!(port.is_named(stands), "by now it is known whom the hold keeps");
        let deleted =
            world.ground.org.ledger().into_iter().any(|entry| entry.kind == Kind::Deleted && by_api(&entry));
        assert!(!deleted);
    });
}

#[test]
fn a_look_at_one_guest_costs_one_call_for_whom_they_stand_however_many_are_on_hold() {
    simulated().block_on(async {
        let desk = Arc::new(Desk::new());
        let (mut world, [merged, stands]) = with_a_merge(&desk).await;
        let alone = guest_id(100);
        (0..250).for_each(|n| desk.hold(Some(guest_id(91_000 + n)), None));
        desk.hold(Some(merged), None);
        let port = world.port().for_a_look();
        let asked = |world: &World| {
            let requests = world.ground.org.ledger().into_iter();
            requests.filter(|entry| entry.kind == Kind::Request && by_path(&entry.path)).count()
        };
        let before = asked(&world);
        let holds = holds_on(&port, &port.holds(), stands).await.unwrap();
        assert_eq!(holds.len(), 1, "{holds:?}");
        assert_eq!(asked(&world) - before, 1);
        assert!(holds_on(&port, &port.holds(), alone).await.unwrap().is_empty());
        assert_eq!(asked(&world) - before, 2);
    });
}

fn by_path(path: &str) -> bool {
    path.starts_with("/api/v2/externalcontacts/")
}

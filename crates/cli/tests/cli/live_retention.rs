//! Retention in the dialect of a live org, on the command line, against the simulator, whose ledger judges.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
};

use chrono::{SecondsFormat, TimeDelta, Utc};
use model::Clock;
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::WallClock;
use uuid::Uuid;

use crate::support::{Org, innkeeper, lines, run};

const REMOVE: &str = "/api/v2/externalcontacts/bulk/contacts/remove";

struct Desk {
    org: Org,
    data: TempDir,
}

impl Desk {
    /// So many curated contacts of before the cut-off, and one of each other kind.
    fn with(old: u128, more: &[&str]) -> Self {
        let org = Org::start(&[&["--rate", "off", "--guests", "0"][..], more].concat());
        let desk = Self { org, data: tempfile::tempdir().unwrap() };
        for n in 1..=old {
            desk.contact(n, "Curated");
        }
        desk.contact(9_001, "Ephemeral");
        desk.contact(9_002, "Identified");
        desk
    }

    fn contact(&self, n: u128, kind: &str) {
        let created = (WallClock.now() - TimeDelta::days(60)).to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut contact = json!({
            "id": id(n), "firstName": format!("Guest {n}"), "type": kind, "createDate": created, "modifyDate": created,
        });
        if kind != "Ephemeral" {
            contact["workEmail"] = format!("guest{n}@example.org").into();
        }
        let said = self.org.control("/contacts", &contact.to_string());
        assert!(said.contains(&id(n)), "{said}");
    }

    fn ik(&self, args: &[&str]) -> Command {
        let mut command = innkeeper(self.data.path(), Some(&self.org));
        command.env("GC_DIALECT", "genesys-cloud").args(args);
        command
    }

    fn answer(&self, args: &[&str]) -> (i32, Value) {
        run(&mut self.ik(args))
    }

    fn path(&self, name: &str) -> String {
        let path: PathBuf = self.data.path().join(name);
        path.to_str().unwrap().to_owned()
    }

    /// The result of a plan that is written.
    fn plan(&self) -> (String, Value) {
        let path = self.path("made.plan");
        let (code, told) = self.answer(&["retention", "plan", "--out", &path]);
        assert_eq!(code, 0, "{told}");
        (path, told)
    }

    fn weather(&self, rules: &Value) {
        self.org.control("/weather", &json!({ "rules": rules }).to_string());
    }

    fn deleted(&self) -> Vec<String> {
        let mut deleted: Vec<String> = self
            .org
            .ledger("deleted")
            .iter()
            .filter_map(|entry| Some(entry["guestId"].as_str()?.to_owned()))
            .collect();
        deleted.sort_unstable();
        deleted
    }

    fn removes(&self) -> usize {
        self.org.ledger("request").iter().filter(|entry| entry["path"] == REMOVE).count()
    }
}

fn id(n: u128) -> String {
    Uuid::from_u128(n).to_string()
}

fn ids(numbers: impl IntoIterator<Item = u128>) -> Vec<String> {
    let mut ids: Vec<String> = numbers.into_iter().map(id).collect();
    ids.sort_unstable();
    ids
}

fn counts(told: &Value) -> [u64; 5] {
    ["deleted", "alreadyGone", "spared", "failed", "remaining"].map(|key| told[key].as_u64().unwrap())
}

#[test]
fn a_plan_lists_curated_contacts_says_what_it_leaves_and_runs_to_a_certificate_that_says_so_too() {
    let desk = Desk::with(170, &[]);
    let (plan, told) = desk.plan();
    assert_eq!((&told["due"], &told["dialect"]), (&170.into(), &"genesys-cloud".into()), "{told}");
    assert!(told["notListed"].as_str().unwrap().contains("ephemeral"), "{told}");
    assert!(told["notRemoved"]["what"].as_str().unwrap().contains("conversation"), "{told}");
    let text = std::fs::read_to_string(&plan).unwrap();
    let header: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(header["dialect"], "genesys-cloud");
    assert!(header["notListed"].is_string() && header["notRemoved"].is_object(), "{header}");
    let (code, refused) = run(innkeeper(desk.data.path(), Some(&desk.org)).args(["retention", "run", &plan]));
    assert_eq!(code, 65, "a plan of another dialect: {refused}");
    let (code, ended) = desk.answer(&["retention", "run", &plan]);
    assert_eq!((code, counts(&ended)), (0, [170, 0, 0, 0, 0]), "{ended}");
    assert_eq!((&ended["verified"], &ended["done"]), (&true.into(), &true.into()));
    assert_eq!(desk.deleted(), ids(1..=170));
    assert_eq!(desk.removes(), 3, "50, then what is left of 100, then a batch of its own");
    let file = desk.path("certificate.jsonl");
    let run = ended["run"].as_str().unwrap();
    assert_eq!(desk.answer(&["retention", "certificate", run, "--out", &file]).0, 0);
    let (code, checked) = desk.answer(&["retention", "verify", &file, "--plan", &plan]);
    assert_eq!(code, 0, "{checked}");
    assert!(checked["notRemoved"].as_str().unwrap().contains("conversation"), "{checked}");
    assert!(std::fs::read_to_string(&file).unwrap().contains("conversation"));
}

#[test]
fn a_guest_whose_conversation_may_go_on_is_spared_and_listed_for_a_person() {
    let now = WallClock.now();
    let then = (now - TimeDelta::days(10)).to_rfc3339_opts(SecondsFormat::Secs, true);
    let desk = Desk::with(3, &["--now", &then]);
    let mut command = innkeeper(desk.data.path(), Some(&desk.org));
    let words = ["chat", "start", "--name", "Ada", "--email", "ada@example.org"];
    let (code, started) = run(command.args(words));
    assert_eq!(code, 0, "{started}");
    let text = |key: &str| started[key].as_str().unwrap().to_owned();
    let (unclear, conversation) = (text("guestId"), text("conversationId"));
    desk.org.control(&format!("/conversations/{conversation}/orphan"), "{}");
    let now = now.to_rfc3339_opts(SecondsFormat::Secs, true);
    desk.org.control("/clock", &json!({ "now": now }).to_string());
    let (code, explained) = desk.answer(&["retention", "explain", &unclear, "--days", "5"]);
    assert!(code == 0 && explained.to_string().contains("does not confirm"), "{explained}");
    let (code, explained) = desk.answer(&["retention", "explain", &id(9_001)]);
    assert!(code == 0 && explained["due"] == false, "{explained}");
    let path = desk.path("made.plan");
    let (code, told) = desk.answer(&["retention", "plan", "--days", "5", "--out", &path]);
    assert_eq!(
        (code, &told["due"], &told["spared"], &told["unclear"]),
        (0, &3.into(), &1.into(), &1.into()),
        "{told}"
    );
    assert_eq!(told["unclearGuests"], json!([unclear]));
    let (code, ended) = desk.answer(&["retention", "run", &path]);
    assert_eq!((code, counts(&ended)), (0, [3, 0, 1, 0, 0]), "{ended}");
    assert_eq!((&ended["unclear"], &ended["unclearGuests"]), (&1.into(), &json!([unclear])), "{ended}");
}

#[test]
fn what_happens_between_plan_and_run_spares_whom_it_concerns() {
    let desk = Desk::with(12, &[]);
    let (plan, _) = desk.plan();
    desk.org.control(&format!("/contacts/{}/merge", id(1)), &json!({"into": id(12)}).to_string());
    desk.org.control(&format!("/guests/{}", id(2)), &json!({"name": "Somebody"}).to_string());
    let gone = desk.answer(&["guests", "delete", &id(3)]);
    assert_eq!(gone.0, 0, "{}", gone.1);
    let (code, held) =
        desk.answer(&["hold", "add", "--guest", &id(4), "--reason", "case 17", "--owner", "Legal"]);
    assert_eq!(code, 0, "{held}");
    let (code, refused) = desk.answer(&["guests", "delete", &id(4)]);
    assert!(code == 1 && refused["error"]["code"] == "held_guest", "{refused}");
    let (code, ended) = desk.answer(&["retention", "run", &plan]);
    let [deleted, already_gone, spared, failed, remaining] = counts(&ended);
    assert_eq!((code, already_gone, failed, remaining), (0, 1, 0, 0), "{ended}");
    assert!(deleted >= 7 && spared >= 3, "{ended}");
    let kept = ids([1, 2, 4, 9_001, 9_002]);
    assert!(desk.deleted().iter().all(|id| !kept.contains(id)));
}

#[test]
fn a_hold_on_a_guest_who_was_merged_keeps_the_one_that_stands_for_them() {
    let desk = Desk::with(3, &[]);
    let add = ["hold", "add", "--guest", &id(1), "--reason", "case 17", "--owner", "Legal"];
    assert_eq!(desk.answer(&add).0, 0);
    desk.org.control(&format!("/contacts/{}/merge", id(1)), &json!({"into": id(2)}).to_string());
    let (code, refused) = desk.answer(&["guests", "delete", &id(2)]);
    assert!(code == 1 && refused["error"]["code"] == "held_guest", "{refused}");
    let (plan, told) = desk.plan();
    assert_eq!((&told["due"], &told["spared"]), (&1.into(), &1.into()), "{told}");
    let (code, ended) = desk.answer(&["retention", "run", &plan]);
    assert_eq!((code, desk.deleted()), (0, ids([3])), "{ended}");
}

#[test]
fn a_hold_whose_filter_cannot_be_judged_here_stops_every_plan_and_delete_and_is_named_with_what_to_do() {
    let desk = Desk::with(2, &[]);
    let other = |args: &[&str]| run(innkeeper(desk.data.path(), Some(&desk.org)).args(args));
    let add =
        |filter: &'static str| ["hold", "add", "--filter", filter, "--reason", "case 18", "--owner", "Legal"];
    let names = |told: &Value, hold: &Value, field: &str| {
        let (message, next) = (told["error"]["message"].to_string(), told["error"]["next"].to_string());
        let id = hold["id"].as_str().unwrap();
        let named = message.contains(id) && message.contains("case 18") && message.contains(field);
        assert!(named && next.contains(&format!("hold remove {id}")), "{told}");
    };
    let (code, weird) = other(&add(r#"attributes.weirdkey = "vip""#));
    assert_eq!(code, 0, "{weird}");
    let (code, refused) = desk.answer(&["retention", "plan", "--out", &desk.path("made.plan")]);
    assert_eq!(code, 2, "{refused}");
    names(&refused, &weird, "weirdkey");
    let (code, refused) = desk.answer(&["guests", "delete", &id(1)]);
    assert_eq!(code, 2, "{refused}");
    names(&refused, &weird, "weirdkey");
    assert_eq!(desk.answer(&["hold", "remove", weird["id"].as_str().unwrap()]).0, 0);

    let (code, kind) = desk.answer(&add(r#"kind = "curated""#));
    assert_eq!(code, 0, "{kind}");
    for command in
        [&["retention", "plan", "--out", &desk.path("other.plan")][..], &["guests", "delete", &id(1)]]
    {
        let (code, refused) = other(command);
        assert_eq!(code, 2, "{refused}");
        names(&refused, &kind, "genesys-cloud");
    }
    assert!(desk.deleted().is_empty());
}

#[test]
fn a_hold_is_refused_where_its_filter_cannot_be_judged_with_the_dialect_that_has_the_field() {
    let desk = Desk::with(1, &[]);
    let add =
        |filter: &'static str| ["hold", "add", "--filter", filter, "--reason", "case 18", "--owner", "Legal"];
    let told =
        |(code, told): (i32, Value)| (code, told["error"]["message"].as_str().unwrap_or_default().to_owned());
    let other = |filter| told(run(innkeeper(desk.data.path(), Some(&desk.org)).args(add(filter))));
    for (refused, words) in [
        (other(r#"kind = "curated""#), "in the dialect genesys-cloud and not in guest-api"),
        (other(r#"active = "yes""#), "`active` needs"),
        (told(desk.answer(&add("active = false"))), "in the dialect guest-api and not in genesys-cloud"),
        (told(desk.answer(&add(r#"attributes.weirdkey = "vip""#))), "weirdkey"),
        (told(desk.answer(&add(r#"active = true OR kind = "curated""#))), "`active`"),
    ] {
        assert!(refused.0 == 2 && refused.1.contains(words), "{refused:?}");
    }
    let (_, listed) = lines(&desk.ik(&["hold", "list"]).output().unwrap());
    assert!(listed.is_empty(), "{listed:?}");
}

#[test]
fn bulk_answers_that_fail_in_part_or_as_a_whole_and_a_token_that_ends_leave_nobody_out() {
    for (rule, most_removes) in [
        (json!({"when": {"path": REMOVE}, "do": "bulk-fail:0.5"}), u64::MAX),
        (json!({"when": {"path": REMOVE, "until": 2}, "do": "413"}), 8),
        (json!({"when": {"path": REMOVE}, "do": "404"}), 1),
        (json!({"when": {"path": REMOVE}, "do": "403"}), 1),
        (json!({"when": {"path": REMOVE, "until": 1}, "do": "expire-token"}), 3),
        (json!({"when": {"path": REMOVE, "until": 1}, "do": "reset-after"}), 3),
        (json!({"when": {"path": "/api/v2/externalcontacts/bulk/contacts"}, "do": "404"}), 2),
        (json!({"when": {"path": "/api/v2/externalcontacts/scan/contacts"}, "do": "repeat-rows"}), 2),
    ] {
        let desk = Desk::with(60, &[]);
        desk.weather(&json!([rule]));
        let (plan, told) = desk.plan();
        assert_eq!(told["due"], 60, "{rule}: {told}");
        let (code, mut ended) = desk.answer(&["retention", "run", &plan]);
        if code != 0 {
            // Items that failed every time are asked again by a resume.
            assert_eq!(code, 3, "{rule}: {ended}");
            desk.weather(&json!([]));
            let run = ended["run"].as_str().unwrap().to_owned();
            ended = desk.answer(&["retention", "resume", &run]).1;
        }
        assert_eq!(counts(&ended), [60, 0, 0, 0, 0], "{rule}: {ended}");
        assert_eq!((&ended["verified"], desk.deleted()), (&true.into(), ids(1..=60)), "{rule}");
        assert!(desk.removes() as u64 <= most_removes, "{rule}: {} bulk calls", desk.removes());
    }
}

#[test]
fn without_the_permission_to_delete_a_run_stops_with_77_and_nobody_is_gone() {
    let permissions =
        "externalContacts:contact:view analytics:conversationDetail:view conversation:communication:view";
    let desk = Desk::with(5, &["--permissions", permissions]);
    let (plan, _) = desk.plan();
    let (code, ended) = desk.answer(&["retention", "run", &plan]);
    assert_eq!((code, counts(&ended)), (77, [0, 0, 0, 0, 5]), "{ended}");
    assert!(desk.deleted().is_empty());
}

#[test]
fn an_org_that_asks_for_hours_pauses_the_run_with_the_time_at_which_it_goes_on() {
    let desk = Desk::with(120, &[]);
    let (plan, _) = desk.plan();
    desk.weather(&json!([{"when": {"path": REMOVE, "from": 1}, "do": "429:7200"}]));
    let before = WallClock.now() + TimeDelta::seconds(7_190);
    let (code, ended) = desk.answer(&["retention", "run", &plan]);
    assert_eq!((code, &ended["state"], &ended["done"]), (75, &"paused".into(), &true.into()), "{ended}");
    assert_eq!(counts(&ended), [50, 0, 0, 0, 70], "{ended}");
    let at: chrono::DateTime<Utc> = ended["goesOnAt"].as_str().unwrap().parse().unwrap();
    assert!(at > before && at < before + TimeDelta::seconds(120), "{at} and {before}");
    assert!(ended["error"]["message"].as_str().unwrap().contains("until"), "{ended}");
    desk.weather(&json!([]));
    let run_id = ended["run"].as_str().unwrap().to_owned();
    let otherwise = ["retention", "resume", &run_id];
    let (code, refused) = run(innkeeper(desk.data.path(), Some(&desk.org)).args(otherwise));
    assert_eq!((code, &refused["error"]["code"]), (65, &"plan_changed".into()), "another dialect: {refused}");
    let (code, ended) = desk.answer(&otherwise);
    assert_eq!((code, counts(&ended)), (0, [120, 0, 0, 0, 0]), "{ended}");
}

#[test]
fn killed_while_it_deletes_a_run_is_resumed_and_nobody_goes_twice_or_is_left() {
    let desk = Desk::with(400, &[]);
    let (plan, _) = desk.plan();
    desk.weather(&json!([{"when": {"path": REMOVE}, "do": "delay:1500"}]));
    let mut child =
        desk.ik(&["retention", "run", &plan]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let told: Value = serde_json::from_str(&line.unwrap()).unwrap();
        if told["deleted"].as_u64().unwrap_or(0) >= 50 {
            child.kill().unwrap();
            break;
        }
    }
    child.wait().unwrap();
    desk.weather(&json!([]));
    let (_, listed) = lines(&desk.ik(&["retention", "status"]).output().unwrap());
    let one = &listed[0]["runs"][0];
    assert_eq!(one["state"], "interrupted", "{one}");
    let run = one["run"].as_str().unwrap().to_owned();
    let (code, ended) = desk.answer(&["retention", "resume", &run]);
    assert_eq!((code, counts(&ended)), (0, [400, 0, 0, 0, 0]), "{ended}");
    assert_eq!(desk.deleted(), ids(1..=400), "each once");
}

#[test]
fn after_a_wait_of_hours_nobody_else_is_asked_about_whether_the_org_deletes_in_bulk_or_one_by_one() {
    for (rules, asked) in [
        (json!([{"when": {"path": REMOVE}, "do": "429:7200"}]), REMOVE),
        (
            json!([{"when": {"path": REMOVE}, "do": "404"}, {"when": {"method": "DELETE"}, "do": "429:7200"}]),
            "DELETE",
        ),
    ] {
        let desk = Desk::with(90, &[]);
        let (plan, _) = desk.plan();
        desk.weather(&rules);
        let (code, ended) = desk.answer(&["retention", "run", &plan]);
        assert_eq!((code, counts(&ended)), (75, [0, 0, 0, 0, 90]), "{ended}");
        let requests = desk.org.ledger("request");
        let such = requests.iter().filter(|entry| entry["path"] == asked || entry["method"] == asked);
        assert_eq!(such.count(), 1, "{asked}");
        assert!(ended["perMinute"].is_null(), "{ended}");
    }
}

#[test]
fn a_plan_that_the_org_refuses_or_asks_to_wait_hours_for_says_so_and_blames_nobodys_input() {
    let scan = "/api/v2/externalcontacts/scan/contacts";
    for (trouble, code, words) in [
        ("400", 1, "org_failed"),
        ("413", 1, "org_failed"),
        ("422", 1, "org_failed"),
        ("429:7200", 75, "until"),
    ] {
        let desk = Desk::with(2, &[]);
        desk.weather(&json!([{"when": {"path": scan}, "do": trouble}]));
        let (exit, told) = desk.answer(&["retention", "plan", "--out", &desk.path("made.plan")]);
        assert!(exit == code && told["error"].to_string().contains(words), "{trouble}: {told}");
    }
}

#[test]
fn an_org_that_asks_for_hours_only_at_the_last_look_pauses_the_run_or_says_why_it_is_not_verified() {
    let scan = "/api/v2/externalcontacts/scan/contacts";
    let limit = json!([{"when": {"path": scan}, "do": "429:7200"}]);
    let desk = Desk::with(5, &[]);
    let (plan, _) = desk.plan();
    desk.weather(&limit);
    let (code, ended) = desk.answer(&["retention", "run", &plan]);
    assert_eq!((code, counts(&ended), &ended["state"]), (75, [5, 0, 0, 0, 0], &"paused".into()), "{ended}");
    assert!(ended["goesOnAt"].is_string() && ended["why"].to_string().contains("checked then"), "{ended}");
    desk.weather(&json!([]));
    let run = ended["run"].as_str().unwrap().to_owned();
    let (code, ended) = desk.answer(&["retention", "resume", &run]);
    assert_eq!((code, &ended["state"], &ended["verified"]), (0, &"finished".into(), &true.into()), "{ended}");

    let desk = Desk::with(5, &[]);
    let (plan, _) = desk.plan();
    desk.weather(&limit);
    let (code, ended) = desk.answer(&["retention", "run", &plan, "--max", "3"]);
    assert_eq!((code, counts(&ended)), (3, [3, 0, 0, 0, 2]), "{ended}");
    let why = ended["why"].as_str().unwrap();
    assert!(why.contains("cap of 3") && why.contains("no more calls until"), "{why}");
}

#[test]
fn a_delete_by_hand_of_whom_only_our_own_look_found_changed_blames_no_answer_of_the_orgs() {
    let desk = Desk::with(2, &[]);
    desk.org.control(&format!("/contacts/{}/merge", id(1)), &json!({"into": id(2)}).to_string());
    let (code, told) = desk.answer(&["guests", "delete", &id(1)]);
    let message = told["error"]["message"].as_str().unwrap();
    assert!(code == 1 && message.contains(&format!("merged into {}", id(2))), "{told}");
    assert!(!message.contains("answered"), "the org was not asked: {message}");
    assert!(desk.deleted().is_empty());
}

#[test]
fn a_run_that_could_not_start_counts_its_plan_as_remaining_and_what_is_not_known_as_null() {
    let desk = Desk::with(3, &[]);
    let (plan, _) = desk.plan();
    let (code, refused) = run(innkeeper(desk.data.path(), Some(&desk.org)).args(["retention", "run", &plan]));
    assert_eq!((code, &refused["remaining"], &refused["deleted"]), (65, &3.into(), &0.into()), "{refused}");
    let (code, refused) = desk.answer(&["retention", "run", &desk.path("no.plan")]);
    assert!(code == 65 && refused["remaining"].is_null() && refused["spared"].is_null(), "{refused}");
}

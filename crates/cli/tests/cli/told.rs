//! The org's word, and what is not its word, as a script meets it: waits by any status, a proxy's page, a message that was
//! refused and overtaken.

use std::{process::Command, time::Duration};

use serde_json::{Value, json};

use crate::{
    proxy::{Proxy, answer},
    support::{Org, innkeeper, lines, run},
};

const MESSAGES: &str = "/api/v2/conversations/webchat/messages";
const PAGE: &str = "<html><h1>404 Not Found</h1></html>";

/// A data folder whose way to the org leads through a proxy, and a conversation.
struct House {
    org: Org,
    proxy: Proxy,
    data: tempfile::TempDir,
    conversation: String,
}

impl House {
    fn new() -> Self {
        let org = Org::start(&["--guests", "0", "--rate", "off"]);
        let proxy = Proxy::before(&org);
        let data = tempfile::tempdir().unwrap();
        let mut house = Self { org, proxy, data, conversation: String::new() };
        let (code, started) = run(house.ik().args(["chat", "start"]));
        assert_eq!(code, 0, "{started}");
        house.conversation = started["conversationId"].as_str().unwrap().to_owned();
        house
    }

    fn ik(&self) -> Command {
        let mut command = innkeeper(self.data.path(), Some(&self.org));
        command.env("GC_BASE_URL", &self.proxy.url);
        command
    }

    fn say(&self, text: &str) -> String {
        let (code, said) = run(self.ik().args(["chat", "say", &self.conversation, text]));
        assert_eq!(code, 0, "{said}");
        said["id"].as_str().unwrap().to_owned()
    }

    fn drain(&self, max_wait: &str) -> (i32, Value) {
        run(self.ik().args(["outbox", "drain", "--max-wait", max_wait]))
    }

    fn list(&self) -> Vec<Value> {
        lines(&self.ik().args(["outbox", "list"]).output().unwrap()).1
    }

    fn arrived(&self) -> Vec<Value> {
        self.org.ledger("message").iter().map(|m| m["messageId"].clone()).collect()
    }
}

fn refusal(status: u16, code: &str) -> String {
    let body = json!({ "message": "No.", "code": code, "status": status });
    answer(status, &[("Content-Type", "application/json")], &body.to_string())
}

#[test]
fn a_time_that_the_org_names_for_longer_than_the_drain_may_wait_is_one_send_and_75_whatever_the_status() {
    let house = House::new();
    let id = house.say("hello");
    for status in [408, 413, 429, 500, 503] {
        house.proxy.always("POST", MESSAGES, answer(status, &[("Retry-After", "30")], ""));
        let (code, drained) = house.drain("1");
        assert_eq!((code, house.proxy.asked().len()), (75, 1), "{status}: {drained}");
        assert_eq!(drained["dead"], 0, "{status}: {drained}");
        assert_eq!(run(house.ik().args(["outbox", "retry", &id])).0, 0, "a person may send it now");
    }
    house.proxy.script("POST", MESSAGES, &[]);
    assert_eq!(house.drain("10").1["delivered"], 1);
    assert_eq!(house.arrived().len(), 1);
}

#[test]
fn a_time_in_an_odd_form_is_kept_and_an_unreadable_one_is_some_seconds() {
    let house = House::new();
    for (status, header, least, most) in [
        (503, Some("1.5"), 2, 5),
        (500, Some("+2"), 2, 5),
        (504, Some("1, 2"), 2, 5),
        (429, None, 1, 15),
        (429, Some("soon"), 1, 15),
        (429, Some("Sun, 22 Nov 2020 12:00:00 GMT"), 1, 15),
    ] {
        house.say("hello");
        let told: Vec<_> = header.iter().map(|value| ("Retry-After", *value)).collect();
        let free = [
            ("inin-ratelimit-count", "1"),
            ("inin-ratelimit-allowed", "300"),
            ("inin-ratelimit-reset", "60"),
        ];
        let headers = [&told[..], &free].concat();
        house.proxy.script("POST", MESSAGES, &[answer(status, &headers, "")]);
        let (code, drained) = house.drain("40");
        let asked = house.proxy.asked();
        assert_eq!((code, &drained["delivered"], asked.len()), (0, &json!(1), 2), "{header:?}: {drained}");
        let waited = asked[1] - asked[0];
        let right = waited >= Duration::from_secs(least) && waited < Duration::from_secs(most);
        assert!(right, "{status} {header:?}: {waited:?}");
    }
}

#[test]
fn a_proxys_page_ends_no_conversation_and_the_orgs_own_word_does() {
    let house = House::new();
    let said = [house.say("one"), house.say("two")];
    for page in [answer(404, &[], PAGE), answer(410, &[], PAGE), answer(404, &[], "")] {
        house.proxy.always("POST", MESSAGES, page);
        let (code, drained) = house.drain("1");
        assert_eq!((code, &drained["dead"]), (75, &json!(0)), "{drained}");
    }
    house.proxy.script("POST", MESSAGES, &[]);
    assert_eq!(house.drain("20").0, 0);
    assert_eq!(house.arrived(), said.map(Value::from));

    house.say("three");
    house.say("four");
    house.proxy.always("POST", MESSAGES, refusal(410, "gone"));
    let (code, drained) = house.drain("5");
    assert_eq!((code, &drained["dead"]), (3, &json!(2)), "{drained}");
}

#[test]
fn a_refused_message_goes_after_later_ones_only_by_a_persons_word() {
    let house = House::new();
    let first = house.say("one");
    house.proxy.script("POST", MESSAGES, &[refusal(400, "invalid.value")]);
    assert_eq!(house.drain("5").0, 3);
    assert_eq!(
        run(house.ik().args(["outbox", "retry", &first])).0,
        0,
        "nothing later went, so there is nothing to ask"
    );

    house.proxy.script("POST", MESSAGES, &[refusal(400, "invalid.value")]);
    let second = house.say("two");
    let (code, drained) = house.drain("5");
    assert_eq!((code, &drained["delivered"], &drained["dead"]), (3, &json!(1), &json!(1)), "{drained}");
    let before = house.list();
    let (code, asked) = run(house.ik().args(["outbox", "retry", &first]));
    assert_eq!((code, &asked["error"]["code"]), (2, &json!("out_of_order")), "{asked}");
    assert!(asked["error"]["next"].as_str().unwrap().contains("--out-of-order"), "{asked}");
    assert_eq!(house.list(), before, "what is refused changes nothing");

    let output = house.ik().args(["outbox", "retry", &first, "--out-of-order"]).output().unwrap();
    assert_eq!(lines(&output), (0, vec![json!({ "inTime": true, "perhapsSent": false })]));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("after later messages"), "{told}");
    assert_eq!(run(house.ik().args(["outbox", "retry", &first])).0, 0, "nobody is asked twice");
    assert_eq!(house.drain("5").0, 0);
    assert_eq!(house.arrived(), [second, first].map(Value::from));
}

#[test]
fn a_hold_on_a_guest_whom_the_org_does_not_have_is_refused_and_one_while_the_org_is_away_is_taken() {
    let house = House::new();
    let hold = |guest: &str| {
        let mut command = house.ik();
        command.args(["hold", "add", "--guest", guest, "--reason", "case 12"]);
        command
    };
    let nobody = "01930000-0000-7000-8000-000000000000";
    let (code, refused) = run(&mut hold(nobody));
    assert_eq!((code, &refused["error"]["code"]), (1, &json!("not_found")), "{refused}");
    assert_eq!(run(house.ik().args(["hold", "list"])).1, Value::Null, "nothing was kept");

    house.proxy.always("GET", "/api/v2/guests/", answer(404, &[], PAGE));
    let output = hold(nobody).output().unwrap();
    let (code, added) = lines(&output);
    assert_eq!((code, &added[0]["unchecked"]), (0, &json!(true)), "{added:?}");
    assert!(String::from_utf8(output.stderr).unwrap().contains("could not be asked"));
    assert_eq!(run(house.ik().args(["hold", "list"])).1["guestId"], nobody);
}

#[test]
fn an_interaction_is_not_counted_over_what_is_no_number() {
    let house = House::new();
    let guest = run(house.ik().args(["guests", "list"])).1["id"].as_str().unwrap().to_owned();
    let set = |value: &str| {
        let pair = format!("totalInteractions={value}");
        assert_eq!(run(house.ik().args(["guests", "set", &guest, &pair])).0, 0);
    };
    set("many");
    let (code, refused) = run(house.ik().args(["guests", "interaction", &guest]));
    assert_eq!(
        (code, &refused["error"]["fields"][0]["field"]),
        (2, &json!("totalInteractions")),
        "{refused}"
    );
    let now = run(house.ik().args(["guests", "show", &guest])).1;
    assert_eq!(now["attributes"]["totalInteractions"], "many", "what is refused changes nothing: {now}");
    set("7");
    assert_eq!(run(house.ik().args(["guests", "interaction", &guest])).0, 0);
}

#[test]
fn a_proxys_page_deletes_no_guest_in_a_run() {
    let org = Org::start(&["--guests", "40", "--rate", "off"]);
    let proxy = Proxy::before(&org);
    let data = tempfile::tempdir().unwrap();
    let ik = || {
        let mut command = innkeeper(data.path(), Some(&org));
        command.env("GC_BASE_URL", &proxy.url);
        command
    };
    let file = data.path().join("plan.jsonl");
    let (code, plan) = run(ik().args(["retention", "plan", "--out"]).arg(&file));
    assert_eq!(code, 0, "{plan}");
    proxy.script("DELETE", "/api/v2/guests/", &[answer(404, &[], PAGE), answer(410, &[], PAGE)]);
    let (code, done) = run(ik().args(["retention", "run"]).arg(&file));
    assert_eq!((code, &done["alreadyGone"], &done["failed"]), (0, &json!(0), &json!(0)), "{done}");
    assert_eq!(done["deleted"], json!(org.ledger("deleted").len()), "{done}");
    assert!(proxy.asked().len() >= 2);
}

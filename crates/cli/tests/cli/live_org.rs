//! The dialect of a live org on the command line, against the simulator, which speaks both.

use std::{
    collections::BTreeSet,
    io::Write,
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Org, innkeeper, lines, run};

struct Desk {
    org: Org,
    data: TempDir,
}

impl Desk {
    fn with(more: &[&str]) -> Self {
        // By the clock of this computer, which is the one that its answers show.
        let org = Org::start(&[&["--rate", "off"][..], more].concat());
        Self { org, data: tempfile::tempdir().unwrap() }
    }

    fn ik(&self, args: &[&str]) -> Command {
        let mut command = innkeeper(self.data.path(), Some(&self.org));
        command.env("GC_DIALECT", "genesys-cloud").args(args);
        command
    }

    /// The exit code and the last line.
    fn answer(&self, args: &[&str]) -> (i32, Value) {
        run(&mut self.ik(args))
    }

    /// Every line; the command is done.
    fn list(&self, args: &[&str]) -> Vec<Value> {
        let (code, lines) = lines(&self.ik(args).output().unwrap());
        assert_eq!(code, 0, "{args:?}: {lines:?}");
        lines
    }

    /// The same over the other dialect of the same org.
    fn guest_api(&self, args: &[&str]) -> (i32, Value) {
        run(innkeeper(self.data.path(), Some(&self.org)).args(args))
    }
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
}

#[test]
fn a_connection_is_tested_permission_by_permission_and_a_missing_reading_one_is_77() {
    let (code, told) = Desk::with(&["--guests", "5"]).answer(&["connection", "test"]);
    assert_eq!((code, &told["dialect"], &told["ok"]), (0, &"genesys-cloud".into(), &true.into()), "{told}");
    assert!(told["organization"]["name"].is_string(), "{told}");
    let permissions = told["permissions"].as_array().unwrap();
    assert!(permissions.iter().all(|one| one["granted"] == true && one["without"].is_string()), "{told}");
    let all = [
        "externalContacts:contact:view",
        "analytics:conversationDetail:view",
        "conversation:communication:view",
    ];
    for (granted, code) in [(all.join(" "), 0), (all[1..].join(" "), 77)] {
        let desk = Desk::with(&["--guests", "5", "--permissions", &granted]);
        let (told_code, told) = desk.answer(&["connection", "test"]);
        assert_eq!((told_code, told["ok"] == true), (code, code == 0), "{told}");
        let permissions = told["permissions"].as_array().unwrap();
        let delete = permissions.iter().find(|one| one["name"] == "externalContacts:contact:delete").unwrap();
        assert_eq!(delete["granted"], false, "{told}");
    }
    // By that one name it is also refused, though the org takes another one for it, too.
    let desk = Desk::with(&["--guests", "5", "--permissions", &all[1..].join(" ")]);
    let (code, refused) = desk.answer(&["guests", "list"]);
    let told = text(&refused["error"], "message");
    assert_eq!(code, 77, "{refused}");
    assert!(told.ends_with(": externalContacts:contact:view is missing."), "{told}");
    assert!(!refused.to_string().contains("relate:"), "{refused}");
}

#[test]
fn contacts_are_listed_once_searched_filtered_here_and_not_sorted() {
    let desk = Desk::with(&["--guests", "600"]);
    let rows = desk.list(&["guests", "list"]);
    let ids: BTreeSet<String> = rows.iter().map(|row| text(row, "id")).collect();
    assert!(rows.len() > 200 && ids.len() == rows.len());
    assert!(rows.iter().all(|row| row["kind"] == "curated" && row["email"].is_string()), "{}", rows[0]);
    let name = text(&rows[0], "name");
    let filter = format!("kind = \"curated\" AND name = {name:?} AND createdTime > \"2000-01-01T00:00:00Z\"");
    let found = desk.list(&["guests", "list", "--filter", &filter]);
    assert!(!found.is_empty() && found.iter().all(|row| row["name"] == name.as_str()));
    let email = text(&rows[0], "email");
    let searched = desk.list(&["guests", "list", "--search", &email]);
    assert!(searched.iter().any(|row| row["id"] == rows[0]["id"]), "{searched:?}");
    let fields =
        "id, kind, name, firstName, lastName, email, phone, createdTime, modifiedTime or attributes.<key>";
    for words in [&["guests", "list"][..], &["guests", "list", "--recent", "2"]] {
        let (code, refused) = desk.answer(&[words, &["--filter", "city = \"Rome\""]].concat());
        assert_eq!(code, 2, "{refused}");
        assert!(text(&refused["error"], "message").contains(fields), "{refused}");
    }
    let (_, refused) = desk.guest_api(&["guests", "list", "--filter", "city = \"Rome\""]);
    let fields = "id, name, email, createdTime, modifiedTime, active or attributes.<key>";
    assert!(text(&refused["error"], "message").contains(fields), "{refused}");
    let (code, refused) = desk.answer(&["guests", "list", "--sort", "name"]);
    assert_eq!((code, &refused["error"]["code"]), (2, &"not_in_this_dialect".into()));
    assert!(!text(&refused["error"], "next").is_empty());
    assert_eq!(desk.list(&["guests", "list", "--limit", "3"]).len(), 3);
}

#[test]
fn a_search_that_finds_more_than_a_thousand_is_cut_and_says_so() {
    let desk = Desk::with(&["--guests", "5000"]);
    let output = desk.ik(&["guests", "list", "--search", "example"]).output().unwrap();
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    let (code, rows) = lines(&output);
    assert_eq!((code, rows.len()), (0, 1_000), "{told}");
    assert!(told.contains("truncated"), "{told}");
}

#[test]
fn guests_of_recent_chats_come_newest_first_whatever_kind_they_are_of() {
    let desk = Desk::with(&["--guests", "0"]);
    for name in ["Ada", "Grace"] {
        let (code, started) = desk.guest_api(&["chat", "start", "--name", name]);
        assert_eq!(code, 0, "{started}");
    }
    let rows = desk.list(&["guests", "list", "--recent", "2"]);
    let told: Vec<(String, &str)> =
        rows.iter().map(|row| (text(row, "name"), row["kind"].as_str().unwrap())).collect();
    assert_eq!(told, [("Grace".to_owned(), "ephemeral"), ("Ada".to_owned(), "ephemeral")], "{rows:?}");
    assert_eq!(rows[0]["conversation"]["state"], "active");
    assert!(desk.list(&["guests", "list"]).is_empty(), "they are in no list");
    for days in ["0", "32"] {
        assert_eq!(desk.answer(&["guests", "list", "--recent", days]).0, 2);
    }
    let (code, refused) = desk.guest_api(&["guests", "list", "--recent", "2"]);
    assert_eq!((code, &refused["error"]["code"]), (2, &"not_in_this_dialect".into()));
}

#[test]
fn a_contact_is_shown_changed_by_its_schema_and_deleted() {
    let desk = Desk::with(&["--guests", "50"]);
    let id = text(&desk.list(&["guests", "list", "--limit", "1"])[0], "id");
    let shown = desk.list(&["guests", "show", &id]).remove(0);
    assert!(shown["conversations"].is_array() && shown["id"] == id.as_str(), "{shown}");
    let edit = desk.list(&["guests", "set", &id, "lastName=Byron", "--dry-run"]).remove(0);
    assert_eq!(edit["after"]["lastName"], "Byron");
    assert_ne!(desk.list(&["guests", "show", &id])[0]["attributes"]["lastName"], "Byron");
    desk.list(&["guests", "set", &id, "lastName=Byron", "cellPhone=+1 555 0100"]);
    let changed = desk.list(&["guests", "show", &id]).remove(0);
    assert_eq!(
        (&changed["attributes"]["lastName"], &changed["phone"]),
        (&"Byron".into(), &"+15550100".into())
    );
    let same = desk.list(&["guests", "set", &id, "cellPhone=+1 (555) 01-00"]).remove(0);
    assert_eq!(same["after"], serde_json::json!({}), "the same number however it is written");
    for more in [&[][..], &["--dry-run"]] {
        let (code, refused) = desk.answer(&[&["guests", "set", &id, "no_such_field=1"][..], more].concat());
        assert_eq!((code, &refused["error"]["code"]), (2, &"invalid_input".into()), "{refused}");
        assert!(refused.to_string().contains("lastName"), "the fields there are are named: {refused}");
    }
    assert_eq!(desk.answer(&["guests", "delete", &id]).0, 0);
    assert_eq!(desk.answer(&["guests", "show", &id]).0, 1);
}

#[test]
fn conversations_are_listed_shown_and_changed() {
    let desk = Desk::with(&["--guests", "0"]);
    let (_, started) = desk.guest_api(&["chat", "start", "--name", "Ada"]);
    let (id, guest) = (text(&started, "conversationId"), text(&started, "guestId"));
    let listed = desk.list(&["conversation", "list", "--open", "--guest", &guest, "--since", "1"]).remove(0);
    assert_eq!(
        (&listed["id"], &listed["state"], &listed["guestId"]),
        (&id.as_str().into(), &"active".into(), &guest.as_str().into())
    );
    let edit = desk.list(&["conversation", "set", &id, "orderId=A-17", "--dry-run"]).remove(0);
    assert_eq!(edit, serde_json::json!({"before": {}, "after": {"orderId": "A-17"}}));
    assert!(desk.list(&["conversation", "list", "--attr", "ORDERID"]).is_empty(), "nothing was written");
    desk.list(&["conversation", "set", &id, "orderId=A-17"]);
    for attr in ["ORDERID", "orderId=A-17"] {
        assert_eq!(desk.list(&["conversation", "list", "--attr", attr]).len(), 1, "{attr}");
    }
    assert!(desk.list(&["conversation", "list", "--attr", "orderId=A-18"]).is_empty());
    let open = desk.list(&["conversation", "list", "--attr", "orderId=A-17"]).remove(0);
    assert_eq!(
        open["state"], "active",
        "what the conversation itself confirms, also where attributes are asked for"
    );
    let shown = desk.list(&["conversation", "show", &id]).remove(0);
    assert!(shown["messages"].is_array() && shown["attributes"]["orderId"] == "A-17", "{shown}");
    desk.org.control(&format!("/conversations/{id}/orphan"), "{}");
    assert_eq!(desk.list(&["conversation", "list"])[0]["state"], "unclear");
}

#[test]
fn the_last_days_are_counted_from_the_clock_of_the_org() {
    let desk = Desk::with(&["--guests", "500", "--show-clock", "--now", "2026-06-01T12:00:00Z"]);
    let days = |rows: &[Value], place: fn(&Value) -> &Value| -> BTreeSet<String> {
        rows.iter().map(|row| text(place(row), "startTime")[..7].to_owned()).collect()
    };
    let recent = desk.list(&["guests", "list", "--recent", "7"]);
    assert_eq!(
        days(&recent, |row| &row["conversation"]),
        BTreeSet::from(["2026-05".into(), "2026-06".into()])
    );
    let before = recent.len();
    desk.org.control("/clock", r#"{"advanceSeconds":864000}"#);
    assert!(
        desk.list(&["conversation", "list", "--since", "7"]).len() < before,
        "ten days later they are older"
    );
}

#[test]
fn a_change_of_a_merged_contact_says_whose_it_is_and_one_of_an_ended_chat_what_is_known_of_it() {
    let desk = Desk::with(&["--guests", "60"]);
    let rows = desk.list(&["guests", "list", "--limit", "2"]);
    let (former, canonical) = (text(&rows[0], "id"), text(&rows[1], "id"));
    let merge = serde_json::json!({ "into": canonical }).to_string();
    desk.org.control(&format!("/contacts/{former}/merge"), &merge);
    for more in [&["--dry-run"][..], &[]] {
        let edit = desk.list(&[&["guests", "set", &former, "lastName=Byron"], more].concat()).remove(0);
        assert_eq!((&edit["canonicalId"], &edit["after"]["lastName"]), (&rows[1]["id"], &"Byron".into()));
    }
    let own = desk.list(&["guests", "set", &canonical, "lastName=King"]).remove(0);
    assert!(own.get("canonicalId").is_none(), "{own}");

    let (_, started) = desk.guest_api(&["chat", "start", "--name", "Ada"]);
    let id = text(&started, "conversationId");
    desk.org.control(&format!("/conversations/{id}/close"), "");
    let written = || desk.org.ledger("request").iter().filter(|call| call["method"] == "PATCH").count();
    let before = written();
    let (code, refused) = desk.answer(&["conversation", "set", &id, "orderId=A-17"]);
    assert_eq!((code, &refused["error"]["code"]), (1, &"conversation_closed".into()), "{refused}");
    let told = text(&refused["error"], "message");
    assert!(told.contains("ended") && !told.contains("answered"), "{told}");
    assert_eq!(written(), before);
}

#[test]
fn many_questions_about_single_conversations_are_asked_with_a_word_and_their_seconds_are_told_before() {
    // 90 days of guests, of whom those of the last day are in a chat.
    let desk = Desk::with(&["--guests", "24000"]);
    let asked = || {
        let all = desk.org.ledger("request");
        let of_one = |path: &str| path.starts_with("/api/v2/conversations/");
        all.iter().filter(|call| of_one(call["path"].as_str().unwrap())).count()
    };
    for words in [
        &["guests", "list", "--recent", "1"][..],
        &["conversation", "list", "--open", "--since", "1"],
        &["conversation", "list", "--since", "1", "--attr", "orderId"],
    ] {
        let before = asked();
        let (code, refused) = desk.answer(words);
        assert_eq!((code, &refused["error"]["code"]), (2, &"confirmation_needed".into()), "{refused}");
        let (told, next) = (text(&refused["error"], "message"), text(&refused["error"], "next"));
        assert!(
            told.contains(" questions, about ") && told.contains(" s.") && next.contains("--yes"),
            "{refused}"
        );
        assert_eq!(asked(), before, "nobody was asked");
        if words.contains(&"--attr") {
            continue;
        }
        let rows = desk.list(&[words, &["--yes"]].concat());
        assert!(asked() - before > 250, "{words:?}");
        assert!(rows.len() > 250, "{words:?}: {}", rows.len());
        let chats = rows.iter().map(|row| row.get("conversation").unwrap_or(row));
        let open: Vec<&Value> = chats.filter(|chat| chat["endTime"].is_null()).collect();
        assert!(open.iter().all(|chat| chat["state"] == "active"), "{words:?}");
        // The one question tells the state and who wrote last.
        let by: BTreeSet<&str> = open.iter().filter_map(|chat| chat["lastWordBy"].as_str()).collect();
        assert_eq!(by, BTreeSet::from(["agent", "bot", "guest"]), "{words:?}");
    }
    assert_eq!(
        desk.list(&["guests", "list", "--recent", "1", "--limit", "5"]).len(),
        5,
        "few are asked about"
    );
}

#[test]
fn a_region_is_added_as_a_live_org_that_is_only_read_and_the_dialect_can_be_named() {
    let desk = Desk::with(&["--guests", "1"]);
    let add = |words: &[&str]| {
        let mut command = innkeeper(desk.data.path(), None);
        command.env("INNKEEPER_PASSPHRASE", "correct horse").args(["connection", "add"]).args(words);
        command.args(["--client-id", "x"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"secret").unwrap();
        let (code, mut told) = lines(&child.wait_with_output().unwrap());
        (code, told.pop().unwrap_or_default())
    };
    let (code, live) = add(&["Live", "--environment", "eu-west-1"]);
    assert_eq!(code, 0, "{live}");
    assert_eq!(
        (&live["kind"], &live["dialect"], &live["readOnly"]),
        (&"production".into(), &"genesys-cloud".into(), &true.into())
    );
    let (_, named) =
        add(&["Named", "--base-url", &desk.org.url, "--kind", "test", "--dialect", "genesys-cloud"]);
    assert_eq!((&named["dialect"], &named["readOnly"]), (&"genesys-cloud".into(), &false.into()));
    let (_, plain) = add(&["Plain", "--base-url", &desk.org.url, "--kind", "test"]);
    assert_eq!(plain["dialect"], "guest-api");
    let edit = |words: &[&str]| {
        let mut command = innkeeper(desk.data.path(), None);
        run(command.env("INNKEEPER_PASSPHRASE", "correct horse").args(["connection", "edit"]).args(words))
    };
    let (code, edited) = edit(&["Plain", "--dialect", "genesys-cloud"]);
    assert_eq!((code, &edited["dialect"]), (0, &"genesys-cloud".into()), "{edited}");
    let (code, refused) = edit(&["Plain", "--dialect", "esperanto"]);
    assert!(code == 2 && text(&refused["error"], "message").starts_with("--dialect: "), "{refused}");
    let (code, refused) =
        add(&["Odd", "--base-url", &desk.org.url, "--kind", "test", "--dialect", "esperanto"]);
    assert_eq!(code, 2);
    assert!(refused.to_string().contains("guest-api or genesys-cloud"), "{refused}");
}

#[test]
fn a_conversation_that_the_org_lists_and_does_not_know_is_named_and_the_others_are_listed() {
    let desk = Desk::with(&["--guests", "200"]);
    let words = ["conversation", "list", "--since", "5", "--attr", "context.source", "--yes"];
    let all = desk.list(&words).len();
    assert!(all > 3, "{all}");
    let weather =
        r#"{"seed":1,"rules":[{"when":{"path":"/api/v2/conversations/*","from":0,"until":2},"do":"404"}]}"#;
    desk.org.control("/weather", weather);
    let output = desk.ik(&words).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let (code, listed) = lines(&output);
    assert_eq!((code, listed.len()), (0, all - 2), "{told}");
    assert!(told.contains("does not know them when it is asked for their attributes"), "{told}");
}

#[test]
fn days_that_nobody_is_asked_about_are_refused_and_never_answered_with_none() {
    let desk = Desk::with(&["--guests", "5"]);
    for since in ["2020-01-01", "2199-01-01"] {
        let (code, told) = desk.answer(&["conversation", "list", "--since", since]);
        assert_eq!((code, &told["error"]["fields"][0]["field"]), (2, &"--since".into()), "{told}");
    }
}

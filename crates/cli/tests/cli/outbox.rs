//! `chat say` and `outbox …` as a script uses them.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Org, innkeeper, lines, run};

/// Messages of two conversations: of one that is over, so that they die, and of one that waits.
struct Held {
    org: Org,
    data: tempfile::TempDir,
    over: String,
    waits: String,
}

impl Held {
    fn ik(&self) -> Command {
        innkeeper(self.data.path(), Some(&self.org))
    }

    fn list(&self, more: &[&str]) -> Vec<Value> {
        let (code, records) = lines(&self.ik().args(["outbox", "list"]).args(more).output().unwrap());
        assert_eq!(code, 0, "{records:?}");
        records
    }
}

fn held() -> Held {
    let org = Org::start(&["--guests", "0", "--rate", "off"]);
    let data = tempfile::tempdir().unwrap();
    let ik = || innkeeper(data.path(), Some(&org));
    let chat = || run(ik().args(["chat", "start"])).1["conversationId"].as_str().unwrap().to_owned();
    let (over, waits) = (chat(), chat());
    let say = |to: &str, text: &str| assert_eq!(run(ik().args(["chat", "say", to, text])).0, 0);
    say(&over, "one");
    say(&over, "two");
    org.control(&format!("/conversations/{over}/close"), "");
    let (code, drained) = run(ik().args(["outbox", "drain"]));
    assert_eq!((code, &drained["dead"], &drained["waiting"]), (3, &json!(2), &json!(0)), "{drained}");
    say(&waits, "three");
    Held { org, data, over, waits }
}

#[test]
fn the_list_is_one_bare_record_a_line_and_can_be_narrowed_to_a_state_or_a_conversation() {
    let held = held();
    let all = held.list(&[]);
    assert_eq!(all.len(), 3, "{all:?}");
    let mut fields: Vec<&str> = all[0].as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "attempts",
            "conversationId",
            "deliveredAt",
            "guestId",
            "id",
            "needsPerson",
            "org",
            "sentAgain",
            "seq",
            "state",
            "text",
            "until",
            "why",
            "writtenAt"
        ]
    );
    let dead = held.list(&["--state", "dead"]);
    assert!(dead.len() == 2 && dead.iter().all(|e| e["state"] == "dead" && e["why"].is_string()), "{dead:?}");
    assert_eq!(held.list(&["--state", "waiting"])[0]["text"], "three");
    assert_eq!(held.list(&["--conversation", &held.over]).len(), 2);
    assert_eq!(held.list(&["--conversation", &held.waits, "--state", "dead"]).len(), 0);
    let (code, wrong) = run(held.ik().args(["outbox", "list", "--conversation", "no/such"]));
    assert_eq!((code, &wrong["error"]["code"]), (2, &json!("invalid_input")));
}

#[test]
fn an_export_is_a_new_private_file_and_one_that_is_there_is_replaced_only_on_demand() {
    let held = held();
    let file = held.data.path().join("export.jsonl");
    let export = |more: &[&str]| run(held.ik().args(["outbox", "export"]).arg(&file).args(more));
    let (code, written) = export(&[]);
    assert_eq!((code, &written["exported"], &written["damaged"]), (0, &json!(3), &json!(0)), "{written}");
    let text = std::fs::read_to_string(&file).unwrap();
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert!(first["text"].is_string() && text.lines().count() == 3);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let (code, refused) = export(&["--state", "dead"]);
    assert_eq!((code, &refused["error"]["fields"][0]["field"]), (2, &json!("file")), "{refused}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    assert_eq!(export(&["--state", "dead", "--replace"]).1["exported"], 2);
}

#[test]
fn retry_and_discard_say_whether_they_were_in_time_by_word_and_by_exit_code() {
    let held = held();
    let dead = held.list(&["--state", "dead"]);
    let id = |n: usize| dead[n]["id"].as_str().unwrap();
    let answer = |command: &str, id: &str| run(held.ik().args(["outbox", command, id]));
    assert_eq!(answer("retry", id(0)), (0, json!({ "inTime": true, "perhapsSent": false })));
    assert_eq!(answer("discard", id(1)), (0, json!({ "inTime": true, "perhapsSent": false })));
    assert_eq!(answer("discard", id(1)).0, 0, "twice is as good as once");
    assert_eq!(answer("retry", id(1)), (1, json!({ "inTime": false, "perhapsSent": false })));
    let (code, unknown) = answer("retry", "01930000-0000-7000-8000-000000000000");
    assert_eq!((code, &unknown["error"]["code"]), (1, &json!("not_found")), "{unknown}");
    assert_eq!(answer("retry", "no-id").0, 2);
}

#[test]
fn said_twice_under_one_id_is_one_message_and_another_text_under_it_is_a_bad_line() {
    let held = held();
    let id = "01930000-0000-7000-8000-000000000001";
    let line =
        |text: &str| json!({ "id": id, "conversationId": held.waits, "text": text }).to_string() + "\n";
    let file = held.data.path().join("said.jsonl");
    let say = || lines(&held.ik().args(["chat", "say", "--from"]).arg(&file).output().unwrap());
    std::fs::write(&file, line("four") + &line("four")).unwrap();
    let (code, said) = say();
    assert_eq!((code, said.len()), (0, 2), "{said:?}");
    assert_eq!(said[0], json!({ "id": id, "conversationId": held.waits, "accepted": true }));
    std::fs::write(&file, line("four") + &line("five")).unwrap();
    let (code, said) = say();
    assert_eq!((code, said.len()), (65, 2), "{said:?}");
    assert!(said[1]["error"]["message"].as_str().unwrap().contains("line 2"), "{said:?}");
    assert_eq!(held.list(&["--conversation", &held.waits]).len(), 2);
}

#[test]
fn a_limit_per_session_is_kept_and_holds_from_the_next_command_on() {
    let held = held();
    let limit = |more: &[&str]| run(held.ik().args(["outbox", "limit"]).args(more));
    assert_eq!(limit(&[]), (0, json!({ "perSession": null })));
    assert_eq!(limit(&["--messages", "0", "--seconds", "1"]).0, 2);
    assert_eq!(limit(&["--messages", "1"]).0, 2);
    let set = json!({ "perSession": { "messages": 1, "seconds": 3600 } });
    assert_eq!(limit(&["--messages", "1", "--seconds", "3600"]), (0, set.clone()));
    assert_eq!(limit(&[]), (0, set));
    assert_eq!(run(held.ik().args(["chat", "say", &held.waits, "four"])).0, 0);
    let (code, drained) = run(held.ik().args(["outbox", "drain", "--max-wait", "1"]));
    assert_eq!((code, &drained["delivered"], &drained["waiting"]), (75, &json!(1), &json!(1)), "{drained}");
    assert_eq!(limit(&["--off"]), (0, json!({ "perSession": null })));
    assert_eq!(run(held.ik().args(["outbox", "drain"])).1["delivered"], 1);
}

#[test]
#[cfg(unix)]
fn a_simulator_that_is_ended_does_not_claim_to_have_kept_anything() {
    use std::io::{BufRead, BufReader};
    let mut child = Command::new(env!("CARGO_BIN_EXE_innkeeper"))
        .args(["--json", "simulator", "--listen", "127.0.0.1:0", "--guests", "1"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    let last: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let error = last["error"].to_string();
    assert!(error.contains("interrupted") && error.contains("in memory only"), "{error}");
    assert!(!error.contains("kept"), "{error}");
}

//! `innkeeper scenario run` and `load` over the guest socket of a simulator of its own, with its address alone.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Org, innkeeper, lines, run};

const DEPLOYMENT: &str = "00000000-0000-4000-8000-000000000001";

const BOT: &str = "
rules:
  - {when: {start: true}, reply: [{text: Welcome}]}
  - {when: {contains: hi}, reply: [{text: 'Can we ask you some questions?', after: 20ms, quickReplies: ['Yes', 'No']}]}
  - {when: {quickReply: 'Yes'}, reply: [{text: Thank you}, {text: 'Bye bye'}, {disconnect: true, readOnly: true}]}
  - {when: {contains: attr}, reply: [{text: noted}]}
  - {when: {otherwise: true}, reply: [{text: Pardon}]}
";

const SURVEY: &str = "
scenarios:
  accept:
    - say: hi
    - waitForReplyContaining: some questions
    - expectQuickReplies: ['Yes', 'No']
    - tap: 'Yes'
    - waitForReplyContaining: thank
    - waitForReplyMatching: ^bye
    - expectDisconnect: {readOnly: true}
  decline:
    - say: hi
    - waitForReplyContaining: questions
    - say: nonsense
    - waitForReplyContaining: Maybe next time
";

/// A simulator with a bot, a folder with a file, and a data folder that no command of these needs.
struct Tester {
    folder: tempfile::TempDir,
    org: Org,
}

impl Tester {
    fn with(file: &str, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bot = folder.path().join("bot.yaml");
        fs::write(&bot, BOT).unwrap();
        fs::write(folder.path().join("a.yaml"), file).unwrap();
        let ends: &[&str] = if more.contains(&"--disconnect") { &[] } else { &["--disconnect", "readonly"] };
        let args = ["--guests", "3", "--rate", "off", "--bot", bot.to_str().unwrap()];
        let org = Org::start(&[&args[..], ends, more].concat());
        Self { folder, org }
    }

    fn ik(&self, words: &[&str]) -> Command {
        let mut command = innkeeper(&self.folder.path().join("data"), None);
        command.current_dir(self.folder.path()).arg("scenario").args(words);
        command.env("GC_BASE_URL", &self.org.url).env("GC_DEPLOYMENT_ID", DEPLOYMENT).env_remove("GC_ORIGIN");
        command
    }

    fn lines(&self, words: &[&str]) -> (i32, Vec<Value>) {
        lines(&self.ik(words).output().unwrap())
    }
}

fn scenarios() -> Vec<&'static str> {
    vec!["accept", "decline"]
}

#[test]
fn the_peers_file_and_steps_of_our_own_run_on_the_simulator_and_each_has_its_line() {
    let tester = Tester::with(SURVEY, &[]);
    let began = Instant::now();
    let (code, told) = tester.lines(&["run", "a.yaml", "--timeout", "1"]);
    let took = began.elapsed();
    assert_eq!(code, 1, "{told:?}");
    let names: Vec<_> = told[..2].iter().map(|line| line["scenario"].as_str().unwrap()).collect();
    assert_eq!(names, scenarios());
    let host = tester.org.url.strip_prefix("http://").unwrap();
    for line in &told[..2] {
        assert_eq!(
            (&line["file"], &line["host"], &line["attempt"]),
            (&json!("a.yaml"), &json!(host), &json!(1))
        );
    }
    assert_eq!((&told[0]["outcome"], &told[0]["steps"]), (&json!("passed"), &json!(7)), "{told:?}");
    assert_eq!(told[1]["outcome"], "failed");
    let reason = told[1]["reason"].as_str().unwrap();
    assert!(reason.contains("did not come within 1 s; received: \"Pardon\""), "{reason}");
    assert_eq!(told[2], json!({ "passed": 1, "failed": 1, "errored": 0, "skipped": 0, "done": true }));
    assert!(took.as_secs() < 10, "{took:?}");
    let frames = tester.org.ledger("frame");
    assert!(frames.iter().any(|frame| frame["text"] == "nonsense"));
    let notes = fs::read_to_string(tester.folder.path().join("data/lab.jsonl")).unwrap();
    assert_eq!(notes.lines().count(), 2);
}

#[test]
fn with_an_oauth_client_the_conversation_is_named_and_attributes_are_read_by_rest() {
    let file = "scenarios: {a: [{attributes: {tier: gold}}, {say: attr}, {waitForReplyContaining: noted}, {expectAttribute: {tier: gold}}]}";
    let tester = Tester::with(file, &[]);
    let with_client = |client: bool| {
        let mut command = tester.ik(&["run", "a.yaml"]);
        if client {
            command.env("GC_CLIENT_ID", "demo").env("GC_CLIENT_SECRET", "demo");
        }
        lines(&command.output().unwrap())
    };
    let (code, told) = with_client(true);
    assert_eq!(code, 0, "{told:?}");
    assert!(told[0]["conversationId"].is_string(), "{told:?}");
    let (code, told) = with_client(false);
    assert_eq!((code, &told[0]["outcome"]), (1, &json!("errored")));
    assert!(told[0]["reason"].as_str().unwrap().contains("OAuth"), "{told:?}");
}

#[test]
fn every_file_is_read_before_anything_runs_and_a_step_that_cannot_work_is_told_with_its_place() {
    let tester = Tester::with(SURVEY, &["--disconnect", "off"]);
    fs::write(tester.folder.path().join("bad.yaml"), "scenarios: {a: [{say: 5}]}").unwrap();
    let (code, told) = tester.lines(&["run", "a.yaml", "bad.yaml"]);
    assert_eq!((code, told.len(), &told[0]["error"]["file"]), (65, 1, &json!("bad.yaml")));
    let (code, told) = tester.lines(&["run", "a.yaml"]);
    let error = &told[0]["error"];
    assert_eq!((code, &error["line"], &error["column"]), (65, &json!(10), &json!(7)), "{told:?}");
    assert!(error["message"].as_str().unwrap().contains("never tells a guest"), "{error}");
    assert!(tester.org.ledger("frame").is_empty(), "nothing ran");
    assert!(!tester.folder.path().join("data").exists());
}

#[test]
fn a_socket_that_cannot_be_reached_is_69_and_a_refused_deployment_fails_its_scenarios() {
    let tester = Tester::with("scenarios: {a: [{say: hi}], b: []}", &[]);
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = tester.ik(&["run", "a.yaml"]);
    let (code, told) = lines(&command.env("GC_BASE_URL", format!("http://{free}")).output().unwrap());
    assert_eq!(code, 69, "{told:?}");
    assert_eq!((told.len(), &told[0]["outcome"], &told[2]["done"]), (3, &json!("errored"), &json!(true)));
    assert_eq!(told[2]["error"]["code"], "unreachable");
    let (code, told) =
        tester.lines(&["run", "a.yaml", "--deployment", "00000000-0000-4000-8000-000000000009"]);
    assert_eq!((code, &told[0]["outcome"], &told[2]["errored"]), (1, &json!("errored"), &json!(2)));
    assert!(told[0]["reason"].as_str().unwrap().contains("403"), "{told:?}");
    let (code, told) = run(tester.ik(&["run", "a.yaml"]).env_remove("GC_DEPLOYMENT_ID"));
    assert_eq!((code, &told["error"]["fields"][0]["field"]), (2, &json!("--deployment")));
}

#[test]
fn reports_are_whole_files_and_a_file_of_somebody_else_is_refused_before_the_run() {
    let tester = Tester::with(SURVEY, &[]);
    let reports = ["--junit", "junit.xml", "--report", "report.html", "--results", "results.json"];
    let words = [&["run", "a.yaml", "--timeout", "1"][..], &reports].concat();
    for _ in 0..2 {
        assert_eq!(tester.lines(&words).0, 1);
    }
    let read = |name: &str| fs::read_to_string(tester.folder.path().join(name)).unwrap();
    assert!(
        read("junit.xml").contains("<testsuites name=\"innkeeper\" tests=\"2\" failures=\"1\" errors=\"0\"")
    );
    let page = read("report.html");
    assert!(
        page.contains("default-src 'none'") && page.contains("Maybe next time") && !page.contains("<script")
    );
    let results: Value = serde_json::from_str(&read("results.json")).unwrap();
    assert_eq!(results["scenarios"][0]["outcome"], "passed");
    let frames = tester.org.ledger("frame").len();
    let (code, told) = tester.lines(&["run", "a.yaml", "--junit", "bot.yaml"]);
    assert_eq!((code, &told[0]["error"]["fields"][0]["field"]), (2, &json!("--junit")));
    assert_eq!((read("bot.yaml").as_str(), tester.org.ledger("frame").len()), (BOT, frames));
    let (code, _) = tester.lines(&["run", "a.yaml", "--junit", "none/j.xml"]);
    assert_eq!(code, 2);
}

#[test]
fn repeats_tags_and_parallel_runs_are_one_line_a_scenario_in_file_order() {
    let file = "
scenarios:
  slow: {tags: [t], steps: [{pause: 400}]}
  10: {tags: [t], repeat: 3, steps: [{say: hi}, {waitForReplyContaining: questions}]}
  out: [{say: hi}]
  skipped: {tags: [t], skip: not now, steps: []}
";
    let tester = Tester::with(file, &[]);
    let (code, told) = tester.lines(&["run", "a.yaml", "--tag", "t", "--parallel", "4"]);
    assert_eq!(code, 0, "{told:?}");
    let names: Vec<_> = told[..3].iter().map(|line| line["scenario"].as_str().unwrap()).collect();
    assert_eq!(names, ["10", "slow", "skipped"]);
    assert_eq!((&told[0]["attempts"], &told[0]["passedAttempts"]), (&json!(3), &json!(3)));
    assert_eq!(told[0]["stepTimes"].as_array().unwrap().len(), 2);
    assert_eq!((&told[2]["outcome"], &told[2]["reason"]), (&json!("skipped"), &json!("not now")));
    assert_eq!(told[3], json!({ "passed": 2, "failed": 0, "errored": 0, "skipped": 1, "done": true }));
    // A tag with a slip in it is not green because nothing ran.
    let (code, told) = tester.lines(&["run", "a.yaml", "--tag", "T"]);
    assert_eq!((code, &told[0]["error"]["fields"][0]["field"]), (2, &json!("--tag")));
}

#[cfg(unix)]
#[test]
fn interrupted_it_says_what_was_done_and_writes_its_reports() {
    let file = "scenarios: {first: [{say: hi}], long: [{pause: 60000}]}";
    let tester = Tester::with(file, &[]);
    let mut child = tester.ik(&["run", "a.yaml", "--junit", "j.xml"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert!(line.contains("\"first\""), "{line}");
    let id = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGINT).unwrap();
    line.clear();
    out.read_line(&mut line).unwrap();
    let last: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&last["passed"], &last["error"]["code"]), (&json!(1), &json!("interrupted")));
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let junit = fs::read_to_string(tester.folder.path().join("j.xml")).unwrap();
    assert!(
        junit.contains("tests=\"2\" failures=\"0\" errors=\"1\""),
        "what did not run is no green: {junit}"
    );
}

#[test]
fn load_counts_by_echo_what_arrived_and_asks_first_beyond_this_computer() {
    let tester = Tester::with(SURVEY, &["--messages-per-second", "100"]);
    let (code, told) = tester.lines(&["load", "a.yaml", "--guests", "10", "--ramp", "1", "--messages", "3"]);
    assert_eq!(code, 0, "{told:?}");
    let last = told.last().unwrap();
    for (name, value) in [("guests", 10), ("messages", 30), ("delivered", 30), ("lost", 0), ("doubled", 0)] {
        assert_eq!(last[name], value, "{name}");
    }
    assert!(last["p99Millis"].is_number() && last["done"] == true);
    let said = tester.org.ledger("frame").iter().filter(|frame| frame["action"] == "onMessage").count();
    assert_eq!(said, 30);
    let mut live = tester.ik(&["load", "a.yaml", "--guests", "1", "--ramp", "0", "--region", "us-east-1"]);
    let (code, told) = run(live.env_remove("GC_BASE_URL"));
    assert_eq!((code, &told["error"]["code"]), (2, &json!("confirmation_needed")));
    assert!(told["error"]["next"].as_str().unwrap().contains("--yes-load-test"), "{told}");
}

#[test]
fn weather_of_the_socket_fails_one_scenario_and_the_others_go_on() {
    let file = "scenarios: {a: [{say: hi}, {waitForReplyContaining: questions}], b: [{say: hi}, {waitForReplyContaining: questions}]}";
    for (weather, told_code) in [("error:4011", "4011"), ("silent", "did not come within 1 s")] {
        let tester = Tester::with(file, &[]);
        let rule = format!(r#"{{"rules":[{{"when":{{"action":"onMessage","until":1}},"do":"{weather}"}}]}}"#);
        tester.org.control("/weather", &rule);
        let (code, told) = tester.lines(&["run", "a.yaml", "--timeout", "1"]);
        assert_eq!(code, 1, "{told:?}");
        assert_ne!(told[0]["outcome"], "passed");
        assert!(told[0]["reason"].as_str().unwrap().contains(told_code), "{weather}: {told:?}");
        assert_eq!(told[1]["outcome"], "passed", "{weather}: {told:?}");
    }
}

#[test]
fn without_any_org_the_embedded_simulator_answers_and_its_demonstration_bot() {
    let tester = Tester::with("scenarios: {a: [{say: hello}, {waitForReplyMatching: .}]}", &[]);
    let mut command = tester.ik(&["run", "a.yaml"]);
    let (code, told) =
        lines(&command.env_remove("GC_BASE_URL").env_remove("GC_DEPLOYMENT_ID").output().unwrap());
    assert_eq!(code, 0, "{told:?}");
    assert!(told[0]["conversationId"].is_string(), "{told:?}");
}

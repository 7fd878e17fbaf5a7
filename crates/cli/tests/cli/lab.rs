//! Guests of the socket by hand, over a simulator of its own: chat, doctor, clean.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Output, Stdio},
};

use serde_json::{Value, json};

use crate::support::{Org, innkeeper, lines, run};

const DEPLOYMENT: &str = "00000000-0000-4000-8000-000000000001";

const BOT: &str = r#"
rules:
  - when: {contains: "room"}
    reply:
      - {text: "Which one?", quickReplies: ["Single", "Double"]}
  - when: {otherwise: true}
    reply:
      - {text: "I heard you."}
"#;

fn org(more: &[&str]) -> (tempfile::TempDir, Org) {
    let folder = tempfile::tempdir().unwrap();
    let bot = folder.path().join("bot.yaml");
    std::fs::write(&bot, BOT).unwrap();
    let args = ["--guests", "3", "--rate", "off", "--deployment", DEPLOYMENT, "--bot", bot.to_str().unwrap()];
    let org = Org::start(&[&args[..], more].concat());
    (folder, org)
}

/// With the org's address alone: no OAuth client.
fn guest(data: &Path, org: &Org) -> Command {
    let mut command = innkeeper(data, None);
    command.env("GC_BASE_URL", &org.url).env("GC_DEPLOYMENT_ID", DEPLOYMENT);
    command
}

fn with_stdin(command: &mut Command, stdin: &[u8]) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdin.take().unwrap().write_all(stdin));
    child.wait_with_output().unwrap()
}

/// A chat that goes on, read line by line.
struct Talk {
    child: Child,
    stdin: Option<ChildStdin>,
    said: BufReader<std::process::ChildStdout>,
}

impl Talk {
    fn begin(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let stdin = child.stdin.take();
        let said = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdin, said }
    }

    fn write(&mut self, text: &str) {
        self.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"))
    }

    /// The next line with this direction.
    fn until(&mut self, direction: &str) -> Value {
        loop {
            let line = self.next();
            if line["direction"] == direction {
                return line;
            }
        }
    }

    fn end(mut self) -> i32 {
        drop(self.stdin.take());
        while self.said.read_line(&mut String::new()).unwrap() > 0 {}
        self.child.wait().unwrap().code().unwrap()
    }
}

fn guests(data: &Path, org: &Org) -> Vec<Value> {
    lines(&innkeeper(data, Some(org)).args(["guests", "list"]).output().unwrap()).1
}

fn notes(data: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(data.join("lab.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_chat_by_hand_is_a_line_a_message_and_a_guest_of_the_org_without_any_oauth_client() {
    let (_folder, org) = org(&[]);
    let data = tempfile::tempdir().unwrap();
    let mut talk =
        Talk::begin(guest(data.path(), &org).args(["lab", "chat", "--name", "Ada", "--attr", "tier=7"]));
    assert_eq!(talk.until("event")["state"], "ready");
    talk.write("a room, please\n\n");
    let echo = talk.until("inbound");
    assert_eq!(echo["text"], "a room, please");
    let reply = talk.until("outbound");
    assert_eq!(
        (&reply["text"], &reply["quickReplies"]),
        (&json!("Which one?"), &json!(["Single", "Double"]))
    );
    talk.write("Double\n");
    assert_eq!(talk.until("outbound")["text"], "I heard you.");
    assert_eq!(talk.end(), 0);
    let made: Vec<Value> =
        guests(data.path(), &org).into_iter().filter(|guest| guest["name"] == "Ada").collect();
    assert_eq!(made.len(), 1, "{made:?}");
    let [note] = notes(data.path()).try_into().unwrap();
    assert_eq!(made[0]["attributes"]["innkeeperLab"], note["innkeeperLab"]);
    assert_eq!(made[0]["attributes"]["tier"], "7", "a custom attribute is a text");
    let host = org.url.strip_prefix("http://").unwrap();
    assert_eq!((&note["host"], &note["deployment"]), (&json!(host), &json!(DEPLOYMENT)));
    assert!(!note.to_string().contains("token"), "{note}");
}

#[test]
fn what_is_piped_in_gets_its_answer_before_the_chat_ends() {
    let (_folder, org) = org(&[]);
    let data = tempfile::tempdir().unwrap();
    let output = with_stdin(guest(data.path(), &org).args(["lab", "chat"]), b"hello\r\na room\n");
    let (code, said) = lines(&output);
    assert_eq!(code, 0, "{said:?}");
    let texts = |direction: &str| -> Vec<&str> {
        said.iter()
            .filter(|line| line["direction"] == direction)
            .filter_map(|line| line["text"].as_str())
            .collect()
    };
    assert_eq!(texts("inbound"), ["hello", "a room"]);
    assert_eq!(texts("outbound"), ["I heard you.", "Which one?"]);
}

#[test]
fn in_words_only_the_other_side_stands_on_stdout_and_nothing_acts_on_a_terminal() {
    let (_folder, org) = org(&[]);
    let data = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_innkeeper"));
    testkit::without_program_variables(&mut command);
    command.arg("--data").arg(data.path()).env("GC_BASE_URL", &org.url).env("GC_DEPLOYMENT_ID", DEPLOYMENT);
    let output = with_stdin(command.args(["lab", "chat"]), b"a room\n");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "Bot: Which one?\n  [Single] [Double]\n");
    assert!(String::from_utf8(output.stderr).unwrap().contains("The chat is ready"));
}

#[test]
fn a_line_that_is_no_message_stops_there_and_those_before_it_are_delivered() {
    let (_folder, org) = org(&[]);
    let data = tempfile::tempdir().unwrap();
    let long = format!("{}\n", "x".repeat(4_097));
    for bad in [&b"\xff\xfe\xfd\n"[..], b"a\x07b\n", long.as_bytes()] {
        let output = with_stdin(
            guest(data.path(), &org).args(["lab", "chat"]),
            &[b"first\n", bad, b"never sent\n"].concat(),
        );
        let (code, said) = lines(&output);
        assert_eq!(code, 65, "{said:?}");
        let error = &said.last().unwrap()["error"];
        assert!(error["message"].as_str().unwrap().contains("line 2"), "{error}");
        assert!(
            said.iter().any(|line| line["direction"] == "inbound" && line["text"] == "first"),
            "{said:?}"
        );
        assert!(!said.iter().any(|line| line["text"] == "never sent"));
    }
}

#[test]
fn a_token_on_stdin_comes_back_to_its_conversation_and_is_never_told() {
    let (_folder, org) = org(&[]);
    let data = tempfile::tempdir().unwrap();
    let token = "7d0f6f2e-6a4c-4f6e-9a51-0b2f6d5c9e11";
    let chat = |messages: &str| {
        let stdin = format!("{token}\n{messages}");
        let output = with_stdin(
            guest(data.path(), &org).args(["-vv", "lab", "chat", "--token-stdin"]),
            stdin.as_bytes(),
        );
        let everything = [output.stdout.clone(), output.stderr.clone()].concat();
        assert!(!String::from_utf8_lossy(&everything).contains(token), "the token is told");
        lines(&output)
    };
    assert_eq!(chat("hello\n").0, 0);
    let before = guests(data.path(), &org).len();
    let (code, said) = chat("again\n");
    assert_eq!((code, guests(data.path(), &org).len()), (0, before), "the same guest");
    assert!(said.iter().any(|line| line["fromHistory"] == true && line["text"] == "hello"), "{said:?}");
    for bad in ["", "\n", "two words\n"] {
        let output =
            with_stdin(guest(data.path(), &org).args(["lab", "chat", "--token-stdin"]), bad.as_bytes());
        assert_eq!(lines(&output).0, 2, "{bad:?}");
    }
}

#[test]
fn without_a_deployment_or_with_a_lost_one_nothing_begins() {
    let (_folder, org) = org(&[]);
    let top = tempfile::tempdir().unwrap();
    let data = top.path().join("data");
    for (variable, words, code) in [
        (None, &["lab", "chat"][..], 2),
        (Some(""), &["lab", "chat"], 2),
        (Some(" \n"), &["lab", "doctor"], 2),
        (Some(DEPLOYMENT), &["lab", "chat", "--deployment", "a b"], 2),
        (Some(DEPLOYMENT), &["lab", "chat", "--attr", "x"], 2),
        (Some(DEPLOYMENT), &["lab", "chat", "--attr", "innkeeperLab=x"], 2),
        (Some(DEPLOYMENT), &["lab", "chat", "--email", "nobody"], 2),
        (Some("00000000-0000-4000-8000-00000000dead"), &["lab", "chat"], 1),
        (Some("00000000-0000-4000-8000-00000000dead"), &["lab", "doctor"], 1),
    ] {
        let mut command = innkeeper(&data, None);
        command.env("GC_BASE_URL", &org.url).args(words);
        if let Some(value) = variable {
            command.env("GC_DEPLOYMENT_ID", value);
        }
        assert_eq!(run(&mut command).0, code, "{variable:?} {words:?}");
    }
    let away = run(innkeeper(&data, None).env("GC_BASE_URL", "http://127.0.0.1:9").args([
        "lab",
        "chat",
        "--deployment",
        DEPLOYMENT,
    ]));
    assert_eq!(away.0, 69, "{away:?}");
    assert!(!data.exists(), "something was written");
}

#[test]
fn doctor_says_what_a_test_can_expect_and_which_steps_cannot_work() {
    let (folder, org) = org(&["--auto-start", "--clear"]);
    let data = tempfile::tempdir().unwrap();
    let doctor = |files: &[&str]| {
        run(guest(data.path(), &org).current_dir(folder.path()).args(["lab", "doctor"]).args(files))
    };
    let (code, told) = doctor(&[]);
    assert_eq!(code, 0, "{told}");
    for (key, value) in [
        ("active", json!(true)),
        ("autoStart", json!(true)),
        ("disconnect", json!("off")),
        ("clear", json!(true)),
        ("attachments", json!(true)),
        ("sessionSeconds", json!(259_200)),
        ("problems", json!([])),
    ] {
        assert_eq!(told[key], value, "{key} of {told}");
    }
    std::fs::write(
        folder.path().join("ends.yaml"),
        "scenarios:\n  a:\n    - say: hi\n    - expectDisconnect: true\n",
    )
    .unwrap();
    std::fs::write(folder.path().join("fine.yaml"), "scenarios:\n  a:\n    - say: hi\n").unwrap();
    std::fs::write(folder.path().join("bad.yaml"), "scenarios:\n  a:\n    - say: 5\n").unwrap();
    assert_eq!(doctor(&["fine.yaml"]).0, 0);
    let (code, told) = doctor(&["fine.yaml", "ends.yaml"]);
    assert_eq!(code, 1, "{told}");
    let problem = &told["problems"][0];
    assert_eq!((&problem["step"], &problem["line"]), (&json!("expectDisconnect"), &json!(4)));
    assert!(problem["why"].as_str().unwrap().contains("never tells"), "{problem}");
    let (code, told) = doctor(&["bad.yaml"]);
    assert_eq!((code, &told["error"]["line"]), (65, &json!(3)));
    assert!(data.path().read_dir().unwrap().next().is_none(), "the doctor wrote something");
    assert!(org.ledger("frame").is_empty());
}

#[test]
fn a_connection_keeps_its_deployment_and_origin_and_a_command_beats_them() {
    let (_folder, org) = org(&["--deployment", "d-2=https://shop.example", "--deployment", "d-3:inactive"]);
    let data = tempfile::tempdir().unwrap();
    let add = [
        "connection",
        "add",
        "Lab",
        "--kind",
        "test",
        "--base-url",
        &org.url,
        "--client-id",
        "demo",
        "--deployment",
        "d-2",
        "--origin",
        "https://shop.example",
    ];
    let ik = || {
        let mut command = innkeeper(data.path(), None);
        command.env("INNKEEPER_PASSPHRASE", "correct horse");
        command
    };
    assert!(with_stdin(ik().args(add), b"demo").status.success());
    let listed = run(ik().args(["connection", "list"])).1;
    let lab = listed["connections"].as_array().unwrap().iter().find(|c| c["name"] == "Lab").unwrap().clone();
    assert_eq!((&lab["deployment"], &lab["origin"]), (&json!("d-2"), &json!("https://shop.example")));
    let on = |words: &[&str]| run(ik().args(["--connection", "Lab"]).args(words));
    let (code, told) = on(&["lab", "doctor"]);
    assert_eq!((code, &told["deployment"]), (0, &json!("d-2")), "{told}");
    let (code, told) = on(&["lab", "doctor", "--origin", "https://other.example"]);
    assert_eq!(code, 1, "{told}");
    let (code, told) = on(&["lab", "doctor", "--deployment", "d-3"]);
    assert_eq!((code, &told["active"]), (1, &json!(false)), "{told}");
    assert_eq!(on(&["lab", "chat", "--deployment", "d-3"]).0, 1);
    let edited = run(ik().args(["connection", "edit", "Lab", "--no-deployment", "--read-only"])).1;
    assert_eq!((&edited["deployment"], &edited["origin"]), (&Value::Null, &json!("https://shop.example")));
    assert_eq!(on(&["lab", "doctor"]).0, 2);
    // A guest is something new at the org.
    let (code, told) = on(&["lab", "chat", "--deployment", "d-2"]);
    assert_eq!((code, &told["error"]["code"]), (1, &json!("read_only")));
}

#[test]
fn a_named_org_needs_no_folder_lock_and_the_embedded_one_has_a_deployment_of_its_own() {
    let (_folder, org) = org(&[]);
    let data = tempfile::tempdir().unwrap();
    let mut embedded = Talk::begin(innkeeper(data.path(), None).args(["lab", "chat", "--name", "Ada"]));
    assert_eq!(embedded.until("event")["state"], "ready");
    // The chat holds the folder, in which the embedded world lies.
    assert_eq!(run(innkeeper(data.path(), None).args(["lab", "doctor"])).0, 75);
    let output = with_stdin(guest(data.path(), &org).args(["lab", "chat"]), b"hello\n");
    assert_eq!(lines(&output).0, 0);
    assert_eq!(embedded.end(), 0);
    let (code, told) = run(innkeeper(data.path(), None).args(["lab", "doctor"]));
    assert_eq!((code, &told["deployment"]), (0, &json!(DEPLOYMENT)), "{told}");
}

#[test]
fn clean_removes_exactly_what_this_folders_lab_made_and_obeys_holds() {
    let (_folder, org) = org(&[]);
    let [mine, others] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let chat = |data: &Path, name: &str| {
        let output = with_stdin(guest(data, &org).args(["lab", "chat", "--name", name]), b"hello\n");
        assert!(output.status.success(), "{output:?}");
    };
    for name in ["Ada", "Bob", "Cy"] {
        chat(mine.path(), name);
    }
    chat(others.path(), "Dee");
    let clean = |words: &[&str]| {
        lines(&innkeeper(mine.path(), Some(&org)).args(["lab", "clean"]).args(words).output().unwrap())
    };
    let (code, told) = clean(&["--dry-run"]);
    assert_eq!((code, &told.last().unwrap()["found"]), (0, &json!(3)), "{told:?}");
    let bob = guests(mine.path(), &org).into_iter().find(|guest| guest["name"] == "Bob").unwrap();
    let bob = bob["id"].as_str().unwrap().to_owned();
    let hold =
        run(innkeeper(mine.path(), Some(&org)).args(["hold", "add", "--guest", &bob, "--reason", "a case"]));
    assert_eq!(hold.0, 0);
    let (code, told) = clean(&[]);
    let last = told.last().unwrap();
    assert_eq!(code, 0, "{told:?}");
    let counts = json!({"found": 3, "deleted": 2, "alreadyGone": 0, "spared": 1, "failed": 0, "remaining": 0, "done": true});
    assert_eq!(last, &counts);
    assert!(told.iter().any(|line| line["guestId"] == json!(bob) && line["outcome"] == "spared"), "{told:?}");
    let names: Vec<Value> =
        guests(mine.path(), &org).into_iter().map(|guest| guest["name"].clone()).collect();
    assert!(names.contains(&json!("Dee")) && names.contains(&json!("Bob")) && !names.contains(&json!("Ada")));
    assert_eq!(names.len(), 3 + 2);
    let again = clean(&[]).1.pop().unwrap();
    assert_eq!((&again["found"], &again["deleted"], &again["spared"]), (&json!(1), &json!(0), &json!(1)));
    let audit = lines(&innkeeper(mine.path(), Some(&org)).args(["audit", "list"]).output().unwrap()).1;
    let audit = serde_json::to_string(&audit).unwrap();
    assert!(audit.contains("eleted"), "{audit}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_chat_politely_and_a_reader_that_goes_away_ends_it_quietly() {
    use nix::{
        sys::signal::{Signal, kill},
        unistd::Pid,
    };
    let (_folder, org) = org(&[]);
    let data = tempfile::tempdir().unwrap();
    let mut talk = Talk::begin(guest(data.path(), &org).args(["lab", "chat"]));
    talk.until("event");
    kill(Pid::from_raw(talk.child.id().cast_signed()), Signal::SIGINT).unwrap();
    assert_eq!(talk.until_error()["code"], "interrupted");
    assert_eq!(talk.child.wait().unwrap().code(), Some(130));
    let mut talk = Talk::begin(guest(data.path(), &org).args(["lab", "chat"]));
    talk.until("event");
    let (mut child, mut stdin) = (talk.child, talk.stdin.take().unwrap());
    drop(talk.said);
    // Its echo is the line that nobody takes.
    stdin.write_all(b"hello\n").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

impl Talk {
    /// The error that is the last line.
    fn until_error(&mut self) -> Value {
        loop {
            let line = self.next();
            if line["error"].is_object() {
                return line["error"].clone();
            }
        }
    }
}

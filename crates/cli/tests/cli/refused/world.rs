//! One org and every kind of connection to it, with something of everything in the folder of the first.

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    folder,
    support::{Org, innkeeper, lines, run},
};

/// A port at which nobody listens.
const NOBODY: &str = "http://127.0.0.1:9";

pub struct World {
    pub org: Org,
    /// The same client, whose tokens may only read conversations.
    _weak: Org,
    pub data: TempDir,
    /// Files of whoever works here: plans, messages, exports.
    pub files: TempDir,
    pub guest: String,
    pub held_guest: String,
    pub hold: String,
    pub conversation: String,
    pub message: String,
    pub paused_run: String,
    pub finished_run: String,
}

impl World {
    pub fn make() -> Self {
        let org = Org::start(&["--guests", "400", "--rate", "off"]);
        let weak = Org::start(&["--guests", "1", "--rate", "off", "--scopes", "conversation:read"]);
        let mut world = Self {
            data: tempfile::tempdir().unwrap(),
            files: tempfile::tempdir().unwrap(),
            guest: String::new(),
            held_guest: String::new(),
            hold: String::new(),
            conversation: String::new(),
            message: String::new(),
            paused_run: String::new(),
            finished_run: String::new(),
            org,
            _weak: weak,
        };
        let (url, weak) = (world.org.url.clone(), world._weak.url.clone());
        for (name, kind, url, secret, read_only) in [
            ("Dev", "development", url.as_str(), "demo", false),
            ("Prod", "production", &url, "demo", false),
            ("Reader", "development", &url, "demo", true),
            ("Away", "development", NOBODY, "demo", false),
            ("Wrong", "development", &url, "not the secret", false),
            ("Weak", "development", &weak, "demo", false),
        ] {
            let mut words =
                vec!["connection", "add", name, "--kind", kind, "--base-url", url, "--client-id", "demo"];
            words.extend(read_only.then_some("--read-only"));
            world.done_with_stdin(&words, secret);
        }
        world.furnish();
        folder::make_passphrases_cheap(world.data.path());
        // Each is opened once, so that a command that comes to nothing has no folder to make, and no store of the org that
        // went on meanwhile to remember.
        for name in ["Dev", "Prod", "Reader", "Away", "Wrong", "Weak"] {
            assert_eq!(world.on(name, &["hold", "list"]).0, 0, "{name}");
        }
        world
    }

    fn furnish(&mut self) {
        let text = |value: &Value, key: &str| value[key].as_str().unwrap().to_owned();
        let guests = lines(&self.output(
            &["--connection", "Dev", "guests", "list", "--sort", "createdTime:desc", "--limit", "30"],
            "",
        ))
        .1;
        self.guest = text(&guests[0], "id");
        self.held_guest = text(&guests[1], "id");
        let hold = self.dev(&["hold", "add", "--guest", &self.held_guest.clone(), "--reason", "a case"]);
        self.hold = text(&hold, "id");
        let chat = self.dev(&["chat", "start", "--name", "Ada"]);
        self.conversation = text(&chat, "conversationId");
        self.message = text(&self.dev(&["chat", "say", &self.conversation.clone(), "words"]), "id");
        self.dev(&["outbox", "limit", "--messages", "5", "--seconds", "10"]);
        let vip = ["--policy", "vip"];
        self.dev(
            &[
                &["retention", "policy", "set", "--name", "VIP", "--days", "60", "--filter", "active = true"]
                    [..],
                &vip,
            ]
            .concat(),
        );
        self.dev(
            &[&["retention", "schedule", "on", "--cron", "0 3 1 1 *", "--zone", "UTC"][..], &vip].concat(),
        );
        let young = "name = \"nobody at all\"";
        let finished = self.plan("Dev", "finished", &["--days", "60", "--filter", young]);
        self.finished_run = text(&self.dev(&["retention", "run", &finished]), "run");
        let used = self.plan("Dev", "used", &["--days", "85"]);
        self.paused_run = text(&self.dev(&["retention", "run", &used, "--max", "1"]), "run");
        self.plan("Dev", "fresh", &["--days", "80"]);
        let fresh = std::fs::read_to_string(self.file("fresh")).unwrap();
        std::fs::write(self.file("changed"), fresh.replacen(':', ": ", 1)).unwrap();
        std::fs::write(self.file("junk"), "no plan, no certificate\n").unwrap();
        let scenarios = "scenarios: {a: [{say: hi}]}\n";
        std::fs::write(self.file("scenarios.yaml"), scenarios).unwrap();
        std::fs::write(self.file("taken"), "somebody's\n").unwrap();
        std::fs::write(
            self.file("messages"),
            format!("{{\"conversationId\":\"{}\",\"text\":\"\"}}\n", self.conversation),
        )
        .unwrap();
        // On production: armed, so that a time that was let through would delete by itself.
        let due = self.on("Prod", &["retention", "policy", "confirm"]).1["error"]["next"]
            .as_str()
            .unwrap()
            .to_owned();
        let due: String = due.chars().filter(char::is_ascii_digit).collect();
        let (code, on) =
            self.on("Prod", &["retention", "schedule", "on", "--cron", "0 3 1 1 *", "--confirm", &due]);
        assert_eq!(code, 0, "{on}");
        self.plan("Prod", "large", &[]);
        // A guest of the lab, so that there is something to clean up.
        let deployment = "00000000-0000-4000-8000-000000000001";
        self.done_with_stdin(&["--connection", "Dev", "lab", "chat", "--deployment", deployment], "hello\n");
    }

    fn plan(&self, connection: &str, name: &str, more: &[&str]) -> String {
        let file = self.file(name).to_str().unwrap().to_owned();
        let (code, plan) = self.on(connection, &[&["retention", "plan", "--out", &file][..], more].concat());
        assert_eq!(code, 0, "{plan}");
        file
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.files.path().join(format!("{name}.jsonl"))
    }

    pub fn name_of(&self, name: &str) -> String {
        self.file(name).to_str().unwrap().to_owned()
    }

    /// The command line on this world's folder; no variable leads elsewhere.
    pub fn ik(&self) -> Command {
        let mut command = innkeeper(self.data.path(), None);
        command.env("INNKEEPER_PASSPHRASE", "correct horse").current_dir(self.files.path());
        command
    }

    pub fn output(&self, words: &[&str], stdin: &str) -> Output {
        with_stdin(self.ik().args(words), stdin)
    }

    fn on(&self, connection: &str, words: &[&str]) -> (i32, Value) {
        run(self.ik().args(["--connection", connection]).args(words))
    }

    fn dev(&self, words: &[&str]) -> Value {
        let (code, answer) = self.on("Dev", words);
        assert_eq!(code, 0, "{words:?}: {answer}");
        answer
    }

    fn done_with_stdin(&self, words: &[&str], stdin: &str) {
        let output = self.output(words, stdin);
        assert!(output.status.success(), "{words:?}: {output:?}");
    }

    /// Where the org listens.
    pub fn org_address(&self) -> String {
        self.org.url.strip_prefix("http://").unwrap().to_owned()
    }

    /// What the org was made to change, by anybody.
    pub fn org_writes(&self) -> usize {
        ["created", "changed", "deleted", "message"].iter().map(|kind| self.org.ledger(kind).len()).sum()
    }
}

pub fn with_stdin(command: &mut Command, stdin: &str) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that reads nothing may be over already.
    drop(child.stdin.take().unwrap().write_all(stdin.as_bytes()));
    child.wait_with_output().unwrap()
}

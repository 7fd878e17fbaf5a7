//! Who else may read or write what the program makes: nobody, whatever the umask says; and what it does with a folder in
//! which others had a hand.

use std::{
    ffi::OsStr,
    fs::{self, Permissions},
    io::{BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};

use crate::support::{Org, innkeeper, innkeeper_from_nothing, lines, run};

/// The same command with nothing taken off the rights of new files.
fn openly(command: &Command) -> Command {
    let mut open = Command::new("sh");
    open.args(["-c", "umask 000; exec \"$0\" \"$@\""]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => open.env(name, value),
            None => open.env_remove(name),
        };
    }
    open.stdin(Stdio::null());
    open
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

/// Everything below a folder, sockets and all, with what stands in the way of each being its owner's alone.
fn exposed(top: &Path) -> (usize, Vec<String>) {
    let (mut seen, mut wrong, mut left) = (0, Vec::new(), vec![top.to_owned()]);
    while let Some(folder) = left.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let is_folder = fs::symlink_metadata(&path).unwrap().is_dir();
            let should = if is_folder { 0o700 } else { 0o600 };
            if mode(&path) != should {
                wrong.push(format!("{} has {:o}, not {should:o}", path.display(), mode(&path)));
            }
            seen += 1;
            if is_folder {
                left.push(path);
            }
        }
    }
    (seen, wrong)
}

struct Day {
    top: tempfile::TempDir,
    org: Org,
}

impl Day {
    fn data(&self) -> PathBuf {
        self.top.path().join("data")
    }

    fn command<T: AsRef<OsStr>>(&self, words: &[T]) -> Command {
        let mut command = innkeeper(&self.data(), Some(&self.org));
        command.args(words).current_dir(self.top.path());
        let mut open = openly(&command);
        open.current_dir(self.top.path());
        open
    }

    fn does<T: AsRef<OsStr> + std::fmt::Debug>(&self, words: &[T]) -> Value {
        let output = self.command(words).output().unwrap();
        let (code, mut said) = lines(&output);
        assert_eq!(code, 0, "{words:?} {said:?} {}", String::from_utf8_lossy(&output.stderr));
        said.pop().unwrap_or_default()
    }

    fn stays(&self, words: &[&str]) -> Child {
        let mut child = self.command(words).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        child
    }
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("{key} of {value}")).to_owned()
}

#[test]
fn after_a_working_day_without_a_umask_every_file_is_its_owners_and_so_is_every_folder() {
    let day =
        Day { top: tempfile::tempdir().unwrap(), org: Org::start(&["--guests", "60", "--rate", "off"]) };
    let file = |name: &str| day.top.path().join(name).to_str().unwrap().to_owned();
    let chat = day.does(&["chat", "start", "--name", "Ada"]);
    let (guest, conversation) = (text(&chat, "guestId"), text(&chat, "conversationId"));
    day.does(&["chat", "say", &conversation, "first"]);
    day.does(&["outbox", "drain"]);
    day.does(&["chat", "say", &conversation, "second"]);
    day.does(&["outbox", "export", "export.jsonl"]);
    day.does(&["outbox", "export", "export.jsonl", "--replace"]);
    day.does(&["outbox", "limit", "--messages", "5", "--seconds", "1"]);
    day.does(&["guests", "set", &guest, "tier=vip"]);
    day.does(&["hold", "add", "--guest", &guest, "--reason", "a story"]);
    day.does(&["retention", "policy", "set", "--days", "60"]);
    day.does(&["retention", "forecast"]);
    let plan = file("plan.jsonl");
    day.does(&["retention", "plan", "--days", "60", "--out", &plan]);
    let done = day.does(&["retention", "run", &plan]);
    let run_id = text(&done, "run");
    day.does(&["retention", "certificate", &run_id, "--out", "certificate.jsonl"]);
    day.does(&["retention", "verify", "certificate.jsonl", "--plan", "plan.jsonl"]);
    day.does(&["retention", "schedule", "on"]);
    day.does(&["audit", "verify"]);
    day.does(&["key", "rotate"]);
    // A log that was cut is set aside, and another one begun.
    let audit = fs::read_dir(day.data().join("connections")).unwrap().next().unwrap().unwrap().path();
    let audit = audit.join("audit.jsonl");
    let cut = fs::read_to_string(&audit).unwrap();
    fs::write(&audit, cut.lines().skip(1).collect::<Vec<_>>().join("\n")).unwrap();
    day.does(&["audit", "set-aside"]);
    let mut adding = day
        .command(&[
            "connection",
            "add",
            "Lab",
            "--kind",
            "test",
            "--base-url",
            &day.org.url,
            "--client-id",
            "demo",
        ])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    adding.stdin.take().unwrap().write_all(b"demo").unwrap();
    assert!(adding.wait().unwrap().success());
    day.does(&["--connection", "Lab", "guests", "list", "--limit", "1"]);
    day.does(&["connection", "remove", "Lab"]);
    // The embedded org keeps its world in the folder.
    let mut embedded = innkeeper(&day.data(), None);
    embedded.args(["guests", "list", "--limit", "1"]);
    assert!(openly(&embedded).output().unwrap().status.success());
    // While one holds the folder and another asks it, with the socket and the holder's name there.
    let gateway = day.stays(&["gateway", "--listen", "127.0.0.1:0"]);
    assert_eq!(mode(&day.data().join("holder.sock")), 0o600);
    assert!(day.command(&["outbox", "list"]).output().unwrap().status.success());
    let (seen, wrong) = exposed(day.top.path());
    kill(Pid::from_raw(gateway.id().try_into().unwrap()), Signal::SIGTERM).unwrap();
    gateway.wait_with_output().unwrap();
    assert_eq!(wrong, [""; 0]);
    assert!(seen > 40, "only {seen} files and folders");
    assert_eq!(exposed(day.top.path()).1, [""; 0]);
    // The look finds what is there.
    fs::set_permissions(&plan, Permissions::from_mode(0o640)).unwrap();
    assert_eq!(exposed(day.top.path()).1.len(), 1);
}

#[test]
fn a_folder_that_others_may_write_to_is_refused_by_every_kind_of_command_until_it_is_mended() {
    let org = Org::start(&["--guests", "1"]);
    let top = tempfile::tempdir().unwrap();
    let data = top.path().join("data");
    fs::create_dir(&data).unwrap();
    for open in [0o777, 0o770, 0o775] {
        fs::set_permissions(&data, Permissions::from_mode(open)).unwrap();
        for words in [
            &["guests", "list"][..],
            &["chat", "start"],
            &["outbox", "list"],
            &["hold", "list"],
            &["retention", "status"],
            &["connection", "list"],
            &["connection", "remove", "x"],
            &["gateway", "--listen", "127.0.0.1:0"],
            &["key", "rotate"],
            &["audit", "verify"],
        ] {
            let (code, told) = run(innkeeper_from_nothing(&data, Some(&org)).args(words));
            assert_eq!((code, &told["error"]["code"]), (1, &json!("folder_exposed")), "{words:?} {told}");
            let next = text(&told["error"], "next");
            assert!(next.contains(&format!("chmod 700 {}", data.display())), "{next}");
            assert_eq!(fs::read_dir(&data).unwrap().count(), 0, "{words:?} left something");
        }
    }
    assert!(org.ledger("request").is_empty(), "nothing was asked on the folder's behalf");
    fs::set_permissions(&data, Permissions::from_mode(0o755)).unwrap();
    assert_eq!(run(innkeeper_from_nothing(&data, Some(&org)).args(["guests", "list"])).0, 0);
    assert_eq!(mode(&data), 0o700, "readable by others is mended silently");
    let list = data.join("connections.json");
    fs::write(&list, r#"{"connections":{}}"#).unwrap();
    fs::set_permissions(&list, Permissions::from_mode(0o666)).unwrap();
    let (code, told) = run(innkeeper_from_nothing(&data, Some(&org)).args(["connection", "list"]));
    assert_eq!((code, &told["error"]["code"]), (1, &json!("folder_exposed")), "{told}");
    assert!(text(&told["error"], "message").contains("connections.json"), "{told}");
}

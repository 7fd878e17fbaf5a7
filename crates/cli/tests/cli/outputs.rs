//! Every command that writes a file which a person named, onto everything that may stand there.

use std::{
    fs,
    os::unix::{fs::FileTypeExt, fs::symlink, net::UnixListener},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::support::{Org, innkeeper, run};

/// The words of each, with FILE for the file and RUN for a run that has ended. Whoever adds one adds it here.
const PLACES: [&[&str]; 3] = [
    &["outbox", "export", "FILE"],
    &["retention", "plan", "--out", "FILE"],
    &["retention", "certificate", "RUN", "--out", "FILE"],
];

struct Desk {
    org: Org,
    data: tempfile::TempDir,
    files: tempfile::TempDir,
    run: String,
}

impl Desk {
    fn new() -> Self {
        let org = Org::start(&["--guests", "30", "--rate", "off"]);
        let mut desk = Self {
            org,
            data: tempfile::tempdir().unwrap(),
            files: tempfile::tempdir().unwrap(),
            run: String::new(),
        };
        let plan = desk.file("desk.jsonl");
        let words = ["retention", "plan", "--filter", "name = \"nobody\"", "--out"];
        assert_eq!(run(desk.ik().args(words).arg(&plan)).0, 0);
        let (code, done) = run(desk.ik().args(["retention", "run"]).arg(&plan));
        assert_eq!(code, 0, "{done}");
        desk.run = done["run"].as_str().unwrap().to_owned();
        fs::remove_file(plan).unwrap();
        desk
    }

    fn file(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    fn ik(&self) -> Command {
        innkeeper(self.data.path(), Some(&self.org))
    }

    fn writes(&self, place: &[&str], file: &Path, replace: bool) -> Command {
        let mut command = self.ik();
        for word in place {
            match *word {
                "FILE" => command.arg(file),
                "RUN" => command.arg(&self.run),
                word => command.arg(word),
            };
        }
        command.args(replace.then_some("--replace"));
        command
    }

    /// What lies beside each other, drafts included.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.files.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn refused((code, last): (i32, Value), what: &str) {
    assert_eq!((code, &last["error"]["fields"][0]["field"]), (2, &json!("file")), "{what}: {last}");
    let error = last["error"].to_string();
    assert!(!error.contains("os error") && error.contains("nothing"), "{what}: {error}");
}

#[test]
fn a_file_that_is_there_needs_a_word_and_a_link_stays_a_link() {
    let desk = Desk::new();
    for place in PLACES {
        let (file, link) = (desk.file("file"), desk.file("link"));
        let writes = |file: &Path, replace| run(&mut desk.writes(place, file, replace));
        let (code, done) = writes(&file, false);
        assert_eq!(code, 0, "{place:?}: {done}");
        let whole = fs::read_to_string(&file).unwrap().lines().count();
        fs::write(&file, "somebody's").unwrap();
        symlink(&file, &link).unwrap();
        refused(writes(&file, false), "a file");
        refused(writes(&link, false), "a link to a file");
        assert_eq!(fs::read_to_string(&file).unwrap(), "somebody's");
        for target in [&file, &link] {
            fs::write(&file, "somebody's").unwrap();
            let (code, done) = writes(target, true);
            assert_eq!(code, 0, "{place:?}: {done}");
            assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), whole, "{place:?}");
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink(), "{place:?}");
        }
        assert_eq!(desk.names(), ["file", "link"], "{place:?}: nothing else is left");
        fs::remove_file(file).unwrap();
        fs::remove_file(link).unwrap();
    }
}

#[test]
fn what_is_no_file_of_a_persons_own_is_never_replaced() {
    let desk = Desk::new();
    let (fifo, socket, folder) = (desk.file("fifo"), desk.file("socket"), desk.file("folder"));
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let _listens = UnixListener::bind(&socket).unwrap();
    fs::create_dir(&folder).unwrap();
    let link = |name: &str, to: &Path| {
        symlink(to, desk.file(name)).unwrap();
        desk.file(name)
    };
    let ours = ["connections.json", "lock", "connections/plan.jsonl", "orgs/x"]
        .map(|name| desk.data.path().join(name));
    let to_ours = link("to-ours", &desk.data.path().join("lock"));
    let targets = [
        link("to-full", Path::new("/dev/full")),
        link("to-fifo", &fifo),
        link("nowhere", &desk.file("nothing")),
        link("to-folder", &folder),
        fifo.clone(),
        socket.clone(),
        folder,
        "/dev/full".into(),
        "/dev/null".into(),
        "/dev/stdout".into(),
        desk.file("no/such/folder"),
        "/sys/plan.jsonl".into(),
        "..".into(),
    ];
    let before = desk.names();
    for place in PLACES {
        for replace in [false, true] {
            for target in targets.iter().chain(&ours) {
                let what = format!("{place:?} {} {replace}", target.display());
                refused(run(&mut desk.writes(place, target, replace)), &what);
            }
            refused(run(&mut desk.writes(place, &to_ours, replace)), "a link to a file of the folder's");
            // Into the very file that the answers go to, by whatever name.
            let log = desk.file("log");
            let told = fs::File::create(&log).unwrap();
            for name in [Path::new("/dev/stdout"), &log] {
                let mut command = desk.writes(place, name, replace);
                let told = told.try_clone().unwrap();
                assert_eq!(command.stdout(told).status().unwrap().code(), Some(2), "{place:?}");
            }
            assert_eq!(
                fs::read_to_string(&log).unwrap().lines().count(),
                2,
                "{place:?}: the answers stand there"
            );
            fs::remove_file(log).unwrap();
            assert_eq!(desk.names(), before, "{place:?}");
        }
    }
    let kind = |path: &Path| fs::symlink_metadata(path).unwrap().file_type();
    assert!(kind(&fifo).is_fifo() && kind(&socket).is_socket());
}

#[test]
fn a_plan_that_is_killed_leaves_nothing_behind() {
    let desk = Desk::new();
    // The org takes the question for the guests and does not answer.
    desk.org.control("/weather", r#"{"rules":[{"when":{"path":"/api/v2/*"},"do":"stall"}]}"#);
    let plan = desk.file("plan.jsonl");
    let mut child =
        desk.writes(PLACES[1], &plan, false).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let asked = || {
        let calls = desk.org.ledger("request");
        calls.iter().filter(|call| call["path"].as_str().unwrap().starts_with("/api/v2/")).count()
    };
    let before = asked();
    while asked() == before {
        assert!(child.try_wait().unwrap().is_none(), "it waits for the org");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(desk.names(), [""; 0], "nothing is left of it");
}

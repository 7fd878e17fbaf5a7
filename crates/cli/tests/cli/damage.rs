//! Files of a store are damaged behind the program's back: every command ends, and nothing is lost silently.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::mpsc,
    time::Duration,
};

use serde_json::Value;

use crate::{
    folder,
    support::{Org, innkeeper},
    witness::{Witness, chat, say},
};

/// Far above what a command takes, far below for ever.
const LIMIT: Duration = Duration::from_secs(30);

/// Runs to the end, or fails when that does not come in time.
fn within_the_limit(command: &mut Command, what: &str) -> Output {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let (tell, told) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        out.read_to_end(&mut stdout).unwrap();
        err.read_to_end(&mut stderr).unwrap();
        tell.send((stdout, stderr)).unwrap();
    });
    let Ok((stdout, stderr)) = told.recv_timeout(LIMIT) else {
        child.kill().unwrap();
        panic!("{what}: no end within {LIMIT:?}");
    };
    reader.join().unwrap();
    Output { status: child.wait().unwrap(), stdout, stderr }
}

/// What a person or a script is told beside the records: the count of what is lost, and where the files are.
fn loss_is_told(output: &Output) -> bool {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let kept: Vec<&str> = stderr.lines().filter_map(|l| l.strip_prefix("  kept: ")).collect();
    assert!(kept.iter().all(|p| Path::new(p).exists()), "{stderr}");
    stderr.contains("could not be read and") && !kept.is_empty()
}

fn records(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// Accepts 30 messages, or 24 and a kill; then a byte of the file is flipped, at so many per cent of its length. Returns how
/// many acknowledged messages are not listed afterwards, and whether a loss was told with the files that were kept.
fn after_a_flip(org: &Org, killed: bool, file: impl Fn(&Path) -> PathBuf, percent: usize) -> (usize, bool) {
    let data = tempfile::tempdir().unwrap();
    let ik = || innkeeper(data.path(), Some(org));
    let conversation = chat(ik());
    let mut witness = Witness::default();
    let said = witness.says([&conversation; 30].into_iter(), "words");
    let mut say = say(ik(), said.path());
    if killed {
        say.env("INNKEEPER_CRASH_AT", "store.group.applied:25");
    }
    witness.hears(&records(&say.output().unwrap()));
    assert_eq!(witness.acknowledged(), if killed { 24 } else { 30 });

    let file = file(&folder::connection(data.path()).join("store"));
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes.len() * percent / 100;
    bytes[at] ^= 1;
    fs::write(&file, bytes).unwrap();
    let what = format!("{} at {at}", file.display());
    let first = within_the_limit(ik().args(["--quiet", "outbox", "list"]), &what);
    let second = within_the_limit(ik().args(["outbox", "list"]), &what);
    assert!(first.status.success() && second.status.success(), "{what}: {first:?}");
    assert_eq!(records(&first), records(&second), "{what}: the same again");
    // The folder is in use again.
    let more = witness.says([chat(ik())].iter(), "after the damage");
    let again = within_the_limit(&mut crate::witness::say(ik(), more.path()), &what);
    assert!(again.status.success(), "{what}: {again:?}");
    (witness.misses(&records(&first)), loss_is_told(&first))
}

/// One damage of each kind; what else may be damaged, and how, is tried at the store (`crates/store/tests/stories/damage.rs`).
#[test]
fn damaged_files_never_hang_a_command_and_what_is_lost_is_told_with_where_the_files_are() {
    let org = Org::start(&["--guests", "0", "--rate", "off"]);
    let (lost, told) = after_a_flip(&org, true, folder::journal, 60);
    assert!(lost > 0 && told, "{lost} lost, and told: {told}");
    let (lost, told) = after_a_flip(&org, false, |store| store.join("db/db"), 1);
    assert_eq!((lost, told), (0, false), "the journal brings back what the index lost");
}

#[test]
fn a_store_of_a_newer_program_is_refused_and_left_as_it_is() {
    let org = Org::start(&["--guests", "0", "--rate", "off"]);
    let data = tempfile::tempdir().unwrap();
    let ik = || innkeeper(data.path(), Some(&org));
    let conversation = chat(ik());
    let store = folder::connection(data.path()).join("store");
    let schema = store.join("schema.json");
    let newer = fs::read_to_string(&schema).unwrap().replace("\"schema\":3", "\"schema\":4");
    fs::write(&schema, newer).unwrap();
    let content = || -> Vec<_> {
        testkit::files_below(&store).into_iter().map(|f| (fs::read(&f).unwrap(), f)).collect()
    };
    let before = content();
    for args in [&["chat", "say", &conversation, "words"][..], &["outbox", "drain"], &["key", "rotate"]] {
        let output = ik().args(args).output().unwrap();
        let error = records(&output).pop().unwrap()["error"].clone();
        assert_eq!((output.status.code(), &error["code"]), (Some(1), &"newer_schema".into()), "{error}");
        assert!(error["next"].as_str().unwrap().contains("Update"), "{error}");
        assert!(content() == before, "{args:?} touched the folder");
    }
}

//! Files of a store are damaged behind the program's back: every command ends, and nothing is lost without a word.

use std::{
    fs,
    io::Read,
    path::Path,
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

/// A small seeded sequence.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

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

/// Changes one file of the store; says what was done.
fn damage(store: &Path, dice: &mut Dice, round: usize) -> String {
    let files: Vec<_> = folder::files(store).into_iter().filter(|f| !f.ends_with("store.lock")).collect();
    // Every second time the journal, because it is the truth.
    let file = match round % 2 {
        0 => folder::journal(store),
        _ => files[dice.below(files.len())].clone(),
    };
    let name = file.strip_prefix(store).unwrap().display().to_string();
    let mut bytes = fs::read(&file).unwrap();
    match (round / 2 % 4, bytes.len()) {
        (3, _) | (_, 0) => {
            fs::remove_file(&file).unwrap();
            format!("{name} removed")
        }
        (2, length) => {
            let at = dice.below(length);
            fs::write(&file, &bytes[..at]).unwrap();
            format!("{name} cut at {at} of {length}")
        }
        (_, length) => {
            let at = dice.below(length);
            bytes[at] ^= 1 << dice.below(8);
            fs::write(&file, bytes).unwrap();
            format!("{name} flipped at {at} of {length}")
        }
    }
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

/// How one damaged folder came out.
enum Outcome {
    Whole,
    ToldALoss,
    Refused,
}

fn one_folder(org: &Org, template: &Path, conversation: &String, killed: bool, round: usize) -> Outcome {
    let mut dice = Dice(1_000 * u64::from(killed) + round as u64);
    let data = tempfile::tempdir().unwrap();
    folder::copy(template, data.path());
    let ik = || innkeeper(data.path(), Some(org));
    let mut witness = Witness::default();
    let file = witness.says([conversation; 30].into_iter(), "words");
    let mut say = say(ik(), file.path());
    if killed {
        say.env("INNKEEPER_CRASH_AT", "store.group.applied:25");
    }
    witness.hears(&records(&say.output().unwrap()));
    assert_eq!(witness.acknowledged(), if killed { 24 } else { 30 });

    let store = folder::connection(data.path()).join("store");
    let what = format!("killed: {killed}, {}", damage(&store, &mut dice, round));
    let first = within_the_limit(ik().args(["--quiet", "outbox", "list"]), &what);
    let second = within_the_limit(ik().args(["outbox", "list"]), &what);
    assert_eq!(first.status.code(), second.status.code(), "{what}: the second time as the first");
    let listed = records(&first);
    let lost = witness.misses(&listed);
    println!("{what}: {} listed, {lost} acknowledged ones not", listed.len());
    if !first.status.success() {
        let error = &listed.last().unwrap()["error"];
        assert_eq!(error["code"], "store_damaged", "{what}: {error}");
        assert!(error["next"].as_str().unwrap().contains("data folder"), "{what}: {error}");
        return Outcome::Refused;
    }
    assert_eq!(listed, records(&second), "{what}: the same again");
    // The folder is in use again.
    let more = witness.says([chat(ik())].iter(), "after the damage");
    let again = within_the_limit(&mut crate::witness::say(ik(), more.path()), &what);
    assert!(again.status.success(), "{what}: {again:?}");
    if lost == 0 {
        return Outcome::Whole;
    }
    let stderr = String::from_utf8_lossy(&first.stderr);
    assert!(loss_is_told(&first), "{what}: {lost} lost, and no word: {stderr}");
    Outcome::ToldALoss
}

#[test]
fn damaged_files_never_hang_a_command_and_what_is_lost_is_told_with_where_the_files_are() {
    let org = Org::start(&["--guests", "0", "--rate", "off"]);
    let template = tempfile::tempdir().unwrap();
    let conversation = chat(innkeeper(template.path(), Some(&org)));
    let ten = |killed| (0..10).map(|n| one_folder(&org, template.path(), &conversation, killed, n)).collect();
    let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
        let killed = scope.spawn(|| -> Vec<Outcome> { ten(true) });
        let closed: Vec<Outcome> = ten(false);
        closed.into_iter().chain(killed.join().unwrap()).collect()
    });
    let count = |is: fn(&Outcome) -> bool| outcomes.iter().filter(|o| is(o)).count();
    let (whole, told) = (count(|o| matches!(o, Outcome::Whole)), count(|o| matches!(o, Outcome::ToldALoss)));
    println!("{whole} whole, {told} told a loss, {} refused with the reason", outcomes.len() - whole - told);
    assert!(whole > 0 && told > 0, "too little was tried");
}

#[test]
fn a_store_of_a_newer_program_is_refused_and_left_as_it_is() {
    let org = Org::start(&["--guests", "0", "--rate", "off"]);
    let data = tempfile::tempdir().unwrap();
    let ik = || innkeeper(data.path(), Some(&org));
    let conversation = chat(ik());
    let store = folder::connection(data.path()).join("store");
    let schema = store.join("schema.json");
    let newer = fs::read_to_string(&schema).unwrap().replace("\"schema\":2", "\"schema\":3");
    fs::write(&schema, newer).unwrap();
    let content =
        || -> Vec<_> { folder::files(&store).into_iter().map(|f| (fs::read(&f).unwrap(), f)).collect() };
    let before = content();
    for args in [&["chat", "say", &conversation, "words"][..], &["outbox", "drain"], &["key", "rotate"]] {
        let output = ik().args(args).output().unwrap();
        let error = records(&output).pop().unwrap()["error"].clone();
        assert_eq!((output.status.code(), &error["code"]), (Some(1), &"newer_schema".into()), "{error}");
        assert!(error["next"].as_str().unwrap().contains("Update"), "{error}");
        assert!(content() == before, "{args:?} touched the folder");
    }
}

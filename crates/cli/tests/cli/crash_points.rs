//! The shipped binary dies at every named point of store and outbox, in each command that passes it; the simulator's
//! ledger judges.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::Write,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Mutex,
};

use model::{Clock, GuestId, MessageId, MessageText};
use outbox::{Outbox, Outgoing};
use serde_json::json;
use store::Store;
use testkit::{ManualClock, ScriptedCourier};

use crate::{
    folder,
    support::{Org, innkeeper, lines},
    witness::{Witness, chat, drains, say},
};

/// A folder with two conversations and messages that are due to be trimmed. Every point begins with a copy of it.
struct Template {
    org: Org,
    data: tempfile::TempDir,
    conversations: [String; 2],
}

/// Three messages that were delivered years ago, so that the next activation trims them.
fn add_history(data: &Path) {
    let connection = folder::connection(data);
    let store = Store::open(&connection.join("store"), &folder::keys(&connection)).unwrap();
    let then = ManualClock::at("2020-09-13T12:26:40Z");
    let outbox = Outbox::open(&store, std::sync::Arc::new(then.clone())).unwrap();
    for n in 0..3 {
        let old = Outgoing {
            id: MessageId(uuid::Uuid::from_u128(n)),
            conversation_id: "long-ago".parse().unwrap(),
            guest_id: GuestId(uuid::Uuid::nil()),
            text: MessageText::new("words of long ago".to_owned()).unwrap(),
            written_at: then.now(),
        };
        outbox.accept(old).unwrap();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(runtime.block_on(outbox.drain(&ScriptedCourier::default())).delivered, 3);
}

fn template() -> Template {
    let org = Org::start(&["--guests", "0", "--rate", "off"]);
    let data = tempfile::tempdir().unwrap();
    let conversations = [(); 2].map(|()| chat(innkeeper(data.path(), Some(&org))));
    add_history(data.path());
    Template { org, data, conversations }
}

/// What the last program may have left: no orderly close, and a torn append at the end of the journal.
fn unclean(data: &Path) {
    let store = folder::connection(data).join("store");
    fs::remove_file(store.join("clean")).unwrap();
    File::options().append(true).open(folder::journal(&store)).unwrap().write_all(b"IKF1 torn").unwrap();
}

/// One point on a folder of its own.
struct Story<'a> {
    org: &'a Org,
    data: PathBuf,
    point: &'a str,
    /// The commands that died, each at the point.
    died: Vec<&'static str>,
}

impl Story<'_> {
    fn ik(&self) -> Command {
        innkeeper(&self.data, Some(self.org))
    }

    /// Runs a command that dies when it passes the point, of those that are passed for each message when it passes it
    /// for the third time.
    fn tries(&mut self, name: &'static str, mut command: Command) -> (bool, Output) {
        let each = ["store.group.", "outbox.accept.", "outbox.mark.", "outbox.send.", "outbox.record."];
        let nth = if name != "chat start" && each.iter().any(|e| self.point.starts_with(e)) { 3 } else { 1 };
        let output = command.env("INNKEEPER_CRASH_AT", format!("{}:{nth}", self.point)).output().unwrap();
        let died = output.status.signal().is_some();
        if died {
            assert_eq!(output.status.signal(), Some(6), "{}: {name} died of something else", self.point);
            self.died.push(name);
        } else {
            assert!(output.status.success(), "{}: {name}: {output:?}", self.point);
        }
        (died, output)
    }

    fn is_of_the_store(&self) -> bool {
        self.point.starts_with("store.")
    }
}

/// Whole lines only: one that was cut by the kill was never told.
fn told(output: &Output) -> Vec<serde_json::Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_inclusive('\n')
        .filter(|l| l.ends_with('\n'))
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

/// A folder that dies while it is made is made by the next command.
fn while_it_is_made(story: &mut Story<'_>) {
    let dir = tempfile::tempdir().unwrap();
    let kept = std::mem::replace(&mut story.data, dir.path().to_owned());
    let mut start = story.ik();
    start.args(["chat", "start"]);
    let (died, _) = story.tries("chat start", start);
    if died {
        let conversation = chat(story.ik());
        let mut witness = Witness::default();
        let file = witness.says([conversation].iter(), "after a new beginning");
        witness.hears(&lines(&say(story.ik(), file.path()).output().unwrap()).1);
        assert_eq!(witness.acknowledged(), 1);
        drains(story.ik(), story.point);
        witness.judges(story.org, story.point);
    }
    story.data = kept;
}

fn live_through(template: &Template, point: &str) -> (Vec<&'static str>, usize) {
    let data = tempfile::tempdir().unwrap();
    testkit::copy_folder(template.data.path(), data.path());
    unclean(data.path());
    let mut story = Story { org: &template.org, data: data.path().to_owned(), point, died: Vec::new() };
    let mut witness = Witness::default();

    let conversations = template.conversations.iter().cycle().take(7);
    let file = witness.says(conversations, point);
    let (died, output) = story.tries("chat say", say(story.ik(), file.path()));
    witness.hears(&told(&output));
    if died {
        witness.finds_all(story.ik(), point);
        // The same file again: what is there already is not taken twice.
        let (code, said) = lines(&say(story.ik(), file.path()).output().unwrap());
        assert_eq!((code, said.len()), (0, 7), "{point}: {said:?}");
        witness.hears(&said);
    }
    assert_eq!(witness.acknowledged(), 7, "{point}");

    if story.is_of_the_store() {
        while_it_is_made(&mut story);
        let rotate = |mut command: Command| {
            command.args(["key", "rotate"]);
            command
        };
        let (died, _) = story.tries("key rotate", rotate(story.ik()));
        if died {
            witness.finds_all(story.ik(), point);
            let (code, rotated) = lines(&rotate(story.ik()).output().unwrap());
            assert_eq!((code, &rotated[0]["rotated"]), (0, &json!(true)), "{point}: {rotated:?}");
        }
        assert!(folder::secrets(&folder::connection(&story.data)).get("data-key.1").unwrap().is_none());
    } else {
        let id = witness.last_said().to_owned();
        let mut discard = story.ik();
        discard.args(["outbox", "discard", &id]);
        let (died, _) = story.tries("outbox discard", discard);
        if died {
            // In time or not at all; a second try tells.
            let (code, answer) = lines(&story.ik().args(["outbox", "discard", &id]).output().unwrap());
            assert_eq!((code, &answer[0]["inTime"]), (0, &json!(true)), "{point}: {answer:?}");
        }
        witness.sees_discarded(&id);
    }

    let mut drain = story.ik();
    drain.args(["outbox", "drain"]);
    story.tries("outbox drain", drain);
    witness.looks(story.ik());
    drains(story.ik(), point);
    let repeats = witness.judges(&template.org, point);
    (story.died, repeats)
}

#[test]
fn killed_at_every_named_point_no_acknowledged_message_is_lost_and_order_is_kept() {
    let template = template();
    let points: Vec<&str> = store::crash::POINTS.iter().chain(&outbox::CRASH_POINTS).copied().collect();
    let left = Mutex::new(points.clone());
    let died: Mutex<BTreeMap<&str, Vec<&str>>> = Mutex::default();
    let repeats = Mutex::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(point) = left.lock().unwrap().pop() else { break };
                    let (commands, again) = live_through(&template, point);
                    died.lock().unwrap().insert(point, commands);
                    *repeats.lock().unwrap() += again;
                }
            });
        }
    });
    let died = died.into_inner().unwrap();
    let never: BTreeSet<_> = points.iter().filter(|p| died.get(*p).is_none_or(Vec::is_empty)).collect();
    assert!(never.is_empty(), "no command dies at {never:?}");
    let kills: usize = died.values().map(Vec::len).sum();
    println!("{} points, {kills} kills, {} repeats, all known", points.len(), repeats.into_inner().unwrap());
    for (point, commands) in died {
        println!("  {point}: {}", commands.join(", "));
    }
}

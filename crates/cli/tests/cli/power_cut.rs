//! The power goes while the shipped binary accepts messages: rebuilt from its real system calls, believing only syncs.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
};

use model::{ConversationId, GuestId};
use serde::Deserialize;
use serde_json::Value;
use store::{KeyRing, Position, Store};
use testkit::Dice;

use crate::{
    folder,
    image::{Believe, Image, Unsynced},
    support::{Org, innkeeper_from_nothing},
    trace::{self, Call},
    witness::{Witness, say},
};

const MESSAGES: usize = 300;
const TORN: u64 = 40;

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Real runs of the program, from an empty folder on: three chats, then messages.
struct Recording {
    data: tempfile::TempDir,
    runs: Vec<Vec<Call>>,
    keys: KeyRing,
    /// How far the store had come, by what each secrets file that was seen remembers of it: to open one takes its time.
    remembered: Mutex<BTreeMap<Vec<u8>, Option<Position>>>,
}

impl Recording {
    /// What a secrets file remembers; it has the data key, or all would be lost with it.
    fn remembered(&self, sealed: &[u8], when: &str) -> Option<Position> {
        let mut all = self.remembered.lock().unwrap();
        *all.entry(sealed.to_owned()).or_insert_with(|| {
            let dir = tempfile::tempdir_in(fast()).unwrap();
            fs::write(dir.path().join("secrets.sealed"), sealed).unwrap();
            let secrets = folder::secrets(dir.path());
            assert!(secrets.get("data-key").unwrap().is_some(), "{when}: the data key is gone");
            let floor = secrets.get("store-floor").unwrap()?;
            let floor: Value = serde_json::from_str(floor.expose()).unwrap();
            Some(serde_json::from_value(floor["position"].clone()).unwrap())
        })
    }
}

/// What the program keeps of a conversation.
#[derive(serde::Serialize, Deserialize)]
struct Known {
    guest_id: GuestId,
    started_here: bool,
}

fn record(dir: &Path) -> Recording {
    let org = Org::start(&["--guests", "0", "--rate", "off"]);
    let data = tempfile::tempdir().unwrap();
    let ik = || innkeeper_from_nothing(data.path(), Some(&org));
    let mut runs = Vec::new();
    let mut run = |command: &Command| {
        let out = dir.join("trace");
        let told = trace::traced(command, &out).output().unwrap();
        assert!(told.status.success(), "{told:?}");
        runs.push(trace::read(&fs::read_to_string(out).unwrap()));
        String::from_utf8(told.stdout).unwrap()
    };
    let conversations: Vec<String> = (0..3)
        .map(|_| {
            let mut start = ik();
            let told = run(start.args(["chat", "start"]));
            let told: Value = serde_json::from_str(&told).unwrap();
            told["conversationId"].as_str().unwrap().to_owned()
        })
        .collect();
    let file = Witness::default().says(conversations.iter().cycle().take(MESSAGES), "words");
    let told = run(&say(ik(), file.path()));
    assert_eq!(told.lines().count(), MESSAGES);
    let connection = folder::connection(data.path());
    Recording { keys: folder::keys(&connection), data, runs, remembered: Mutex::default() }
}

/// What the program said on its stdout and thereby promised.
#[derive(Clone, Default)]
struct Promised {
    /// Ids in the order of their acknowledgements, with their conversations.
    messages: Vec<(String, String)>,
    chats: usize,
}

impl Promised {
    fn hear(&mut self, call: &Call) {
        let said: Value = serde_json::from_slice(call.bytes(1)).unwrap();
        let text = |key: &str| said[key].as_str().unwrap().to_owned();
        if said["accepted"] == true {
            self.messages.push((text("id"), text("conversationId")));
        } else {
            assert!(said["guestId"].is_string(), "{said}");
            self.chats += 1;
        }
    }
}

fn is_stdout(call: &Call) -> bool {
    call.name == "write" && call.word(0) == "1"
}

/// Plays everything; `moment` is called when the program has begun to say something, which it may have heard only then.
fn play(recording: &Recording, believe: Believe, mut moment: impl FnMut(&Image, &Promised, bool)) -> Image {
    let mut image = Image::new(recording.data.path());
    let mut promised = Promised::default();
    for (n, run) in recording.runs.iter().enumerate() {
        // The chats always count: what is to be missed is messages.
        let is_last = n + 1 == recording.runs.len();
        image.next_process(if is_last { believe } else { Believe::All });
        // A promise stands from the line on which it begins; what ends later does not support it.
        let mut promises = run.iter().filter(|c| is_stdout(c)).peekable();
        for call in run {
            while let Some(promise) = promises.next_if(|p| p.began < call.ended) {
                promised.hear(promise);
                moment(&image, &promised, true);
            }
            image.play(call);
            moment(&image, &promised, false);
        }
        for promise in promises {
            promised.hear(promise);
            moment(&image, &promised, true);
        }
    }
    image
}

/// Writes the files, opens the folder as the program would and answers how many promised messages are not there.
fn lost(files: &Files, promised: &Promised, recording: &Recording, when: &str) -> usize {
    let dir = tempfile::tempdir_in(fast()).unwrap();
    for (path, content) in files {
        let at = dir.path().join(path);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(at, content).unwrap();
    }
    if promised.chats == 0 {
        return 0;
    }
    let Some(schema) = files.keys().find(|p| p.ends_with("store/schema.json")) else {
        return promised.chats + promised.messages.len();
    };
    let store = schema.parent().unwrap();
    let sealed = files.get(&store.parent().unwrap().join("secrets.sealed"));
    let sealed = sealed.unwrap_or_else(|| panic!("{when}: the secrets are gone, and all with them"));
    let floor = recording.remembered(sealed, when);
    let store = Store::open_above(&dir.path().join(store), &recording.keys, floor);
    let store = store.unwrap_or_else(|e| panic!("{when}: {e}"));
    let recovery = store.recovery();
    let told = recovery.changes_lost > 0;
    let outbox = folder::outbox(&store);
    let conversations: BTreeSet<&String> = promised.messages.iter().map(|(_, c)| c).collect();
    let entries = conversations.into_iter().flat_map(|c| outbox.conversation(&c.parse().unwrap()).unwrap());
    let found: Vec<(String, String)> =
        entries.map(|e| (e.id.to_string(), e.conversation_id.to_string())).collect();
    let known = store.table::<ConversationId, Known>("known-conversation");
    let chats = known.iter().filter(|row| row.as_ref().is_ok_and(|(_, known)| known.started_here)).count();
    let lost = promised.messages.iter().filter(|m| !found.contains(m)).count()
        + promised.chats.saturating_sub(chats);
    assert!(lost > 0 || !told && !recovery.behind, "{when}: it speaks of a loss that is none: {recovery:?}");
    // What was not promised yet may be there, but only after what was.
    for (_, conversation) in promised.messages.iter().take(3).filter(|_| lost == 0) {
        let of = |all: &[(String, String)]| -> Vec<String> {
            all.iter().filter(|(_, c)| c == conversation).map(|(id, _)| id.clone()).collect()
        };
        let (wanted, got) = (of(&promised.messages), of(&found));
        assert_eq!(got[..wanted.len()], wanted, "{when}: the order of {conversation}");
    }
    lost
}

/// Memory where the system has a folder of that kind: the syncs of the program that opens are not what is measured.
fn fast() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}

/// Opens images on two threads while they are made; answers how many there were and what each had lost.
fn judged(
    recording: &Recording,
    make: impl FnOnce(&mut dyn FnMut(String, Files, Promised)),
) -> (usize, Vec<(String, usize)>) {
    let (send, receive) = mpsc::sync_channel::<(String, Files, Promised)>(4);
    let (receive, tried, losses) = (Mutex::new(receive), AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = receive.lock().unwrap().recv();
                    let Ok((when, files, promised)) = next else { break };
                    // The other images are still wanted when one does not even open.
                    let open = || lost(&files, &promised, recording, &when);
                    let lost = std::panic::catch_unwind(AssertUnwindSafe(open)).unwrap_or(usize::MAX);
                    tried.fetch_add(1, Ordering::Relaxed);
                    if lost > 0 {
                        losses.lock().unwrap().push((when, lost));
                    }
                }
            });
        }
        make(&mut |when, files, promised| send.send((when, files, promised)).unwrap());
        drop(send);
    });
    (tried.into_inner(), losses.into_inner().unwrap())
}

#[test]
fn at_each_acknowledgement_the_synced_part_of_the_real_trace_holds_every_message() {
    let dir = tempfile::tempdir().unwrap();
    if let Some(why) = trace::refusal(dir.path()) {
        return eprintln!("NOT TRIED: no system-call trace: {why}");
    }
    let recording = record(dir.path());

    // The image is the real folder when nothing is cut: else it would prove nothing.
    let image = play(&recording, Believe::All, |_, _, _| {});
    let real: Files = testkit::files_below(recording.data.path())
        .into_iter()
        .map(|f| (f.strip_prefix(recording.data.path()).unwrap().to_owned(), fs::read(&f).unwrap()))
        .collect();
    assert!(image.as_seen() == real, "{:?}", real.keys());

    let cuts = |believe, name: &'static str| {
        let make = |each: &mut dyn FnMut(String, Files, Promised)| {
            play(&recording, believe, |image, promised, at_a_promise| {
                if at_a_promise {
                    let when = format!("{name} {} chats {}", promised.chats, promised.messages.len());
                    let last = promised.messages.len() == MESSAGES;
                    if believe == Believe::All || last {
                        each(when, image.after_a_cut(&mut Unsynced::Gone), promised.clone());
                    }
                }
            });
        };
        judged(&recording, make)
    };
    assert_eq!(cuts(Believe::All, "at acknowledgement"), (MESSAGES + 3, Vec::new()));

    // The same without the one sync that an acknowledgement waits for finds a loss: the proof can fail.
    let (tried, losses) = cuts(Believe::NotTheJournals, "without fdatasync at acknowledgement");
    assert_eq!((tried, losses.len()), (1, 1));
    let missing = losses[0].1;
    assert!((MESSAGES / 2..=MESSAGES).contains(&missing), "without fdatasync {missing} are missing");

    let calls = recording.runs.iter().map(Vec::len).sum::<usize>() as u64;
    let mut dice = Dice(7);
    let mut at: Vec<u64> = (0..TORN).map(|_| dice.roll() % calls).collect();
    at.sort_unstable();
    let torn = |each: &mut dyn FnMut(String, Files, Promised)| {
        let (mut passed, mut left) = (0, at.as_slice());
        play(&recording, Believe::All, |image, promised, at_a_promise| {
            while let Some((_, rest)) =
                left.split_first().filter(|(first, _)| !at_a_promise && **first == passed)
            {
                left = rest;
                let mut toss = || dice.roll() & 1 == 1;
                let files = image.after_a_cut(&mut Unsynced::Torn(&mut toss));
                each(format!("torn after call {passed}"), files, promised.clone());
            }
            passed += u64::from(!at_a_promise);
        });
    };
    assert_eq!(judged(&recording, torn), (TORN as usize, Vec::new()));
    println!(
        "{calls} calls, {} cuts and {TORN} torn ones, 0 lost; {missing} without fdatasync",
        MESSAGES + 3
    );
}

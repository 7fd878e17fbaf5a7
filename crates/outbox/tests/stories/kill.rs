//! Kills a process 50 times with SIGKILL while it accepts and delivers, and holds what the org received against
//! what was acknowledged: nothing lost, order kept, repeats only for what was under way.
//!
//! Each test is both sides: with `KILL_CHILD` in its environment it is the one that is killed.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use async_trait::async_trait;
use model::{AfterDoubt, Clock, ConversationId, GuestId, MessageId, MessageText};
use outbox::{CRASH_POINTS, Courier, Delivery, InTime, Options, Outbox, Outgoing};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use store::{Argon2Cost, PassphraseFile, Store, data_key};
use testkit::{WallClock, long_run};
use uuid::Uuid;

const FOLDERS: u64 = 5;
const KILLS_PER_FOLDER: u64 = 10;
const LANES: u64 = 8;

#[test]
fn fifty_kills_lose_no_acknowledged_message_and_keep_the_order() {
    if let Ok(dir) = std::env::var("KILL_CHILD") {
        let round = std::env::var("KILL_ROUND").expect("the parent names the round");
        return child(Path::new(&dir), round.parse().expect("a number"));
    }
    let (mut acked, mut received, mut repeated) = (0, 0, 0);
    // A thousand kills in the long run.
    let folders = long_run(FOLDERS, 100);
    for folder in 0..folders {
        let report = one_folder(folder);
        acked += report.0;
        received += report.1;
        repeated += report.2;
    }
    let kills = folders * KILLS_PER_FOLDER;
    println!("{kills} kills, {acked} acknowledged, {received} received, {repeated} repeats");
    assert!(acked > kills * 10, "only {acked} acknowledged: the test saw too little work");
}

#[test]
fn a_death_at_every_named_place_loses_no_acknowledged_message_and_keeps_the_order() {
    if let Ok(dir) = std::env::var("KILL_CHILD") {
        let round = std::env::var("KILL_ROUND").expect("the parent names the round");
        return child(Path::new(&dir), round.parse().expect("a number"));
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (mut acked, mut round) = (Vec::new(), 0);
    for point in CRASH_POINTS {
        // At its first passing and once everything is under way.
        for passing in [1, 30] {
            acked.extend(run_and_kill(dir.path(), round, &Death::At(point, passing)));
            round += 1;
        }
    }
    let (received, repeats) = deliver_and_check("the named places", dir.path(), round, &acked);
    println!("{round} deaths, {} acknowledged, {received} received, {repeats} repeats", acked.len());
    assert!(acked.len() > 300, "only {} acknowledged: the test saw too little work", acked.len());
}

/// How a child dies.
enum Death {
    /// By SIGKILL so long after it was ready.
    After(Duration),
    /// By itself, at this passing of a named place.
    At(&'static str, u32),
}

/// A message is (round, number) in its lane; both only grow, so this is its place in the order.
type Order = (u64, u64);

fn message_id(lane: u64, (round, n): Order) -> MessageId {
    MessageId(Uuid::from_u64_pair(lane << 32 | round, n))
}

fn parse_id(text: &str) -> (u64, Order) {
    let (high, n) = Uuid::parse_str(text).expect("an id of ours").as_u64_pair();
    (high >> 32, (high & 0xffff_ffff, n))
}

/// The org: one line a receipt, in one write, so that a kill leaves whole lines. Trouble by chance.
struct Org {
    ledger: File,
    round: u64,
    chance: Mutex<SmallRng>,
}

impl Org {
    fn open(dir: &Path, round: u64) -> Self {
        let ledger = OpenOptions::new().append(true).create(true).open(dir.join("ledger")).expect("a ledger");
        Self { ledger, round, chance: Mutex::new(SmallRng::seed_from_u64(round)) }
    }

    fn receive(&self, message: &Outgoing, answer: char) {
        let expected = format!("words of {}", message.id);
        assert_eq!(message.text.as_str(), expected, "the text belongs to the id");
        let line = format!("{} {answer} {}\n", self.round, message.id);
        (&self.ledger).write_all(line.as_bytes()).expect("the ledger takes a line");
    }
}

#[async_trait]
impl Courier for Org {
    fn after_doubt(&self, _: &ConversationId) -> AfterDoubt {
        AfterDoubt::SameIdAgain
    }

    async fn deliver(&self, message: &Outgoing) -> Delivery {
        let (fate, pause) = {
            let mut chance = self.chance.lock().expect("no panic");
            (chance.random_range(0..20), chance.random_range(0..3))
        };
        tokio::time::sleep(Duration::from_millis(pause)).await;
        match fate {
            0 => Delivery::NotSent { why: "refused".into(), retry_after: None },
            1 => Delivery::NotSent { why: "429".into(), retry_after: Some(Duration::from_millis(3)) },
            2 => Delivery::Uncertain { why: "cut before".into(), retry_after: None },
            3 => {
                self.receive(message, 'U');
                Delivery::Uncertain { why: "cut after".into(), retry_after: None }
            }
            _ => {
                self.receive(message, 'D');
                tokio::time::sleep(Duration::from_millis(pause)).await;
                Delivery::delivered()
            }
        }
    }
}

/// Those that die at a named place do everything that passes one: they trim, and a person speaks.
fn trims() -> bool {
    std::env::var_os("KILL_TRIMS").is_some()
}

fn open(dir: &Path) -> Outbox {
    let passphrase = model::Secret::new("correct horse".to_owned());
    let secrets = PassphraseFile::open(dir, &passphrase, Argon2Cost::lowest()).expect("secrets open");
    let key = data_key(&secrets, "data-key").expect("a data key");
    let store = Store::open(dir, &key).expect("the store opens after every kill");
    let history_entries = if trims() { 10 } else { 1_000_000 };
    let options = Options { max_wait: Duration::from_millis(5), history_entries, ..Options::default() };
    Outbox::open_with(&store, Arc::new(WallClock), options).expect("the outbox opens after every kill")
}

/// Accepts and delivers until it is killed. Says "ready", then one line for each message once it is accepted.
fn child(dir: &Path, round: u64) {
    let outbox = open(dir);
    println!("ready");
    for half in 0..2 {
        let outbox = outbox.clone();
        std::thread::spawn(move || {
            let (_never, pause) = mpsc::channel::<()>();
            for n in 0.. {
                let lanes = (half * LANES / 2)..((half + 1) * LANES / 2);
                let accepting: Vec<_> =
                    lanes.map(|lane| outbox.accept_later(message(lane, (round, n)))).collect();
                for accepting in accepting {
                    let accepted = accepting.and_then(outbox::Accepting::wait).expect("accepted");
                    println!("{}", accepted.entry.id);
                    if trims() {
                        // A person's request, which changes nothing but how soon.
                        let _ = outbox.retry(accepted.entry.id, outbox::Order::Kept).expect("a change");
                    }
                }
                let _ = pause.recv_timeout(Duration::from_millis(10));
            }
        });
    }
    drain(&outbox, &Org::open(dir, round), true);
}

fn message(lane: u64, order: Order) -> Outgoing {
    let id = message_id(lane, order);
    Outgoing {
        id,
        conversation_id: format!("c-{lane}").parse().expect("a conversation id"),
        guest_id: GuestId(Uuid::from_u128(lane.into())),
        text: MessageText::new(format!("words of {id}")).expect("a text"),
        written_at: WallClock.now(),
    }
}

fn drain(outbox: &Outbox, org: &Org, for_ever: bool) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        loop {
            let report = outbox.drain(org).await;
            assert!(report.error.is_none() && report.paused.is_none(), "{report:?}");
            if report.next_due.is_none() && !for_ever {
                break;
            }
            tokio::time::sleep(report.next_due.unwrap_or_default().max(Duration::from_millis(1))).await;
        }
    });
}

/// Ten kills on one data folder, then the rest is delivered and everything compared. Returns how many messages
/// were acknowledged and received and how many receipts were repeats.
fn one_folder(folder: u64) -> (u64, u64, u64) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut chance = SmallRng::seed_from_u64(folder);
    let mut acked = Vec::new();
    for round in 0..KILLS_PER_FOLDER {
        let after = Duration::from_millis(chance.random_range(30..400));
        acked.extend(run_and_kill(dir.path(), round, &Death::After(after)));
    }
    let (received, repeats) =
        deliver_and_check(&format!("folder {folder}"), dir.path(), KILLS_PER_FOLDER, &acked);
    (acked.len() as u64, received, repeats)
}

/// Delivers what is left and holds the ledger against what was acknowledged. Returns how many messages were received
/// and how many receipts were repeats.
fn deliver_and_check(what: &str, dir: &Path, rounds: u64, acked: &[String]) -> (u64, u64) {
    let outbox = open(dir);
    let known = |id: &String| {
        let id = MessageId(Uuid::parse_str(id).expect("an id of ours"));
        // Of a trimmed one the outbox says that it is too late for a change, of a foreign one that it has none.
        outbox.entry(id).expect("readable").is_some()
            || matches!(outbox.retry(id, outbox::Order::Kept), Ok(InTime::No))
    };
    let lost: Vec<_> = acked.iter().filter(|id| !known(id)).collect();
    assert!(lost.is_empty(), "{what}: acknowledged and not on the disk: {lost:?}");
    drain(&outbox, &Org::open(dir, rounds), false);
    let counts = outbox.counts();
    assert_eq!((counts.waiting, counts.uncertain, counts.dead), (0, 0, 0), "{what}");
    let ledger = fs::read_to_string(dir.join("ledger")).expect("a ledger");
    let received: HashSet<String> = ledger.lines().map(|l| parse_line(l).2.to_owned()).collect();
    let known = received.into_iter().filter(|id| known(id)).collect();
    check(what, acked, &known, &ledger)
}

fn run_and_kill(dir: &Path, round: u64, death: &Death) -> Vec<String> {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    let name = match death {
        Death::After(_) => "kill::fifty_kills_lose_no_acknowledged_message_and_keep_the_order",
        Death::At(point, passing) => {
            command.env("INNKEEPER_CRASH_AT", format!("{point}:{passing}")).env("KILL_TRIMS", "1");
            "kill::a_death_at_every_named_place_loses_no_acknowledged_message_and_keeps_the_order"
        }
    };
    let mut child = command
        .args(["--exact", name, "--nocapture"])
        .env("KILL_CHILD", dir)
        .env("KILL_ROUND", round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the child starts");
    let mut pipe = BufReader::new(child.stdout.take().expect("a pipe"));
    // The test harness of the child writes lines of its own before.
    let mut line = String::new();
    while !line.ends_with("ready\n") {
        line.clear();
        let bytes = pipe.read_line(&mut line).expect("a line");
        assert!(bytes > 0, "round {round}: the child could not open the folder");
    }
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).expect("text");
        text
    });
    let (_never, pause) = mpsc::channel::<()>();
    match death {
        Death::After(time) => {
            let _ = pause.recv_timeout(*time);
            assert!(child.try_wait().expect("a child").is_none(), "round {round}: the child ended by itself");
            child.kill().expect("killed");
        }
        Death::At(point, passing) => {
            let mut looks = 0;
            while child.try_wait().expect("a child").is_none() {
                looks += 1;
                assert!(
                    looks < 6_000,
                    "round {round}: {point} was not passed {passing} times within a minute"
                );
                let _ = pause.recv_timeout(Duration::from_millis(10));
            }
        }
    }
    assert!(!child.wait().expect("gone").success(), "round {round}: it was not killed");
    let text = reader.join().expect("read");
    // A line without its end was cut by the kill: nobody read it as an acknowledgement.
    text.split_inclusive('\n').filter_map(|l| l.strip_suffix('\n')).map(str::to_owned).collect()
}

fn check(what: &str, acked: &[String], known: &HashSet<String>, ledger: &str) -> (u64, u64) {
    struct Receipt {
        round: u64,
        answer: char,
        at: usize,
    }
    let mut last: HashMap<&str, Receipt> = HashMap::new();
    let mut newest: HashMap<u64, Order> = HashMap::new();
    // The last receipt of each lane in each round: what may have been under way at the kill.
    let mut last_of: HashMap<(u64, u64), usize> = HashMap::new();
    let lines: Vec<(u64, char, &str)> = ledger.lines().map(parse_line).collect();
    for (at, (round, _, id)) in lines.iter().enumerate() {
        last_of.insert((*round, parse_id(id).0), at);
    }
    let mut repeats = 0;
    for (at, (round, answer, id)) in lines.iter().enumerate() {
        assert!(known.contains(*id), "{what}: {id} was received and never accepted");
        let (lane, order) = parse_id(id);
        if let Some(before) = last.get(id) {
            repeats += 1;
            let killed = before.round < *round && last_of[&(before.round, lane)] == before.at;
            assert!(before.answer == 'U' || killed, "{what}: {id} repeated without need");
        } else {
            let newest = newest.entry(lane).or_insert(order);
            assert!(*newest <= order, "{what}: lane {lane} received {order:?} after {newest:?}");
            *newest = order;
        }
        last.insert(id, Receipt { round: *round, answer: *answer, at });
    }
    let missing: Vec<_> = acked.iter().filter(|id| !last.contains_key(id.as_str())).collect();
    assert!(missing.is_empty(), "{what}: acknowledged and never received: {missing:?}");
    (last.len() as u64, repeats)
}

fn parse_line(line: &str) -> (u64, char, &str) {
    let mut parts = line.splitn(3, ' ');
    let mut part = || parts.next().expect("three parts");
    let (round, answer, id) = (part(), part(), part());
    (round.parse().expect("a round"), answer.chars().next().expect("an answer"), id)
}

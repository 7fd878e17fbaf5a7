//! What the org's ledger says of a life.

use app::views::{EntryState, EntryView};
use model::MessageId;
use simulator::{Entry, Kind};

use crate::{
    life::{Decided, Life},
    way::{HISTORY, Way},
};

/// What happened in one life or in all.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub written: u64,
    /// Messages that came to the org again under the same id.
    pub repeats: u64,
    /// Messages that the org took and whose connection was cut before it said so.
    pub taken_unconfirmed: u64,
    /// Messages that two readings of the history did not hold, so that they went again.
    pub sent_again: u64,
    /// Messages that a person decided about.
    pub by_person: u64,
    pub deaths: u64,
    pub jumps: u64,
    /// Pages of histories that were asked for.
    pub readings: u64,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.written += other.written;
        self.repeats += other.repeats;
        self.taken_unconfirmed += other.taken_unconfirmed;
        self.sent_again += other.sent_again;
        self.by_person += other.by_person;
        self.deaths += other.deaths;
        self.jumps += other.jumps;
        self.readings += other.readings;
    }
}

/// How often the org may have taken a text at its place.
#[derive(Debug)]
struct Owed {
    text: String,
    least: usize,
    most: usize,
}

pub fn judge(life: &Life, lanes: &[Vec<EntryView>]) -> Tally {
    let ledger = life.org.ledger();
    let seed = life.sky.seed;
    for (lane, entries) in lanes.iter().enumerate() {
        let owed: Vec<Owed> = entries.iter().map(|entry| owed(life, entry)).collect();
        let taken = taken(&ledger, lane);
        assert!(
            fits(&owed, &taken),
            "seed {seed}, {:?}: the org took {taken:#?}, and the outbox says {entries:#?}; a person decided {:?}",
            life.way,
            life.decided,
        );
    }
    let readings = requests(&ledger, HISTORY);
    // The org holds the documented limits, and no weather of these lives says 429 to a reading.
    let refused: Vec<&&Entry> = readings.iter().filter(|entry| entry.status == 429).collect();
    assert!(
        refused.is_empty() || life.deaths > 0,
        "seed {seed}: the history is asked too often: {refused:#?}"
    );
    let weather = |what: &str| {
        ledger.iter().filter(|e| e.kind == Kind::Weather && e.trouble.as_deref() == Some(what)).count() as u64
    };
    let all = || lanes.iter().flatten();
    let said_again = all().filter(|entry| entry.sent_again > 0);
    Tally {
        written: all().count() as u64,
        repeats: ledger.iter().filter(|e| e.kind == Kind::Message && e.repeat == Some(true)).count() as u64,
        taken_unconfirmed: weather("drop-after") + weather("reset-after"),
        sent_again: said_again.count() as u64,
        by_person: life.decided.len() as u64,
        deaths: life.deaths,
        jumps: life.sky.jumps(),
        readings: readings.len() as u64,
    }
}

/// What the outbox's last word on a message, and a person's, say of how often the org took it.
fn owed(life: &Life, entry: &EntryView) -> Owed {
    let seed = life.sky.seed;
    let id: MessageId = entry.id.parse().unwrap();
    let Decided { again, settled } = life.decided.get(&id).copied().unwrap_or_default();
    assert!(again + usize::from(settled) == 0 || life.way == Way::GuestSocket, "seed {seed}: {entry:?}");
    let shown = usize::try_from(entry.sent_again).unwrap();
    assert!(shown >= again, "seed {seed}: what a person sent again is shown: {entry:?}");
    match entry.state {
        EntryState::Delivered | EntryState::Discarded => {}
        _ => panic!("seed {seed}: nothing in this weather kills a message: {entry:#?}"),
    }
    assert!(entry.state == EntryState::Delivered || settled, "seed {seed}: nobody discarded {entry:?}");
    Owed { text: entry.text.clone(), least: usize::from(!settled), most: 1 + again }
}

/// What the org took in a lane, in order, repeats of the same id left out.
fn taken(ledger: &[Entry], lane: usize) -> Vec<String> {
    let begins = format!("{lane}: ");
    let messages = ledger.iter().filter(|e| e.kind == Kind::Message && e.repeat != Some(true));
    messages.filter_map(|e| e.text.clone()).filter(|text| text.starts_with(&begins)).collect()
}

fn requests<'l>(ledger: &'l [Entry], path: &str) -> Vec<&'l Entry> {
    ledger.iter().filter(|e| e.kind == Kind::Request && e.path == path).collect()
}

/// Whether these texts are what is owed, in its order. Equal texts beside each other may be shared out in any way.
fn fits(owed: &[Owed], taken: &[String]) -> bool {
    let Some((first, rest)) = owed.split_first() else { return taken.is_empty() };
    let equal = taken.iter().take_while(|text| **text == first.text).count();
    (first.least..=first.most.min(equal)).any(|n| fits(rest, &taken[n..]))
}

#[test]
fn a_text_that_is_lost_doubled_or_out_of_order_does_not_fit() {
    let owed = |text: &str, least, most| Owed { text: text.to_owned(), least, most };
    let owed = [owed("a", 1, 1), owed("b", 0, 1), owed("b", 1, 2), owed("c", 1, 1)];
    let fits = |taken: &[&str]| fits(&owed, &taken.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>());
    for good in [&["a", "b", "c"][..], &["a", "b", "b", "c"], &["a", "b", "b", "b", "c"]] {
        assert!(fits(good), "{good:?}");
    }
    for bad in [
        &["b", "c"][..],
        &["a", "c"],
        &["a", "b", "b", "b", "b", "c"],
        &["a", "b", "c", "c"],
        &["b", "a", "c"],
    ] {
        assert!(!fits(bad), "{bad:?}");
    }
}

//! Remembers what was said and acknowledged, and holds the org's ledger against it.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    process::Command,
};

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::{
    folder,
    support::{Org, lines},
};

/// Messages under ids of our own, so that also those are known whose acknowledgement never came.
#[derive(Default)]
pub struct Witness {
    /// (id, conversation) in the order in which they were handed in.
    said: Vec<(String, String)>,
    acknowledged: HashSet<String>,
    /// Those that were found as perhaps sent: they alone may come twice.
    uncertain: HashSet<String>,
    /// Those that a person took back and was told that it was in time.
    discarded: HashSet<String>,
}

impl Witness {
    /// A file for `chat say --from`, one message for each of these conversations.
    pub fn says<'a>(&mut self, conversations: impl Iterator<Item = &'a String>, text: &str) -> NamedTempFile {
        use std::io::Write;
        let mut file = NamedTempFile::new().unwrap();
        for to in conversations {
            let (id, n) = (uuid::Uuid::now_v7().to_string(), self.said.len());
            writeln!(file, "{}", json!({ "id": id, "conversationId": to, "text": format!("{text} {n}") }))
                .unwrap();
            self.said.push((id, to.clone()));
        }
        file
    }

    /// The lines that `chat say` printed.
    pub fn hears(&mut self, lines: &[Value]) {
        for line in lines.iter().filter(|line| line["accepted"] == true) {
            self.acknowledged.insert(line["id"].as_str().unwrap().to_owned());
        }
    }

    pub fn sees_discarded(&mut self, id: &str) {
        self.discarded.insert(id.to_owned());
    }

    pub fn last_said(&self) -> &str {
        &self.said.last().unwrap().0
    }

    pub fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }

    /// How many acknowledged messages are not among these records.
    pub fn misses(&self, records: &[Value]) -> usize {
        let found: HashSet<&str> = records.iter().filter_map(|e| e["id"].as_str()).collect();
        self.acknowledged.iter().filter(|id| !found.contains(id.as_str())).count()
    }

    /// Asks the outbox what it found after a kill, and remembers what it says was perhaps sent.
    pub fn looks(&mut self, mut list: Command) -> HashMap<String, String> {
        let (code, entries) = lines(&list.args(["outbox", "list"]).output().unwrap());
        assert_eq!(code, 0, "{entries:?}");
        let text = |e: &Value, key: &str| e[key].as_str().unwrap().to_owned();
        let states: HashMap<String, String> =
            entries.iter().map(|e| (text(e, "id"), text(e, "state"))).collect();
        self.uncertain.extend(states.iter().filter(|(_, s)| *s == "uncertain").map(|(id, _)| id.clone()));
        states
    }

    /// Before anything was sent: what was acknowledged stands in the outbox.
    pub fn finds_all(&mut self, list: Command, when: &str) {
        let states = self.looks(list);
        for id in &self.acknowledged {
            assert!(states.contains_key(id), "{when}: {id} was acknowledged and is gone");
        }
    }

    /// After the last drain. No acknowledged message is lost; each conversation got its messages in the order in which
    /// they were handed in; a repeat was known to be possible. Answers how many came twice.
    pub fn judges(&self, org: &Org, when: &str) -> usize {
        let place: HashMap<&str, usize> =
            self.said.iter().enumerate().map(|(n, (id, _))| (id.as_str(), n)).collect();
        let mut last: HashMap<String, usize> = HashMap::new();
        let (mut arrived, mut repeats) = (HashSet::new(), 0);
        for event in org.ledger("message") {
            let id = event["messageId"].as_str().unwrap();
            let Some(place) = place.get(id) else { continue };
            let conversation = event["conversationId"].as_str().unwrap().to_owned();
            assert_eq!(conversation, self.said[*place].1, "{when}: {id} went astray");
            let new = arrived.insert(id.to_owned());
            assert_eq!(new, event["repeat"] != true, "{when}: the org takes one id as one message");
            if new {
                let before = last.insert(conversation, *place);
                assert!(before.is_none_or(|before| before < *place), "{when}: {id} overtook another");
            } else {
                repeats += 1;
                assert!(self.uncertain.contains(id), "{when}: {id} came twice and nobody knew");
            }
        }
        for id in &self.discarded {
            assert!(!arrived.contains(id), "{when}: {id} was taken back in time and came all the same");
        }
        let lost: Vec<_> =
            self.acknowledged.difference(&self.discarded).filter(|id| !arrived.contains(*id)).collect();
        assert!(lost.is_empty(), "{when}: acknowledged and never delivered: {lost:?}");
        repeats
    }
}

/// A chat as a new guest; answers its conversation. The hundreds of commands that follow then open the folder's secrets at
/// the lowest cost there is.
pub fn chat(mut command: Command) -> String {
    let (code, lines) = lines(&command.args(["chat", "start"]).output().unwrap());
    assert_eq!(code, 0, "{lines:?}");
    let data = command.get_args().skip_while(|arg| *arg != "--data").nth(1).unwrap();
    folder::make_passphrases_cheap(Path::new(data));
    lines[0]["conversationId"].as_str().unwrap().to_owned()
}

/// `chat say --from FILE`.
pub fn say(mut command: Command, file: &Path) -> Command {
    command.args(["chat", "say", "--from"]).arg(file);
    command
}

/// Delivers everything, or says what stood in the way.
pub fn drains(mut command: Command, when: &str) {
    let (code, lines) = lines(&command.args(["outbox", "drain"]).output().unwrap());
    let last = lines.last().unwrap();
    assert_eq!((code, &last["waiting"], &last["uncertain"]), (0, &json!(0), &json!(0)), "{when}: {last}");
}

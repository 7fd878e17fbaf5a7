//! The shipped binary is killed 50 times while it accepts and delivers messages; the simulator's ledger judges.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    process::Stdio,
};

use crate::support::{Org, innkeeper, run};
use serde_json::{Value, json};

/// 50 in the test command, 500 in the long run.
fn rounds() -> u32 {
    if std::env::var_os("INNKEEPER_LONG").is_some() { 500 } else { 50 }
}

/// A small seeded sequence, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Reads lines until the given number, then kills; every line that was read before the end is returned.
fn kill_after(command: &mut std::process::Command, wanted: u64) -> Vec<Value> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut seen = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        // A line that was cut by the kill was never told.
        let Ok(value) = serde_json::from_str::<Value>(&line.unwrap()) else { break };
        seen.push(value);
        if seen.len() as u64 == wanted {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    seen
}

#[test]
fn killed_fifty_times_no_acknowledged_message_is_lost_and_order_is_kept() {
    let org = Org::start(&["--guests", "0", "--rate", "off"]);
    let data = tempfile::tempdir().unwrap();
    let mut conversations = Vec::new();
    for _ in 0..3 {
        let (code, started) = run(innkeeper(data.path(), Some(&org)).args(["chat", "start"]));
        assert_eq!(code, 0, "{started}");
        conversations.push(started["conversationId"].as_str().unwrap().to_owned());
    }

    let mut dice = Dice(1);
    let mut acknowledged: Vec<(String, String)> = Vec::new();
    for round in 0..rounds() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        for n in 0..20 {
            let to = &conversations[dice.below(3) as usize];
            writeln!(
                file,
                "{}",
                json!({ "conversationId": to, "text": format!("round {round} message {n}") })
            )
            .unwrap();
        }
        let mut say = innkeeper(data.path(), Some(&org));
        say.args(["chat", "say", "--from"]).arg(file.path());
        for ack in kill_after(&mut say, 1 + dice.below(19)) {
            if ack["accepted"] == true {
                let text = |key: &str| ack[key].as_str().unwrap().to_owned();
                acknowledged.push((text("conversationId"), text("id")));
            }
        }
        if round % 2 == 1 {
            // Killed while it delivers: as soon as the org has got some of what waits.
            let before = org.ledger("message").len() as u64;
            let mut child = innkeeper(data.path(), Some(&org))
                .args(["outbox", "drain"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let enough = before + 1 + dice.below(12);
            while (org.ledger("message").len() as u64) < enough && child.try_wait().unwrap().is_none() {}
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    let (code, last) = run(innkeeper(data.path(), Some(&org)).args(["outbox", "drain"]));
    assert_eq!((code, &last["waiting"], &last["uncertain"]), (0, &json!(0), &json!(0)), "{last}");

    let mut arrived: HashMap<String, Vec<String>> = HashMap::new();
    for event in org.ledger("message").iter().filter(|e| e["repeat"] != true) {
        let text = |key: &str| event[key].as_str().unwrap().to_owned();
        arrived.entry(text("conversationId")).or_default().push(text("messageId"));
    }
    assert!(acknowledged.len() > 100, "the test killed too early to prove anything: {}", acknowledged.len());
    for conversation in &conversations {
        let wanted: Vec<&String> =
            acknowledged.iter().filter(|(c, _)| c == conversation).map(|(_, id)| id).collect();
        let got = &arrived[conversation];
        // Accepted without the word having reached us is fine; it may stand in between.
        let of_wanted: Vec<&String> = got.iter().filter(|id| wanted.contains(id)).collect();
        assert_eq!(
            of_wanted, wanted,
            "every acknowledged message once, in the order of the acknowledgements"
        );
        let unique: std::collections::HashSet<_> = got.iter().collect();
        assert_eq!(unique.len(), got.len(), "nothing arrives twice as new");
    }
}

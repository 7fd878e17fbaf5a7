//! The shipped binary is killed 50 times while it accepts and delivers messages; the simulator's ledger judges.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use crate::{
    support::{Org, innkeeper},
    witness::{Witness, chat, drains, say},
};
use serde_json::Value;
use testkit::{Dice, long_run};

/// 50 in the test command, 1,000 in the long run.
fn rounds() -> u32 {
    long_run(50, 1_000)
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
    let ik = || innkeeper(data.path(), Some(&org));
    let conversations = [(); 3].map(|()| chat(ik()));

    let mut dice = Dice(1);
    let mut witness = Witness::default();
    for round in 0..rounds() {
        let to: Vec<&String> = (0..20).map(|_| &conversations[dice.below(3) as usize]).collect();
        let file = witness.says(to.into_iter(), &format!("round {round} message"));
        witness.hears(&kill_after(&mut say(ik(), file.path()), 1 + dice.below(19)));
        if round % 2 == 1 {
            // Killed while it delivers: as soon as the org has got some of what waits.
            let before = org.ledger("message").len() as u64;
            let mut child =
                ik().args(["outbox", "drain"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            let enough = before + 1 + dice.below(12);
            while (org.ledger("message").len() as u64) < enough && child.try_wait().unwrap().is_none() {}
            child.kill().unwrap();
            child.wait().unwrap();
            witness.looks(ik());
        }
    }

    drains(ik(), "at last");
    let accepted = witness.acknowledged();
    assert!(accepted > 100, "the test killed too early to prove anything: {accepted}");
    let repeats = witness.judges(&org, "at last");
    println!("{} kills, {accepted} acknowledged, {repeats} repeats, all known", rounds() + rounds() / 2);
}

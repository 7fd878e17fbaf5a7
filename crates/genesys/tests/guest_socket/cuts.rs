//! The connection is cut at every boundary between frames of a conversation: nothing is lost silently, nothing is sent twice,
//! and whatever is in doubt is told.

use std::sync::Arc;

use crate::common::{id, options, scripted_with, told};
use crate::honest_org::HonestOrg;

const SAID: [&str; 4] = ["one", "two", "two", "three"];

/// What the guest is told of a conversation that is cut there, and the org that was there.
async fn conversation(shows_metadata: bool, cuts: &[usize]) -> (Vec<String>, HonestOrg) {
    let org = HonestOrg::new(shows_metadata, cuts);
    let mut options = options();
    options.messages_per_second = 50;
    let mut guest = scripted_with(options, Arc::new(org.http()));
    let (_, none) = tokio::sync::mpsc::unbounded_channel();
    let connections = std::mem::replace(&mut guest.connections, none);
    let serving = tokio::spawn(org.clone().serve(connections));
    for (n, text) in SAID.iter().enumerate() {
        guest.chat.say(id(n as u128 + 1), text).unwrap();
    }
    let mut all = Vec::new();
    // Until every message has its word and the last that the org took is answered.
    loop {
        let verdicts = |word: &str| {
            (1..=SAID.len()).filter(|n| all.contains(&format!("{word} m{n}"))).collect::<Vec<_>>()
        };
        let (delivered, uncertain) = (verdicts("delivered"), verdicts("uncertain"));
        let settled = (1..=SAID.len()).all(|n| delivered.contains(&n) || uncertain.contains(&n));
        let replies = all.iter().filter(|t: &&String| t.starts_with("Unknown: re ")).count();
        if settled && replies >= org.world().taken.len() {
            break;
        }
        all.push(told(&mut guest.events).await.unwrap());
        assert!(all.len() < 200, "{cuts:?}: {all:?}");
    }
    guest.chat.leave().unwrap();
    while let Some(words) = told(&mut guest.events).await {
        all.push(words);
    }
    serving.abort();
    (all, org)
}

fn judge(cuts: &[usize], told: &[String], org: &HonestOrg) {
    let world = org.world();
    let count = |words: &str| told.iter().filter(|t| t.as_str() == words).count();
    // Nothing is sent twice, and the order is that of the guest.
    let mut rest = SAID.iter();
    for text in &world.taken {
        assert!(rest.any(|said| said == text), "{cuts:?}: taken {:?}", world.taken);
    }
    let delivered: Vec<usize> = (1..=SAID.len()).filter(|n| count(&format!("delivered m{n}")) == 1).collect();
    assert_eq!(delivered.len(), world.taken.len(), "{cuts:?}: taken {:?}, told {told:?}", world.taken);
    for n in 1..=SAID.len() {
        let (yes, unknown) = (count(&format!("delivered m{n}")), count(&format!("uncertain m{n}")));
        assert!(yes <= 1 && unknown <= 1 && yes + unknown >= 1, "{cuts:?}, m{n}: {told:?}");
        assert_eq!(count(&format!("sent m{n}")), 1, "{cuts:?}, m{n}: {told:?}");
    }
    // What the org wrote comes once, and none of the guest's comes as another's.
    let replies = told.iter().filter(|t| t.starts_with("Unknown: re ")).count();
    assert_eq!(replies, world.taken.len(), "{cuts:?}: {told:?}");
    assert!(!told.iter().any(|t| t.starts_with("Guest:")), "{cuts:?}: {told:?}");
    assert_eq!(told.last().map(String::as_str), Some("left"), "{cuts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_cut_at_any_frame_boundary_loses_nothing_silently_and_doubles_nothing() {
    for shows_metadata in [false, true] {
        let (told, org) = conversation(shows_metadata, &[]).await;
        judge(&[], &told, &org);
        let boundaries = org.world().boundaries;
        assert!(boundaries >= 14, "{boundaries}");
        for cut in 0..boundaries {
            let (told, org) = conversation(shows_metadata, &[cut]).await;
            judge(&[cut], &told, &org);
            assert!(org.world().cuts.is_empty(), "the cut at {cut} was made");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_cuts_at_any_two_frame_boundaries_are_as_harmless_as_one() {
    for first in 0..16 {
        for second in first + 1..first + 12 {
            let cuts = [first, second];
            let (told, org) = conversation(second % 2 == 0, &cuts).await;
            judge(&cuts, &told, &org);
        }
    }
}

//! Random lives of chats at the simulator in bad weather, judged by its ledger: what is told as delivered was taken once, what
//! was taken is told, nothing is taken twice, and whatever the org wrote is told once.

use std::{collections::BTreeMap, time::Duration};

use genesys::webmessaging::{ChatEvent, ChatState, Direction, EndReason};
use simulator::{Kind, Options, Simulator, Weather};
use testkit::{Dice, long_run};

use crate::common::{CLOCK, id, options, words};
use crate::simulator::guest;

/// What can go wrong with the frames of one kind. `silent` and `error` may or may not have been taken, so that they are told apart
/// from what is certain.
fn weather(dice: &mut Dice) -> String {
    let mut rules = Vec::new();
    for action in ["onMessage", "configureSession", "getJwt"] {
        for (trouble, most) in [
            ("drop-before", 15),
            ("drop-after", 15),
            ("delay:1500", 20),
            ("429", 20),
            ("silent", 8),
            ("reorder:700", 30),
        ] {
            let fits = trouble != "reorder:700" || action == "onMessage";
            if fits && dice.below(3) == 0 {
                let share = dice.below(most) as f64 / 100.0;
                rules.push(format!(r#"{{"when":{{"action":"{action}"}},"share":{share},"do":"{trouble}"}}"#));
            }
        }
    }
    if dice.below(4) == 0 {
        rules.push(
            r#"{"when":{"method":"GET","path":"/api/v2/webmessaging/messages"},"share":0.2,"do":"429"}"#
                .to_owned(),
        );
    }
    format!(r#"{{"seed":{},"rules":[{}]}}"#, dice.below(1 << 32), rules.join(","))
}

/// What became of each message, and everything that was told.
#[derive(Default)]
struct Told {
    delivered: BTreeMap<u128, u32>,
    uncertain: BTreeMap<u128, u32>,
    refused: BTreeMap<u128, u32>,
    keys: BTreeMap<String, u32>,
    /// Messages of the demonstration bot, which answers each of the guest once.
    answers: usize,
    end: Option<EndReason>,
    words: Vec<String>,
}

impl Told {
    fn take(&mut self, event: ChatEvent) {
        self.words.extend(words(&event));
        match event {
            ChatEvent::Delivered { id, key, .. } => {
                *self.delivered.entry(id.as_u128()).or_default() += 1;
                *self.keys.entry(key).or_default() += 1;
            }
            ChatEvent::Uncertain { id } => *self.uncertain.entry(id.as_u128()).or_default() += 1,
            ChatEvent::Refused { id, .. } => *self.refused.entry(id.as_u128()).or_default() += 1,
            ChatEvent::Message(message) => {
                *self.keys.entry(message.key).or_default() += 1;
                self.answers += usize::from(message.direction == Direction::Outbound);
            }
            ChatEvent::State(ChatState::Ended(why)) => self.end = Some(why),
            _ => {}
        }
    }
}

/// Lives through one, and counts what was delivered, told as uncertain, and both.
async fn life(seed: u64) -> [usize; 3] {
    let mut dice = Dice(seed);
    let options_of_org = Options { guests: 1, now: Some(CLOCK.parse().unwrap()), ..Options::default() };
    let org = Simulator::new(&options_of_org).unwrap();
    let rules = weather(&mut dice);
    org.set_weather(rules.parse::<Weather>().unwrap());
    let (chat, mut events) = guest(&org, options());
    let reading = tokio::spawn(async move {
        let mut told = Told::default();
        while let Some(event) = events.recv().await {
            told.take(event);
        }
        told
    });
    let count = 2 + u128::from(dice.below(8));
    for n in 1..=count {
        // A text that no other message has tells the ledger which it was; some say the same as another.
        let text = if dice.below(5) == 0 { "the same".to_owned() } else { format!("text {n}") };
        chat.say(id(n), &text).unwrap();
        match dice.below(6) {
            0 => chat.offline().unwrap(),
            1 => chat.online().unwrap(),
            2 => tokio::time::sleep(Duration::from_millis(dice.below(4_000))).await,
            _ => {}
        }
    }
    chat.online().unwrap();
    // Long enough for every pause, and then the weather clears and the history can tell.
    tokio::time::sleep(Duration::from_secs(400)).await;
    org.set_weather(Weather::default());
    chat.offline().unwrap();
    chat.online().unwrap();
    tokio::time::sleep(Duration::from_secs(400)).await;
    chat.leave().unwrap();
    let told = reading.await.unwrap();

    let context = || format!("seed {seed}, weather {rules}, told {:#?}", told.words);
    assert!(matches!(told.end, Some(EndReason::Left)), "{}", context());
    let mut taken: BTreeMap<String, u32> = BTreeMap::new();
    let ledger = org.ledger();
    for entry in ledger.iter().filter(|e| e.kind == Kind::Message) {
        assert_ne!(entry.repeat, Some(true), "{}", context());
        *taken.entry(entry.text.clone().unwrap_or_default()).or_default() += 1;
    }
    for (n, times) in &told.delivered {
        assert_eq!(*times, 1, "m{n} is delivered once; {}", context());
    }
    for n in 1..=count {
        let (yes, unknown, no) =
            (told.delivered.contains_key(&n), told.uncertain.contains_key(&n), told.refused.contains_key(&n));
        assert!(yes || unknown || no, "m{n} has its word; {}", context());
        assert!(!(yes && no), "m{n} has one word; {}", context());
    }
    for (key, times) in &told.keys {
        assert_eq!(*times, 1, "{key} is told once; {}", context());
    }
    let in_all: u32 = taken.values().sum();
    assert_eq!(
        in_all as usize,
        told.delivered.len(),
        "what was taken is delivered; taken {taken:?}; {}",
        context()
    );
    assert_eq!(told.answers, told.delivered.len(), "each answer is told; {}", context());
    let both = told.uncertain.keys().filter(|n| told.delivered.contains_key(n)).count();
    [told.delivered.len(), told.uncertain.len(), both]
}

#[tokio::test(start_paused = true)]
async fn in_any_weather_the_ledger_and_what_was_told_agree() {
    let mut seen = [0; 3];
    for seed in 1..=long_run(300, 3_000) {
        for (sum, one) in seen.iter_mut().zip(life(seed).await) {
            *sum += one;
        }
    }
    let [delivered, uncertain, both] = seen;
    assert!(delivered > 1_000 && uncertain > 30 && both > 0, "the weather was too fair: {seen:?}");
}

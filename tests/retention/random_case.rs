//! A random case, all of it from one seed.

use std::num::NonZeroU32;

use model::{AgeClock, KeepDays, RetentionPolicy};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};
use retention::RunOptions;

use crate::people::{Event, Sketch, Sketchy};

pub const TIERS: [&str; 3] = ["bronze", "silver", "gold"];
const DAY: i64 = 24 * 60;
const TROUBLES: [&str; 13] = [
    "429",
    "429-no-header",
    "500",
    "502",
    "503",
    "504",
    "html",
    "truncate",
    "wrong-type",
    "reset-before",
    "reset-after",
    "delay:700",
    "expire-token",
];

/// A death: so many points from the start of its process, and how much of the last write to the journal is left.
#[derive(Debug, Clone, Copy)]
pub struct Death {
    pub at: u64,
    pub left: f64,
}

#[derive(Debug, Clone)]
pub struct RandomCase {
    pub seed: u64,
    pub policy: RetentionPolicy,
    /// The org's limit a minute.
    pub rate: Option<u32>,
    pub sketches: Vec<Sketch>,
    /// Before the plan.
    pub before: Vec<Event>,
    /// By point, from the start of the run.
    pub during: Vec<(u64, Event)>,
    /// The share of requests troubled on the way, and the org's own weather.
    pub trouble: f64,
    pub weather: String,
    /// How the org lists, to the very end: as weather.
    pub manner: String,
    pub plan_dies: Option<u64>,
    pub deaths: Vec<Death>,
    pub options: RunOptions,
    /// By so many hours this computer's clock is ahead of the org's when the plan is made; right again when it is run.
    pub clock_off: i64,
    /// Whether the org's answers have a `Date`.
    pub shows_clock: bool,
}

impl RandomCase {
    pub fn of(seed: u64) -> Self {
        let dice = &mut SmallRng::seed_from_u64(seed);
        let listing = Listing::of(&mut SmallRng::seed_from_u64(!seed));
        let days: i64 = *[1, 2, 3, 3, 30].choose(dice).unwrap();
        let policy = RetentionPolicy {
            days: KeepDays::new(days).unwrap(),
            clock: if dice.random_bool(0.3) { AgeClock::LastActivity } else { AgeClock::Created },
            filter: dice.random_bool(0.3).then(|| "attributes.tier = \"gold\"".parse().unwrap()),
            spare_open_conversations: dice.random_bool(0.7),
            spare_active: dice.random_bool(0.2),
        };
        // Mostly one batch, so that there can be many cases; now and then more.
        let guests =
            if dice.random_bool(0.06) { dice.random_range(100..230) } else { dice.random_range(0..45) };
        let sketches: Vec<Sketch> = (0..guests).map(|_| sketch(dice, days)).collect();
        let before = (0..dice.random_range(0..6)).map(|_| earlier(dice, guests)).collect();
        let last_point = 2 * guests as u64 + 30;
        let eventful = if dice.random_bool(0.2) { 0 } else { dice.random_range(1..14) };
        let during: Vec<(u64, Event)> =
            (0..eventful).map(|_| (dice.random_range(0..last_point), later(dice, guests))).collect();
        let clock_moves = during.iter().any(|(_, event)| matches!(event, Event::Clock(_)));
        let deaths = if dice.random_bool(0.25) { 0 } else { dice.random_range(1..5) };
        Self {
            seed,
            policy,
            // A limit's window that ends an hour later is not what this is about.
            rate: if clock_moves { None } else { *[None, Some(300), Some(60)].choose(dice).unwrap() },
            sketches,
            before,
            during,
            trouble: *[0.0, 0.0, 0.05, 0.3].choose(dice).unwrap(),
            weather: weather(dice, seed, &listing),
            manner: of_rules(seed, &listing.lasting),
            plan_dies: dice.random_bool(0.15).then(|| dice.random_range(0..8)),
            deaths: (0..deaths)
                .map(|_| Death { at: dice.random_range(0..last_point), left: dice.random_range(0.0..=1.0) })
                .collect(),
            options: RunOptions {
                max: dice.random_bool(0.25).then(|| dice.random_range(1..30)),
                pace: dice.random_bool(0.2).then(|| NonZeroU32::new(dice.random_range(20..400)).unwrap()),
            },
            // Drawn last, so that older seeds keep the rest of their story.
            clock_off: match dice.random_range(0..6) {
                0 => *[240, 120, 48, -240, -48].choose(dice).unwrap(),
                1 => dice.random_range(-23..=23),
                _ => 0,
            },
            shows_clock: dice.random_bool(0.7),
        }
    }
}

fn sketch(dice: &mut SmallRng, days: i64) -> Sketch {
    let minutes_old = match dice.random_range(0..10) {
        // Around the cut-off.
        0 => days * DAY + dice.random_range(-30..30),
        // Around the end of a conversation.
        1 | 2 => 3 * DAY + dice.random_range(-10..40),
        // Young.
        3 => dice.random_range(1..days * DAY),
        // Several with the same time.
        4 => 40 * DAY,
        _ => days * DAY + dice.random_range(1..20 * DAY),
    };
    let tier = if dice.random_bool(0.2) { None } else { TIERS.choose(dice).copied() };
    Sketch { minutes_old, tier, active: dice.random_bool(0.3) }
}

fn earlier(dice: &mut SmallRng, guests: usize) -> Event {
    let n = dice.random_range(0..guests.max(1));
    match dice.random_range(0..8) {
        _ if guests == 0 => Event::Arrives(Sketchy(40 * DAY)),
        0..3 => Event::Held(n),
        3 => Event::HeldByTier(TIERS.choose(dice).unwrap()),
        4 => Event::Queued(n),
        5 => Event::Renamed(n),
        6 => Event::Closes(n),
        _ => Event::Vanishes(n),
    }
}

fn later(dice: &mut SmallRng, guests: usize) -> Event {
    let n = dice.random_range(0..guests.max(1));
    let tier = TIERS.choose(dice).copied().unwrap();
    match dice.random_range(0..16) {
        _ if guests == 0 => Event::Arrives(Sketchy(40 * DAY)),
        0 => Event::Renamed(n),
        1 => Event::Tiered(n, tier),
        2 => Event::Flipped(n),
        3 => Event::Says(n),
        4 => Event::Closes(n),
        5 => Event::Vanishes(n),
        6 => Event::Arrives(Sketchy(0)),
        7 => Event::Arrives(Sketchy(dice.random_range(0..40 * DAY))),
        8..11 => Event::Held(n),
        11 => Event::HeldByTier(tier),
        12 | 13 => Event::Queued(n),
        14 => Event::Clock(*[-40, -15, 20].choose(dice).unwrap()),
        _ => Event::Paused,
    }
}

/// How an org lists guests and conversations that does not do it well, as rules of the weather.
#[derive(Debug, Default)]
struct Listing {
    /// Short pages.
    lasting: Vec<String>,
    /// Guests who vanish while they are listed, and some who are counted and held back.
    passing: Vec<String>,
}

impl Listing {
    fn of(dice: &mut SmallRng) -> Self {
        let guests = |rest: &str| format!(r#"{{"when":{{"method":"GET","path":"/api/v2/guests"{rest}"#);
        let mut listing = Self::default();
        if dice.random_bool(0.3) {
            let short = *[1, 2, 3, 7, 40].choose(dice).unwrap();
            listing.lasting = vec![
                guests(&format!(r#"}},"do":"short:{short}"}}"#)),
                r#"{"when":{"path":"/api/v2/conversations/details*"},"do":"short:1"}"#.to_owned(),
            ];
        }
        if dice.random_bool(0.3) {
            let share = *[0.1, 0.3].choose(dice).unwrap();
            listing.passing.push(guests(&format!(r#"}},"share":{share},"do":"vanish:1"}}"#)));
        }
        if dice.random_bool(0.2) {
            let until = dice.random_range(1..30);
            listing.passing.push(guests(&format!(r#","until":{until}}},"do":"withhold:1"}}"#)));
        }
        listing
    }
}

fn of_rules(seed: u64, rules: &[String]) -> String {
    format!(r#"{{"seed":{seed},"rules":[{}]}}"#, rules.join(","))
}

fn weather(dice: &mut SmallRng, seed: u64, listing: &Listing) -> String {
    let share = *[0.0, 0.0, 0.01, 0.03].choose(dice).unwrap();
    let rules = TROUBLES.map(|trouble| {
        // Other programs have their own weather.
        format!(
            r#"{{"when":{{"path":"/api/v2/guests*"}},"share":{share},"do":"{trouble}"}},
                   {{"when":{{"path":"/api/v2/conversations/details*"}},"share":{share},"do":"{trouble}"}}"#
        )
    });
    let listing = listing.passing.iter().chain(&listing.lasting).cloned();
    of_rules(seed, &rules.into_iter().chain(listing).collect::<Vec<_>>())
}

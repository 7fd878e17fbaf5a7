use std::{panic::resume_unwind, sync::LazyLock, thread};

use serde_json::value::RawValue;
use uuid::Uuid;

use super::{
    Conversation, Guest,
    state::{World, conversation_id},
};
use crate::clock::{Millis, rfc3339};

const HOUR: Millis = 3600 * 1000;
const DAY: Millis = 24 * HOUR;
/// How far back the first guests came.
const SPREAD: Millis = 90 * DAY;

/// First and last names.
static NAMES: LazyLock<[Vec<&str>; 2]> = LazyLock::new(|| {
    [
        "Ada Amara Andrés Anika Bao Beatriz Bogdan Camille Chidi Clara Dmitri Elif Emeka Fatima Felix Freya \
         Giulia Hana Hiroshi Imani Ingrid Ivan Jasmine João Jonas Kavya Keiko Lars Leila Liam Lucía Magnus \
         Mei Mohammed Nadia Noah Olga Omar Priya Quentin Rosa Samuel Sofia Tariq Thandiwe Victor Yuki Zoë",
        "Abara Almeida Andersson Bakker Becker Bianchi Brown Castillo Chen Costa Demir Dubois Eriksen \
         Fernández Fischer García Haddad Hansen Horvat Ito Jansen Johnson Kaya Khan Kim Kowalski Kumar \
         Larsen Li Lopes Martin Mbeki Mendoza Müller Nguyen Novak Okafor Patel Petrov Rossi Sato Schmidt \
         Silva Smith Tanaka Weber Wójcik Yılmaz",
    ]
    .map(|names| names.split(' ').collect())
});

impl World {
    /// The guests of this seed, counted back from `now`. Guest k is the same whatever the count.
    pub(crate) fn generate(seed: u64, guests: u64, now: Millis) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from) as u64;
        let share = guests.div_ceil(cores).max(1000);
        let parts = (0..guests.div_ceil(share)).map(|n| n * share..((n + 1) * share).min(guests));
        let (mut people, mut conversations) = (Vec::new(), Vec::new());
        thread::scope(|scope| {
            let made: Vec<_> = parts
                .map(|part| {
                    scope.spawn(move || part.map(|k| person(seed, k, now)).unzip::<_, _, Vec<_>, Vec<_>>())
                })
                .collect();
            for part in made {
                let (guests, talks) = part.join().unwrap_or_else(|panic| resume_unwind(panic));
                people.extend(guests);
                conversations.extend(talks);
            }
        });
        Self::of(seed, people, conversations, now)
    }
}

fn person(seed: u64, k: u64, now: Millis) -> (Guest, Conversation) {
    let mut random = Random(mix(seed).wrapping_add(mix(k)));
    let id = random.uuid();
    let age = 1 + random.below(SPREAD as u64 - 1) as Millis;
    let created = now - age;
    let modified = created + random.below((2 * HOUR).min(age) as u64) as Millis;
    let anonymous = random.below(4) == 0;
    let first = random.one_of(&NAMES[0]);
    let last = random.one_of(&NAMES[1]);
    let host = random.one_of(&["example.com", "example.org", "example.net"]);
    let number = random.below(100);
    let total = 1 + random.below(24);
    let kind = random.one_of(&["message", "message", "message", "call", "email"]);
    let tier = match random.one_of(&["", "", "", "bronze", "silver", "gold", "vip"]) {
        "" => String::new(),
        tier => format!(r#","tier":"{tier}""#),
    };
    let attributes = format!(
        r#"{{"initiatedAt":"{}","lastInteractionType":"{kind}","source":"web-messaging"{tier},"totalInteractions":{total}}}"#,
        rfc3339(created)
    );
    let guest = Guest {
        id,
        name: if anonymous { "Anonymous Guest".into() } else { format!("{first} {last}").into() },
        email: (!anonymous).then(|| format!("{}.{}{number}@{host}", plain(first), plain(last)).into()),
        attributes: RawValue::from_string(attributes).expect("built from fixed words and numbers"),
        active: true,
        created,
        modified,
        version: 1 + total,
    };
    let conversation = Conversation {
        id: conversation_id(seed, id, created),
        guest: id,
        start: created,
        last: modified,
        end: (age > DAY).then_some(modified),
    };
    (guest, conversation)
}

/// Lower-case ASCII for the left side of an e-mail address.
fn plain(name: &str) -> String {
    let fold = |c| match c {
        'á' | 'ã' => 'a',
        'é' | 'ë' => 'e',
        'í' | 'ı' => 'i',
        'ó' => 'o',
        'ü' => 'u',
        other => other,
    };
    name.to_lowercase().chars().map(fold).collect()
}

/// One step of SplitMix64. Written out because a world outlives versions of any crate: the change log of an
/// embedded org holds only what differs from these guests.
pub(crate) fn mix(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        let rolled = mix(self.0);
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        rolled
    }

    /// 0..n; n is never 0. The bias of the remainder is below 2^-30 for every n used here.
    fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    fn one_of(&mut self, words: &[&'static str]) -> &'static str {
        words[self.below(words.len() as u64) as usize]
    }

    fn uuid(&mut self) -> Uuid {
        let bits = (u128::from(self.next()) << 64) | u128::from(self.next());
        uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_795_348_800_000;

    #[test]
    fn the_same_seed_and_now_make_the_same_guests() {
        let ids = |seed, n| {
            (0..n).map(|k| serde_json::to_string(&person(seed, k, NOW)).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(ids(1, 50), ids(1, 50));
        assert_ne!(ids(1, 50), ids(2, 50));
        assert_eq!(ids(1, 50), ids(1, 80)[..50]);
    }

    #[test]
    fn guests_spread_over_ninety_days_and_only_the_last_day_is_open() {
        let people: Vec<_> = (0..4000).map(|k| person(1, k, NOW)).collect();
        for (guest, conversation) in &people {
            assert!(guest.created < NOW && guest.created >= NOW - SPREAD, "{guest:?}");
            assert!(guest.modified >= guest.created && guest.modified < NOW, "{guest:?}");
            let young = guest.created >= NOW - DAY;
            assert_eq!(conversation.closed(NOW).is_none(), young, "{guest:?} {conversation:?}");
        }
        for month in 0..3 {
            let from = NOW - (month + 1) * 30 * DAY;
            let n = people.iter().filter(|(g, _)| g.created >= from && g.created < from + 30 * DAY).count();
            assert!((1200..1470).contains(&n), "month {month}: {n} of 4000");
        }
        let anonymous = people.iter().filter(|(g, _)| g.email.is_none()).count();
        assert!((900..1100).contains(&anonymous), "{anonymous} of 4000 are anonymous");
        assert!(people.iter().all(|(g, _)| g.email.is_none() == (&*g.name == "Anonymous Guest")));
        assert!(people.iter().flat_map(|(g, _)| &g.email).all(|e| e.is_ascii()));
    }
}

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer};

use crate::Error;

/// Troubles on purpose: rules tried in order, the first that strikes decides the request. `{}` is fair weather.
///
/// ```
/// let bad = r#"{"seed":1,"rules":[{"when":{"method":"DELETE","path":"/api/v2/guests/*"},"share":0.05,"do":"429"}]}"#;
/// assert!(bad.parse::<simulator::Weather>().is_ok());
/// assert!("{}".parse::<simulator::Weather>().is_ok());
/// assert!(r#"{"rules":[{"do":"rain"}]}"#.parse::<simulator::Weather>().is_err());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weather {
    seed: u64,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    #[serde(default)]
    when: When,
    /// From 0, never, to 1, always.
    #[serde(default = "always", deserialize_with = "share")]
    share: f64,
    r#do: Trouble,
}

fn always() -> f64 {
    1.0
}

fn share<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let share = f64::deserialize(from)?;
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err(serde::de::Error::custom(format!("the share {share} is not within 0 to 1")))
    }
}

/// Which requests a rule is about. `from` and `until` (exclusive) count the requests of that method and path
/// from 0, whether or not an earlier rule struck them.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct When {
    method: Option<String>,
    /// `*` stands for any run of characters.
    path: Option<String>,
    from: u64,
    until: Option<u64>,
}

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Trouble {
    /// 429 instead of an answer, with `Retry-After: 1` or without it.
    TooMany {
        /// Whether the header is there.
        retry_after: bool,
    },
    /// 500, 502, 503 or 504 instead of an answer; nothing is processed.
    Status(u16),
    /// A proxy's error page (502, `text/html`); nothing is processed.
    Html,
    /// Processed; half of the answer, then the connection is cut.
    Truncate,
    /// Processed; every member of the answer has another JSON type.
    WrongType,
    /// The connection is cut before anything is processed.
    ResetBefore,
    /// Processed, then the connection is cut before the first byte of the answer.
    ResetAfter,
    /// Processed after a while.
    Delay(Duration),
    /// Not processed, never answered.
    Stall,
    /// The request's token ends now: 401.
    ExpireToken,
    /// Another client of the same token has just made that many requests.
    Spend(u32),
    /// A list hands out that many rows of the page at most, and counts them all.
    Short(u32),
    /// A list leaves the first so many rows of the page out, and counts them all the same.
    Withhold(u32),
    /// Somebody else deletes the first so many guests of the list before it is answered.
    Vanish(u32),
}

/// The troubles without a number, as the weather names them.
const WORDS: [(&str, Trouble); 13] = [
    ("429", Trouble::TooMany { retry_after: true }),
    ("429-no-header", Trouble::TooMany { retry_after: false }),
    ("500", Trouble::Status(500)),
    ("502", Trouble::Status(502)),
    ("503", Trouble::Status(503)),
    ("504", Trouble::Status(504)),
    ("html", Trouble::Html),
    ("truncate", Trouble::Truncate),
    ("wrong-type", Trouble::WrongType),
    ("reset-before", Trouble::ResetBefore),
    ("reset-after", Trouble::ResetAfter),
    ("stall", Trouble::Stall),
    ("expire-token", Trouble::ExpireToken),
];

impl TryFrom<String> for Trouble {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if let Some((_, trouble)) = WORDS.into_iter().find(|(word, _)| *word == text) {
            return Ok(trouble);
        }
        let (word, number) = text.split_once(':').unwrap_or((&text, ""));
        Ok(match (word, number.parse::<u32>()) {
            ("delay", Ok(ms)) => Self::Delay(Duration::from_millis(ms.into())),
            ("spend", Ok(n)) => Self::Spend(n),
            ("short", Ok(n)) => Self::Short(n),
            ("withhold", Ok(n)) => Self::Withhold(n),
            ("vanish", Ok(n)) => Self::Vanish(n),
            _ => {
                return Err(format!(
                    "unknown weather `{text}`: allowed are 429, 429-no-header, 500, 502, 503, 504, html, \
                     truncate, wrong-type, reset-before, reset-after, delay:MS, stall, expire-token, spend:N, \
                     short:N, withhold:N, vanish:N"
                ));
            }
        })
    }
}

/// The word that reads back as the same trouble.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delay(pause) => write!(f, "delay:{}", pause.as_millis()),
            Self::Spend(n) => write!(f, "spend:{n}"),
            Self::Short(n) => write!(f, "short:{n}"),
            Self::Withhold(n) => write!(f, "withhold:{n}"),
            Self::Vanish(n) => write!(f, "vanish:{n}"),
            plain => f.write_str(WORDS.iter().find(|(_, is)| is == plain).map_or("", |(word, _)| *word)),
        }
    }
}

impl FromStr for Weather {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(Error::Weather)
    }
}

/// A weather under way: how many requests each rule has seen.
#[derive(Default)]
pub(crate) struct WeatherState {
    weather: Weather,
    seen: Vec<u64>,
}

impl From<Weather> for WeatherState {
    fn from(weather: Weather) -> Self {
        let seen = vec![0; weather.rules.len()];
        Self { weather, seen }
    }
}

impl WeatherState {
    /// What strikes the next request. The chance of a rule's k-th request depends on seed, rule and k alone, so
    /// that requests of other kinds in between change nothing.
    pub(crate) fn next(&mut self, method: &str, path: &str) -> Option<Trouble> {
        let mut struck = None;
        for (index, (rule, seen)) in self.weather.rules.iter().zip(&mut self.seen).enumerate() {
            let when = &rule.when;
            let meant = when.method.as_ref().is_none_or(|m| m.eq_ignore_ascii_case(method))
                && when.path.as_ref().is_none_or(|p| glob(p.as_bytes(), path.as_bytes()));
            if !meant {
                continue;
            }
            let k = *seen;
            *seen += 1;
            let due = k >= when.from && when.until.is_none_or(|until| k < until);
            if struck.is_none() && due && chance(self.weather.seed, index as u64, k) < rule.share {
                struck = Some(rule.r#do.clone());
            }
        }
        struck
    }
}

/// A number in 0..1 from three numbers.
fn chance(seed: u64, rule: u64, k: u64) -> f64 {
    let mixed = crate::world::mix(crate::world::mix(crate::world::mix(seed) ^ rule) ^ k);
    (mixed >> 11) as f64 / (1u64 << 53) as f64
}

/// `*` matches any run, everything else itself. Linear in practice: one star to fall back to.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            p += 1;
            t += 1;
        } else if let Some((star_p, star_t)) = star {
            (p, t) = (star_p + 1, star_t + 1);
            star = Some((star_p, star_t + 1));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|b| *b == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forecast(json: &str) -> WeatherState {
        json.parse::<Weather>().unwrap().into()
    }

    fn struck(forecast: &mut WeatherState, n: usize) -> Vec<bool> {
        (0..n).map(|_| forecast.next("DELETE", "/api/v2/guests/1").is_some()).collect()
    }

    #[test]
    fn the_same_seed_strikes_the_same_requests_and_another_seed_others() {
        let json = |seed| format!(r#"{{"seed":{seed},"rules":[{{"share":0.3,"do":"500"}}]}}"#);
        let once = struck(&mut forecast(&json(1)), 200);
        assert_eq!(once, struck(&mut forecast(&json(1)), 200));
        assert_ne!(once, struck(&mut forecast(&json(2)), 200));
        let hits = once.iter().filter(|s| **s).count();
        assert!((40..80).contains(&hits), "{hits} of 200 at 0.3");
    }

    #[test]
    fn requests_of_another_kind_in_between_change_nothing() {
        let json = r#"{"seed":7,"rules":[{"when":{"method":"DELETE"},"share":0.5,"do":"500"}]}"#;
        let alone = struck(&mut forecast(json), 50);
        let mut mixed = forecast(json);
        let between: Vec<bool> = (0..50)
            .map(|_| {
                assert_eq!(mixed.next("GET", "/api/v2/guests"), None);
                mixed.next("DELETE", "/api/v2/guests/1").is_some()
            })
            .collect();
        assert_eq!(alone, between);
    }

    #[test]
    fn the_first_rule_that_strikes_decides_and_the_others_still_count() {
        let mut f = forecast(
            r#"{"rules":[{"when":{"path":"/a*","until":2},"do":"500"},
                         {"when":{"path":"/a*","from":1,"until":3},"do":"delay:20"}]}"#,
        );
        let seen: Vec<_> = (0..4).map(|_| f.next("GET", "/a/b")).collect();
        let delay = Some(Trouble::Delay(Duration::from_millis(20)));
        assert_eq!(seen, [Some(Trouble::Status(500)), Some(Trouble::Status(500)), delay, None]);
        assert_eq!(f.next("GET", "/b"), None);
    }

    #[test]
    fn a_star_stands_for_any_run_and_nothing_else_does() {
        for (pattern, path, meant) in [
            ("/api/v2/guests/*", "/api/v2/guests/1", true),
            ("/api/v2/guests/*", "/api/v2/guests", false),
            ("/api/*", "/api/v2/guests/1", true),
            ("*/close", "/conversations/1/close", true),
            ("/a*b*c", "/axxbxc", true),
            ("/a*b*c", "/axxcxb", false),
            ("/a.c", "/abc", false),
            ("", "/", false),
        ] {
            assert_eq!(glob(pattern.as_bytes(), path.as_bytes()), meant, "{pattern} on {path}");
        }
    }
}

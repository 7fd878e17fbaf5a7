use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use crate::{Error, Trouble};

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
#[serde(try_from = "Written")]
struct Rule {
    when: When,
    /// From 0, never, to 1, always.
    share: f64,
    r#do: Trouble,
}

/// A rule as it is written, before anyone looked whether its parts go together.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    when: When,
    #[serde(default = "always", deserialize_with = "share")]
    share: f64,
    r#do: Trouble,
}

impl TryFrom<Written> for Rule {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written { when, share, r#do } = written;
        match &when.action {
            Some(_) if when.method.is_some() || when.path.is_some() => {
                Err("a rule is about requests, by method and path, or about frames, by action".to_owned())
            }
            Some(_) if !r#do.is_for_frames() => Err(format!("`{do}` cannot happen to a frame")),
            None if !r#do.is_for_requests() => {
                Err(format!("`{do}` happens to frames: the rule needs an action"))
            }
            _ => Ok(Self { when, share, r#do }),
        }
    }
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
    /// What a frame of the guest socket asks for, with the same star; a rule with it is about frames alone.
    action: Option<String>,
    from: u64,
    until: Option<u64>,
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
        self.strike(|when| {
            when.action.is_none()
                && when.method.as_ref().is_none_or(|m| m.eq_ignore_ascii_case(method))
                && when.path.as_ref().is_none_or(|p| glob(p.as_bytes(), path.as_bytes()))
        })
    }

    /// What strikes the next frame of a guest.
    pub(crate) fn next_frame(&mut self, action: &str) -> Option<Trouble> {
        self.strike(|when| when.action.as_ref().is_some_and(|a| glob(a.as_bytes(), action.as_bytes())))
    }

    fn strike(&mut self, is_meant: impl Fn(&When) -> bool) -> Option<Trouble> {
        let mut struck = None;
        for (index, (rule, seen)) in self.weather.rules.iter().zip(&mut self.seen).enumerate() {
            let when = &rule.when;
            if !is_meant(when) {
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
    use std::time::Duration;

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

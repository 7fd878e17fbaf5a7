use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// One attribute: a JSON scalar. A date is text in RFC 3339.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum AttributeValue {
    /// JSON `null`.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole or broken number.
    Number(serde_json::Number),
    /// Anything else.
    Text(String),
}

// By hand: derived, an untagged enum tries one kind after the other and formats an error for each that does not fit,
// which was a fifth of what a call of the client cost.
impl<'de> Deserialize<'de> for AttributeValue {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde_json::Value;
        match Value::deserialize(deserializer)? {
            Value::Null => Ok(Self::Null),
            Value::Bool(value) => Ok(Self::Bool(value)),
            Value::Number(number) => Ok(Self::Number(number)),
            Value::String(text) => Ok(Self::Text(text)),
            Value::Array(_) | Value::Object(_) => {
                Err(serde::de::Error::custom("an attribute is null, a boolean, a number or a text"))
            }
        }
    }
}

impl From<&str> for AttributeValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<i64> for AttributeValue {
    fn from(n: i64) -> Self {
        Self::Number(n.into())
    }
}
impl From<bool> for AttributeValue {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

/// All attributes of a guest, by key, in the order of the keys.
pub type Attributes = BTreeMap<String, AttributeValue>;

/// One key that differs: what it was and what it becomes. `None` is absent. Not serialisable: in JSON `None` and
/// [`AttributeValue::Null`] would be the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The attribute's key.
    pub key: String,
    /// Its value before, `None` when it is new.
    pub before: Option<AttributeValue>,
    /// Its value after, `None` when it is removed.
    pub after: Option<AttributeValue>,
}

/// Two people changed the same key to different values. Not serialisable, for the reason of [`Change`].
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// What this edit wants.
    pub ours: Change,
    /// What the org has now.
    pub theirs: Option<AttributeValue>,
}

/// An edit that cannot be merged, with every key in dispute.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("someone else changed the same attributes meanwhile: {}", .0.iter().map(|c| c.ours.key.as_str()).collect::<Vec<_>>().join(", "))]
pub struct MergeError(pub Vec<Conflict>);

/// The keys in which two sets differ, in the order of the keys.
#[must_use]
pub fn diff(before: &Attributes, after: &Attributes) -> Vec<Change> {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    keys.into_iter()
        .filter(|k| before.get(*k) != after.get(*k))
        .map(|k| Change { key: k.clone(), before: before.get(k).cloned(), after: after.get(k).cloned() })
        .collect()
}

/// Puts the changes of one person onto what the org has now. Each change's `before` says what they saw: where
/// the org has that, or already has the wanted value, the change applies; else it is a conflict. All or nothing.
///
/// ```
/// use model::{Attributes, Change, merge};
/// let theirs: Attributes = [("tier".to_owned(), "gold".into()), ("note".to_owned(), "new".into())].into();
/// let ours = [Change { key: "tier".into(), before: Some("gold".into()), after: Some("vip".into()) }];
/// assert_eq!(merge(&theirs, &ours).unwrap()["tier"], "vip".into());
/// ```
///
/// # Errors
/// [`MergeError`] with every key that someone else set to another value meanwhile.
pub fn merge(theirs: &Attributes, changes: &[Change]) -> Result<Attributes, MergeError> {
    let mut merged = theirs.clone();
    let mut conflicts = Vec::new();
    for change in changes {
        let now = theirs.get(&change.key);
        if now != change.before.as_ref() && now != change.after.as_ref() {
            conflicts.push(Conflict { ours: change.clone(), theirs: now.cloned() });
            continue;
        }
        match &change.after {
            Some(value) => merged.insert(change.key.clone(), value.clone()),
            None => merged.remove(&change.key),
        };
    }
    if conflicts.is_empty() { Ok(merged) } else { Err(MergeError(conflicts)) }
}

/// The attribute that counts interactions.
pub const TOTAL_INTERACTIONS: &str = "totalInteractions";

/// The attributes of [`record_interaction`]: how many there were, of which kind the last one was, and when.
pub const INTERACTION_KEYS: [&str; 3] = [TOTAL_INTERACTIONS, "lastInteractionType", "lastUpdated"];

/// What stands in [`TOTAL_INTERACTIONS`] is no whole number, or one that nothing can be added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("what the org has there is no whole number that can be counted on")]
pub struct NotCountable;

/// Counts an interaction: `totalInteractions` += `by` (absent or null counts as 0), `lastInteractionType`, `lastUpdated`.
/// Other keys stay. Only a person's command calls this, never a delivery.
///
/// # Errors
/// [`NotCountable`]: to begin again at 1 would throw away what somebody wrote there. Nothing is changed then.
pub fn record_interaction(
    attributes: &mut Attributes,
    kind: &str,
    by: u32,
    now: DateTime<Utc>,
) -> Result<(), NotCountable> {
    record_interaction_as(&INTERACTION_KEYS, attributes, kind, by, now)
}

/// The same in an org that calls the three attributes otherwise.
///
/// # Errors
/// As [`record_interaction`].
pub fn record_interaction_as(
    [total_key, kind_key, time_key]: &[impl AsRef<str>; 3],
    attributes: &mut Attributes,
    kind: &str,
    by: u32,
    now: DateTime<Utc>,
) -> Result<(), NotCountable> {
    let total = match attributes.get(total_key.as_ref()) {
        None | Some(AttributeValue::Null) => Some(0),
        Some(AttributeValue::Number(n)) => n.as_i64(),
        Some(_) => None,
    };
    let total = total.and_then(|total| total.checked_add(by.into())).ok_or(NotCountable)?;
    attributes.insert(total_key.as_ref().to_owned(), total.into());
    attributes.insert(kind_key.as_ref().to_owned(), kind.into());
    attributes.insert(
        time_key.as_ref().to_owned(),
        now.to_rfc3339_opts(SecondsFormat::Millis, true).as_str().into(),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sets() -> impl Strategy<Value = Attributes> {
        let value = prop_oneof![
            Just(AttributeValue::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            "[a-c]{0,2}".prop_map(|s| s.as_str().into()),
        ];
        proptest::collection::btree_map("[a-e]", value, 0..5)
    }

    #[test]
    fn an_attribute_is_a_scalar_of_any_kind_and_nothing_else() {
        let read = |json: &str| serde_json::from_str::<AttributeValue>(json);
        for json in ["null", "true", "0", "-7", "18446744073709551615", "1.5", "\"\"", "\"a\\\"b\\u00e9\""] {
            let value = read(json).unwrap();
            let plain: serde_json::Value = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_value(&value).unwrap(), plain, "{json}");
        }
        assert_eq!(read("null").unwrap(), AttributeValue::Null);
        assert_eq!(read("\"null\"").unwrap(), AttributeValue::Text("null".into()));
        for json in ["[]", "{}", "[1]", "{\"a\":1}", "nul", ""] {
            assert!(read(json).is_err(), "{json}");
        }
    }

    proptest! {
        #[test]
        fn a_diff_applied_to_its_own_base_gives_the_target(before in sets(), after in sets()) {
            prop_assert_eq!(merge(&before, &diff(&before, &after)).unwrap(), after);
        }

        #[test]
        fn applying_an_edit_twice_is_applying_it_once(before in sets(), after in sets()) {
            let changes = diff(&before, &after);
            let once = merge(&before, &changes).unwrap();
            prop_assert_eq!(merge(&once, &changes).unwrap(), once);
        }

        #[test]
        fn a_merge_never_touches_a_key_nobody_edited(before in sets(), after in sets(), theirs in sets()) {
            let changes = diff(&before, &after);
            if let Ok(merged) = merge(&theirs, &changes) {
                for (key, value) in &theirs {
                    if !changes.iter().any(|c| &c.key == key) {
                        prop_assert_eq!(merged.get(key), Some(value));
                    }
                }
            }
        }

        #[test]
        fn a_key_that_someone_else_changed_is_never_overwritten(before in sets(), after in sets(), theirs in sets()) {
            let changes = diff(&before, &after);
            let disputed = changes.iter().any(|c| {
                let now = theirs.get(&c.key);
                now != c.before.as_ref() && now != c.after.as_ref()
            });
            prop_assert_eq!(merge(&theirs, &changes).is_err(), disputed);
        }
    }

    #[test]
    fn an_interaction_counts_on_top_and_leaves_the_rest() {
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let mut a: Attributes =
            [("tier".to_owned(), "gold".into()), ("totalInteractions".to_owned(), 7.into())].into();
        record_interaction(&mut a, "call", 2, now).unwrap();
        assert_eq!(a["totalInteractions"], 9.into());
        assert_eq!(a["lastInteractionType"], "call".into());
        assert_eq!(a["lastUpdated"], "2026-11-22T12:00:00.000Z".into());
        assert_eq!(a["tier"], "gold".into());
    }

    #[test]
    fn what_is_no_whole_number_is_never_counted_over() {
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let counted = |json: &str| {
            let before: Attributes =
                [(TOTAL_INTERACTIONS.to_owned(), serde_json::from_str(json).unwrap())].into();
            let mut after = before.clone();
            match record_interaction(&mut after, "call", 1, now) {
                Ok(()) => Some(serde_json::to_string(&after[TOTAL_INTERACTIONS]).unwrap()),
                Err(NotCountable) => {
                    assert_eq!(after, before, "nothing is changed: {json}");
                    None
                }
            }
        };
        for (json, total) in
            [("null", "1"), ("0", "1"), ("-7", "-6"), ("9007199254740993", "9007199254740994")]
        {
            assert_eq!(counted(json).as_deref(), Some(total), "{json}");
        }
        for json in [
            "\"7\"",
            "\"many\"",
            "\"\"",
            "true",
            "2.5",
            "1e30",
            "9223372036854775807",
            "18446744073709551615",
        ] {
            assert_eq!(counted(json), None, "{json}");
        }
    }
}

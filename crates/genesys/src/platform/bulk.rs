//! Calls about many contacts at once: how many go into one, and what an answer says of each, in whatever order.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use http::StatusCode;
use model::GuestId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answers::is_not_served;
use crate::pipeline::{Error, error_body};

/// What was learnt of the two bulk calls. The vendor writes down no size.
#[derive(Debug, Default)]
pub(super) struct BulkSizes {
    /// Of the bulk fetch.
    pub fetch: BatchSize,
    /// Of the bulk removal.
    pub remove: BatchSize,
}

/// How many contacts go into one call.
#[derive(Debug, Default)]
pub(super) struct BatchSize(Mutex<Size>);

/// The first size, and the greatest.
const FIRST: usize = 50;
const MOST: usize = 100;
/// A size that was refused is tried again after so many calls that were not.
const TRIED_AGAIN_AFTER: u32 = 20;

#[derive(Debug)]
struct Size {
    now: usize,
    refused: Option<usize>,
    good: u32,
    alone: bool,
}

impl Default for Size {
    fn default() -> Self {
        Self { now: FIRST, refused: None, good: 0, alone: false }
    }
}

/// What a refusal of a bulk call says of the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Fewer at once may go.
    TooMany,
    /// The org takes contacts one by one only.
    OneByOne,
}

impl Refusal {
    /// `None` for a failure that has nothing to do with how many there were.
    pub fn of(error: &Error) -> Option<Self> {
        match error {
            Error::Invalid { said, .. } if matches!(said.status, 400 | 413 | 422) => Some(Self::TooMany),
            Error::Forbidden { .. } => Some(Self::OneByOne),
            error if is_not_served(error) => Some(Self::OneByOne),
            _ => None,
        }
    }
}

impl BatchSize {
    /// How many go into the next call; `None` where they go one by one.
    pub fn next(&self) -> Option<usize> {
        let size = self.size();
        (!size.alone).then_some(size.now)
    }

    /// A call of so many was answered.
    pub fn answered(&self, count: usize) {
        let mut size = self.size();
        size.good += 1;
        if size.refused.is_some() && size.good >= TRIED_AGAIN_AFTER {
            size.refused = None;
        }
        let greater = (size.now * 2).min(MOST);
        if count >= size.now && size.refused.is_none_or(|refused| greater < refused) {
            size.now = greater;
        }
    }

    /// A call of so many was refused.
    pub fn refused(&self, count: usize, why: Refusal) {
        let mut size = self.size();
        match why {
            Refusal::OneByOne => size.alone = true,
            Refusal::TooMany => {
                (size.now, size.refused, size.good) = ((count / 2).max(1), Some(count), 0);
            }
        }
    }

    fn size(&self) -> MutexGuard<'_, Size> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The body of both calls.
pub(super) fn named(ids: &[GuestId]) -> impl Serialize {
    json!({"entities": ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>()})
}

/// What a bulk answer says of one contact.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ItemSays {
    /// It was done; with the contact where the call was for it.
    Done(Option<Value>),
    /// It was not, with this status and this error body.
    Refused(u16, Value),
}

impl ItemSays {
    /// The error that a call about this contact alone would have met; `None` where it was done.
    pub fn error(&self, call: &'static str) -> Option<Error> {
        let Self::Refused(status, body) = self else { return None };
        let status_code = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut body = body.as_object().cloned().unwrap_or_default();
        body.insert("status".into(), (*status).into());
        if body.get("code").and_then(Value::as_str).is_none_or(str::is_empty) {
            body.insert("code".into(), "bulk.item.failed".into());
        }
        Some(error_body::to_error(
            call,
            status_code,
            Value::Object(body).to_string().as_bytes(),
            None,
            None,
            &[],
        ))
    }
}

#[derive(Deserialize)]
struct BulkAnswer {
    results: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    id: Option<Value>,
    success: Option<bool>,
    status: Option<u16>,
    entity: Option<Value>,
    error: Option<Value>,
}

/// What an answer says of each contact that was asked about. One that it leaves out, or of which it says two things, is not in
/// here; one that nobody asked about is not, either.
pub(super) fn read(body: &[u8], asked: &[GuestId]) -> Result<HashMap<GuestId, ItemSays>, String> {
    let answer: BulkAnswer = crate::pipeline::read_json::read(body)?;
    let mut said: HashMap<GuestId, Option<ItemSays>> = HashMap::new();
    for item in answer.results {
        let Some(id) = item.about().filter(|id| asked.contains(id)) else { continue };
        let says = item.says();
        said.entry(id)
            .and_modify(|before| {
                if before.as_ref() != Some(&says) {
                    *before = None;
                }
            })
            .or_insert(Some(says));
    }
    Ok(said.into_iter().filter_map(|(id, says)| Some((id, says?))).collect())
}

impl Item {
    fn about(&self) -> Option<GuestId> {
        let within = |value: &Option<Value>| value.as_ref().and_then(|v| v.get("id")).cloned();
        let in_error = || within(&self.error.as_ref().and_then(|error| error.get("entity")).cloned());
        let id = self.id.clone().or_else(|| within(&self.entity)).or_else(in_error)?;
        id.as_str()?.parse().ok()
    }

    fn says(self) -> ItemSays {
        let error = self.error.filter(|error| !error.is_null());
        let in_error = error.as_ref().and_then(|e| e.get("status")).and_then(Value::as_u64);
        let status = in_error.and_then(|status| u16::try_from(status).ok()).or(self.status);
        let is_good = status.is_none_or(|status| (200..300).contains(&status));
        match self.success {
            Some(true) if is_good => ItemSays::Done(self.entity),
            None if is_good && status.is_some() && error.is_none() => ItemSays::Done(self.entity),
            _ => {
                let status = status.filter(|status| (400..600).contains(status)).unwrap_or(500);
                ItemSays::Refused(status, error.unwrap_or(Value::Null))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_batch_begins_at_50_doubles_to_100_and_halves_when_it_is_refused() {
        let size = BatchSize::default();
        let mut seen = vec![size.next().unwrap()];
        for _ in 0..2 {
            size.answered(seen.last().copied().unwrap());
            seen.push(size.next().unwrap());
        }
        assert_eq!(seen, [50, 100, 100]);
        size.refused(100, Refusal::TooMany);
        assert_eq!(size.next(), Some(50));
        size.answered(50);
        assert_eq!(size.next(), Some(50), "what was refused is not asked again at once");
        for _ in 0..TRIED_AGAIN_AFTER {
            size.answered(50);
        }
        assert_eq!(size.next(), Some(100));
        size.refused(1, Refusal::TooMany);
        assert_eq!(size.next(), Some(1));
        size.refused(1, Refusal::OneByOne);
        assert_eq!(size.next(), None);
    }

    #[test]
    fn a_short_batch_says_nothing_of_a_greater_one() {
        let size = BatchSize::default();
        size.answered(3);
        assert_eq!(size.next(), Some(50));
    }

    #[test]
    fn every_item_counts_by_itself_in_whatever_order_and_what_contradicts_itself_counts_for_nothing() {
        let ids: Vec<GuestId> = (1..=6).map(|n| GuestId(uuid::Uuid::from_u128(n))).collect();
        let body = json!({"results": [
            {"id": ids[2], "success": true, "status": 204},
            {"id": ids[0], "success": false, "status": 404, "error": {"code": "not.found", "status": 404}},
            {"id": ids[1], "success": true},
            {"id": ids[3], "success": true}, {"id": ids[3], "success": false, "status": 409},
            {"id": GuestId(uuid::Uuid::from_u128(99)), "success": true},
            {"id": ids[4], "success": true, "status": 500},
            {"success": true}, {"id": 7, "success": true}
        ]});
        let said = read(body.to_string().as_bytes(), &ids).unwrap();
        assert_eq!(said.len(), 4);
        assert_eq!(said[&ids[2]], ItemSays::Done(None));
        assert!(matches!(said[&ids[0]].error("delete contact"), Some(Error::NotFound(_))));
        assert!(matches!(said[&ids[4]].error("delete contact"), Some(Error::OrgFailed { .. })));
        assert!(!said.contains_key(&ids[3]) && !said.contains_key(&ids[5]));
    }

    proptest! {
        #[test]
        fn no_answer_whatever_makes_it_panic_or_speak_of_someone_else(text in "\\PC{0,200}", success: Option<bool>, status: Option<u16>) {
            let asked = [GuestId(uuid::Uuid::from_u128(1))];
            let _ = read(text.as_bytes(), &asked);
            let body = json!({"results": [{"id": asked[0], "success": success, "status": status, "error": text}]});
            let said = read(body.to_string().as_bytes(), &asked).unwrap();
            let says = &said[&asked[0]];
            let is_done = matches!(says, ItemSays::Done(_));
            prop_assert_eq!(is_done, says.error("delete contact").is_none());
            prop_assert!(!is_done || success != Some(false));
        }
    }
}

use std::collections::HashSet;

use model::{Field, GuestId, Selection};

use super::{Hold, HoldSet};
use crate::{OrgError, OrgPort};

/// The longest filter in one question, in bytes as the address line carries it (percent-encoded): common servers and
/// proxies take 8 KiB for the whole line.
pub const MAX_ENCODED_FILTER: usize = 7_500;

/// One filter may be combined with others up to here; the rest of a question is for ids.
const MAX_FILTER: usize = 3_500;

/// The questions "which of these guests match?" that fit an address line each: the ids in as few parts as possible, each
/// with its filter. A filter over [`MAX_ENCODED_FILTER`] goes out with one id a question; the org may then refuse it.
///
/// ```
/// use model::{Selection, GuestId};
/// let ids: Vec<GuestId> = (0..100).map(|n| GuestId(uuid::Uuid::from_u128(n))).collect();
/// let vip: Selection = "attributes.tier = \"gold\"".parse().unwrap();
/// let questions = retention::id_chunks(&ids, &vip);
/// assert_eq!(questions.iter().map(|(ids, _)| ids.len()).sum::<usize>(), 100);
/// assert!(questions.iter().all(|(_, filter)| filter.as_str().ends_with("AND (attributes.tier = \"gold\")")));
/// ```
#[must_use]
pub fn id_chunks<'a>(ids: &'a [GuestId], filter: &Selection) -> Vec<(&'a [GuestId], Selection)> {
    // `(…) AND (…)`, and one test with its ` OR `; every id has the same length.
    let fixed = encoded("() AND ()") + encoded(filter.as_str());
    let each = encoded(&format!("id = \"{}\" OR ", GuestId(uuid::Uuid::nil())));
    let fit = MAX_ENCODED_FILTER.saturating_sub(fixed) / each;
    let ask = |part: &'a [GuestId]| {
        let those = Selection::any_of(Field::Id, part.iter().map(ToString::to_string))?;
        Some((part, those.and(filter.clone())))
    };
    ids.chunks(fit.clamp(1, crate::PAGE)).filter_map(ask).collect()
}

/// How long a text is in an address line.
pub(super) fn encoded(text: &str) -> usize {
    text.bytes().map(|b| if b.is_ascii_alphanumeric() || b"-._~".contains(&b) { 1 } else { 3 }).sum()
}

/// The filters of all holds, joined by OR into as few as fit a question together with ids.
pub(super) fn joined(set: &HoldSet) -> Vec<Selection> {
    let mut parts: Vec<Vec<&Selection>> = Vec::new();
    let mut used = 0;
    for (_, filter) in set.by_filter() {
        let size = encoded(filter.as_str()) + encoded("() OR ");
        match parts.last_mut().filter(|_| used + size < MAX_FILTER - 64) {
            Some(part) => part.push(filter),
            None => {
                used = 0;
                parts.push(vec![filter]);
            }
        }
        used += size;
    }
    parts.into_iter().filter_map(Selection::any).collect()
}

/// Which of a batch of at most [`PAGE`](crate::PAGE) guests are on hold: by name from the set, by filter as the org says
/// now. One question a batch where few holds go by filter, none where none does.
///
/// # Errors
/// As the org answers. Whoever cannot know must not delete.
pub async fn held(org: &dyn OrgPort, set: &HoldSet, ids: &[GuestId]) -> Result<HashSet<GuestId>, OrgError> {
    let (mut held, mut rest): (HashSet<GuestId>, Vec<GuestId>) = Default::default();
    for &id in ids {
        if set.names(id) {
            held.insert(id);
        } else {
            rest.push(id);
        }
    }
    for filter in joined(set) {
        for (part, _) in id_chunks(&rest, &filter) {
            held.extend(org.matching(part, &filter).await?);
        }
        rest.retain(|id| !held.contains(id));
    }
    Ok(held)
}

/// The holds that keep one guest, for a delete by hand, for "why?" and for a timeline: those that name the guest, and those
/// by filter that match, one question each.
///
/// # Errors
/// As the org answers. Whoever cannot know must not delete.
pub async fn holds_on(org: &dyn OrgPort, set: &HoldSet, id: GuestId) -> Result<Vec<Hold>, OrgError> {
    let mut holds: Vec<Hold> = set.naming(id).cloned().collect();
    for (hold, filter) in set.by_filter() {
        if org.matching(&[id], filter).await?.contains(&id) {
            holds.push(hold.clone());
        }
    }
    holds.sort_by_key(|hold| (hold.added_at, hold.id));
    Ok(holds)
}

use std::collections::HashSet;

use model::{GuestId, Selection, encoded_len};

use super::{Hold, HoldSet};
use crate::{OrgError, OrgPort};

/// The most bytes of an address that joined filters take. Servers and proxies take 8 KiB for the whole line,
/// and the rest is for the ids of guests: however an org has to be asked, a batch then takes few questions.
pub(super) const LONGEST_JOINED: usize = 3_500;

/// Holds by filter that are asked about together.
pub(super) struct Joined<'s> {
    /// The holds.
    pub holds: Vec<(&'s Hold, &'s Selection)>,
    /// Their filters, joined by OR.
    pub filter: Selection,
}

/// The filters of all holds, joined by OR into as few as fit a question together with ids.
pub(super) fn joined(set: &HoldSet) -> Vec<Joined<'_>> {
    let mut parts: Vec<Vec<(&Hold, &Selection)>> = Vec::new();
    let mut used = 0;
    for (hold, filter) in set.by_filter() {
        let size = encoded_len(filter.as_str()) + encoded_len("() OR ");
        match parts.last_mut().filter(|_| used + size < LONGEST_JOINED - 64) {
            Some(part) => part.push((hold, filter)),
            None => {
                used = 0;
                parts.push(vec![(hold, filter)]);
            }
        }
        used += size;
    }
    let join =
        |holds: Vec<(&'_ Hold, &'_ Selection)>| Selection::any(holds.iter().map(|(_, filter)| *filter));
    parts.into_iter().filter_map(|holds| Some(Joined { filter: join(holds.clone())?, holds })).collect()
}

/// Which of a batch of at most [`PAGE`](crate::PAGE) guests are on hold: by name from the set, by filter as the org says
/// now. A hold on a guest who was merged keeps the one that stands for them. One question a batch where few holds go by filter,
/// none where none does.
///
/// # Errors
/// As the org answers. Whoever cannot know must not delete.
pub async fn held(org: &dyn OrgPort, set: &HoldSet, ids: &[GuestId]) -> Result<HashSet<GuestId>, OrgError> {
    let (by_name, mut rest): (Vec<GuestId>, Vec<GuestId>) =
        ids.iter().copied().partition(|id| set.names(*id));
    let mut held = HashSet::from_iter(by_name);
    held.extend(org.standing_for(&rest, &set.named()).await?.into_keys());
    rest.retain(|id| !held.contains(id));
    for part in joined(set) {
        if rest.is_empty() {
            break;
        }
        match org.matching(&rest, &part.filter).await {
            Ok(matching) => held.extend(matching),
            Err(OrgError::Failed { why }) => return Err(unjudged(org, &part, &rest, &why).await),
            Err(error) => return Err(error),
        }
        rest.retain(|id| !held.contains(id));
    }
    Ok(held)
}

/// Which of the holds cannot be judged, asked one by one. A refusal of all together that no hold alone meets is told of the
/// first.
async fn unjudged(org: &dyn OrgPort, part: &Joined<'_>, ids: &[GuestId], why: &str) -> OrgError {
    if part.holds.len() > 1 {
        for (hold, filter) in &part.holds {
            match org.matching(ids, filter).await {
                Ok(_) => {}
                Err(OrgError::Failed { why }) => return org.unjudged(hold, &why),
                Err(error) => return error,
            }
        }
    }
    match part.holds.first() {
        Some((hold, _)) => org.unjudged(hold, why),
        None => OrgError::Failed { why: why.to_owned() },
    }
}

/// The holds that keep one guest, for a delete by hand, for "why?" and for a timeline: those that name the guest or one who was
/// merged into this one, and those by filter that match, one question each.
///
/// # Errors
/// As the org answers. Whoever cannot know must not delete.
pub async fn holds_on(org: &dyn OrgPort, set: &HoldSet, id: GuestId) -> Result<Vec<Hold>, OrgError> {
    let into_this = org.standing_for(&[id], &set.named()).await?.remove(&id).unwrap_or_default();
    let mut holds: Vec<Hold> =
        std::iter::once(id).chain(into_this).flat_map(|id| set.naming(id)).cloned().collect();
    for (hold, filter) in set.by_filter() {
        match org.matching(&[id], filter).await {
            Ok(matching) if matching.contains(&id) => holds.push(hold.clone()),
            Ok(_) => {}
            Err(OrgError::Failed { why }) => return Err(org.unjudged(hold, &why)),
            Err(error) => return Err(error),
        }
    }
    holds.sort_by_key(|hold| (hold.added_at, hold.id));
    Ok(holds)
}

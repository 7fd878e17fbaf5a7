use std::collections::HashSet;

use model::{GuestId, Selection, encoded_len};

use super::{Hold, HoldSet};
use crate::{OrgError, OrgPort};

/// The most bytes of an address that joined filters take. Servers and proxies take 8 KiB for the whole line,
/// and the rest is for the ids of guests: however an org has to be asked, a batch then takes few questions.
pub(super) const LONGEST_JOINED: usize = 3_500;

/// The filters of all holds, joined by OR into as few as fit a question together with ids.
pub(super) fn joined(set: &HoldSet) -> Vec<Selection> {
    let mut parts: Vec<Vec<&Selection>> = Vec::new();
    let mut used = 0;
    for (_, filter) in set.by_filter() {
        let size = encoded_len(filter.as_str()) + encoded_len("() OR ");
        match parts.last_mut().filter(|_| used + size < LONGEST_JOINED - 64) {
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
/// now. A hold on a guest who was merged keeps the one that stands for them. One question a batch where few holds go by filter,
/// none where none does.
///
/// # Errors
/// As the org answers. Whoever cannot know must not delete.
pub async fn held(org: &dyn OrgPort, set: &HoldSet, ids: &[GuestId]) -> Result<HashSet<GuestId>, OrgError> {
    let (by_name, mut rest): (Vec<GuestId>, Vec<GuestId>) =
        ids.iter().copied().partition(|id| set.names(*id));
    let mut held = HashSet::from_iter(by_name);
    let standing: HashSet<GuestId> = org.merged(&set.named()).await?.into_values().collect();
    held.extend(rest.iter().filter(|id| standing.contains(id)));
    rest.retain(|id| !held.contains(id));
    for filter in joined(set) {
        if rest.is_empty() {
            break;
        }
        held.extend(org.matching(&rest, &filter).await?);
        rest.retain(|id| !held.contains(id));
    }
    Ok(held)
}

/// The holds that keep one guest, for a delete by hand, for "why?" and for a timeline: those that name the guest or one who was
/// merged into this one, and those by filter that match, one question each.
///
/// # Errors
/// As the org answers. Whoever cannot know must not delete.
pub async fn holds_on(org: &dyn OrgPort, set: &HoldSet, id: GuestId) -> Result<Vec<Hold>, OrgError> {
    let merged = org.merged(&set.named()).await?;
    let into_this = merged.iter().filter(|(_, into)| **into == id).map(|(from, _)| *from);
    let mut holds: Vec<Hold> =
        std::iter::once(id).chain(into_this).flat_map(|id| set.naming(id)).cloned().collect();
    for (hold, filter) in set.by_filter() {
        if org.matching(&[id], filter).await?.contains(&id) {
            holds.push(hold.clone());
        }
    }
    holds.sort_by_key(|hold| (hold.added_at, hold.id));
    Ok(holds)
}

//! Questions about guests who are named by their ids. Whoever is not in a short answer is asked for again: somebody is told as
//! not there only by an empty answer of which the org counts nothing.

use std::collections::{HashMap, HashSet};

use model::{Field, Guest, GuestId, Selection, encoded_len};

use super::{GuestApi, LIMITS, MAX_PAGE, guests::ListGuests};
use crate::pipeline::{Error, Lane};

/// After so many answers in a row that name nobody new, while the org counts somebody, the question is an error.
const ASKS: u32 = 3;

impl GuestApi {
    /// Those of a page of ids whom the org lists, by age alone or among the matches of a selection.
    pub(super) async fn listed_among(
        &self,
        lane: Lane,
        ids: &[GuestId],
        selection: Option<&Selection>,
    ) -> Result<HashMap<GuestId, Guest>, Error> {
        let mut left = Left::new(ids);
        let mut found = HashMap::new();
        while let Some(those) = named(Field::Id, &left.ids) {
            let filter = match selection {
                Some(selection) => those.and(selection.clone()),
                None => those,
            };
            let list = ListGuests { filter: Some(filter), ..ListGuests::default() };
            let page = self.list_guests(lane, &list).await?;
            if page.guests.is_empty() && page.total == 0 {
                break;
            }
            if let Some((met, missing)) = left.without(page.guests.iter().map(|guest| guest.id), page.total) {
                return Err(Error::Incomplete { call: "list guests", met, missing });
            }
            found.extend(page.guests.into_iter().map(|guest| (guest.id, guest)));
        }
        found.retain(|id, _| ids.contains(id));
        Ok(found)
    }

    /// Which of a page of ids have an open conversation.
    pub(super) async fn with_open_conversation(
        &self,
        lane: Lane,
        ids: &[GuestId],
    ) -> Result<HashSet<GuestId>, Error> {
        let mut left = Left::new(ids);
        while let Some(guests) = named(Field::GuestIdOfConversation, &left.ids) {
            let page = self.conversations(lane, &open_conversations_of(guests), MAX_PAGE, 1).await?;
            if page.conversations.is_empty() && page.total == 0 {
                break;
            }
            let named = page.conversations.iter().map(|c| c.guest_id);
            if let Some((met, missing)) = left.without(named, page.total) {
                return Err(Error::Incomplete { call: "find conversations", met, missing });
            }
        }
        let without: HashSet<GuestId> = left.ids.into_iter().collect();
        Ok(ids.iter().copied().filter(|id| !without.contains(id)).collect())
    }
}

/// Parts of the ids, as few as can be, each of which fits the address of a request together with the selection. A selection
/// that leaves no room goes out with one id; the org may then refuse it.
pub(super) fn parts<'a>(ids: &'a [GuestId], selection: &Selection) -> impl Iterator<Item = &'a [GuestId]> {
    // `(…) AND (…)`, and one test with its ` OR `; every id has the same length.
    let fixed = encoded_len("() AND ()") + encoded_len(selection.as_str());
    let each = ids.first().map_or(1, |id| encoded_len(&format!("id = \"{id}\" OR ")));
    let fit = (LIMITS.address_bytes as usize).saturating_sub(fixed) / each;
    ids.chunks(fit.clamp(1, MAX_PAGE as usize))
}

/// Whoever has one of these ids; `None` where there are none.
fn named(field: Field, ids: &[GuestId]) -> Option<Selection> {
    Selection::any_of(field, ids.iter().map(ToString::to_string))
}

/// The conversations of these guests that still take messages.
pub(super) fn open_conversations_of(guests: Selection) -> Selection {
    web_chats_of(guests).and(Selection::equals(Field::ConversationState, "active"))
}

/// The web chats of these guests.
pub(super) fn web_chats_of(guests: Selection) -> Selection {
    guests.and(Selection::equals(Field::ConversationType, "webchat"))
}

/// Those whom no answer has named yet.
struct Left {
    ids: Vec<GuestId>,
    idle: u32,
    met: u64,
}

impl Left {
    fn new(ids: &[GuestId]) -> Self {
        Self { ids: ids.to_vec(), idle: 0, met: 0 }
    }

    /// Takes those out whom an answer names. An org that counts others and names nobody, again and again, is not believed:
    /// then how many were named in all, and how many may be missing.
    fn without(&mut self, named: impl Iterator<Item = GuestId>, counted: u64) -> Option<(u64, u64)> {
        let named: HashSet<GuestId> = named.collect();
        let before = self.ids.len();
        self.ids.retain(|id| !named.contains(id));
        let fewer = before - self.ids.len();
        self.met += fewer as u64;
        self.idle = if fewer == 0 { self.idle + 1 } else { 0 };
        (self.idle >= ASKS).then(|| (self.met, counted.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_question_fits_an_address_line_and_every_guest_is_asked_about_once(
            count in 0u128..=100, filter in "\\PC{1,300}",
        ) {
            let ids: Vec<GuestId> = (0..count).map(|n| GuestId(uuid::Uuid::from_u128(n))).collect();
            let selection = Selection::contains(Field::Name, &filter);
            let asked: Vec<&[GuestId]> = parts(&ids, &selection).collect();
            for part in &asked {
                let question = named(Field::Id, part).unwrap().and(selection.clone());
                prop_assert!(encoded_len(question.as_str()) <= LIMITS.address_bytes as usize);
            }
            prop_assert_eq!(asked.concat(), ids);
        }
    }
}

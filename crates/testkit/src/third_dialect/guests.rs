use model::{Guest, GuestId, Revision, ScanCursor, Total};

/// The guests' side: lists come in no order, filter nothing, may hand a guest out twice and forget where they stood; guests
/// have no versions; many are deleted at once, and the answers come in another order.
///
/// It keeps no guests: whoever tests hands in those that exist.
#[derive(Debug, Default)]
pub struct ThirdDialect {
    /// Lists that were asked for so far.
    lists: u64,
}

/// Some guests of a list.
#[derive(Debug)]
pub struct GuestsPage {
    /// In no order; the first may be the last of the page before.
    pub guests: Vec<Guest>,
    /// Where the list goes on; absent at its end.
    pub next: Option<ScanCursor>,
    /// All guests: exactly only when there are few.
    pub total: Total,
}

/// A place of a list that is not known any more; the list has to begin again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expired;

/// Of so many lists one has forgotten its place: the one of this number.
const FORGETS_EVERY: u64 = 11;
const FORGETS_AT: u64 = 6;
/// More guests than this are not counted.
const COUNTED: usize = 30;

impl ThirdDialect {
    /// Guests a page.
    pub const PAGE: usize = 40;
    /// Guests that are deleted at once, at most.
    pub const REMOVE_AT_ONCE: usize = 7;

    /// A page of all guests.
    ///
    /// # Errors
    /// [`Expired`] for a place that was forgotten.
    ///
    /// # Panics
    /// For a place that it has not made.
    pub fn list<'g>(
        &mut self,
        guests: impl Iterator<Item = &'g Guest>,
        from: Option<&ScanCursor>,
    ) -> Result<GuestsPage, Expired> {
        self.lists += 1;
        let from = match from {
            Some(_) if self.lists % FORGETS_EVERY == FORGETS_AT => return Err(Expired),
            Some(place) => place.as_str().parse().expect("a place is a number"),
            None => 0,
        };
        let mut rows: Vec<(u128, &Guest)> = guests.map(|guest| (scattered(guest.id), guest)).collect();
        rows.sort_unstable_by_key(|(place, _)| *place);
        let total = if rows.len() > COUNTED {
            Total::AtLeast(COUNTED as u64)
        } else {
            Total::Exact(rows.len() as u64)
        };
        // From the last one of the page before on: that one comes twice.
        let page: Vec<(u128, &Guest)> =
            rows.into_iter().filter(|(place, _)| *place >= from).take(Self::PAGE).collect();
        let next = page.last().filter(|_| page.len() == Self::PAGE);
        let next = next.map(|(place, _)| ScanCursor::new(place.to_string()));
        Ok(GuestsPage { guests: page.into_iter().map(|(_, guest)| guest.clone()).collect(), next, total })
    }

    /// What tells two states of a guest apart: the time of the last change.
    #[must_use]
    pub fn revision(guest: &Guest) -> Revision {
        Revision::new(guest.modified_time.to_rfc3339())
    }

    /// Deletes guests, each by `one`, and answers for each, in an order of its own.
    pub fn remove<A>(ids: &[GuestId], mut one: impl FnMut(GuestId) -> A) -> Vec<(GuestId, A)> {
        let mut answers: Vec<(GuestId, A)> = ids.iter().map(|id| (*id, one(*id))).collect();
        answers.sort_by_key(|(id, _)| scattered(*id));
        answers
    }
}

/// A number that says nothing of the guest: neither age nor id decides the order.
fn scattered(id: GuestId) -> u128 {
    id.0.as_u128().wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).rotate_left(61)
}

//! A filter of guests: checked, and what the indexes can answer of it.

use super::guest::{Guest, guest_fields};
use crate::filter::{FilterError, Predicate, parse, range::Areas};

/// A checked guest filter and what the indexes can answer of it.
#[derive(Clone)]
pub(crate) struct GuestFilter {
    pub(super) text: String,
    predicate: Option<Predicate>,
    pub(super) areas: Areas,
}

impl GuestFilter {
    /// Every guest.
    pub(crate) fn none() -> Self {
        Self { text: String::new(), predicate: None, areas: Areas::everything(true) }
    }

    /// # Errors
    /// What is wrong with the text.
    pub(crate) fn new(text: &str) -> Result<Self, FilterError> {
        let predicate = Predicate::new(parse(text)?, &guest_fields)?;
        Ok(Self { text: text.to_owned(), areas: Areas::of(&predicate), predicate: Some(predicate) })
    }

    pub(super) fn holds(&self, guest: &Guest) -> bool {
        self.predicate.as_ref().is_none_or(|predicate| predicate.holds(guest))
    }
}

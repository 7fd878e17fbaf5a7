use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use model::{Attributes, Change, Doomed, Guest, GuestId, ScanCursor, ScanOrder, Selection, Total};

use crate::{
    pipeline::{Error, Lane},
    schema::{ContactSchema, GuestFields},
};

/// The guests of an org.
///
/// An answer about ids is whole or an error: whoever is not in it does not exist or does not match. Where an org hands out
/// fewer than it counts, it is asked on, and [`Error::Incomplete`] says that this did not help.
#[async_trait]
pub trait Guests: Send + Sync {
    /// One page, in order, for people to look at.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a selection that the org refuses, [`Error::Incomplete`], and what every call can meet.
    async fn search(&self, lane: Lane, search: &Search, at: PageAt) -> Result<Found, Error>;

    /// Every match in the order asked for, however many there are.
    fn walk(&self, lane: Lane, search: Search) -> Box<dyn Walk>;

    /// Every match in whatever order costs the org least, for machines; everyone without a selection. `from` goes on where an
    /// earlier scan of the same selection stood.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a selection whose rest cannot be tested here.
    fn scan(
        &self,
        lane: Lane,
        selection: Option<Selection>,
        from: Option<&ScanCursor>,
    ) -> Result<Scan, Error>;

    /// How many match; everyone without a selection.
    ///
    /// # Errors
    /// As [`Guests::search`].
    async fn count(&self, lane: Lane, selection: Option<&Selection>) -> Result<Total, Error>;

    /// One guest.
    ///
    /// # Errors
    /// [`Error::NotFound`], and what every call can meet.
    async fn get(&self, lane: Lane, id: GuestId) -> Result<Guest, Error>;

    /// Those of these guests that the org lists, as they are now; at most [`crate::Limits::guests_page`] ids.
    ///
    /// # Errors
    /// [`Error::Incomplete`], and what every call can meet.
    async fn fetch(&self, lane: Lane, ids: &[GuestId]) -> Result<HashMap<GuestId, Guest>, Error>;

    /// The guests whom the org has merged into this one, as it says beside the guest; `None` where it does not say.
    ///
    /// # Errors
    /// What every call can meet.
    async fn merged_into(&self, _lane: Lane, _id: GuestId) -> Result<Option<Vec<GuestId>>, Error> {
        Ok(None)
    }

    /// Those of these guests that match; at most [`crate::Limits::guests_page`] ids. In as many calls as the address of a
    /// request has room for.
    ///
    /// # Errors
    /// As [`Guests::fetch`].
    async fn matching(
        &self,
        lane: Lane,
        ids: &[GuestId],
        selection: &Selection,
    ) -> Result<HashSet<GuestId>, Error>;

    /// Changes attributes of a guest who is still as they were seen.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`], and what every call can meet.
    async fn apply(&self, lane: Lane, seen: &Guest, changes: &[Change]) -> Result<Applied, Error>;

    /// The changes as the org would keep them: a choice by its key, a number for a text that is one. Nothing is written.
    ///
    /// # Errors
    /// [`Error::Unfit`] with what each field takes, and what every call can meet.
    async fn fit(&self, lane: Lane, seen: &Guest, changes: Vec<Change>) -> Result<Vec<Change>, Error> {
        let _ = (lane, seen);
        Ok(changes)
    }

    /// The schema that a guest's attributes follow, where the org has one for them.
    ///
    /// # Errors
    /// What every call can meet.
    async fn schema(&self, lane: Lane, seen: &Guest) -> Result<Option<ContactSchema>, Error> {
        let _ = (lane, seen);
        Ok(None)
    }

    /// One guest and what may stand in their attributes, asked for at the same time. `None` where any attribute may; an error
    /// in its place where only that could not be read.
    ///
    /// # Errors
    /// As [`Guests::get`].
    async fn get_with_fields(&self, lane: Lane, id: GuestId) -> Result<GuestWithFields, Error> {
        Ok(GuestWithFields { guest: self.get(lane, id).await?, fields: None })
    }

    /// Keeps a guest whom the org made by itself and would let expire: a curated one from then on.
    ///
    /// # Errors
    /// [`Error::NotInThisDialect`] in an org whose guests do not expire by themselves; [`Error::NotFound`], and what every call
    /// can meet.
    async fn promote(&self, lane: Lane, id: GuestId) -> Result<Guest, Error> {
        let _ = (lane, id);
        Err(Error::NotInThisDialect {
            call: "promote guest",
            instead: "Leave the guest as they are: guests of this org do not expire by themselves.",
        })
    }

    /// The attributes in which interactions are counted: how many, the kind of the last one, and when it was.
    ///
    /// # Errors
    /// [`Error::Unfit`] with those that the org does not have, and what every call can meet.
    async fn interaction_keys(&self, lane: Lane, seen: &Guest) -> Result<[String; 3], Error> {
        let _ = (lane, seen);
        Ok(model::INTERACTION_KEYS.map(str::to_owned))
    }

    /// Deletes guests, each only where they are still of the revision named, and answers for each. A delete can wait for the
    /// rate budget or before a further try for a minute and more: `wanted` is asked each time when one would leave, and one that
    /// is not wanted any more is [`Error::Withdrawn`]. One that fails stops no other.
    ///
    /// For each: [`Error::NotFound`] when they were gone before, [`Error::Conflict`] when they have another revision, and what
    /// every call can meet.
    async fn remove(
        &self,
        lane: Lane,
        doomed: &[Doomed],
        wanted: &(dyn Fn(GuestId) -> bool + Sync),
    ) -> Vec<(GuestId, Result<Removed, Error>)>;
}

/// Pages of guests, one after the other.
#[async_trait]
pub trait Walk: Send {
    /// The next page; `None` when all were met. After an error the same page is asked for again; dropping the future gives
    /// the call up and loses no guest.
    ///
    /// # Errors
    /// What every call can meet; [`Error::BadAnswer`] when the org does not keep the order it was asked for; and after the last
    /// page, once, [`Error::Incomplete`] when it counts guests that it did not hand out.
    async fn next_page(&mut self) -> Result<Option<WalkPage>, Error>;

    /// Guests that the org counted and did not hand out, as far as the walk has come.
    fn missing(&self) -> u64;

    /// How many it handed out when the org would hand out no more of the matches; `None` where all were met.
    fn cut_at(&self) -> Option<u64> {
        None
    }
}

/// Guests of a walk.
#[derive(Debug, Clone, PartialEq)]
pub struct WalkPage {
    /// At least one.
    pub guests: Vec<Guest>,
    /// The place after the last of them; `None` in a walk that cannot be taken up again.
    pub cursor: Option<ScanCursor>,
}

/// A walk for machines.
pub struct Scan {
    /// The guests.
    pub pages: Box<dyn Walk>,
    /// In which order they come.
    pub order: ScanOrder,
    /// What the org does not filter by: the guests that it hands out are still to be tested for it.
    pub residual: Option<Selection>,
}

impl Scan {
    /// Whether this guest, whom the org handed out, is meant.
    #[must_use]
    pub fn selects(&self, guest: &Guest) -> bool {
        self.residual.as_ref().is_none_or(|rest| rest.matches(guest))
    }
}

/// Which guests, and in which order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Search {
    /// Text that a person typed, looked for as the org looks: in name and e-mail address, or as the start of an id.
    pub text: Option<String>,
    /// Everyone when absent.
    pub selection: Option<Selection>,
    /// In which order.
    pub sort: Sort,
    /// Without them no guest carries attributes.
    pub with_attributes: bool,
}

/// Which page of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageAt {
    /// From 1.
    pub number: u32,
    /// Guests a page; at most [`crate::Limits::guests_page`].
    pub size: u32,
}

/// One page of a search.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The guests of the page.
    pub guests: Vec<Guest>,
    /// How many match in all.
    pub total: Total,
}

/// What guests can be sorted by; ties by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortField {
    /// When they first came.
    #[default]
    CreatedTime,
    /// Their last activity.
    ModifiedTime,
    /// By name.
    Name,
    /// By e-mail address.
    Email,
    /// By id.
    Id,
}

impl SortField {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::CreatedTime, Self::ModifiedTime, Self::Name, Self::Email, Self::Id];

    /// Its name, in the contract and for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreatedTime => "createdTime",
            Self::ModifiedTime => "modifiedTime",
            Self::Name => "name",
            Self::Email => "email",
            Self::Id => "id",
        }
    }
}

/// An order of guests; oldest first by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sort {
    /// By what.
    pub field: SortField,
    /// Greatest first.
    pub descending: bool,
}

/// A guest to be created.
#[derive(Debug, Clone, PartialEq)]
pub struct NewGuest {
    /// Made by the caller, so that a repeat is the same guest.
    pub id: GuestId,
    /// "Anonymous Guest" when absent.
    pub name: Option<String>,
    /// Optional.
    pub email: Option<String>,
    /// `source` and `initiatedAt` are added where they are absent.
    pub attributes: Attributes,
}

/// A guest and what may stand in their attributes.
#[derive(Debug)]
pub struct GuestWithFields {
    /// The guest.
    pub guest: Guest,
    /// The fields; absent where any attribute may stand there.
    pub fields: Option<Result<GuestFields, Error>>,
}

/// What came of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum Applied {
    /// The guest as they are now.
    Saved(Box<Guest>),
    /// Somebody else changed the guest since they were seen; nothing was written.
    Conflict,
}

/// How a delete is known to have worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// The org said so.
    Deleted,
    /// The org does not know the guest, after a try whose answer was lost: that try did it, or somebody else since.
    Inferred,
}

use std::collections::BTreeSet;

use genesys::{Applied, AttributeRules, Lane, Limits, PageAt, Search, Sort, TotalAbility};
use model::{
    AttributeValue, Attributes, Change, Guest, GuestId, GuestKind, MergeError, NotCountable, Selection,
    TOTAL_INTERACTIONS, Total, trimmed,
};
use proof::Action;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    App, Failure, FailureCode, Result,
    views::{
        AttributeChange, AttributeConflict, Boxed, GuestPage, GuestQuery, GuestView, MOST_INTERACTIONS,
        SaveResult, SortField, Topic, count,
    },
};

/// How often an edit is read, merged and written anew while others write the same guest.
const MERGE_TRIES: u32 = 5;

/// The changed keys before and after; an absent key is left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttributeEdit {
    /// As the org had them.
    pub before: Attributes,
    /// As they are now.
    pub after: Attributes,
    /// Whose attributes they are, where the guest who was named was merged into another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canonical_id: Option<GuestId>,
}

/// What `guests list` walks.
#[derive(Debug, Clone, Default)]
pub struct GuestSelection {
    /// Only those that match.
    pub filter: Option<Selection>,
    /// Only those that the org finds by this text.
    pub search: Option<String>,
    /// Column and whether downwards; the org's own order when absent.
    pub sort: Option<(SortField, bool)>,
    /// Stop after so many.
    pub limit: Option<u64>,
}

impl From<SortField> for genesys::SortField {
    fn from(field: SortField) -> Self {
        match field {
            SortField::CreatedTime => Self::CreatedTime,
            SortField::ModifiedTime => Self::ModifiedTime,
            SortField::Name => Self::Name,
            SortField::Email => Self::Email,
            SortField::Id => Self::Id,
        }
    }
}

impl From<genesys::SortField> for SortField {
    fn from(field: genesys::SortField) -> Self {
        match field {
            genesys::SortField::CreatedTime => Self::CreatedTime,
            genesys::SortField::ModifiedTime => Self::ModifiedTime,
            genesys::SortField::Name => Self::Name,
            genesys::SortField::Email => Self::Email,
            genesys::SortField::Id => Self::Id,
        }
    }
}

impl std::str::FromStr for SortField {
    type Err = Failure;
    fn from_str(text: &str) -> Result<Self> {
        serde_json::from_value(text.into()).map_err(|_| {
            let allowed = "must be createdTime, modifiedTime, name, email or id, with or without :desc";
            Failure::field("sort", allowed)
        })
    }
}

/// The org took the change and answered a guest without the counter.
const NOT_KEPT: &str = "was not kept by the org: it keeps no custom fields of a guest whom it made by itself";

/// What a person typed to search for; nothing is everyone.
fn typed(search: &str) -> Option<String> {
    let text = trimmed(search);
    (!text.is_empty()).then(|| text.to_owned())
}

fn check_keys<'a>(limits: &Limits, keys: impl Iterator<Item = &'a String>) -> Result<()> {
    let most = limits.attribute_key_characters;
    let mut seen = BTreeSet::new();
    for key in keys {
        if key.is_empty() || key.len() > most as usize || key.chars().any(char::is_control) {
            return Err(Failure::field(
                key,
                format!("an attribute's key has 1 to {most} bytes and no control characters"),
            ));
        }
        if !seen.insert(key) {
            return Err(Failure::field(key, "is changed twice in one edit"));
        }
    }
    Ok(())
}

impl App {
    /// A guest as it is shown, with whether the saved policy would let them go.
    pub fn guest_view(&self, guest: Guest) -> GuestView {
        let policy = self.0.retention.policy();
        let due = policy.is_due(&guest, policy.cutoff(self.0.clock.now()));
        GuestView {
            id: guest.id,
            name: guest.name,
            email: guest.email,
            attributes: guest.attributes,
            active: guest.active,
            created_time: guest.created_time,
            modified_time: guest.modified_time,
            revision: guest.revision.as_str().to_owned(),
            kind: guest.kind.map(Into::into),
            phone: guest.phone,
            due: due && guest.kind.is_none_or(|kind| kind == GuestKind::Curated),
        }
    }

    /// One page of the table, by search, filter and sort.
    ///
    /// # Errors
    /// A filter that does not parse comes back by field; [`FailureCode::Incomplete`] when the org counts guests on the page that
    /// it does not hand out; else what the org answered.
    pub async fn guests_page(&self, query: GuestQuery) -> Result<GuestPage> {
        if query.search.len() > 200 {
            return Err(Failure::field("search", "may have at most 200 bytes"));
        }
        let search = Search {
            text: typed(&query.search),
            selection: query.filter.as_deref().map(|text| self.filter(text)).transpose()?,
            sort: Sort { field: query.sort.into(), descending: query.descending },
            with_attributes: true,
        };
        let at = PageAt { number: query.page.max(1), size: self.0.org.can.limits.guests_page };
        let found = self.0.org.guests.search(Lane::Person, &search, at).await?;
        let total = found.total.at_least();
        let handed_out = match self.0.org.can.total {
            TotalAbility::Known => total,
            TotalAbility::Capped(most) => total.min(most.into()),
        };
        Ok(GuestPage {
            guests: found.guests.into_iter().map(|g| self.guest_view(g)).collect(),
            total: count(total),
            exact: matches!(found.total, Total::Exact(_)),
            handed_out: count(handed_out),
            page: at.number,
            page_count: count(handed_out.div_ceil(at.size.into())),
        })
    }

    /// Refuses an order that the org's lists do not have.
    fn may_sort(&self, field: SortField) -> Result<()> {
        if self.0.org.can.sort.contains(&field.into()) {
            return Ok(());
        }
        let message =
            // vendor-fact: scan
            "The API of this connection's org lists guests in an order of its own and cannot sort them.";
        Err(Failure::new(FailureCode::NotInThisDialect, message)
            .with_next("Leave --sort out, and sort the lines that come."))
    }

    /// Walks a selection, also past any page ceiling; `each` gets one guest at a time, so memory does not grow with
    /// their number. Answers how many came where the org's search hands out no more, though more match.
    ///
    /// # Errors
    /// What the org answered, or what `each` failed with; [`FailureCode::Incomplete`] after the last guest when the org
    /// counts guests that it did not hand out.
    pub async fn guests_walk(
        &self,
        selection: &GuestSelection,
        mut each: impl FnMut(Guest) -> Result<()>,
    ) -> Result<Option<u64>> {
        if let Some((field, _)) = selection.sort {
            self.may_sort(field)?;
        }
        let search = Search {
            text: selection.search.as_deref().and_then(typed),
            selection: selection.filter.clone(),
            sort: selection
                .sort
                .map(|(field, descending)| Sort { field: field.into(), descending })
                .unwrap_or_default(),
            with_attributes: true,
        };
        let mut left = selection.limit.unwrap_or(u64::MAX);
        let mut walk = self.0.org.guests.walk(Lane::Person, search);
        while left > 0 {
            let Some(page) = walk.next_page().await? else { break };
            for guest in page.guests {
                if left == 0 {
                    break;
                }
                each(guest)?;
                left -= 1;
            }
        }
        match walk.missing() {
            0 => Ok(walk.cut_at().filter(|_| left > 0)),
            missing => Err(genesys::Error::Incomplete {
                call: "list guests",
                met: selection.limit.unwrap_or_default() - left,
                missing,
            }
            .into()),
        }
    }

    /// Which of these guests (at most 100) have an open conversation.
    pub async fn guests_with_open_conversation(&self, ids: &[GuestId]) -> Result<Vec<GuestId>> {
        let most = self.0.org.can.limits.guests_page;
        if ids.len() > most as usize {
            return Err(Failure::field("ids", format!("may name at most {most} guests")));
        }
        let open = self.0.org.conversations.open_among(Lane::Person, ids).await?;
        Ok(ids.iter().filter(|id| open.open.contains(*id)).copied().collect())
    }

    /// One guest as the org has it.
    pub async fn guest(&self, id: GuestId) -> Result<Guest> {
        Ok(self.0.org.guests.get(Lane::Person, id).await?)
    }

    /// Saves an edit: read, merge, full replacement with the version just read; anew when someone was faster.
    ///
    /// # Errors
    /// Bad keys by field, a read-only connection, or what the org answered. A conflict is an answer, not an error.
    pub async fn guest_save(&self, id: GuestId, changes: Vec<AttributeChange>) -> Result<SaveResult> {
        check_keys(&self.0.org.can.limits, changes.iter().map(|change| &change.key))?;
        let unbox = |boxed: Option<Boxed>| boxed.map(|boxed| boxed.value);
        let changes = changes.into_iter();
        let changes: Vec<Change> =
            changes.map(|c| Change { key: c.key, before: unbox(c.before), after: unbox(c.after) }).collect();
        match self.edit(id, |now| model::merge(now, &changes)).await? {
            Ok(guest) => Ok(SaveResult::Saved { guest: self.guest_view(guest) }),
            Err((theirs, MergeError(conflicts))) => Ok(SaveResult::Conflict {
                theirs: self.guest_view(theirs),
                conflicts: conflicts
                    .into_iter()
                    .map(|c| {
                        let boxed = |v: Option<model::AttributeValue>| v.map(|value| Boxed { value });
                        AttributeConflict {
                            key: c.ours.key,
                            base: boxed(c.ours.before),
                            ours: boxed(c.ours.after),
                            theirs: boxed(c.theirs),
                        }
                    })
                    .collect(),
            }),
        }
    }

    /// Counts an interaction on top of what the org has, re-reading after a concurrent change. The same `write_id`
    /// again is the same interaction.
    ///
    /// # Errors
    /// Bad input by field, a count in the org that nothing can be added to, a read-only connection, or what the org
    /// answered.
    pub async fn guest_interaction(&self, write_id: Uuid, id: GuestId, kind: &str, by: u32) -> Result<Guest> {
        if kind.is_empty() || kind.len() > 64 || kind.chars().any(char::is_control) {
            return Err(Failure::field(
                "type",
                "must have 1 to 64 bytes and no control characters, such as message or call",
            ));
        }
        if by > MOST_INTERACTIONS {
            return Err(Failure::field("by", "must be a whole number from 0 to 1,000,000"));
        }
        let write = async {
            let now = self.0.clock.now();
            let keys = match self.0.org.can.attributes {
                AttributeRules::Free => model::INTERACTION_KEYS.map(str::to_owned),
                AttributeRules::Schema => self.interaction_keys(&self.guest(id).await?).await?,
            };
            let count = |theirs: &Attributes| {
                let mut next = theirs.clone();
                model::record_interaction_as(&keys, &mut next, kind, by, now)?;
                Ok(next)
            };
            let counted = self.edit(id, count).await?.map_err(|(_, problem): (_, NotCountable)| {
                Failure::field(TOTAL_INTERACTIONS, problem.to_string())
                    .with_next("Set totalInteractions to a whole number first, then count again.")
            })?;
            match counted.attributes.contains_key(&keys[0]) {
                true => Ok(counted),
                false => Err(Failure::field(TOTAL_INTERACTIONS, NOT_KEPT).with_next(
                    "Keep the guest for good first, which the window offers beside them, then count again.",
                )),
            }
        };
        Box::pin(self.0.interactions.run(write_id, write)).await
    }

    /// Under which keys a guest has the three counters of interactions.
    pub(crate) async fn interaction_keys(&self, guest: &Guest) -> Result<[String; 3]> {
        Ok(match self.0.org.can.attributes {
            AttributeRules::Free => model::INTERACTION_KEYS.map(str::to_owned),
            AttributeRules::Schema => self.0.org.guests.interaction_keys(Lane::Person, guest).await?,
        })
    }

    /// Read, decide, full replacement; 409 or a lost answer starts over. Where the org then shows our own write, it is
    /// done and never written on top.
    async fn edit<E>(
        &self,
        id: GuestId,
        decide: impl Fn(&Attributes) -> Result<Attributes, E>,
    ) -> Result<Result<Guest, (Guest, E)>> {
        self.may_write()?;
        let mut written: Option<(Attributes, u64)> = None;
        for _ in 0..MERGE_TRIES {
            let theirs = self.0.org.guests.get(Lane::Person, id).await?;
            if let Some((_, fields)) = written.as_ref().filter(|(ours, _)| *ours == theirs.attributes) {
                self.edited(id, *fields).await;
                return Ok(Ok(theirs));
            }
            let attributes = match decide(&theirs.attributes) {
                Ok(attributes) => attributes,
                Err(conflict) => return Ok(Err((theirs, conflict))),
            };
            if attributes == theirs.attributes {
                return Ok(Ok(theirs));
            }
            let changes = model::diff(&theirs.attributes, &attributes);
            let fields = changes.len() as u64;
            match self.0.org.guests.apply(Lane::Person, &theirs, &changes).await {
                Ok(Applied::Saved(guest)) => {
                    self.edited(id, fields).await;
                    return Ok(Ok(*guest));
                }
                Err(error) if !error.perhaps_processed() => return Err(error.into()),
                Ok(Applied::Conflict) | Err(_) => written = Some((attributes, fields)),
            }
        }
        Err(Failure::new(FailureCode::Conflict, "Others keep changing this guest; nothing was written."))
    }

    async fn edited(&self, id: GuestId, fields: u64) {
        self.record(Some(id), Action::GuestEdited { fields }).await;
        self.0.notices.stale(Topic::Guests);
    }

    /// Sets and removes attributes by key, merged onto what the org has. With `dry_run` nothing is written.
    ///
    /// # Errors
    /// Bad keys by field; [`FailureCode::Conflict`] when someone else changed the same keys meanwhile.
    pub async fn guest_set(
        &self,
        id: GuestId,
        sets: Vec<(String, AttributeValue)>,
        unset: &[String],
        dry_run: bool,
    ) -> Result<AttributeEdit> {
        // What cannot be a key is told before the org is asked.
        check_keys(&self.0.org.can.limits, sets.iter().map(|(key, _)| key).chain(unset))?;
        let guest = self.guest(id).await?;
        let sets = sets.into_iter().map(|(key, value)| (key, Some(value)));
        let all = sets.chain(unset.iter().map(|key| (key.clone(), None)));
        let changes = all.map(|(key, after)| {
            let before = guest.attributes.get(&key).cloned();
            Change { key, before, after }
        });
        let changes = self.0.org.guests.fit(Lane::Person, &guest, changes.collect()).await?;
        let mut wanted = guest.attributes.clone();
        for Change { key, after, .. } in &changes {
            match after {
                Some(value) => wanted.insert(key.clone(), value.clone()),
                None => wanted.remove(key),
            };
        }
        let canonical_id = Some(guest.id).filter(|canonical| *canonical != id);
        let mut edit = AttributeEdit { canonical_id, ..AttributeEdit::default() };
        for change in model::diff(&guest.attributes, &wanted) {
            edit.before.extend(change.before.map(|v| (change.key.clone(), v)));
            edit.after.extend(change.after.map(|v| (change.key.clone(), v)));
        }
        if !dry_run && let Err((_, conflict)) = self.edit(id, |now| model::merge(now, &changes)).await? {
            return Err(Failure::new(FailureCode::Conflict, conflict.to_string()));
        }
        Ok(edit)
    }
}

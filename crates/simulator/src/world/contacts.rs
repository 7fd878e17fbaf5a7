//! Guests as the external contacts of the vendor's API: which are listed, and lists and searches of them.

use serde_json::Value;
use uuid::Uuid;

use super::{
    Guest, World,
    contact_record::{ContactKind, ContactRecord, Note},
    contact_schema::ContactSchema,
    guests::Sort,
    matches::Matches,
};

/// How many merges in a row are followed to the canonical contact.
const LONGEST_CHAIN: usize = 64;

/// Which contacts a list asks for, and in which order.
pub(crate) struct ListContacts<'a> {
    /// Words that all have to occur in names, e-mails or phones; empty for every contact.
    pub(crate) words: &'a str,
    /// Only these, where there are any.
    pub(crate) ids: &'a [Uuid],
    pub(crate) sort: ContactSort,
    pub(crate) descending: bool,
    pub(crate) skip: usize,
    pub(crate) take: usize,
}

/// What a list of contacts can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContactSort {
    FirstName,
    MiddleName,
    LastName,
    Title,
}

impl World {
    pub(crate) fn contact_record(&self, id: Uuid) -> Option<&ContactRecord> {
        self.contact_records.get(&id)
    }

    /// A guest with an e-mail is a curated contact, one without is ephemeral, until the contact is written: then it stays what it
    /// was, or was made.
    pub(crate) fn contact_kind(&self, guest: &Guest) -> ContactKind {
        match self.contact_record(guest.id) {
            Some(record) => record.kind,
            None if guest.email.is_some() => ContactKind::Curated,
            None => ContactKind::Ephemeral,
        }
    }

    /// Whether lists, searches and scans have the contact: it is curated, and no other stands for it.
    pub(crate) fn is_listed(&self, guest: &Guest) -> bool {
        self.contact_kind(guest) == ContactKind::Curated
            && self.contact_record(guest.id).is_none_or(|record| record.merged_into.is_none())
    }

    /// The contact that stands for this id: itself, or the one that it was merged into.
    pub(crate) fn canonical(&self, id: Uuid) -> Option<&Guest> {
        let mut id = id;
        for _ in 0..LONGEST_CHAIN {
            match self.contact_record(id).and_then(|record| record.merged_into) {
                Some(into) => id = into,
                None => break,
            }
        }
        self.guest(id)
    }

    /// The listed contacts after this id in the order of ids, which is the order of a scan.
    pub(crate) fn listed_after(&self, after: Option<Uuid>, take: usize) -> Vec<&Guest> {
        let order = self.guests.order(Sort::Id);
        let mut from = after.map_or(0, |after| order.rank(|row| row.id() <= after.as_u128()));
        let mut found = Vec::with_capacity(take);
        while found.len() < take && from < order.len() {
            let to = from + 2 * take;
            let rows = order.ranks(from, to).filter_map(|row| self.guests.at(row.slot));
            found.extend(rows.filter(|guest| self.is_listed(guest)).take(take - found.len()));
            from = to;
        }
        found
    }

    /// The last listed contacts up to and with this id, in the order of a scan.
    pub(crate) fn listed_up_to(&self, last: Uuid, take: usize) -> Vec<&Guest> {
        let order = self.guests.order(Sort::Id);
        let to = order.rank(|row| row.id() <= last.as_u128());
        let rows =
            order.ranks(to.saturating_sub(4 * take), to).rev().filter_map(|row| self.guests.at(row.slot));
        let mut found: Vec<&Guest> = rows.filter(|guest| self.is_listed(guest)).take(take).collect();
        found.reverse();
        found
    }

    /// The notes about a contact, oldest first.
    pub(crate) fn notes(&self, contact: Uuid) -> &[Note] {
        self.notes.get(&contact).map_or(&[], Vec::as_slice)
    }

    pub(super) fn put_note(&mut self, note: Note) {
        let notes = self.notes.entry(note.contact).or_default();
        notes.retain(|other| other.id != note.id);
        notes.push(note);
    }

    /// The custom fields of contacts.
    pub(crate) fn schema(&self) -> &ContactSchema {
        &self.schema
    }

    /// One page of the listed contacts, and how many there are in all.
    pub(crate) fn list_contacts(&mut self, query: &ListContacts<'_>) -> (Vec<&Guest>, usize) {
        if !query.ids.is_empty() {
            let words = words(query.words);
            let known = query.ids.iter().filter_map(|id| self.guest(*id));
            let found: Vec<&Guest> =
                known.filter(|g| self.is_listed(g) && self.speaks_of(g, &words)).collect();
            let total = found.len();
            return (found.into_iter().skip(query.skip).take(query.take).collect(), total);
        }
        let kept = self.contact_matches.take().filter(|kept| kept.filter == query.words);
        let matches = kept.unwrap_or_else(|| self.contacts_with(query.words));
        let total = matches.total;
        let slots = self.page_of_contacts(&matches, query);
        // Kept until a guest changes, so that only the first page of a search has to look.
        self.contact_matches = Some(matches);
        (slots.into_iter().filter_map(|slot| self.guests.at(slot)).collect(), total)
    }

    /// The listed contacts in whose name, e-mails or phones these words occur.
    pub(crate) fn listed_contacts_saying(&self, text: &str) -> Vec<&Guest> {
        let matches = self.contacts_with(text);
        let rows = self.guests.order(Sort::Id).select(|row| matches.has(row), 0, matches.total, false);
        rows.into_iter().filter_map(|row| self.guests.at(row.slot)).collect()
    }

    fn contacts_with(&self, text: &str) -> Matches {
        let words = words(text);
        let mut bits = vec![0u64; (self.guests.slots() as usize).div_ceil(64)];
        let mut total = 0;
        for slot in 0..self.guests.slots() {
            let Some(guest) = self.guests.at(slot) else { continue };
            if self.is_listed(guest) && self.speaks_of(guest, &words) {
                bits[slot as usize / 64] |= 1 << (slot % 64);
                total += 1;
            }
        }
        Matches { filter: text.to_owned(), bits, total }
    }

    fn page_of_contacts(&self, matches: &Matches, query: &ListContacts<'_>) -> Vec<u32> {
        if query.sort == ContactSort::FirstName {
            let order = self.guests.order(Sort::Name);
            let rows = order.select(|row| matches.has(row), query.skip, query.take, query.descending);
            return rows.into_iter().map(|row| row.slot).collect();
        }
        let rows = self.guests.order(Sort::Id).ranks(0, self.guests.len()).filter(|row| matches.has(row));
        let mut slots: Vec<u32> = rows.map(|row| row.slot).collect();
        slots.sort_by_cached_key(|slot| {
            self.guests.at(*slot).map(|guest| self.sort_key(guest, query.sort)).unwrap_or_default()
        });
        if query.descending {
            slots.reverse();
        }
        slots.into_iter().skip(query.skip).take(query.take).collect()
    }

    fn sort_key(&self, guest: &Guest, sort: ContactSort) -> String {
        let record = self.contact_record(guest.id);
        let member =
            |name: &str| record.and_then(|record| record.fields.get(name)?.as_str()).unwrap_or_default();
        match sort {
            ContactSort::LastName if record.is_none() => {
                guest.name.split_once(' ').map_or("", |(_, last)| last).to_owned()
            }
            ContactSort::LastName => member("lastName").to_owned(),
            ContactSort::MiddleName => member("middleName").to_owned(),
            ContactSort::Title => member("title").to_owned(),
            ContactSort::FirstName => guest.name.to_string(),
        }
    }

    /// Whether each word occurs in the contact's name, e-mails or phones. The words are in lower case.
    fn speaks_of(&self, guest: &Guest, words: &[String]) -> bool {
        if words.is_empty() {
            return true;
        }
        let mut text = guest.name.to_lowercase();
        if let Some(email) = &guest.email {
            text.push(' ');
            text.push_str(&email.to_lowercase());
        }
        let record = self.contact_record(guest.id);
        if record.is_none() && words.iter().any(|word| word.contains(|c: char| c.is_ascii_digit())) {
            text.push(' ');
            text.push_str(&seeded_phone(guest.id).unwrap_or_default());
        }
        for (name, value) in record.iter().flat_map(|record| &record.fields) {
            let said = match value {
                Value::String(said) => said.as_str(),
                Value::Object(phone) if name.ends_with("Phone") => {
                    match phone.get("e164").and_then(Value::as_str) {
                        Some(number) => number,
                        None => continue,
                    }
                }
                _ => continue,
            };
            text.push(' ');
            text.push_str(&said.to_lowercase());
        }
        words.iter().all(|word| text.contains(word.as_str()))
    }
}

/// The phone of a contact that nobody wrote by this dialect: every second one has one, always the same.
pub(crate) fn seeded_phone(id: Uuid) -> Option<String> {
    let number = id.as_u128();
    number.is_multiple_of(2).then(|| format!("+1317555{:04}", (number >> 8) % 10_000))
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_lowercase).collect()
}

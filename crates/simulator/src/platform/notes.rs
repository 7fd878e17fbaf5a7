//! Notes about contacts.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    contact::{division, uri},
    interaction::Interaction,
    paging::{Page, Query, partial},
};
use crate::{
    clock::rfc3339,
    ledger::{Entry, Kind},
    org::{Call, Fields, Org, Refusal, Reply},
    trouble::Trouble,
    world::{Change, Note},
};

/// Characters of a note.
const LONGEST: usize = 10_000;
/// Who writes them: this org knows no other author than its one client.
const AUTHOR: &str = "API client";

fn view(note: &Note) -> Value {
    json!({
        "id": note.id,
        "division": division(),
        "entityId": note.contact,
        "entityType": "contact",
        "noteText": note.text,
        "createDate": rfc3339(note.created),
        "modifyDate": rfc3339(note.created),
        "createdBy": { "id": Interaction::user(AUTHOR), "name": AUTHOR },
        "selfUri": format!("{}/notes/{}", uri(note.contact), note.id),
    })
}

impl Org {
    pub(super) fn list_notes(
        &self,
        id: &str,
        call: &Call,
        trouble: Option<&Trouble>,
    ) -> Result<Reply, Refusal> {
        let contact = self.known_contact(id)?.id;
        let mut query = Query::of(call);
        let (size, number) = (query.number("pageSize", 1, 100), query.number("pageNumber", 1, 1000));
        query.check()?;
        let page = Page::of(size, number)?;
        let notes = self.world.notes(contact);
        let mut rows: Vec<Value> = notes.iter().skip(page.skip()).take(page.size).map(view).collect();
        let is_partial = partial(&mut rows, trouble);
        let path = query.path_without(&format!("{}/notes", uri(contact)), &["pageNumber"]);
        Ok(Reply::json(200, &page.listing(&rows, notes.len(), &path, is_partial)))
    }

    pub(super) fn create_note(&mut self, id: &str, call: &Call) -> Result<Reply, Refusal> {
        let contact = self.known_contact(id)?.id;
        let mut fields = Fields::of(call)?;
        let text = fields.text("noteText").unwrap_or_default();
        if !(1..=LONGEST).contains(&text.chars().count()) {
            fields.fault("noteText", "must have 1 to 10,000 characters");
        }
        fields.check()?;
        let note = Note { id: Uuid::new_v4(), contact, text, created: self.now() };
        let reply = Reply::json(200, &view(&note));
        self.commit(vec![Change::Note(note)])?;
        Ok(reply.with(Entry::of_guest(Kind::Changed, contact)))
    }
}

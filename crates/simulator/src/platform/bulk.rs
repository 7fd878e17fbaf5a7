//! Many contacts in one request: read or removed, each with a result of its own, in whatever order.

use serde_json::{Value, json};
use uuid::Uuid;

use super::contact::view;
use crate::{
    ledger::{Entry, Kind},
    org::{Call, Fields, Org, Refusal, Reply},
    trouble::Trouble,
    world::mix,
};

/// Contacts in one request. The vendor documents no number; this is what its clients keep to.
const MOST: usize = 100;

/// What became of one of them.
struct Item {
    id: String,
    outcome: Result<Option<Value>, (u16, &'static str, String)>,
}

impl Org {
    pub(super) fn bulk_fetch_contacts(
        &mut self,
        call: &Call,
        trouble: Option<&Trouble>,
    ) -> Result<Reply, Refusal> {
        let mut items = Vec::new();
        for id in asked(call)? {
            let outcome = match self.failing(trouble) {
                Some(failure) => Err(failure),
                None => self.fetched(&id),
            };
            items.push(Item { id, outcome });
        }
        Ok(answer(items))
    }

    fn fetched(&self, id: &str) -> Result<Option<Value>, (u16, &'static str, String)> {
        let canonical = self.known_contact(id).ok().and_then(|guest| self.world.canonical(guest.id));
        canonical.map(|guest| Some(view(&self.world, guest, false))).ok_or_else(missing)
    }

    pub(super) fn bulk_remove_contacts(
        &mut self,
        call: &Call,
        trouble: Option<&Trouble>,
    ) -> Result<Reply, Refusal> {
        let (mut items, mut gone): (Vec<Item>, Vec<Uuid>) = (Vec::new(), Vec::new());
        for id in asked(call)? {
            let outcome = match self.failing(trouble) {
                Some(failure) => Err(failure),
                None => match self.removable_contact(&id) {
                    Ok(known) if !gone.contains(&known) => {
                        gone.push(known);
                        Ok(None)
                    }
                    Ok(_) => Err(missing()),
                    Err(refusal) if refusal.status() == 404 => Err(missing()),
                    Err(refusal) => Err((refusal.status(), "conflict", refusal.says().to_owned())),
                },
            };
            items.push(Item { id, outcome });
        }
        self.remove_contacts(&gone)?;
        let reply = answer(items);
        Ok(gone.into_iter().fold(reply, |reply, id| reply.with(Entry::of_guest(Kind::Deleted, id))))
    }

    /// Why the weather lets the next item fail, where it does.
    fn failing(&mut self, trouble: Option<&Trouble>) -> Option<(u16, &'static str, String)> {
        let Some(Trouble::BulkFail(share)) = trouble else { return None };
        self.platform.bulk_items += 1;
        let rolled = mix(self.platform.bulk_items) % 1_000_000;
        let says = "The service is currently unavailable.".to_owned();
        (rolled < u64::from(share.millionths())).then_some((503, "service.unavailable", says))
    }
}

fn missing() -> (u16, &'static str, String) {
    (404, "not.found", "The requested contact was not found.".to_owned())
}

/// The ids of a body `{"entities":[{"id"}]}`.
fn asked(call: &Call) -> Result<Vec<String>, Refusal> {
    let mut fields = Fields::of(call)?;
    let entities = fields.any("entities").and_then(Value::as_array).cloned().unwrap_or_default();
    let ids: Option<Vec<String>> =
        entities.iter().map(|entity| entity["id"].as_str().map(str::to_owned)).collect();
    match &ids {
        Some(ids) if (1..=MOST).contains(&ids.len()) => {}
        _ => fields.fault("entities", &format!("must be a list of 1 to {MOST} objects with an id")),
    }
    fields.check()?;
    Ok(ids.unwrap_or_default())
}

/// The results in an order that is not the question's, as the vendor warns.
fn answer(mut items: Vec<Item>) -> Reply {
    items.sort_by_key(|item| {
        mix(item.id.bytes().fold(0, |sum: u64, byte| sum.rotate_left(5) ^ u64::from(byte)))
    });
    let failed = items.iter().enumerate().filter(|(_, item)| item.outcome.is_err());
    let indexes: Vec<usize> = failed.map(|(n, _)| n).collect();
    let results: Vec<Value> = items
        .into_iter()
        .map(|Item { id, outcome }| match outcome {
            Ok(Some(entity)) => json!({ "id": id, "success": true, "status": 200, "entity": entity }),
            Ok(None) => json!({ "id": id, "success": true, "status": 204 }),
            Err((status, code, says)) => json!({
                "id": id, "success": false, "status": status,
                "error": {
                    "code": code, "message": says, "status": status, "retryable": status >= 500,
                    "details": [], "entity": { "id": id },
                },
            }),
        })
        .collect();
    Reply::json(200, &json!({ "results": results, "errorCount": indexes.len(), "errorIndexes": indexes }))
}

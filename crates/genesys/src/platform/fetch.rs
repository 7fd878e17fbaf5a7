//! Contacts by their ids: in bulk where the org takes that, else one by one.

use std::collections::HashMap;

use model::{Guest, GuestId, Revision};

use super::{
    Platform,
    answers::no_sense,
    bulk::{self, ItemSays, Refusal, named},
    contact::Contact,
};
use crate::pipeline::{Error, Lane, call::Call};

const CALL: &str = "get contacts";

impl Platform {
    /// Those of these contacts that there are, of whatever kind. Whom a bulk answer leaves out or fails for is read alone, so
    /// that only the org's own word makes anybody absent.
    pub(super) async fn fetch_contacts(
        &self,
        lane: Lane,
        ids: &[GuestId],
    ) -> Result<HashMap<GuestId, Guest>, Error> {
        let mut found = HashMap::new();
        let mut left: Vec<GuestId> = Vec::new();
        for id in ids {
            if !left.contains(id) {
                left.push(*id);
            }
        }
        while !left.is_empty() {
            let size = self.bulk.fetch.next();
            let part: Vec<GuestId> = left[..size.unwrap_or(1).clamp(1, left.len())].to_vec();
            let alone = match size {
                None => part.clone(),
                Some(_) => match self.fetch_part(lane, &part, &mut found).await {
                    Ok(alone) => alone,
                    Err(error) => match Refusal::of(&error) {
                        Some(Refusal::TooMany) if part.len() == 1 => part.clone(),
                        Some(refusal) => {
                            self.bulk.fetch.refused(part.len(), refusal);
                            continue;
                        }
                        None => return Err(error),
                    },
                },
            };
            for id in alone {
                if let Some(guest) = self.read_alone(lane, id).await? {
                    found.insert(id, guest);
                }
            }
            left.drain(..part.len());
        }
        Ok(found)
    }

    /// Answers those who still have to be read alone.
    async fn fetch_part(
        &self,
        lane: Lane,
        part: &[GuestId],
        found: &mut HashMap<GuestId, Guest>,
    ) -> Result<Vec<GuestId>, Error> {
        let call = Call::post(CALL, lane, "/api/v2/externalcontacts/bulk/contacts", &named(part));
        let mut said = self.pipeline.settle(&call, |body| bulk::read(body, part)).await.result?;
        self.bulk.fetch.answered(part.len());
        let mut alone = Vec::new();
        for id in part {
            match said.remove(id) {
                Some(ItemSays::Done(Some(entity))) => {
                    let guest = Contact::read(entity).and_then(|contact| as_asked(&contact, *id));
                    found.insert(*id, guest.map_err(|why| no_sense(CALL, &why))?);
                }
                Some(ItemSays::Refused(404 | 410, _)) => {}
                Some(ItemSays::Done(None) | ItemSays::Refused(..)) | None => alone.push(*id),
            }
        }
        Ok(alone)
    }

    async fn read_alone(&self, lane: Lane, id: GuestId) -> Result<Option<Guest>, Error> {
        match self.contact(lane, id).await {
            Ok(contact) => as_asked(&contact, id).map(Some).map_err(|why| no_sense(CALL, &why)),
            Err(Error::NotFound(_) | Error::Gone(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The guest under the id that was asked for: where the org answers with another contact, this one was merged into it.
fn as_asked(contact: &Contact, asked: GuestId) -> Result<Guest, String> {
    let guest = contact.guest()?;
    if guest.id == asked {
        return Ok(guest);
    }
    let into = guest.canonical_id.unwrap_or(guest.id);
    let revision = Revision::new(format!("{} merged into {into}", guest.revision));
    Ok(Guest { id: asked, canonical_id: Some(into), revision, ..guest })
}

//! The scan: every curated contact in an order of the org's own, by a cursor that it may forget.

use std::collections::HashSet;

use async_trait::async_trait;
use model::{Guest, GuestId, GuestKind, ScanCursor, Selection};
use serde::Deserialize;
use serde_json::Value;

use super::{Platform, answers::no_sense, contacts::guests_of, limits::SCAN_PAGE};
use crate::{
    pipeline::{Error, Lane, call::Call, read_json::read},
    ports::{Walk, WalkPage},
};

const CALL: &str = "scan contacts";
/// A cursor that was forgotten begins the scan again, so often without a contact that was not handed out before.
const MOST_RESTARTS: u32 = 8;
/// Contacts in a row that were handed out before, beyond twice as many as there are: then the org goes in a circle.
const MOST_REPEATED: u64 = 10_000;

/// A scan over all curated contacts. It keeps the 16 bytes of each id, so that over repeated rows and cursors that expire nobody
/// is handed out twice and nobody is left out.
pub(super) struct ScanWalk {
    api: Platform,
    lane: Lane,
    selection: Option<Selection>,
    /// Whether those are handed out, too, of whom the org does not say which kind they are, and those that were merged.
    whole_list: bool,
    place: Place,
    met: HashSet<GuestId>,
    restarts: u32,
    repeated: u64,
    /// An answer said of itself that rows are missing.
    partial: bool,
}

enum Place {
    Begin,
    After(String),
    End,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScanAnswer {
    entities: Vec<Value>,
    cursors: Option<Cursors>,
    /// The org itself says that rows are missing. Lists say so; should a scan, it is believed.
    partial_results: Option<bool>,
}

#[derive(Deserialize)]
struct Cursors {
    after: Option<String>,
}

impl ScanWalk {
    /// For machines: curated contacts only that are nobody's former record.
    pub fn new(api: Platform, lane: Lane, selection: Option<Selection>, from: Option<&ScanCursor>) -> Self {
        let place = from.map_or(Place::Begin, |from| Place::After(from.as_str().to_owned()));
        let met = HashSet::new();
        let (restarts, repeated, partial) = Default::default();
        Self { api, lane, selection, whole_list: false, place, met, restarts, repeated, partial }
    }

    /// For people, who see what the org lists.
    pub fn whole_list(self) -> Self {
        Self { whole_list: true, ..self }
    }

    fn is_wanted(&self, guest: &Guest) -> bool {
        let listed = match guest.kind {
            Some(kind) => kind == GuestKind::Curated,
            None => self.whole_list,
        };
        listed
            && (self.whole_list || !guest.is_merged_away())
            && self.selection.as_ref().is_none_or(|only| only.matches(guest))
    }

    /// One page. An answer that forgot the cursor begins the scan again; `None` then.
    async fn ask(&mut self) -> Result<Option<(Vec<Guest>, Option<String>)>, Error> {
        let mut query = vec![("limit", SCAN_PAGE.to_string())];
        let cursor = match &self.place {
            Place::After(cursor) => Some(cursor.clone()),
            Place::Begin | Place::End => None,
        };
        query.extend(cursor.iter().map(|cursor| ("cursor", cursor.clone())));
        let call = Call { query, ..Call::get(CALL, self.lane, "/api/v2/externalcontacts/scan/contacts") };
        let answer = self.api.pipeline.settle(&call, |body| {
            let answer: ScanAnswer = read(body)?;
            let after = answer.cursors.and_then(|cursors| cursors.after).filter(|after| !after.is_empty());
            Ok((guests_of(answer.entities)?, after, answer.partial_results == Some(true)))
        });
        match answer.await.result {
            Ok((_, _, true)) => {
                self.partial = true;
                Err(Error::Incomplete { call: CALL, met: self.met.len() as u64, missing: self.missing() })
            }
            Ok((guests, after, false)) => {
                self.partial = false;
                Ok(Some((guests, after)))
            }
            Err(error) if cursor.is_some() && is_expired(&error) => {
                self.restarts += 1;
                if self.restarts > MOST_RESTARTS {
                    return Err(Error::CursorExpired { call: CALL });
                }
                self.place = Place::Begin;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

#[async_trait]
impl Walk for ScanWalk {
    async fn next_page(&mut self) -> Result<Option<WalkPage>, Error> {
        while !matches!(self.place, Place::End) {
            let Some((mut guests, after)) = self.ask().await? else { continue };
            let rows = guests.len() as u64;
            guests.retain(|guest| self.met.insert(guest.id));
            if guests.is_empty() {
                self.repeated += rows;
            } else {
                (self.repeated, self.restarts) = (0, 0);
            }
            if self.repeated > MOST_REPEATED + 2 * self.met.len() as u64 {
                return Err(no_sense(CALL, "it hands out the same contacts again and again"));
            }
            self.place = match after {
                Some(after) if rows > 0 => Place::After(after),
                _ => Place::End,
            };
            guests.retain(|guest| self.is_wanted(guest));
            if !guests.is_empty() {
                let cursor = match &self.place {
                    Place::After(after) => Some(ScanCursor::new(after.clone())),
                    Place::Begin | Place::End => None,
                };
                return Ok(Some(WalkPage { guests, cursor }));
            }
        }
        Ok(None)
    }

    /// A scan counts nothing: one that ends too early without a word is not noticed.
    fn missing(&self) -> u64 {
        u64::from(self.partial)
    }
}

/// The vendor does not write down how it says that a cursor expired (platform.md, "Pinned details").
fn is_expired(error: &Error) -> bool {
    match error {
        Error::NotFound(_) | Error::Gone(_) => true,
        Error::Invalid { said, .. } => said.status == 400,
        Error::BadAnswer { status, .. } => matches!(status, 404 | 410),
        _ => false,
    }
}

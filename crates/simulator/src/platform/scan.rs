//! The scan: every listed contact, page by page along a cursor.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    contact::view,
    paging::{Query, held_back},
};
use crate::{
    clock::Millis,
    ledger::{Entry, Kind},
    org::{Call, Org, Refusal, Reply},
    trouble::Trouble,
    world::Guest,
};

const SCAN: &str = "/api/v2/externalcontacts/scan/contacts";
const DEFAULT_LIMIT: usize = 100;
/// How long a cursor is good.
const CURSOR: Millis = 24 * 3600 * 1000;

impl Org {
    pub(super) fn scan_contacts(&mut self, call: &Call, trouble: Option<&Trouble>) -> Result<Reply, Refusal> {
        let mut query = Query::of(call);
        let limit = query.number("limit", 10, 200).unwrap_or(DEFAULT_LIMIT);
        query.check()?;
        let after = match query.text("cursor") {
            None | Some("") => None,
            Some(cursor) => Some(self.read_cursor(cursor).ok_or_else(expired)?),
        };
        let mut gone = Vec::new();
        if let Some(Trouble::Vanish(most)) = trouble {
            gone = self.world.listed_after(after, *most as usize).iter().map(|guest| guest.id).collect();
            self.remove_contacts(&gone)?;
        }
        let mut found: Vec<&Guest> = Vec::new();
        if matches!(trouble, Some(Trouble::RepeatRows))
            && let Some(last) = after
        {
            found = self.world.listed_up_to(last, limit / 2);
        }
        found.extend(self.world.listed_after(after, limit - found.len()));
        let last = found.last().map(|guest| guest.id).filter(|_| found.len() == limit);
        held_back(&mut found, trouble);
        let views: Vec<Value> = found.into_iter().map(|guest| view(&self.world, guest, false)).collect();
        let own = query.path_without(SCAN, &["cursor"]);
        let mut listing = json!({ "entities": views, "selfUri": query.path_without(SCAN, &[]) });
        if let Some(last) = last {
            let cursor = self.cursor_after(last);
            let join = if own.contains('?') { '&' } else { '?' };
            listing["nextUri"] = json!(format!("{own}{join}cursor={cursor}"));
            listing["cursors"] = json!({ "after": cursor });
        }
        let reply = Reply::json(200, &listing);
        Ok(gone.into_iter().fold(reply, |reply, id| reply.with(Entry::of_guest(Kind::Deleted, id))))
    }

    fn cursor_after(&self, last: Uuid) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(format!("{}.{}.{last}", self.platform.cursor_round, self.now()))
    }

    /// After which contact to go on; `None` for a cursor that was never given or is expired.
    fn read_cursor(&self, cursor: &str) -> Option<Uuid> {
        let plain = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let mut parts = plain.split('.');
        let round: u64 = parts.next()?.parse().ok()?;
        let since: Millis = parts.next()?.parse().ok()?;
        let last = Uuid::try_parse(parts.next()?).ok()?;
        let good = round == self.platform.cursor_round && self.now() < since.saturating_add(CURSOR);
        good.then_some(last)
    }
}

fn expired() -> Refusal {
    Refusal::new(400, "invalid.value", "The cursor is not valid or has expired.")
}

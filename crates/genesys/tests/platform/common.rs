use std::sync::Arc;

use genesys::{Dialect, Lane, Org, Walk};
use model::{Guest, GuestId};
use serde_json::{Value, json};
use testkit::{Canned, TokioClock, guest_id, settings};

pub const CONTACTS: &str = "/api/v2/externalcontacts/contacts";
pub const SCAN: &str = "/api/v2/externalcontacts/scan/contacts";
pub const FETCH: &str = "/api/v2/externalcontacts/bulk/contacts";
pub const REMOVE: &str = "/api/v2/externalcontacts/bulk/contacts/remove";
pub const SCHEMAS: &str = "/api/v2/externalcontacts/contacts/schemas";
pub const QUERY: &str = "/api/v2/analytics/conversations/details/query";

/// What the clock shows when a test begins.
pub const NOW: &str = "2026-11-22T12:00:00Z";

pub const LANE: Lane = Lane::Person;

/// The console's side of an org of one function.
pub fn org(canned: &Canned) -> Org {
    let clock = Arc::new(TokioClock::at(NOW));
    Org::connect(Dialect::GenesysCloud, settings(), Arc::new(canned.clone()), clock)
}

/// A curated contact.
pub fn contact(n: u128) -> Value {
    json!({"id": guest_id(n), "type": "Curated", "firstName": format!("Guest {n}"),
        "createDate": "2026-10-01T09:00:00.000Z", "modifyDate": "2026-10-02T09:00:00.000Z"})
}

/// What a request asks about, as JSON.
pub fn body(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The ids that a bulk request names.
pub fn named(text: &str) -> Vec<GuestId> {
    let entities = body(text)["entities"].as_array().unwrap().clone();
    entities.iter().map(|entity| entity["id"].as_str().unwrap().parse().unwrap()).collect()
}

/// A value of the query, percent-decoded as far as these tests need.
pub fn query<'t>(target: &'t str, key: &str) -> Option<&'t str> {
    let (_, query) = target.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
}

/// Everyone of a walk, page after page.
pub async fn all(walk: &mut dyn Walk) -> Result<Vec<Guest>, genesys::Error> {
    let mut guests = Vec::new();
    while let Some(page) = walk.next_page().await? {
        guests.extend(page.guests);
    }
    Ok(guests)
}

/// The same, by number.
pub fn numbers(guests: &[Guest]) -> Vec<u128> {
    let base = guest_id(0).0.as_u128();
    guests.iter().map(|guest| guest.id.0.as_u128() - base).collect()
}

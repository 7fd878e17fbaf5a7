use std::sync::Arc;

use chrono::{DateTime, Utc};
use genesys::{Endpoints, NewGuest, Pipeline, Settings, Transport, guest_api::GuestApi};
use model::{Clock, Guest, GuestId, MessageText, Secret};
use uuid::Uuid;

/// The id of guest number `n`, the same in every run.
#[must_use]
pub fn guest_id(n: u128) -> GuestId {
    GuestId(Uuid::from_u128(0x6e2f_0c1e_5b7a_4c7e_9a51_0000_0000_0000 + n))
}

/// Guest number `n`, who came at `created` and did nothing since.
///
/// # Panics
/// When `created` is no RFC 3339 time: the test is wrong.
#[must_use]
pub fn guest(n: u128, created: &str) -> Guest {
    let created: DateTime<Utc> = created.parse().expect("a test names its time in RFC 3339");
    Guest {
        id: guest_id(n),
        name: format!("Guest {n}"),
        email: None,
        attributes: model::Attributes::new(),
        active: true,
        created_time: created,
        modified_time: created,
        revision: 1.into(),
        kind: None,
        phone: None,
        canonical_id: None,
    }
}

/// What creates guest number `n`.
#[must_use]
pub fn new_guest(n: u128) -> NewGuest {
    NewGuest {
        id: guest_id(n),
        name: Some(format!("Guest {n}")),
        email: None,
        attributes: model::Attributes::new(),
    }
}

/// The Guest API over a transport, seen call by call, with pauses by chance.
#[must_use]
pub fn guest_api(settings: Settings, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> GuestApi {
    GuestApi::new(Pipeline::new(settings, transport, clock))
}

/// The same, with every pause drawn from this seed.
#[must_use]
pub fn seeded_guest_api(
    settings: Settings,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    seed: u64,
) -> GuestApi {
    GuestApi::new(Pipeline::seeded(settings, transport, clock, seed))
}

/// A message's text.
///
/// # Panics
/// When it is empty or too long: the test is wrong.
#[must_use]
pub fn text(text: &str) -> MessageText {
    MessageText::new(text.to_owned()).expect("a test writes a text that fits")
}

/// The settings of a client whose transport ignores the host: id and secret `demo`, as the simulator's default.
///
/// # Panics
/// Never: the URL is good.
#[must_use]
pub fn settings() -> Settings {
    Settings {
        endpoints: Endpoints::one_origin("http://127.0.0.1:1").expect("a loopback URL is good"),
        client_id: "demo".into(),
        client_secret: Secret::new("demo".into()),
    }
}

//! Every duration the client waits for, in one place, each with its reason.

use std::time::Duration;

/// Reaching the org: DNS, TCP and TLS together. Far more than a slow mobile link needs, and short enough for
/// a person to wait for; a failure here is surely "not sent".
pub const CONNECT: Duration = Duration::from_secs(10);

/// From the first byte sent to the last byte of the answer. The slowest documented call of the vendor stays under
/// 15 s; after twice that the connection is taken for lost.
pub const ANSWER: Duration = Duration::from_secs(30);

/// The same for signing in: it holds up every other call, so it is given up sooner.
pub const SIGN_IN: Duration = Duration::from_secs(15);

/// How long an idle connection is kept. Load balancers in front of the org close theirs after 60 s; closing first
/// spares a call that would be cut by a connection that died unnoticed.
pub const IDLE_CONNECTION: Duration = Duration::from_secs(50);

/// The longest wait for the rate budget or a Retry-After inside one call: a whole window of 60 s, and what clocks
/// and rounding add. Longer waits (the vendor's daily limits) belong to the caller, who is told.
pub const LONGEST_WAIT: Duration = Duration::from_secs(65);

/// How often a call that waits asks whether it is still wanted: a person who stops a run, or a hold that came, is not held
/// up by the wait for the budget.
pub const STILL_WANTED: Duration = Duration::from_secs(1);

/// The first pause after a failure that may pass by itself; doubled by each further try (AWS, 2026: 50 ms).
pub const BACKOFF_BASE: Duration = Duration::from_millis(100);

/// How long no call is sent after a 429 without a readable Retry-After; doubled by each further one.
pub const THROTTLED_FIRST: Duration = Duration::from_secs(2);

/// No such pause is longer: after a 429 that names no time the next try comes within a quarter of a rate window.
pub const THROTTLED_LONGEST: Duration = Duration::from_secs(12);

/// The first pause after a 429 without Retry-After (AWS, 2026: 1 s for throttling).
pub const BACKOFF_BASE_THROTTLED: Duration = Duration::from_secs(1);

/// No pause between tries grows past this.
pub const BACKOFF_CAP: Duration = Duration::from_secs(5);

/// At most this is added to a Retry-After, so that many clients told the same do not come back in one instant.
pub const RETRY_AFTER_SPREAD: Duration = Duration::from_millis(250);

/// A token that lives shorter than this is used until it is refused: there is nothing to refresh ahead of.
pub const SHORTEST_TOKEN: Duration = Duration::from_secs(30);

/// A token is not used in its last seconds, in which the org's clock and ours may disagree.
pub const TOKEN_MARGIN: Duration = Duration::from_secs(10);

/// After a failure to renew a token that still works: long enough not to press a login that is down.
pub const RENEW_AGAIN: Duration = Duration::from_secs(30);

/// For how long the breaker is open at first: a restart of one of the org's machines is over by then.
pub const BREAKER_FIRST: Duration = Duration::from_secs(1);

/// No span of the breaker is longer: an org that is back is noticed within this, and a machine that waits comes to
/// its turn well within [`LONGEST_WAIT`]. A drain given by hand never rests longer than 5 s (`cli.md`), nor may it here.
pub const BREAKER_LONGEST: Duration = Duration::from_secs(4);

/// After the org rejected the credentials, machines do not ask it again for this long. A person does, at any time.
pub const REJECTED_REST: Duration = Duration::from_secs(60);

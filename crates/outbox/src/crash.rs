//! The named places at which a test can make the process die.

/// Every place, in the order in which a message meets them. `store` lets the process die there when its environment
/// says so.
pub const CRASH_POINTS: [&str; 12] = [
    "outbox-accept-queued",
    "outbox-accept-synced",
    "outbox-mark-queued",
    "outbox-mark-synced",
    "outbox-send-begins",
    "outbox-send-answered",
    "outbox-record-queued",
    "outbox-record-synced",
    "outbox-change-queued",
    "outbox-change-synced",
    "outbox-trim-queued",
    "outbox-trim-synced",
];

/// The process may die here.
pub(crate) fn crash_point(name: &'static str) {
    debug_assert!(CRASH_POINTS.contains(&name), "{name} is not in the list");
    store::crash::point(name);
    #[cfg(test)]
    tests::passed(name);
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{
        collections::BTreeSet,
        sync::{Mutex, PoisonError},
    };

    static PASSED: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());

    pub(crate) fn passed(name: &'static str) {
        PASSED.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
    }
}

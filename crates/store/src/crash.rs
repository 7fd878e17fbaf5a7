//! Named places at which a test can make the process die as a power cut would: at once, with nothing cleaned up.

/// Every crash point of this crate, in the order in which a store passes them. Other crates keep lists of their own.
pub const POINTS: &[&str] = &[
    "store.create.marked",
    "store.create.journal",
    "store.generation.begun",
    "store.generation.written",
    "store.generation.synced",
    "store.generation.renamed",
    "store.generation.in-place",
    "store.generation.old-removed",
    "store.open.clean-removed",
    "store.open.index-aside",
    "store.open.index-rebuilt",
    "store.open.journal-cut",
    "store.open.ready",
    "store.index.filled",
    "store.group.begun",
    "store.group.written",
    "store.group.synced",
    "store.group.marked",
    "store.group.applied",
    "store.index.behind",
    "store.index.followed",
    "store.rotate.sealed",
    "store.rotate.named",
    "store.index.swapped",
    "store.close.index-closed",
    "store.close.index-synced",
    "store.close.clean",
];

/// Aborts the process when `INNKEEPER_CRASH_AT` is `name`, or `name:n` at its n-th passing (counted from 1).
/// In a release build it is nothing, unless the feature `crash-points` is on.
#[cfg(any(debug_assertions, feature = "crash-points"))]
pub fn point(name: &str) {
    use std::sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    };
    static ASKED: OnceLock<Option<(String, u64)>> = OnceLock::new();
    static PASSED: AtomicU64 = AtomicU64::new(0);
    let asked = ASKED.get_or_init(|| parse(&std::env::var("INNKEEPER_CRASH_AT").ok()?));
    if let Some((at, n)) = asked
        && at == name
        && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *n
    {
        std::process::abort();
    }
}

/// Nothing: see the other form.
#[cfg(not(any(debug_assertions, feature = "crash-points")))]
#[inline]
pub fn point(_name: &str) {}

#[cfg(any(test, debug_assertions, feature = "crash-points"))]
fn parse(asked: &str) -> Option<(String, u64)> {
    let (name, n) = asked.split_once(':').unwrap_or((asked, "1"));
    Some((name.to_owned(), n.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_asked_for_by_name_and_perhaps_by_number() {
        assert_eq!(parse("store.group.synced"), Some(("store.group.synced".to_owned(), 1)));
        assert_eq!(parse("store.group.synced:7"), Some(("store.group.synced".to_owned(), 7)));
        assert_eq!(parse("store.group.synced:soon"), None);
    }

    #[test]
    fn no_point_is_listed_twice() {
        let names: std::collections::BTreeSet<_> = POINTS.iter().collect();
        assert_eq!(names.len(), POINTS.len());
    }
}

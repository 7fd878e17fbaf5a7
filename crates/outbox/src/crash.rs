//! The named places at which a test can make the process die.

/// Every place, in the order in which a message meets them. `store` lets the process die there when its environment
/// says so.
pub const CRASH_POINTS: [&str; 12] = [
    "outbox.accept.queued",
    "outbox.accept.synced",
    "outbox.mark.queued",
    "outbox.mark.synced",
    "outbox.send.begins",
    "outbox.send.answered",
    "outbox.record.queued",
    "outbox.record.synced",
    "outbox.change.queued",
    "outbox.change.synced",
    "outbox.trim.queued",
    "outbox.trim.synced",
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
        sync::{Arc, Mutex, PoisonError},
    };

    use async_trait::async_trait;
    use chrono::{DateTime, Utc};
    use model::{AfterDoubt, Clock, GuestId, MessageId, MessageText};
    use store::{DataKey, Store};
    use uuid::Uuid;

    use super::*;
    use crate::{Courier, Delivery, Options, Order, Outbox, Outgoing};

    static PASSED: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());

    pub(crate) fn passed(name: &'static str) {
        PASSED.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
    }

    struct Still;

    impl Clock for Still {
        fn now(&self) -> DateTime<Utc> {
            DateTime::from_timestamp(1_800_000_000, 0).unwrap()
        }
    }

    struct Takes;

    #[async_trait]
    impl Courier for Takes {
        fn after_doubt(&self, _: &model::ConversationId) -> AfterDoubt {
            AfterDoubt::SameIdAgain
        }

        async fn deliver(&self, _: &Outgoing) -> Delivery {
            Delivery::delivered()
        }
    }

    #[tokio::test]
    async fn a_message_passes_every_named_place() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), &DataKey::generate()).unwrap();
        let options = Options { history_entries: 0, ..Options::default() };
        let outbox = Outbox::open_with(&store, Arc::new(Still), options).unwrap();
        let new = Outgoing {
            id: MessageId(Uuid::from_u128(1)),
            conversation_id: "a".parse().unwrap(),
            guest_id: GuestId(Uuid::nil()),
            text: MessageText::new("words".to_owned()).unwrap(),
            written_at: Still.now(),
        };
        outbox.accept(new.clone()).unwrap();
        outbox.edit(new.id, &new.text, Order::Kept).unwrap();
        assert_eq!(outbox.drain(&Takes).await.delivered, 1);
        assert_eq!(outbox.totals().trimmed, 1);
        let passed = PASSED.lock().unwrap_or_else(PoisonError::into_inner).clone();
        assert_eq!(passed, BTreeSet::from(CRASH_POINTS));
    }
}

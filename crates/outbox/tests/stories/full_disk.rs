//! A disk that is full: a message is refused clearly, what was accepted before is safe, and once there is room the same
//! outbox goes on.

use std::sync::Arc;

use outbox::{Counts, Error, Options, Outbox};
use store::Store;
use testkit::{FaultyFs, OutboxFolder, ScriptedCourier, message, message_id as id};

#[tokio::test(start_paused = true)]
async fn a_message_refused_by_a_full_disk_is_not_remembered_and_goes_when_there_is_room() {
    let (house, disk) = (OutboxFolder::new(), FaultyFs::new());
    {
        let store = Store::open_on(Arc::new(disk.clone()), house.dir.path(), &house.key).unwrap();
        let clock = Arc::new(house.clock.clone());
        let outbox = Outbox::open_with(&store, clock, Options::default()).unwrap();
        outbox.accept(message("a", 1)).unwrap();

        disk.fill(7);
        // Several at once: what stands in line behind the first refusal builds on it.
        let waiting: Vec<_> = (2..6).map(|n| outbox.accept_later(message("a", n)).unwrap()).collect();
        for accepting in waiting {
            assert!(matches!(accepting.wait(), Err(Error::Accept(store::Error::DiskFull))));
        }
        assert!(matches!(outbox.accept(message("a", 2)), Err(Error::Accept { .. })), "nor its repeat");
        assert_eq!(outbox.counts(), Counts { waiting: 1, ..Counts::default() });
        assert_eq!(outbox.entry(id(2)).unwrap(), None);
        let report = outbox.drain(&ScriptedCourier::default()).await;
        assert!(report.error.is_some() && report.attempts == 0, "nothing is sent that could not be recorded");

        disk.heal();
        assert!(!outbox.accept(message("a", 3)).unwrap().repeat, "the refused one counts for nothing");
        assert!(!outbox.accept(message("a", 2)).unwrap().repeat);
        assert!(outbox.accept(message("a", 2)).unwrap().repeat);
        let courier = ScriptedCourier::default();
        assert_eq!(outbox.drain(&courier).await.delivered, 3);
        assert_eq!(courier.numbers(), [1, 3, 2]);
    }
    assert_eq!(house.outbox().counts(), Counts { delivered: 3, ..Counts::default() });
}

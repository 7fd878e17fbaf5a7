//! What screens and exports read.

use std::time::Duration;

use model::{ConversationId, GuestId};
use outbox::{
    Delivery, EntryFilter, EntryPage, InTime, Kind, LaneFilter, LaneKind, LaneSummary, Options, Outbox,
};
use store::Batch;
use testkit::{
    OutboxFolder, ScriptedCourier, cut, limited, message, message_id as id, offline, refused, text,
};
use uuid::Uuid;

fn conversation(name: &str) -> ConversationId {
    name.parse().expect("a conversation id")
}

fn guest(n: u128) -> GuestId {
    GuestId(Uuid::from_u128(n))
}

fn accept(outbox: &Outbox, name: &str, by: GuestId, numbers: impl IntoIterator<Item = u64>) {
    for n in numbers {
        let mut new = message(name, n);
        new.guest_id = by;
        outbox.accept(new).expect("accepted");
    }
}

fn numbers(page: &EntryPage) -> Vec<u128> {
    page.entries.iter().map(|e| e.id.0.as_u128()).collect()
}

fn kinds(outbox: &Outbox) -> Vec<LaneKind> {
    outbox.lanes(&LaneFilter::default(), 0, 99).lanes.iter().map(|l| l.kind).collect()
}

/// Six lanes, each in another state: b waits, c is uncertain, d is dead, e has a dead one in front, f is delivered.
async fn six_lanes(house: &OutboxFolder) -> (Outbox, ScriptedCourier) {
    let outbox = house.outbox();
    accept(&outbox, "b", guest(2), [1, 2, 3]);
    accept(&outbox, "c", guest(3), [4]);
    accept(&outbox, "d", guest(4), [5, 6]);
    accept(&outbox, "e", guest(5), [7, 8]);
    accept(&outbox, "f", guest(6), [9]);
    let over = Delivery::ConversationOver { why: "410".into() };
    let script = ScriptedCourier::default()
        .then(1, &[limited(900)])
        .then(4, &[cut()])
        .then(5, &[over])
        .then(7, &[refused()])
        .then(8, &[limited(60)]);
    outbox.drain(&script).await;
    accept(&outbox, "a", guest(1), [10]);
    (outbox, script)
}

#[tokio::test(start_paused = true)]
async fn every_lane_says_where_it_stands() {
    let house = OutboxFolder::new();
    let (outbox, _) = six_lanes(&house).await;
    let page = outbox.lanes(&LaneFilter::default(), 0, 99);
    assert_eq!((page.total, page.paused.as_deref()), (5, None), "f has nothing left");
    let names: Vec<_> = page.lanes.iter().map(|l| l.conversation_id.as_str()).collect();
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
    let [a, b, c, d, e] = page.lanes.as_slice() else { panic!() };
    let counts = |l: &LaneSummary| (l.waiting, l.uncertain, l.dead, l.head_attempts);
    assert_eq!((a.kind, counts(a), a.head, a.guest_id), (LaneKind::Flowing, (1, 0, 0, 0), id(10), guest(1)));
    let stands = |l: &LaneSummary| (l.kind, l.until.map(|until| until.timestamp()), l.why.clone());
    assert_eq!(stands(a), (LaneKind::Flowing, None, None));
    assert_eq!(stands(b), (LaneKind::Waiting, Some(1_800_000_900), Some("rate limited".into())));
    assert_eq!(counts(b), (3, 0, 0, 1));
    assert_eq!((c.kind, c.why.as_deref()), (LaneKind::Uncertain, Some("cut")));
    assert_eq!(stands(d), (LaneKind::Dead, None, Some("410".into())));
    assert_eq!(counts(c), (0, 1, 0, 1));
    assert_eq!((counts(d), d.head), ((0, 0, 2, 1), id(5)));
    assert_eq!((e.kind, counts(e), e.head), (LaneKind::Waiting, (1, 0, 1, 1), id(8)));
    assert_eq!(e.oldest.timestamp(), 1_800_000_000);
}

#[tokio::test(start_paused = true)]
async fn lanes_are_filtered_and_paged() {
    let house = OutboxFolder::new();
    let (outbox, _) = six_lanes(&house).await;
    let ask = |filter: &LaneFilter, offset, limit| {
        let page = outbox.lanes(filter, offset, limit);
        let names: Vec<String> = page.lanes.iter().map(|l| l.conversation_id.to_string()).collect();
        (names.concat(), page.total)
    };
    assert_eq!(ask(&LaneFilter::default(), 1, 2), ("bc".into(), 5));
    assert_eq!(ask(&LaneFilter::default(), 4, 2), ("e".into(), 5));
    assert_eq!(ask(&LaneFilter::default(), 9, 2), (String::new(), 5));
    let waits = LaneFilter { states: vec![LaneKind::Waiting, LaneKind::Dead], ..LaneFilter::default() };
    assert_eq!(ask(&waits, 0, 2), ("bd".into(), 3));
    assert_eq!(ask(&waits, 2, 2), ("e".into(), 3));
    let one = LaneFilter { conversation: Some(conversation("d")), ..LaneFilter::default() };
    assert_eq!(ask(&one, 0, 9), ("d".into(), 1));
    let over = LaneFilter { conversation: Some(conversation("f")), ..LaneFilter::default() };
    assert_eq!(ask(&over, 0, 9), (String::new(), 0));
}

#[tokio::test(start_paused = true)]
async fn a_lane_that_is_being_sent_or_stands_still_with_all_says_so() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "a", guest(1), [1]);
    let slow = ScriptedCourier::default();
    let drain = outbox.drain(&slow);
    let look = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        kinds(&outbox)
    };
    let (_, seen) = tokio::join!(drain, look);
    assert_eq!(seen, [LaneKind::Sending]);
    accept(&outbox, "b", guest(1), [2]);
    outbox.drain(&ScriptedCourier::default().then(2, &[Delivery::Paused { why: "403".into() }])).await;
    assert_eq!(kinds(&outbox), [LaneKind::Paused]);
    assert_eq!(outbox.lanes(&LaneFilter::default(), 0, 1).paused.as_deref(), Some("403"));
}

#[tokio::test(start_paused = true)]
async fn entries_are_filtered_by_state_and_conversation_and_paged() {
    let house = OutboxFolder::new();
    let (outbox, _) = six_lanes(&house).await;
    let ask = |filter: EntryFilter, offset, limit| {
        let page = outbox.page(&filter, offset, limit).unwrap();
        (numbers(&page), page.total)
    };
    let all = EntryFilter::default;
    assert_eq!(ask(all(), 0, 99), (vec![10, 1, 2, 3, 4, 5, 6, 7, 8], 9));
    for offset in 0..10 {
        let expected: Vec<u128> = [10, 1, 2, 3, 4, 5, 6, 7, 8].into_iter().skip(offset).take(2).collect();
        assert_eq!(ask(all(), offset as u64, 2), (expected, 9), "from {offset}");
    }
    let states = |states: &[Kind]| EntryFilter { states: states.to_vec(), ..all() };
    assert_eq!(ask(states(&[Kind::Dead]), 0, 9), (vec![5, 6, 7], 3));
    assert_eq!(ask(states(&[Kind::Dead]), 1, 1), (vec![6], 3));
    assert_eq!(ask(states(&[Kind::Waiting]), 0, 9), (vec![1, 8], 2));
    assert_eq!(ask(states(&[Kind::Queued, Kind::Uncertain]), 1, 2), (vec![2, 3], 4));
    assert_eq!(ask(states(&[Kind::Delivered]), 0, 9), (vec![], 0), "they are history");
    let of = EntryFilter { conversation: Some(conversation("b")), ..all() };
    assert_eq!(ask(of.clone(), 1, 9), (vec![2, 3], 3));
    assert_eq!(ask(of, 0, 1), (vec![1], 3));
    accept(&outbox, "b", guest(5), [11]);
    let text_of = |n| outbox.page(&all(), n, 1).unwrap().entries[0].text.clone();
    assert_eq!((text_of(0), text_of(4)), (text("a 10"), text("b 11")));
}

#[tokio::test(start_paused = true)]
async fn what_is_over_is_read_with_its_conversation_and_what_a_person_took_out_by_its_state() {
    let house = OutboxFolder::new();
    let outbox = house.outbox();
    accept(&outbox, "a", guest(1), [1, 2, 3]);
    outbox.drain(&ScriptedCourier::default().then(2, &[offline(), offline()])).await;
    house.clock.forward(10);
    assert_eq!(outbox.discard(id(3)).unwrap(), InTime::Yes);
    let kinds = || -> Vec<Kind> {
        outbox.conversation(&conversation("a")).unwrap().iter().map(|e| e.state.kind()).collect()
    };
    assert_eq!(kinds(), [Kind::Delivered, Kind::Waiting, Kind::Discarded]);
    let discarded = EntryFilter { states: vec![Kind::Discarded], ..EntryFilter::default() };
    assert_eq!(numbers(&outbox.page(&discarded, 0, 9).unwrap()), [3]);
    assert_eq!(outbox.undo_discard(id(3)).unwrap(), InTime::Yes);
    assert_eq!(kinds(), [Kind::Delivered, Kind::Waiting, Kind::Queued]);
}

#[tokio::test(start_paused = true)]
async fn a_damaged_text_costs_its_row_and_not_the_page() {
    let house = OutboxFolder::new();
    {
        let outbox = house.outbox();
        accept(&outbox, "a", guest(1), [1, 2]);
    }
    {
        let store = house.store();
        let mut batch = Batch::new();
        batch.put(&store.table::<_, u64>("text"), &(conversation("a"), 0u64), &7).unwrap();
        store.commit(batch).unwrap();
    }
    let outbox = house.outbox();
    let page = outbox.page(&EntryFilter::default(), 0, 9).unwrap();
    assert_eq!((numbers(&page), page.damaged.as_slice()), (vec![1, 2], [id(1)].as_slice()));
    assert_eq!(page.entries[0].text, text("\u{fffd}"));
    let exported: Vec<_> = outbox.export().collect();
    assert!(exported[0].is_err() && exported[1].as_ref().is_ok_and(|e| e.id == id(2)));
}

#[tokio::test(start_paused = true)]
async fn an_export_has_what_is_undelivered_and_nothing_else() {
    let house = OutboxFolder::new();
    let (outbox, _) = six_lanes(&house).await;
    outbox.discard(id(3)).unwrap();
    let exported: Vec<u128> = outbox.export().map(|e| e.unwrap().id.0.as_u128()).collect();
    assert_eq!(exported, [10, 1, 2, 4, 5, 6, 7, 8]);
}

#[test]
fn a_page_waits_for_what_is_accepted_in_this_moment() {
    let house = OutboxFolder::new();
    let outbox = house.outbox_with(Options::default());
    let accepting: Vec<_> = (0..300).map(|n| outbox.accept_later(message("a", n)).unwrap()).collect();
    let page = outbox.page(&EntryFilter::default(), 290, 20).unwrap();
    assert_eq!((page.entries.len(), page.total, page.damaged.len()), (10, 300, 0));
    for accepting in accepting {
        accepting.wait().unwrap();
    }
}

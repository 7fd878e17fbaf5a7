//! A walk over every guest: nobody missed, nobody twice, and no more than a page in memory.
#![allow(clippy::unwrap_used, reason = "a test; helpers outside of test functions too")]

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::body::Body;
use futures_util::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use genesys::{
    Error, Guests, Lane, Sort, SortField, Walk,
    guest_api::{GuestApi, ListGuests},
};
use model::{Field, Guest, GuestId, Selection};
use proptest::prelude::*;
use simulator::{Options, Simulator};
use testkit::{Canned, InProcess, TokioClock, guest, guest_id, settings};
use tokio::time::timeout;
use tower::ServiceExt;

const START: &str = "2026-11-22T12:00:00Z";

/// Every guest of a walk. It asks for the next page when the last guest of a page was taken, and ends after its first error.
fn guests(api: &GuestApi, lane: Lane, list: ListGuests) -> BoxStream<'static, Result<Guest, Error>> {
    let walk = Some(api.walk_guests(lane, list));
    let pages = stream::unfold(walk, |walk| async move {
        let mut walk = walk?;
        match walk.next_page().await {
            Ok(page) => page.map(|page| (Ok(page.guests), Some(walk))),
            Err(error) => Some((Err(error), None)),
        }
    });
    pages
        .flat_map(|page| {
            let (guests, error) = match page {
                Ok(guests) => (guests, None),
                Err(error) => (Vec::new(), Some(Err(error))),
            };
            stream::iter(guests.into_iter().map(Ok).chain(error))
        })
        .boxed()
}

fn client(transport: impl genesys::Transport + 'static) -> GuestApi {
    testkit::guest_api(settings(), Arc::new(transport), Arc::new(TokioClock::at(START)))
}

/// The guests of an org that is asked by the control port, behind the client's back.
async fn control(org: &Simulator, method: &str, path: &str, body: String) -> u16 {
    let request =
        http::Request::builder().method(method).uri(path).header("content-type", "application/json");
    let request = request.body(Body::from(body)).unwrap();
    org.control_router().oneshot(request).await.unwrap().status().as_u16()
}

/// An org of `n` guests who came one a second, that understands "after this id" and nothing else of a filter; and
/// how many guests it has handed out.
fn endless(n: usize) -> (Canned, Arc<AtomicUsize>) {
    let handed_out = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&handed_out);
    let first = guest_id(0).0.as_u128();
    let org = Canned::signed_in(move |_, seen| {
        let url = url::Url::parse("http://x").unwrap().join(&seen.target).unwrap();
        let filter = url.query_pairs().find(|(k, _)| k == "filter").map(|(_, v)| v.into_owned());
        let after = filter.map(|f| f.rsplit("id > \"").next().unwrap()[..36].parse::<uuid::Uuid>().unwrap());
        let from = after.map_or(0, |id| usize::try_from(id.as_u128() - first).unwrap() + 1);
        let page: Vec<Guest> = (from..n.min(from + 100))
            .map(|i| {
                let created = chrono::DateTime::UNIX_EPOCH + Duration::from_secs(i as u64);
                guest(i as u128, &created.to_rfc3339())
            })
            .collect();
        counted.fetch_add(page.len(), Ordering::SeqCst);
        let total = n - from;
        Canned::json(200, &serde_json::json!({"entities": page, "total": total}).to_string())
    });
    (org, handed_out)
}

#[tokio::test(start_paused = true)]
async fn however_many_guests_there_are_at_most_two_pages_of_them_are_held() {
    let n = testkit::long_run(10_000, 1_000_000);
    let (org, handed_out) = endless(n);
    let mut all = guests(&client(org.clone()), Lane::Bulk, ListGuests::default());
    let (mut met, mut most) = (0, 0);
    while let Some(guest) = all.next().await {
        assert_eq!(guest.unwrap().id, guest_id(met as u128));
        met += 1;
        most = most.max(handed_out.load(Ordering::SeqCst) - met);
    }
    assert_eq!((met, most), (n, 199));
    assert_eq!(org.count("/api/v2/guests"), n / 100 + 1, "and one that is empty");
}

#[tokio::test(start_paused = true)]
async fn dropping_it_asks_for_no_further_page_and_a_page_given_up_is_asked_for_again() {
    let (org, _) = endless(1_000);
    let client = client(org.clone());
    let some: Vec<Guest> =
        guests(&client, Lane::Bulk, ListGuests::default()).take(150).try_collect().await.unwrap();
    assert_eq!((some.len(), org.count("/api/v2/guests")), (150, 3), "one ahead");
    let mut walk = client.walk_guests(Lane::Person, ListGuests::default());
    walk.next_page().await.unwrap();
    assert!(timeout(Duration::from_millis(5), walk.next_page()).await.is_err());
    let page = walk.next_page().await.unwrap().unwrap().guests;
    assert_eq!(page[0].id, guest_id(100));
}

#[tokio::test(start_paused = true)]
async fn a_walk_goes_on_from_where_an_earlier_one_stopped() {
    let (org, _) = endless(250);
    let client = client(org);
    let first = client.walk_guests(Lane::Bulk, ListGuests::default()).next_page().await.unwrap().unwrap();
    let mut second = client.scan(Lane::Bulk, None, first.cursor.as_ref()).unwrap().pages;
    assert_eq!(second.next_page().await.unwrap().unwrap().guests[0].id, guest_id(100));
    assert_eq!(second.next_page().await.unwrap().unwrap().guests.len(), 50);
    assert!(second.next_page().await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn the_stream_ends_after_its_first_error_and_the_walk_asks_for_the_same_page_again() {
    let org = || {
        Canned::signed_in(|n, _| match n {
            0 => page(&[guest(1, START), guest(2, START)], 3),
            1 => page(&[guest(3, START)], 1),
            2 => Canned::json(403, "{}"),
            _ => page(&[], 0),
        })
    };
    let list = ListGuests { page_size: 2, ..ListGuests::default() };
    let items: Vec<_> = guests(&client(org()), Lane::Bulk, list.clone()).collect().await;
    assert_eq!(items.len(), 3, "whom it knows to be whole, then the error");
    assert!(matches!(items[2], Err(Error::Forbidden { .. })));

    let mut walk = client(org()).walk_guests(Lane::Bulk, list);
    assert_eq!(walk.next_page().await.unwrap().unwrap().guests.len(), 2);
    walk.next_page().await.unwrap_err();
    assert_eq!(walk.next_page().await.unwrap().unwrap().guests[0].id, guest_id(3));
    assert!(walk.next_page().await.unwrap().is_none());
}

fn page(guests: &[Guest], total: u64) -> Result<http::Response<bytes::Bytes>, genesys::TransportError> {
    Canned::json(200, &serde_json::json!({"entities": guests, "total": total}).to_string())
}

#[tokio::test(start_paused = true)]
async fn an_org_that_keeps_no_order_or_repeats_a_page_ends_the_walk_with_an_error() {
    for wrong in [vec![guest(2, START), guest(1, START)], vec![guest(1, START), guest(1, START)]] {
        let org = Canned::signed_in(move |_, _| page(&wrong, 99));
        let items: Vec<_> = guests(&client(org), Lane::Bulk, ListGuests::default()).collect().await;
        assert!(matches!(items.as_slice(), [Err(Error::BadAnswer { .. })]), "{items:?}");
    }
    let stuck = Canned::signed_in(|_, _| page(&[guest(1, START), guest(2, START)], 99));
    let items: Vec<_> = guests(&client(stuck.clone()), Lane::Bulk, ListGuests::default()).collect().await;
    assert_eq!((items.len(), stuck.count("/api/v2/guests")), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn an_empty_page_is_the_end_only_where_the_org_counts_nobody_there() {
    for (sort, asks) in [(by(SortField::CreatedTime, false), 3), (by(SortField::Name, false), 8)] {
        let list = ListGuests { sort, ..ListGuests::default() };
        let org = Canned::signed_in(|_, _| page(&[], 99));
        let mut walk = client(org.clone()).walk_guests(Lane::Bulk, list.clone());
        let told = walk.next_page().await.unwrap_err();
        assert!(matches!(told, Error::Incomplete { met: 0, missing: 99, .. }), "{told}");
        assert!(walk.next_page().await.unwrap().is_none(), "it is told once");
        assert_eq!(org.count("/api/v2/guests"), asks);
        let org = Canned::signed_in(|_, _| page(&[], 0));
        assert!(client(org).walk_guests(Lane::Bulk, list).next_page().await.unwrap().is_none());
    }
}

/// What somebody else does between two pages.
#[derive(Debug, Clone)]
enum Meanwhile {
    /// A guest comes, this many seconds of the ten after the start.
    Comes(u32),
    /// The n-th of all who are there goes.
    Goes(usize),
    /// The n-th of all is renamed, which changes the last activity.
    Changes(usize),
}

fn meanwhile() -> impl Strategy<Value = Vec<Vec<Meanwhile>>> {
    let one = prop_oneof![
        (0u32..10).prop_map(Meanwhile::Comes),
        any::<usize>().prop_map(Meanwhile::Goes),
        any::<usize>().prop_map(Meanwhile::Changes),
    ];
    proptest::collection::vec(proptest::collection::vec(one, 0..4), 0..30)
}

fn new_body(n: u128, second: u32) -> String {
    format!(
        r#"{{"id":"{}","name":"New {n}","createdTime":"2026-11-22T11:00:{second:02}.000Z"}}"#,
        guest_id(n)
    )
}

fn by(field: SortField, descending: bool) -> Sort {
    Sort { field, descending }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]
    #[test]
    fn whoever_comes_or_goes_meanwhile_a_walk_by_key_misses_nobody_and_meets_nobody_twice(
        meanwhile in meanwhile(), size in 1u32..7, field in prop_oneof![Just(SortField::CreatedTime), Just(SortField::Id)],
        descending: bool, filtered: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let options = Options { guests: 0, now: Some(START.parse().unwrap()), rate: None, ..Options::default() };
            let org = Simulator::new(&options).unwrap();
            // Ten seconds for forty guests: many came in the same one.
            let mut next = 0u128;
            for n in 0..40u32 {
                prop_assert_eq!(control(&org, "POST", "/guests", new_body(next, n % 10)).await, 201);
                next += 1;
            }
            let mut there: Vec<GuestId> = (0..40).map(guest_id).collect();
            let before: HashSet<GuestId> = there.iter().copied().collect();
            let mut gone = HashSet::new();
            let filter = filtered.then(|| Selection::starts_with(Field::Name, "New"));
            let list = ListGuests { filter, page_size: size, sort: by(field, descending), ..ListGuests::default() };
            let mut walk = client(InProcess::new(org.router())).walk_guests(Lane::Bulk, list);
            let mut met: HashMap<GuestId, usize> = HashMap::new();
            let mut order: Vec<Guest> = Vec::new();
            let mut changes = meanwhile.into_iter();
            while let Some(page) = walk.next_page().await.unwrap() {
                let page = page.guests;
                prop_assert!(page.len() <= size as usize);
                for guest in page {
                    *met.entry(guest.id).or_default() += 1;
                    order.push(guest);
                }
                for change in changes.next().unwrap_or_default() {
                    match change {
                        Meanwhile::Comes(second) => {
                            control(&org, "POST", "/guests", new_body(next, second)).await;
                            there.push(guest_id(next));
                            next += 1;
                        }
                        Meanwhile::Goes(n) if !there.is_empty() => {
                            let id = there.swap_remove(n % there.len());
                            control(&org, "DELETE", &format!("/guests/{id}"), String::new()).await;
                            gone.insert(id);
                        }
                        Meanwhile::Changes(n) if !there.is_empty() => {
                            let path = format!("/guests/{}", there[n % there.len()]);
                            control(&org, "POST", &path, r#"{"active":false}"#.into()).await;
                        }
                        _ => {}
                    }
                }
            }
            prop_assert!(met.values().all(|n| *n == 1), "met twice");
            for id in before.difference(&gone) {
                prop_assert!(met.contains_key(id), "missed {}", id);
            }
            let in_order = order.windows(2).all(|w| {
                let key = |g: &Guest| if field == SortField::Id { (None, g.id) } else { (Some(g.created_time), g.id) };
                (key(&w[0]) < key(&w[1])) != descending
            });
            prop_assert!(in_order);
            Ok(())
        })?;
    }
}

#[tokio::test(start_paused = true)]
async fn sorted_otherwise_it_goes_by_page_number_to_the_last_page() {
    let options = Options { guests: 45, now: Some(START.parse().unwrap()), ..Options::default() };
    let org = Simulator::new(&options).unwrap();
    for field in [SortField::Name, SortField::Email, SortField::ModifiedTime] {
        for (size, descending) in [(10, false), (9, true), (100, false)] {
            let list = ListGuests { page_size: size, sort: by(field, descending), ..ListGuests::default() };
            let all = guests(&client(InProcess::new(org.router())), Lane::Bulk, list);
            let ids: Vec<GuestId> = all.map_ok(|g| g.id).try_collect().await.unwrap();
            let different: HashSet<GuestId> = ids.iter().copied().collect();
            assert_eq!((ids.len(), different.len()), (45, 45), "{field:?} by {size}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn whoever_comes_goes_or_changes_meanwhile_a_walk_in_any_other_order_misses_nobody_and_meets_nobody_twice(
        meanwhile in meanwhile(), descending: bool,
        field in prop_oneof![Just(SortField::Name), Just(SortField::Email), Just(SortField::ModifiedTime)],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let options = Options { guests: 120, now: Some(START.parse().unwrap()), rate: None, ..Options::default() };
            let org = Simulator::new(&options).unwrap();
            let all = guests(&client(InProcess::new(org.router())), Lane::Bulk, ListGuests::default());
            let mut there: Vec<GuestId> = all.map_ok(|g| g.id).try_collect().await.unwrap();
            let before: HashSet<GuestId> = there.iter().copied().collect();
            let (mut gone, mut next) = (HashSet::new(), 1u128);
            let list = ListGuests { page_size: 20, sort: by(field, descending), ..ListGuests::default() };
            let mut walk = client(InProcess::new(org.router())).walk_guests(Lane::Bulk, list);
            let mut met: HashMap<GuestId, usize> = HashMap::new();
            let mut changes = meanwhile.into_iter();
            while let Some(page) = walk.next_page().await.unwrap() {
                page.guests.iter().for_each(|guest| *met.entry(guest.id).or_default() += 1);
                for change in changes.next().unwrap_or_default() {
                    match change {
                        Meanwhile::Comes(second) => {
                            control(&org, "POST", "/guests", new_body(next, second)).await;
                            next += 1;
                        }
                        Meanwhile::Goes(n) if !there.is_empty() => {
                            let id = there.swap_remove(n % there.len());
                            control(&org, "DELETE", &format!("/guests/{id}"), String::new()).await;
                            gone.insert(id);
                        }
                        // A new name, a new address and a new last activity: a new place in each of these orders.
                        Meanwhile::Changes(n) if !there.is_empty() => {
                            let path = format!("/guests/{}", there[n % there.len()]);
                            let body = format!(r#"{{"name":"{0}","email":"{0}@example.org"}}"#, n % 1_000);
                            control(&org, "POST", &path, body).await;
                        }
                        _ => {}
                    }
                }
            }
            prop_assert!(met.values().all(|n| *n == 1), "met twice");
            for id in before.difference(&gone) {
                prop_assert!(met.contains_key(id), "missed {}", id);
            }
            Ok(())
        })?;
    }
}

/// The simulator behind a proxy that hands out so many rows of a page, and says how many there are.
#[tokio::test(start_paused = true)]
async fn a_page_that_is_short_is_filled_up_and_one_that_cannot_be_is_no_page() {
    let options = Options { guests: 1_000, now: Some(START.parse().unwrap()), ..Options::default() };
    let org = Simulator::new(&options).unwrap();
    let whole = client(InProcess::new(org.router()));
    let short = client(InProcess::new(org.router()));
    let weather = |json: &str| org.set_weather(json.parse().unwrap());
    for page_number in [1, 4, 10, 11] {
        let list = ListGuests { page_number, sort: by(SortField::Name, false), ..ListGuests::default() };
        weather("{}");
        let right = whole.list_guests(Lane::Person, &list).await.unwrap();
        for handed_out in [1, 7, 40, 99] {
            weather(&format!(r#"{{"rules":[{{"do":"short:{handed_out}"}}]}}"#));
            let page = short.whole_page(Lane::Person, &list).await.unwrap();
            assert_eq!(
                (&page.guests, page.total),
                (&right.guests, 1_000),
                "{handed_out} of page {page_number}"
            );
        }
        if page_number < 11 {
            weather(r#"{"rules":[{"do":"short:0"}]}"#);
            let told = short.whole_page(Lane::Person, &list).await.unwrap_err();
            assert!(matches!(told, Error::Incomplete { met: 0, missing: 100, .. }), "{told}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn in_every_order_a_walk_lists_all_of_short_pages_and_says_how_many_are_held_back() {
    let options =
        Options { guests: 250, now: Some(START.parse().unwrap()), rate: None, ..Options::default() };
    let fields =
        [SortField::CreatedTime, SortField::Id, SortField::Name, SortField::Email, SortField::ModifiedTime];
    for (field, descending) in fields.into_iter().flat_map(|field| [(field, false), (field, true)]) {
        for (weather, missing) in [("short:40", 0), ("short:1", 0), ("withhold:1", 1), ("vanish:10", 0)] {
            let org = Simulator::new(&options).unwrap();
            // The vanishing and the row that is held back are of the second page that is asked for.
            let when = if weather.starts_with("short") { "" } else { r#""from":2,"# };
            let until = if weather.starts_with("vanish") { r#""until":3,"# } else { "" };
            let rule = format!(
                r#"{{"rules":[{{"when":{{{when}{until}"path":"/api/v2/guests"}},"do":"{weather}"}}]}}"#
            );
            org.set_weather(rule.parse().unwrap());
            let list = ListGuests { sort: by(field, descending), ..ListGuests::default() };
            let mut walk = client(InProcess::new(org.router())).walk_guests(Lane::Bulk, list);
            let mut met = HashSet::new();
            let end = loop {
                match walk.next_page().await {
                    Ok(Some(page)) => assert!(page.guests.into_iter().all(|g| met.insert(g.id)), "twice"),
                    Ok(None) => break None,
                    Err(error) => break Some(error),
                }
            };
            let said = format!("{field:?} {descending} {weather}");
            if missing == 0 {
                assert!(end.is_none(), "{said}: {end:?}");
                let left = guests(&client(InProcess::new(org.router())), Lane::Bulk, ListGuests::default());
                org.set_weather(simulator::Weather::default());
                let left: Vec<GuestId> = left.map_ok(|g| g.id).try_collect().await.unwrap();
                assert!(left.iter().all(|id| met.contains(id)), "{said}");
            } else {
                assert!(matches!(end, Some(Error::Incomplete { .. })), "{said}: {end:?}");
            }
        }
    }
}

//! Holds in a run: whoever is kept stays, whenever the hold came.

use super::*;
use crate::{
    HoldSubject, OrgError, SpareReason,
    memory_org::{Event, Trouble, hold, id},
};
use model::Selection;
use proptest::prelude::*;

const SPARED: Option<Outcome> = Some(Outcome::Spared { why: SpareReason::Hold });

#[tokio::test(start_paused = true)]
async fn a_plan_spares_who_is_on_hold_and_says_which_holds_it_knew() {
    let memory_org = MemoryOrg::with_guests((0..6).map(|_| 40));
    memory_org.org().holds.extend([hold(1, Some(id(1))), hold(2, None)]);
    memory_org.org().kept.extend([id(3), id(4)]);
    let story = Story::of(memory_org).await;
    assert_eq!((story.plan.due(), story.plan.spared()), (3, 3));
    let seen = story.plan.header().holds.clone().unwrap();
    assert_eq!((seen.count, seen.hash.len()), (2, 64));
    let report = story.execute(story.start(RunOptions::default())).await;
    assert_eq!((report.counts.deleted, report.counts.spared, report.verified), (3, 3, Some(true)));
    story.audit(&report);
    assert_eq!(story.outcome(id(4)), SPARED);
}

#[tokio::test(start_paused = true)]
async fn a_hold_added_after_the_plan_counts() {
    let story = Story::of(MemoryOrg::with_guests((0..6).map(|_| 40))).await;
    story.memory_org.org().holds.extend([hold(1, Some(id(1))), hold(2, None)]);
    story.memory_org.org().kept.insert(id(3));
    let report = story.execute(story.start(RunOptions::default())).await;
    assert_eq!((report.counts.deleted, report.counts.spared, report.verified), (4, 2, Some(true)));
    story.audit(&report);
    assert_eq!((story.outcome(id(1)), story.outcome(id(3))), (SPARED, SPARED));
}

#[tokio::test(start_paused = true)]
async fn a_hold_on_a_guest_counts_until_the_delete_leaves() {
    let story = Story::of(MemoryOrg::with_guests((0..40).map(|_| 40))).await;
    let last = story.plan.lines().unwrap().last().unwrap().unwrap().id;
    let last = (0..40).find(|n| id(*n) == last).unwrap();
    // The batch is looked at in the first steps; this is long after.
    story.memory_org.org().events.push((30, Event::Held(last)));
    let report = story.execute(story.start(RunOptions::default())).await;
    story.audit(&report);
    assert_eq!((report.counts.deleted, story.outcome(id(last))), (39, SPARED));
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_the_org_does_not_take_stops_the_run_before_anything_is_deleted() {
    let story = Story::of(MemoryOrg::with_guests((0..3).map(|_| 40))).await;
    story.memory_org.org().holds.push(hold(1, None));
    let memory_org = Refusing(&story.memory_org);
    let report = story.start(RunOptions::default()).execute(&memory_org).await.unwrap();
    assert_eq!((report.state, report.counts.deleted), (RunState::Failed, 0));
    let told =
        format!("the hold {} (Legal) keeps guests by a filter that cannot be judged here", hold(1, None).id);
    let why = report.why.unwrap();
    assert!(why.starts_with(&told) && why.ends_with(": the filter does not parse"), "{why}");
    let out = story.dir.path().join("other.jsonl");
    let planned = plan_at(&memory_org, &story.memory_org.policy, &seal(), now(), &out, &|_| ()).await;
    assert!(matches!(planned, Err(Error::Org { doing: "look for guests on hold", .. })));
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_comes_while_a_delete_is_in_doubt_stops_the_next_ask() {
    let mut in_doubt = 0;
    for step in 0..12 {
        let story = Story::of(MemoryOrg::with_guests([40])).await;
        story.memory_org.org().trouble.insert(id(0), vec![Trouble::CutBefore].into());
        story.memory_org.org().events.push((step, Event::Held(0)));
        let report = story.execute(story.start(RunOptions::default())).await;
        story.audit(&report);
        let asks = story.memory_org.org().asks.get(&id(0)).copied().unwrap_or_default();
        match (asks, report.counts.deleted) {
            // Before the delete left, or between the cut and the second ask.
            (0 | 1, 0) => assert_eq!(story.outcome(id(0)), SPARED, "step {step}"),
            // Too late.
            (2, 1) => {}
            other => panic!("step {step}: {other:?}"),
        }
        in_doubt += u32::from(asks == 1);
    }
    assert!(in_doubt > 0, "no step fell into the doubt");
}

/// An org that takes no filter of a hold.
struct Refusing<'a>(&'a MemoryOrg);

#[async_trait::async_trait]
impl crate::OrgPort for Refusing<'_> {
    fn abilities(&self) -> crate::OrgAbilities {
        self.0.abilities()
    }
    fn scan(&self, selection: &Selection) -> Box<dyn crate::Scan + '_> {
        self.0.scan(selection)
    }
    async fn fetch(&self, ids: &[GuestId]) -> Result<Vec<model::Guest>, OrgError> {
        self.0.fetch(ids).await
    }
    async fn open_conversations(&self, ids: &[GuestId]) -> Result<crate::OpenConversations, OrgError> {
        self.0.open_conversations(ids).await
    }
    async fn matching(
        &self,
        _: &[GuestId],
        _: &Selection,
    ) -> Result<std::collections::HashSet<GuestId>, OrgError> {
        Err(OrgError::Failed { why: "the filter does not parse".to_owned() })
    }
    fn with_undelivered(&self, ids: &[GuestId]) -> std::collections::HashSet<GuestId> {
        self.0.with_undelivered(ids)
    }
    fn holds(&self) -> crate::HoldSet {
        self.0.holds()
    }
    async fn remove(
        &self,
        doomed: &[model::Doomed],
        goes_on: &(dyn Fn() -> bool + Sync),
    ) -> Vec<(GuestId, Result<crate::Removed, OrgError>)> {
        self.0.remove(doomed, goes_on).await
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// The org's judge writes down every delete of a guest on hold; holds come before the plan, after it and while the
    /// run goes on, by guest and by filter.
    #[test]
    fn nothing_on_hold_is_ever_deleted(
        guests in 1u64..130,
        before in proptest::collection::vec(0u64..130, 0..8),
        after in proptest::collection::vec(0u64..130, 0..8),
        during in proptest::collection::vec((0u64..300, 0u64..130), 0..12),
        kept in proptest::collection::vec(0u64..130, 0..20),
        by_filter in proptest::option::of(0u64..300),
        trouble in proptest::collection::vec(0u64..130, 0..10),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let memory_org = MemoryOrg::with_guests((0..guests).map(|_| 40));
            {
                let mut org = memory_org.org();
                org.holds.extend(before.iter().map(|n| hold(*n, Some(id(*n)))));
                org.kept.extend(kept.iter().map(|n| id(*n)));
            }
            let story = Story::of(memory_org).await;
            {
                let mut org = story.memory_org.org();
                org.holds.extend(after.iter().map(|n| hold(200 + *n, Some(id(*n)))));
                org.events.extend(during.iter().map(|(step, n)| (*step, Event::Held(*n))));
                org.events.extend(by_filter.map(|step| (step, Event::HeldByFilter)));
                for n in &trouble {
                    org.trouble.insert(id(*n), vec![Trouble::CutBefore, Trouble::Limited].into());
                }
            }
            let report = story.execute(story.start(RunOptions::default())).await;
            story.audit(&report);
            assert!(report.verified == Some(true));
            let org = story.memory_org.org();
            let named: Vec<GuestId> = before.iter().chain(&after).map(|n| id(*n)).collect();
            assert!(org.deleted.iter().all(|id| !named.contains(id)));
            let all_by_filter = org.holds.iter().filter(|h| matches!(h.subject, HoldSubject::Filter(_))).count();
            if by_filter == Some(0) && all_by_filter > 0 {
                assert!(org.deleted.iter().all(|id| !org.kept.contains(id)));
            }
        });
    }
}

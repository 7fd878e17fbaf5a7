//! The index of runs: what it spares, and that it never differs from the journals.

use std::fs;

use proof::CertifiedOutcome;
use proptest::prelude::*;
use store::Batch;

use super::{
    super::{
        folder::RunFolder,
        journal::{End, Record, RunJournal, Start},
    },
    *,
};
use crate::{
    SpareReason, VerifiedPlans, cancel_run,
    memory_org::{Event, Trouble, id},
    reads::during,
    run_info,
};

/// A run that was paused at its cap, with an outcome of every kind.
async fn paused() -> Story {
    let memory_org = MemoryOrg::with_guests((0..60).map(|n| 100 - n));
    memory_org.org().open.insert(id(1));
    let story = Story::of(memory_org).await;
    {
        let mut org = story.memory_org.org();
        org.happen(Event::Edited(2));
        org.happen(Event::Vanishes(3));
        org.trouble.insert(id(4), vec![Trouble::Refused; 9].into());
    }
    story.execute(story.start(RunOptions { max: Some(40), pace: None })).await;
    story
}

#[tokio::test(start_paused = true)]
async fn a_look_at_runs_that_stand_still_reads_no_journal_and_hashes_no_plan_again() {
    let story = paused().await;
    let (run, this) = (story.run(), history(&story));
    let (first, reads) = during(|| this.list().unwrap());
    assert_eq!(reads, [1, 0]);
    let (again, reads) = during(|| (this.list().unwrap(), this.info(&run).unwrap()));
    assert_eq!((again, reads), ((first.clone(), first[0].clone()), [0, 0]));
    let (listed, reads) = during(|| history(&story).list().unwrap());
    assert_eq!((listed, reads), (first, [0, 0]), "the next process finds what this one kept");

    let page = |offset| this.outcomes(&run, |_| true, offset, 20).unwrap();
    assert_eq!(during(|| page(0)).1, [1, 1]);
    assert_eq!(during(|| (page(0), page(20), page(40))).1, [0, 0]);
    let spared = || this.outcomes(&run, |o| matches!(o, CertifiedOutcome::Spared(_)), 0, 20).unwrap();
    assert_eq!(during(spared), ((vec![page(0).0[1].clone(), page(0).0[2].clone()], 2), [0, 0]));

    let plans = VerifiedPlans::default();
    let look = || plans.look(story.plan.path()).map(|plan| plan.id().to_owned());
    assert_eq!(during(|| (look().unwrap(), look().unwrap())).1, [0, 1]);
    // Another plan in its place, and one that was touched and is as long.
    let good = fs::read_to_string(story.plan.path()).unwrap();
    plan_at(&*story.memory_org, &story.memory_org.policy, &seal(), now(), story.plan.path(), &|_| ())
        .await
        .unwrap();
    assert_ne!(look().unwrap(), story.plan.id());
    fs::remove_file(story.plan.path()).unwrap();
    fs::write(story.plan.path(), good.replace("\"due\":true", "\"due\":trub")).unwrap();
    assert!(matches!(look(), Err(Error::PlanChanged { .. })));
}

#[tokio::test(start_paused = true)]
async fn whatever_deletes_cancels_or_certifies_reads_the_journal_and_hashes_the_plan() {
    let story = paused().await;
    let this = history(&story);
    assert_eq!(this.list().unwrap()[0].state, RunState::Paused);
    this.outcomes(&story.run(), |_| true, 0, 20).unwrap();
    let key = proof::SigningKey::generate().unwrap();
    let issuing = certificate::issuing();
    let issue = || crate::issue(&store(), &story.runs(), &story.run(), &issuing, &key, Vec::new()).unwrap();
    assert_eq!(during(issue).1, [1, 1]);
    assert_eq!(during(|| drop(story.resume())).1[1], 1);
    assert_eq!(this.list().unwrap()[0].state, RunState::Interrupted, "it was resumed and dropped");
    cancel_run(&store(), &story.runs(), &story.run(), &FixedClock).unwrap();
    assert_eq!(this.list().unwrap()[0].state, RunState::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn an_index_that_is_lost_damaged_or_of_another_time_is_rebuilt_from_the_journal() {
    let story = paused().await;
    let truth = run_info(&store(), &story.runs(), &story.run()).unwrap();
    assert_eq!(history(&story).list().unwrap(), std::slice::from_ref(&truth));
    let name = story.run().to_string();
    let lost = |batch: &mut Batch| batch.remove(&store().table::<String, String>("run-summary"), &name);
    let foreign = |batch: &mut Batch| {
        batch.put(&store().table("run-summary"), &name, &"of another program".to_owned()).unwrap();
    };
    let spoil: [&dyn Fn(&mut Batch); 2] = [&lost, &foreign];
    for spoil in spoil {
        let mut batch = Batch::new();
        spoil(&mut batch);
        store().commit(batch).unwrap();
        assert_eq!(during(|| history(&story).list().unwrap()), (vec![truth.clone()], [1, 0]));
        assert_eq!(during(|| history(&story).list().unwrap()), (vec![truth.clone()], [0, 0]), "kept again");
    }
    // A folder that was brought back from elsewhere holds another file, whatever it says.
    let journal = RunFolder::of(&story.runs(), &story.run()).journal();
    let copy = journal.with_extension("copy");
    fs::copy(&journal, &copy).unwrap();
    fs::rename(&copy, &journal).unwrap();
    assert_eq!(during(|| history(&story).list().unwrap()), (vec![truth], [1, 0]));
    // What the index says of a journal that is damaged now is not shown.
    let mut bytes = fs::read(&journal).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::remove_file(&journal).unwrap();
    fs::write(&journal, bytes).unwrap();
    assert_eq!(history(&story).list().unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn while_a_run_goes_on_its_counts_and_its_outcomes_are_of_one_moment() {
    let story = Story::of(MemoryOrg::with_guests((0..50).map(|_| 40))).await;
    story.memory_org.org().happen(Event::Edited(7));
    let run = story.start(RunOptions::default());
    let mut progress = run.progress();
    let (mut moments, mut unwritten) = (0, 0);
    let watch = async {
        while progress.changed().await.is_ok() {
            let now = progress.borrow_and_update().clone();
            let of = |wanted: &dyn Fn(CertifiedOutcome) -> bool| {
                now.outcomes(&story.plan, wanted, 0, 99).read(&story.plan).unwrap().1
            };
            let deleted = of(&|outcome| outcome == CertifiedOutcome::Deleted);
            let remaining = of(&|outcome| outcome == CertifiedOutcome::Remaining);
            assert_eq!((deleted, remaining), (now.counts().deleted, now.counts().remaining));
            unwritten += u64::from(deleted > history(&story).info(&story.run()).unwrap().counts.deleted);
            moments += 1;
        }
    };
    let (report, ()) = tokio::join!(story.execute(run), watch);
    assert_eq!(report.counts.deleted, 49);
    assert!(moments > 20 && unwritten > 20, "{moments} {unwritten}");
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        any::<bool>().prop_map(|inferred| Outcome::Deleted { inferred }),
        Just(Outcome::AlreadyGone),
        Just(Outcome::Spared { why: SpareReason::Active }),
        ("[a-z]{0,9}", any::<bool>()).prop_map(|(why, perhaps)| Outcome::failed(&why, perhaps)),
    ]
}

fn record() -> impl Strategy<Value = Record> {
    let lines = || proptest::collection::vec(0u64..10, 1..5);
    const STATES: [RunState; 4] =
        [RunState::Paused, RunState::Finished, RunState::Failed, RunState::Cancelled];
    prop_oneof![
        2 => lines().prop_map(|lines| Record::Intent { lines }),
        4 => proptest::collection::vec((0u64..10, outcome()), 1..5)
            .prop_map(|outcomes| Record::Settled { outcomes }),
        1 => lines().prop_map(|lines| Record::Withdrawn { lines }),
        1 => Just(Record::Resumed { at: now(), options: RunOptions { max: Some(7), pace: None } }),
        1 => (proptest::sample::select(&STATES[..]), any::<bool>()).prop_map(|(state, verified)| {
            Record::End(End { state, verified, refused: false, why: None, goes_on_at: None, at: now() })
        }),
    ]
}

/// What a plan of ten due guests comes to, told without the code of the index: the last outcome of each.
fn told(records: &[Record]) -> Vec<Option<Outcome>> {
    let mut told = vec![None; 10];
    for record in records {
        if let Record::Settled { outcomes } = record {
            outcomes.iter().for_each(|(line, outcome)| told[*line as usize] = Some(outcome.clone()));
        }
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn after_every_prefix_of_a_journal_the_index_says_what_a_replay_says(
        records in proptest::collection::vec(record(), 1..25),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let story = runtime.block_on(Story::of(MemoryOrg::with_guests([40; 10])));
        let (runs, run) = (story.runs(), story.run());
        let folder = RunFolder::of(&runs, &run);
        fs::create_dir_all(folder.path()).unwrap();
        fs::copy(story.plan.path(), folder.plan()).unwrap();
        let start = Start {
            run: run.clone(),
            plan: story.plan.id().to_owned(),
            connection: "simulator".to_owned(),
            due: 10,
            spared: 0,
            options: RunOptions::default(),
            at: now(),
        };
        RunJournal::create(&folder, start, &store()).unwrap();
        let this = history(&story);
        for end in 0..=records.len() {
            if let Some(record) = end.checked_sub(1).map(|last| &records[last]) {
                let lease = folder.lease().unwrap().unwrap();
                let (mut journal, _) = RunJournal::open(&folder, &run, lease, &store()).unwrap();
                journal.append_now(std::slice::from_ref(record)).unwrap();
                // While somebody carries it out, too.
                prop_assert_eq!(this.info(&run).unwrap(), run_info(&store(), &runs, &run).unwrap());
            }
            let truth = run_info(&store(), &runs, &run).unwrap();
            for look in [&this, &history(&story)] {
                prop_assert_eq!(look.list().unwrap(), std::slice::from_ref(&truth));
                let (rows, total) = look.outcomes(&run, |_| true, 0, 99).unwrap();
                let rows: Vec<_> = rows.into_iter().map(|row| row.outcome).collect();
                prop_assert_eq!(&rows, &told(&records[..end]));
                let remaining = rows.iter().filter(|row| row.is_none()).count() as u64;
                prop_assert_eq!((total, truth.counts.total, truth.counts.remaining), (10, 10, remaining));
            }
        }
    }
}

//! The outbox against a model of it: fifty random steps of guests, the org, a person, the clock and crashes. What the
//! org answers is drawn at the step, when an entry is tried depends on the waits drawn by the outbox; so the model
//! follows what was tried and says whether it was allowed, and what had to be tried.

mod expected;
mod org;
mod world;

use model::AfterDoubt;
use outbox::Wake;
use proptest::{prelude::*, test_runner::Config};
use testkit::{long_run, third_dialect::Mood};

/// One thing that happens. Entries are chosen by a number that is taken modulo those that exist.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Nothing: what a failing story is made shorter with.
    Rest,
    /// A guest writes in a conversation.
    Accept {
        lane: u64,
    },
    /// An accepted message comes again, with its own text or another.
    Again {
        entry: usize,
        other_text: bool,
    },
    /// An activation to its end, the org answering by this seed and mood.
    Drain {
        seed: u64,
        mood: Mood,
    },
    /// An activation that is dropped.
    DrainCut {
        seed: u64,
        mood: Mood,
        after_ms: u64,
    },
    /// A person's decision.
    Retry {
        entry: usize,
    },
    MarkDelivered {
        entry: usize,
    },
    SendAgain {
        entry: usize,
    },
    Edit {
        entry: usize,
    },
    Discard {
        entry: usize,
    },
    Undo {
        entry: usize,
    },
    Resume,
    Wake(Wake),
    /// The clock moves, forward or back.
    Clock {
        seconds: i64,
    },
    /// Closed in order and opened again.
    Reopen,
    /// The process is gone: only what is on the disk is left.
    Crash,
    /// The disk is full for a while; so many bytes of a write still fit.
    Full {
        entry: usize,
        short: usize,
    },
    /// A bit of a closed folder flips, in the journal or in the index.
    Damage {
        journal: bool,
        at: usize,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let mood = || prop_oneof![3 => Just(Mood::Good), 5 => Just(Mood::Bad), 1 => Just(Mood::Denies)];
    let wake = prop_oneof![Just(Wake::Network), Just(Wake::Token), Just(Wake::Budget), Just(Wake::Person),];
    let clock = prop_oneof![3 => 1..400i64, 1 => -5_000..0i64, 1 => 1_000..100_000i64];
    let entry = || any::<usize>();
    let step = prop_oneof![
        1 => Just(Step::Rest),
        8 => (0..4u64).prop_map(|lane| Step::Accept { lane }),
        1 => (entry(), any::<bool>()).prop_map(|(entry, other_text)| Step::Again { entry, other_text }),
        5 => (any::<u64>(), mood()).prop_map(|(seed, mood)| Step::Drain { seed, mood }),
        2 => (any::<u64>(), mood(), 0..60u64)
            .prop_map(|(seed, mood, after_ms)| Step::DrainCut { seed, mood, after_ms }),
        1 => entry().prop_map(|entry| Step::Retry { entry }),
        1 => entry().prop_map(|entry| Step::MarkDelivered { entry }),
        1 => entry().prop_map(|entry| Step::SendAgain { entry }),
        1 => entry().prop_map(|entry| Step::Edit { entry }),
        2 => entry().prop_map(|entry| Step::Discard { entry }),
        2 => entry().prop_map(|entry| Step::Undo { entry }),
        1 => Just(Step::Resume),
        1 => wake.prop_map(Step::Wake),
        4 => clock.prop_map(|seconds| Step::Clock { seconds }),
        1 => Just(Step::Reopen),
        1 => Just(Step::Crash),
        1 => (entry(), 0..400usize).prop_map(|(entry, short)| Step::Full { entry, short }),
        1 => (any::<bool>(), any::<usize>()).prop_map(|(journal, at)| Step::Damage { journal, at }),
    ];
    proptest::collection::vec(step, 50)
}

fn live(after_doubt: AfterDoubt, steps: &[Step]) {
    // One thread for what blocks: what is queued there last is done last.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .max_blocking_threads(1)
        .build();
    runtime.expect("a runtime").block_on(async {
        let mut world = world::World::new(after_doubt);
        for step in steps {
            world.take(step).await;
            world.compare();
        }
        world.end().await;
    });
}

proptest! {
    #![proptest_config(Config { cases: long_run(200, 1_000), max_shrink_iters: 500, ..Config::default() })]

    #[test]
    fn the_outbox_does_what_its_model_says_through_crashes_and_clock_jumps(steps in steps()) {
        live(AfterDoubt::SameIdAgain, &steps);
    }
}

proptest! {
    #![proptest_config(Config { cases: long_run(60, 1_000), max_shrink_iters: 500, ..Config::default() })]

    #[test]
    fn where_repeats_are_not_known_the_history_decides_and_nothing_is_sent_twice_silently(steps in steps()) {
        live(AfterDoubt::LookInHistory, &steps);
    }

    #[test]
    fn where_nothing_can_be_found_out_a_person_decides_and_nothing_is_sent_twice_silently(steps in steps()) {
        live(AfterDoubt::AskPerson, &steps);
    }
}

//! What is written is read as the same.

use std::{path::Path, path::PathBuf, sync::Arc, time::Duration};

use lab::scenario::{
    Action, Config, Include, Pick, Place, Scenario, ScenarioFile, Setting, Step, WrittenStep, to_yaml,
};
use proptest::{collection::vec, option, prelude::*};
use serde_json::Value;

use crate::{corpus, fine};

/// One place for all: a model that was made has none, and one that was read forgets its own.
fn nowhere() -> Place {
    Place::beginning(&Arc::from(Path::new("nowhere")))
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{1,12}",
        "\\PC{1,8}",
        any::<String>().prop_filter("something", |text| !text.is_empty()),
        proptest::sample::select(vec![
            "yes",
            "5",
            "true",
            "null",
            "2026-11-30",
            "- a",
            "a: b",
            "#x",
            "<<",
            "\n",
            " "
        ])
        .prop_map(str::to_owned),
    ]
}

/// A text in which no variable stands.
fn plain_text() -> impl Strategy<Value = String> {
    text().prop_map(|text| text.replace('$', "S"))
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), text()]
}

/// Names unlike each other, each with a value.
fn named<T: std::fmt::Debug + Clone>(
    value: impl Strategy<Value = T>,
    least: usize,
) -> impl Strategy<Value = Vec<(String, T)>> {
    proptest::collection::btree_map(plain_text(), value, least..4).prop_map(|map| map.into_iter().collect())
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        any_text().prop_map(Value::from),
        (-9_007_199_254_740_992_i64..=9_007_199_254_740_992).prop_map(Value::from),
        any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ]
}

fn milliseconds(least: u64) -> impl Strategy<Value = Duration> {
    (least..=86_400_000).prop_map(Duration::from_millis)
}

fn step() -> impl Strategy<Value = Step> {
    let simple = prop_oneof![
        text().prop_map(Action::Say),
        text().prop_map(Action::WaitForReplyContaining),
        text().prop_map(Action::WaitForReplyMatching),
        text().prop_map(Action::Tap),
        vec(text(), 1..4).prop_map(|list| Action::Pick(Pick::List(list))),
        proptest::sample::select(vec!["2026-11-30", "2026-11-30T10:00Z", "${when}"])
            .prop_map(|time| Action::Pick(Pick::Time(time.to_owned()))),
        named(any_text(), 1).prop_map(Action::Fill),
        text().prop_map(|path| Action::Attach(PathBuf::from(path))),
        named(any_text(), 1).prop_map(Action::Attributes),
        vec(text(), 1..4).prop_map(Action::ExpectQuickReplies),
        option::of(any::<bool>()).prop_map(|read_only| Action::ExpectDisconnect { read_only }),
        text().prop_map(Action::NeverContaining),
        Just(Action::GoOffline),
        Just(Action::ComeBack),
        milliseconds(0).prop_map(Action::Pause),
        named(scalar(), 1).prop_map(Action::ExpectAttribute),
    ];
    let step = simple.prop_map(|action| Step { place: nowhere(), action });
    step.prop_recursive(4, 8, 1, |inner| {
        let inner = inner.prop_map(Box::new);
        let action = prop_oneof![
            inner.clone().prop_map(Action::Optional),
            (milliseconds(1), inner).prop_map(|(limit, step)| {
                let limit = limit.max(longest_pause(&step.action));
                Action::Within { limit, step }
            }),
        ];
        action.prop_map(|action| Step { place: nowhere(), action })
    })
}

/// A longer one than its limit is refused.
fn longest_pause(action: &Action) -> Duration {
    match action {
        Action::Pause(time) => *time,
        Action::Optional(step) | Action::Within { step, .. } => longest_pause(&step.action),
        _ => Duration::ZERO,
    }
}

fn steps() -> impl Strategy<Value = Vec<WrittenStep>> {
    let include = ("[^#$]{0,8}", plain_text()).prop_map(|(file, scenario)| Include {
        place: nowhere(),
        file: PathBuf::from(file),
        scenario,
    });
    vec(
        prop_oneof![4 => step().prop_map(WrittenStep::One), 1 => include.prop_map(WrittenStep::Include)],
        0..4,
    )
}

fn scenarios() -> impl Strategy<Value = Vec<Scenario<WrittenStep>>> {
    let name = prop_oneof![text(), (0_u32..20).prop_map(|n| n.to_string())]
        .prop_filter("a name", |name| name.chars().any(|c| !"\n\r\u{2028}\u{2029}".contains(c)));
    let about = (
        vec(plain_text(), 0..3),
        option::of(milliseconds(1)),
        option::of(plain_text()),
        option::of(1_u32..=10_000),
    );
    proptest::collection::btree_map(name, (steps(), about), 1..4).prop_map(|all| {
        let one = |(name, (steps, (tags, timeout, skip, repeat)))| Scenario {
            name,
            place: nowhere(),
            steps,
            tags,
            timeout,
            skip,
            repeat,
        };
        let mut all: Vec<_> = all.into_iter().map(one).collect();
        all.sort_by_key(|scenario: &Scenario<_>| {
            scenario
                .name
                .parse::<u32>()
                .ok()
                .filter(|n| n.to_string() == scenario.name && *n < u32::MAX)
                .unwrap_or(u32::MAX)
        });
        all
    })
}

fn files() -> impl Strategy<Value = ScenarioFile> {
    let setting = |text| Setting { place: nowhere(), text };
    let config = (option::of(text()), option::of(text()), option::of(text()), option::of(milliseconds(0)))
        .prop_map(move |(deployment_id, region, origin, pace)| Config {
            deployment_id: deployment_id.map(setting),
            region: region.map(setting),
            origin: origin.map(setting),
            pace,
        });
    let variables = proptest::collection::btree_map("[A-Za-z_][A-Za-z0-9_-]{0,6}", any_text(), 0..4);
    (config, variables, steps(), steps(), scenarios()).prop_map(
        move |(config, variables, setup, clean_up, scenarios)| {
            let variables = variables.into_iter().map(|(name, text)| (name, setting(text))).collect();
            ScenarioFile { config, variables, setup, clean_up, scenarios }
        },
    )
}

/// The same without places.
fn forgetful(mut file: ScenarioFile) -> ScenarioFile {
    fn bare(step: &mut Step) {
        step.place = nowhere();
        if let Action::Optional(inner) | Action::Within { step: inner, .. } = &mut step.action {
            bare(inner);
        }
    }
    fn written(written: &mut WrittenStep) {
        match written {
            WrittenStep::One(one) => bare(one),
            WrittenStep::Include(include) => include.place = nowhere(),
        }
    }
    let Config { deployment_id, region, origin, .. } = &mut file.config;
    let settings = [deployment_id, region, origin].into_iter().flatten();
    for setting in settings.chain(file.variables.iter_mut().map(|(_, setting)| setting)) {
        setting.place = nowhere();
    }
    file.setup.iter_mut().chain(&mut file.clean_up).for_each(written);
    for scenario in &mut file.scenarios {
        scenario.place = nowhere();
        scenario.steps.iter_mut().for_each(written);
    }
    file
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_model_that_is_printed_is_read_as_the_same(file in files()) {
        prop_assert_eq!(forgetful(fine(&to_yaml(&file))), file);
    }
}

#[test]
fn files_of_the_corpus_are_printed_and_read_as_the_same() {
    for (text, _) in corpus::all().into_iter().filter(|(_, is_taken)| *is_taken) {
        let file = fine(&text);
        assert_eq!(forgetful(fine(&to_yaml(&file))), forgetful(file), "{text}");
    }
}

#[test]
fn a_printed_file_reads_well() {
    let text = "config:\n  region: \"r\"\nscenarios:\n  \"Hi there\":\n    - say: \"a \\\"b\\\"\"\n    - optional: {tap: \"Yes\"}\n";
    assert_eq!(to_yaml(&fine(text)), text);
}

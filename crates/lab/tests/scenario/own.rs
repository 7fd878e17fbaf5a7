//! What is ours beside the peer's format.

use std::{path::PathBuf, time::Duration};

use lab::scenario::{Action, Pick, WrittenStep};
use serde_json::{Value, json};

use crate::{actions, fine, refused_on, with_steps};

fn one(step: &str) -> Action {
    actions(&with_steps(&format!("- {step}"))).remove(0)
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

fn named(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn every_step_of_our_own_is_read() {
    assert_eq!(one("tap: Yes"), Action::Tap("Yes".to_owned()));
    assert_eq!(one("pick: {list: [a, b]}"), Action::Pick(Pick::List(texts(&["a", "b"]))));
    let time = "2026-11-30T10:00:00Z".to_owned();
    assert_eq!(one("pick: {time: 2026-11-30T10:00:00Z}"), Action::Pick(Pick::Time(time.clone())));
    assert_eq!(one("pick: {time: '2026-11-30T10:00:00Z'}"), Action::Pick(Pick::Time(time)));
    assert_eq!(
        one("fill: {name: Ada, age: 36, note: ''}"),
        Action::Fill(named(&[("name", "Ada"), ("age", "36"), ("note", "")]))
    );
    assert_eq!(one("attach: a/b.png"), Action::Attach(PathBuf::from("a/b.png")));
    assert_eq!(one("attributes: {vip: true}"), Action::Attributes(named(&[("vip", "true")])));
    assert_eq!(one("expectQuickReplies: [Yes, No]"), Action::ExpectQuickReplies(texts(&["Yes", "No"])));
    assert_eq!(one("expectDisconnect: true"), Action::ExpectDisconnect { read_only: None });
    assert_eq!(
        one("expectDisconnect: {readOnly: false}"),
        Action::ExpectDisconnect { read_only: Some(false) }
    );
    assert_eq!(one("neverContaining: sorry"), Action::NeverContaining("sorry".to_owned()));
    assert_eq!(one("goOffline: true"), Action::GoOffline);
    assert_eq!(one("comeBack: true"), Action::ComeBack);
    assert_eq!(one("pause: 0"), Action::Pause(Duration::ZERO));
    assert_eq!(one("pause: 1500"), Action::Pause(Duration::from_millis(1_500)));
    let expected =
        [("a", json!("x")), ("b", json!(7)), ("c", json!(true)), ("d", Value::Null), ("e", json!(1.5))];
    let expected = expected.map(|(name, value)| (name.to_owned(), value)).to_vec();
    assert_eq!(
        one("expectAttribute: {a: x, b: 7, c: true, d: null, e: 1.5}"),
        Action::ExpectAttribute(expected)
    );
    match one("optional: {within: {seconds: 0.5, step: {say: Hi}}}") {
        Action::Optional(step) => match step.action {
            Action::Within { limit, step } => {
                assert_eq!((limit, step.action), (Duration::from_millis(500), Action::Say("Hi".to_owned())));
            }
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_that_a_step_of_our_own_cannot_have_are_refused_on_its_line() {
    for (step, words) in [
        ("tap: ''", "`tap` is empty"),
        ("tap: 5", "put \"5\" in quotes"),
        ("pick: {}", "exactly 1 key"),
        ("pick: {list: [a], time: b}", "exactly 1 key"),
        ("pick: {list: []}", "is empty; it needs an entry"),
        ("pick: {list: [5]}", "an entry of `list` must be a text"),
        ("pick: {time: noon}", "ISO 8601"),
        ("pick: {time: 2026-13-30}", "ISO 8601"),
        ("pick: {colour: red}", "only `list` or `time`"),
        ("fill: {}", "is empty; it needs an entry"),
        ("fill: {a: [b]}", "\"a\" of `fill` must be a text"),
        ("fill: {'': b}", "an empty name"),
        ("attributes: {a: ~}", "must be a text, a number, true or false, not nothing"),
        ("attributes: [a]", "a mapping"),
        ("attributes: {innkeeperLab: x}", "is set by the lab on every guest"),
        ("attributes: {a: b, IsAutomatedTest: 'no'}", "is set by the lab on every guest"),
        ("expectQuickReplies: []", "is empty; it needs an entry"),
        ("expectQuickReplies: Yes", "must be a list"),
        ("expectDisconnect: false", "can only be true"),
        ("expectDisconnect: {}", "readOnly"),
        ("expectDisconnect: {readOnly: maybe}", "true or false"),
        ("goOffline: false", "can only be true"),
        ("comeBack: yes", "must be the word true, not a text"),
        ("pause: -1", "from 0 to 86400000"),
        ("pause: 1.5", "a whole number from 0 to 86400000 milliseconds, not 1.5"),
        ("pause: 86400001", "from 0 to 86400000"),
        ("expectAttribute: {a: [b]}", "a number"),
        ("expectAttribute: {a: 9007199254740993001}", "another one"),
        ("expectAttribute: {a: .inf}", "another one"),
        ("expectAttribute: {a: 9007199254740993}", "another one"),
        ("expectAttribute: {a: 0x20000000000001}", "in quotes"),
        ("expectAttribute: {a: 1.0000000000000001}", "another one"),
        ("expectAttribute: {a: 1e-400}", "another one"),
        ("expectAttribute: {a: 123456789.123456789123}", "another one"),
        ("expectAttribute: {'${a}': b}", "takes no variables"),
        ("attributes: {'a ${a}': b}", "takes no variables"),
        ("fill: {'${ a }': b}", "takes no variables"),
        ("say: #1", "needs quotes"),
        ("say: &hello", "needs quotes"),
        ("say: {name}", "needs quotes"),
        ("say: [1] first", "if the value of `say` is a text, put it in quotes"),
        ("say: , a", "if the value of `say` is a text, put it in quotes"),
        ("say: Note: bring it", "if the value of `say` is a text, put it in quotes"),
        ("optional: {say: ''}", "`say` is empty"),
        ("optional: say", "the step of `optional` must be a mapping"),
        ("optional: [{say: x}]", "the step of `optional` must be a mapping"),
        ("optional: {include: 'a.yaml#b'}", "cannot stand within"),
        ("within: {seconds: 5}", "needs both"),
        ("within: {seconds: 5, step: {pause: 5001}}", "longer than its 5000 ms"),
        ("within: {seconds: 5, step: {within: {seconds: 9, step: {optional: {pause: 5001}}}}}", "5001 ms"),
        ("within: {step: {say: x}}", "needs both"),
        ("within: {seconds: 0, step: {say: x}}", "from 0.001"),
        ("within: {seconds: 0.0009, step: {say: x}}", "seconds, not 0.0009"),
        ("within: {seconds: 86400.0004, step: {say: x}}", "from 0.001"),
        ("within: {seconds: 86401, step: {say: x}}", "from 0.001"),
        ("within: {seconds: .nan, step: {say: x}}", "from 0.001"),
        ("within: {seconds: '5', step: {say: x}}", "from 0.001 to 86400 seconds, not a text"),
        ("within: {minutes: 5, step: {say: x}}", "\"minutes\""),
        ("include: a.yaml", "FILE#SCENARIO"),
        ("include: 'a.yaml#'", "FILE#SCENARIO"),
        ("include: '${a}.yaml#b'", "no variables"),
        ("say: x\n  tap: y", "exactly 1 key"),
    ] {
        refused_on(4, words, &with_steps(&format!("- say: x\n- {step}")));
    }
}

#[test]
fn a_scenario_can_be_a_mapping() {
    let file = fine(
        "scenarios:\n  a:\n    tags: [smoke, slow]\n    timeout: 2.5\n    skip: later\n    repeat: 3\n    steps: []\n",
    );
    let scenario = &file.scenarios[0];
    assert_eq!(scenario.tags, ["smoke", "slow"]);
    assert_eq!(scenario.timeout, Some(Duration::from_millis(2_500)));
    assert_eq!((scenario.skip.as_deref(), scenario.repeat), (Some("later"), Some(3)));
    for (key, words) in [
        ("tags: smoke", "must be a list"),
        ("tags: [5]", "must be a text"),
        ("timeout: 0", "from 0.001"),
        ("skip: true", "must be a text"),
        ("skip:", "not nothing"),
        ("repeat: 0", "from 1 to 10000"),
        ("repeat: 2.5", "a whole number from 1 to 10000, not 2.5"),
        ("tags: ['${a}']", "takes no variables"),
        ("tags:\n      - a\n      - 5", "must be a text"),
        ("skip: '${a}'", "takes no variables"),
        ("colour: red", "\"colour\""),
    ] {
        refused_on(4, words, &format!("scenarios:\n  a:\n    steps: []\n    {key}\n"));
    }
    refused_on(3, "steps are a list, each on a line that begins with `- `", "scenarios:\n  a:\n    say: hi");
    refused_on(2, "has no `steps`", "scenarios:\n  a: {tags: []}");
    refused_on(3, "must be a list", "scenarios:\n  a:\n    steps:\n    tags: []");
}

#[test]
fn a_file_has_set_up_clean_up_variables_and_a_pace() {
    let file = fine(
        "config: {pace: 0}\nvariables: {a: x, b: 5, c: ''}\nsetup: [{say: Hi}]\ncleanUp: [{include: 'x.yaml#y'}]\nscenarios: {a: []}",
    );
    assert_eq!(file.config.pace, Some(Duration::ZERO));
    let variables: Vec<_> = file.variables.iter().map(|(name, s)| (name.as_str(), s.text.as_str())).collect();
    assert_eq!(variables, [("a", "x"), ("b", "5"), ("c", "")]);
    assert!(matches!(file.setup[..], [WrittenStep::One(_)]));
    assert!(matches!(file.clean_up[..], [WrittenStep::Include(_)]));
    refused_on(1, "`setup` must be a list", "setup:\nscenarios: {a: []}");
    refused_on(2, "`say` is empty", "cleanUp:\n  - say: ''\nscenarios: {a: []}");
    refused_on(2, "cannot be a variable", "variables:\n  a b: x\nscenarios: {a: []}");
    refused_on(2, "not nothing", "variables:\n  a:\nscenarios: {a: []}");
    refused_on(1, "`pace` must be a whole number", "config: {pace: soon}\nscenarios: {a: []}");
}

#[test]
fn a_number_that_stays_the_same_is_read() {
    for (written, read) in [
        ("9007199254740992", json!(9_007_199_254_740_992_i64)),
        ("9007199254740994", json!(9_007_199_254_740_994.0)),
        ("1000000000000000000", json!(1e18)),
        ("100000000000000000000", json!(1e20)),
        ("0x10", json!(16)),
        ("-007", json!(-7)),
        ("1.50", json!(1.5)),
        ("0.1", json!(0.1)),
        ("1.5e-3", json!(0.0015)),
        ("0.0", json!(0.0)),
        ("123456789.123456", json!(123_456_789.123_456)),
    ] {
        let expected = Action::ExpectAttribute(vec![("a".to_owned(), read)]);
        assert_eq!(one(&format!("expectAttribute: {{a: {written}}}")), expected, "{written}");
    }
}

#[test]
fn whole_values_may_be_written_as_fractions() {
    assert_eq!(one("pause: 3.0"), Action::Pause(Duration::from_millis(3)));
    assert_eq!(one("pause: 1e3"), Action::Pause(Duration::from_secs(1)));
    assert_eq!(fine("scenarios: {a: {steps: [], repeat: 3.0}}").scenarios[0].repeat, Some(3));
    assert_eq!(fine("config: {pace: 1.0}\nscenarios: {a: []}").config.pace, Some(Duration::from_millis(1)));
}

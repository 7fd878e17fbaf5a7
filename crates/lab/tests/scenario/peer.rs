//! The peer's format, corner by corner: what its command line takes is taken with the same meaning, and what it refuses is
//! refused, with the reason and its place.

use lab::scenario::Action;

use crate::{actions, fine, names, read, refused, refused_on, with_steps};

fn said(text: &str) -> Vec<Action> {
    actions(&with_steps(text))
}

#[test]
fn the_three_steps_of_the_peer_are_read() {
    let steps = "- say: Hi\n- waitForReplyContaining: questions\n- waitForReplyMatching: ^Have .* day$";
    let expected = [
        Action::Say("Hi".to_owned()),
        Action::WaitForReplyContaining("questions".to_owned()),
        Action::WaitForReplyMatching("^Have .* day$".to_owned()),
    ];
    assert_eq!(said(steps), expected);
}

#[test]
fn config_is_optional_and_so_is_each_of_its_keys() {
    assert_eq!(fine("scenarios: {a: []}").config.region, None);
    assert_eq!(fine("config: {}\nscenarios: {a: []}").config.region, None);
    let config = fine("config:\n  deploymentId: d\n  region: r\n  origin: o\nscenarios: {a: []}").config;
    let texts = [config.deployment_id, config.region, config.origin].map(|setting| setting.unwrap().text);
    assert_eq!(texts, ["d", "r", "o"]);
}

#[test]
fn values_of_config_are_texts_with_something_in_them() {
    refused_on(2, "`region` must be a text", "config:\n  region: 5\nscenarios: {a: []}");
    refused_on(2, "`origin` is empty", "config:\n  origin: ''\nscenarios: {a: []}");
    refused_on(3, "not nothing", "config:\n  origin: o\n  region:\nscenarios: {a: []}");
    refused_on(1, "`config` must be", "config:\nscenarios: {a: []}");
}

#[test]
fn scenarios_is_required_with_at_least_one_entry() {
    refused_on(1, "`scenarios` is missing", "config: {}");
    refused_on(2, "has no scenario", "config: {}\nscenarios: {}");
    refused_on(2, "must be a mapping", "config: {}\nscenarios:\n");
    refused_on(1, "must be a mapping", "scenarios: [a]");
}

#[test]
fn the_root_is_a_mapping() {
    refused_on(1, "must be a mapping", "- scenarios");
    refused_on(1, "must be a mapping", "scenarios");
    refused_on(1, "is empty", "");
    refused_on(1, "is empty", "# a comment\n");
}

#[test]
fn any_name_of_a_scenario_will_do_but_none() {
    assert_eq!(names("scenarios: {' ': [], 'é🎉': [], \"a\\nb\": []}"), [" ", "é🎉", "a\nb"]);
    refused_on(2, "needs a name", "scenarios:\n  '': []");
    refused_on(2, "needs a name", "scenarios:\n  \"\\n\": []");
}

#[test]
fn numbers_true_false_and_bare_dates_are_refused_as_step_values() {
    for value in ["5", "1.5", "0x1F", ".inf", "-3", "true", "False", "2026-11-30", "2026-11-30T10:00:00Z"] {
        refused_on(4, "must be a text", &with_steps(&format!("- say: x\n- say: {value}")));
        let quoted = said(&format!("- say: '{value}'"));
        assert_eq!(quoted, [Action::Say(value.to_owned())]);
        assert_eq!(said(&format!("- say: !!str {value}")), quoted);
    }
}

#[test]
fn a_bare_yes_is_a_text() {
    for word in ["yes", "No", "on", "off", "y", "1:30", "0b1", "-.5", "+.5"] {
        assert_eq!(said(&format!("- say: {word}")), [Action::Say(word.to_owned())]);
    }
}

#[test]
fn an_empty_text_and_nothing_are_refused_at_their_key() {
    for value in ["", "''", "\"\"", "~", "null", "[]", "{}"] {
        refused_on(4, "`say`", &with_steps(&format!("- say: x\n- say: {value}\n- say: y")));
    }
    refused_on(3, "`say` is empty", &with_steps("- say:\n    ''"));
}

#[test]
fn blanks_are_a_text() {
    assert_eq!(said("- say: ' '"), [Action::Say(" ".to_owned())]);
}

#[test]
fn a_text_over_lines_is_read_as_yaml_says() {
    assert_eq!(said("- say: |\n    a\n    b"), [Action::Say("a\nb\n".to_owned())]);
    assert_eq!(said("- say: >-\n    a\n    b"), [Action::Say("a b".to_owned())]);
}

#[test]
fn an_empty_list_of_steps_is_valid_and_a_null_list_is_refused_at_its_key() {
    assert_eq!(said("[]"), []);
    refused_on(3, "\"b\" must be a list of steps, not nothing", "scenarios:\n  a: []\n  b:\n  c: []");
    refused_on(3, "\"b\" must be a list of steps", "scenarios:\n  a: []\n  b: hello");
}

#[test]
fn unknown_keys_are_refused_at_root_in_config_and_in_steps() {
    refused_on(2, "\"colour\"", "scenarios: {a: []}\ncolour: red");
    refused_on(2, "\"colour\"", "config:\n  colour: red\nscenarios: {a: []}");
    refused_on(4, "\"shout\"", &with_steps("- say: x\n- shout: hey"));
    refused_on(3, "\"Say\"", &with_steps("- Say: x"));
}

#[test]
fn a_step_has_exactly_one_key() {
    refused_on(4, "exactly 1 key", &with_steps("- say: x\n- say: y\n  waitForReplyContaining: z"));
    refused_on(3, "this one has none", &with_steps("- {}"));
    refused_on(3, "a step must be a mapping", &with_steps("- hello"));
    refused_on(4, "a step must be a mapping", &with_steps("- say: x\n-\n- say: y"));
    refused_on(3, "a step must be a mapping", &with_steps("- [say, x]"));
}

#[test]
fn a_scenario_that_is_given_twice_is_refused_at_the_second_one() {
    let (line, column, message) = refused("scenarios:\n  a: []\n  b: []\n  'a': []\n");
    assert_eq!((line, column), (4, 3));
    assert!(message.contains("given twice"));
    // To the peer these are one name, too.
    refused_on(3, "\"16\" is given twice", "scenarios:\n  16: []\n  0x10: []");
    refused_on(2, "given twice", "scenarios: {a: []}\nscenarios: {b: []}");
    refused_on(4, "given twice", &with_steps("- say: x\n  say: y"));
}

#[test]
fn several_documents_are_refused_where_the_second_one_begins() {
    refused_on(2, "one document", "scenarios: {a: []}\n---\nscenarios: {b: []}");
    refused_on(3, "one document", "scenarios: {a: []}\n...\nscenarios: {b: []}");
    fine("%YAML 1.2\n---\nscenarios: {a: []}\n...\n");
}

#[test]
fn anchors_and_aliases_work() {
    let file = "scenarios:\n  a: &steps\n    - say: &hi Hi\n    - waitForReplyContaining: *hi\n  b: *steps\n";
    let file = fine(file);
    assert_eq!(file.scenarios[0].steps, file.scenarios[1].steps);
    let merged = "scenarios:\n  a:\n    - &hi {say: Hi}\n    - <<: *hi\n";
    assert_eq!(actions(merged), [Action::Say("Hi".to_owned()), Action::Say("Hi".to_owned())]);
    refused_on(2, "anchor", "scenarios:\n  a: *nobody");
}

#[test]
fn a_broken_regular_expression_passes() {
    assert_eq!(said("- waitForReplyMatching: '(['"), [Action::WaitForReplyMatching("([".to_owned())]);
}

#[test]
fn names_that_look_like_integers_come_first_in_numeric_order() {
    let file =
        "scenarios: {b: [], 10: [], '2': [], a: [], '007': [], -1: [], 1.5: [], 4294967295: [], 0: []}";
    assert_eq!(names(file), ["0", "2", "10", "b", "a", "007", "-1", "1.5", "4294967295"]);
}

#[test]
fn what_only_looks_like_a_variable_stays_as_it_is() {
    let text = "- say: 'costs ${5} or ${} or $x'";
    assert_eq!(said(text), [Action::Say("costs ${5} or ${} or $x".to_owned())]);
}

#[test]
fn what_is_no_yaml_is_refused_with_its_place() {
    refused_on(3, "no YAML", "scenarios:\n  a:\n    - say: 'open\n");
    refused_on(2, "no YAML", "scenarios: {a: []}\n\ta: x\nb");
    refused_on(1, "tag", "scenarios: !shape {a: []}");
    refused_on(1, "this is no", "scenarios: {a: [{say: !!int x}]}");
    refused_on(1, "a name must be a text", "scenarios: {[a]: []}");
}

#[test]
fn json_is_read_as_well() {
    let file = r#"{"config":{"region":"r"},"scenarios":{"a":[{"say":"Hi \u00e9\/"}]}}"#;
    assert_eq!(actions(file), [Action::Say("Hi é/".to_owned())]);
}

#[test]
fn files_that_windows_wrote_are_read_and_utf_16_is_refused_by_name() {
    let text = "\u{feff}scenarios:\r\n  a:\r\n    - say: Hi\r\n    - say: 5\r\n";
    assert_eq!(refused(text).0, 4);
    let wide: Vec<u8> = "scenarios".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mistake = lab::scenario::parse("x".as_ref(), &wide).unwrap_err();
    assert!(mistake.message.contains("UTF-16"), "{mistake}");
    let wider: Vec<u8> = "scenarios".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    for bytes in [wider.clone(), [&[0xff, 0xfe, 0, 0], &wider[..]].concat()] {
        let mistake = lab::scenario::parse("x".as_ref(), &bytes).unwrap_err();
        assert!(mistake.message.contains("UTF-32"), "{mistake}");
    }
    assert!(refused("\0scenarios").2.contains("U+0000"));
    assert!(read("scenarios: {a: []}\n\n").is_ok());
}

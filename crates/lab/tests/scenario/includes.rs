//! Variables and includes: what a file means once it is loaded.

use std::{ffi::OsString, fs};

use lab::{
    Error,
    scenario::{Action, Mistake, Suite, load},
};
use tempfile::{TempDir, tempdir};

/// A folder with these files.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn environment(name: &str) -> Option<OsString> {
    match name {
        "TOWN" => Some("Ulm".into()),
        "EMPTY" => Some("".into()),
        "GC_CLIENT_SECRET" | "INNKEEPER_PASSPHRASE" => Some("hunter2".into()),
        _ => None,
    }
}

pub fn loaded(folder: &TempDir, name: &str) -> Result<Suite, Error> {
    load(&folder.path().join(name), &environment)
}

pub fn actions(suite: &Suite) -> Vec<Action> {
    suite.scenarios[0].steps.iter().map(|step| step.action.clone()).collect()
}

fn say(text: &str) -> Action {
    Action::Say(text.to_owned())
}

pub fn mistake(folder: &TempDir, name: &str) -> Mistake {
    match loaded(folder, name) {
        Err(Error::Mistake(mistake)) => mistake,
        other => panic!("{other:?}"),
    }
}

/// Where the mistake is, by file name and line, and whether it says this.
pub fn refused(folder: &TempDir, name: &str, place: (&str, u32), words: &str) {
    let found = mistake(folder, name);
    let file = found.place.file.file_name().unwrap().to_string_lossy().into_owned();
    assert_eq!((file.as_str(), found.place.line), place, "{found}");
    assert!(found.message.contains(words), "{found}");
}

#[test]
fn variables_are_filled_in_everywhere_and_values_of_the_environment_are_remembered() {
    let text = "config: {origin: 'https://${env.TOWN}'}\nvariables: {who: Ada, hi: 'Hi ${who} from ${env.TOWN}'}\n\
                setup: [{say: '${hi}'}]\nscenarios:\n  a:\n    - optional: {tap: '${who}'}\n    - attributes: {a: '${who}${who}'}\n\
                \x20   - say: '$${who}'\n";
    let folder = folder(&[("a.yaml", text)]);
    let suite = loaded(&folder, "a.yaml").unwrap();
    assert_eq!(suite.config.origin.as_ref().unwrap().text, "https://Ulm");
    assert_eq!(suite.setup[0].action, say("Hi Ada from Ulm"));
    let masked: Vec<&str> = suite.masked.iter().map(model::Secret::expose).collect();
    assert_eq!(masked, ["Ulm"]);
    assert!(!format!("{suite:?}").contains("Ulm"));
    let [optional, attributes, literal] = &suite.scenarios[0].steps[..] else { panic!() };
    assert!(
        matches!(&optional.action, Action::Optional(step) if step.action == Action::Tap("Ada".to_owned()))
    );
    assert_eq!(attributes.action, Action::Attributes(vec![("a".to_owned(), "AdaAda".to_owned())]));
    assert_eq!(literal.action, say("${who}"));
}

#[test]
fn an_undefined_variable_is_refused_on_the_line_of_its_step() {
    for (step, words) in [
        ("say: '${nobody}'", "nobody"),
        ("say: '${later}'", "later"),
        ("say: '${env.NOT_SET}'", "NOT_SET"),
        ("say: '${env.GC_CLIENT_SECRET}'", "no file may read"),
        ("say: '${env.INNKEEPER_PASSPHRASE}'", "no file may read"),
        ("say: '${env.EMPTY}'", "empty"),
        ("pick: {time: '${env.TOWN}'}", "ISO 8601"),
        ("optional: {say: '${nobody}'}", "nobody"),
    ] {
        let text = format!("scenarios:\n  a:\n    - say: x\n    - {step}\n");
        let folder = folder(&[("a.yaml", &text)]);
        refused(&folder, "a.yaml", ("a.yaml", 4), words);
        let Mistake { message, is_environment, .. } = mistake(&folder, "a.yaml");
        assert_eq!(is_environment, words == "NOT_SET", "{message}");
        assert!(!message.contains("hunter2") && !message.contains("Ulm"), "{message}");
    }
    let circle = "variables:\n  a: '${b}'\n  b: '${a}'\nscenarios: {a: []}\n";
    refused(&folder(&[("a.yaml", circle)]), "a.yaml", ("a.yaml", 2), "${b} is not defined");
}

#[test]
fn steps_are_included_with_the_variables_of_their_own_file() {
    let folder = folder(&[
        (
            "a.yaml",
            "variables: {who: Ada}\nscenarios:\n  a:\n    - include: 'parts/b.yaml#greet'\n    - include: '#b'\n  b: [{say: 'I am ${who}'}]\n",
        ),
        (
            "parts/b.yaml",
            "variables: {who: Grace}\nscenarios:\n  greet:\n    skip: only a part\n    steps: [{say: 'Hi ${who}'}, {include: '../c.yaml#c'}]\n",
        ),
        ("c.yaml", "scenarios: {c: [{say: C}]}\n"),
    ]);
    assert_eq!(actions(&loaded(&folder, "a.yaml").unwrap()), [say("Hi Grace"), say("C"), say("I am Ada")]);
}

#[test]
fn a_circle_of_includes_is_refused_where_it_closes() {
    let itself = folder(&[("a.yaml", "scenarios:\n  a:\n    - include: 'a.yaml#a'\n")]);
    refused(&itself, "a.yaml", ("a.yaml", 3), "by a circle");
    let two = folder(&[
        ("a.yaml", "scenarios:\n  a:\n    - include: 'b.yaml#b'\n"),
        ("b.yaml", "scenarios:\n  b:\n    - say: x\n    - include: './a.yaml#a'\n"),
    ]);
    refused(&two, "a.yaml", ("b.yaml", 4), "by a circle");
    // Twice is no circle.
    let twice =
        folder(&[("a.yaml", "scenarios:\n  a: [{include: '#b'}, {include: '#b'}]\n  b: [{say: x}]\n")]);
    assert_eq!(actions(&loaded(&twice, "a.yaml").unwrap()), [say("x"), say("x")]);
}

#[test]
fn what_cannot_be_included_is_refused_on_the_line_of_the_step() {
    let from = |file: &str| format!("scenarios:\n  a:\n    - include: '{file}'\n");
    for (include, words) in [
        ("nowhere.yaml#a", "there is no such file"),
        ("b.yaml#nobody", "no scenario \"nobody\""),
        ("folder#a", "it is no regular file"),
        ("#nobody", "no scenario"),
    ] {
        let folder =
            folder(&[("a.yaml", &from(include)), ("b.yaml", "scenarios: {b: []}"), ("folder/x", "")]);
        refused(&folder, "a.yaml", ("a.yaml", 3), words);
    }
    let bad = folder(&[("a.yaml", &from("b.yaml#b")), ("b.yaml", "scenarios:\n  b:\n    - shout: x\n")]);
    refused(&bad, "a.yaml", ("b.yaml", 3), "\"shout\"");
}

#[test]
fn a_file_that_is_not_there_is_told_as_such() {
    let folder = folder(&[]);
    assert!(matches!(loaded(&folder, "a.yaml"), Err(Error::Unreadable { .. })));
}

#[test]
fn includes_and_variables_that_multiply_are_refused_in_good_time() {
    // Each scenario includes the next one twice, 2^31 steps in all.
    let mut doubled = String::from("scenarios:\n");
    for n in 0..31 {
        let next = n + 1;
        doubled.push_str(&format!("  s{n}: [{{include: '#s{next}'}}, {{include: '#s{next}'}}]\n"));
    }
    doubled.push_str("  s31: [{say: x}]\n");
    let deep: String = (0..100).map(|n| format!("  s{n}: [{{include: '#s{}'}}]\n", n + 1)).collect();
    let deep = format!("scenarios:\n{deep}  s100: []\n");
    // Each variable is ten times the one above it.
    let mut grown = String::from("variables:\n  v0: xxxxxxxxxx\n");
    for n in 1..12 {
        grown.push_str(&format!("  v{n}: '{}'\n", format!("${{v{}}}", n - 1).repeat(10)));
    }
    grown.push_str("scenarios: {a: []}\n");
    for (text, words) in [(doubled, "too large"), (deep, "32 deep"), (grown, "too large")] {
        let folder = folder(&[("a.yaml", &text)]);
        let found = mistake(&folder, "a.yaml");
        assert!(found.message.contains(words), "{found}");
    }
}

#[test]
fn a_mistake_in_an_included_file_tells_which_steps_lead_there() {
    let folder = folder(&[
        ("a.yaml", "scenarios:\n  a:\n    - include: 'parts/b.yaml#b'\n"),
        ("parts/b.yaml", "scenarios:\n  b:\n    - say: x\n    - include: 'c.yaml#c'\n"),
        ("parts/c.yaml", "scenarios: {c: [{say: '${nobody}'}]}\n"),
        ("broken.yaml", "scenarios:\n  a: [{include: 'own.yaml#a'}]\n"),
        ("own.yaml", "variables: {a: '${b}'}\nscenarios: {a: []}\n"),
        ("same.yaml", "scenarios:\n  a: [{include: '#b'}]\n  b:\n    - say: '${nobody}'\n"),
    ]);
    let from = |name: &str| -> Vec<(String, u32)> {
        let shown = |place: &lab::scenario::Place| {
            (place.file.file_name().unwrap().to_string_lossy().into_owned(), place.line)
        };
        mistake(&folder, name).included_from.iter().map(shown).collect()
    };
    refused(&folder, "a.yaml", ("c.yaml", 1), "nobody");
    assert_eq!(from("a.yaml"), [("b.yaml".to_owned(), 4), ("a.yaml".to_owned(), 3)]);
    assert_eq!(from("broken.yaml"), [("broken.yaml".to_owned(), 2)]);
    assert_eq!(from("same.yaml"), []);
}

#[test]
fn the_first_mistake_is_the_first_of_the_file_and_not_of_the_run() {
    let folder = folder(&[(
        "a.yaml",
        "scenarios:\n  b:\n    - say: '${first}'\n  1:\n    - say: '${second}'\nsetup: [{say: '${third}'}]\n\
         config: {region: '${fourth}'}\n",
    )]);
    refused(&folder, "a.yaml", ("a.yaml", 3), "${first}");
}

#[test]
fn the_place_of_a_step_within_another_is_that_of_its_own_key() {
    for (step, line) in [
        ("optional:\n        attach: /etc/passwd", 5),
        ("within:\n        seconds: 5\n        step:\n          say: '${nobody}'", 7),
        ("optional:\n        tap: 5", 5),
    ] {
        let text = format!("scenarios:\n  a:\n    - say: x\n    - {step}\n");
        let found = mistake(&folder(&[("a.yaml", &text)]), "a.yaml");
        assert_eq!(found.place.line, line, "{found} {text}");
    }
}

#[test]
fn a_broken_file_that_many_scenarios_include_is_read_once() {
    let mut all = String::from("scenarios:\n");
    for n in 0..10_000 {
        all.push_str(&format!("  s{n}: [{{include: 'b.yaml#b'}}]\n"));
    }
    let broken = format!("scenarios:\n  b: [{}]\n  c: 5\n", "{say: x},".repeat(50_000));
    let folder = folder(&[("a.yaml", &all), ("b.yaml", &broken)]);
    refused(&folder, "a.yaml", ("b.yaml", 3), "must be a list of steps");
    assert_eq!(mistake(&folder, "a.yaml").included_from[0].line, 2);
}

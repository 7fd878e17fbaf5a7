//! `innkeeper scenario`: files are checked without a data folder, and every mistake has a place.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use crate::support::{innkeeper, lines, run};

/// In a folder of its own, with a data folder that nobody may make.
struct Tester {
    folder: tempfile::TempDir,
}

impl Tester {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Self { folder }
    }

    fn ik(&self, words: &[&str]) -> Command {
        let mut command = innkeeper(&self.folder.path().join("data"), None);
        command.current_dir(self.folder.path()).arg("scenario").args(words);
        command
    }

    fn data_is_untouched(&self) -> bool {
        !self.folder.path().join("data").exists()
    }
}

const GOOD: &str = "scenarios:\n  a: [{say: Hi}]\n  b: []\n";
const BAD: &str = "scenarios:\n  a:\n    - say: Hi\n    - say: 5\n";

#[test]
fn a_file_without_a_mistake_is_told_with_its_number_of_scenarios() {
    let tester = Tester::with(&[("a.yaml", GOOD), ("b.yaml", "scenarios: {a: []}")]);
    let (code, told) = lines(&tester.ik(&["check", "a.yaml", "b.yaml"]).output().unwrap());
    assert_eq!(code, 0);
    assert_eq!(
        told,
        [
            json!({ "file": "a.yaml", "scenarios": 2, "ok": true }),
            json!({ "file": "b.yaml", "scenarios": 1, "ok": true })
        ]
    );
    assert!(tester.data_is_untouched());
}

#[test]
fn a_mistake_is_told_last_with_file_line_and_column() {
    let tester = Tester::with(&[("bad.yaml", BAD), ("good.yaml", GOOD)]);
    let (code, told) = lines(&tester.ik(&["check", "bad.yaml", "good.yaml"]).output().unwrap());
    assert_eq!((code, told.len()), (65, 2));
    assert_eq!(told[0]["file"], "good.yaml");
    let error = &told[1]["error"];
    assert_eq!(
        [&error["file"], &error["line"], &error["column"]],
        [&json!("bad.yaml"), &json!(4), &json!(7)]
    );
    assert_eq!(error["code"], "bad_file");
    assert!(error["message"].as_str().unwrap().contains("`say` must be a text"), "{error}");
    assert!(tester.data_is_untouched());
}

#[test]
fn a_mistake_in_an_included_file_names_that_file() {
    let including = "scenarios:\n  a:\n    - include: 'bad.yaml#a'\n";
    let tester = Tester::with(&[("a.yaml", including), ("bad.yaml", BAD)]);
    let (code, told) = run(&mut tester.ik(&["check", "a.yaml"]));
    let error = &told["error"];
    assert_eq!((code, &error["file"], &error["line"]), (65, &json!("bad.yaml"), &json!(4)));
    assert_eq!(error["includedFrom"], json!([{ "file": "a.yaml", "line": 3, "column": 7 }]));
    assert!(error["message"].as_str().unwrap().contains("included by a.yaml, line 3"), "{error}");
}

#[test]
fn a_file_that_is_not_there_is_a_bad_file_without_a_place() {
    let tester = Tester::with(&[]);
    let (code, told) = run(&mut tester.ik(&["check", "a.yaml"]));
    assert_eq!((code, &told["error"]["file"], &told["error"]["line"]), (65, &json!("a.yaml"), &Value::Null));
}

#[test]
fn no_file_and_a_folder_are_told_in_plain_words() {
    let tester = Tester::with(&[]);
    let (code, told) = run(&mut tester.ik(&["check"]));
    assert_eq!((code, &told["error"]["fields"][0]["field"]), (2, &json!("FILE")));
    let (code, told) = run(&mut tester.ik(&["check", "."]));
    assert_eq!((code, &told["error"]["message"]), (65, &json!(". cannot be read: it is a folder.")));
}

#[test]
fn values_of_the_environment_are_filled_in_and_never_told() {
    let tester = Tester::with(&[
        ("a.yaml", "scenarios: {a: [{pick: {time: '${env.TOWN}'}}]}"),
        ("b.yaml", "scenarios: {a: [{say: '${env.GC_CLIENT_SECRET}'}]}"),
        ("c.yaml", "scenarios: {a: [{say: '${env.TOWN}'}]}"),
    ]);
    let mut check = tester.ik(&["check", "a.yaml", "b.yaml", "c.yaml"]);
    let output = check.env("TOWN", "Neverland").env("GC_CLIENT_SECRET", "hunter2").output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout.clone(), output.stderr.clone()].concat()).into_owned();
    assert!(!said.contains("Neverland") && !said.contains("hunter2"), "{said}");
    let (code, told) = lines(&output);
    assert_eq!((code, &told[0]["file"], told.len()), (65, &json!("c.yaml"), 3));
}

#[test]
fn people_read_the_place_on_stderr() {
    let tester = Tester::with(&[("bad.yaml", BAD)]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_innkeeper"));
    let output =
        command.current_dir(tester.folder.path()).args(["scenario", "check", "bad.yaml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(65));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("error: bad.yaml, line 4, column 7: `say` must be a text") && said.contains("next: "),
        "{said}"
    );
    assert!(output.stdout.is_empty());
}

#[cfg(unix)]
#[test]
fn the_name_of_a_file_makes_no_line_of_its_own() {
    let tester = Tester::with(&[("x.yaml: 9 scenarios\nreal.yaml", GOOD)]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_innkeeper"));
    let command = command.current_dir(tester.folder.path());
    let output = command.args(["scenario", "check", "x.yaml: 9 scenarios\nreal.yaml"]).output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stdout).lines().count()), (Some(0), 1));
}

#[test]
fn the_schema_is_json_on_one_line_and_laid_out_for_people() {
    let tester = Tester::with(&[]);
    let (code, told) = lines(&tester.ik(&["schema"]).output().unwrap());
    assert_eq!((code, told.len()), (0, 1));
    assert_eq!(told[0]["required"], json!(["scenarios"]));
    let (code, of_bots) = lines(&tester.ik(&["schema", "--bot"]).output().unwrap());
    assert_eq!((code, &of_bots[0]["required"]), (0, &json!(["rules"])));
    let mut command = Command::new(env!("CARGO_BIN_EXE_innkeeper"));
    let output = command.args(["scenario", "schema"]).output().unwrap();
    assert!(output.stdout.iter().filter(|byte| **byte == b'\n').count() > 50);
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), told[0]);
    assert!(tester.data_is_untouched());
}

#[test]
fn the_example_of_the_guide_has_no_mistake() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/scenarios.md");
    let guide = fs::read_to_string(guide).unwrap();
    let examples: Vec<&str> =
        guide.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!examples.is_empty());
    for example in examples {
        let tester = Tester::with(&[("a.yaml", example)]);
        let (code, told) = run(&mut tester.ik(&["check", "a.yaml"]));
        assert_eq!(code, 0, "{told}");
    }
}

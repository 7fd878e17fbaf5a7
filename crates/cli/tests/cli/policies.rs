//! Policies, their times and confirmations, as scripts use them.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Org, innkeeper, lines, run};

struct Desk {
    org: Org,
    data: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { org: Org::start(&["--guests", "300", "--rate", "off"]), data: tempfile::tempdir().unwrap() }
    }

    fn ik(&self, words: &[&str]) -> Command {
        let mut command = innkeeper(self.data.path(), Some(&self.org));
        command.env_remove("TZ").args(words);
        command
    }

    fn policy(&self, words: &[&str]) -> Value {
        let (code, answer) = run(self.ik(&["retention"]).args(words));
        assert_eq!(code, 0, "{words:?}: {answer}");
        answer
    }

    /// What people read.
    fn words(&self, words: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_innkeeper"));
        command.args(words).arg("--data").arg(self.data.path());
        for (name, value) in self.ik(&[]).get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    }
}

#[test]
fn quiet_hours_without_a_zone_are_read_in_the_schedules_also_when_it_changes_later() {
    let desk = Desk::new();
    desk.policy(&["schedule", "on", "--zone", "Europe/Berlin"]);
    let set = desk.policy(&["policy", "set", "--quiet-hours", "18:00-20:00"]);
    assert_eq!(
        (&set["quiet"]["zone"], &set["schedule"]["zone"]),
        (&json!("Europe/Berlin"), &json!("Europe/Berlin"))
    );
    assert_eq!(set["quiet"]["followsSchedule"], json!(true));
    desk.policy(&["schedule", "on", "--zone", "America/New_York"]);
    let listed = desk.policy(&["policy", "list"]);
    assert_eq!(listed["quiet"]["zone"], json!("America/New_York"));
    assert_eq!(listed["waiting"], json!([]), "switching it on confirmed it as it stands");
    let told = desk.words(&["retention", "policy", "list"]);
    assert!(told.contains("; quiet daily 18:00-20:00 (America/New_York)"), "{told}");
    assert!(told.contains("02:00 America/New_York"), "{told}");

    // One that is named stays until "schedule" is said.
    let named = desk.policy(&["policy", "set", "--quiet-zone", "Asia/Tokyo"]);
    assert_eq!(named["quiet"]["zone"], json!("Asia/Tokyo"));
    desk.policy(&["schedule", "on", "--zone", "Europe/Berlin"]);
    assert_eq!(
        desk.policy(&["policy", "set", "--quiet-hours", "19:00-20:00"])["quiet"]["zone"],
        json!("Asia/Tokyo")
    );
    let follows = desk.policy(&["policy", "set", "--quiet-zone", "schedule"]);
    assert_eq!(follows["quiet"]["zone"], json!("Europe/Berlin"));
}

#[test]
fn the_default_zone_is_that_of_tz_and_one_that_names_none_is_told() {
    let desk = Desk::new();
    let zone = |tz: &str| {
        let output = desk.ik(&["retention", "schedule", "show"]).env("TZ", tz).output().unwrap();
        let zone = lines(&output).1[0]["zone"].as_str().unwrap().to_owned();
        (zone, String::from_utf8(output.stderr).unwrap())
    };
    let here = zone("").0;
    for tz in ["Europe/Berlin", ":Europe/Berlin", "/usr/share/zoneinfo/Europe/Berlin"] {
        assert_eq!(zone(tz), ("Europe/Berlin".to_owned(), String::new()), "{tz}");
    }
    let (posix, told) = zone("CET-1CEST,M3.5.0,M10.5.0/3");
    assert_eq!(posix, here, "the system's");
    assert!(told.contains("TZ=CET-1CEST") && told.contains(&here), "{told}");
    // Quiet hours beside a schedule that nobody has set yet: the same zone.
    let set = desk
        .ik(&["retention", "policy", "set", "--quiet-hours", "18:00-20:00"])
        .env("TZ", "Asia/Tokyo")
        .output()
        .unwrap();
    let set = &lines(&set).1[0];
    assert_eq!(
        (&set["quiet"]["zone"], &set["schedule"]["zone"]),
        (&json!("Asia/Tokyo"), &json!("Asia/Tokyo"))
    );
    // What was saved once does not hang on the next one's variable.
    assert_eq!(zone("Europe/Berlin").0, "Asia/Tokyo");
}

#[test]
fn on_production_a_schedule_without_the_count_is_as_it_was_and_nobody_goes() {
    let desk = Desk::new();
    let url = desk.org.url.clone();
    let add =
        ["connection", "add", "Prod", "--kind", "production", "--client-id", "demo", "--base-url", &url];
    let mut child = desk
        .ik(&add)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"demo").unwrap();
    assert!(child.wait().unwrap().success());
    let prod = |words: &[&str]| run(desk.ik(&["--connection", "Prod", "retention"]).args(words));
    let on = ["schedule", "on", "--cron", "0 3 1 1 *", "--zone", "UTC"];
    let (code, refused) = prod(&on);
    assert_eq!((code, &refused["error"]["code"]), (2, &json!("confirmation_needed")), "{refused}");
    let due = refused["error"]["next"]
        .as_str()
        .unwrap()
        .split("--confirm ")
        .nth(1)
        .unwrap()
        .trim_end_matches('.')
        .to_owned();
    assert_eq!(prod(&["schedule", "show"]).1["armed"], json!(false));
    assert_eq!(prod(&[&on[..], &["--confirm", &due]].concat()).0, 0);
    let before = prod(&["policy", "list"]).1;
    assert_eq!((&before["schedule"]["armed"], &before["waiting"]), (&json!(true), &json!([])));
    let (code, refused) = prod(&["schedule", "on", "--cron", "*/1 * * * *"]);
    assert_eq!((code, &refused["error"]["code"]), (2, &json!("confirmation_needed")), "{refused}");
    assert_eq!(prod(&["policy", "list"]).1, before, "neither the time nor anything else");
    assert!(desk.org.ledger("deleted").is_empty());
    // In one go, with the number.
    let (code, on) = prod(&["schedule", "on", "--cron", "0 4 1 1 *", "--confirm", &due]);
    assert_eq!((code, &on["cron"], &on["armed"]), (0, &json!("0 4 1 1 *"), &json!(true)));
}

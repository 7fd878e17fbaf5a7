//! The tour's record: `report.json` and one picture a step, written as it goes, so that a tour that breaks off leaves
//! behind how far it came.

use crate::page::{Outcome, Page};
use serde_json::json;
use std::path::PathBuf;
use tokio::time::Instant;

/// Records the steps of one tour into a folder.
pub struct Recorder {
    folder: PathBuf,
    /// Before the name of each file.
    prefix: &'static str,
    steps: Vec<Step>,
}

struct Step {
    name: String,
    ok: bool,
    millis: u64,
}

impl Recorder {
    /// A record that begins now, with no step and not ok.
    pub fn new(folder: PathBuf) -> Recorder {
        Recorder::prefixed(folder, "")
    }

    /// The same, in a folder that has the files of another tour, too.
    pub fn prefixed(folder: PathBuf, prefix: &'static str) -> Recorder {
        let recorder = Recorder { folder, prefix, steps: Vec::new() };
        recorder.write(false);
        recorder
    }

    /// Takes one step, measures it, and keeps a picture of where it ended, good or bad.
    pub async fn step(
        &mut self,
        page: &Page<'_>,
        name: &str,
        doing: impl AsyncFnOnce(&Page<'_>) -> Outcome,
    ) -> Outcome {
        let start = Instant::now();
        let outcome = doing(page).await;
        let millis = start.elapsed().as_millis().try_into().unwrap_or(u64::MAX);
        let picture = page.picture().await.and_then(|png| {
            let name = format!("{}{:02}-{}.png", self.prefix, self.steps.len() + 1, slug(name));
            let path = self.folder.join(name);
            std::fs::write(&path, png).map_err(|why| format!("writing {}: {why}", path.display()))
        });
        let outcome = outcome.and(picture).map_err(|why| format!("{name}: {why}"));
        eprintln!("  {:>6} ms  {name}{}", millis, if outcome.is_ok() { "" } else { ": FAILED" });
        self.steps.push(Step { name: name.to_owned(), ok: outcome.is_ok(), millis });
        self.write(false);
        outcome
    }

    /// The tour came to its end.
    pub fn finish(self) {
        self.write(true);
    }

    fn write(&self, finished: bool) {
        let steps = self.steps.iter().map(|s| json!({ "name": s.name, "ok": s.ok, "millis": s.millis }));
        let ok = finished && self.steps.iter().all(|s| s.ok);
        let report = json!({ "steps": steps.collect::<Vec<_>>(), "ok": ok });
        std::fs::write(self.folder.join(format!("{}report.json", self.prefix)), format!("{report}\n"))
            .expect("the report can be written");
    }
}

/// `Find a guest` → `find-a-guest`.
fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}

#[test]
fn a_picture_is_called_after_its_step() {
    assert_eq!(slug("Go offline: write three, see them wait"), "go-offline-write-three-see-them-wait");
}

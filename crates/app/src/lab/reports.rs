//! The files that are written about a run.

use std::{
    fs::File,
    io::{Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use lab::{
    report::{Heading, html, json, junit},
    run::ScenarioResult,
};

use crate::{Existing, Failure, FailureCode, Output, Result};

/// Which files are wanted.
#[derive(Debug, Clone, Default)]
pub struct ReportPaths {
    /// JUnit XML.
    pub junit: Option<PathBuf>,
    /// An HTML page.
    pub html: Option<PathBuf>,
    /// JSON.
    pub json: Option<PathBuf>,
}

/// Makes the text of a report.
type Writer = fn(&Heading, &[Arc<ScenarioResult>]) -> String;

/// Files that can be written, begun before the run. Each has its name only when it is whole; dropped before, none was ever there.
pub struct ReportFiles(Vec<(Output, Writer)>);

impl ReportFiles {
    /// Begins the files. A report of an earlier run is replaced, and so is an empty file; anything else only where `existing` says
    /// so, and none of the `inputs` of the run, by their real paths, at all. Blocking.
    ///
    /// # Errors
    /// By the flag that names it: what stands there, or why it cannot be written. Nothing was written then.
    pub fn begin(root: &Path, paths: &ReportPaths, existing: Existing, inputs: &[PathBuf]) -> Result<Self> {
        let wanted: [(&str, &Option<PathBuf>, Writer); 3] = [
            ("--junit", &paths.junit, junit),
            ("--report", &paths.html, html),
            ("--results", &paths.json, json),
        ];
        let mut begun: Vec<(Output, Writer)> = Vec::new();
        let mut places: Vec<PathBuf> = Vec::new();
        for (flag, path, writer) in wanted {
            let Some(path) = path else { continue };
            if path.canonicalize().is_ok_and(|real| inputs.contains(&real)) {
                let message =
                    format!("{} is a scenario file of this run; nothing was written", path.display());
                return Err(Failure::field(flag, message).with_next("Name another file for the report."));
            }
            let existing = if is_report(path) { Existing::Replace } else { existing };
            let output = Output::open(root, path, existing).map_err(|failure| failure.in_field(flag))?;
            let place = real_place(output.place());
            if places.contains(&place) {
                let message = format!("{} is named for two reports", path.display());
                return Err(Failure::field(flag, message).with_next("Name a file of its own for each."));
            }
            places.push(place);
            begun.push((output, writer));
        }
        Ok(Self(begun))
    }

    /// Writes them all, also where one of them cannot be written; answers where they lie. Blocking.
    ///
    /// # Errors
    /// A disk that is full or refuses: the first of these.
    pub fn write(self, heading: &Heading, results: &[Arc<ScenarioResult>]) -> Result<Vec<PathBuf>> {
        let write = |(mut output, writer): (Output, Writer)| {
            let text = writer(heading, results);
            output.write_all(text.as_bytes()).map_err(|error| output.failed(&error))?;
            output.publish()
        };
        let written: Vec<Result<PathBuf>> = self.0.into_iter().map(write).collect();
        written.into_iter().collect::<Result<_>>().map_err(after_the_run)
    }
}

/// What is found after the run is no wrong use any more: the file could be written before it.
fn after_the_run(failure: Failure) -> Failure {
    if failure.code != FailureCode::InvalidInput {
        return failure;
    }
    let Failure { fields, next, message, .. } = failure;
    let message = fields.into_iter().next().map_or(message, |field| field.message);
    Failure::new(FailureCode::DiskRefused, message).with_next(next)
}

/// Where a file lies or would lie, whatever way leads to its folder.
fn real_place(place: &Path) -> PathBuf {
    let above = place.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = place.file_name().unwrap_or_default();
    above.canonicalize().map_or_else(|_| place.to_owned(), |above| above.join(name))
}

/// How far into a file it is looked for what makes it a report of ours.
const HEAD: u64 = 4 * 1024;

/// Whether a report of an earlier run stands there, or an empty file, which has nothing to lose.
fn is_report(path: &Path) -> bool {
    // Looked at before it is opened: opening a pipe waits for somebody to write.
    if !path.metadata().is_ok_and(|about| about.is_file()) {
        return false;
    }
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    let head = String::from_utf8_lossy(&head);
    let is_junit = || head.contains("<testsuites name=\"innkeeper\"");
    let is_html = || head.contains("name=\"generator\" content=\"innkeeper scenario run\"");
    let is_json = || head.starts_with("{\n  \"generator\": \"innkeeper scenario run\"");
    read.is_ok() && (head.is_empty() || is_junit() || is_html() || is_json())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn heading() -> Heading {
        Heading { began: DateTime::UNIX_EPOCH, millis: 5, interrupted: false, not_run: Vec::new() }
    }

    #[test]
    fn a_report_of_an_earlier_run_is_replaced_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let paths = ReportPaths {
            junit: Some(at("junit.xml")),
            html: Some(at("report.html")),
            json: Some(at("results.json")),
        };
        let root = at("data");
        for _ in 0..2 {
            let files = ReportFiles::begin(&root, &paths, Existing::Keep, &[]).unwrap();
            assert_eq!(files.write(&heading(), &[]).unwrap().len(), 3);
        }
        for (name, text) in
            [("junit.xml", "<testsuites/>"), ("report.html", "<!DOCTYPE html><p>"), ("results.json", "{}")]
        {
            std::fs::write(at(name), text).unwrap();
            let refused = ReportFiles::begin(&root, &paths, Existing::Keep, &[]).err().unwrap();
            assert_eq!((refused.code, refused.code.exit_code()), (FailureCode::InvalidInput, 2));
            let flag = match name {
                "junit.xml" => "--junit",
                "report.html" => "--report",
                _ => "--results",
            };
            assert_eq!(refused.fields[0].field, flag);
            assert!(refused.message.starts_with(flag), "{}", refused.message);
            assert_eq!(std::fs::read_to_string(at(name)).unwrap(), text);
            let files = ReportFiles::begin(&root, &paths, Existing::Replace, &[]).unwrap();
            files.write(&heading(), &[]).unwrap();
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "nothing else was left");
    }

    #[test]
    fn one_place_is_no_place_for_two_reports() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        let paths = ReportPaths { junit: Some(file.clone()), html: Some(file.clone()), json: None };
        assert!(ReportFiles::begin(folder.path(), &paths, Existing::Replace, &[]).is_err());
        assert!(!file.exists());
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        for other in ["./a", "sub/../a"] {
            let html = Some(folder.path().join(other));
            let paths = ReportPaths { junit: Some(file.clone()), html, json: None };
            assert!(ReportFiles::begin(folder.path(), &paths, Existing::Replace, &[]).is_err(), "{other}");
        }
    }

    #[test]
    fn a_file_of_the_run_is_no_place_for_its_report_whatever_was_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.yaml");
        std::fs::write(&file, "scenarios: {a: []}").unwrap();
        let inputs = [file.canonicalize().unwrap()];
        let paths = ReportPaths { junit: Some(folder.path().join("./a.yaml")), ..ReportPaths::default() };
        let refused = ReportFiles::begin(folder.path(), &paths, Existing::Replace, &inputs).err().unwrap();
        assert_eq!(refused.code.exit_code(), 2);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "scenarios: {a: []}");
    }

    #[test]
    fn a_report_that_cannot_be_written_after_the_run_is_no_wrong_use_and_the_others_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let paths = ReportPaths { junit: Some(at("a.xml")), html: Some(at("a.html")), json: None };
        let files = ReportFiles::begin(&at("data"), &paths, Existing::Keep, &[]).unwrap();
        // Somebody put a file there while the scenarios ran.
        std::fs::write(at("a.xml"), "theirs").unwrap();
        let failure = files.write(&heading(), &[]).unwrap_err();
        assert_eq!((failure.code, failure.fields.len()), (FailureCode::DiskRefused, 0));
        assert!(failure.message.contains("a.xml"), "{}", failure.message);
        assert_eq!(std::fs::read_to_string(at("a.xml")).unwrap(), "theirs");
        assert!(at("a.html").exists());
    }
}

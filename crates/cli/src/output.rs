use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};

use app::Failure;
use serde::Serialize;
use serde_json::{Value, json};

use crate::args::Everywhere;

/// Done.
pub const DONE: u8 = 0;
/// Done in part: some items failed.
pub const IN_PART: u8 = 3;
/// Bad input file.
pub const BAD_FILE: u8 = 65;

/// Where answers go: JSON or words on stdout, everything else for people on stderr.
pub struct Out {
    json: bool,
    quiet: bool,
    terminal: bool,
}

impl Out {
    pub fn new(everywhere: &Everywhere) -> Self {
        Self { json: everywhere.json, quiet: everywhere.quiet, terminal: std::io::stderr().is_terminal() }
    }

    /// One record: its JSON, or the words for people. Flushed, so that a reader sees it at once.
    pub fn record(&self, value: &impl Serialize, words: impl FnOnce() -> String) {
        let line = if self.json { json_line(value) } else { words() };
        print_line(&line);
    }

    /// A step of something that goes on: a JSON line on stdout, or a line for people on stderr (rewritten in place on a
    /// terminal).
    pub fn progress(&self, value: &impl Serialize, words: impl FnOnce() -> String) {
        if self.json {
            print_line(&json_line(value));
        } else if !self.quiet && self.terminal {
            eprint!("\r\x1b[2K{}", words());
        } else if !self.quiet {
            eprintln!("{}", words());
        }
    }

    /// The last line of something that went on: the record with `"done": true` and the failure, if there was one.
    pub fn done(&self, value: &impl Serialize, failure: Option<&Failure>, words: impl FnOnce() -> String) {
        if !self.json && self.terminal && !self.quiet {
            eprintln!();
        }
        let mut record = serde_json::to_value(value).unwrap_or_default();
        if let Some(fields) = record.as_object_mut() {
            fields.insert("done".into(), true.into());
            if let Some(failure) = failure {
                fields.insert("error".into(), error_object(failure));
            }
        }
        self.record(&record, words);
        if let (Some(failure), false) = (failure, self.json) {
            explain(failure);
        }
    }

    /// A remark for people.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            eprintln!("{text}");
        }
    }

    /// Says what went wrong; answers the exit code.
    pub fn failed(&self, failure: &Failure) -> u8 {
        self.failed_as(failure, failure.code.exit_code())
    }

    /// The same with another exit code, where the command knows better.
    pub fn failed_as(&self, failure: &Failure, code: u8) -> u8 {
        if self.json {
            print_line(&json_line(&json!({ "error": error_object(failure) })));
        } else {
            explain(failure);
        }
        code
    }
}

fn json_line(value: &impl Serialize) -> String {
    serde_json::to_string(value)
        .unwrap_or_else(|e| json!({ "error": { "code": "internal", "message": e.to_string() } }).to_string())
}

/// A reader that went away (`| head`) is no failure of ours.
fn print_line(line: &str) {
    let mut stdout = std::io::stdout().lock();
    if writeln!(stdout, "{line}").and_then(|()| stdout.flush()).is_err() {
        std::process::exit(0);
    }
}

fn error_object(failure: &Failure) -> Value {
    json!({
        "code": failure.code,
        "message": failure.message,
        "next": failure.next,
        "correlationId": failure.correlation_id,
        "fields": failure.fields,
    })
}

fn explain(failure: &Failure) {
    eprintln!("error: {}", failure.message);
    for field in failure.fields.iter().filter(|f| !failure.message.contains(&f.message)) {
        eprintln!("  {}: {}", field.field, field.message);
    }
    eprintln!("  next: {}", failure.next);
    if let Some(id) = &failure.correlation_id {
        eprintln!("  correlation id: {id}");
    }
}

/// What clap says about wrong use, in JSON too where that was asked for.
pub fn wrong_use(error: &clap::Error) -> ExitCode {
    if error.use_stderr() && std::env::args_os().any(|a| a == "--json") {
        let text = error.render().to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        print_line(&json_line(&json!({ "error": {
            "code": "wrong_use",
            "message": message,
            "next": "See --help.",
            "correlationId": null,
        } })));
    } else {
        // Help goes to stdout, mistakes to stderr; where neither can be written there is nothing left to tell.
        drop(error.print());
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

use std::{
    borrow::Cow,
    io::{ErrorKind, IsTerminal, Write},
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
};

use app::{Failure, FailureCode, Result, SystemClock};
use chrono::TimeDelta;
use clap::error::{ContextKind, ContextValue};
use model::{Clock, terminal};
use parking_lot::Mutex;
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
    /// The newest record of a command that ends with a `"done": true` line; it is printed however the command ends.
    last_record: Mutex<Option<Value>>,
    /// Why stdout takes nothing more, once it does not.
    gone: Mutex<Option<ErrorKind>>,
    /// Whether stderr has said why the exit code is what it is.
    explained: AtomicBool,
}

/// A text from outside as one line for people: what a terminal would act on, or what would turn the line around, is shown
/// as a mark instead.
pub fn line(text: &str) -> String {
    terminal::one_line(text).into_owned()
}

impl Out {
    pub fn new(everywhere: &Everywhere) -> Self {
        Self {
            json: everywhere.json,
            quiet: everywhere.quiet,
            terminal: std::io::stderr().is_terminal(),
            last_record: Mutex::default(),
            gone: Mutex::default(),
            explained: AtomicBool::new(false),
        }
    }

    /// From here on the last line has `"done": true`: with what stands now if the command ends early.
    pub fn end_with(&self, record: Value) {
        *self.last_record.lock() = Some(record);
    }

    /// The exit code at the end, where a stdout that takes nothing (a full disk) must not look like success: then it is said
    /// what became of the command. A reader that went away (`| head`) is no failure of ours.
    pub fn end(&self, code: u8, changes: bool) -> u8 {
        let Some(kind) = self.gone().filter(|kind| *kind != ErrorKind::BrokenPipe) else { return code };
        if self.explained.load(Ordering::Relaxed) {
            return code;
        }
        let effect = match (code, changes) {
            (DONE, true) => {
                "The command itself was carried out: what it changed, at the org too, stays changed"
            }
            (DONE, false) => "Nothing was changed",
            _ => "The exit code says how the command itself ended",
        };
        to_stderr(&format!("error: stdout takes nothing, so the answer is lost: {kind}. {effect}."));
        to_stderr(
            "  next: Send stdout elsewhere; look at what there is before you give a command again that changes something.",
        );
        code.max(1)
    }

    fn gone(&self) -> Option<ErrorKind> {
        *self.gone.lock()
    }

    /// Whether anybody can still read the answer.
    ///
    /// # Errors
    /// Where stdout takes nothing more: a list ends early then, and a server whose address nobody learns does not begin.
    pub fn heard(&self) -> Result<()> {
        match self.gone() {
            None => Ok(()),
            Some(kind) => {
                Err(Failure::new(FailureCode::DiskRefused, format!("Stdout takes nothing: {kind}."))
                    .with_next("Send stdout elsewhere."))
            }
        }
    }

    /// What [`Out::heard`] ended early is no failure of the command.
    pub fn unless_unheard<T: Default>(&self, ended: Result<T>) -> Result<T> {
        if self.gone().is_some() { Ok(T::default()) } else { ended }
    }

    /// A text that is the answer, as it is.
    pub fn text(&self, text: &str) {
        self.print(text.trim_end());
    }

    /// One record: its JSON, or the words for people. Flushed, so that a reader sees it at once.
    pub fn record(&self, value: &impl Serialize, words: impl FnOnce() -> String) {
        let line = if self.json { json_line(value) } else { terminal::lines(&words()).into_owned() };
        self.print(&line);
    }

    /// `line` does nothing to a terminal. After stdout is gone the command still finishes what it was asked to do.
    fn print(&self, line: &str) {
        let mut gone = self.gone.lock();
        if gone.is_none() {
            let mut stdout = std::io::stdout().lock();
            *gone = writeln!(stdout, "{line}").and_then(|()| stdout.flush()).err().map(|e| e.kind());
        }
    }

    /// A step of something that goes on: a JSON line on stdout, or a line for people on stderr (rewritten in place on a
    /// terminal).
    pub fn progress(&self, value: &impl Serialize, words: impl FnOnce() -> String) {
        if let Some(last_record) = self.last_record.lock().as_mut() {
            *last_record = serde_json::to_value(value).unwrap_or_default();
        }
        if self.json {
            self.print(&json_line(value));
        } else if !self.quiet && self.terminal {
            // A terminal that takes nothing costs the person only this line.
            drop(write!(std::io::stderr(), "\r\x1b[2K{}", terminal::one_line(&words())));
        } else if !self.quiet {
            to_stderr(&words());
        }
    }

    /// What is going on now, on one line that is rewritten in place. Nobody looks at it where stderr is no terminal.
    pub fn now(&self, words: impl FnOnce() -> String) {
        if !self.json && !self.quiet && self.terminal {
            // A terminal that takes nothing costs the person only this line.
            drop(write!(std::io::stderr(), "\r\x1b[2K{}", terminal::one_line(&words())));
        }
    }

    /// Takes that line away, before something else is said.
    pub fn clear(&self) {
        if !self.json && !self.quiet && self.terminal {
            drop(write!(std::io::stderr(), "\r\x1b[2K"));
        }
    }

    /// Whether a person can be asked: they read stderr and write on stdin.
    pub fn can_ask(&self) -> bool {
        !self.json && self.terminal && std::io::stdin().is_terminal()
    }

    /// The last line of something that went on: the record with `"done": true` and the failure, if there was one.
    pub fn done(&self, value: &impl Serialize, failure: Option<&Failure>, words: impl FnOnce() -> String) {
        *self.last_record.lock() = None;
        if !self.json && self.terminal && !self.quiet {
            to_stderr("");
        }
        let mut record = serde_json::to_value(value).unwrap_or_default();
        if let Some(fields) = record.as_object_mut() {
            fields.insert("done".into(), true.into());
            if let Some(failure) = failure {
                fields.insert("error".into(), error_object(failure));
            }
        }
        self.record(&record, words);
        if let Some(failure) = failure.filter(|_| !self.json || self.gone().is_some()) {
            self.explain(failure);
        }
    }

    /// A remark for people.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            to_stderr(text);
        }
    }

    /// Says what went wrong on stderr too where stdout has it in JSON; `--quiet` does not silence it.
    pub fn also_on_stderr(&self, failure: &Failure) {
        if self.json && self.gone().is_none() {
            self.explain(failure);
        }
    }

    /// An end that was asked for: the last line in JSON says how it ended, and whoever ended it knows.
    pub fn ended(&self, failure: &Failure) -> u8 {
        if self.json { self.failed(failure) } else { failure.code.exit_code() }
    }

    /// Says what went wrong; answers the exit code.
    pub fn failed(&self, failure: &Failure) -> u8 {
        self.failed_as(failure, failure.code.exit_code())
    }

    /// The same with another exit code, where the command knows better.
    pub fn failed_as(&self, failure: &Failure, code: u8) -> u8 {
        let last_record = self.last_record.lock().take();
        if let (Some(record), true) = (last_record, self.json) {
            self.done(&record, Some(failure), String::new);
        } else if self.json {
            self.print(&json_line(&json!({ "error": error_object(failure) })));
            if self.gone().is_some() {
                self.explain(failure);
            }
        } else {
            self.explain(failure);
        }
        code
    }

    /// Says what is wrong with a file, with its name and the place of the mistake beside it.
    pub fn failed_in_file(&self, failure: &Failure, place: Vec<(&str, Value)>) {
        if self.json {
            let mut error = error_object(failure);
            for (name, value) in place {
                error[name] = value;
            }
            self.print(&json_line(&json!({ "error": error })));
        }
        if !self.json || self.gone().is_some() {
            self.explain(failure);
        }
    }

    fn explain(&self, failure: &Failure) {
        self.explained.store(true, Ordering::Relaxed);
        explain(failure);
    }
}

/// The value on one line, with all that a terminal would act on escaped.
fn json_line(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value)
        .unwrap_or_else(|e| json!({ "error": { "code": "internal", "message": e.to_string() } }).to_string());
    terminal::json(&json).into_owned()
}

/// Lines for people, with a mark for all that a terminal would act on; where stderr takes nothing there is nobody left to
/// tell.
pub fn to_stderr(lines: &str) {
    drop(writeln!(std::io::stderr(), "{}", terminal::lines(lines)));
}

fn error_object(failure: &Failure) -> Value {
    json!({
        "code": failure.code,
        "message": cut(&failure.message),
        "next": cut(&next_of(failure)),
        "correlationId": failure.correlation_id,
        "fields": failure.fields.iter().map(|f| field(&f.field, &f.message)).collect::<Vec<_>>(),
    })
}

/// The next step; of a wait of an hour or more also the time of day at which it is over.
fn next_of(failure: &Failure) -> Cow<'_, str> {
    match failure.retry_after_ms.filter(|millis| *millis >= AN_HOUR) {
        Some(millis) => {
            let at = SystemClock.now() + TimeDelta::milliseconds(millis.into());
            let at = app::time_in(at + TimeDelta::seconds(59), &app::zone_here().name);
            Cow::Owned(format!("{} That is at {at}.", failure.next))
        }
        None => Cow::Borrowed(&failure.next),
    }
}

/// In milliseconds.
const AN_HOUR: u32 = 3_600_000;

fn field(name: &str, message: &str) -> Value {
    json!({ "field": cut(name), "message": cut(message) })
}

/// So many characters of a message are told; an argument of 100 kB is not repeated whole.
const LONGEST: usize = 1_500;

/// The beginning and the end of a long text: what is wrong stands at one of them.
fn cut(text: &str) -> Cow<'_, str> {
    let long = text.chars().count();
    if long <= LONGEST {
        return Cow::Borrowed(text);
    }
    let (begin, end) = (LONGEST * 2 / 3, LONGEST / 3);
    let part = |from, most| text.chars().skip(from).take(most).collect::<String>();
    Cow::Owned(format!("{} … {} characters … {}", part(0, begin), long - begin - end, part(long - end, end)))
}

fn explain(failure: &Failure) {
    to_stderr(&format!("error: {}", line(&cut(&failure.message))));
    for field in failure.fields.iter().filter(|f| !failure.message.contains(&f.message)) {
        to_stderr(&format!("  {}: {}", line(&cut(&field.field)), line(&cut(&field.message))));
    }
    to_stderr(&format!("  next: {}", line(&cut(&next_of(failure)))));
    if let Some(id) = &failure.correlation_id {
        to_stderr(&format!("  correlation id: {}", line(id)));
    }
}

/// What clap says about wrong use, in JSON too where that was asked for.
pub fn wrong_use(error: &clap::Error) -> ExitCode {
    let code = ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    if error.use_stderr() && std::env::args_os().any(|a| a == "--json") {
        let text = error.render().to_string();
        let said: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
        let message = said.join(" ");
        let message = cut(message.trim_start_matches("error: "));
        let fields: Vec<Value> = arguments(error).iter().map(|name| field(name, &message)).collect();
        let line = json_line(&json!({ "error": {
            "code": "wrong_use",
            "message": message,
            "next": "See --help.",
            "correlationId": null,
            "fields": fields,
        } }));
        drop(writeln!(std::io::stdout(), "{line}"));
    } else if error.use_stderr() {
        // It repeats what was given, so it comes without colours of its own.
        let text = error.render().to_string();
        let lines: Vec<Cow<'_, str>> = text.lines().map(cut).collect();
        to_stderr(lines.join("\n").trim_end());
    } else if let Err(lost) = error.print().and_then(|()| std::io::stdout().flush())
        && lost.kind() != ErrorKind::BrokenPipe
    {
        // Help and version are our own words.
        to_stderr(&format!("error: stdout takes nothing, so the help is lost: {}.", lost.kind()));
        return ExitCode::from(1);
    }
    code
}

/// The arguments that are wrong, as a person gives them: `--days`, `ID`.
fn arguments(error: &clap::Error) -> Vec<String> {
    let bare = |name: &String| {
        name.split([' ', '='])
            .next()
            .unwrap_or_default()
            .trim_end_matches("...")
            .trim_matches(['<', '>', '[', ']'])
            .to_owned()
    };
    match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(name)) => vec![bare(name)],
        Some(ContextValue::Strings(names)) => names.iter().map(bare).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_cut_in_the_middle_and_a_short_one_is_not() {
        let long = format!("begin {} end", "é".repeat(100_000));
        let short = cut(&long);
        assert!(short.chars().count() < 1_600 && short.starts_with("begin é") && short.ends_with("é end"));
        assert_eq!(cut("short"), "short");
    }
}

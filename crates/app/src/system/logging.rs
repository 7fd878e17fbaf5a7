//! What window and command line do before anything else: a log that can say only what is listed here, files for their owner
//! only, and memory that ends up in no core file and that no other process of the user reads along.

use std::{
    fmt::{self, Write as _},
    io::Write as _,
};

use model::terminal;
use tracing_subscriber::{
    EnvFilter, Layer, filter,
    fmt::format::{Writer, debug_fn},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Whose lines are written, by crate. Libraries log requests with their headers, bus messages and pages; whatever
/// `INNKEEPER_LOG` asks for, none of that is written.
const OURS: &[&str] = &[
    "app",
    "gateway",
    "genesys",
    "innkeeper",
    "innkeeper_desktop",
    "model",
    "outbox",
    "retention",
    "simulator",
    "store",
];

/// What is written of a line, by the field's name. The value of any other field is left out, so that a stray
/// `tracing::debug!(text)` tells nobody what a guest wrote.
const FIELDS: &[&str] = &[
    "at",
    "attempt",
    "bytes",
    "call",
    "changes",
    "code",
    "correlation_id",
    "error",
    "exact",
    "limit",
    "message",
    "path",
    "pause",
    "policy",
    "reason",
    "run",
    "status",
    "why",
];

/// Begins the log, on stderr and nowhere else. `INNKEEPER_LOG` beats `level`. Before that it forbids core files for this
/// process and those that it starts (a crash would leave tokens and texts on the disk in clear), other processes of the
/// user the look into this one's memory, and everybody else's rights on whatever file is made from here on, also by
/// libraries.
pub fn start(level: &str) {
    files_for_their_owner();
    no_core_files();
    no_looks_from_outside();
    panics_in_harmless_words();
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        // A file or a program that reads along gets no colours, nor does a person who wants none.
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()) && !wants_no_colours())
        // Where stderr takes nothing there is nobody to tell.
        .log_internal_errors(false)
        .fmt_fields(listed());
    let asked = EnvFilter::try_from_env("INNKEEPER_LOG").unwrap_or_else(|_| level.into());
    // A log that cannot be begun has been begun already, by a test.
    drop(tracing_subscriber::registry().with(lines.with_filter(ours()).with_filter(asked)).try_init());
}

/// `NO_COLOR` set to anything, as programs agreed on.
fn wants_no_colours() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

fn ours<S: tracing::Subscriber>() -> impl tracing_subscriber::layer::Filter<S> {
    filter::filter_fn(|about| is_ours(about.target()))
}

fn is_ours(target: &str) -> bool {
    OURS.contains(&target.split("::").next().unwrap_or_default())
}

fn listed() -> impl for<'w> tracing_subscriber::fmt::FormatFields<'w> + 'static {
    use tracing_subscriber::field::MakeExt;
    debug_fn(|to: &mut Writer<'_>, field, value| match field.name() {
        "message" => write!(Plain(to), "{value:?}"),
        name if FIELDS.contains(&name) => write!(Plain(to), "{name}={value:?}"),
        name => write!(to, "{name}=(not logged)"),
    })
    .delimited(" ")
}

/// One line stays one line, and moves no cursor: a mark stands for each character that acts instead of being seen.
struct Plain<'a, 'w>(&'a mut Writer<'w>);

impl fmt::Write for Plain<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write_str(&terminal::one_line(text))
    }
}

/// The base for what the engine and the window's libraries write; our own files get their mode where they are made.
fn files_for_their_owner() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// Best effort: a system that refuses is no reason not to start. Root may look all the same.
fn no_looks_from_outside() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// A panic may quote what a guest wrote.
fn panics_in_harmless_words() {
    std::panic::set_hook(Box::new(|panic| {
        let thread = std::thread::current();
        let backtrace = std::backtrace::Backtrace::capture();
        let mut words = format!("thread '{}' {panic}", thread.name().unwrap_or("<unnamed>"));
        if backtrace.status() == std::backtrace::BacktraceStatus::Captured {
            words = format!("{words}\n{backtrace}");
        }
        drop(writeln!(std::io::stderr(), "{}", terminal::lines(&words)));
    }));
}

/// Best effort: a system that refuses a lower limit is no reason not to start.
fn no_core_files() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is written of what `speak` logs.
    fn said(speak: impl FnOnce()) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let lines = tracing_subscriber::fmt::layer()
            .without_time()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .fmt_fields(listed());
        tracing::subscriber::with_default(
            tracing_subscriber::registry().with(lines.with_filter(ours())),
            speak,
        );
        let bytes = kept.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn only_listed_fields_of_our_own_crates_are_logged() {
        let line = said(|| tracing::error!(code = 7, text = "my card is 4111", "it did not work"));
        assert!(line.contains("it did not work code=7 text=(not logged)"), "{line}");
        assert!(!line.contains("4111"), "{line}");
        for target in ["hyper::proto", "h2", "reqwest", "zbus", "tauri::manager", "apparently", ""] {
            assert!(!is_ours(target), "{target}");
        }
        assert_eq!(said(|| tracing::error!(target: "h2::codec", "authorization: Bearer abc")), "");
        assert!(is_ours("app::background") && is_ours("innkeeper"));
    }

    #[test]
    fn a_logged_text_stays_on_its_line_and_moves_no_cursor() {
        let line = said(|| tracing::error!(error = %"a\nb\u{1b}[2J\u{202e}c\u{2028}d", "e\r\u{7}f"));
        assert_eq!(line.lines().count(), 1, "{line:?}");
        assert!(!line.trim_end().contains(terminal::acts), "{line:?}");
        assert!(line.contains("error=a\u{fffd}b\u{fffd}[2J\u{fffd}c\u{fffd}d"), "{line:?}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn whatever_is_made_after_the_start_is_its_owners_and_nobody_looks_into_the_program() {
        use std::os::unix::fs::PermissionsExt;
        start("error");
        assert_eq!(
            rustix::process::dumpable_behavior().unwrap(),
            rustix::process::DumpableBehavior::NotDumpable
        );
        let dir = tempfile::tempdir().unwrap();
        let (folder, file) = (dir.path().join("folder"), dir.path().join("file"));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(&file, "by a library").unwrap();
        let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
    }

    #[cfg(unix)]
    #[test]
    fn no_crash_leaves_a_core_file() {
        use rustix::process::{Resource, getrlimit};
        start("error");
        assert_eq!(getrlimit(Resource::Core).current, Some(0));
    }
}

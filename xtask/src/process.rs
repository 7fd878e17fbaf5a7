//! Starting other programs: where, with which environment, and what their failure is called.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// What went wrong, in words for the person at the terminal.
pub type Outcome = Result<(), String>;

/// The folder of the root `Cargo.toml`.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the root folder").to_path_buf()
}

/// Cargo's target folder, which `CARGO_TARGET_DIR` may move.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// A command that runs in the root folder.
///
/// What `cargo run` told xtask about xtask itself is taken out of its environment: build scripts watch some of these
/// variables, and would build again what a plain `cargo build` has built already.
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_")
            || name.starts_with("CARGO_MANIFEST_")
            || name == "CARGO_PRIMARY_PACKAGE"
        {
            command.env_remove(&*name);
        }
    }
    command
}

/// A command for `program` with words separated by blanks.
pub fn words(program: impl AsRef<std::ffi::OsStr>, arguments: &str) -> Command {
    let mut command = command(program);
    command.args(arguments.split_whitespace());
    command
}

/// The cargo that started us.
pub fn cargo(arguments: &str) -> Command {
    words(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), arguments)
}

/// A program that `npm ci` put into `ui/node_modules/.bin`, run inside `ui/`.
pub fn ui(program: &str, arguments: &str) -> Command {
    let mut command = words(root().join("ui/node_modules/.bin").join(program), arguments);
    command.current_dir(root().join("ui"));
    command
}

/// Prints the command line, runs it with our own input and output, and turns a bad exit into words.
pub fn run(command: &mut Command) -> Outcome {
    announce(command);
    let status = command.status().map_err(|e| could_not_start(command, &e))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` ended with {status}", shown(command))) }
}

/// As [`run`], and reads along: the number of Rust tests that passed, from libtest's closing lines.
pub fn run_counting_tests(command: &mut Command) -> Result<u64, String> {
    announce(command);
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|e| could_not_start(command, &e))?;
    let mut passed = 0;
    let read = lines(child.stdout.take().expect("stdout is piped above"), |line| {
        println!("{line}");
        passed += passed_in(line);
    });
    read.map_err(|e| format!("reading from `{}`: {e}", shown(command)))?;
    let status = child.wait().map_err(|e| could_not_start(command, &e))?;
    if status.success() { Ok(passed) } else { Err(format!("`{}` ended with {status}", shown(command))) }
}

/// As [`run_counting_tests`] for several at once. Their lines come as they are said, each behind the name of its program.
pub fn run_side_by_side(commands: Vec<(&str, Command)>) -> Vec<Result<u64, String>> {
    std::thread::scope(|scope| {
        let running = commands.into_iter().map(|(name, mut command)| {
            announce(&command);
            scope.spawn(move || run_behind_name(name, &mut command))
        });
        let running: Vec<_> = running.collect();
        running
            .into_iter()
            .map(|it| it.join().unwrap_or_else(|_| Err("its reader panicked".into())))
            .collect()
    })
}

fn run_behind_name(name: &str, command: &mut Command) -> Result<u64, String> {
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = spawned.map_err(|e| could_not_start(command, &e))?;
    let out = child.stdout.take().expect("stdout is piped above");
    let err = child.stderr.take().expect("stderr is piped above");
    let passed = std::thread::scope(|scope| {
        let told = scope.spawn(|| lines(err, |line| eprintln!("[{name}] {line}")));
        let mut passed = 0;
        let read = lines(out, |line| {
            println!("[{name}] {line}");
            passed += passed_in(line);
        });
        told.join().unwrap_or(Ok(())).and(read).map(|()| passed)
    });
    let status = child.wait().map_err(|e| could_not_start(command, &e))?;
    let passed = passed.map_err(|e| format!("reading from `{}`: {e}", shown(command)))?;
    if status.success() { Ok(passed) } else { Err(format!("`{}` ended with {status}", shown(command))) }
}

fn lines(from: impl std::io::Read, mut tell: impl FnMut(&str)) -> std::io::Result<()> {
    for line in BufReader::new(from).split(b'\n') {
        tell(&String::from_utf8_lossy(&line?));
    }
    Ok(())
}

/// Whether the program starts and ends well, with its output thrown away.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

/// The program's standard output, when it ends well.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Time since the first call, for durations only.
#[expect(
    clippy::disallowed_methods,
    reason = "xtask times whole processes; there is no clock to hand in and none to pause"
)]
pub fn elapsed() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

fn announce(command: &Command) {
    eprintln!("$ {}", shown(command));
}

/// The command line as a person would type it from the root folder.
fn shown(command: &Command) -> String {
    let short = |word: &std::ffi::OsStr| {
        let word = word.to_string_lossy();
        let word = word
            .strip_prefix(&*format!("{}/", root().display()))
            .map_or_else(|| word.to_string(), str::to_owned);
        if word.contains(' ') { format!("'{word}'") } else { word }
    };
    let program = Path::new(command.get_program());
    let name = if program.starts_with(root()) {
        program.as_os_str()
    } else {
        program.file_name().unwrap_or_default()
    };
    let set = command.get_envs().filter_map(|(k, v)| Some(format!("{}={}", k.to_string_lossy(), short(v?))));
    set.chain(std::iter::once(short(name))).chain(command.get_args().map(short)).collect::<Vec<_>>().join(" ")
}

fn could_not_start(command: &Command, e: &std::io::Error) -> String {
    format!("`{}` did not start: {e}", shown(command))
}

/// `test result: ok. 12 passed; 0 failed; …` → 12; any other line → 0.
fn passed_in(line: &str) -> u64 {
    let Some(rest) = line.trim().strip_prefix("test result: ") else { return 0 };
    let words: Vec<&str> = rest.split_whitespace().collect();
    words.windows(2).find(|w| w[1] == "passed;").and_then(|w| w[0].parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_passed_tests_is_read_from_the_closing_line_only() {
        assert_eq!(
            passed_in("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out"),
            12
        );
        assert_eq!(passed_in("test result: FAILED. 2 passed; 1 failed; 0 ignored"), 2);
        assert_eq!(passed_in("test says_5_passed; ... ok"), 0);
    }

    #[test]
    fn a_command_line_is_shown_as_it_would_be_typed_in_the_root_folder() {
        let mut command = command("xvfb-run");
        command.env("TOUR_DIR", root().join("target/tour")).args(["-s", "-screen 0 1x1x24"]);
        assert_eq!(shown(&command), "TOUR_DIR=target/tour xvfb-run -s '-screen 0 1x1x24'");
    }

    #[test]
    fn of_programs_side_by_side_each_has_its_own_count_and_its_own_failure() {
        let tells = "test result: ok. 3 passed; 0 failed";
        let mut good = command("echo");
        good.arg(tells);
        let mut bad = command("sh");
        bad.args(["-c", &format!("echo '{tells}'; exit 4")]);
        let told =
            run_side_by_side(vec![("good", good), ("bad", bad), ("none", words("no-such-program", ""))]);
        assert_eq!(told[0], Ok(3));
        assert!(told[1].as_ref().is_err_and(|why| why.contains("exit status: 4")), "{told:?}");
        assert!(told[2].as_ref().is_err_and(|why| why.contains("did not start")), "{told:?}");
    }

    #[test]
    fn a_program_that_fails_or_is_missing_is_named() {
        assert!(run(&mut words("false", "")).is_err_and(|why| why.contains("`false` ended with")));
        assert!(
            run(&mut words("no-such-program", "-x"))
                .is_err_and(|why| why.contains("`no-such-program -x` did not start"))
        );
    }
}

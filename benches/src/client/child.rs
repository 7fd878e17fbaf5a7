//! A program as a child process, and the processor time it took.

use std::{
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

/// Runs the program with this text on its standard input. Returns its standard output and the processor time, user
/// and system, of it and of whatever it waited for. Only one at a time: the time is that of all children.
pub fn run(command: &mut Command, input: &str) -> Result<(String, Duration), String> {
    let before = spent()?;
    let program = command.get_program().to_string_lossy().into_owned();
    let failed = |e: std::io::Error| format!("{program}: {e}");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    // Every program here reads its input to the end before it writes more than a line.
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).map_err(failed)?;
    }
    let output = child.wait_with_output().map_err(failed)?;
    let took = spent()?.saturating_sub(before);
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        let last = words.trim().lines().last().unwrap_or("no word of why").to_owned();
        return Err(format!("{}: {last}", output.status));
    }
    Ok((String::from_utf8_lossy(&output.stdout).trim().to_owned(), took))
}

/// Of all children that ended so far.
#[cfg(unix)]
pub fn spent() -> Result<Duration, String> {
    use nix::sys::resource::{UsageWho, getrusage};
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|e| e.to_string())?;
    let (user, system) = (usage.user_time(), usage.system_time());
    let whole = Duration::from_secs(u64::try_from(user.tv_sec() + system.tv_sec()).unwrap_or_default());
    let micros = user.tv_usec() + system.tv_usec();
    Ok(whole + Duration::from_micros(u64::try_from(micros).unwrap_or_default()))
}

#[cfg(not(unix))]
pub fn spent() -> Result<Duration, String> {
    Err("the processor time of a child process is read on Unix only".into())
}

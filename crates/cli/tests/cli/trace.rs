//! What strace wrote, read back: system calls in the order in which they ended, each with the line at which it began.

use std::{
    collections::HashMap,
    path::Path,
    process::{Command, Stdio},
};

/// One system call that succeeded.
#[derive(Debug, PartialEq, Eq)]
pub struct Call {
    pub name: String,
    pub args: Vec<Arg>,
    pub result: i64,
    /// The line of the trace at which it began, and the one at which it had ended.
    pub began: usize,
    pub ended: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arg {
    /// Text or data.
    Bytes(Vec<u8>),
    /// Numbers, flags and everything else, as strace writes it.
    Word(String),
}

impl Call {
    pub fn bytes(&self, at: usize) -> &[u8] {
        match &self.args[at] {
            Arg::Bytes(bytes) => bytes,
            Arg::Word(word) => panic!("{} has no text at {at} but {word}", self.name),
        }
    }

    pub fn word(&self, at: usize) -> &str {
        match &self.args[at] {
            Arg::Word(word) => word,
            Arg::Bytes(_) => panic!("{} has text at {at}", self.name),
        }
    }

    pub fn number(&self, at: usize) -> i64 {
        let word = self.word(at);
        word.parse().unwrap_or_else(|_| panic!("{}: {word} is no number", self.name))
    }
}

/// All that opens, changes, names or syncs files. The question mark: where this machine has such a call.
const CALLS: &str = "openat,?open,?creat,?openat2,write,pwrite64,writev,pwritev,?pwritev2,fsync,fdatasync,?sync_file_range,\
     sync,syncfs,?rename,renameat,renameat2,ftruncate,truncate,fallocate,copy_file_range,sendfile,splice,?link,linkat,\
     ?symlink,symlinkat,?unlink,unlinkat,?rmdir,?mkdir,mkdirat,close,close_range,dup,?dup2,dup3,fcntl,lseek,io_uring_setup";

/// The same command under strace, which writes to `out`.
pub fn traced(command: &Command, out: &Path) -> Command {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-xx", "-s", "1048576", "-e", "signal=none", "-e"]).arg(format!("trace={CALLS}"));
    strace.arg("-o").arg(out).arg("--").arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    strace.stdin(Stdio::null());
    strace
}

/// Why strace cannot run here, if so.
pub fn refusal(dir: &Path) -> Option<String> {
    let tried = traced(&Command::new("true"), &dir.join("tried")).output();
    match tried {
        Ok(out) if out.status.success() => None,
        Ok(out) => Some(String::from_utf8_lossy(&out.stderr).trim().to_owned()),
        Err(error) => Some(format!("strace does not start: {error}")),
    }
}

/// Reads a trace. Calls that failed and lines that are no calls are left out.
pub fn read(text: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut begun: HashMap<&str, (usize, String)> = HashMap::new();
    for (at, line) in text.lines().enumerate() {
        let (thread, rest) = line.split_once(' ').expect("a line begins with its thread");
        let rest = rest.trim_start();
        if rest.starts_with("+++") || rest.starts_with("---") {
            continue;
        }
        if let Some(front) = rest.strip_suffix("<unfinished ...>") {
            begun.insert(thread, (at, front.trim_end().to_owned()));
            continue;
        }
        let (began, whole) = match rest.strip_prefix("<... ") {
            Some(resumed) => {
                let back = resumed.split_once(" resumed>").expect("a call that goes on says so").1;
                let (began, front) = begun.remove(thread).expect("what goes on has begun");
                (began, front + back)
            }
            None => (at, rest.to_owned()),
        };
        calls.extend(parse(&whole, began, at));
    }
    calls
}

fn parse(line: &str, began: usize, ended: usize) -> Option<Call> {
    let (name, rest) = line.split_once('(').unwrap_or_else(|| panic!("no call: {line:.200}"));
    // Data is all in hex, so that no quote, bracket or sign of equality stands in it.
    let (args, result) = rest.rsplit_once(" = ").unwrap_or_else(|| panic!("no result: {line:.200}"));
    let args = args.trim_end().strip_suffix(')').unwrap_or_else(|| panic!("no end: {line:.200}"));
    let number = result.split(' ').next().unwrap_or_default();
    let result = match number.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).ok()?,
        // "?" is a call that the end of the process cut off.
        None => number.parse().ok()?,
    };
    let args = args.split(", ").map(arg).collect();
    (result >= 0).then(|| Call { name: name.to_owned(), args, result, began, ended })
}

fn arg(text: &str) -> Arg {
    let Some(hex) = text.strip_prefix('"') else { return Arg::Word(text.to_owned()) };
    let hex = hex.strip_suffix('"').expect("no text is so long that it is cut");
    Arg::Bytes(hex.split("\\x").skip(1).map(|b| u8::from_str_radix(b, 16).unwrap()).collect())
}

#[test]
fn a_trace_is_read_in_the_order_of_the_ends_and_with_the_line_of_each_beginning() {
    let calls = read(
        "7  pwrite64(14, \"\\x41\\x42\", 2, 37) = 2\n\
         7  fdatasync(14 <unfinished ...>\n\
         8  write(1, \"\\x0a\", 1)            = 1\n\
         7  <... fdatasync resumed>)          = 0\n\
         7  openat(AT_FDCWD, \"\\x2f\", O_RDONLY) = -1 ENOENT (No such file or directory)\n\
         7  +++ exited with 0 +++\n",
    );
    let told: Vec<_> = calls.iter().map(|c| (c.name.as_str(), c.began, c.ended)).collect();
    assert_eq!(told, [("pwrite64", 0, 0), ("write", 2, 2), ("fdatasync", 1, 3)]);
    assert_eq!((calls[0].bytes(1), calls[0].number(3)), (&b"AB"[..], 37));
}

//! Every command, given well and in every way that it has to be refused.

use super::world::World;

pub const NOBODY: &str = "01980000-0000-7000-8000-00000000dead";

/// One command. Whoever adds one to the program adds its row here.
pub struct Row {
    /// Its words, such as `guests set`.
    pub command: &'static str,
    /// The arguments of a call that would be carried out, over the connection that is given beside them.
    pub given: fn(&World) -> Vec<String>,
    pub opens: Opens,
    /// Asks the org, so that one that is away or does not allow it is a refusal.
    pub asks: bool,
    /// Waits minutes for an org that is away or fails, as work in the background does: not tried here with those.
    pub is_patient: bool,
    /// Writes to the org, or lets something act by itself there: refused over a read-only connection.
    pub writes: bool,
    /// What else is refused: the words after the command, what is on stdin, the exit code.
    pub refused: fn(&World) -> Vec<Refusal>,
}

/// What of the data folder.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Opens {
    /// No folder at all.
    Nothing,
    /// The list of connections.
    List,
    /// A connection.
    Connection,
}

pub struct Refusal {
    pub words: Vec<String>,
    pub stdin: &'static str,
    pub code: i32,
    /// Over this connection.
    pub over: &'static str,
    /// The audit log keeps that it was refused.
    pub is_written_down: bool,
}

pub fn no(code: i32, words: &[&str]) -> Refusal {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    Refusal { words, stdin: "", code, over: "Dev", is_written_down: false }
}

fn on_prod(code: i32, words: &[&str]) -> Refusal {
    Refusal { over: "Prod", ..no(code, words) }
}

pub fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

pub const READS: Row = Row {
    command: "",
    given: |_| Vec::new(),
    opens: Opens::Connection,
    asks: false,
    is_patient: false,
    writes: false,
    refused: |_| Vec::new(),
};

pub const LOCAL: Row = READS;
pub const ASKS: Row = Row { asks: true, ..READS };
pub const WRITES: Row = Row { writes: true, ..ASKS };

pub const TABLE: &[Row] = &[
    Row { command: "connection test", ..ASKS },
    Row { command: "connection list", opens: Opens::List, ..LOCAL },
    Row {
        command: "connection add",
        opens: Opens::List,
        given: |_| words(&["New", "--kind", "test", "--base-url", "http://127.0.0.1:9", "--client-id", "x"]),
        refused: |w| {
            let org = w.org.url.as_str();
            let add = |stdin, more: &[&str]| Refusal { stdin, ..no(2, more) };
            let test = ["--kind", "test", "--client-id", "x"];
            vec![
                add("", &[&["New", "--base-url", org][..], &test].concat()),
                add("secret", &[&["New", "--base-url", "http://example.com"][..], &test].concat()),
                add("secret", &[&["New", "--environment", "the-moon-1"][..], &test].concat()),
                add("secret", &[&["dev", "--base-url", org][..], &test].concat()),
                add("secret", &[&["../New", "--base-url", org][..], &test].concat()),
                add("secret", &["New", "--base-url", org, "--kind", "staging", "--client-id", "x"]),
                add("secret", &["New", "--base-url", org, "--client-id", "x"]),
                add("secret", &[&["New", "--base-url", org, "--dialect", "esperanto"][..], &test].concat()),
            ]
        },
        ..LOCAL
    },
    Row {
        command: "connection edit",
        opens: Opens::List,
        given: |_| words(&["Weak", "--name", "Weaker", "--read-only"]),
        refused: |w| {
            let org = w.org.url.as_str();
            let edit = |stdin, more: &[&str]| Refusal { stdin, ..no(2, more) };
            vec![
                edit("", &["Weak"]),
                edit("", &["Weak", "--secret"]),
                edit(" demo", &["Weak", "--secret"]),
                edit("", &["Weak", "--name", "dev"]),
                edit("", &["Weak", "--name", "../Weak"]),
                edit("", &["Weak", "--name", "Weak"]),
                edit("", &["Weak", "--base-url", org]),
                edit("", &["Weak", "--client-id", "another"]),
                edit("demo", &["Weak", "--environment", "the-moon-1", "--secret"]),
                edit("demo", &["Weak", "--base-url", "http://example.com", "--secret"]),
                edit("", &["Weak", "--kind", "staging"]),
                edit("", &["Weak", "--dialect", "esperanto"]),
                // What waits there was written over the other API.
                edit("", &["Dev", "--dialect", "genesys-cloud"]),
                edit("", &["simulator", "--read-only"]),
                edit("", &["nobody", "--read-only"]),
                // Another org, while messages, runs and holds of this one are there.
                edit("demo", &["Dev", "--base-url", "http://127.0.0.1:9", "--secret"]),
                Refusal { stdin: "wrong", ..no(77, &["Weak", "--secret", "--test"]) },
                Refusal { stdin: "demo", ..no(69, &["Away", "--secret", "--test"]) },
            ]
        },
        ..LOCAL
    },
    Row {
        command: "connection remove",
        opens: Opens::List,
        given: |_| words(&["Weak"]),
        // Of `Dev` a message waits and a run is not over.
        refused: |_| vec![no(2, &["simulator"]), no(2, &["nobody"]), no(2, &["dev"]), no(2, &["Dev"])],
        ..LOCAL
    },
    Row {
        command: "session check",
        given: |w| words(&["--guest", &w.guest]),
        refused: |_| vec![no(1, &["--guest", NOBODY])],
        ..LOCAL
    },
    Row { command: "outbox list", refused: |_| vec![no(2, &["--conversation", "a b c"])], ..LOCAL },
    Row { command: "outbox drain", refused: |_| vec![no(2, &["--max-wait", "-1"])], ..LOCAL },
    Row {
        command: "outbox retry",
        given: |w| vec![w.message.clone()],
        refused: |_| vec![no(1, &[NOBODY]), no(2, &["x"])],
        ..LOCAL
    },
    Row {
        command: "outbox discard",
        given: |w| vec![w.message.clone()],
        refused: |_| vec![no(1, &[NOBODY]), no(2, &["x"])],
        ..LOCAL
    },
    Row {
        command: "outbox mark-delivered",
        given: |w| vec![w.message.clone()],
        refused: |w| vec![no(1, &[NOBODY]), no(1, &[&w.message]), no(2, &["x"])],
        ..LOCAL
    },
    Row {
        command: "outbox send-again",
        given: |w| vec![w.message.clone()],
        refused: |w| vec![no(1, &[NOBODY]), no(1, &[&w.message]), no(2, &["x"])],
        ..LOCAL
    },
    Row {
        command: "outbox export",
        given: |w| vec![w.name_of("export")],
        refused: |w| {
            vec![
                no(2, &[&w.name_of("taken")]),
                no(2, &["nowhere/at/all"]),
                no(2, &[w.files.path().to_str().unwrap()]),
            ]
        },
        ..LOCAL
    },
    Row {
        command: "outbox limit",
        refused: |_| {
            vec![
                no(2, &["--messages", "2"]),
                no(2, &["--messages", "0", "--seconds", "1"]),
                no(2, &["--messages", "1", "--seconds", "9999"]),
            ]
        },
        ..LOCAL
    },
    // Given well it stays, so here it is given where somebody else listens already.
    Row {
        command: "gateway",
        given: |w| vec!["--listen".to_owned(), w.org_address()],
        refused: |w| vec![no(2, &["--listen", "0.0.0.0:0"]), no(2, &["--listen", &w.org_address()])],
        ..LOCAL
    },
    Row { command: "key rotate", ..LOCAL },
    Row { command: "retention policy list", ..LOCAL },
    Row {
        command: "retention policy set",
        given: |_| words(&["--policy", "vip", "--days", "50"]),
        refused: |_| {
            let bad: [&[&str]; 14] = [
                &["--days", "0"],
                &["--filter", "name ~ 1"],
                &["--filter", ""],
                &["--everyone", "--filter", "active = true"],
                &["--name", "DEFAULT"],
                &["--name", "two\nlines"],
                &["--quiet-hours", "25:00-26:00"],
                &["--quiet-hours", "00:00-00:00"],
                &["--quiet-hours", "08:00-18:00", "--quiet-zone", "Moon/Tycho"],
                &["--quiet-hours", ",sat 08:00-18:00"],
                &["--cap", "0"],
                &["--brake", "5000"],
                &["--pace", "0"],
                &["--policy", "Not An Id", "--name", "N"],
            ];
            let with = |bad: &&[&str]| {
                let vip: &[&str] =
                    if bad[0] == "--policy" { &[] } else { &["--policy", "vip", "--days", "10"] };
                no(2, &[vip, bad].concat())
            };
            bad.iter().map(with).collect()
        },
        writes: true,
        ..LOCAL
    },
    Row {
        command: "retention policy confirm",
        given: |_| words(&["--policy", "vip"]),
        refused: |_| vec![no(1, &["--policy", "nobody"]), on_prod(2, &[]), on_prod(2, &["--confirm", "1"])],
        writes: true,
        ..ASKS
    },
    Row {
        command: "retention policy remove",
        given: |_| words(&["--policy", "vip"]),
        refused: |_| vec![no(2, &["--policy", "Not An Id"]), no(1, &["--policy", "nobody"])],
        writes: true,
        ..LOCAL
    },
    Row { command: "retention schedule show", refused: |_| vec![no(1, &["--policy", "nobody"])], ..LOCAL },
    Row {
        command: "retention schedule on",
        given: |_| words(&["--policy", "default", "--cron", "5 4 * * *"]),
        refused: |_| {
            vec![
                no(1, &["--policy", "nobody"]),
                no(2, &["--policy", "vip", "--cron", "61 * * * *"]),
                no(2, &["--policy", "vip", "--cron", "0 0 31 2 *"]),
                no(2, &["--policy", "vip", "--cron", "* * * * *", "--zone", "Moon/Tycho"]),
                no(2, &["--policy", "vip", "--cron", ""]),
                on_prod(2, &["--cron", "*/1 * * * *"]),
                on_prod(2, &["--cron", "*/1 * * * *", "--confirm", "1"]),
                on_prod(2, &["--zone", "Asia/Tokyo"]),
            ]
        },
        writes: true,
        ..ASKS
    },
    Row {
        command: "retention schedule off",
        given: |_| words(&["--policy", "vip"]),
        refused: |_| vec![no(1, &["--policy", "nobody"])],
        ..LOCAL
    },
    Row { command: "retention daemon", refused: |_| vec![no(2, &["--policy", "vip"])], ..LOCAL },
    Row {
        command: "retention allow",
        refused: |_| vec![no(1, &[]), no(1, &["--policy", "vip"]), no(1, &["--policy", "nobody"])],
        writes: true,
        ..LOCAL
    },
    Row {
        command: "retention forecast",
        refused: |_| vec![no(1, &["--policy", "nobody"]), no(2, &["--then-days", "0"])],
        ..ASKS
    },
    Row {
        command: "retention plan",
        is_patient: true,
        given: |w| words(&["--replace", "--out", &w.name_of("taken")]),
        refused: |w| {
            let out = w.name_of("taken");
            vec![
                no(2, &["--days", "0", "--out", &out]),
                no(2, &["--filter", "", "--out", &out]),
                no(2, &["--filter", "name ~ 1", "--out", &out]),
                no(2, &["--filter", "name contains \"\"", "--out", &out]),
                no(2, &["--out", ""]),
                no(2, &["--out", &out]),
                no(2, &["--out", "/dev/null"]),
                no(2, &["--out", w.data.path().join("connections.json").to_str().unwrap()]),
                no(1, &["--policy", "nobody", "--out", &out]),
            ]
        },
        ..ASKS
    },
    Row {
        command: "retention explain",
        given: |w| vec![w.guest.clone()],
        refused: |w| vec![no(1, &[NOBODY]), no(2, &["x"]), no(2, &[&w.guest, "--filter", ""])],
        ..ASKS
    },
    Row {
        command: "retention run",
        given: |w| vec![w.name_of("fresh")],
        refused: |w| {
            vec![
                no(1, &[&w.name_of("used")]),
                no(65, &[&w.name_of("changed")]),
                no(65, &[&w.name_of("junk")]),
                no(65, &[&w.name_of("nothing")]),
                no(65, &[&w.name_of("large")]),
                on_prod(2, &[&w.name_of("large")]),
                on_prod(2, &[&w.name_of("large"), "--confirm", "1"]),
                on_prod(65, &[&w.name_of("fresh")]),
            ]
        },
        // The plan is of one connection, so over another it is refused for that.
        ..LOCAL
    },
    Row {
        command: "retention resume",
        given: |w| vec![w.paused_run.clone()],
        refused: |_| vec![no(1, &[&"0".repeat(16)]), no(2, &["../x"])],
        ..LOCAL
    },
    Row {
        command: "retention pause",
        given: |w| vec![w.paused_run.clone()],
        refused: |_| vec![no(2, &["../x"])],
        ..LOCAL
    },
    Row {
        command: "retention pace",
        given: |w| words(&[&w.paused_run, "10"]),
        refused: |w| vec![no(1, &[&w.paused_run, "10"]), no(2, &[&w.paused_run, "0"])],
        ..LOCAL
    },
    Row {
        command: "retention cancel",
        given: |w| vec![w.paused_run.clone()],
        refused: |w| vec![no(2, &["../x"]), no(2, &[&w.paused_run, "--max", "1"])],
        ..LOCAL
    },
    Row { command: "retention status", refused: |_| vec![no(2, &["../x"])], ..LOCAL },
    Row {
        command: "retention certificate",
        given: |w| vec![w.finished_run.clone(), "--out".to_owned(), w.name_of("certificate")],
        refused: |w| {
            let to = |run: &str, code, out: &str| no(code, &[run, "--out", out]);
            vec![
                to(&"0".repeat(16), 1, &w.name_of("certificate")),
                to("../x", 2, &w.name_of("certificate")),
                to(&w.finished_run, 2, ""),
                to(&w.finished_run, 2, &w.name_of("taken")),
            ]
        },
        ..LOCAL
    },
    Row {
        command: "retention verify",
        opens: Opens::Nothing,
        given: |w| vec![w.name_of("junk")],
        refused: |w| vec![no(65, &[&w.name_of("junk")]), no(65, &[&w.name_of("nothing")])],
        ..READS
    },
    Row {
        command: "hold add",
        given: |w| words(&["--guest", &w.guest, "--reason", "a case"]),
        refused: |w| {
            let guest = w.guest.as_str();
            vec![
                no(2, &["--guest", "Ada", "--reason", "r"]),
                no(2, &["--guest", guest, "--reason", " "]),
                no(2, &["--guest", guest, "--reason", "r", "--until", "soon"]),
                no(2, &["--guest", guest, "--reason", "r", "--until", "2020-01-31"]),
                no(2, &["--guest", guest, "--filter", "active = true", "--reason", "r"]),
                no(2, &["--filter", "", "--reason", "r"]),
                no(2, &["--filter", "name ~ 1", "--reason", "r"]),
                no(2, &["--guest", guest, "--reason", "r", "--owner", ""]),
            ]
        },
        writes: true,
        ..LOCAL
    },
    Row { command: "hold list", ..LOCAL },
    Row {
        command: "hold remove",
        given: |w| vec![w.hold.clone()],
        refused: |_| vec![no(1, &[NOBODY]), no(2, &["x"])],
        writes: true,
        ..LOCAL
    },
    // Nothing is missing here; the name that a person types is checked all the same.
    Row {
        command: "recover",
        refused: |_| vec![no(2, &["--accept", "Prod"]), no(2, &["--accept", ""])],
        ..LOCAL
    },
    Row { command: "audit list", ..LOCAL },
    Row { command: "audit verify", ..LOCAL },
    Row { command: "audit set-aside", ..LOCAL },
    Row {
        command: "simulator",
        given: |_| words(&["--listen", "127.0.0.1:0", "--control", "192.0.2.1:0"]),
        opens: Opens::Nothing,
        refused: |_| vec![no(2, &["--listen", "127.0.0.1:0", "--control", "192.0.2.1:0"])],
        ..READS
    },
    Row {
        command: "completions",
        given: |_| words(&["bash"]),
        opens: Opens::Nothing,
        refused: |_| vec![no(2, &["tcsh"])],
        ..READS
    },
];

//! Refused means unchanged: every command, in every way in which it can be refused, with the data folder, the files of
//! whoever works there and the org before and after.

mod conversation_table;
mod guests_table;
mod kept;
mod killed;
mod lab_table;
mod table;
mod world;

use std::{collections::BTreeSet, process::Command};

use conversation_table::CONVERSATION_TABLE;
use guests_table::GUESTS_TABLE;
use kept::Kept;
use lab_table::LAB_TABLE;
use table::{Opens, Refusal, Row, TABLE};
use world::{World, with_stdin};

fn table() -> impl Iterator<Item = &'static Row> {
    TABLE.iter().chain(LAB_TABLE).chain(CONVERSATION_TABLE).chain(GUESTS_TABLE)
}

/// The commands there are, as the program's own help lists them.
fn commands() -> BTreeSet<String> {
    fn below(path: &[String], found: &mut BTreeSet<String>) {
        let help = Command::new(env!("CARGO_BIN_EXE_innkeeper")).args(path).arg("--help").output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        let listed = help.split("\nCommands:\n").nth(1).unwrap_or_default();
        let names = listed.lines().take_while(|line| !line.trim().is_empty());
        // Two blanks before a name; a line that goes on stands further in.
        let names: Vec<&str> =
            names.filter(|line| line.starts_with("  ") && !line.starts_with("   ")).collect();
        if names.is_empty() {
            found.insert(path.join(" "));
        }
        for name in
            names.into_iter().filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help")
        {
            below(&[path, &[name.to_owned()]].concat(), found);
        }
    }
    let mut found = BTreeSet::new();
    below(&[], &mut found);
    found
}

#[test]
fn every_command_has_a_row_in_the_table_of_refusals() {
    let rows: BTreeSet<String> = table().map(|row| row.command.to_owned()).collect();
    assert_eq!(rows.len(), table().count(), "a command stands twice");
    let there = commands();
    assert!(there.len() > 40, "{there:?}");
    for command in &there {
        assert!(
            rows.contains(command),
            "`innkeeper {command}` has no row in refused/table.rs: say how it is given well, whether it asks or writes to \
             the org, and in which ways it is refused"
        );
    }
    assert!(rows.is_subset(&there), "there is no such command any more: {:?}", &rows - &there);
}

/// The org does as it should.
const FAIR: &str = "{}";

/// Every call but the sign-in fails.
const FAILING: &str = r#"{"rules":[{"when":{"path":"/api/v2/*"},"do":"500"}]}"#;

/// Nothing comes through.
const AWAY: &str = r#"{"rules":[{"do":"reset-before"}]}"#;

/// One way of being refused.
struct Way {
    name: String,
    command: Command,
    stdin: &'static str,
    /// One of these.
    codes: Vec<i32>,
    /// What the org does meanwhile.
    weather: &'static str,
    is_written_down: bool,
}

fn ways(world: &World, row: &Row) -> Vec<Way> {
    let given = (row.given)(world);
    let on = |connection: &str, words: &[String]| {
        let mut command = world.ik();
        if row.opens == Opens::Connection {
            command.args(["--connection", connection]);
        }
        command.args(row.command.split(' ')).args(words);
        command
    };
    let way = |name: &str, command: Command, codes: &[i32]| Way {
        name: name.to_owned(),
        command,
        stdin: "a secret",
        codes: codes.to_vec(),
        weather: FAIR,
        is_written_down: false,
    };
    let mut ways = vec![way(
        "an argument that is none",
        on("Dev", &[&given[..], &["--no-such-flag".to_owned()]].concat()),
        &[2],
    )];
    if row.opens != Opens::Nothing {
        let mut wrong = on("Dev", &given);
        wrong.env("INNKEEPER_PASSPHRASE", "another one");
        let mut none = on("Dev", &given);
        none.env_remove("INNKEEPER_PASSPHRASE");
        let is_sealed = matches!(row.command, "connection remove" | "connection edit");
        if row.opens == Opens::Connection || is_sealed {
            ways.push(way("the wrong passphrase", wrong, &[2]));
        }
        if row.opens == Opens::Connection
            || row.command.starts_with("connection add")
            || row.command.ends_with("remove")
            || is_sealed
        {
            ways.push(way("no passphrase", none, &[1]));
        }
        let mut lost = on("Dev", &given);
        lost.args(["--data", " "]);
        ways.push(way("a data folder that a script lost", lost, &[2]));
    }
    if row.opens == Opens::Connection {
        ways.push(way("a connection that a script lost", on("", &given), &[2]));
        ways.push(way("a connection that is none", on("Nobody", &given), &[2]));
    }
    if row.asks {
        if !row.is_patient {
            ways.push(way("an org that is away", on("Away", &given), &[69, 1]));
        }
        ways.push(way("an org that does not know the client", on("Wrong", &given), &[77, 1]));
        // Whatever the scopes are, they can be asked for; and the policy that is named is on the first connection only.
        if row.command != "connection test" {
            ways.push(way("an org that does not allow it", on("Weak", &given), &[77, 1]));
            let failing = way("an org that fails", on("Dev", &given), &[1, 69]);
            ways.extend((!row.is_patient).then_some(Way { weather: FAILING, ..failing }));
        }
    }
    if row.command == "retention run" {
        // Its plan is of one connection, so the org itself has to be away or to fail.
        let run = |name, weather| Way { weather, ..way(name, on("Dev", &given), &[1, 69]) };
        ways.extend([run("an org that is away", AWAY), run("an org that fails", FAILING)]);
    }
    if row.writes {
        ways.push(way("a read-only connection", on("Reader", &given), &[1, 2]));
    }
    for Refusal { words, stdin, code, over, is_written_down } in (row.refused)(world) {
        let command = on(over, &words);
        ways.push(Way { stdin, is_written_down, ..way(&format!("{words:?} over {over}"), command, &[code]) });
    }
    ways
}

#[test]
fn whatever_is_refused_changes_nothing() {
    // Two worlds, so that the table is gone through in half the time.
    let halves = std::thread::scope(|scope| {
        let half = |odd: usize| scope.spawn(move || refuse_all(table().skip(odd).step_by(2)));
        [half(0), half(1)].map(|half| half.join().unwrap())
    });
    let tried: usize = halves.iter().map(|(tried, _)| tried).sum();
    let wrong: Vec<String> = halves.into_iter().flat_map(|(_, wrong)| wrong).collect();
    assert!(tried > 250, "only {tried} refusals");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}

/// How many refusals these commands were given, and which of them were none or left a trace.
fn refuse_all<'t>(rows: impl Iterator<Item = &'t Row>) -> (usize, Vec<String>) {
    let world = World::make();
    let (mut tried, mut wrong) = (0, Vec::new());
    let mut before = (Kept::look(world.data.path()), Kept::look(world.files.path()), world.org_writes());
    for row in rows {
        for mut way in ways(&world, row) {
            tried += 1;
            let told = |what: String| format!("`{}`, {}: {what}", row.command, way.name);
            world.org.control("/weather", way.weather);
            let output = with_stdin(&mut way.command, way.stdin);
            world.org.control("/weather", FAIR);
            let code = output.status.code();
            if !code.is_some_and(|code| way.codes.contains(&code)) {
                let said =
                    [output.stdout, output.stderr].map(|out| String::from_utf8_lossy(&out).into_owned());
                wrong.push(told(format!("{code:?} instead of {:?}: {said:?}", way.codes)));
            }
            let after = (Kept::look(world.data.path()), Kept::look(world.files.path()), world.org_writes());
            let mut differences = before.0.differences(&after.0, world.data.path(), way.is_written_down);
            differences.extend(before.1.differences(&after.1, world.files.path(), false));
            if before.2 != after.2 {
                differences.push("the org was written to".to_owned());
            }
            if !differences.is_empty() {
                wrong.push(told(differences.join("; ")));
            }
            before = after;
        }
    }
    (tried, wrong)
}

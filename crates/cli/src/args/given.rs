//! From the words of a command line to its arguments. Here, and for every command alike, a value that is empty is refused.

use std::ffi::{OsStr, OsString};

use clap::{
    Arg, ArgMatches, Command, CommandFactory, FromArgMatches,
    error::{ContextKind, ContextValue, ErrorKind},
    parser::ValueSource,
};
use model::trimmed;

use super::Args;

/// Where an empty value, or one of blanks, means something of its own, by the command and the argument's name; and what it
/// means. Anywhere else it is a value that a script lost: it would mean everyone, drop what is saved or lead elsewhere.
const MEANT: &[Meant] = &[
    // No guest: the answer is `missing`.
    Meant { command: "session check", argument: "guest", empty: true },
    // Unknown, as any that is not known here.
    Meant { command: "chat say", argument: "conversation", empty: true },
    // A guest may write blanks; no text is refused.
    Meant { command: "chat say", argument: "text", empty: false },
    // An org whose tokens may do nothing.
    Meant { command: "simulator", argument: "scopes", empty: true },
    Meant { command: "simulator", argument: "permissions", empty: true },
];

struct Meant {
    command: &'static str,
    argument: &'static str,
    /// Not only blanks.
    empty: bool,
}

/// Reads a command line.
///
/// # Errors
/// Wrong use in clap's words, and a value that is empty, by the name of its argument.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Args, clap::Error> {
    let mut command = Args::command();
    let matches = command.try_get_matches_from_mut(words)?;
    refuse_empty(&mut command, &matches)?;
    Args::from_arg_matches(&matches)
}

/// Looks at every value of the command and of those it is below.
fn refuse_empty(command: &mut Command, matches: &ArgMatches) -> Result<(), clap::Error> {
    let mut path = String::new();
    let (mut command, mut matches) = (command, matches);
    loop {
        let lost = command.get_arguments().find(|argument| {
            given(matches, argument).any(|value| is_blank(value) && !is_meant(&path, argument, value))
        });
        if let Some(argument) = lost {
            let everyone = if argument.get_id() == "filter" && argument_named(command, "everyone") {
                " To mean everyone, say --everyone."
            } else {
                ""
            };
            let message =
                format!("the value of '{argument}' is empty; give one, or leave the option out.{everyone}");
            let name = argument.to_string();
            let mut error = command.error(ErrorKind::InvalidValue, message);
            error.insert(ContextKind::InvalidArg, ContextValue::String(name));
            return Err(error);
        }
        let Some((name, below)) = matches.subcommand() else { return Ok(()) };
        if !path.is_empty() {
            path.push(' ');
        }
        path.push_str(name);
        matches = below;
        let Some(next) = command.find_subcommand_mut(name) else { return Ok(()) };
        command = next;
    }
}

fn argument_named(command: &Command, name: &str) -> bool {
    command.get_arguments().any(|argument| argument.get_id() == name)
}

/// The values as they were given; a default is nobody's.
fn given<'m>(matches: &'m ArgMatches, argument: &Arg) -> impl Iterator<Item = &'m OsStr> {
    let id = argument.get_id().as_str();
    let takes = argument.get_action().takes_values()
        && matches!(
            matches.try_contains_id(id).ok().and_then(|_| matches.value_source(id)),
            Some(ValueSource::CommandLine | ValueSource::EnvVariable)
        );
    takes.then(|| matches.try_get_raw(id).ok().flatten()).flatten().into_iter().flatten()
}

/// Nothing, or nothing that anybody sees.
fn is_blank(value: &OsStr) -> bool {
    value.to_str().is_some_and(|text| trimmed(text).is_empty())
}

fn is_meant(command: &str, argument: &Arg, value: &OsStr) -> bool {
    MEANT.iter().any(|meant| {
        meant.command == command && argument.get_id() == meant.argument && (meant.empty || !value.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every command that can be given, with its path.
    fn leaves(command: &Command, path: &[String], found: &mut Vec<(Vec<String>, Command)>) {
        let below: Vec<_> = command.get_subcommands().filter(|c| c.get_name() != "help").collect();
        if below.is_empty() {
            found.push((path.to_vec(), command.clone()));
        }
        for next in below {
            let path: Vec<String> = path.iter().cloned().chain([next.get_name().to_owned()]).collect();
            leaves(next, &path, found);
        }
    }

    /// A value that the argument takes, so that nothing but the one that is tried is wrong.
    fn sound(argument: &Arg) -> String {
        if let Some(value) = argument.get_possible_values().first() {
            return value.get_name().to_owned();
        }
        match argument.get_id().as_str() {
            "listen" | "control" => "127.0.0.1:0",
            "now" => "2026-11-22T12:00:00Z",
            "allow_origin" => "http://localhost:5173",
            "quiet_hours" => "08:00-18:00",
            "values" | "attr" => "key=value",
            "pass_rate" => "0.9",
            // Numbers, and texts to which a number is as good as any.
            _ => "7",
        }
        .to_owned()
    }

    fn words_for(argument: &Arg, value: &str) -> Vec<String> {
        match argument.get_long() {
            Some(long) => vec![format!("--{long}={value}")],
            None => vec![value.to_owned()],
        }
    }

    /// The command with `tried` at `value` and whatever else it needs.
    fn command_line(path: &[String], leaf: &Command, tried: &Arg, value: &str) -> Vec<String> {
        let mut words = vec!["innkeeper".to_owned()];
        words.extend(path.iter().cloned());
        let mut positionals = Vec::new();
        for argument in leaf.get_arguments() {
            let this = argument.get_id() == tried.get_id();
            let needed = argument.is_required_set()
                || needs(tried).contains(&argument.get_id().as_str())
                || leaf_needs(path).contains(&argument.get_id().as_str()) && !excludes(tried, argument);
            if !argument.get_action().takes_values() || !(this || needed) {
                continue;
            }
            let given = if this { value.to_owned() } else { sound(argument) };
            if argument.is_positional() {
                positionals.push(given);
            } else {
                words.extend(words_for(argument, &given));
            }
        }
        // After `--`, so that a value that begins with a dash or is empty stays a value.
        words.push("--".to_owned());
        words.extend(positionals);
        words
    }

    /// What an argument cannot be given without.
    fn needs(argument: &Arg) -> &'static [&'static str] {
        match argument.get_id().as_str() {
            "messages" => &["seconds"],
            "seconds" => &["messages"],
            "tls_cert" => &["tls_key"],
            "tls_key" => &["tls_cert"],
            "text" => &["conversation"],
            "confirm" => &["attr"],
            _ => &[],
        }
    }

    /// What a command asks for as "this or that".
    fn leaf_needs(path: &[String]) -> &'static [&'static str] {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["connection", "add"] => &["base_url", "kind"],
            ["connection", "edit"] => &["new_name"],
            ["guests", "set"] => &["values"],
            ["chat", "start"] => &["deployment"],
            ["chat", "say"] => &["conversation", "text"],
            ["hold", "add"] => &["guest"],
            _ => &[],
        }
    }

    fn excludes(tried: &Arg, other: &Arg) -> bool {
        matches!(
            (tried.get_id().as_str(), other.get_id().as_str()),
            ("environment", "base_url") | ("from", "conversation" | "text") | ("filter", "guest")
        )
    }

    #[test]
    fn no_argument_of_any_command_takes_an_empty_value_or_blanks_but_where_that_is_written_down() {
        let mut command = Args::command();
        command.build();
        let mut found = Vec::new();
        leaves(&command, &[], &mut found);
        let (mut tried, mut meant) = (0, Vec::new());
        for (path, leaf) in &found {
            for argument in leaf.get_arguments().filter(|a| a.get_action().takes_values()) {
                let name = || format!("{} {argument}", path.join(" "));
                let good = command_line(path, leaf, argument, &sound(argument));
                let parsed = parse(good.iter().map(OsString::from));
                assert!(
                    parsed.is_ok(),
                    "{}: teach `sound`, `needs` or `leaf_needs` here how to give it: {good:?}: {}",
                    name(),
                    parsed.err().unwrap()
                );
                for value in ["", " ", "  \t"] {
                    tried += 1;
                    let words = command_line(path, leaf, argument, value);
                    match parse(words.iter().map(OsString::from)) {
                        Ok(_) => {
                            let row = MEANT
                                .iter()
                                .find(|m| m.command == path.join(" ") && argument.get_id() == m.argument)
                                .unwrap_or_else(|| {
                                    panic!(
                                        "{} takes {value:?}: refuse it, or say in MEANT what it means",
                                        name()
                                    )
                                });
                            assert!(row.empty || !value.is_empty(), "{} takes an empty value", name());
                            meant.push((row.command, row.argument));
                        }
                        Err(error) => {
                            let told = error.to_string();
                            assert_eq!(error.exit_code(), 2, "{told}");
                            let named = argument.get_long().map_or_else(
                                || argument.get_value_names().unwrap()[0].to_string(),
                                |long| format!("--{long}"),
                            );
                            assert!(
                                told.contains(&named),
                                "{} at {value:?} does not name {named}: {told}",
                                name()
                            );
                        }
                    }
                }
            }
        }
        assert!(tried > 300, "only {tried} values were tried");
        for row in MEANT {
            assert!(
                meant.contains(&(row.command, row.argument)),
                "nothing takes {} {} empty any more",
                row.command,
                row.argument
            );
        }
    }

    #[test]
    fn everyone_is_said_in_so_many_words_and_never_beside_a_filter() {
        let parsed = |words: &[&str]| parse(["innkeeper"].iter().chain(words).map(OsString::from));
        for command in [
            &["retention", "plan", "--out", "x"][..],
            &["retention", "explain", "x"],
            &["retention", "policy", "set"],
            &["guests", "list"],
        ] {
            let with = |more: &[&str]| parsed(&[command, more].concat());
            assert!(with(&["--everyone"]).is_ok(), "{command:?}");
            assert!(with(&["--everyone", "--filter", "active = true"]).is_err(), "{command:?}");
            let told = with(&["--filter", ""]).err().unwrap().to_string();
            assert!(told.contains("--filter") && told.contains("say --everyone"), "{told}");
        }
        // As it was called before.
        assert!(parsed(&["retention", "policy", "set", "--no-filter"]).is_ok());
    }

    #[test]
    fn a_value_that_ends_empty_after_its_key_is_a_value() {
        let parsed = |words: &[&str]| parse(["innkeeper"].iter().chain(words).map(OsString::from)).is_ok();
        assert!(parsed(&["guests", "set", "ID", "note="]));
        assert!(parsed(&["chat", "start", "--attr", "note="]));
        assert!(parsed(&["chat", "say", "c-1", "  "]));
        assert!(!parsed(&["chat", "say", "c-1", ""]));
    }
}

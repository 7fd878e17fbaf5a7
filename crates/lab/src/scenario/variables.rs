//! `${name}` and `${env.NAME}` in texts.
//!
//! Only what could be a variable is one: `${5}`, `${}` and a `$` alone stay as they are, as with the peer. `$${name}` is the
//! text `${name}`. What was meant as a variable and has a slip in it, such as `${ name }` or `${name`, is refused.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
};

/// How variables of the environment begin, up to the first `_`, that lead to an org or open a store. No file may send them to
/// anybody.
const REFUSED: [&str; 2] = ["GC", "INNKEEPER"];

/// What the environment says of a name.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// How many bytes filling in may still make.
pub struct Budget(pub usize);

/// More than the budget.
pub struct Spent;

impl Budget {
    pub fn take(&mut self, bytes: usize) -> Result<(), Spent> {
        self.0 = self.0.checked_sub(bytes).ok_or(Spent)?;
        Ok(())
    }
}

/// Why a text could not be filled in.
pub struct Unfilled {
    /// In words without a value.
    pub words: String,
    /// The file may be right: a variable of the environment is not set.
    pub is_unset: bool,
}

impl From<String> for Unfilled {
    fn from(words: String) -> Self {
        Self { words, is_unset: false }
    }
}

/// What `${name}` and `${env.NAME}` mean in one file.
pub struct Values<'a> {
    named: BTreeMap<String, String>,
    environment: Environment<'a>,
}

impl<'a> Values<'a> {
    pub fn new(environment: Environment<'a>) -> Self {
        Self { named: BTreeMap::new(), environment }
    }

    /// From here on `${name}` is this text.
    pub fn define(&mut self, name: &str, text: String) {
        self.named.insert(name.to_owned(), text);
    }

    /// The text with everything filled in. Values that came from the environment are put into `masked`.
    ///
    /// # Errors
    /// What is wrong, in words without a value.
    pub fn fill_in(
        &self,
        text: &str,
        budget: &mut Budget,
        masked: &mut BTreeSet<String>,
    ) -> Result<String, Unfilled> {
        let mut filled = String::new();
        let mut push = |piece: &str, filled: &mut String| {
            filled.push_str(piece);
            budget.take(piece.len()).map_err(|Spent| TOO_LARGE.to_owned())
        };
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => push(text, &mut filled)?,
                Piece::Slip(text) => {
                    return Err(Unfilled::from(format!(
                        "{text:?} is no variable: between the braces stands a name alone; `$${{` writes `${{` as a text"
                    )));
                }
                Piece::Reference(name) => match name.strip_prefix("env.") {
                    Some(name) => {
                        let value = self.of_the_environment(name)?;
                        push(&value, &mut filled)?;
                        masked.insert(value);
                    }
                    None => match self.named.get(name) {
                        Some(value) => push(value, &mut filled)?,
                        None => return Err(format!("the variable ${{{name}}} is not defined").into()),
                    },
                },
            }
        }
        Ok(filled)
    }

    fn of_the_environment(&self, name: &str) -> Result<String, Unfilled> {
        // Windows knows the variable by any case.
        let upper = name.to_ascii_uppercase();
        if let Some((first, _)) = upper.split_once('_').filter(|(first, _)| REFUSED.contains(first)) {
            let words = format!("${{env.{name}}} is refused: no file may read the variables {first}_*");
            return Err(words.into());
        }
        let Some(value) = (self.environment)(name) else {
            let words = format!("the variable {name} of the environment is not set");
            return Err(Unfilled { words, is_unset: true });
        };
        value.into_string().map_err(|_| format!("the variable {name} of the environment is no UTF-8").into())
    }
}

/// Why a file is refused that grows beyond the budget.
pub const TOO_LARGE: &str = "variables and includes make this file too large: with everything filled in and included it may take 64 MiB";

/// Whether a variable can have this name.
pub fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// Whether a variable stands in the text, or what was meant as one.
pub fn has_reference(text: &str) -> bool {
    pieces(text).any(|piece| !matches!(piece, Piece::Text(_)))
}

/// The text as a scenario file writes it, so that it is read as it stands: what would be a variable gets a second `$`.
#[must_use]
pub fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        if c == '$' && slip(&text[at..]).is_some() {
            out.push('$');
        }
        out.push(c);
    }
    out
}

enum Piece<'t> {
    Text(&'t str),
    Reference(&'t str),
    /// The beginning of what was meant as a variable.
    Slip(&'t str),
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, after) = next(rest);
        rest = after;
        Some(piece)
    })
}

/// The first piece of a text that is not empty, and what follows.
fn next(text: &str) -> (Piece<'_>, &str) {
    if let Some((name, after)) = reference(text) {
        return (Piece::Reference(name), after);
    }
    if let Some(slip) = slip(text) {
        return (Piece::Slip(slip), "");
    }
    if let Some(written) = text.strip_prefix('$').filter(|written| slip(written).is_some()) {
        // `$${name}`: the text behind the first `$`. What stands behind the brace is a text as any other.
        let (written, after) = written.split_at("${".len());
        return (Piece::Text(written), after);
    }
    let first = text.chars().next().map_or(1, char::len_utf8);
    let end = text[first..].find('$').map_or(text.len(), |end| end + first);
    let (plain, after) = text.split_at(end);
    (Piece::Text(plain), after)
}

/// The name of the variable with which the text begins, and what follows.
fn reference(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("${")?;
    // Only as far as a name goes: a text of nothing but `${` is gone through once.
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')))?;
    let (name, after) = rest.split_at(end);
    let after = after.strip_prefix('}')?;
    // Dots, so that a name of the environment with a slip in it is told and not sent as a text.
    name.split('.').all(is_name).then_some((name, after))
}

/// The beginning of what is meant as a variable, with or without a slip: `${` and then a letter, blanks before it or not.
fn slip(text: &str) -> Option<&str> {
    /// How many characters of it are shown.
    const SHOWN: usize = 40;
    let rest = text.strip_prefix("${")?;
    // A name behind more blanks than are shown is none; so a text of nothing but `${` and blanks is gone through once.
    let first = rest.chars().take(SHOWN).find(|c| !c.is_whitespace())?;
    if !(first.is_alphabetic() || first == '_') {
        return None;
    }
    let mut shown = text.char_indices().take(SHOWN);
    let end = shown.find(|(_, c)| matches!(c, '}' | '\n' | '\r'));
    Some(match end.or_else(|| text.char_indices().nth(SHOWN)) {
        Some((end, '}')) => &text[..=end],
        Some((end, _)) => &text[..end],
        None => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, String> {
        let environment = |name: &str| (name == "HOME_TOWN").then(|| "Ulm".into());
        let mut values = Values::new(&environment);
        values.define("who", "Ada".to_owned());
        values.fill_in(text, &mut Budget(1_000), &mut BTreeSet::new()).map_err(|why| why.words)
    }

    #[test]
    fn what_could_be_a_variable_is_one_and_everything_else_stays_as_it_is() {
        for (text, expected) in [
            ("I am ${who}${who}!", "I am AdaAda!"),
            ("from ${env.HOME_TOWN}", "from Ulm"),
            ("$${who} $$${who} $$$${who}", "${who} $${who} $$${who}"),
            (
                "${5} ${} $ $$ {who} ${5.x} ${-} [${}]$ 10$ ${",
                "${5} ${} $ $$ {who} ${5.x} ${-} [${}]$ 10$ ${",
            ),
            ("$${ who } $${who $${é} $${who${who}", "${ who } ${who ${é} ${whoAda"),
            ("ä$ö${who}ü", "ä$öAdaü"),
        ] {
            assert_eq!(filled(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_written_as_a_literal_is_read_as_it_stands() {
        for text in ["${who}", "$${who}", "$$${ who }", "${who", "${5} ${} $", "a ${é} b${who}${who}", ""] {
            assert_eq!(filled(&literal(text)).as_deref(), Ok(text), "{text}");
        }
    }

    #[test]
    fn what_is_not_defined_not_set_or_the_program_s_own_is_refused_by_name() {
        for (text, word) in [
            ("${nobody}", "nobody"),
            ("${ENV.X}", "ENV.X"),
            ("${env.NOT_SET}", "NOT_SET"),
            ("${env.GC_CLIENT_SECRET}", "GC_CLIENT_SECRET"),
            ("${env.gc_client_secret}", "gc_client_secret"),
            ("${env.INNKEEPER_PASSPHRASE}", "INNKEEPER_PASSPHRASE"),
        ] {
            assert!(filled(text).unwrap_err().contains(word), "{text}");
        }
    }

    #[test]
    fn what_was_meant_as_a_variable_and_is_none_is_refused_with_the_way_to_write_it() {
        for slip in [
            "${ who }",
            "${who",
            "${who ",
            "${a b}",
            "${é}",
            "${x.}",
            "${env.}",
            "${env. SET}",
            "${env.1A}",
            "${\twho}",
        ] {
            let message = filled(&format!("a {slip}")).unwrap_err();
            assert!(message.starts_with(&format!("{slip:?} is no variable")), "{message}");
            assert!(message.contains("`$${`") && has_reference(slip), "{message}");
        }
        assert!(filled("${who\n}").unwrap_err().starts_with("\"${who\" is no variable"));
        assert!(filled(&format!("${{{}", "é".repeat(1_000))).unwrap_err().len() < 250);
    }

    #[test]
    fn a_text_that_grows_beyond_the_budget_is_refused() {
        assert!(filled(&"${who}".repeat(333)).is_ok());
        assert_eq!(filled(&"${who}".repeat(334)), Err(TOO_LARGE.to_owned()));
    }
}

//! The filter grammar (`guest-api.md`, "Filter"): what does not parse by itself must never be put beside other tests,
//! where a stray `)` would free it from them. The org judges who matches.

const MAX_DEPTH: usize = 16;
const FIELDS: [&str; 9] =
    ["id", "name", "email", "createdTime", "modifiedTime", "active", "guest.id", "type", "state"];

/// Whether the text is a filter.
///
/// # Errors
/// What was expected, and at which character.
pub(crate) fn check(text: &str) -> Result<(), String> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    reader.or()?;
    if reader.peek().is_some() { Err(reader.expected("AND, OR or the end")) } else { Ok(()) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn or(&mut self) -> Result<(), String> {
        self.and()?;
        while self.keyword("or") {
            self.and()?;
        }
        Ok(())
    }

    fn and(&mut self) -> Result<(), String> {
        self.not()?;
        while self.keyword("and") {
            self.not()?;
        }
        Ok(())
    }

    fn not(&mut self) -> Result<(), String> {
        self.keyword("not");
        if self.peek() != Some('(') {
            return self.test();
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!(
                "has more than {MAX_DEPTH} open parentheses at character {}",
                self.place(self.at)
            ));
        }
        self.at += 1;
        self.or()?;
        if self.peek() != Some(')') {
            return Err(self.expected("AND, OR or `)`"));
        }
        self.at += 1;
        self.depth -= 1;
        Ok(())
    }

    fn test(&mut self) -> Result<(), String> {
        let field = self.word();
        let known =
            FIELDS.contains(&field) || field.strip_prefix("attributes.").is_some_and(|k| !k.is_empty());
        if !known {
            return Err(
                self.expected("id, name, email, createdTime, modifiedTime, active or attributes.<key>")
            );
        }
        self.at += field.len();
        self.peek();
        let symbol = ["!=", "<=", ">=", "=", "<", ">"].into_iter().find(|s| self.rest().starts_with(s));
        match symbol {
            Some(symbol) => self.at += symbol.len(),
            None if self.keyword("contains") || self.keyword("startswith") => {}
            None => return Err(self.expected("one of = != < <= > >= contains startswith")),
        }
        self.value()
    }

    fn value(&mut self) -> Result<(), String> {
        if self.peek() == Some('"') {
            return self.quoted();
        }
        if self.keyword("true") || self.keyword("false") {
            return Ok(());
        }
        let is_digit = |c: char| matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E');
        let end = self.rest().find(|c| !is_digit(c)).unwrap_or(self.rest().len());
        if self.rest()[..end].parse::<f64>().is_ok_and(f64::is_finite) {
            self.at += end;
            return Ok(());
        }
        Err(self.expected("a quoted text, a number, true or false"))
    }

    fn quoted(&mut self) -> Result<(), String> {
        let open = self.at;
        let mut escaped = false;
        for (n, c) in self.text[open + 1..].char_indices() {
            let here = open + 1 + n;
            match c {
                '"' if !escaped => {
                    self.at = here + 1;
                    return Ok(());
                }
                '"' | '\\' if escaped => escaped = false,
                '\\' => escaped = true,
                _ if escaped => {
                    return Err(format!(
                        "has an escape other than \\\" and \\\\ at character {}",
                        self.place(here)
                    ));
                }
                _ => {}
            }
        }
        Err(format!("has a quote at character {} that is never closed", self.place(open)))
    }

    /// Skips white space and shows the next character.
    fn peek(&mut self) -> Option<char> {
        self.at += self.rest().len() - self.rest().trim_start().len();
        self.rest().chars().next()
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn word(&mut self) -> &'a str {
        self.peek();
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')));
        &rest[..end.unwrap_or(rest.len())]
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let is = self.word().eq_ignore_ascii_case(keyword);
        if is {
            self.at += keyword.len();
        }
        is
    }

    fn expected(&self, what: &str) -> String {
        let found: String = self.rest().chars().take(12).collect();
        let found = if found.is_empty() { "the end".to_owned() } else { format!("`{found}`") };
        format!("needs {what} at character {}, not {found}", self.place(self.at))
    }

    /// A place in the text as people count it: in characters, from 1.
    fn place(&self, at: usize) -> usize {
        self.text[..at].chars().count() + 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Field, Filter};

    #[test]
    fn the_grammar_of_the_contract_is_taken() {
        for text in [
            r#"name = "Ada""#,
            r#"not (email contains "x" Or active = TRUE) and attributes.größe-2 >= -1.5e3"#,
            r#"NOT id startswith "6e" AND createdTime<"2026-01-01T00:00:00Z""#,
            r#"attributes.note = "a \"quoted\" \\ text""#,
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, why) in [
            ("", "needs id, name"),
            ("phone = \"1\"", "at character 1, not `phone = \"1\"`"),
            ("name ~ \"1\"", "needs one of = != < <= > >= contains startswith at character 6"),
            ("name = Ada", "needs a quoted text, a number, true or false at character 8"),
            ("name = \"Ada", "has a quote at character 8 that is never closed"),
            ("name = \"A\\d\"", "has an escape other than \\\" and \\\\ at character 11"),
            ("(name = \"A\"", "needs AND, OR or `)` at character 12, not the end"),
            ("name = \"A\" name = \"B\"", "needs AND, OR or the end at character 12"),
            ("attributes. = 1", "needs id, name"),
            ("name = \"größe\" x", "at character 16, not `x`"),
            ("name = \"A\" AND", "at character 15, not the end"),
        ] {
            let answer = check(text).unwrap_err();
            assert!(answer.contains(why), "{text}: {answer}");
        }
        assert!(check(&format!("{}active = true", "(".repeat(17))).unwrap_err().contains("more than 16"));
    }

    proptest! {
        #[test]
        fn every_filter_built_from_parts_is_one(a in "\\PC{0,20}", b in "\\PC{0,20}", deep: bool) {
            let f = Filter::contains(Field::Name, &a).or(Filter::equals(Field::Email, b.as_str()));
            let f = if deep { f.and(Filter::equals(Field::Active, true)) } else { f };
            prop_assert_eq!(check(f.as_str()), Ok(()));
        }

        #[test]
        fn any_text_is_answered_without_a_panic(text in "\\PC{0,60}", mix in "[()\"\\\\a-z=<> ]{0,40}") {
            let _ = check(&text);
            let _ = check(&mix);
        }
    }
}

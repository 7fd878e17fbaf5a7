//! Reads the filter grammar (`guest-api.md`, "Filter"). What does not parse by itself must never be put beside other tests,
//! where a stray `)` would free it from them.

use strum::VariantArray;

use super::expression::{Expression, Field, Op, Test, Value, WrittenNumber, in_a_number, in_a_word};

/// Deepest nesting of parentheses; it bounds the recursion here and in every walk over the expression.
const MAX_DEPTH: usize = 16;

/// The fields of guests of every org, as a refusal names them.
const FIELDS: &str = "id, name, email, createdTime, modifiedTime, active, attributes.<key> or, where the org has them, kind, phone, \
                      firstName or lastName";

/// Reads a whole text. `fields` are those that guests of the org have, for a refusal; of every org when absent.
///
/// # Errors
/// What was expected, and at which character.
pub(super) fn parse(text: &str, fields: Option<&str>) -> Result<Expression, String> {
    let mut reader = Reader { text, fields: fields.unwrap_or(FIELDS), at: 0, depth: 0 };
    let expression = reader.or()?;
    if reader.peek().is_some() { Err(reader.expected("AND, OR or the end")) } else { Ok(expression) }
}

struct Reader<'a> {
    text: &'a str,
    fields: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn or(&mut self) -> Result<Expression, String> {
        let first = self.and()?;
        let mut parts = vec![first];
        while self.keyword("or") {
            parts.push(self.and()?);
        }
        Ok(Expression::one_of(parts).expect("it has the first part"))
    }

    fn and(&mut self) -> Result<Expression, String> {
        let first = self.not()?;
        let mut parts = vec![first];
        while self.keyword("and") {
            parts.push(self.not()?);
        }
        Ok(Expression::all_of(parts).expect("it has the first part"))
    }

    fn not(&mut self) -> Result<Expression, String> {
        let negated = self.keyword("not");
        let inner = if self.peek() == Some('(') { self.group()? } else { self.test()? };
        Ok(if negated { Expression::Not(Box::new(inner)) } else { inner })
    }

    fn group(&mut self) -> Result<Expression, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!(
                "has more than {MAX_DEPTH} open parentheses at character {}",
                self.place(self.at)
            ));
        }
        self.at += 1;
        let inner = self.or()?;
        if self.peek() != Some(')') {
            return Err(self.expected("AND, OR or `)`"));
        }
        self.at += 1;
        self.depth -= 1;
        Ok(inner)
    }

    fn test(&mut self) -> Result<Expression, String> {
        let word = self.word();
        let Some(field) = Field::named(word) else {
            return Err(self.expected(self.fields));
        };
        self.at += word.len();
        let op = self.op()?;
        Ok(Expression::Test(Test { field, op, value: self.value()? }))
    }

    fn op(&mut self) -> Result<Op, String> {
        self.peek();
        for op in Op::VARIANTS {
            let is_word = matches!(op, Op::Contains | Op::StartsWith);
            if is_word && self.keyword(op.as_ref()) {
                return Ok(*op);
            }
            if !is_word && self.rest().starts_with(op.as_ref()) {
                self.at += op.as_ref().len();
                return Ok(*op);
            }
        }
        Err(self.expected("one of = != < <= > >= contains startswith"))
    }

    fn value(&mut self) -> Result<Value, String> {
        if self.peek() == Some('"') {
            return self.quoted().map(Value::Text);
        }
        if self.keyword("true") {
            return Ok(Value::Bool(true));
        }
        if self.keyword("false") {
            return Ok(Value::Bool(false));
        }
        let end = self.rest().find(|c| !in_a_number(c)).unwrap_or(self.rest().len());
        let digits = &self.rest()[..end];
        let Some(number) = WrittenNumber::new(digits) else {
            return Err(self.expected("a quoted text, a number, true or false"));
        };
        self.at += digits.len();
        Ok(Value::Number(number))
    }

    fn quoted(&mut self) -> Result<String, String> {
        let open = self.at;
        let (mut text, mut escaped) = (String::new(), false);
        for (n, c) in self.text[open + 1..].char_indices() {
            let here = open + 1 + n;
            match c {
                '"' if !escaped => {
                    self.at = here + 1;
                    return Ok(text);
                }
                '\\' if !escaped => escaped = true,
                _ if escaped && !matches!(c, '"' | '\\') => {
                    return Err(format!(
                        "has an escape other than \\\" and \\\\ at character {}",
                        self.place(here)
                    ));
                }
                _ => {
                    text.push(c);
                    escaped = false;
                }
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
        &rest[..rest.find(|c| !in_a_word(c)).unwrap_or(rest.len())]
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

use super::{Filter, FilterError, Op, Value, tree::OPERATORS};

/// Longest filter, in bytes. A hundred ids joined by OR take about 5,500.
pub(crate) const MAX_BYTES: usize = 16_384;
/// Deepest nesting of parentheses; bounds the recursion here and in every walk over the tree.
pub(crate) const MAX_DEPTH: usize = 32;

/// Reads a filter. Does not know which fields there are.
///
/// # Errors
/// Says at which byte the text stops being a filter.
pub(crate) fn parse(text: &str) -> Result<Filter, FilterError> {
    if text.len() > MAX_BYTES {
        return Err(FilterError(format!(
            "the filter has {} bytes, at most {MAX_BYTES} are allowed",
            text.len()
        )));
    }
    let mut parser = Parser { text, at: 0, depth: 0 };
    let filter = parser.or()?;
    match parser.peek() {
        None => Ok(filter),
        Some(_) => Err(parser.expected("AND, OR or the end")),
    }
}

struct Parser<'a> {
    text: &'a str,
    /// Always on a character boundary.
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Filter, FilterError> {
        let mut parts = vec![self.and()?];
        while self.keyword("or") {
            parts.push(self.and()?);
        }
        Ok(one_or(parts, Filter::Or))
    }

    fn and(&mut self) -> Result<Filter, FilterError> {
        let mut parts = vec![self.not()?];
        while self.keyword("and") {
            parts.push(self.not()?);
        }
        Ok(one_or(parts, Filter::And))
    }

    fn not(&mut self) -> Result<Filter, FilterError> {
        if self.keyword("not") {
            return Ok(Filter::Not(Box::new(self.group_or_test()?)));
        }
        self.group_or_test()
    }

    fn group_or_test(&mut self) -> Result<Filter, FilterError> {
        if self.peek() != Some('(') {
            return self.test();
        }
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(FilterError(format!(
                "more than {MAX_DEPTH} parentheses are open at byte {}",
                self.at
            )));
        }
        let inner = self.or()?;
        if self.peek() != Some(')') {
            return Err(self.expected("AND, OR or `)`"));
        }
        self.at += 1;
        self.depth -= 1;
        Ok(inner)
    }

    fn test(&mut self) -> Result<Filter, FilterError> {
        let field = self.word().to_owned();
        if field.is_empty() {
            return Err(self.expected("a field, NOT or `(`"));
        }
        self.at += field.len();
        let op = self.op()?;
        let value = self.value()?;
        Ok(Filter::Test { field, op, value })
    }

    fn op(&mut self) -> Result<Op, FilterError> {
        let word = self.word().to_ascii_lowercase();
        let found = OPERATORS.into_iter().find(|(written, _)| match word.as_str() {
            "" => self.rest().starts_with(written),
            word => word == *written,
        });
        let (written, op) =
            found.ok_or_else(|| self.expected("one of = != < <= > >= contains startswith"))?;
        self.at += written.len();
        Ok(op)
    }

    fn value(&mut self) -> Result<Value, FilterError> {
        if self.peek() == Some('"') {
            return self.quoted();
        }
        if self.keyword("true") {
            return Ok(Value::Bool(true));
        }
        if self.keyword("false") {
            return Ok(Value::Bool(false));
        }
        let end = self.rest().find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'));
        let digits = &self.rest()[..end.unwrap_or(self.rest().len())];
        match digits.parse::<f64>() {
            Ok(n) if n.is_finite() => {
                self.at += digits.len();
                Ok(Value::Number(n))
            }
            _ => Err(self.expected("a quoted text, a number, true or false")),
        }
    }

    fn quoted(&mut self) -> Result<Value, FilterError> {
        let open = self.at;
        self.at += 1;
        let mut text = String::new();
        let mut escaped = false;
        for (n, c) in self.rest().char_indices() {
            match c {
                '"' | '\\' if escaped => text.push(c),
                _ if escaped => {
                    return Err(FilterError(format!("only \\\" and \\\\ are escapes, byte {}", self.at + n)));
                }
                '"' => {
                    self.at += n + 1;
                    return Ok(Value::Text(text));
                }
                '\\' => {}
                _ => text.push(c),
            }
            escaped = c == '\\' && !escaped;
        }
        Err(FilterError(format!("the quote at byte {open} is never closed")))
    }

    /// Skips white space and shows the next character.
    fn peek(&mut self) -> Option<char> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
        self.rest().chars().next()
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// The letters, digits, `_`, `-` and `.` from here on.
    fn word(&mut self) -> &str {
        self.peek();
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')));
        &rest[..end.unwrap_or(rest.len())]
    }

    /// Takes the word when it is this keyword, in any case.
    fn keyword(&mut self, keyword: &str) -> bool {
        let is = self.word().eq_ignore_ascii_case(keyword);
        if is {
            self.at += keyword.len();
        }
        is
    }

    fn expected(&self, what: &str) -> FilterError {
        let found: String = self.rest().chars().take(12).collect();
        let found = if found.is_empty() { "the end".to_owned() } else { format!("`{found}`") };
        FilterError(format!("expected {what} at byte {}, found {found}", self.at))
    }
}

fn one_or(mut parts: Vec<Filter>, many: fn(Vec<Filter>) -> Filter) -> Filter {
    if parts.len() == 1 { parts.remove(0) } else { many(parts) }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use proptest::prelude::*;

    use super::*;

    impl fmt::Display for Filter {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let (word, parts) = match self {
                Filter::Or(parts) => (" OR ", parts),
                Filter::And(parts) => (" AND ", parts),
                Filter::Not(inner) => return write!(f, "NOT ({inner})"),
                Filter::Test { field, op, value } => return write!(f, "{field} {op} {value}"),
            };
            for (n, part) in parts.iter().enumerate() {
                f.write_str(if n == 0 { "" } else { word })?;
                match part {
                    Filter::Or(_) | Filter::And(_) => write!(f, "({part})")?,
                    _ => write!(f, "{part}")?,
                }
            }
            Ok(())
        }
    }

    impl fmt::Display for Value {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Value::Text(t) => write!(f, "\"{}\"", t.replace('\\', "\\\\").replace('"', "\\\"")),
                Value::Number(n) => write!(f, "{n}"),
                Value::Bool(b) => write!(f, "{b}"),
            }
        }
    }

    fn tree() -> impl Strategy<Value = Filter> {
        let field =
            prop_oneof![Just("id"), Just("name"), Just("attributes.tier"), Just("attributes.größe-2")];
        let op = prop_oneof![
            Just(Op::Equal),
            Just(Op::NotEqual),
            Just(Op::Less),
            Just(Op::LessOrEqual),
            Just(Op::Greater),
            Just(Op::GreaterOrEqual),
            Just(Op::Contains),
            Just(Op::StartsWith),
        ];
        let number = any::<f64>().prop_filter("a number", |n| n.is_finite());
        let value = prop_oneof![
            any::<String>().prop_map(Value::Text),
            number.prop_map(Value::Number),
            any::<bool>().prop_map(Value::Bool),
        ];
        let test = (field, op, value).prop_map(|(f, op, value)| Filter::Test { field: f.into(), op, value });
        test.prop_recursive(5, 40, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 2..5).prop_map(Filter::And),
                proptest::collection::vec(inner.clone(), 2..5).prop_map(Filter::Or),
                inner.prop_map(|f| Filter::Not(Box::new(f))),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_tree_printed_and_parsed_is_the_same_tree(tree in tree()) {
            let printed = tree.to_string();
            if printed.len() <= MAX_BYTES {
                prop_assert_eq!(parse(&printed), Ok(tree));
            }
        }

        #[test]
        fn any_text_is_only_ever_a_value_when_quoted(text in any::<String>()) {
            let value = Value::Text(text);
            let filter = parse(&format!("name = {value}")).unwrap();
            prop_assert_eq!(filter, Filter::Test { field: "name".into(), op: Op::Equal, value });
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>()) {
            let _ = parse(&text);
        }

        #[test]
        fn no_soup_of_the_grammars_own_words_makes_the_parser_panic(
            words in proptest::collection::vec(
                prop_oneof!["\\(", "\\)", "NOT ?", " or ", "AND", "name", "=", "<=?", "\"[a\\\\\"]{0,3}\"?", "-?[0-9.eE+]{1,4}", "contains"],
                0..30,
            )
        ) {
            if let Ok(filter) = parse(&words.concat()) {
                prop_assert_eq!(parse(&filter.to_string()), Ok(filter));
            }
        }
    }

    #[test]
    fn not_binds_before_and_and_and_before_or() {
        let written = r#"NOT name="a" and id="b" Or active = true"#;
        assert_eq!(
            parse(written).unwrap().to_string(),
            r#"(NOT (name = "a") AND id = "b") OR active = true"#
        );
    }

    #[test]
    fn what_is_no_filter_is_refused_with_the_place() {
        for (text, says) in [
            ("", "expected a field, NOT or `(` at byte 0, found the end"),
            ("name", "expected one of = != < <= > >= contains startswith at byte 4, found the end"),
            ("name = ", "expected a quoted text, a number, true or false at byte 7, found the end"),
            ("name = \"a", "the quote at byte 7 is never closed"),
            ("name = \"a\\n\"", "only \\\" and \\\\ are escapes, byte 10"),
            ("(name = \"a\"", "expected AND, OR or `)` at byte 11, found the end"),
            ("name = \"a\" id = \"b\"", "expected AND, OR or the end at byte 11, found `id = \"b\"`"),
            (
                "NOT NOT name = 1",
                "expected one of = != < <= > >= contains startswith at byte 8, found `name = 1`",
            ),
            ("name = 1e999", "expected a quoted text, a number, true or false at byte 7, found `1e999`"),
        ] {
            assert_eq!(parse(text), Err(FilterError(says.to_owned())), "{text}");
        }
    }

    #[test]
    fn depth_and_length_have_a_limit() {
        let nested = |n: usize| format!("{}id = 1{}", "(".repeat(n), ")".repeat(n));
        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        assert!(parse(&nested(MAX_DEPTH + 1)).is_err());
        assert!(parse(&nested(8000)).is_err());
        assert!(parse(&format!("name = \"{}\"", "a".repeat(MAX_BYTES))).is_err());
    }
}

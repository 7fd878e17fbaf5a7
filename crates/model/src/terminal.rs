//! Text from outside on its way to a terminal or a log: what a terminal would act on is made harmless. The one place that
//! knows which characters these are; every output of the programs goes through it.

use std::{borrow::Cow, fmt::Write};

/// Stands for each character that was taken out of words for people.
const MARK: char = '\u{fffd}';

/// Whether a character acts instead of being seen: the control characters C0 (with delete) and C1, the ends of line and
/// paragraph, and those that turn the direction in which the text around them is shown.
///
/// Joiners and other characters without width are not among them: Persian and emoji are written with them, and they move
/// nothing.
#[must_use]
pub fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text from outside as one line for people: a mark stands for each character that [`acts`], a newline included.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    marked(text, acts)
}

/// Lines that the program put together, for people: a newline and a tab stay, a mark stands for everything else that
/// [`acts`]. A text from outside that stands in them goes through [`one_line`] first, or it could make lines of its own.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    marked(text, |c| acts(c) && c != '\n' && c != '\t')
}

/// JSON as a terminal may see it: what [`acts`] is escaped as `\uXXXX`, so that a program that reads it gets the same
/// value. `json` is a JSON text, in which such characters stand only within strings; newlines and tabs between the values
/// stay.
#[must_use]
pub fn json(json: &str) -> Cow<'_, str> {
    let is_raw = |c: char| acts(c) && !c.is_ascii_whitespace();
    if !json.contains(is_raw) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_raw(c) {
            // All of them have at most four digits.
            write!(escaped, "\\u{:04x}", u32::from(c)).expect("a text takes what is written to it");
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

fn marked(text: &str, acts: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.contains(&acts) {
        Cow::Owned(text.chars().map(|c| if acts(c) { MARK } else { c }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every character that the terminal must not see, by the ranges of its standard.
    fn all() -> Vec<char> {
        let ranges = [
            0..=0x1f,
            0x7f..=0x9f,
            0x61c..=0x61c,
            0x200e..=0x200f,
            0x2028..=0x2029,
            0x202a..=0x202e,
            0x2066..=0x2069,
        ];
        ranges.into_iter().flatten().filter_map(char::from_u32).collect()
    }

    #[test]
    fn exactly_the_controls_and_what_turns_the_direction_act() {
        let all = all();
        for c in '\0'..=char::MAX {
            assert_eq!(acts(c), all.contains(&c), "{c:?}");
        }
    }

    #[test]
    fn a_name_from_outside_cannot_act_on_the_terminal_or_break_its_line() {
        assert_eq!(one_line("Zoë Müller"), "Zoë Müller");
        assert_eq!(one_line("👩\u{200d}👧"), "👩\u{200d}👧");
        let shown = one_line("a\u{1b}[31mb\u{7}\u{202e}c\nd\te\u{85}f");
        assert_eq!(shown, "a\u{fffd}[31mb\u{fffd}\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}f");
        assert_eq!(lines("a\u{9b}2J\n\tb\r"), "a\u{fffd}2J\n\tb\u{fffd}");
    }

    #[test]
    fn json_says_the_same_with_every_one_escaped() {
        for c in all() {
            let value = serde_json::json!({ format!("key{c}"): format!("a{c}b") });
            for plain in [value.to_string(), format!("{value:#}")] {
                let escaped = json(&plain);
                assert!(!escaped.contains(|c| acts(c) && c != '\n'), "{escaped:?}");
                assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), value);
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_a_guest_wrote_is_harmless_in_words_and_the_same_in_json(text in any::<String>()) {
            prop_assert!(!one_line(&text).contains(acts));
            prop_assert!(!lines(&text).contains(|c| acts(c) && c != '\n' && c != '\t'));
            prop_assert_eq!(one_line(&text).chars().count(), text.chars().count());
            let plain = serde_json::to_string(&text).unwrap();
            let escaped = json(&plain);
            prop_assert!(!escaped.contains(acts));
            prop_assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
        }
    }
}

use std::sync::Arc;

use crate::run::ScenarioResult;

/// Results whose texts show every character that would otherwise do something to whoever looks at them.
pub fn visible_results(results: &[Arc<ScenarioResult>]) -> Vec<ScenarioResult> {
    results.iter().map(|result| ScenarioResult::clone(result).with_texts(&visible)).collect()
}

/// The text with a picture of each control character but line breaks and tabs (U+241B for escape), and the number of each character
/// that has none: those that turn the direction of a text, and those that XML does not have.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            '\0'..='\u{1f}' => out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
            '\u{7f}' => out.push('\u{2421}'),
            '\u{80}'..='\u{9f}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{fffe}'
            | '\u{ffff}' => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_do_something_is_shown_and_all_else_stays() {
        assert_eq!(visible("a\u{1b}[2J\0\r\n\tü\u{7f}"), "a␛[2J␀␍\n\tü␡");
        assert_eq!(visible("\u{9b}\u{202e}\u{ffff}"), "\\u{9b}\\u{202e}\\u{ffff}");
    }
}

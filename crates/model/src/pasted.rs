/// What was pasted, without what nobody sees around it: blanks, line ends, and the marks without width that come along
/// from documents and chats. What stands inside stays, and so does any other control character: nobody pastes one by
/// chance, so whoever takes the text refuses it.
///
/// ```
/// assert_eq!(model::trimmed(" \u{feff}6e2f0c1e\u{200b}\r\n"), "6e2f0c1e");
/// assert_eq!(model::trimmed("two words"), "two words");
/// assert_eq!(model::trimmed("\u{200b} \n"), "");
/// ```
#[must_use]
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(is_unseen)
}

/// Whether a character alone shows nothing.
#[must_use]
fn is_unseen(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{ad}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{2064}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
        )
}

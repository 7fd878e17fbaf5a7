//! The lines of `chat say --from`: JSON Lines from a file that anybody may have written, on Windows too.

use std::io::BufRead;

use model::{MessageId, MessageText};
use serde::Deserialize;

use crate::{Failure, FailureCode, plain_text};

/// One line: a message and where it goes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SayLine {
    /// As it was written; whether it can be one is asked later.
    pub conversation_id: String,
    /// What the guest says.
    pub text: MessageText,
    /// Makes the same line twice one message.
    pub id: Option<MessageId>,
}

/// The lines of a file, in order. A byte-order mark and blank lines are passed over.
pub struct SayLines<R> {
    reader: R,
    number: u64,
}

impl<R: BufRead> SayLines<R> {
    /// The longest line that can hold 4,096 bytes of text, each escaped to six.
    pub const LONGEST: u64 = 64 * 1024;

    /// From the beginning of a file.
    pub fn new(reader: R) -> Self {
        Self { reader, number: 0 }
    }

    /// The number of the line that was read last, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The next line, `None` at the end. Reads at most [`SayLines::LONGEST`] bytes at once, whatever the file holds.
    pub fn next_line(&mut self) -> Result<Option<SayLine>, Failure> {
        let bad = |why: String| Failure::new(FailureCode::InvalidInput, why).with_next("Correct the line.");
        loop {
            let mut bytes = Vec::new();
            let mut line = std::io::Read::take(&mut self.reader, Self::LONGEST);
            let read = line.read_until(b'\n', &mut bytes).map_err(|e| bad(e.to_string()))?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            if read as u64 == Self::LONGEST && bytes.last() != Some(&b'\n') {
                return Err(bad(format!("is longer than {} bytes", Self::LONGEST)));
            }
            let text = match self.number {
                1 => plain_text(&bytes).map_err(|why| bad(format!("the file {why}")))?,
                _ => &bytes,
            };
            if text.trim_ascii().is_empty() {
                continue;
            }
            // A list of the values in the right order would be read as the object, and nobody has promised that order.
            if !text.trim_ascii_start().starts_with(b"{") {
                return Err(bad("must be a JSON object with conversationId and text".to_owned()));
            }
            return serde_json::from_slice(text).map(Some).map_err(|e| {
                let text = e.to_string();
                // The position within the line would read like another line number.
                bad(text.split(" at line ").next().unwrap_or(&text).to_owned())
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_windows_wrote_has_the_same_messages() {
        let line = |text: &str| format!(r#"{{"conversationId":"c","text":"{text}"}}"#);
        let file = format!("\u{feff}\r\n{}\r\n\r\n  \r\n{}\r\n\r\n", line("a"), line("b"));
        let mut lines = SayLines::new(file.as_bytes());
        let mut said = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            said.push((lines.number(), line.text.as_str().to_owned()));
        }
        assert_eq!(said, [(2, "a".to_owned()), (5, "b".to_owned())]);
        let wide: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(line("a").encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let refused = SayLines::new(wide.as_slice()).next_line().unwrap_err();
        assert!(refused.message.contains("UTF-16"), "{}", refused.message);
    }

    #[test]
    fn only_an_object_is_a_message() {
        for line in ["[]", r#"["c","hello",null]"#, "1", "\"text\"", "null"] {
            let refused = SayLines::new(line.as_bytes()).next_line().unwrap_err();
            assert_eq!(refused.message, "must be a JSON object with conversationId and text", "{line}");
        }
    }
}

//! The lines of `chat say --from`: JSON Lines from a file that anybody may have written.

use std::io::BufRead;

use model::{MessageId, MessageText};
use serde::Deserialize;

use crate::{Failure, FailureCode};

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

impl SayLine {
    /// The longest line that can hold 4,096 bytes of text, each escaped to six.
    pub const LONGEST: u64 = 64 * 1024;

    /// The next line, `None` at the end. Reads at most [`SayLine::LONGEST`] bytes, whatever the file holds.
    ///
    /// # Errors
    /// What is wrong with the line; its number is the caller's.
    pub fn next(reader: &mut impl BufRead) -> Result<Option<Self>, Failure> {
        let bad = |why: String| Failure::new(FailureCode::InvalidInput, why).with_next("Mend the line.");
        let mut bytes = Vec::new();
        let mut line = std::io::Read::take(&mut *reader, Self::LONGEST);
        let read = line.read_until(b'\n', &mut bytes).map_err(|e| bad(e.to_string()))?;
        if read == 0 {
            return Ok(None);
        }
        if read as u64 == Self::LONGEST && bytes.last() != Some(&b'\n') {
            return Err(bad(format!("is longer than {} bytes", Self::LONGEST)));
        }
        serde_json::from_slice(&bytes).map(Some).map_err(|e| {
            let text = e.to_string();
            // The position within the line would read like another line number.
            bad(text.split(" at line ").next().unwrap_or(&text).to_owned())
        })
    }
}

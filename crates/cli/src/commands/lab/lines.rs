//! The lines of stdin as messages, while a chat goes on.

use std::{
    io::{self, BufRead, IsTerminal, Read},
    time::Duration,
};

use app::{Failure, Result, plain_text, written_by_hand};
use model::{MessageText, Secret, trimmed};
use tokio::sync::mpsc;

use crate::commands::input::aside;

/// The longest line that is read, in bytes: more than a longest message and its end.
const LONGEST_LINE: u64 = 4_096 + 3;

/// Lines that were written before the end come within this time of each other.
const REST_WITHIN: Duration = Duration::from_millis(200);

/// The longest token, in bytes.
const LONGEST_TOKEN: usize = 512;

/// What stdin says, line by line. A thread of its own reads it, since a person may think for as long as they want; nothing waits
/// for that thread at the end.
pub struct Lines {
    coming: mpsc::Receiver<RawLine>,
    number: u64,
    /// By a person at a terminal.
    pub are_typed: bool,
}

/// One line without its end, or why it is none.
type RawLine = Result<String, String>;

impl Lines {
    /// Begins to read.
    pub fn begin() -> Self {
        let (tell, coming) = mpsc::channel(16);
        std::thread::spawn(move || {
            let mut stdin = io::stdin().lock();
            for is_first in std::iter::once(true).chain(std::iter::repeat(false)) {
                let Some(line) = read_line(&mut stdin, is_first) else { return };
                let is_bad = line.is_err();
                // Nobody listens any more once the chat is over.
                if tell.blocking_send(line).is_err() || is_bad {
                    return;
                }
            }
        });
        Self { coming, number: 0, are_typed: io::stdin().is_terminal() }
    }

    /// The next message; blank lines are passed over. `None` at the end. Dropping the future loses nothing.
    ///
    /// # Errors
    /// A line that is no message, by its number. None follows it.
    pub async fn next(&mut self) -> Option<Result<MessageText>> {
        loop {
            let line = self.coming.recv().await?;
            self.number += 1;
            let at = |why: String| {
                Failure::field("stdin", format!("line {}: {why}", self.number)).with_next("Correct the line.")
            };
            let text = match line {
                Ok(text) => text,
                Err(why) => return Some(Err(at(why))),
            };
            if !trimmed(&text).is_empty() {
                return Some(written_by_hand(&text).map_err(|failure| at(failure.message)));
            }
        }
    }

    /// What stdin still holds once the chat is over: nothing where no line comes for a moment.
    pub async fn rest(&mut self) -> Option<String> {
        loop {
            let line = tokio::time::timeout(REST_WITHIN, self.coming.recv()).await.ok().flatten()?;
            let text = line.ok()?;
            if !trimmed(&text).is_empty() {
                return Some(text);
            }
        }
    }

    /// The first line as a token. At a terminal it is asked for and not shown.
    ///
    /// # Errors
    /// It is missing, or nothing that a token can be.
    pub async fn token(&mut self) -> Result<Secret> {
        let line = match self.are_typed {
            true => {
                let ask = || rpassword::prompt_password("Token: ");
                aside(move || ask().map_err(|e| Failure::field("stdin", format!("cannot be read: {e}"))))
                    .await?
            }
            false => {
                self.number += 1;
                let missing = || Failure::field("token", "is missing: it is the first line on stdin");
                self.coming.recv().await.ok_or_else(missing)?.map_err(|why| Failure::field("token", why))?
            }
        };
        let token = trimmed(&line);
        match (1..=LONGEST_TOKEN).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic()) {
            true => Ok(Secret::new(token.to_owned())),
            false => Err(Failure::field("token", "has 1 to 512 letters, digits and signs, without blanks")),
        }
    }
}

/// Reads one line of bounded length; `None` at the end.
fn read_line(stdin: &mut impl BufRead, is_first: bool) -> Option<RawLine> {
    let mut bytes = Vec::new();
    match stdin.take(LONGEST_LINE).read_until(b'\n', &mut bytes) {
        Ok(0) => return None,
        Ok(read) if read as u64 == LONGEST_LINE && bytes.last() != Some(&b'\n') => {
            return Some(Err("a message has at most 4,096 bytes, this one has more".to_owned()));
        }
        Ok(_) => {}
        Err(e) => return Some(Err(format!("cannot be read: {e}"))),
    }
    let text = match is_first {
        true => plain_text(&bytes),
        false => Ok(bytes.as_slice()),
    };
    let text = match text {
        Ok(text) => text.strip_suffix(b"\n").unwrap_or(text),
        Err(why) => return Some(Err(why.to_owned())),
    };
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    Some(String::from_utf8(text.to_vec()).map_err(|_| "is no text in UTF-8".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<RawLine> {
        let mut rest = bytes;
        let firsts = std::iter::once(true).chain(std::iter::repeat(false));
        firsts.map_while(|is_first| read_line(&mut rest, is_first)).take(10).collect()
    }

    #[test]
    fn lines_end_as_any_system_ends_them_and_what_is_no_text_is_named() {
        let fine = |lines: &[&str]| lines.iter().map(|line| Ok((*line).to_owned())).collect::<Vec<_>>();
        assert_eq!(read(b"\xef\xbb\xbfa\r\nb\n\nc"), fine(&["a", "b", "", "c"]));
        assert_eq!(read(b""), []);
        let longest = "x".repeat(4_096);
        assert_eq!(read(format!("{longest}\r\n").as_bytes()), fine(&[&longest]));
        assert!(read(&[b'x'; 10_000])[0].is_err());
        assert!(read(b"a\n\xff\n")[1].is_err());
        assert!(read(b"a\0b\0\n")[0].as_ref().unwrap_err().contains("UTF-16"));
        assert_eq!(read(b"a\0bc\n"), fine(&["a\0bc"]));
    }
}

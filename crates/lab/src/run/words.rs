//! Steps and received messages in a few words, for reasons and reports.

use std::{path::Path, time::Duration};

use super::mask::Mask;
use crate::scenario::{Action, Pick};

/// How many characters of a text are repeated.
const LONGEST: usize = 200;

/// How many messages are repeated.
const MOST_MESSAGES: usize = 20;

/// A text in quotation marks, masked and then cut.
pub fn quoted(mask: &Mask, text: &str) -> String {
    format!("\"{}\"", cut(&mask.text(text)))
}

/// The beginning of a text that is masked.
fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// A list of texts in quotation marks.
pub fn list<T: AsRef<str>>(mask: &Mask, texts: &[T]) -> String {
    let shown = texts.iter().take(MOST_MESSAGES).map(|text| quoted(mask, text.as_ref()));
    let shown: Vec<String> = shown.collect();
    match texts.len().saturating_sub(MOST_MESSAGES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// What was received, for a reason.
pub fn received<T: AsRef<str>>(mask: &Mask, texts: &[T]) -> String {
    if texts.is_empty() { "nothing was received".into() } else { format!("received: {}", list(mask, texts)) }
}

/// A step as it is written, masked and cut.
pub fn label(mask: &Mask, action: &Action) -> String {
    match action {
        Action::Say(text) => format!("say {}", quoted(mask, text)),
        Action::WaitForReplyContaining(text) => format!("waitForReplyContaining {}", quoted(mask, text)),
        Action::WaitForReplyMatching(pattern) => format!("waitForReplyMatching {}", quoted(mask, pattern)),
        Action::Tap(text) => format!("tap {}", quoted(mask, text)),
        Action::Pick(Pick::List(entries)) => format!("pick {}", list(mask, entries)),
        Action::Pick(Pick::Time(time)) => format!("pick {}", quoted(mask, time)),
        Action::Fill(fields) => format!("fill {}", list(mask, &names(fields))),
        Action::Attach(path) => format!("attach {}", quoted(mask, &file_name(path))),
        Action::Attributes(attributes) => format!("attributes {}", list(mask, &names(attributes))),
        Action::ExpectQuickReplies(replies) => format!("expectQuickReplies {}", list(mask, replies)),
        Action::ExpectDisconnect { read_only: None } => "expectDisconnect".into(),
        Action::ExpectDisconnect { read_only: Some(true) } => "expectDisconnect, read-only".into(),
        Action::ExpectDisconnect { read_only: Some(false) } => "expectDisconnect, not read-only".into(),
        Action::NeverContaining(text) => format!("neverContaining {}", quoted(mask, text)),
        Action::Optional(step) => format!("optional: {}", label(mask, &step.action)),
        Action::Within { limit, step } => {
            format!("within {}: {}", seconds(*limit), label(mask, &step.action))
        }
        Action::GoOffline => "goOffline".into(),
        Action::ComeBack => "comeBack".into(),
        Action::Pause(time) => format!("pause {} ms", time.as_millis()),
        Action::ExpectAttribute(attributes) => format!("expectAttribute {}", list(mask, &names(attributes))),
    }
}

/// A time in words: seconds, and what is less than one in milliseconds.
pub fn seconds(time: Duration) -> String {
    match time.as_millis() {
        millis if millis < 1_000 => format!("{millis} ms"),
        millis => {
            format!("{} s", Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX)).as_secs_f64())
        }
    }
}

fn names<V>(pairs: &[(String, V)]) -> Vec<&str> {
    pairs.iter().map(|(name, _)| name.as_str()).collect()
}

/// The name of a file without its folder.
pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

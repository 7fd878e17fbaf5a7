use std::{sync::mpsc, thread, time::Duration};

use regress::{Flags, Regex};
use tokio::sync::Semaphore;

/// How long a pattern may take for one look at what has come.
const LIMIT: Duration = Duration::from_secs(1);

/// How many patterns may be under way. One that does not end keeps its thread until the process ends, so this is also how many
/// threads such patterns can cost.
const MOST_THREADS: usize = 8;

/// How many bytes a pattern may have.
const MOST_BYTES: usize = 16 * 1024;

/// The stack of a thread, of which only what is used is ever there: parentheses in each other are read by recursion.
const STACK: usize = 256 * 1024 * 1024;

static THREADS: Semaphore = Semaphore::const_new(MOST_THREADS);

/// Why a pattern gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// It is no pattern.
    Broken(String),
    /// It took too long.
    TooLong,
}

/// The first of these texts that an ECMAScript pattern (flags i and m) fits anywhere. The pattern runs on a thread of its own,
/// because a bad one may take for ever.
pub async fn first_match(pattern: &str, texts: Vec<String>) -> Result<Option<usize>, NoAnswer> {
    let Ok(permit) = THREADS.try_acquire() else { return Err(NoAnswer::TooLong) };
    let pattern = pattern.to_owned();
    let (answer, answered) = mpsc::sync_channel(1);
    let thread = thread::Builder::new().name("pattern".into()).stack_size(STACK);
    let looked = thread.spawn(move || {
        let _permit = permit;
        // Nobody listens any more when the limit is over.
        drop(answer.send(look(&pattern, &texts)));
    });
    if looked.is_err() {
        return Err(NoAnswer::TooLong);
    }
    let waited = tokio::task::spawn_blocking(move || answered.recv_timeout(LIMIT)).await;
    match waited {
        Ok(Ok(answer)) => answer,
        // The thread died: what it was given was too much for it.
        Ok(Err(_)) | Err(_) => Err(NoAnswer::TooLong),
    }
}

fn look(pattern: &str, texts: &[String]) -> Result<Option<usize>, NoAnswer> {
    if pattern.len() > MOST_BYTES {
        return Err(NoAnswer::Broken(format!("it has more than {MOST_BYTES} bytes")));
    }
    let flags = Flags { icase: true, multiline: true, ..Flags::default() };
    let regex = Regex::with_flags(pattern, flags).map_err(|error| NoAnswer::Broken(error.to_string()))?;
    Ok(texts.iter().position(|text| regex.find(text).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn fits(pattern: &str, text: &str) -> bool {
        first_match(pattern, vec![text.to_owned()]).await == Ok(Some(0))
    }

    #[tokio::test(start_paused = true)]
    async fn a_pattern_is_unanchored_and_reads_case_and_lines_as_the_peer_does() {
        assert!(fits("^thank", "Well\nThank you").await);
        assert!(fits(r"(?<=order )\d+", "Order 66").await);
        assert!(fits(r"(a)\1", "xAAx").await);
        assert!(!fits("^you", "thank you").await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_broken_pattern_and_one_without_end_are_told_and_hold_nothing_up() {
        assert!(matches!(first_match("(", vec!["x".into()]).await, Err(NoAnswer::Broken(_))));
        let endless = first_match("(a*)*(a*)*(a*)*b", vec!["a".repeat(400)]).await;
        assert_eq!(endless, Err(NoAnswer::TooLong));
        for deep in ["(", "(?=", "[^a]*(", "(?:a|"].map(|part| part.repeat(MOST_BYTES / part.len())) {
            let closed = format!("{}{}", &deep[..MOST_BYTES / 2], ")".repeat(MOST_BYTES / 2));
            assert!(first_match(&deep, vec!["x".into()]).await.is_err());
            drop(first_match(&closed, vec!["x".into()]).await);
        }
        assert!(fits("a", "a").await);
    }
}

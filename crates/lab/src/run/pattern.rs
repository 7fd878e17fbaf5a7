use std::{sync::mpsc, thread, time::Duration};

use regress::{Flags, Regex};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// How long a pattern may take for one look at what has come.
const LIMIT: Duration = Duration::from_secs(1);

/// What a look may take in any case, also when the time of its step is over.
const LEAST: Duration = Duration::from_millis(50);

/// How many looks may be under way. One that does not end keeps its thread until the process ends, so this is also how many
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
    /// It took longer than this.
    TooLong(Duration),
}

/// A pattern at work: ECMAScript, flags i and m, on a thread of its own, because a bad one may take for ever. It ends with this.
pub struct Matcher {
    looks: mpsc::Sender<Look>,
    /// `None` once a look was given up: its answer would be taken for that of a later one.
    answers: Option<mpsc::Receiver<Answer>>,
}

type Answer = Result<Option<usize>, NoAnswer>;

/// Texts to be looked at. The permit is held until that is done.
struct Look {
    texts: Vec<String>,
    permit: SemaphorePermit<'static>,
}

impl Matcher {
    /// Begins; whether it is a pattern at all is said by the first look.
    pub fn start(pattern: &str) -> Result<Self, NoAnswer> {
        let pattern = pattern.to_owned();
        let (looks, wanted) = mpsc::channel::<Look>();
        let (answer, answers) = mpsc::sync_channel(1);
        let thread = thread::Builder::new().name("pattern".into()).stack_size(STACK);
        let started = thread.spawn(move || {
            let mut regex = None;
            for Look { texts, permit } in wanted {
                let found = regex
                    .get_or_insert_with(|| compiled(&pattern))
                    .as_ref()
                    .map(|regex| texts.iter().position(|text| regex.find(text).is_some()))
                    .map_err(Clone::clone);
                drop(permit);
                if answer.send(found).is_err() {
                    return;
                }
            }
        });
        match started {
            Ok(_) => Ok(Self { looks, answers: Some(answers) }),
            Err(_) => Err(NoAnswer::TooLong(Duration::ZERO)),
        }
    }

    /// The first of these texts that the pattern fits anywhere; looked for so long, and for a second at most.
    pub async fn first_match(&mut self, texts: Vec<String>, within: Duration) -> Answer {
        let limit = within.clamp(LEAST, LIMIT);
        let too_long = || NoAnswer::TooLong(limit);
        let permit =
            timeout(limit, THREADS.acquire()).await.ok().and_then(Result::ok).ok_or_else(too_long)?;
        let answers = self.answers.take().ok_or_else(too_long)?;
        self.looks.send(Look { texts, permit }).map_err(|_| too_long())?;
        let waited = tokio::task::spawn_blocking(move || (answers.recv_timeout(limit), answers)).await;
        match waited {
            Ok((Ok(answer), answers)) => {
                self.answers = Some(answers);
                answer
            }
            // No answer, or the thread died: what it was given was too much for it.
            Ok((Err(_), _)) | Err(_) => Err(too_long()),
        }
    }
}

fn compiled(pattern: &str) -> Result<Regex, NoAnswer> {
    if pattern.len() > MOST_BYTES {
        return Err(NoAnswer::Broken(format!("it has more than {MOST_BYTES} bytes")));
    }
    let flags = Flags { icase: true, multiline: true, ..Flags::default() };
    Regex::with_flags(pattern, flags).map_err(|error| NoAnswer::Broken(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn first_match(pattern: &str, texts: Vec<String>) -> Answer {
        Matcher::start(pattern)?.first_match(texts, LIMIT).await
    }

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
        assert_eq!(endless, Err(NoAnswer::TooLong(LIMIT)));
        for deep in ["(", "(?=", "[^a]*(", "(?:a|"].map(|part| part.repeat(MOST_BYTES / part.len())) {
            let closed = format!("{}{}", &deep[..MOST_BYTES / 2], ")".repeat(MOST_BYTES / 2));
            assert!(first_match(&deep, vec!["x".into()]).await.is_err());
            drop(first_match(&closed, vec!["x".into()]).await);
        }
        assert!(fits("a", "a").await);
    }
}

//! What the weather does to one request or one frame of a guest.

use std::{fmt, time::Duration};

use serde::Deserialize;

/// What happens to a request, or to a frame of the guest socket.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Trouble {
    /// 429 instead of an answer.
    TooMany {
        /// The seconds of the header `Retry-After`; without them there is none.
        retry_after: Option<u32>,
    },
    /// A refusal of that status instead of an answer; nothing is processed.
    Status(u16),
    /// A proxy's error page (502, `text/html`); nothing is processed.
    Html,
    /// Processed; half of the answer, then the connection is cut.
    Truncate,
    /// Processed; every member of the answer has another JSON type.
    WrongType,
    /// The connection is cut before anything is processed.
    ResetBefore,
    /// Processed, then the connection is cut before the first byte of the answer.
    ResetAfter,
    /// Processed after a while.
    Delay(Duration),
    /// Not processed, never answered.
    Stall,
    /// The request's token ends now: 401.
    ExpireToken,
    /// Another client of the same token has just made that many requests.
    Spend(u32),
    /// A list hands out that many rows of the page at most, and counts them all.
    Short(u32),
    /// A list leaves the first so many rows of the page out, and counts them all the same.
    Withhold(u32),
    /// Somebody else deletes the first so many guests of the list before it is answered.
    Vanish(u32),
    /// A list hands out half of the page, and says that its results are partial.
    Partial,
    /// That share of the items of a bulk request fail, each with an error of its own.
    BulkFail(Share),
    /// A list repeats rows of the page before.
    RepeatRows,
    /// The guest's connection is cut before the frame is taken.
    DropBefore,
    /// The frame is taken, then the guest's connection is cut before it is answered.
    DropAfter,
    /// The frame is not taken and never answered.
    Silent,
    /// The frame is not taken and answered by an error of that code.
    Error(u16),
    /// The frame is taken; the next frame of bot or agent is sent that much later, with its time as it was.
    Reorder(Duration),
}

/// From none to all, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share(u32);

impl Share {
    /// A whole.
    const ALL: f64 = 1_000_000.0;

    /// From 0, none, to 1, all; `None` beyond.
    fn of(share: f64) -> Option<Self> {
        // Within the bounds the product fits.
        (0.0..=1.0).contains(&share).then(|| Self((share * Self::ALL).round() as u32))
    }

    pub(crate) fn millionths(self) -> u32 {
        self.0
    }
}

/// The troubles without a number, as the weather names them.
const WORDS: [(&str, Trouble); 23] = [
    ("429", Trouble::TooMany { retry_after: Some(1) }),
    ("429-no-header", Trouble::TooMany { retry_after: None }),
    ("400", Trouble::Status(400)),
    ("403", Trouble::Status(403)),
    ("404", Trouble::Status(404)),
    ("413", Trouble::Status(413)),
    ("422", Trouble::Status(422)),
    ("500", Trouble::Status(500)),
    ("502", Trouble::Status(502)),
    ("503", Trouble::Status(503)),
    ("504", Trouble::Status(504)),
    ("html", Trouble::Html),
    ("truncate", Trouble::Truncate),
    ("wrong-type", Trouble::WrongType),
    ("reset-before", Trouble::ResetBefore),
    ("reset-after", Trouble::ResetAfter),
    ("stall", Trouble::Stall),
    ("expire-token", Trouble::ExpireToken),
    ("partial", Trouble::Partial),
    ("repeat-rows", Trouble::RepeatRows),
    ("drop-before", Trouble::DropBefore),
    ("drop-after", Trouble::DropAfter),
    ("silent", Trouble::Silent),
];

impl Trouble {
    /// Whether it can happen to a frame of the guest socket.
    pub(crate) fn is_for_frames(&self) -> bool {
        matches!(self, Self::TooMany { retry_after: Some(1) } | Self::Delay(_)) || self.is_for_frames_only()
    }

    /// Whether it can happen to a request.
    pub(crate) fn is_for_requests(&self) -> bool {
        !self.is_for_frames_only()
    }

    fn is_for_frames_only(&self) -> bool {
        use Trouble::{DropAfter, DropBefore, Error, Reorder, Silent};
        matches!(self, DropBefore | DropAfter | Silent | Error(_) | Reorder(_))
    }
}

impl TryFrom<String> for Trouble {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if let Some((_, trouble)) = WORDS.into_iter().find(|(word, _)| *word == text) {
            return Ok(trouble);
        }
        let (word, number) = text.split_once(':').unwrap_or((&text, ""));
        if let Some(share) = number.parse().ok().and_then(Share::of).filter(|_| word == "bulk-fail") {
            return Ok(Self::BulkFail(share));
        }
        Ok(match (word, number.parse::<u32>()) {
            ("429", Ok(seconds)) => Self::TooMany { retry_after: Some(seconds) },
            ("delay", Ok(ms)) => Self::Delay(Duration::from_millis(ms.into())),
            ("reorder", Ok(ms)) => Self::Reorder(Duration::from_millis(ms.into())),
            ("error", Ok(code)) if (400..=9999).contains(&code) => {
                Self::Error(u16::try_from(code).map_err(|e| e.to_string())?)
            }
            ("spend", Ok(n)) => Self::Spend(n),
            ("short", Ok(n)) => Self::Short(n),
            ("withhold", Ok(n)) => Self::Withhold(n),
            ("vanish", Ok(n)) => Self::Vanish(n),
            _ => {
                return Err(format!(
                    "unknown weather `{text}`: allowed are 429, 429:SECONDS, 429-no-header, 400, 403, 404, 413, 422, 500, 502, 503, 504, html, \
                     truncate, wrong-type, reset-before, reset-after, delay:MS, stall, expire-token, spend:N, \
                     short:N, withhold:N, vanish:N, partial, bulk-fail:SHARE, repeat-rows; for frames, by `action`: drop-before, drop-after, delay:MS, \
                     silent, error:CODE, reorder:MS, 429"
                ));
            }
        })
    }
}

/// The word that reads back as the same trouble.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany { retry_after: Some(seconds) } if *seconds != 1 => write!(f, "429:{seconds}"),
            Self::Delay(pause) => write!(f, "delay:{}", pause.as_millis()),
            Self::Reorder(pause) => write!(f, "reorder:{}", pause.as_millis()),
            Self::Error(code) => write!(f, "error:{code}"),
            Self::BulkFail(share) => write!(f, "bulk-fail:{}", f64::from(share.0) / Share::ALL),
            Self::Spend(n) => write!(f, "spend:{n}"),
            Self::Short(n) => write!(f, "short:{n}"),
            Self::Withhold(n) => write!(f, "withhold:{n}"),
            Self::Vanish(n) => write!(f, "vanish:{n}"),
            plain => f.write_str(WORDS.iter().find(|(_, is)| is == plain).map_or("", |(word, _)| *word)),
        }
    }
}

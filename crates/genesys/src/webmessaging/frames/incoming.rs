//! What comes, read: any text is one of these, and no text makes it panic. Missing and wrongly typed fields are as if absent.

use std::time::Duration;

use model::Secret;
use serde_json::Value;

use super::message::{Message, shortened, truth};
use crate::webmessaging::event::ServerError;

/// No class, name or id is kept longer, in bytes.
const MAX_NAME: usize = 200;

/// More headers for an upload are not taken.
const MOST_HEADERS: usize = 32;

/// The longest pause that an org may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// A frame that came.
#[derive(Debug)]
pub(crate) struct Incoming {
    /// Its class, shortened; empty where it has none.
    pub(crate) class: String,
    pub(crate) code: Option<u32>,
    pub(crate) tracing: Option<String>,
    pub(crate) says: Says,
}

/// What it says.
#[derive(Debug)]
pub(crate) enum Says {
    Session(Session),
    Message(Box<Message>),
    Jwt(Secret),
    /// Where to send a file, or to read one from.
    Link {
        attachment: String,
        url: Secret,
        headers: Vec<(String, Secret)>,
    },
    Uploaded {
        attachment: String,
    },
    /// The file is refused, before its upload or after.
    NotUploaded {
        attachment: String,
        error: ServerError,
    },
    ConnectionClosed {
        reason: Option<String>,
    },
    SessionCleared,
    SessionExpired,
    LoggedOut,
    Error(ServerError),
    /// Known or unknown, and of no consequence.
    Other,
    /// No frame at all: what it is, behind "a frame that".
    Malformed(&'static str),
}

/// The answer to `configureSession` and `closeSession`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Session {
    /// `None` where it does not say.
    pub(crate) connected: Option<bool>,
    pub(crate) new_session: bool,
    pub(crate) read_only: bool,
    pub(crate) cleared: bool,
    pub(crate) auto_started: bool,
}

impl Incoming {
    /// Reads a frame of text, with its JSON for the record where it is any.
    pub(crate) fn read(text: &str) -> (Self, Option<Value>) {
        let json: Result<Value, _> = serde_json::from_str(text);
        let frame = match &json {
            Ok(json) if json.is_object() => Self::of(json),
            // The parser refuses what nests deeper than 128 levels, and has no kind of its own for that.
            Err(error) if error.to_string().starts_with("recursion limit") => {
                Self::malformed("is nested too deep")
            }
            Ok(_) | Err(_) => Self::malformed("is no JSON object"),
        };
        (frame, json.ok())
    }

    /// What is no text.
    pub(crate) fn malformed(why: &'static str) -> Self {
        Self { class: String::new(), code: None, tracing: None, says: Says::Malformed(why) }
    }

    fn of(json: &Value) -> Self {
        let class = json["class"].as_str().map(|c| shortened(c, MAX_NAME).to_owned()).unwrap_or_default();
        let code = number(&json["code"]);
        let says = says(&class, code, &json["body"]);
        Self { code, tracing: name(&json["tracingId"]), says, class }
    }
}

fn says(class: &str, code: Option<u32>, body: &Value) -> Says {
    let attachment = || name(&body["attachmentId"]).unwrap_or_default();
    let failed = code.is_some_and(|code| !(200..300).contains(&code));
    match class {
        "GenerateUrlError" | "UploadFailureEvent" => {
            Says::NotUploaded { attachment: attachment(), error: error(code, body) }
        }
        "SessionExpiredEvent" => Says::SessionExpired,
        "TooManyRequestsErrorMessage" | "Error" | "ErrorMessage" => Says::Error(error(code, body)),
        _ if failed => Says::Error(error(code, body)),
        "SessionResponse" if body.is_object() => Says::Session(Session {
            connected: body["connected"].as_bool(),
            new_session: truth(&body["newSession"]),
            read_only: truth(&body["readOnly"]),
            cleared: truth(&body["clearedExistingSession"]),
            auto_started: truth(&body["autoStarted"]),
        }),
        "StructuredMessage" => match Message::read(body) {
            Some(message) => Says::Message(Box::new(message)),
            None => Says::Malformed("holds no message"),
        },
        "JwtResponse" => match body["jwt"].as_str() {
            Some(jwt) => Says::Jwt(Secret::new(jwt.to_owned())),
            None => Says::Malformed("holds no JWT"),
        },
        "PresignedUrlResponse" => match body["url"].as_str() {
            Some(url) => Says::Link {
                attachment: attachment(),
                url: Secret::new(url.to_owned()),
                headers: headers(&body["headers"]),
            },
            None => Says::Malformed("holds no address"),
        },
        "UploadSuccessEvent" => Says::Uploaded { attachment: attachment() },
        "ConnectionClosedEvent" => {
            Says::ConnectionClosed { reason: words(&body["reason"]).or_else(|| words(&body["reasonCode"])) }
        }
        "SessionClearedEvent" => Says::SessionCleared,
        "LogoutEvent" => Says::LoggedOut,
        "SessionResponse" => Says::Malformed("holds no session"),
        _ => Says::Other,
    }
}

/// The error of a frame whose body is a text, an object or anything else. Its words may hold credentials and are not cut yet.
fn error(code: Option<u32>, body: &Value) -> ServerError {
    let words = body
        .as_str()
        .or_else(|| ["errorMessage", "message", "text"].iter().find_map(|name| body[*name].as_str()))
        .unwrap_or("it does not say why");
    let frame_code = code.filter(|code| *code != 200);
    let code = number(&body["errorCode"]).or(frame_code).or(number(&body["code"])).unwrap_or(0);
    ServerError {
        code,
        text: if code == 0 { format!("an error without a code: {words}") } else { words.to_owned() },
        retry_after: seconds(&body["retryAfter"]),
    }
}

fn headers(headers: &Value) -> Vec<(String, Secret)> {
    let all = headers.as_object().into_iter().flatten().take(MOST_HEADERS);
    all.filter_map(|(name, value)| Some((name.clone(), Secret::new(value.as_str()?.to_owned())))).collect()
}

/// A number, also where it came as text. One that has no place here becomes the nearest that has.
fn number(value: &Value) -> Option<u32> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    number.is_finite().then_some(number as u32)
}

/// Seconds as a number or a text; what cannot be a pause is none.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Some(Duration::try_from_secs_f64(seconds).ok()?.min(LONGEST_PAUSE))
}

fn name(value: &Value) -> Option<String> {
    words(value).map(|text| shortened(&text, MAX_NAME).to_owned())
}

/// Words of the org as they came: they are cut where they are masked.
fn words(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Incoming {
        Incoming::read(text).0
    }

    #[test]
    fn an_error_is_read_from_a_text_an_object_and_from_whatever_else_a_body_is() {
        for (frame, code, words, after) in [
            (r#"{"class":"string","code":4007,"body":"session not found"}"#, 4007, "session not found", None),
            (r#"{"class":"string","code":"400","body":{"message":"no"}}"#, 400, "no", None),
            (
                r#"{"class":"TooManyRequestsErrorMessage","code":429,"body":{"retryAfter":3,"errorCode":4029,"errorMessage":"fast"}}"#,
                4029,
                "fast",
                Some(3),
            ),
            (
                r#"{"class":"TooManyRequestsErrorMessage","code":429,"body":{"retryAfter":"7","errorCode":429}}"#,
                429,
                "it does not say why",
                Some(7),
            ),
            (r#"{"class":"StructuredMessage","code":500,"body":[1]}"#, 500, "it does not say why", None),
            (r#"{"class":"Mystery","code":418,"body":null}"#, 418, "it does not say why", None),
            (
                r#"{"class":"Error","body":{"retryAfter":-1}}"#,
                0,
                "an error without a code: it does not say why",
                None,
            ),
            (
                r#"{"class":"Error","code":200,"body":{"retryAfter":1e300}}"#,
                0,
                "an error without a code: it does not say why",
                None,
            ),
            (r#"{"class":"string","code":99999999999999999999999,"body":"odd"}"#, u32::MAX, "odd", None),
            (r#"{"class":"string","code":"4294967296","body":"odd"}"#, u32::MAX, "odd", None),
            (r#"{"class":"string","code":-1,"body":"odd"}"#, 0, "an error without a code: odd", None),
        ] {
            let Says::Error(error) = read(frame).says else { panic!("{frame}") };
            assert_eq!((error.code, error.text.as_str()), (code, words), "{frame}");
            assert_eq!(error.retry_after, after.map(Duration::from_secs), "{frame}");
        }
    }

    #[test]
    fn a_frame_of_unknown_class_is_of_no_consequence_and_no_frame_is_told_as_such() {
        assert!(matches!(read(r#"{"class":"Novelty","code":200,"body":{}}"#).says, Says::Other));
        assert!(matches!(read(r#"{"type":"message"}"#).says, Says::Other));
        let deep = format!(r#"{{"class":"string","body":{}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        for text in ["", "null", "[]", "\"x\"", "{", "hello", deep.as_str()] {
            let Says::Malformed(what) = read(text).says else { panic!("{text:.40}") };
            let is_deep = text.len() > 1_000;
            assert_eq!(what, if is_deep { "is nested too deep" } else { "is no JSON object" }, "{text:.40}");
        }
    }
}

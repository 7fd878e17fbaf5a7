//! The form of a bot file: YAML, or JSON, which is YAML.

use std::{fmt, time::Duration};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_saphyr::{
    Error, Options, Spanned, budget,
    options::{DuplicateKeyPolicy, MergeKeyPolicy},
};

use super::mistake::Mistake;
use crate::messaging::content::{Attachment, Button, Card, DatePicker, Form, ListPicker};

/// The longest bot file, in bytes.
const MAX_FILE: usize = 256 * 1024;

/// How deep a file may be nested; a form needs 14.
const MAX_DEPTH: usize = 32;

/// How many values a file may have, those that an alias repeats counted each time.
const MAX_VALUES: usize = 50_000;

/// The longest wait before an answer.
const MAX_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BotFile {
    pub(super) rules: Vec<Spanned<RuleForm>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleForm {
    pub(super) when: Spanned<WhenForm>,
    #[serde(default)]
    pub(super) once: bool,
    pub(super) reply: Vec<Spanned<ReplyForm>>,
}

/// Exactly one is given.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct WhenForm {
    pub(super) contains: Option<Spanned<String>>,
    pub(super) matches: Option<Spanned<String>>,
    pub(super) quick_reply: Option<Spanned<String>>,
    pub(super) button: Option<Spanned<String>>,
    pub(super) start: Option<Spanned<bool>>,
    pub(super) otherwise: Option<Spanned<bool>>,
}

/// A message, or one of `typing` and `disconnect`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ReplyForm {
    #[serde(default)]
    pub(super) after: After,
    pub(super) text: Option<Spanned<String>>,
    pub(super) quick_replies: Option<Spanned<Vec<Spanned<ButtonForm>>>>,
    pub(super) buttons: Option<Spanned<Vec<Spanned<ButtonForm>>>>,
    pub(super) card: Option<Card>,
    pub(super) carousel: Option<Spanned<Vec<Card>>>,
    pub(super) date_picker: Option<DatePicker>,
    pub(super) list_picker: Option<ListPicker>,
    pub(super) form: Option<Form>,
    pub(super) attachment: Option<Attachment>,
    pub(super) typing: Option<Spanned<bool>>,
    pub(super) disconnect: Option<Spanned<bool>>,
    pub(super) read_only: Option<Spanned<bool>>,
}

/// A text, which is then the payload too, or both.
pub(super) struct ButtonForm(pub(super) Button);

impl<'de> Deserialize<'de> for ButtonForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Both {
            text: String,
            payload: String,
        }

        struct TextOrBoth;

        impl<'de> Visitor<'de> for TextOrBoth {
            type Value = Button;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text (a number in quotes) or a text with its payload: {text, payload}")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Button, E> {
                Ok(Button { text: text.to_owned(), payload: text.to_owned() })
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Button, M::Error> {
                let Both { text, payload } = Both::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Button { text, payload })
            }
        }

        deserializer.deserialize_any(TextOrBoth).map(Self)
    }
}

/// A wait: milliseconds as a number, or a whole number with `ms` or `s`.
#[derive(Default)]
pub(super) struct After(pub(super) Duration);

impl<'de> Deserialize<'de> for After {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (number, factor) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
            (Some(number), _) => (number, 1),
            (None, Some(number)) => (number, 1000),
            (None, None) => (text.as_str(), 1),
        };
        let after = number.parse::<u64>().map(|n| Duration::from_millis(n.saturating_mul(factor)));
        match after {
            Ok(after) if after <= MAX_AFTER => Ok(Self(after)),
            _ => Err(D::Error::custom("`after` is a wait such as 50ms, 2s or 50, at most a day")),
        }
    }
}

/// Reads a file's bytes.
pub(super) fn read(bytes: &[u8]) -> Result<BotFile, Mistake> {
    if bytes.len() > MAX_FILE {
        let most = MAX_FILE / 1024;
        return Err(Mistake::new((1, 1), format!("the file is longer than {most} KiB")));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let line = before.matches('\n').count() as u64 + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() as u64 + 1;
        Mistake::new((line, column), "this is not UTF-8; save the file as UTF-8")
    })?;
    serde_saphyr::from_str_with_options(text, options()).map_err(|error| {
        let place = error.location().map_or((1, 1), |place| (place.line(), place.column()));
        Mistake::new(place, words(&error))
    })
}

pub(super) fn options() -> Options {
    let mut options = serde_saphyr::options! {
        budget: budget! {
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_events: MAX_VALUES,
            max_nodes: MAX_VALUES,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    options.alias_limits.max_total_replayed_events = MAX_VALUES;
    options
}

/// What is wrong, without the place, which is told beside it.
fn words(error: &Error) -> String {
    let known = |names: &[&str]| names.join(", ");
    match error {
        Error::Eof { .. } => "the file ends too early; it needs `rules`".into(),
        Error::MultipleDocuments { .. } => "a second document begins here; a bot file has one".into(),
        Error::InvalidBooleanStrict { .. } => "true or false is expected here".into(),
        Error::Unexpected { expected, .. } => match *expected {
            "sequence start" => "a list is expected here".into(),
            "mapping start" => "a mapping is expected here (`key: value`)".into(),
            "string scalar" => "a text is expected here".into(),
            other => format!("{other} is expected here"),
        },
        Error::SerdeUnknownField { field, expected, .. } => {
            format!("`{field}` is no key here; these are: {}", known(expected))
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            format!("`{variant}` is not known here; these are: {}", known(expected))
        }
        Error::SerdeMissingField { field, .. } => format!("`{field}` is missing"),
        Error::SerdeInvalidType { expected, .. } => format!("{expected} is expected here"),
        Error::ExpectedMappingEndAfterEnumVariantValue { .. } => "one key is expected here, not two".into(),
        Error::DuplicateMappingKey { key: Some(key), .. } => format!("`{key}` is given twice"),
        Error::AliasError { error, .. } => words(error),
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            "an alias stands here within what it names, so that there would be no end of it".into()
        }
        Error::Budget { .. } | Error::AliasReplayLimitExceeded { .. } => {
            format!("this is too much: a bot file has at most {MAX_VALUES} values, nested {MAX_DEPTH} deep")
        }
        other => {
            let text = other.to_string();
            text.split(" at line ").next().unwrap_or_default().to_owned()
        }
    }
}

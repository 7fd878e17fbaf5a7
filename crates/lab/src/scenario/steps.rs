//! Steps: mappings with exactly one key.

use std::{path::PathBuf, time::Duration};

use super::{
    confine::MAX_PATH_BYTES,
    core_schema::Kind,
    iso_time::is_iso_time,
    model::{Action, Include, Pick, RESERVED_ATTRIBUTES, Step, WrittenStep},
    place::{Mistake, Place},
    values::{
        boolean, list as items, mapping, milliseconds, scalar_by_name, seconds, text, text_by_name, texts,
        wrong, yes,
    },
    variables,
    yaml::{Data, Node, Pair, Scalar},
};

/// Every step but `include`.
const NAMES: [&str; 17] = [
    "say",
    "waitForReplyContaining",
    "waitForReplyMatching",
    "tap",
    "pick",
    "fill",
    "attach",
    "attributes",
    "expectQuickReplies",
    "expectDisconnect",
    "neverContaining",
    "optional",
    "within",
    "goOffline",
    "comeBack",
    "pause",
    "expectAttribute",
];

/// Whether a step is called so.
pub fn is_step(name: &str) -> bool {
    name == "include" || NAMES.contains(&name)
}

/// A list of steps; it may have none.
pub fn list(value: &Node, at: &Place, what: &str) -> Result<Vec<WrittenStep>, Mistake> {
    items(value, at, what)?.iter().map(|item| written(item)).collect()
}

fn written(item: &Node) -> Result<WrittenStep, Mistake> {
    let pair = only_key(item, &item.place, "a step")?;
    if pair.name == "include" {
        return Ok(WrittenStep::Include(include(pair, &item.place)?));
    }
    Ok(WrittenStep::One(Step { place: item.place.clone(), action: action(pair)? }))
}

/// A step that stands within another one, `at` the key of that; its place is that of its own key.
fn nested(value: &Node, at: &Place, what: &str) -> Result<Box<Step>, Mistake> {
    let pair = only_key(value, at, what)?;
    if pair.name == "include" {
        return Err(pair
            .place
            .mistake("`include` stands for many steps and cannot stand within another step"));
    }
    Ok(Box::new(Step { place: pair.place.clone(), action: action(pair)? }))
}

fn only_key<'n>(item: &'n Node, at: &Place, what: &str) -> Result<&'n Pair, Mistake> {
    match mapping(item, at, what)? {
        [pair] => Ok(pair),
        [] => Err(at.mistake(format!("{what} has exactly 1 key; this one has none"))),
        pairs => {
            let names: Vec<&str> = pairs.iter().map(|pair| pair.name.as_str()).collect();
            let words =
                format!("{what} has exactly 1 key; this one has {}: {}", pairs.len(), names.join(", "));
            Err(at.mistake(words))
        }
    }
}

fn action(pair: &Pair) -> Result<Action, Mistake> {
    let Pair { name, place: at, value } = pair;
    let what = format!("`{name}`");
    let what = what.as_str();
    Ok(match name.as_str() {
        "say" => Action::Say(text(value, at, what)?),
        "waitForReplyContaining" => Action::WaitForReplyContaining(text(value, at, what)?),
        // The pattern itself is not looked at: as with the peer, a broken one fails when the step runs.
        "waitForReplyMatching" => Action::WaitForReplyMatching(text(value, at, what)?),
        "tap" => Action::Tap(text(value, at, what)?),
        "pick" => Action::Pick(pick(value, at)?),
        "fill" => Action::Fill(text_by_name(value, at, what)?),
        "attach" => Action::Attach(PathBuf::from(text(value, at, what)?)),
        "attributes" => Action::Attributes(attributes(value, at)?),
        "expectQuickReplies" => Action::ExpectQuickReplies(some(texts(value, at, what)?, at, what)?),
        "expectDisconnect" => Action::ExpectDisconnect { read_only: read_only(value, at)? },
        "neverContaining" => Action::NeverContaining(text(value, at, what)?),
        "optional" => Action::Optional(nested(value, at, "the step of `optional`")?),
        "within" => within(value, at)?,
        "goOffline" => yes(value, at, what).map(|()| Action::GoOffline)?,
        "comeBack" => yes(value, at, what).map(|()| Action::ComeBack)?,
        "pause" => Action::Pause(milliseconds(value, at, what)?),
        "expectAttribute" => Action::ExpectAttribute(scalar_by_name(value, at, what)?),
        _ => {
            let known = NAMES.join(", ");
            return Err(at.mistake(format!("the step {name:?} is unknown; there are {known} and include")));
        }
    })
}

/// Those by which the lab finds its guests again belong to no file.
fn attributes(value: &Node, at: &Place) -> Result<Vec<(String, String)>, Mistake> {
    let what = "`attributes`";
    for Pair { name, place, .. } in mapping(value, at, what)? {
        if RESERVED_ATTRIBUTES.contains(&name.as_str()) {
            let why = "is set by the lab on every guest, who is found again by it; leave it out";
            return Err(place.mistake(format!("the attribute {name:?} {why}")));
        }
    }
    text_by_name(value, at, what)
}

fn some(texts: Vec<String>, at: &Place, what: &str) -> Result<Vec<String>, Mistake> {
    if texts.is_empty() { Err(at.mistake(format!("{what} is empty; it needs an entry"))) } else { Ok(texts) }
}

fn pick(value: &Node, at: &Place) -> Result<Pick, Mistake> {
    let pairs = mapping(value, at, "`pick`")?;
    let [Pair { name, place, value }] = pairs else {
        return Err(at.mistake("`pick` has exactly 1 key: `list` or `time`"));
    };
    match name.as_str() {
        "list" => Ok(Pick::List(some(texts(value, place, "`list`")?, place, "`list`")?)),
        "time" => {
            // A bare time in ISO 8601 is what is meant here, so it needs no quotes.
            let time = match &value.data {
                Data::Scalar(Scalar { text, kind: Kind::Date }) => text.clone(),
                _ => text(value, place, "`time`")?,
            };
            if variables::has_reference(&time) || is_iso_time(&time) {
                Ok(Pick::Time(time))
            } else {
                Err(place.mistake(NOT_ISO))
            }
        }
        _ => Err(place.mistake(format!("`pick` cannot have {name:?}, only `list` or `time`"))),
    }
}

pub(super) const NOT_ISO: &str = "`time` must be a time in ISO 8601, such as 2026-11-30T10:00:00Z";

fn read_only(value: &Node, at: &Place) -> Result<Option<bool>, Mistake> {
    let what = "`expectDisconnect`";
    match &value.data {
        Data::Scalar(Scalar { kind: Kind::Boolean, .. }) => yes(value, at, what).map(|()| None),
        Data::Mapping(pairs) => match pairs.as_slice() {
            [Pair { name, place, value }] if name == "readOnly" => {
                boolean(value, place, "`readOnly`").map(Some)
            }
            _ => Err(at.mistake(format!("{what} can be true or have the one key `readOnly`"))),
        },
        _ => Err(wrong(value, at, what, "true or a mapping with `readOnly`")),
    }
}

fn within(value: &Node, at: &Place) -> Result<Action, Mistake> {
    let (mut limit, mut step) = (None, None);
    for Pair { name, place, value } in mapping(value, at, "`within`")? {
        match name.as_str() {
            "seconds" => limit = Some(seconds(value, place, "`seconds`")?),
            "step" => step = Some(nested(value, place, "the step of `within`")?),
            _ => {
                return Err(
                    place.mistake(format!("`within` cannot have {name:?}, only `seconds` and `step`"))
                );
            }
        }
    }
    match (limit, step) {
        (Some(limit), Some(step)) => match longest_pause(&step.action) {
            pause if pause > limit => {
                let (pause, limit) = (pause.as_millis(), limit.as_millis());
                Err(at.mistake(format!("the pause of {pause} ms within it is longer than its {limit} ms")))
            }
            _ => Ok(Action::Within { limit, step }),
        },
        _ => Err(at.mistake("`within` needs both `seconds` and `step`")),
    }
}

fn longest_pause(action: &Action) -> Duration {
    match action {
        Action::Pause(time) => *time,
        Action::Optional(step) | Action::Within { step, .. } => longest_pause(&step.action),
        _ => Duration::ZERO,
    }
}

fn include(pair: &Pair, place: &Place) -> Result<Include, Mistake> {
    let at = &pair.place;
    let given = text(&pair.value, at, "`include`")?;
    if variables::has_reference(&given) {
        return Err(at.mistake("`include` takes no variables: what a file means is settled before they are"));
    }
    match given.split_once('#') {
        Some((file, _)) if file.len() > MAX_PATH_BYTES => {
            let bytes = file.len();
            Err(at.mistake(format!("this path has {bytes} bytes; at most {MAX_PATH_BYTES} are allowed")))
        }
        Some((file, scenario)) if !scenario.is_empty() => {
            Ok(Include { place: place.clone(), file: PathBuf::from(file), scenario: scenario.to_owned() })
        }
        _ => Err(at.mistake("`include` must be FILE#SCENARIO")),
    }
}

//! From the form of a bot file to its rules. Whatever can be wrong with a value is found here, with its place.

use regex::{Regex, RegexBuilder};
use serde_saphyr::Spanned;

use super::{
    file::{BotFile, ButtonForm, ReplyForm, WhenForm},
    mistake::Mistake,
    reply::{BotReply, BotSend},
    rule::{Rule, When},
};
use crate::messaging::content::{Button, Content};

/// The most rules of a file: each may hold a compiled pattern of [`MAX_PATTERN`].
const MAX_RULES: usize = 500;

/// How large a compiled pattern may be, in bytes. Its time grows with this and the text's length, and with nothing else.
const MAX_PATTERN: usize = 256 * 1024;

pub(super) fn rules(file: BotFile) -> Result<Vec<Rule>, Mistake> {
    if let Some(more) = file.rules.get(MAX_RULES) {
        return Err(Mistake::at(more, format!("there are more than {MAX_RULES} rules")));
    }
    file.rules
        .into_iter()
        .map(|rule| {
            let rule = rule.value;
            let when = when(rule.when)?;
            let reply = rule.reply.into_iter().map(reply).collect::<Result<_, _>>()?;
            Ok(Rule { when, once: rule.once, reply })
        })
        .collect()
}

fn when(form: Spanned<WhenForm>) -> Result<When, Mistake> {
    let several = "give exactly one of contains, matches, quickReply, button, start and otherwise";
    let one = Mistake::at(&form, several);
    let WhenForm { contains, matches, quick_reply, button, start, otherwise } = form.value;
    let given = [
        contains.map(|text| Ok(When::Contains(said(text)?.to_lowercase()))),
        matches.map(|text| pattern(&text).map(When::Matches)),
        quick_reply.map(|text| said(text).map(When::QuickReply)),
        button.map(|text| said(text).map(When::Button)),
        start.map(|yes| only_true(&yes, "start").map(|()| When::Start)),
        otherwise.map(|yes| only_true(&yes, "otherwise").map(|()| When::Otherwise)),
    ];
    let mut given = given.into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(when), None) => when,
        _ => Err(one),
    }
}

/// A text that says something: an empty one would fit everything.
fn said(text: Spanned<String>) -> Result<String, Mistake> {
    if text.value.is_empty() { Err(Mistake::at(&text, "this text is empty")) } else { Ok(text.value) }
}

fn only_true(value: &Spanned<bool>, key: &str) -> Result<(), Mistake> {
    if value.value { Ok(()) } else { Err(Mistake::at(value, format!("`{key}` is true or left out"))) }
}

fn pattern(text: &Spanned<String>) -> Result<Regex, Mistake> {
    if text.value.is_empty() {
        return Err(Mistake::at(text, "this text is empty"));
    }
    let pattern = RegexBuilder::new(&text.value).case_insensitive(true).size_limit(MAX_PATTERN).build();
    pattern.map_err(|error| {
        let why = match error {
            regex::Error::CompiledTooBig(_) => "it is too large when it is compiled".to_owned(),
            // The library draws the place into several lines; the last one has the words.
            other => {
                let text = other.to_string();
                text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
            }
        };
        Mistake::at(text, format!("this is no regular expression: {why}"))
    })
}

fn reply(form: Spanned<ReplyForm>) -> Result<BotReply, Mistake> {
    let nothing = Mistake::at(&form, "this says nothing: give text, content, typing or disconnect");
    let alone = Mistake::at(&form, "typing and disconnect stand in an item of their own");
    let form = form.value;
    let after = form.after.0;
    if let (None, Some(read_only)) = (&form.disconnect, &form.read_only) {
        return Err(Mistake::at(read_only, "`readOnly` goes with `disconnect: true`"));
    }
    let event = match (&form.typing, &form.disconnect) {
        (None, None) => None,
        (Some(yes), None) => {
            only_true(yes, "typing")?;
            Some(BotSend::Typing)
        }
        (None, Some(yes)) => {
            only_true(yes, "disconnect")?;
            let read_only = form.read_only.as_ref().is_some_and(|read_only| read_only.value);
            Some(BotSend::Disconnect { read_only })
        }
        (Some(_), Some(_)) => return Err(alone),
    };
    let (text, content) = message(form)?;
    let says = text.is_some() || !content.is_empty();
    match (event, says) {
        (None, false) => Err(nothing),
        (Some(_), true) => Err(alone),
        (Some(send), false) => Ok(BotReply { after, send }),
        (None, true) => {
            let content = content.iter().map(Content::json).collect();
            Ok(BotReply { after, send: BotSend::Message { text, content } })
        }
    }
}

fn message(form: ReplyForm) -> Result<(Option<String>, Vec<Content>), Mistake> {
    let mut content = Vec::new();
    content.extend(buttons(form.quick_replies)?.into_iter().map(Content::QuickReply));
    content.extend(buttons(form.buttons)?.into_iter().map(Content::ButtonResponse));
    content.extend(form.card.map(Content::Card));
    if let Some(cards) = form.carousel {
        if cards.value.is_empty() {
            return Err(Mistake::at(&cards, "a carousel has at least one card"));
        }
        content.push(Content::Carousel(cards.value));
    }
    content.extend(form.date_picker.map(Content::DatePicker));
    content.extend(form.list_picker.map(Content::ListPicker));
    content.extend(form.form.map(Content::Form));
    content.extend(form.attachment.map(Content::Attachment));
    Ok((form.text.map(said).transpose()?, content))
}

fn buttons(list: Option<Spanned<Vec<Spanned<ButtonForm>>>>) -> Result<Vec<Button>, Mistake> {
    let Some(list) = list else { return Ok(Vec::new()) };
    if list.value.is_empty() {
        return Err(Mistake::at(&list, "this list is empty: there is nothing to press"));
    }
    let button = |button: Spanned<ButtonForm>| {
        if button.value.0.text.is_empty() {
            return Err(Mistake::at(&button, "nothing stands on this button"));
        }
        Ok(button.value.0)
    };
    list.value.into_iter().map(button).collect()
}

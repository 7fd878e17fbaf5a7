//! What the other side offers to press, choose and fill, and what a guest answers to it.

use chrono::{DateTime, FixedOffset};
use genesys::webmessaging::{Answer, Button, Card, ChatMessage, Content, FormComponent};

use super::{
    mask::Mask,
    words::{list, quoted},
};
use crate::scenario::Pick;

/// How many messages with something to answer are kept.
const KEPT: usize = 50;

/// Messages with something to answer, oldest first.
#[derive(Debug, Default)]
pub struct Offers(Vec<Offer>);

#[derive(Debug)]
struct Offer {
    key: String,
    content: Vec<Content>,
    /// It came after the guest last wrote.
    is_new: bool,
    /// Quick replies, pickers and forms go away with their answer; buttons of cards stay.
    is_answered: bool,
}

impl Offers {
    /// Takes note of what a message offers.
    pub fn push(&mut self, message: &ChatMessage) {
        let offers = |content: &Content| {
            !matches!(content, Content::Pressed { .. } | Content::File(_) | Content::Unknown { .. })
        };
        let content: Vec<Content> =
            message.content.iter().filter(|content| offers(content)).cloned().collect();
        if content.is_empty() {
            return;
        }
        if self.0.len() == KEPT {
            self.0.remove(0);
        }
        self.0.push(Offer { key: message.key.clone(), content, is_new: true, is_answered: false });
    }

    /// The guest has written: what was offered before is not new any more.
    pub fn age(&mut self) {
        for offer in &mut self.0 {
            offer.is_new = false;
        }
    }

    /// The labels of the newest quick replies that came since the guest last wrote.
    pub fn new_quick_replies(&self) -> Vec<&str> {
        let replies = |offer: &&Offer| offer.content.iter().any(|c| matches!(c, Content::QuickReply(_)));
        let newest = self.0.iter().rev().filter(|offer| offer.is_new).find(replies);
        newest.map(|offer| quick_replies(offer).map(label).collect()).unwrap_or_default()
    }

    /// Presses what the newest message that offers something to press offers under this label or payload.
    ///
    /// # Errors
    /// What is offered instead.
    pub fn tap(&mut self, mask: &Mask, wanted: &str) -> Result<Answer, String> {
        let presses = |offer: &&mut Offer| {
            buttons(offer).next().is_some() || (!offer.is_answered && quick_replies(offer).next().is_some())
        };
        let Some(offer) = self.0.iter_mut().rev().find(presses) else {
            return Err("nothing to press is offered".into());
        };
        if !offer.is_answered
            && let Some(reply) = fitting(quick_replies(offer), wanted)
        {
            let Button { text, payload, .. } = reply.clone();
            offer.is_answered = true;
            return Ok(Answer::QuickReply { text, payload });
        }
        if let Some(button) = fitting(buttons(offer), wanted) {
            let Button { text, payload, is_link } = button.clone();
            return match is_link {
                true => Err(format!("{} is a link: pressing it sends nothing", quoted(mask, &text))),
                false => Ok(Answer::Button { text, payload }),
            };
        }
        let offered: Vec<&str> = labels(offer).collect();
        Err(format!("offered: {}", list(mask, &offered)))
    }

    /// Chooses from the newest list or the newest times.
    ///
    /// # Errors
    /// What is offered instead.
    pub fn pick(&mut self, mask: &Mask, pick: &Pick) -> Result<Answer, String> {
        match pick {
            Pick::List(wanted) => self.pick_entries(mask, wanted),
            Pick::Time(wanted) => self.pick_time(mask, wanted),
        }
    }

    fn pick_entries(&mut self, mask: &Mask, wanted: &[String]) -> Result<Answer, String> {
        let (offer, entries, several) = self
            .open(|content| match content {
                Content::ListPicker { entries, several, .. } => Some((entries.clone(), *several)),
                _ => None,
            })
            .map(|(offer, (entries, several))| (offer, entries, several))
            .ok_or("no list is offered")?;
        let find = |title: &String| {
            fitting(entries.iter(), title)
                .map(|entry| (entry.payload.clone(), entry.text.clone()))
                .ok_or_else(|| {
                    let titles: Vec<&str> = entries.iter().map(|entry| entry.text.as_str()).collect();
                    format!("the list has no {}; it has: {}", quoted(mask, title), list(mask, &titles))
                })
        };
        let chosen = wanted.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        if chosen.len() > 1 && !several {
            return Err("only one entry of this list may be chosen".into());
        }
        offer.is_answered = true;
        Ok(Answer::List { message: offer.key.clone(), chosen })
    }

    fn pick_time(&mut self, mask: &Mask, wanted: &str) -> Result<Answer, String> {
        let (offer, times) = self
            .open(|content| match content {
                Content::DatePicker { times, .. } => {
                    Some(times.iter().map(|time| time.iso.clone()).collect::<Vec<_>>())
                }
                _ => None,
            })
            .ok_or("no times are offered")?;
        let Some(iso) = times.iter().find(|iso| is_same_time(iso, wanted)) else {
            return Err(format!("this time is not offered; offered: {}", list(mask, &times)));
        };
        offer.is_answered = true;
        Ok(Answer::Time { message: offer.key.clone(), iso: iso.clone() })
    }

    /// Fills in the newest form: fields by their id or label.
    ///
    /// # Errors
    /// Which field there is not, or which one is missing.
    pub fn fill(&mut self, mask: &Mask, fields: &[(String, String)]) -> Result<Answer, String> {
        let (offer, components) = self
            .open(|content| match content {
                Content::Form { components, .. } => Some(components.clone()),
                _ => None,
            })
            .ok_or("no form is offered")?;
        let find = |(name, value): &(String, String)| {
            let component = component(mask, &components, name)?;
            if !component.choices.is_empty() && !component.choices.contains(value) {
                let choices = list(mask, &component.choices);
                return Err(format!(
                    "the field {} has no choice {}; it has: {choices}",
                    quoted(mask, name),
                    quoted(mask, value)
                ));
            }
            Ok((component.id.clone(), value.clone()))
        };
        let values = fields.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        let missing = |component: &&FormComponent| {
            component.required && !values.iter().any(|(id, _)| *id == component.id)
        };
        if let Some(missing) = components.iter().find(missing) {
            return Err(format!("the field {} must be filled in", quoted(mask, &missing.label)));
        }
        offer.is_answered = true;
        Ok(Answer::Form { message: offer.key.clone(), values })
    }

    /// The newest offer of this kind, if it is not answered yet.
    fn open<T>(&mut self, part: impl Fn(&Content) -> Option<T>) -> Option<(&mut Offer, T)> {
        self.0
            .iter_mut()
            .rev()
            .find_map(|offer| offer.content.iter().find_map(&part).map(|found| (offer, found)))
            .filter(|(offer, _)| !offer.is_answered)
    }
}

/// What a message offers to press, for transcripts.
pub fn offered(message: &ChatMessage) -> Vec<String> {
    message.content.iter().flat_map(labels_of).map(str::to_owned).collect()
}

fn labels(offer: &Offer) -> impl Iterator<Item = &str> {
    offer.content.iter().flat_map(labels_of)
}

/// What a button is called by: its label, and one without a label by its payload.
fn label(button: &Button) -> &str {
    if button.text.is_empty() { &button.payload } else { &button.text }
}

/// What has neither label nor payload is not told: nothing can be said of it.
fn labels_of(content: &Content) -> Vec<&str> {
    let mut labels: Vec<&str> = match content {
        Content::QuickReply(button) => vec![label(button)],
        Content::Card(card) => card_buttons(card).map(label).collect(),
        Content::Carousel(cards) => cards.iter().flat_map(card_buttons).map(label).collect(),
        Content::DatePicker { times, .. } => times.iter().map(|time| time.iso.as_str()).collect(),
        Content::ListPicker { entries, .. } => entries.iter().map(label).collect(),
        Content::Form { components, .. } => components.iter().map(|field| field.label.as_str()).collect(),
        Content::Pressed { .. } | Content::File(_) | Content::Unknown { .. } => Vec::new(),
    };
    labels.retain(|label| !label.is_empty());
    labels
}

fn quick_replies(offer: &Offer) -> impl Iterator<Item = &Button> {
    offer.content.iter().filter_map(|content| match content {
        Content::QuickReply(button) => Some(button),
        _ => None,
    })
}

fn buttons(offer: &Offer) -> impl Iterator<Item = &Button> {
    let cards = offer.content.iter().flat_map(|content| match content {
        Content::Card(card) => std::slice::from_ref(card),
        Content::Carousel(cards) => cards.as_slice(),
        _ => &[],
    });
    cards.flat_map(card_buttons)
}

fn card_buttons(card: &Card) -> impl Iterator<Item = &Button> {
    card.actions.iter().chain(&card.default_action)
}

/// By label, else by payload, else by label whatever the case.
fn fitting<'b>(buttons: impl Iterator<Item = &'b Button>, wanted: &str) -> Option<&'b Button> {
    let buttons: Vec<&Button> = buttons.collect();
    let lower = wanted.to_lowercase();
    let by = |fits: &dyn Fn(&Button) -> bool| buttons.iter().copied().find(|button| fits(button));
    by(&|button| button.text == wanted)
        .or_else(|| by(&|button| button.payload == wanted))
        .or_else(|| by(&|button| button.text.to_lowercase() == lower))
}

fn component<'c>(
    mask: &Mask,
    components: &'c [FormComponent],
    name: &str,
) -> Result<&'c FormComponent, String> {
    let lower = name.to_lowercase();
    let by = |fits: &dyn Fn(&FormComponent) -> bool| components.iter().find(|component| fits(component));
    by(&|component| component.id == name)
        .or_else(|| by(&|component| component.label == name))
        .or_else(|| by(&|component| component.label.to_lowercase() == lower))
        .ok_or_else(|| {
            let labels: Vec<&str> = components.iter().map(|component| component.label.as_str()).collect();
            format!("the form has no field {}; it has: {}", quoted(mask, name), list(mask, &labels))
        })
}

/// Whether two texts are one time, whatever their zone.
fn is_same_time(offered: &str, wanted: &str) -> bool {
    let time = |text: &str| text.parse::<DateTime<FixedOffset>>().ok();
    offered == wanted || time(offered).zip(time(wanted)).is_some_and(|(a, b)| a == b)
}

//! The transcript of a chat: bounded, the oldest lines are dropped first.

use std::{
    collections::{HashSet, VecDeque},
    path::PathBuf,
};

use chrono::{DateTime, Utc};
use genesys::webmessaging::{Answer, ChatMessage, Content};
use outbox::{Entry, State};
use uuid::Uuid;

use super::content;
use crate::views::{LabDelivery, LabRowKind, LabRowView, LabTranscriptPage, LabUploadView, count};

/// So many lines are kept.
pub(super) const MOST_ROWS: usize = 2_000;

/// A line of a transcript.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) kind: LabRowKind,
    /// By which the org's word on a message that was written here is told.
    pub(super) id: Option<Uuid>,
    pub(super) key: Option<String>,
    pub(super) at: DateTime<Utc>,
    pub(super) text: Option<String>,
    pub(super) nickname: Option<String>,
    pub(super) content: Vec<Content>,
    pub(super) delivery: Option<LabDelivery>,
    pub(super) why: Option<String>,
    pub(super) upload: Option<LabUploadView>,
    pub(super) out_of_order: bool,
    pub(super) from_history: bool,
    /// It is uncertain until a person decides.
    pub(super) needs_person: bool,
    /// It was sent more than once, because the history did not hold it or a person said so.
    pub(super) sent_again: bool,
    /// The outbox has delivered it.
    pub(super) is_settled: bool,
    /// It was written before the window was closed.
    pub(super) was_waiting: bool,
    /// The key of the message that it answers.
    pub(super) answers: Option<String>,
    /// What a scenario file says for it.
    pub(super) done: Option<Done>,
}

/// What happened, as a scenario file has words for it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Done {
    /// The guest wrote.
    Say,
    /// The guest answered what was offered.
    Answer(Answer),
    /// The guest sent this file.
    Attach(PathBuf),
    /// The other side wrote.
    Reply,
    /// The other side ended the conversation.
    Disconnect {
        /// Nothing can be written any more.
        read_only: bool,
    },
    /// The guest's connection was switched off.
    GoOffline,
    /// …and on again.
    ComeBack,
}

impl Row {
    /// A line of this kind without anything else.
    pub(super) fn new(kind: LabRowKind, at: DateTime<Utc>) -> Self {
        Self {
            kind,
            id: None,
            key: None,
            at,
            text: None,
            nickname: None,
            content: Vec::new(),
            delivery: None,
            why: None,
            upload: None,
            out_of_order: false,
            from_history: false,
            needs_person: false,
            sent_again: false,
            is_settled: false,
            was_waiting: false,
            answers: None,
            done: None,
        }
    }

    fn view(&self, number: u32) -> LabRowView {
        LabRowView {
            number,
            kind: self.kind,
            id: self.id,
            key: self.key.clone(),
            at: self.at,
            text: self.text.clone(),
            nickname: self.nickname.clone(),
            content: self.content.iter().map(content::view).collect(),
            delivery: self.delivery,
            why: self.why.clone(),
            upload: self.upload,
            out_of_order: self.out_of_order,
            from_history: self.from_history,
            needs_person: self.needs_person,
            sent_again: self.sent_again,
        }
    }
}

/// The lines of a chat.
#[derive(Debug, Default)]
pub(super) struct Rows {
    kept: VecDeque<Row>,
    dropped: u64,
    /// What the other side wrote while the chat was open here.
    replies: u32,
}

impl Rows {
    pub(super) fn push(&mut self, row: Row) {
        let is_reply = matches!(row.kind, LabRowKind::Agent | LabRowKind::Bot) && !row.from_history;
        self.replies += u32::from(is_reply);
        if self.kept.len() == MOST_ROWS {
            self.kept.pop_front();
            self.dropped += 1;
        }
        self.kept.push_back(row);
    }

    /// A line of the history stands before what was waiting when the window was closed.
    pub(super) fn push_history(&mut self, row: Row) {
        let at = self.kept.iter().position(|row| row.was_waiting).unwrap_or(self.kept.len());
        if self.kept.len() < MOST_ROWS {
            self.kept.insert(at, row);
        } else {
            self.push(row);
        }
    }

    /// Whether the guest has answered the message of this key, unless the org refused the answer.
    pub(super) fn is_answered(&self, key: &str) -> bool {
        let stands = |row: &Row| row.delivery != Some(LabDelivery::Refused);
        self.kept.iter().any(|row| row.answers.as_deref() == Some(key) && stands(row))
    }

    /// Puts what waits behind everything else, in its order: it goes into what begins now.
    pub(super) fn waiting_last(&mut self) {
        let waits = |row: &Row| row.delivery == Some(LabDelivery::Waiting);
        let (waiting, others): (Vec<_>, Vec<_>) = self.kept.drain(..).partition(waits);
        self.kept.extend(others.into_iter().chain(waiting));
    }

    /// The guest's own texts that the outbox has not delivered as far as it is known here.
    pub(super) fn unsettled(&self) -> Vec<Uuid> {
        let open = |row: &&Row| row.done == Some(Done::Say) && !row.is_settled;
        self.kept.iter().filter(open).filter_map(|row| row.id).collect()
    }

    /// Where a text stands in the outbox; true when that is news. A line of the history that shows the same message goes.
    pub(super) fn settle(&mut self, entry: &Entry) -> bool {
        let Some(row) = self.of(entry.id.0).filter(|row| !row.is_settled) else { return false };
        let before = row.clone();
        let (delivery, why) = standing(entry);
        // The echo comes before the outbox has it on disk.
        let is_echoed = row.delivery == Some(LabDelivery::Delivered) && delivery == LabDelivery::Sent;
        if !is_echoed {
            (row.delivery, row.why) = (Some(delivery), why);
        }
        row.text = Some(entry.text.as_str().to_owned());
        (row.needs_person, row.sent_again) = (entry.needs_person, entry.sent_again > 0);
        row.is_settled = delivery == LabDelivery::Delivered;
        let is_news = *row != before;
        if let (Some(key), LabDelivery::Delivered) = (entry.org.message_id.clone(), delivery) {
            row.key = Some(key.clone());
            self.kept.retain(|row| row.id.is_some() || row.key.as_ref() != Some(&key));
        }
        is_news
    }

    /// Whether a line shows this message already: one that was written here. By the history it is delivered.
    pub(super) fn is_known(&mut self, message: &ChatMessage) -> bool {
        let is_it =
            |row: &Row| row.id.is_some() && (row.id == message.id || row.key.as_ref() == Some(&message.key));
        let Some(row) = self.kept.iter_mut().rev().find(|row| is_it(row)) else { return false };
        row.key = Some(message.key.clone());
        row.at = message.at.unwrap_or(row.at);
        true
    }

    /// Takes a line out.
    pub(super) fn remove(&mut self, id: Uuid) {
        self.kept.retain(|row| row.id != Some(id));
    }

    /// The org's keys of the messages that were written here, but for one.
    pub(super) fn keys_but(&self, id: Uuid) -> HashSet<String> {
        let others = self.kept.iter().filter(|row| row.id.is_some_and(|own| own != id));
        others.filter_map(|row| row.key.clone()).collect()
    }

    /// The line of a message that was written here, the newest first: of late ones the word comes soonest.
    pub(super) fn of(&mut self, id: Uuid) -> Option<&mut Row> {
        self.kept.iter_mut().rev().find(|row| row.id == Some(id))
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Row> {
        self.kept.iter()
    }

    pub(super) fn count_of(&self, delivery: &[LabDelivery]) -> u32 {
        let with = |row: &&Row| row.delivery.is_some_and(|d| delivery.contains(&d));
        count(self.kept.iter().filter(with).count() as u64)
    }

    pub(super) fn len(&self) -> u32 {
        count(self.kept.len() as u64)
    }

    pub(super) fn replies(&self) -> u32 {
        self.replies
    }

    pub(super) fn page(&self, offset: u32, limit: u32) -> LabTranscriptPage {
        let rows = self.kept.iter().enumerate().skip(offset as usize).take(limit as usize);
        LabTranscriptPage {
            rows: rows.map(|(at, row)| row.view(count(self.dropped + at as u64 + 1))).collect(),
            total: self.len(),
            dropped: count(self.dropped),
        }
    }
}

/// Where a message of the outbox is, as its line says it, and why.
fn standing(entry: &Entry) -> (LabDelivery, Option<String>) {
    match &entry.state {
        // Why it waits is what the chat's head says of the connection.
        State::Queued | State::Waiting { .. } => (LabDelivery::Waiting, None),
        State::Sending => (LabDelivery::Sent, None),
        State::Delivered { .. } => (LabDelivery::Delivered, None),
        State::Uncertain { why, .. } => (LabDelivery::Uncertain, Some(why.clone())),
        State::Dead { why } => (LabDelivery::Refused, Some(why.clone())),
        State::Discarded { .. } => (LabDelivery::Discarded, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_000_000 + seconds, 0).unwrap()
    }

    fn waiting(text: &str, seconds: i64) -> Row {
        let row = Row::new(LabRowKind::Guest, at(seconds));
        let delivery = Some(LabDelivery::Uncertain);
        Row { id: Some(Uuid::new_v4()), text: Some(text.into()), delivery, was_waiting: true, ..row }
    }

    #[test]
    fn the_oldest_lines_are_dropped_and_history_stands_before_what_was_waiting() {
        let mut rows = Rows::default();
        rows.push(waiting("late", 0));
        rows.push_history(Row { text: Some("early".into()), ..Row::new(LabRowKind::Bot, at(-5)) });
        let texts: Vec<_> =
            rows.page(0, 10).rows.into_iter().map(|row| (row.number, row.text.unwrap())).collect();
        assert_eq!(texts, [(1, "early".to_owned()), (2, "late".to_owned())]);
        for n in 0..MOST_ROWS {
            rows.push(Row::new(LabRowKind::Event, at(i64::try_from(n).unwrap())));
        }
        let page = rows.page(0, 1);
        assert_eq!((page.total as usize, page.dropped, page.rows[0].number), (MOST_ROWS, 2, 3));
    }
}

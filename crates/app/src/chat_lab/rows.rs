//! The transcript of a chat: bounded, the oldest lines are dropped first.

use std::{collections::VecDeque, path::PathBuf, time::Duration};

use chrono::{DateTime, Utc};
use genesys::webmessaging::{Answer, ChatMessage, Content, Direction};
use uuid::Uuid;

use super::content;
use crate::views::{LabDelivery, LabRowKind, LabRowView, LabTranscriptPage, LabUploadView, count};

/// So many lines are kept.
pub(super) const MOST_ROWS: usize = 2_000;

/// A line of a transcript.
#[derive(Debug, Clone)]
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
    /// It was written before the window was closed, and the history has not told yet whether it arrived.
    pub(super) was_waiting: bool,
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
            was_waiting: false,
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

    /// The message that was waiting when the window was closed and that the history now shows: it is delivered. Of equal texts
    /// one is taken that is no older than the message, but for what clocks differ.
    pub(super) fn found(&mut self, message: &ChatMessage) -> Option<Uuid> {
        const CLOCKS_DIFFER: Duration = Duration::from_secs(60);
        if message.direction != Direction::Inbound {
            return None;
        }
        let at = message.at?;
        let is_it =
            |row: &&mut Row| row.was_waiting && row.text == message.text && at + CLOCKS_DIFFER >= row.at;
        let row = self.kept.iter_mut().find(is_it)?;
        (row.delivery, row.why, row.was_waiting) = (Some(LabDelivery::Delivered), None, false);
        (row.key, row.at, row.from_history) = (Some(message.key.clone()), at, true);
        row.id
    }

    /// The line of a message that was written here, the newest first: of late ones the word comes soonest.
    pub(super) fn of(&mut self, id: Uuid) -> Option<&mut Row> {
        self.kept.iter_mut().rev().find(|row| row.id == Some(id))
    }

    /// The text of a message that may be sent again: nobody knows whether it arrived, or it was refused.
    pub(super) fn undelivered(&self, id: Uuid) -> Option<String> {
        let row = self.kept.iter().find(|row| row.id == Some(id))?;
        let may_go = matches!(row.delivery, Some(LabDelivery::Uncertain | LabDelivery::Refused));
        row.text.clone().filter(|_| may_go && row.done == Some(Done::Say))
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

#[cfg(test)]
mod tests {
    use genesys::webmessaging::Sender;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_000_000 + seconds, 0).unwrap()
    }

    fn waiting(text: &str, seconds: i64) -> Row {
        let row = Row::new(LabRowKind::Guest, at(seconds));
        let delivery = Some(LabDelivery::Uncertain);
        Row { id: Some(Uuid::new_v4()), text: Some(text.into()), delivery, was_waiting: true, ..row }
    }

    fn inbound(text: &str, seconds: i64) -> ChatMessage {
        ChatMessage {
            key: format!("{text} {seconds}"),
            at: Some(at(seconds)),
            direction: Direction::Inbound,
            sender: Sender::Guest,
            nickname: None,
            text: Some(text.into()),
            content: Vec::new(),
            out_of_order: false,
            from_history: true,
        }
    }

    #[test]
    fn what_was_waiting_is_found_by_its_text_and_time_once_and_never_by_an_older_equal_one() {
        let mut rows = Rows::default();
        rows.push(waiting("yes", 0));
        rows.push(waiting("yes", 10));
        assert_eq!(rows.found(&inbound("yes", -61)), None, "it is older");
        assert_eq!(rows.found(&inbound("no", 5)), None);
        let outbound = ChatMessage { direction: Direction::Outbound, ..inbound("yes", 5) };
        assert_eq!(rows.found(&outbound), None);
        let timeless = ChatMessage { at: None, ..inbound("yes", 5) };
        assert_eq!(rows.found(&timeless), None);
        assert!(rows.found(&inbound("yes", -59)).is_some());
        assert_eq!(rows.count_of(&[LabDelivery::Uncertain]), 1);
        assert!(rows.found(&inbound("yes", 12)).is_some());
        assert_eq!((rows.found(&inbound("yes", 12)), rows.count_of(&[LabDelivery::Delivered])), (None, 2));
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

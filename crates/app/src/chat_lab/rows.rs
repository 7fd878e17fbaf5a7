//! The transcript of a chat: bounded, the oldest lines are dropped first.

use std::{collections::VecDeque, path::PathBuf};

use chrono::{DateTime, Utc};
use genesys::webmessaging::{Answer, Content};
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
            done: None,
        }
    }

    fn view(&self, number: u32) -> LabRowView {
        LabRowView {
            number,
            kind: self.kind,
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
}

impl Rows {
    pub(super) fn push(&mut self, row: Row) {
        if self.kept.len() == MOST_ROWS {
            self.kept.pop_front();
            self.dropped += 1;
        }
        self.kept.push_back(row);
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

    pub(super) fn page(&self, offset: u32, limit: u32) -> LabTranscriptPage {
        let rows = self.kept.iter().enumerate().skip(offset as usize).take(limit as usize);
        LabTranscriptPage {
            rows: rows.map(|(at, row)| row.view(count(self.dropped + at as u64 + 1))).collect(),
            total: self.len(),
            dropped: count(self.dropped),
        }
    }
}

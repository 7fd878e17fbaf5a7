//! What was asked on this connection and not answered yet, by `tracingId`. Messages stand apart (`messages.rs`).

use std::collections::VecDeque;

use uuid::Uuid;

/// What is older than so many others is forgotten: its answer is then nobody's.
const MOST_ASKED: usize = 128;

/// What a frame was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Purpose {
    Configure,
    Close,
    Join,
    Clear,
    Typing,
    Jwt,
    /// To upload the file of the message at the head of the queue.
    Upload,
    /// The address of an attachment.
    Link(String),
}

#[derive(Debug, Default)]
pub(super) struct Asked(VecDeque<(Uuid, Purpose)>);

impl Asked {
    pub(super) fn push(&mut self, tracing: Uuid, purpose: Purpose) {
        if self.0.len() >= MOST_ASKED {
            self.0.pop_front();
        }
        self.0.push_back((tracing, purpose));
    }

    /// What this was the answer to, once.
    pub(super) fn take(&mut self, tracing: Uuid) -> Option<Purpose> {
        let at = self.0.iter().position(|(asked, _)| *asked == tracing)?;
        self.0.remove(at).map(|(_, purpose)| purpose)
    }

    /// For an answer without a `tracingId`: what was asked first, if it is one of these.
    pub(super) fn take_first(&mut self, fits: impl Fn(&Purpose) -> bool) -> Option<Purpose> {
        let at = self.0.iter().position(|(_, purpose)| fits(purpose))?;
        self.0.remove(at).map(|(_, purpose)| purpose)
    }

    /// The connection is gone. Returns the attachments whose address somebody waits for.
    pub(super) fn clear(&mut self) -> Vec<String> {
        let links = self.0.drain(..).filter_map(|(_, purpose)| match purpose {
            Purpose::Link(attachment) => Some(attachment),
            _ => None,
        });
        links.collect()
    }
}

//! The frames of a chat for the inspector: bounded by number and by bytes, the oldest are dropped first.

use std::collections::VecDeque;

use genesys::webmessaging::{FrameRecord, FrameWay};

use crate::views::{LabFrameView, LabFrameWay, LabFramesPage, count};

/// So many frames are kept,
const MOST_FRAMES: usize = 2_000;

/// and so many bytes of them.
const MOST_BYTES: usize = 8 << 20;

/// The frames of a chat.
#[derive(Debug, Default)]
pub(super) struct Frames {
    kept: VecDeque<FrameRecord>,
    bytes: usize,
    dropped: u64,
}

impl Frames {
    pub(super) fn push(&mut self, frame: FrameRecord) {
        self.bytes += frame.json.len();
        self.kept.push_back(frame);
        while self.kept.len() > MOST_FRAMES || self.bytes > MOST_BYTES {
            let Some(oldest) = self.kept.pop_front() else { return };
            self.bytes -= oldest.json.len();
            self.dropped += 1;
        }
    }

    pub(super) fn len(&self) -> u32 {
        count(self.kept.len() as u64)
    }

    /// Frames with this text in their name or their JSON, whatever the case; an empty one fits all.
    pub(super) fn page(&self, filter: &str, offset: u32, limit: u32) -> LabFramesPage {
        let fitting: Vec<_> = self.fitting(filter).collect();
        LabFramesPage {
            total: count(fitting.len() as u64),
            frames: fitting.into_iter().skip(offset as usize).take(limit as usize).collect(),
            dropped: count(self.dropped),
        }
    }

    fn fitting(&self, filter: &str) -> impl Iterator<Item = LabFrameView> {
        let filter = filter.to_lowercase();
        let fits = move |frame: &FrameRecord| {
            filter.is_empty()
                || frame.name.to_lowercase().contains(&filter)
                || frame.json.to_lowercase().contains(&filter)
        };
        let numbered = self.kept.iter().enumerate().filter(move |(_, frame)| fits(frame));
        numbered.map(|(at, frame)| view(frame, count(self.dropped + at as u64 + 1)))
    }

    pub(super) fn all(&self) -> Vec<LabFrameView> {
        self.fitting("").collect()
    }
}

/// A frame as it is shown.
pub(crate) fn view(frame: &FrameRecord, number: u32) -> LabFrameView {
    LabFrameView {
        number,
        at: frame.at,
        way: match frame.way {
            FrameWay::Out => LabFrameWay::Out,
            FrameWay::In => LabFrameWay::In,
            FrameWay::Connection => LabFrameWay::Connection,
        },
        name: frame.name.clone(),
        code: frame.code,
        json: frame.json.clone(),
    }
}

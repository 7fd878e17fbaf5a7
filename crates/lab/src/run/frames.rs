use std::collections::VecDeque;

use genesys::webmessaging::{FrameRecord, FrameWay};

use super::result::FrameLine;

/// How many frames before a failure a report shows.
const KEPT: usize = 30;

/// How many characters of each.
const LONGEST: usize = 4_096;

/// The newest frames of a chat.
#[derive(Debug, Default)]
pub struct Frames(VecDeque<FrameLine>);

impl Frames {
    /// Keeps a frame; the oldest goes.
    pub fn push(&mut self, record: FrameRecord) {
        let FrameRecord { at, way, name, code, mut json } = record;
        if let Some((end, _)) = json.char_indices().nth(LONGEST) {
            json.truncate(end);
            json.push('…');
        }
        let way = match way {
            FrameWay::Out => "out",
            FrameWay::In => "in",
            FrameWay::Connection => "connection",
        };
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        let at = at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        self.0.push_back(FrameLine { at, way, name, code, json });
    }

    /// In order.
    pub fn into_lines(self) -> Vec<FrameLine> {
        self.0.into()
    }
}

use std::collections::VecDeque;

use genesys::webmessaging::{FrameRecord, FrameWay};

use super::{mask::Mask, result::FrameLine};

/// How many frames before a failure a report shows.
const KEPT: usize = 30;

/// How many characters of each.
const LONGEST: usize = 4_096;

/// The newest frames of a chat.
#[derive(Debug, Default)]
pub struct Frames(VecDeque<FrameRecord>);

impl Frames {
    /// Keeps a frame; the oldest goes.
    pub fn push(&mut self, record: FrameRecord) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(record);
    }

    /// In order, masked and then cut.
    pub fn into_lines(self, mask: &Mask) -> Vec<FrameLine> {
        self.0.into_iter().map(|record| line(record, mask)).collect()
    }
}

fn line(record: FrameRecord, mask: &Mask) -> FrameLine {
    let FrameRecord { at, way, name, code, json } = record;
    let mut json = mask.text(&json);
    if let Some((end, _)) = json.char_indices().nth(LONGEST) {
        json.truncate(end);
        json.push('…');
    }
    let way = match way {
        FrameWay::Out => "out",
        FrameWay::In => "in",
        FrameWay::Connection => "connection",
    };
    let at = at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    FrameLine { at, way, name: mask.text(&name), code, json }
}

//! Parts of the transcript and of the frames of a chat, and the frames as a file.

use std::{io::Write, path::PathBuf};

use uuid::Uuid;

use crate::{
    App, Existing, Failure, Result,
    views::{LabFramesExport, LabFramesPage, LabTranscriptPage, count},
};

/// So many lines or frames are answered at once, at most.
const MOST_AT_ONCE: u32 = 500;

/// The longest filter of frames, in bytes.
const LONGEST_FILTER: usize = 200;

impl App {
    /// A part of the transcript.
    ///
    /// # Errors
    /// A chat that is unknown.
    pub fn lab_transcript(&self, chat: Uuid, offset: u32, limit: u32) -> Result<LabTranscriptPage> {
        let live = self.0.chat_lab.get(chat)?;
        Ok(live.look(|record| record.rows.page(offset, limit.min(MOST_AT_ONCE))))
    }

    /// A part of the frames whose name or JSON has the filter's text.
    ///
    /// # Errors
    /// A filter that is too long; a chat that is unknown.
    pub fn lab_frames(&self, chat: Uuid, filter: &str, offset: u32, limit: u32) -> Result<LabFramesPage> {
        if filter.len() > LONGEST_FILTER {
            return Err(Failure::field("filter", format!("may have at most {LONGEST_FILTER} bytes")));
        }
        let live = self.0.chat_lab.get(chat)?;
        Ok(live.look(|record| record.frames.page(filter, offset, limit.min(MOST_AT_ONCE))))
    }

    /// Writes the frames of a chat to a file, one JSON record a line. Secrets are masked, texts are not.
    ///
    /// # Errors
    /// A chat that is unknown; a name that is taken or cannot be written, by the field `file`.
    pub async fn lab_frames_export(
        &self,
        chat: Uuid,
        file: PathBuf,
        existing: Existing,
    ) -> Result<LabFramesExport> {
        let frames = self.0.chat_lab.get(chat)?.look(|record| record.frames.all());
        self.on_disk(move |app| {
            let mut out = app.folder().output(&file, existing)?;
            for frame in &frames {
                let json = serde_json::to_string(frame).map_err(|e| Failure::internal(e.to_string()))?;
                // A person looks at such a file on a terminal.
                writeln!(out, "{}", model::terminal::json(&json)).map_err(|e| out.failed(&e))?;
            }
            let file = out.publish()?.display().to_string();
            Ok(LabFramesExport { exported: count(frames.len() as u64), file })
        })
        .await
    }
}

use std::{path::Path, sync::Arc};

/// A place in a file. Line and column count from 1, the column in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was named by a person or by the file that includes it.
    pub file: Arc<Path>,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
}

impl Place {
    /// The beginning of a file.
    #[must_use]
    pub fn beginning(file: &Arc<Path>) -> Self {
        Self { file: Arc::clone(file), line: 1, column: 1 }
    }

    /// The place behind all of `text`, which begins the file.
    pub(super) fn behind(file: &Arc<Path>, text: &str) -> Self {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let last = text.rsplit('\n').next().unwrap_or_default();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).saturating_add(1);
        Self {
            file: Arc::clone(file),
            line: count(text.matches('\n').count()),
            column: count(last.chars().count()),
        }
    }

    /// A mistake that is made here.
    pub(super) fn mistake(&self, message: impl Into<String>) -> Mistake {
        Mistake {
            place: self.clone(),
            message: message.into(),
            included_from: Vec::new(),
            is_environment: false,
        }
    }
}

/// What is wrong with a scenario file, and where. The text never repeats a value of the environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Mistake {
    /// The line of the innermost step or key that is wrong; for a missing or empty value that of its key; for a name that is given twice that
    /// of the second one.
    pub place: Place,
    /// What is wrong and what is allowed, without the place.
    pub message: String,
    /// The steps that include the file with the mistake, from that file outwards; the last one stands in the file that a
    /// person named. Empty where the mistake is in that one.
    pub included_from: Vec<Place>,
    /// The file may be right: a variable of the environment that it asks for is not set.
    pub is_environment: bool,
}

impl Mistake {
    /// Where the mistake is met in the file that a person named: at an include where it is in another file.
    pub(super) fn met(&self) -> (u32, u32) {
        let place = self.included_from.last().unwrap_or(&self.place);
        (place.line, place.column)
    }

    /// The same mistake, seen from the step that includes its file.
    pub(super) fn included_at(mut self, place: &Place) -> Self {
        self.included_from.push(place.clone());
        self
    }
}

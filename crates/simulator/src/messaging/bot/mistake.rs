use std::fmt;

use serde_saphyr::Spanned;

/// Why a bot file is refused, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotMistake {
    /// As it was named.
    pub file: String,
    /// Counted from 1.
    pub line: u64,
    /// In characters, counted from 1.
    pub column: u64,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for BotMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, message } = self;
        write!(f, "{file}: line {line}, column {column}: {message}")
    }
}

impl std::error::Error for BotMistake {}

/// A mistake of a file whose name is not known yet.
#[derive(Debug)]
pub(super) struct Mistake {
    line: u64,
    column: u64,
    message: String,
}

impl Mistake {
    pub(super) fn new((line, column): (u64, u64), message: impl Into<String>) -> Self {
        Self { line: line.max(1), column: column.max(1), message: message.into() }
    }

    /// One of this value.
    pub(super) fn at<T>(value: &Spanned<T>, message: impl Into<String>) -> Self {
        Self::new((value.referenced.line(), value.referenced.column()), message)
    }

    pub(super) fn in_file(self, file: &str) -> BotMistake {
        let Self { line, column, message } = self;
        BotMistake { file: file.to_owned(), line, column, message }
    }
}

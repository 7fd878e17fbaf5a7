//! What the operating system says of a file, in words that say what to do: the system's own are for programmers.

use std::{
    borrow::Cow,
    error::Error,
    io::{self, ErrorKind},
    sync::Arc,
};

use super::code::FailureCode;

/// Why the system did not do what was asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cause {
    /// A full disk is told apart from one that refuses, and that from a fault of ours.
    pub(crate) code: FailureCode,
    /// Such as "this user has no right to it".
    pub(crate) words: Cow<'static, str>,
    /// The next step.
    pub(crate) next: &'static str,
}

/// The numbers of "too many open files", for this process and on this computer; the library has no name for them.
const TOO_MANY_OPEN: [i32; 2] = [24, 23];

impl Cause {
    pub(crate) fn of(error: &io::Error) -> Self {
        let refused =
            |words, next| Self { code: FailureCode::DiskRefused, words: Cow::Borrowed(words), next };
        if cfg!(unix) && error.raw_os_error().is_some_and(|number| TOO_MANY_OPEN.contains(&number)) {
            return refused(
                "this computer lets the program open no more files",
                "Close other programs or raise the limit (`ulimit -n`), then try again.",
            );
        }
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self {
                code: FailureCode::DiskFull,
                words: Cow::Borrowed("the disk is full"),
                next: "Free some space; everything acknowledged so far is kept.",
            },
            ErrorKind::PermissionDenied => refused(
                "this user has no right to it",
                "Give this user the right to it, or name another place.",
            ),
            ErrorKind::ReadOnlyFilesystem => {
                refused("it lies on a disk that can only be read", "Name a place that can be written.")
            }
            ErrorKind::FileTooLarge => {
                refused("the disk takes no file as large as that", "Name a place on another disk.")
            }
            ErrorKind::NotFound => refused("there is no such file or folder", "Look at the name."),
            ErrorKind::NotADirectory => {
                refused("a part of its path is a file and no folder", "Look at the name.")
            }
            ErrorKind::IsADirectory => refused("it is a folder", "Name a file."),
            ErrorKind::InvalidFilename => {
                refused("its name is too long or not allowed here", "Name another.")
            }
            ErrorKind::AlreadyExists => refused("a file of that name is there already", "Name another."),
            _ => Self {
                code: FailureCode::Internal,
                words: Cow::Owned(without_number(&error.to_string()).into_owned()),
                next: "Try again; if it stays, report it with what you did.",
            },
        }
    }

    /// Of the system's word somewhere among the causes of an error, where there is one.
    pub(crate) fn among(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(cause) = next {
            if let Some(cause) = io_error(cause) {
                return Some(Self::of(cause));
            }
            next = cause.source();
        }
        None
    }
}

/// The error itself, where the system said it.
pub(crate) fn io_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e io::Error> {
    error.downcast_ref::<io::Error>().or_else(|| error.downcast_ref::<Arc<io::Error>>().map(AsRef::as_ref))
}

/// A text without the numbers that the library puts behind the system's words: "(os error 17)".
pub(crate) fn without_number(text: &str) -> Cow<'_, str> {
    const BEGIN: &str = " (os error ";
    if !text.contains(BEGIN) {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split(BEGIN);
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches('-').trim_start_matches(|c: char| c.is_ascii_digit());
        clean.push_str(rest.strip_prefix(')').unwrap_or(rest));
    }
    Cow::Owned(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_of_the_system_is_told_and_each_refusal_says_what_to_do() {
        assert_eq!(without_number("a (os error 17): b (os error -2)"), "a: b");
        for kind in [
            ErrorKind::StorageFull,
            ErrorKind::PermissionDenied,
            ErrorKind::ReadOnlyFilesystem,
            ErrorKind::NotFound,
            ErrorKind::IsADirectory,
            ErrorKind::AlreadyExists,
        ] {
            assert_ne!(Cause::of(&kind.into()).code, FailureCode::Internal, "{kind}");
        }
        #[cfg(unix)]
        for number in [13, 24, 23, 28, 30, 5] {
            let cause = Cause::of(&io::Error::from_raw_os_error(number));
            assert!(!cause.words.contains("os error") && !cause.next.is_empty(), "{cause:?}");
        }
        let shared: Arc<io::Error> = Arc::new(ErrorKind::PermissionDenied.into());
        assert_eq!(Cause::among(&shared).unwrap().code, FailureCode::DiskRefused);
    }
}

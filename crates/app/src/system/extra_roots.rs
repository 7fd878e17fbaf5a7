//! Which certificates are trusted beside the system's.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use genesys::{ExtraRoots, ExtraRootsError};
use model::trimmed;

use crate::Failure;
use crate::Result;
use crate::system::variables::empty;

/// Those of the file that `--ca` names, else of the one that `GC_CA_FILE` names, else none. Blocking.
///
/// # Errors
/// [`crate::FailureCode::InvalidInput`] naming the option or the variable: it is empty, or its file cannot be read or holds no
/// certificate. Nothing is then taken in its place: a connection that needs the file would only fail later, with less said.
pub fn extra_roots(given: Option<&Path>) -> Result<ExtraRoots> {
    of(given, std::env::var_os("GC_CA_FILE"))
}

fn of(given: Option<&Path>, variable: Option<OsString>) -> Result<ExtraRoots> {
    let (field, path) = match (given, variable) {
        (Some(path), _) => ("ca", path.to_owned()),
        (None, Some(path)) => ("GC_CA_FILE", PathBuf::from(path)),
        (None, None) => return Ok(ExtraRoots::default()),
    };
    if path.to_str().is_some_and(|text| trimmed(text).is_empty()) {
        return Err(empty(field));
    }
    ExtraRoots::read(&path).map_err(|error| match error {
        ExtraRootsError::Unreadable(source) => Failure::unreadable(field, &path, &source),
        other => Failure::field(field, format!("{} {other}", path.display()))
            .with_next("Name a file with the certificate of who signs for the org's server, in PEM form."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_roots_that_says_nothing_is_refused_by_the_name_of_who_named_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ca.pem");
        std::fs::write(&file, "no certificate").unwrap();
        assert!(of(None, None).unwrap().is_empty());
        for (given, variable, field) in [
            (Some(file.as_path()), None, "ca"),
            (Some(Path::new("/nowhere/ca.pem")), Some("fine.pem"), "ca"),
            (Some(dir.path()), None, "ca"),
            (None, Some(file.to_str().unwrap()), "GC_CA_FILE"),
            (None, Some("/nowhere/ca.pem"), "GC_CA_FILE"),
            (None, Some(""), "GC_CA_FILE"),
            (None, Some(" \n"), "GC_CA_FILE"),
        ] {
            let refused = of(given, variable.map(OsString::from)).unwrap_err();
            assert_eq!(
                (refused.fields[0].field.as_str(), refused.code.exit_code()),
                (field, 2),
                "{refused:?}"
            );
        }
    }
}

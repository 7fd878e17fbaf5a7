//! What the environment says. A variable that is set and says nothing is a value that a script lost: it is refused by
//! name, and nothing is guessed in its place.

use std::{ffi::OsString, path::PathBuf};

use genesys::Dialect;
use model::{Secret, trimmed};

use super::dialect::dialect_named;
use crate::{Failure, Result};

/// What the environment says about the connection (`cli.md`, "Everywhere").
#[derive(Debug, Clone, Default)]
pub struct EnvironmentVariables {
    /// `GC_BASE_URL`
    pub base_url: Option<String>,
    /// `GC_ENVIRONMENT`
    pub environment: Option<String>,
    /// `GC_CLIENT_ID`
    pub client_id: Option<String>,
    /// `GC_CLIENT_SECRET`
    pub client_secret: Option<Secret>,
    /// `GC_DIALECT`
    pub dialect: Option<Dialect>,
    /// Why one of them is refused. It does no harm where a connection is chosen by its name.
    pub lost: Option<Failure>,
}

impl EnvironmentVariables {
    /// Reads them from this process. What stands around an id or an address is cut off; a secret may hold anything, so one
    /// with blanks around it is refused by name.
    pub fn read() -> Self {
        Self::of(|name| std::env::var_os(name))
    }

    pub(crate) fn of(values: impl Fn(&str) -> Option<OsString>) -> Self {
        let mut lost = None;
        let mut get = |name: &str, check: fn(&str, String) -> Result<String>| {
            let value = said(name, values(name)).and_then(|v| v.map(|v| check(name, v)).transpose());
            value.unwrap_or_else(|failure| {
                lost.get_or_insert(failure);
                None
            })
        };
        let id = |_: &str, text: String| Ok(trimmed(&text).to_owned());
        let (base_url, environment) = (get("GC_BASE_URL", id), get("GC_ENVIRONMENT", id));
        let client_id = get("GC_CLIENT_ID", id);
        let client_secret = get("GC_CLIENT_SECRET", bare).map(Secret::new);
        let named = |name: &str, text: String| dialect_named(name, &text).map(|d| d.as_str().to_owned());
        let dialect = get("GC_DIALECT", named).and_then(|name| Dialect::named(&name));
        Self { base_url, environment, client_id, client_secret, dialect, lost }
    }
}

/// The value of a variable without what stands around it; `None` where it is not set.
///
/// # Errors
/// [`crate::FailureCode::InvalidInput`] naming one that is empty, blank or no UTF-8.
pub fn variable(name: &str) -> Result<Option<String>> {
    Ok(said(name, std::env::var_os(name))?.map(|text| trimmed(&text).to_owned()))
}

/// The passphrase of the sealed secrets file (`INNKEEPER_PASSPHRASE`), as it is: a folder of an earlier version may be sealed
/// under one with blanks around it.
///
/// # Errors
/// [`crate::FailureCode::InvalidInput`] when it is empty, blank or no UTF-8: without it a new folder's secrets would go elsewhere.
pub fn passphrase() -> Result<Option<Secret>> {
    Ok(said("INNKEEPER_PASSPHRASE", std::env::var_os("INNKEEPER_PASSPHRASE"))?.map(Secret::new))
}

/// The data folder: the one given, else `INNKEEPER_DATA`, else the platform's.
pub(crate) fn data_folder(given: Option<PathBuf>, variable: Option<OsString>) -> Result<PathBuf> {
    let named = match (given, variable) {
        (Some(path), _) => Some(("--data", path)),
        (None, Some(path)) => Some(("INNKEEPER_DATA", PathBuf::from(path))),
        (None, None) => None,
    };
    let Some((name, path)) = named else {
        return dirs::data_dir().map(|dir| dir.join("innkeeper")).ok_or_else(|| {
            Failure::field("data", "this user has no data folder; name one with --data or INNKEEPER_DATA")
        });
    };
    // A path need not be UTF-8; what stands around it then cannot be seen.
    match path.to_str() {
        Some(text) if trimmed(text).is_empty() => Err(empty(name)),
        // Another folder than the one that is meant: it would hold no holds.
        Some(text) if trimmed(text) != text && !path.is_dir() => Err(Failure::field(
            name,
            format!("has blanks or a newline around it, and there is no folder {text:?}; take them off"),
        )),
        _ => Ok(path),
    }
}

/// A secret as it is, unless something stands around it.
pub(crate) fn bare(name: &str, secret: String) -> Result<String> {
    if trimmed(&secret) == secret {
        return Ok(secret);
    }
    Err(Failure::field(
        name,
        "has blanks or a newline around it; take them off (printf %s prints a value without a newline)",
    ))
}

pub(crate) fn said(name: &str, value: Option<OsString>) -> Result<Option<String>> {
    let Some(value) = value else { return Ok(None) };
    let unreadable = |_| {
        Failure::field(name, "is not UTF-8, so it cannot be read")
            .with_next(format!("Set {name} anew, or unset it."))
    };
    let text = value.into_string().map_err(unreadable)?;
    if trimmed(&text).is_empty() { Err(empty(name)) } else { Ok(Some(text)) }
}

pub(crate) fn empty(name: &str) -> Failure {
    Failure::field(name, "is empty: its value was lost; nothing is taken in its place")
        .with_next(format!("Give {name} a value, or leave it out altogether."))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const GC: [&str; 4] = ["GC_BASE_URL", "GC_ENVIRONMENT", "GC_CLIENT_ID", "GC_CLIENT_SECRET"];

    fn read(values: &[(&str, OsString)]) -> EnvironmentVariables {
        let values: BTreeMap<String, OsString> =
            values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        EnvironmentVariables::of(|name| values.get(name).cloned())
    }

    #[cfg(unix)]
    fn lost_values() -> Vec<OsString> {
        use std::os::unix::ffi::OsStringExt;
        let mut lost: Vec<OsString> = ["", " ", "\n", "\t\r\n", "\u{feff}"].map(OsString::from).into();
        lost.push(OsString::from_vec(vec![b'a', 0xff]));
        lost
    }

    #[cfg(unix)]
    #[test]
    fn each_variable_that_lost_its_value_is_named_whatever_the_others_say() {
        for name in GC {
            for value in lost_values() {
                let mut values: Vec<_> = GC.iter().map(|name| (*name, OsString::from("x"))).collect();
                values.retain(|(other, _)| *other != name);
                values.push((name, value.clone()));
                let lost = read(&values).lost.unwrap_or_else(|| panic!("{name}={value:?} is taken"));
                assert_eq!((lost.fields[0].field.as_str(), lost.code.exit_code()), (name, 2));
                assert!(read(&[(name, value)]).lost.is_some(), "{name} alone");
            }
        }
    }

    #[test]
    fn what_stands_around_an_id_is_cut_off_and_around_a_secret_is_named() {
        let text = |value: &str| OsString::from(value);
        let read_ids = read(&[
            ("GC_BASE_URL", text(" http://127.0.0.1:1/\n")),
            ("GC_ENVIRONMENT", text("us-east-1\r\n")),
            ("GC_CLIENT_ID", text("\u{feff}id\u{a0}")),
            ("GC_CLIENT_SECRET", text("two words")),
        ]);
        assert!(read_ids.lost.is_none(), "{:?}", read_ids.lost);
        assert_eq!(read_ids.base_url.as_deref(), Some("http://127.0.0.1:1/"));
        assert_eq!(read_ids.environment.as_deref(), Some("us-east-1"));
        assert_eq!(read_ids.client_id.as_deref(), Some("id"));
        for around in ["secret\n", " secret", "secret\t", "\r\nsecret"] {
            let lost = read(&[("GC_CLIENT_SECRET", text(around))]).lost.unwrap();
            assert!(lost.message.starts_with("GC_CLIENT_SECRET: has blanks or a newline"), "{lost:?}");
            assert!(
                !lost.message.contains("secret\n") && !format!("{lost:?}").contains("\" secret"),
                "{lost:?}"
            );
        }
    }

    #[test]
    fn a_data_folder_that_lost_its_name_is_no_other_folder() {
        let dir = tempfile::tempdir().unwrap();
        let given = |text: &str| data_folder(Some(text.into()), None);
        let variable = |text: &str| data_folder(None, Some(text.into()));
        for lost in ["", " ", "\n"] {
            assert_eq!(given(lost).unwrap_err().fields[0].field, "--data");
            assert_eq!(variable(lost).unwrap_err().fields[0].field, "INNKEEPER_DATA");
        }
        let path = dir.path().to_str().unwrap();
        assert_eq!(variable(&format!("{path}\n")).unwrap_err().code.exit_code(), 2);
        assert_eq!(variable(path).unwrap(), dir.path());
        assert_eq!(given(path).unwrap(), dir.path());
        std::fs::create_dir(dir.path().join("mine ")).unwrap();
        assert!(given(&format!("{path}/mine ")).is_ok(), "a folder that is there and is called so");
    }
}

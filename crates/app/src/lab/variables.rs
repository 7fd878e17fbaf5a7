//! What the environment says of where guests chat.

use std::ffi::OsString;

use model::trimmed;

use crate::{Result, system::variables::said};

/// `GC_DEPLOYMENT_ID` and `GC_ORIGIN`. One that lost its value is refused where it would count, and nothing is taken in its place.
#[derive(Debug, Clone)]
pub struct LabVariables {
    /// `GC_DEPLOYMENT_ID`, or why it is refused.
    pub deployment: Result<Option<String>>,
    /// `GC_ORIGIN`, or why it is refused.
    pub origin: Result<Option<String>>,
}

impl LabVariables {
    /// Reads them from this process.
    #[must_use]
    pub fn read() -> Self {
        Self::of(|name| std::env::var_os(name))
    }

    pub(crate) fn of(values: impl Fn(&str) -> Option<OsString>) -> Self {
        let get = |name| said(name, values(name)).map(|text| text.map(|text| trimmed(&text).to_owned()));
        Self { deployment: get("GC_DEPLOYMENT_ID"), origin: get("GC_ORIGIN") }
    }
}

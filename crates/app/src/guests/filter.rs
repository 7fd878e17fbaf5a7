use model::{Selection, SelectionError};

use crate::{App, Failure, Result};

impl App {
    /// A filter that a person wrote for guests of this org.
    ///
    /// # Errors
    /// What does not parse, at which character, with the fields that there are; the org is not asked.
    pub fn filter(&self, text: &str) -> Result<Selection> {
        read_filter(text, |text| Selection::written_for(text, self.0.org.can.guest_fields))
    }
}

/// A filter that a person wrote.
///
/// # Errors
/// What does not parse, at which character; the org is not asked.
pub(crate) fn a_filter(text: &str) -> Result<Selection> {
    read_filter(text, str::parse)
}

fn read_filter(
    text: &str,
    parse: impl FnOnce(&str) -> Result<Selection, SelectionError>,
) -> Result<Selection> {
    if text.trim().is_empty() {
        return Err(Failure::field("filter", "is empty; leave it out to mean everyone"));
    }
    let filter = parse(text).map_err(|e| Failure::field("filter", e.to_string()))?;
    if let Some(test) = filter.contains_nothing() {
        let why = format!("has the test `{test}`, which everyone passes; a script may have lost its value");
        return Err(Failure::field("filter", why));
    }
    Ok(filter)
}

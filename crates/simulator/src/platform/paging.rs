//! The parts of a question that decide which rows of a listing an answer carries.

use serde_json::{Value, json};
use url::form_urlencoded::{Serializer, parse};

use crate::{
    org::{Call, Fault, Refusal},
    trouble::Trouble,
};

/// A list or search reaches so many contacts and no more.
pub(super) const REACH: usize = 1000;
const DEFAULT_SIZE: usize = 20;

/// One page of a listing by number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    pub(super) size: usize,
    pub(super) number: usize,
}

impl Page {
    pub(super) fn of(size: Option<usize>, number: Option<usize>) -> Result<Self, Refusal> {
        let page = Self { size: size.unwrap_or(DEFAULT_SIZE), number: number.unwrap_or(1) };
        if page.size.saturating_mul(page.number) > REACH {
            let says = format!("pageNumber * pageSize must be <= {REACH}");
            return Err(Refusal::field("pageNumber", says));
        }
        Ok(page)
    }

    pub(super) fn skip(self) -> usize {
        (self.number - 1).saturating_mul(self.size)
    }

    /// The listing around these rows. `path` is its own address, without the number of the page.
    pub(super) fn listing(self, entities: &[Value], total: usize, path: &str, partial: bool) -> Value {
        let pages = total.min(REACH).div_ceil(self.size);
        let join = if path.contains('?') { '&' } else { '?' };
        let uri = |number: usize| json!(format!("{path}{join}pageNumber={number}"));
        let mut listing = json!({
            "entities": entities,
            "pageSize": self.size,
            "pageNumber": self.number,
            "total": total,
            "pageCount": pages,
            "partialResults": partial,
            "firstUri": uri(1),
            "selfUri": uri(self.number),
            "lastUri": uri(pages.max(1)),
        });
        if self.number < pages {
            listing["nextUri"] = uri(self.number + 1);
        }
        if self.number > 1 {
            listing["previousUri"] = uri(self.number - 1);
        }
        listing
    }
}

/// The members of a question's query, each read once; wrong ones are remembered.
pub(super) struct Query {
    pairs: Vec<(String, String)>,
    faults: Vec<Fault>,
}

impl Query {
    pub(super) fn of(call: &Call) -> Self {
        Self { pairs: parse(call.query.as_bytes()).into_owned().collect(), faults: Vec::new() }
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Each value of a name that may stand several times, or once with commas.
    pub(super) fn texts(&self, name: &str) -> Vec<&str> {
        let values = self.pairs.iter().filter(|(key, _)| key == name).flat_map(|(_, value)| value.split(','));
        values.map(str::trim).filter(|value| !value.is_empty()).collect()
    }

    /// A whole number within these bounds.
    pub(super) fn number(&mut self, name: &str, least: usize, most: usize) -> Option<usize> {
        let number = self.text(name)?.parse().ok().filter(|n| (least..=most).contains(n));
        if number.is_none() {
            let says = format!("must be a whole number from {least} to {most}");
            self.faults.push(Fault { field: name.to_owned(), says });
        }
        number
    }

    /// # Errors
    /// 400 that names every member found wrong so far.
    pub(super) fn check(&mut self) -> Result<(), Refusal> {
        let faults = std::mem::take(&mut self.faults);
        if faults.is_empty() { Ok(()) } else { Err(Refusal::fields(faults)) }
    }

    /// The path with the query but for these names.
    pub(super) fn path_without(&self, path: &str, names: &[&str]) -> String {
        let rest = self.pairs.iter().filter(|(key, _)| !names.contains(&key.as_str()));
        let rest = Serializer::new(String::new()).extend_pairs(rest).finish();
        if rest.is_empty() { path.to_owned() } else { format!("{path}?{rest}") }
    }
}

/// What the weather keeps back of the rows of a page, without a word about it.
pub(super) fn held_back<T>(rows: &mut Vec<T>, trouble: Option<&Trouble>) {
    match trouble {
        Some(Trouble::Short(most)) => rows.truncate(*most as usize),
        Some(Trouble::Withhold(first)) => drop(rows.drain(..rows.len().min(*first as usize))),
        _ => {}
    }
}

/// The same, or half of the page; whether the listing says that it is partial.
pub(super) fn partial<T>(rows: &mut Vec<T>, trouble: Option<&Trouble>) -> bool {
    held_back(rows, trouble);
    let is_partial = matches!(trouble, Some(Trouble::Partial));
    if is_partial {
        rows.truncate(rows.len() / 2);
    }
    is_partial
}

/// From which row on a page is read when the weather repeats rows: half a page earlier.
pub(super) fn with_repeats(skip: usize, size: usize, trouble: Option<&Trouble>) -> usize {
    if matches!(trouble, Some(Trouble::RepeatRows)) { skip.saturating_sub(size / 2) } else { skip }
}

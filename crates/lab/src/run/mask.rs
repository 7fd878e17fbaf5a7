use std::fmt;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use genesys::webmessaging::without_credentials;
use model::Secret;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands in place of a value of the environment.
const MASK: &str = "•••";

/// From so many characters on a value is looked for in any case and as others encode it; a shorter one would be found by chance.
const ENCODED_FROM: usize = 8;

/// A value with more bytes than this is looked for as it is written, only.
const ENCODED_TO: usize = 4 * 1024;

/// The beginning of a value that was cut is hidden where it has so many bytes.
const SHORTEST_BEGINNING: usize = 4;

/// What `encodeURIComponent` leaves as it is.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// Takes values of the environment and credentials out of every text that leaves a run. A text is masked before it is cut.
#[derive(Clone, Default)]
pub struct Mask {
    values: Vec<Secret>,
    token: Option<Secret>,
    /// The values and how others write them.
    forms: Vec<Secret>,
    exact: Option<AhoCorasick>,
    any_case: Option<AhoCorasick>,
}

/// The automata would show the values.
impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mask").field("values", &self.values.len()).finish_non_exhaustive()
    }
}

impl Mask {
    /// Masks these values.
    #[must_use]
    pub fn new(masked: &[Secret]) -> Self {
        let values: Vec<Secret> = masked.iter().filter(|secret| !secret.is_empty()).cloned().collect();
        let (mut exact, mut any_case) = (Vec::new(), Vec::new());
        for value in &values {
            let value = value.expose();
            let is_long = value.chars().count() >= ENCODED_FROM;
            let into = if is_long { &mut any_case } else { &mut exact };
            into.extend(written(value));
            if is_long && value.len() <= ENCODED_TO {
                into.extend(encoded(value));
            }
        }
        let automaton = |forms: &[String], any_case: bool| {
            let mut builder = AhoCorasick::builder();
            builder.match_kind(MatchKind::Standard).ascii_case_insensitive(any_case);
            // Only a size beyond 2 GiB is refused, which the budget of a file does not reach.
            (!forms.is_empty()).then(|| builder.build(forms).ok()).flatten()
        };
        let (exact_automaton, any_case_automaton) = (automaton(&exact, false), automaton(&any_case, true));
        let forms = exact.into_iter().chain(any_case).map(Secret::new).collect();
        Self { values, token: None, forms, exact: exact_automaton, any_case: any_case_automaton }
    }

    /// Masks the token of this guest, too.
    #[must_use]
    pub fn of_guest(&self, token: &Secret) -> Self {
        let values: Vec<Secret> = self.values.iter().chain([token]).cloned().collect();
        Self { token: Some(token.clone()), ..Self::new(&values) }
    }

    /// The text without them.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut masked = self.without_values(text);
        if let Some(head) = masked.strip_suffix('…') {
            let cut =
                self.forms.iter().map(|form| beginning_at_the_end(head, form.expose())).max().unwrap_or(0);
            if cut > 0 {
                masked = format!("{}{MASK}…", &head[..head.len() - cut]);
            }
        }
        match &self.token {
            Some(token) => without_credentials(&masked, token),
            None => without_credentials(&masked, &Secret::new(String::new())),
        }
    }

    /// Values that overlap in the text leave no rest of each other.
    fn without_values(&self, text: &str) -> String {
        let found = [&self.exact, &self.any_case].into_iter().flatten();
        let mut ranges: Vec<(usize, usize)> = found
            .flat_map(|automaton| automaton.find_overlapping_iter(text))
            .map(|found| (found.start(), found.end()))
            .collect();
        if ranges.is_empty() {
            return text.to_owned();
        }
        ranges.sort_unstable();
        let mut out = String::new();
        let (mut kept_to, mut hidden_to) = (0, 0);
        for (start, end) in ranges {
            if start >= hidden_to {
                out.push_str(&text[kept_to..start]);
                out.push_str(MASK);
            }
            hidden_to = hidden_to.max(end);
            kept_to = hidden_to;
        }
        out + &text[kept_to..]
    }
}

/// A value as it is, and as it stands in JSON and in the debugging output of an error.
fn written(value: &str) -> Vec<String> {
    let json = serde_json::Value::from(value).to_string();
    let debug = format!("{value:?}");
    let bare = |quoted: &str| quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned();
    let mut forms = vec![value.to_owned(), bare(&json), bare(&debug)];
    forms.dedup();
    forms
}

/// A value as a page, an address or a letter encodes it. Case is of no consequence where it is looked for.
fn encoded(value: &str) -> Vec<String> {
    let html = |quote: &str, apostrophe: &str| {
        let text = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        text.replace('"', quote).replace('\'', apostrophe)
    };
    let percent = |set| utf8_percent_encode(value, set).to_string();
    let mut forms = vec![
        value.to_uppercase(),
        value.to_lowercase(),
        html("&quot;", "&#39;"),
        html("&#34;", "&#x27;"),
        html("\"", "'"),
        percent(NON_ALPHANUMERIC),
        percent(COMPONENT),
        percent(COMPONENT).replace("%20", "+"),
    ];
    // In a longer text a value begins at one of three places of a group of four letters; those that it shares with its neighbours
    // are left out.
    for before in 0..3 {
        let bytes = [&[0; 2][..before], value.as_bytes()].concat();
        let whole = bytes.len() * 4 / 3;
        let first = [0, 2, 3][before];
        for encoded in [STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes)] {
            forms.push(encoded[first..whole.min(encoded.len())].to_owned());
        }
    }
    forms.sort_unstable();
    forms.dedup();
    forms.retain(|form| form != value);
    forms
}

/// How many bytes at the end of a text are the beginning of a value.
fn beginning_at_the_end(text: &str, value: &str) -> usize {
    let longest = value.len().min(text.len());
    let fits = |count: &usize| value.is_char_boundary(*count) && text.ends_with(&value[..*count]);
    (SHORTEST_BEGINNING..=longest).rev().find(fits).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(values: &[&str]) -> Mask {
        Mask::new(&values.iter().map(|value| Secret::new((*value).to_owned())).collect::<Vec<_>>())
    }

    #[test]
    fn no_value_of_the_environment_is_readable_however_it_is_written() {
        let mask = mask(&["a\"b", "a\"bc", "Ä"]);
        let frame = serde_json::json!({ "text": "x a\"bc y Ä" }).to_string();
        assert_eq!(mask.text(&frame), r#"{"text":"x ••• y •••"}"#);
        assert_eq!(mask.text("a\"b, a\"bc"), "•••, •••");
        assert_eq!(mask.text(&format!("{:?}", "a\"b")), "\"•••\"");
        assert_eq!(Mask::default().text("as it is"), "as it is");
    }

    #[test]
    fn values_that_overlap_leave_no_rest() {
        assert_eq!(mask(&["abcdef12", "ef123456"]).text("-abcdef123456-"), "-•••-");
    }

    #[test]
    fn a_long_value_is_found_in_any_case_and_as_others_encode_it() {
        let value = "Käse & \"Brot\" <7>";
        let mask = mask(&[value]);
        let html = "k&#xE4;";
        assert_eq!(mask.text(html), html, "only what is looked for is found");
        for written in [
            value.to_uppercase(),
            value.to_lowercase(),
            "Käse &amp; &quot;Brot&quot; &lt;7&gt;".to_owned(),
            "K%C3%A4se%20%26%20%22Brot%22%20%3C7%3E".to_owned(),
            "k%c3%a4se+%26+%22brot%22+%3c7%3e".to_owned(),
        ] {
            assert_eq!(mask.text(&format!("({written})")), "(•••)", "{written}");
        }
        for before in ["", "a", "ab", "abc"] {
            let encoded = STANDARD_NO_PAD.encode(format!("{before}{value}!"));
            let masked = mask.text(&encoded);
            assert!(masked.contains(MASK) && masked.len() < MASK.len() + 10, "{before}: {masked}");
        }
        assert_eq!(super::tests::mask(&["short"]).text("SHORT"), "SHORT");
    }

    #[test]
    fn a_value_that_was_cut_elsewhere_leaves_no_beginning() {
        let mask = mask(&["0123456789"]);
        assert_eq!(mask.text("it said 01234…"), "it said •••…");
        assert_eq!(mask.text("it said 01…"), "it said 01…");
    }

    #[test]
    fn the_token_of_a_guest_is_masked_with_all_other_credentials() {
        let mask = mask(&["town"]).of_guest(&Secret::new("7b1c6d1e-6d1f".into()));
        assert_eq!(
            mask.text("town 7B1C6D1E-6D1F 7b1c6d1e6d1f eyJhbGciOi.xx.yy ?sig=abc"),
            "••• ••• *** *** ?sig=***"
        );
        assert!(!format!("{mask:?}").contains("town"));
    }
}

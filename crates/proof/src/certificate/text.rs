use chrono::DateTime;
use model::RetentionPolicy;

use super::file::{CertifiedPolicy, KeyedHash};

impl CertifiedPolicy {
    /// The policy without any text that may name a person.
    #[must_use]
    pub fn of(policy: &RetentionPolicy, hash: &KeyedHash) -> Self {
        Self {
            days: policy.days.get(),
            clock: policy.clock,
            filter: policy.filter.as_ref().map(|filter| without_names(filter.as_str(), hash)),
            spare_open_conversations: policy.spare_open_conversations,
            spare_active: policy.spare_active,
        }
    }
}

/// A filter with each quoted text that is no time replaced by `#` and its keyed hash. A text that does not close its
/// last quote is replaced from there on.
fn without_names(filter: &str, hash: &KeyedHash) -> String {
    let mut out = String::with_capacity(filter.len());
    let mut rest = filter;
    while let Some(open) = rest.find('"') {
        out.push_str(&rest[..open]);
        rest = &rest[open + 1..];
        let mut escaped = false;
        let close = rest.find(|c| {
            let closes = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            closes
        });
        let (text, after) = match close {
            Some(close) => (&rest[..close], &rest[close + 1..]),
            None => (rest, ""),
        };
        out.push('"');
        if DateTime::parse_from_rfc3339(text).is_ok() {
            out.push_str(text);
        } else {
            out.push('#');
            out.push_str(&hash.text(text));
        }
        out.push('"');
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hash() -> KeyedHash {
        KeyedHash::new(&"07".repeat(32)).unwrap()
    }

    #[test]
    fn a_filter_keeps_its_shape_and_its_times_and_loses_its_names() {
        let text =
            r#"email = "ada@example.org" AND (createdTime > "2026-01-02T00:00:00Z" OR name contains "a\"b")"#;
        let shown = without_names(text, &hash());
        assert!(!shown.contains("ada") && !shown.contains("a\\"));
        assert!(shown.contains("createdTime > \"2026-01-02T00:00:00Z\" OR name contains \"#"));
        assert_eq!(shown, without_names(text, &hash()));
        assert_ne!(shown, without_names(&text.replace("ada", "eda"), &hash()));
        assert_ne!(shown, without_names(text, &KeyedHash::new(&"08".repeat(32)).unwrap()));
    }

    #[test]
    fn a_quote_that_never_closes_hides_all_that_follows() {
        assert!(!without_names(r#"name = "Ada Lovelace"#, &hash()).contains("Ada"));
        assert_eq!(without_names("active = true", &hash()), "active = true");
    }

    proptest! {
        #[test]
        fn no_quoted_text_comes_through(before in "[a-z= ]{0,9}", name in "[g-zG-Z]{5,9}", escape in "(\\\\\"|\\\\\\\\)?") {
            let shown = without_names(&format!("{before}\"{escape}{name}\" OR x = \"{name}\""), &hash());
            prop_assert!(!shown.contains(&name), "{}", shown);
        }
    }
}

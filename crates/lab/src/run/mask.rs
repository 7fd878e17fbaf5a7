use model::Secret;

/// What stands in place of a value of the environment.
const MASK: &str = "•••";

/// Takes values of the environment out of every text that leaves a run.
#[derive(Debug, Clone, Default)]
pub struct Mask {
    /// The values and how JSON writes them, longest first, so that a value within another one leaves no rest of that.
    values: Vec<Secret>,
}

impl Mask {
    /// Masks these values.
    #[must_use]
    pub fn new(masked: &[Secret]) -> Self {
        let mut values: Vec<String> = Vec::new();
        for secret in masked.iter().filter(|secret| !secret.is_empty()) {
            let value = secret.expose();
            let json = serde_json::Value::from(value).to_string();
            let bare = json.get(1..json.len() - 1).unwrap_or_default();
            let quoted = format!("{value:?}");
            let quoted = quoted.get(1..quoted.len() - 1).unwrap_or_default();
            values.extend([value, bare, quoted].map(str::to_owned));
        }
        values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        values.dedup();
        Self { values: values.into_iter().map(Secret::new).collect() }
    }

    /// The text without them.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        self.values.iter().fold(text.to_owned(), |text, value| {
            if text.contains(value.expose()) { text.replace(value.expose(), MASK) } else { text }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_of_the_environment_is_readable_however_it_is_written() {
        let mask =
            Mask::new(&[Secret::new("a\"b".into()), Secret::new("a\"bc".into()), Secret::new("Ä".into())]);
        let frame = serde_json::json!({ "text": "x a\"bc y Ä" }).to_string();
        assert_eq!(mask.text(&frame), r#"{"text":"x ••• y •••"}"#);
        assert_eq!(mask.text("a\"b, a\"bc"), "•••, •••");
        assert_eq!(mask.text(&format!("{:?}", "a\"b")), "\"•••\"");
        assert_eq!(Mask::default().text("as it is"), "as it is");
    }
}

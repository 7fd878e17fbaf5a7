/// How many bytes a text takes in the address of a request, percent-encoded.
///
/// ```
/// assert_eq!(model::encoded_len("id = \"é\""), 2 + 3 + 3 + 3 + 3 + 6 + 3);
/// ```
#[must_use]
pub fn encoded_len(text: &str) -> usize {
    text.bytes().map(|b| if b.is_ascii_alphanumeric() || b"-._~".contains(&b) { 1 } else { 3 }).sum()
}

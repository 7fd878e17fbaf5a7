//! Texts without credentials: what an org says may hold the guest's own token, a JWT, or an address that gives or takes a file.

use model::Secret;

/// What stands in place of a credential.
pub(crate) const MASKED: &str = "***";

/// The names, in small letters, after which a credential stands in an address: `name=value`.
const SECRET_NAMES: [&str; 11] = [
    "x-amz-signature",
    "x-amz-security-token",
    "x-amz-credential",
    "x-goog-signature",
    "signature",
    "sig",
    "token",
    "access_token",
    "id_token",
    "refresh_token",
    "jwt",
];

/// How each JWT begins: `{"` in base64.
const JWT: &str = "eyJ";

/// From so many characters on a word without a dot that begins as a JWT does is the beginning of one.
const LONG_JWT: usize = 20;

/// The text without the guest's token (in whatever case, with hyphens or without), without JWTs, known by their form, and without the
/// values of an address that are credentials by their name. Texts are masked before they are cut.
#[must_use]
pub fn without_credentials(text: &str, token: &Secret) -> String {
    let token = token.expose();
    let mut masked = without(text, token);
    let bare = token.replace('-', "");
    if bare.len() != token.len() {
        masked = without(&masked, &bare);
    }
    without_values(&without_jwts(&masked))
}

fn without(text: &str, value: &str) -> String {
    // ASCII letters keep their length, so that both texts have the same places.
    let (lower, value) = (text.to_ascii_lowercase(), value.to_ascii_lowercase());
    if value.is_empty() || !lower.contains(&value) {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut from = 0;
    for (at, _) in lower.match_indices(&value) {
        out.push_str(&text[from..at]);
        out.push_str(MASKED);
        from = at + value.len();
    }
    out + &text[from..]
}

fn without_jwts(text: &str) -> String {
    let is_of_it = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=');
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(JWT) {
        let (before, word) = rest.split_at(at);
        let end = word.find(|c| !is_of_it(c)).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        let bare = word.trim_end_matches('.');
        let is_jwt = bare.contains('.') || bare.len() >= LONG_JWT;
        out.push_str(before);
        out.push_str(if is_jwt { MASKED } else { bare });
        out.push_str(&word[bare.len()..]);
        rest = after;
    }
    out + rest
}

fn without_values(text: &str) -> String {
    let is_of_a_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let is_end = |c: char| c.is_whitespace() || c.is_control() || "&\"'<>()[]{}|\\^`,;#".contains(c);
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('=') {
        let (before, value) = rest.split_at(at + 1);
        let stem = &before[..at];
        let name = &stem[stem.trim_end_matches(is_of_a_name).len()..];
        out.push_str(before);
        rest = value;
        if SECRET_NAMES.contains(&name.to_ascii_lowercase().as_str()) {
            let end = value.find(is_end).unwrap_or(value.len());
            if end > 0 {
                out.push_str(MASKED);
            }
            rest = &value[end..];
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        without_credentials(text, &Secret::new("0a1B-22".to_owned()))
    }

    #[test]
    fn the_token_is_found_in_any_case_and_without_its_hyphens() {
        assert_eq!(masked("a 0a1b-22, 0A1B-22 and 0A1b22 ü"), "a ***, *** and *** ü");
        assert_eq!(without_credentials("as it is", &Secret::new(String::new())), "as it is");
    }

    #[test]
    fn a_jwt_is_known_by_its_form_also_where_it_was_cut() {
        assert_eq!(masked("go away eyJhbGciOi.xx.yy."), "go away ***.");
        assert_eq!(masked("<b>eyJhbGciOiJIUzI1NiJ9.eyJzdWIi</b>"), "<b>***</b>");
        assert_eq!(masked("x eyJhbGciOiJIUzI1NiJ9eyJzdWIi"), "x ***");
        assert_eq!(masked("eyJ is how one begins, and eyJa. too"), "eyJ is how one begins, and eyJa. too");
    }

    #[test]
    fn values_of_an_address_that_are_credentials_are_known_by_their_name() {
        assert_eq!(
            masked("see https://u.example/x?X-Amz-Date=1&X-Amz-Signature=ab%2F1=&y=2, sig=q"),
            "see https://u.example/x?X-Amz-Date=1&X-Amz-Signature=***&y=2, sig=***"
        );
        assert_eq!(
            masked("?a=1&amp;token=abc\"> Signature= x=y design=1"),
            "?a=1&amp;token=***\"> Signature= x=y design=1"
        );
        assert_eq!(masked(&"=".repeat(4)), "====");
    }
}

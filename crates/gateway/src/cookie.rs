//! The cookie that carries a page's session token. Pure.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue, header::COOKIE};
use model::Secret;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// Its name and its life (`cli.md`, "Gateway routes").
const NAME: &str = "gcSessionToken";
const MAX_AGE_SECONDS: i64 = app::GOOD_FOR.num_seconds();

/// What the cookies of a request say.
#[derive(Debug)]
pub(crate) enum Shown {
    /// No session token, or an empty one.
    Nothing,
    /// One, however often.
    Token(Secret),
    /// Several that differ: someone put one beside the page's. None counts.
    Several,
}

/// The value of `Set-Cookie` for a token.
pub(crate) fn set(token: &Secret, secure: bool) -> HeaderValue {
    let secure = if secure { " Secure;" } else { "" };
    let token = written(token.expose());
    let text =
        format!("{NAME}={token}; HttpOnly;{secure} SameSite=Strict; Max-Age={MAX_AGE_SECONDS}; Path=/");
    let mut value = HeaderValue::try_from(text).expect("what is written of a token is visible ASCII");
    value.set_sensitive(true);
    value
}

/// The session token among the cookies of a request.
pub(crate) fn shown(headers: &HeaderMap) -> Shown {
    let mut found: Option<Secret> = None;
    let all = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
    for pair in all.flat_map(|value| value.split(|byte| *byte == b';')) {
        let Some(value) = ours(pair) else { continue };
        let token = Secret::new(read(value));
        match &found {
            Some(before) if before.expose() != token.expose() => return Shown::Several,
            _ => found = Some(token),
        }
    }
    found.map_or(Shown::Nothing, Shown::Token)
}

/// The value of our own pair, which is text; whatever another site's script put beside it may be any bytes, and is
/// passed over. An empty value is none.
fn ours(pair: &[u8]) -> Option<&str> {
    let equals = pair.iter().position(|byte| *byte == b'=')?;
    let (name, value) = (pair[..equals].trim_ascii(), pair[equals + 1..].trim_ascii());
    if name != NAME.as_bytes() {
        return None;
    }
    let value = std::str::from_utf8(value).ok()?;
    let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    (!value.is_empty()).then_some(value)
}

/// What stands in a cookie as `%XX`: all but the cookie-octets of RFC 6265, and the sign of the escape itself.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%').add(b',').add(b';').add(b'\\');

/// Tokens of letters, digits and signs stand in the cookie as they are.
fn written(token: &str) -> String {
    utf8_percent_encode(token, ESCAPED).to_string()
}

/// The reverse of [`written`]; what is no escape stands for itself.
fn read(value: &str) -> String {
    percent_decode_str(value).decode_utf8().map_or_else(|_| value.to_owned(), Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of<T: AsRef<[u8]>>(cookies: &[T]) -> Shown {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(COOKIE, HeaderValue::from_bytes(cookie.as_ref()).unwrap());
        }
        shown(&headers)
    }

    fn token<T: AsRef<[u8]>>(cookies: &[T]) -> Option<String> {
        match of(cookies) {
            Shown::Token(token) => Some(token.expose().to_owned()),
            _ => None,
        }
    }

    #[test]
    fn the_cookie_is_the_contracts_to_the_letter() {
        let token = Secret::new("Ab-1_2.z".into());
        assert_eq!(
            set(&token, true),
            "gcSessionToken=Ab-1_2.z; HttpOnly; Secure; SameSite=Strict; Max-Age=86400; Path=/"
        );
        assert_eq!(
            set(&token, false),
            "gcSessionToken=Ab-1_2.z; HttpOnly; SameSite=Strict; Max-Age=86400; Path=/"
        );
    }

    #[test]
    fn the_token_is_found_among_other_cookies_and_a_second_one_spoils_it() {
        assert_eq!(token(&["a=b; gcSessionToken=t1; c=d"]).as_deref(), Some("t1"));
        assert_eq!(token(&["a=b", "gcSessionToken=\"t1\""]).as_deref(), Some("t1"));
        assert_eq!(token(&["gcSessionToken=t1; gcSessionToken=t1"]).as_deref(), Some("t1"));
        assert!(matches!(of(&["gcSessionToken=t1; gcSessionToken=t2"]), Shown::Several));
        assert!(matches!(of(&["gcSessionToken=t1", "gcSessionToken=t2"]), Shown::Several));
        for none in ["", "gcSessionToken", "gcSessionToken=", "xgcSessionToken=t", "GCSESSIONTOKEN=t", ";;=;"]
        {
            assert!(matches!(of(&[none]), Shown::Nothing), "{none}");
        }
    }

    #[test]
    fn no_neighbour_whatever_costs_a_page_its_session() {
        let neighbours: [&[u8]; 20] = [
            "n=Zo\u{eb}".as_bytes(),
            b"n=Zo\xeb",
            b"\xff\xfe=\x80",
            b"n\xeb=1",
            b"n=\"a b\"",
            b"n=\"a",
            b"n=a\"b",
            b"",
            b" ",
            b"=",
            b"=x",
            b"n=",
            b"n",
            b"\xeb",
            b"n=a=b=c",
            b"n={\"a\":[1,2]}",
            b"n=%zz%",
            b"n=\ta\t",
            b"n=gcSessionToken",
            b"gcSessionToken2=t2",
        ];
        for n in neighbours {
            for (header, with) in [
                ([n, b"; gcSessionToken=T"].concat(), "before"),
                ([b"gcSessionToken=T; ", n].concat(), "after"),
                ([n, b"; gcSessionToken=T ;", n].concat(), "on both sides"),
            ] {
                assert_eq!(token(&[header]).as_deref(), Some("T"), "{with}: {}", n.escape_ascii());
            }
            assert_eq!(token(&[n, b"gcSessionToken=T", n]).as_deref(), Some("T"), "{}", n.escape_ascii());
        }
        // Ours in a form that we never write opens nothing, and takes nothing from one that we wrote.
        assert!(matches!(of(&[b"gcSessionToken=\xff"]), Shown::Nothing));
        assert_eq!(token(&[&b"gcSessionToken=\xff; gcSessionToken=T"[..]]).as_deref(), Some("T"));
        assert_eq!(token(&["gcSessionToken; gcSessionToken=; gcSessionToken=T"]).as_deref(), Some("T"));
    }

    proptest! {
        #[test]
        fn any_token_comes_back_from_its_cookie(text in "\\PC{1,80}") {
            let value = set(&Secret::new(text.clone()), true);
            let pair = value.to_str().unwrap().split(';').next().unwrap();
            prop_assert_eq!(token(&[pair]), Some(text));
        }

        #[test]
        fn no_header_whatever_panics(bytes in proptest::collection::vec(0x20u8..=0xfe, 0..80)) {
            let bytes: Vec<u8> = bytes.into_iter().filter(|b| *b != 0x7f).collect();
            let _ = of(&[[b"gcSessionToken=", &bytes[..]].concat(), bytes]);
        }
    }
}

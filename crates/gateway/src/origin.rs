//! Who may call: the origin of a page, and the host that a request names. Pure.

use std::{fmt, net::IpAddr, str::FromStr};

use url::{Host, Url};

/// The origin of a page as a browser writes it: scheme, host and a port that is not the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// As it stands in a header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether its pages are served from this computer.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.0.split_once("://").is_some_and(|(_, host)| is_loopback(host))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Origin {
    type Err = String;

    /// `*` and `null` are none: with cookies, an origin is named or not let in.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || "an origin is a scheme, a host and perhaps a port, such as http://localhost:5173".to_owned();
        let url = Url::parse(text).map_err(|_| wrong())?;
        let bare = matches!(url.scheme(), "http" | "https")
            && url.path() == "/"
            && !text.ends_with('/')
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !bare {
            return Err(wrong());
        }
        Ok(Self(url.origin().ascii_serialization()))
    }
}

/// What an `Origin` header says about the page that sent the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    /// Of the gateway's own origin, or no page at all.
    Own,
    /// Of an origin that was let in by name.
    Allowed,
    /// Of any other, `null` included.
    Foreign,
}

/// Judges a header. `host` is the host that the request names, already found good.
pub(crate) fn page(header: Option<&str>, scheme: &str, host: &str, allowed: &[Origin]) -> Page {
    let Some(header) = header else { return Page::Own };
    let Ok(origin) = header.parse::<Origin>() else { return Page::Foreign };
    if format!("{scheme}://{host}").parse::<Origin>().is_ok_and(|own| own == origin) {
        Page::Own
    } else if allowed.contains(&origin) {
        Page::Allowed
    } else {
        Page::Foreign
    }
}

/// Whether a `Host` is a name or an address of loopback, with or without a port. A page whose own name was made to lead to
/// 127.0.0.1 (DNS rebinding) has the right origin and the wrong host.
pub(crate) fn is_loopback(host: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{host}/")) else { return false };
    let bare = url.path() == "/" && url.username().is_empty() && url.password().is_none();
    bare && !host.contains(['/', '\\', '?', '#', '@'])
        && match url.host() {
            // Names below `localhost` are never given to anyone (RFC 6761).
            Some(Host::Domain(name)) => {
                let name = name.strip_suffix('.').unwrap_or(name);
                name == "localhost" || name.ends_with(".localhost")
            }
            Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
            None => false,
        }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn origins_are_bare_and_named() {
        for (given, kept) in [
            ("http://localhost:5173", "http://localhost:5173"),
            ("HTTP://LocalHost:80", "http://localhost"),
            ("https://chat.example:443", "https://chat.example"),
            ("http://[::1]:9", "http://[::1]:9"),
        ] {
            assert_eq!(given.parse::<Origin>().unwrap().as_str(), kept);
            let here = !kept.contains("chat.example");
            assert_eq!(given.parse::<Origin>().unwrap().is_loopback(), here, "{given}");
        }
        for bad in [
            "*",
            "null",
            "",
            "localhost:5173",
            "http://a/",
            "http://a/b",
            "http://a?b",
            "http://a#b",
            "http://u@a",
            "http://u:p@a",
            "file:///x",
            "javascript:alert(1)",
            "http://",
            "https://a b",
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_page_is_judged_by_scheme_host_and_port() {
        let allowed = ["http://localhost:5173".parse().unwrap()];
        let judge = |header| page(header, "http", "127.0.0.1:3000", &allowed);
        assert_eq!(judge(None), Page::Own);
        assert_eq!(judge(Some("http://127.0.0.1:3000")), Page::Own);
        assert_eq!(judge(Some("http://localhost:5173")), Page::Allowed);
        for foreign in [
            "https://127.0.0.1:3000",
            "http://127.0.0.1:3001",
            "http://127.0.0.1",
            "http://localhost:3000",
            "http://localhost:51730",
            "http://localhost:5173.evil.test",
            "http://evil.test",
            "null",
            "",
            "*",
            "http://localhost:5173 http://evil.test",
            "http://localhost:5173/",
        ] {
            assert_eq!(judge(Some(foreign)), Page::Foreign, "{foreign}");
        }
    }

    #[test]
    fn only_loopback_is_loopback() {
        for fine in [
            "localhost",
            "localhost:3000",
            "LOCALHOST",
            "app.localhost:1",
            "127.0.0.1",
            "127.1.2.3:9",
            "[::1]:80",
        ] {
            assert!(is_loopback(fine), "{fine}");
        }
        for bad in [
            "",
            "evil.test",
            "evil.test:3000",
            "localhost.evil.test",
            "127.0.0.1.evil.test",
            "10.0.0.1",
            "[::2]",
            "127.0.0.1@evil.test",
            "evil.test@127.0.0.1",
            "127.0.0.1/x",
            "127.0.0.1#evil",
            "notlocalhost",
            "0.0.0.0",
            "localhost:99999",
            " ",
            "[::ffff:10.0.0.1]",
        ] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_header_whatever_panics_or_becomes_loopback_by_its_tail(text in "\\PC{0,40}") {
            let _ = page(Some(&text), "http", "localhost", &[]);
            let _ = is_loopback(&text);
            let evil = format!("evil.test/{text}");
            prop_assert!(!is_loopback(&evil));
        }
    }
}

//! Where the org lives: one of the vendor's regions, or a host with one origin such as the simulator.

use url::Url;

use super::{
    error::Error,
    regions::{REGIONS, Region, is_localhost, is_loopback},
};

/// The two origins a client speaks to: sign-in and API.
///
/// ```
/// use genesys::Endpoints;
/// assert_eq!(Endpoints::region("us_east_1").unwrap().api().as_str(), "https://api.mypurecloud.com/");
/// assert_eq!(Endpoints::region("mypurecloud.ie").unwrap().login().as_str(), "https://login.mypurecloud.ie/");
/// assert!(Endpoints::one_origin("http://127.0.0.1:8080").is_ok());
/// assert!(Endpoints::one_origin("http://example.com").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    login: Url,
    api: Url,
}

impl Endpoints {
    /// A region by its id (`us-east-1` or `us_east_1`) or its domain (`mypurecloud.com`), in any case.
    ///
    /// # Errors
    /// [`Error::UnknownRegion`], whose text lists all regions.
    pub fn region(name: &str) -> Result<Self, Error> {
        let wanted = name.trim().to_ascii_lowercase();
        let id = wanted.replace('_', "-");
        let Region { domain, .. } = REGIONS
            .iter()
            .find(|known| known.id == id || known.domain == wanted)
            .ok_or_else(|| Error::UnknownRegion { given: name.chars().take(64).collect() })?;
        let origin = |host: &str| {
            Url::parse(&format!("https://{host}.{domain}")).expect("the domains of REGIONS are well-formed")
        };
        Ok(Self { login: origin("login"), api: origin("api") })
    }

    /// One origin that serves sign-in and API alike, such as the simulator; a path before `/api` is kept.
    ///
    /// # Errors
    /// [`Error::BadBaseUrl`] when it is no `http(s)` URL, carries a user name, query or fragment, or is plain
    /// `http` to anything but loopback (a token must not cross a network in clear).
    pub fn one_origin(url: &str) -> Result<Self, Error> {
        let bad = |why: &'static str| Error::BadBaseUrl { why };
        let mut base = Url::parse(url.trim()).map_err(|_| bad("it is not a URL"))?;
        // With its dot the name is asked of the network, which may answer with any machine.
        let without_dot = base.host_str().and_then(|host| host.strip_suffix('.'));
        if let Some(name) = without_dot.filter(|name| is_localhost(name)).map(str::to_owned) {
            base.set_host(Some(&name)).map_err(|_| bad("it names no host"))?;
        }
        let host = base.host().ok_or_else(|| bad("it names no host"))?;
        match base.scheme() {
            "https" => {}
            "http" if is_loopback(&host) => {}
            "http" => return Err(bad("plain http is allowed to loopback only")),
            _ => return Err(bad("it must begin with https://")),
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(bad("credentials do not belong in a URL"));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(bad("it must end before any ? or #"));
        }
        Ok(Self { login: base.clone(), api: base })
    }

    /// Where tokens are issued.
    #[must_use]
    pub fn login(&self) -> &Url {
        &self.login
    }

    /// Where the API is served.
    #[must_use]
    pub fn api(&self) -> &Url {
        &self.api
    }

    /// The origins that requests go to, sign-in first, each once: scheme, host in ASCII (`xn--…` for other letters) and a
    /// port that is not the scheme's own.
    #[must_use]
    pub fn origins(&self) -> Vec<String> {
        let mut origins = vec![self.login.origin().ascii_serialization()];
        let api = self.api.origin().ascii_serialization();
        if !origins.contains(&api) {
            origins.push(api);
        }
        origins
    }

    /// Whether it is a region of the vendor's, which has an origin of its own for sign-in.
    #[must_use]
    pub fn is_region(&self) -> bool {
        self.login != self.api
    }

    /// Whether nothing leaves this computer.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        [&self.login, &self.api].into_iter().all(|url| url.host().is_some_and(|host| is_loopback(&host)))
    }
}

/// `path` (with its leading slash) below a base that may end in a slash.
pub(crate) fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_is_found_by_id_in_both_spellings_and_by_domain() {
        for Region { id, domain, .. } in REGIONS {
            let by_id = Endpoints::region(id).unwrap();
            assert_eq!(by_id, Endpoints::region(&id.replace('-', "_").to_uppercase()).unwrap());
            assert_eq!(by_id, Endpoints::region(domain).unwrap());
            assert_eq!(by_id.api().host_str().unwrap(), format!("api.{domain}"));
            assert_eq!(by_id.login().host_str().unwrap(), format!("login.{domain}"));
        }
    }

    #[test]
    fn an_unknown_region_is_refused_with_the_whole_list() {
        let text = Endpoints::region("us-north-9").unwrap_err().to_string();
        assert!(text.contains("us-north-9"));
        for Region { id, .. } in REGIONS {
            assert!(text.contains(id), "{id} missing in: {text}");
        }
    }

    #[test]
    fn a_domain_is_never_completed_from_a_foreign_suffix() {
        assert!(Endpoints::region("evil.com").is_err());
        assert!(Endpoints::region("mypurecloud.com.evil.com").is_err());
        assert!(Endpoints::region("").is_err());
    }

    #[test]
    fn plain_http_goes_to_loopback_only() {
        for good in [
            "http://127.0.0.1:1",
            "http://127.9.9.9",
            "http://localhost:8080",
            "http://LOCALHOST.:8080",
            "http://[::1]:9",
            "https://org.example/base",
        ] {
            assert!(Endpoints::one_origin(good).is_ok(), "{good}");
        }
        for bad in [
            "http://example.com",
            "http://localhost.evil.com",
            "http://localhost..",
            "http://10.0.0.1",
            "http://0.0.0.0",
            "ftp://127.0.0.1",
            "https://u:p@example.com",
            "https://example.com/?a=b",
            "https://example.com/#x",
            "nonsense",
            "file:///etc/passwd",
            "",
        ] {
            assert!(Endpoints::one_origin(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn origins_are_told_as_they_are_asked_and_no_letter_looks_like_another() {
        let of = |url: &str| Endpoints::one_origin(url).unwrap();
        assert_eq!(
            of("https://gen\u{435}sys.example:8443/a").origins(),
            ["https://xn--gensys-5of.example:8443"]
        );
        assert_eq!(of("https://2130706433/").origins(), ["https://127.0.0.1"]);
        assert_eq!(
            Endpoints::region("us-east-1").unwrap().origins(),
            ["https://login.mypurecloud.com", "https://api.mypurecloud.com"]
        );
        for (url, here) in [
            ("http://127.0.0.1:1", true),
            ("https://2130706433", true),
            ("http://[::1]", true),
            ("https://localhost", true),
            ("https://localhost.example", false),
            ("http://webmessaging.localhost:1", true),
            ("https://Webmessaging.LocalHost", true),
            ("https://127.0.0.1.example", false),
            ("https://192.0.2.1", false),
        ] {
            assert_eq!(of(url).is_loopback(), here, "{url}");
        }
        assert!(!Endpoints::region("us-east-1").unwrap().is_loopback());
    }

    #[test]
    fn localhost_with_its_dot_is_this_machine_and_never_asked_of_the_network() {
        let org = Endpoints::one_origin("http://LOCALHOST.:8080/a").unwrap();
        assert_eq!(org.api().as_str(), "http://localhost:8080/a");
    }

    #[test]
    fn a_path_of_the_base_is_kept() {
        let e = Endpoints::one_origin("https://org.example/proxy/").unwrap();
        assert_eq!(below(e.api(), "/api/v2/guests").as_str(), "https://org.example/proxy/api/v2/guests");
    }
}

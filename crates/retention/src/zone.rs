//! Which time zone is meant where nobody named one: that of the variable `TZ`, else the system's, else UTC.

use std::{ffi::OsStr, str::FromStr};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// The zone of whoever names none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// An IANA name.
    pub name: String,
    /// What `TZ` says, where that is no IANA zone and so does not count.
    pub ignored: Option<String>,
}

/// The zone of this process.
#[must_use]
pub fn here() -> Zone {
    from(std::env::var_os("TZ").as_deref(), || iana_time_zone::get_timezone().ok())
}

/// The zone by what `TZ` says and what the system says.
///
/// `TZ` counts as an IANA name (`Europe/Berlin`), with a colon before it, or as the path of such a zone's file. A rule in
/// the form of POSIX (`CET-1CEST,M3.5.0,M10.5.0/3`) names no zone whose changes could be followed over the years, so the
/// system's zone is meant, and what was ignored is told. An empty `TZ` says nothing.
///
/// ```
/// # use retention::zone::from;
/// let berlin = || Some("Europe/Berlin".to_owned());
/// assert_eq!(from(Some("Asia/Tokyo".as_ref()), berlin).name, "Asia/Tokyo");
/// assert_eq!(from(None, berlin).name, "Europe/Berlin");
/// assert_eq!(from(Some("CET-1CEST".as_ref()), berlin).ignored.as_deref(), Some("CET-1CEST"));
/// ```
#[must_use]
pub fn from(tz: Option<&OsStr>, system: impl FnOnce() -> Option<String>) -> Zone {
    let said = tz.map(|tz| tz.to_string_lossy().trim().to_owned()).unwrap_or_default();
    let named = said.strip_prefix(':').unwrap_or(&said).trim();
    let says_nothing = named.is_empty() || named == "/etc/localtime";
    let zone = if says_nothing { None } else { zone_of(named) };
    let ignored = (!says_nothing && zone.is_none()).then(|| said.clone());
    let name = zone.or_else(|| spelled(&system()?)).unwrap_or("UTC").to_owned();
    Zone { name, ignored }
}

/// A moment in the local time of a zone, with its name; in UTC where the zone is not known here.
///
/// ```
/// # use retention::zone::time_in;
/// let at = "2026-11-30T01:00:00Z".parse().unwrap();
/// assert_eq!(time_in(at, "Europe/Berlin"), "2026-11-30 02:00 Europe/Berlin");
/// assert_eq!(time_in(at, "Moon/Tycho"), "2026-11-30 01:00 UTC");
/// ```
#[must_use]
pub fn time_in(at: DateTime<Utc>, zone: &str) -> String {
    let (at, zone) = match Tz::from_str(zone) {
        Ok(zone) => (at.with_timezone(&zone), zone),
        Err(_) => (at.with_timezone(&Tz::UTC), Tz::UTC),
    };
    format!("{} {}", at.format("%Y-%m-%d %H:%M"), spelling(zone))
}

/// A zone's name in the one spelling that is kept and shown; none for a name that is no zone.
///
/// ```
/// # use retention::zone::spelled;
/// assert_eq!(spelled("Etc/UTC"), Some("UTC"));
/// assert_eq!(spelled("Europe/Berlin"), Some("Europe/Berlin"));
/// assert_eq!(spelled("Moon/Tycho"), None);
/// ```
#[must_use]
pub fn spelled(name: &str) -> Option<&'static str> {
    Tz::from_str(name).ok().map(spelling)
}

fn spelling(zone: Tz) -> &'static str {
    match zone {
        Tz::Etc__UTC
        | Tz::Etc__UCT
        | Tz::Etc__Universal
        | Tz::Etc__Zulu
        | Tz::UCT
        | Tz::Universal
        | Tz::Zulu => "UTC",
        zone => zone.name(),
    }
}

/// The zone that `TZ` names, as an IANA name or as the path of a zone's file.
fn zone_of(tz: &str) -> Option<&'static str> {
    // The files of the zones lie below a folder of this name everywhere.
    let name =
        if tz.starts_with('/') { tz.rsplit_once("/zoneinfo/").map_or(tz, |(_, name)| name) } else { tz };
    let name = ["posix/", "right/"].iter().find_map(|kind| name.strip_prefix(kind)).unwrap_or(name);
    spelled(name).or(["UTC0", "UTC+0", "UTC-0"].contains(&name).then_some("UTC"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(tz: Option<&str>) -> (String, Option<String>) {
        let Zone { name, ignored } = from(tz.map(OsStr::new), || Some("Europe/Lisbon".to_owned()));
        (name, ignored)
    }

    #[test]
    fn the_variable_tz_counts_before_the_system_in_every_form_that_names_a_zone() {
        for (tz, zone) in [
            ("Europe/Berlin", "Europe/Berlin"),
            (":Europe/Berlin", "Europe/Berlin"),
            (" Europe/Berlin\n", "Europe/Berlin"),
            ("/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"),
            (":/usr/share/zoneinfo/posix/America/New_York", "America/New_York"),
            ("right/Asia/Tokyo", "Asia/Tokyo"),
            ("UTC", "UTC"),
            ("UTC0", "UTC"),
            ("Etc/UTC", "UTC"),
            ("Zulu", "UTC"),
            ("EST5EDT", "EST5EDT"),
        ] {
            assert_eq!(by(Some(tz)), (zone.to_owned(), None), "{tz:?}");
        }
    }

    #[test]
    fn where_tz_says_nothing_the_systems_zone_is_meant_and_utc_where_that_is_unknown() {
        for tz in [None, Some(""), Some("  "), Some(":"), Some("/etc/localtime"), Some(":/etc/localtime")] {
            assert_eq!(by(tz), ("Europe/Lisbon".to_owned(), None), "{tz:?}");
        }
        assert_eq!(from(None, || None).name, "UTC");
        assert_eq!(from(None, || Some("Moon/Tycho".to_owned())).name, "UTC");
    }

    #[test]
    fn a_tz_that_names_no_zone_is_not_taken_and_is_told() {
        for tz in [
            "CET-1CEST,M3.5.0,M10.5.0/3",
            "<+03>-3",
            "Europe/Berln",
            "/etc/passwd",
            "../Europe/Berlin",
            "berlin",
        ] {
            assert_eq!(by(Some(tz)), ("Europe/Lisbon".to_owned(), Some(tz.to_owned())), "{tz:?}");
        }
    }
}

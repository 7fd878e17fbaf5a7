//! What a test can expect of a deployment, from its public configuration alone, and which steps of a file cannot work there.
//!
//! Pure: the configuration was read by whoever asks, and the size of a file to attach is asked of them.

use std::path::Path;

use genesys::webmessaging::{DeploymentConfig, UploadRules};

use crate::scenario::{Action, Place, Step, Suite};

/// What a deployment does whose conversation disconnect is off, said of it wherever a step waits for an end.
pub const NEVER_TELLS_THE_END: &str = "never tells a guest that a conversation has ended";

/// The vendor's limit of a message, in bytes.
const LONGEST_TEXT: usize = 4_096;

/// What the deployment says of itself; `None` where its configuration says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectations {
    /// Guests may connect: the deployment is active and its messenger is on. `None` where the configuration does not say.
    pub active: Option<bool>,
    /// Pages that may connect; `None` where that is not told: then any may, or the org alone knows which.
    pub origins: Option<Vec<String>>,
    /// A conversation begins with the session, before the guest writes.
    pub auto_start: Option<bool>,
    /// How the end of a conversation is told.
    pub disconnect: Option<Disconnect>,
    /// A guest may clear the conversation.
    pub clear: Option<bool>,
    /// Whether files may be sent, and which.
    pub attachments: Option<UploadRules>,
    /// The agent sees that the guest is writing.
    pub typing: Option<bool>,
    /// The guest sees that the agent is writing.
    pub agent_typing: Option<bool>,
    /// How long a session lasts, where that is told.
    pub session_seconds: Option<u64>,
}

/// What a guest is told when an agent or bot ends the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disconnect {
    /// Nothing.
    Off,
    /// It is told, and the guest may write on.
    Send,
    /// It is told, and the session is read-only.
    ReadOnly,
}

/// Something that cannot work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Which step cannot: its name in scenario files, or [`CONNECT`].
    pub step: &'static str,
    /// Why, for people.
    pub why: String,
    /// Where the step stands; `None` for what no file is needed for.
    pub place: Option<Place>,
    /// The scenario with the step; `None` in `setup` and `cleanUp`.
    pub scenario: Option<String>,
}

/// The step before all others: a guest connects.
pub const CONNECT: &str = "connect";

impl Expectations {
    /// Reads them off the configuration.
    #[must_use]
    pub fn of(config: &DeploymentConfig) -> Self {
        let disconnect = match (config.disconnect, config.disconnect_read_only) {
            (Some(true), _) if unknown_end(config).is_some() => None,
            (Some(true), Some(true)) => Some(Disconnect::ReadOnly),
            (Some(true), _) => Some(Disconnect::Send),
            (Some(false), _) => Some(Disconnect::Off),
            (None, _) => None,
        };
        let is_off = config.active == Some(false) || config.messenger_enabled == Some(false);
        Self {
            active: if is_off { Some(false) } else { config.active },
            origins: config.origins.clone(),
            auto_start: config.auto_start,
            disconnect,
            clear: config.clear,
            attachments: config.uploads.clone(),
            typing: config.user_typing,
            agent_typing: config.agent_typing,
            session_seconds: config.session_seconds,
        }
    }
}

/// The type of the end of a conversation, where it is none that this program knows.
fn unknown_end(config: &DeploymentConfig) -> Option<&str> {
    let end = config.raw.pointer("/messenger/apps/conversations/conversationDisconnect/type")?.as_str()?;
    let is_known = ["send", "readonly"].iter().any(|known| end.eq_ignore_ascii_case(known));
    (!is_known).then_some(end)
}

/// What the configuration says of the end of a conversation and this program does not know.
#[must_use]
pub fn ending(config: &DeploymentConfig) -> Option<Problem> {
    let end = unknown_end(config).filter(|_| config.disconnect == Some(true))?;
    let shown: String = end.chars().take(60).collect();
    let why =
        format!("the end of a conversation is told in a way that this program does not know ({shown:?})");
    Some(Problem { step: "expectDisconnect", why, place: None, scenario: None })
}

/// Why no guest can connect, as far as the configuration tells.
#[must_use]
pub fn connecting(config: &DeploymentConfig, origin: Option<&str>) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut cannot = |why: &str| {
        found.push(Problem { step: CONNECT, why: why.to_owned(), place: None, scenario: None });
    };
    if config.active == Some(false) {
        cannot("the deployment is inactive, so no guest can connect");
    }
    if config.messenger_enabled == Some(false) {
        cannot("the messenger of the deployment is switched off, so no guest can connect");
    }
    if config.auth == Some(true) {
        // vendor-fact: deployment-sign-in
        cannot("guests of this deployment have to sign in, which guests of the lab do not");
    }
    let allows_none = config.origins.as_ref().is_some_and(Vec::is_empty);
    if config.any_origin == Some(false) && allows_none {
        cannot("the deployment allows no page, so no page may connect");
    }
    if let Some(allowed) =
        config.origins.as_ref().filter(|all| !all.is_empty() && config.any_origin != Some(true))
    {
        match origin {
            Some(origin) if allows(allowed, origin) => {}
            Some(origin) => cannot(&format!(
                "the deployment does not allow the origin {origin}; it allows {}",
                allowed.join(", ")
            )),
            // Whether one is needed is the org's matter.
            None => {}
        }
    }
    found
}

/// Whether a list of domains or origins has this one: whole, as a host, or below `*.`.
fn allows(allowed: &[String], origin: &str) -> bool {
    let host_of = |text: &str| {
        let text = text.trim_end_matches('/').to_ascii_lowercase();
        text.split_once("://").map_or(text.clone(), |(_, host)| host.to_owned())
    };
    let host = host_of(origin);
    let bare = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
    allowed.iter().any(|entry| {
        let has_scheme = entry.contains("://");
        let entry_host = host_of(entry);
        let same_scheme = !has_scheme || entry.split("://").next() == origin.split("://").next();
        let below = entry_host
            .strip_prefix("*.")
            .is_some_and(|domain| bare.strip_suffix(domain).is_some_and(|before| before.ends_with('.')));
        entry == "*" || (same_scheme && (entry_host == host || (!has_scheme && entry_host == bare) || below))
    })
}

/// Which steps of a file cannot work in a deployment, in the order of the file's scenarios. Steps whose failure fails nothing and
/// scenarios that are skipped are left out. `size_of` says how large a file is, in bytes; `None` where it cannot be read.
#[must_use]
pub fn steps(
    config: &DeploymentConfig,
    suite: &Suite,
    size_of: &dyn Fn(&Path) -> Option<u64>,
) -> Vec<Problem> {
    let expectations = Expectations::of(config);
    let mut found = Vec::new();
    let mut look = |steps: &[Step], scenario: Option<&str>| {
        for step in steps {
            if let Some((step, name, why)) = problem(step, &expectations, size_of) {
                let (place, scenario) = (Some(step.place.clone()), scenario.map(str::to_owned));
                found.push(Problem { step: name, why, place, scenario });
            }
        }
    };
    look(&suite.setup, None);
    for scenario in suite.scenarios.iter().filter(|scenario| scenario.skip.is_none()) {
        look(&scenario.steps, Some(&scenario.name));
    }
    look(&suite.clean_up, None);
    found
}

fn problem<'s>(
    step: &'s Step,
    expectations: &Expectations,
    size_of: &dyn Fn(&Path) -> Option<u64>,
) -> Option<(&'s Step, &'static str, String)> {
    match &step.action {
        Action::Within { step, .. } => problem(step, expectations, size_of),
        Action::ExpectDisconnect { read_only } => {
            disconnect(*read_only, expectations.disconnect.unwrap_or(Disconnect::Off))
                .map(|why| (step, "expectDisconnect", why))
        }
        Action::Attach(path) => {
            attach(path, expectations.attachments.as_ref().filter(|rules| rules.enabled), size_of)
                .map(|why| (step, "attach", why))
        }
        Action::Say(text) if text.len() > LONGEST_TEXT => {
            // vendor-fact: message-bytes
            let why = format!("the text has {} bytes; a message has at most {LONGEST_TEXT}", text.len());
            Some((step, "say", why))
        }
        _ => None,
    }
}

fn disconnect(wanted: Option<bool>, disconnect: Disconnect) -> Option<String> {
    let why = match (wanted, disconnect) {
        (_, Disconnect::Off) => return Some(format!("the deployment {NEVER_TELLS_THE_END}")),
        (Some(true), Disconnect::Send) => {
            "the deployment never makes a session read-only: after the end guests may write on"
        }
        (Some(false), Disconnect::ReadOnly) => {
            "the deployment makes a session read-only when the conversation ends"
        }
        _ => return None,
    };
    Some(why.to_owned())
}

/// The file is not named: its path may hold a value of the environment. The place of the step tells which it is.
fn attach(
    path: &Path,
    rules: Option<&UploadRules>,
    size_of: &dyn Fn(&Path) -> Option<u64>,
) -> Option<String> {
    let Some(rules) = rules else { return Some("the deployment takes no files".to_owned()) };
    let Some(size) = size_of(path) else { return Some("the file cannot be read".to_owned()) };
    let media_type = media_type(path);
    if size == 0 {
        return Some("the file is empty; no deployment takes an empty file".to_owned());
    }
    if !takes(&rules.types, &media_type) {
        return Some(format!("the file is {media_type}; the deployment takes {}", rules.types.join(", ")));
    }
    match rules.max_kib {
        Some(most) if size > most.saturating_mul(1_024) => {
            Some(format!("the file has {} KB; the deployment takes at most {most} KB", size.div_ceil(1_024)))
        }
        _ => None,
    }
}

/// Whether a list of media types has this one: whole, as `image/*` or `*/*`. An empty list tells nothing.
fn takes(types: &[String], media_type: &str) -> bool {
    types.is_empty()
        || types.iter().any(|named| match named.split_once("/*") {
            Some(("*", "")) => true,
            Some((group, "")) => {
                media_type.split('/').next().is_some_and(|known| known.eq_ignore_ascii_case(group))
            }
            _ => named.eq_ignore_ascii_case(media_type),
        })
}

/// The media type of a file by its ending, as it is uploaded.
fn media_type(path: &Path) -> String {
    mime_guess::from_path(path).first_or_octet_stream().essence_str().to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn suite(text: &str) -> (tempfile::TempDir, Suite) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.yaml");
        std::fs::write(&file, text).unwrap();
        for (name, bytes) in [("a.png", 2_000), ("big.png", 3_000), ("a.exe", 10), ("empty.png", 0)] {
            std::fs::write(folder.path().join(name), vec![0; bytes]).unwrap();
        }
        let suite = crate::scenario::load(&file, &|_| None).unwrap();
        (folder, suite)
    }

    fn found(config: &DeploymentConfig, text: &str) -> Vec<(&'static str, u32, Option<String>, String)> {
        let (_folder, suite) = suite(text);
        let size_of = |path: &Path| std::fs::metadata(path).ok().map(|about| about.len());
        steps(config, &suite, &size_of)
            .into_iter()
            .map(|p| (p.step, p.place.map_or(0, |place| place.line), p.scenario, p.why))
            .collect()
    }

    fn config(disconnect: Option<bool>, read_only: Option<bool>) -> DeploymentConfig {
        DeploymentConfig { disconnect, disconnect_read_only: read_only, ..DeploymentConfig::default() }
    }

    #[test]
    fn what_a_configuration_does_not_say_is_not_made_up() {
        let expected = Expectations {
            active: None,
            origins: None,
            auto_start: None,
            disconnect: None,
            clear: None,
            attachments: None,
            typing: None,
            agent_typing: None,
            session_seconds: None,
        };
        assert_eq!(Expectations::of(&DeploymentConfig::default()), expected);
        let off = DeploymentConfig {
            active: Some(true),
            messenger_enabled: Some(false),
            uploads: Some(UploadRules { enabled: false, ..UploadRules::default() }),
            ..config(Some(true), None)
        };
        let told = Expectations::of(&off);
        let takes_files = told.attachments.map(|rules| rules.enabled);
        assert_eq!(
            (told.active, takes_files, told.disconnect),
            (Some(false), Some(false), Some(Disconnect::Send))
        );
        let of = |end: &str| {
            let json = format!(
                r#"{{"messenger":{{"apps":{{"conversations":{{"conversationDisconnect":{end}}}}}}}}}"#
            );
            let config = DeploymentConfig::parse(json.as_bytes()).unwrap();
            (Expectations::of(&config).disconnect, ending(&config).is_some())
        };
        assert_eq!(of("null"), (None, false));
        assert_eq!(of(r#"{"enabled":true,"type":"Vanish"}"#), (None, true));
        assert_eq!(of(r#"{"enabled":true,"type":"readOnly"}"#), (Some(Disconnect::ReadOnly), false));
        assert_eq!(of(r#"{"enabled":false,"type":"Vanish"}"#), (Some(Disconnect::Off), false));
    }

    #[test]
    fn an_end_that_is_never_told_is_found_wherever_a_step_waits_for_it() {
        let file = "setup:\n  - expectDisconnect: true\nscenarios:\n  a:\n    - say: hi\n    - within: {seconds: 2, step: {expectDisconnect: true}}\n    \
                    - optional: {expectDisconnect: true}\n  b:\n    skip: later\n    steps:\n      - expectDisconnect: true\ncleanUp:\n  - expectDisconnect: {readOnly: true}\n";
        let lines = |config: DeploymentConfig| {
            found(&config, file)
                .into_iter()
                .map(|(step, line, scenario, _)| (step, line, scenario))
                .collect::<Vec<_>>()
        };
        let all = vec![
            ("expectDisconnect", 2, None),
            ("expectDisconnect", 6, Some("a".to_owned())),
            ("expectDisconnect", 13, None),
        ];
        for off in [config(None, None), config(Some(false), Some(true))] {
            assert_eq!(lines(off), all);
        }
        assert_eq!(lines(config(Some(true), Some(false))), [("expectDisconnect", 13, None)]);
        assert_eq!(lines(config(Some(true), Some(true))), []);
        let either = "scenarios:\n  a:\n    - expectDisconnect: {readOnly: false}\n";
        assert!(found(&config(Some(true), Some(true)), either)[0].3.contains("read-only"));
        assert!(found(&config(Some(true), None), either).is_empty());
    }

    #[test]
    fn files_that_the_deployment_refuses_and_texts_that_are_too_long_are_found() {
        let file = format!(
            "scenarios:\n  a:\n    - attach: a.png\n    - attach: big.png\n    - attach: a.exe\n    - attach: empty.png\n    - attach: none.png\n    - say: {}\n",
            "x".repeat(4_097)
        );
        let rules = |types: &[&str], enabled| DeploymentConfig {
            uploads: Some(UploadRules {
                enabled,
                types: types.iter().map(|kind| (*kind).to_owned()).collect(),
                max_kib: Some(2),
            }),
            ..DeploymentConfig::default()
        };
        let lines = |config: DeploymentConfig| -> Vec<u32> {
            found(&config, &file).into_iter().map(|(_, line, ..)| line).collect()
        };
        assert_eq!(lines(rules(&["image/png"], true)), [4, 5, 6, 7, 8]);
        assert_eq!(lines(rules(&["IMAGE/*"], true)), [4, 5, 6, 7, 8]);
        assert_eq!(lines(rules(&["*/*"], true)), [4, 6, 7, 8]);
        assert_eq!(lines(rules(&[], true)), [4, 6, 7, 8]);
        assert_eq!(lines(rules(&["*/*"], false)), [3, 4, 5, 6, 7, 8]);
        assert_eq!(lines(DeploymentConfig::default()), [3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn a_deployment_that_lets_no_guest_in_is_told_before_anybody_tries() {
        let whys = |config: &DeploymentConfig, origin: Option<&str>| connecting(config, origin).len();
        let open = DeploymentConfig { active: Some(true), ..DeploymentConfig::default() };
        assert_eq!(whys(&open, None), 0);
        assert_eq!(whys(&DeploymentConfig::default(), Some("https://a.example")), 0);
        let nobody = DeploymentConfig { any_origin: Some(false), origins: Some(Vec::new()), ..open.clone() };
        assert_eq!(whys(&nobody, Some("https://a.example")), 1);
        assert_eq!(whys(&DeploymentConfig { any_origin: Some(true), ..nobody }, None), 0);
        let closed = DeploymentConfig {
            active: Some(false),
            messenger_enabled: Some(false),
            auth: Some(true),
            ..DeploymentConfig::default()
        };
        assert_eq!(whys(&closed, None), 3);
        let only = |origins: &[&str]| DeploymentConfig {
            origins: Some(origins.iter().map(|origin| (*origin).to_owned()).collect()),
            ..open.clone()
        };
        for (allowed, origin, fits) in [
            (&["https://shop.example"][..], "https://shop.example", true),
            (&["https://shop.example/"], "https://SHOP.example", true),
            (&["https://shop.example"], "http://shop.example", false),
            (&["shop.example"], "https://shop.example:8443", true),
            (&["*.shop.example"], "https://www.shop.example", true),
            (&["*.shop.example"], "https://evilshop.example", false),
            (&["*.shop.example"], "https://shop.example", false),
            (&["*"], "https://shop.example", true),
            (&[], "https://shop.example", true),
            (&["https://shop.example"], "https://shop.example.evil.example", false),
        ] {
            assert_eq!(whys(&only(allowed), Some(origin)) == 0, fits, "{allowed:?} {origin}");
        }
        assert_eq!(whys(&only(&["https://shop.example"]), None), 0);
    }

    #[test]
    fn a_problem_in_an_included_file_has_its_place_there() {
        let folder = tempfile::tempdir().unwrap();
        let [file, other] = ["a.yaml", "b.yaml"].map(|name| folder.path().join(name));
        std::fs::write(&file, "scenarios:\n  a:\n    - include: 'b.yaml#b'\n").unwrap();
        std::fs::write(&other, "scenarios:\n  b:\n    - say: hi\n    - expectDisconnect: true\n").unwrap();
        let suite = crate::scenario::load(&file, &|_| None).unwrap();
        let problems = steps(&DeploymentConfig::default(), &suite, &|_| None);
        let place: &Place = problems[0].place.as_ref().unwrap();
        assert_eq!((Arc::clone(&place.file).file_name().unwrap().to_str(), place.line), (Some("b.yaml"), 4));
    }
}

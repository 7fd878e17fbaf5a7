use std::{fmt::Write, time::Duration};

use serde_json::Value;

use super::{
    model::{Action, Config, Include, Pick, Scenario, ScenarioFile, Setting, Step, WrittenStep},
    parse::is_printable,
};

/// The longest name that may stand before a colon without `?`; longer ones than YAML allows are rare and legal.
const LONGEST_SIMPLE_NAME: usize = 500;

/// The file as YAML; [`super::parse`] reads it as the same, except for the places.
#[must_use]
pub fn to_yaml(file: &ScenarioFile) -> String {
    let mut out = String::new();
    config(&mut out, &file.config);
    if !file.variables.is_empty() {
        out.push_str("variables:\n");
        for (name, setting) in &file.variables {
            line(&mut out, 2, &pair(name, &quoted(&setting.text)));
        }
    }
    for (name, steps) in [("setup", &file.setup), ("cleanUp", &file.clean_up)] {
        if !steps.is_empty() {
            line(&mut out, 0, &format!("{name}:"));
            list(&mut out, 2, steps);
        }
    }
    out.push_str("scenarios:\n");
    for scenario in &file.scenarios {
        one_scenario(&mut out, scenario);
    }
    out
}

fn config(out: &mut String, config: &Config) {
    if *config == Config::default() {
        return;
    }
    let text = |setting: &Option<Setting>| setting.as_ref().map(|setting| quoted(&setting.text));
    out.push_str("config:\n");
    for (name, value) in [
        ("deploymentId", text(&config.deployment_id)),
        ("region", text(&config.region)),
        ("origin", text(&config.origin)),
        ("pace", config.pace.map(|pace| pace.as_millis().to_string())),
    ] {
        if let Some(value) = value {
            line(out, 2, &format!("{name}: {value}"));
        }
    }
}

fn one_scenario(out: &mut String, scenario: &Scenario<WrittenStep>) {
    let Scenario { name, place: _, steps, tags, timeout, skip, repeat } = scenario;
    let name = quoted(name);
    if name.len() > LONGEST_SIMPLE_NAME {
        line(out, 2, &format!("? {name}"));
        line(out, 2, ":");
    } else {
        line(out, 2, &format!("{name}:"));
    }
    let about = [
        (!tags.is_empty()).then(|| format!("tags: {}", texts(tags))),
        timeout.map(|timeout| format!("timeout: {}", seconds(timeout))),
        skip.as_ref().map(|reason| format!("skip: {}", quoted(reason))),
        repeat.map(|times| format!("repeat: {times}")),
    ];
    if about.iter().all(Option::is_none) {
        return list(out, 4, steps);
    }
    for about in about.into_iter().flatten() {
        line(out, 4, &about);
    }
    line(out, 4, "steps:");
    list(out, 6, steps);
}

fn list(out: &mut String, indent: usize, steps: &[WrittenStep]) {
    if steps.is_empty() {
        line(out, indent, "[]");
    }
    for written in steps {
        let written = match written {
            WrittenStep::One(one) => step(one),
            WrittenStep::Include(Include { file, scenario, .. }) => {
                format!("include: {}", quoted(&format!("{}#{scenario}", file.display())))
            }
        };
        line(out, indent, &format!("- {written}"));
    }
}

fn line(out: &mut String, indent: usize, text: &str) {
    // Writing to a String does not fail.
    let _ = writeln!(out, "{:indent$}{text}", "");
}

/// A step as `name: value`.
fn step(step: &Step) -> String {
    match &step.action {
        Action::Say(text) => format!("say: {}", quoted(text)),
        Action::WaitForReplyContaining(text) => format!("waitForReplyContaining: {}", quoted(text)),
        Action::WaitForReplyMatching(text) => format!("waitForReplyMatching: {}", quoted(text)),
        Action::Tap(text) => format!("tap: {}", quoted(text)),
        Action::Pick(Pick::List(entries)) => format!("pick: {{list: {}}}", texts(entries)),
        Action::Pick(Pick::Time(time)) => format!("pick: {{time: {}}}", quoted(time)),
        Action::Fill(fields) => format!("fill: {}", by_name(fields)),
        Action::Attach(path) => format!("attach: {}", quoted(&path.to_string_lossy())),
        Action::Attributes(attributes) => format!("attributes: {}", by_name(attributes)),
        Action::ExpectQuickReplies(replies) => format!("expectQuickReplies: {}", texts(replies)),
        Action::ExpectDisconnect { read_only: None } => "expectDisconnect: true".to_owned(),
        Action::ExpectDisconnect { read_only: Some(read_only) } => {
            format!("expectDisconnect: {{readOnly: {read_only}}}")
        }
        Action::NeverContaining(text) => format!("neverContaining: {}", quoted(text)),
        Action::Optional(inner) => format!("optional: {{{}}}", self::step(inner)),
        Action::Within { limit, step: inner } => {
            format!("within: {{seconds: {}, step: {{{}}}}}", seconds(*limit), self::step(inner))
        }
        Action::GoOffline => "goOffline: true".to_owned(),
        Action::ComeBack => "comeBack: true".to_owned(),
        Action::Pause(pause) => format!("pause: {}", pause.as_millis()),
        Action::ExpectAttribute(attributes) => {
            let scalar = |value: &Value| match value {
                Value::String(text) => quoted(text),
                other => other.to_string(),
            };
            let pairs: Vec<_> = attributes.iter().map(|(name, value)| pair(name, &scalar(value))).collect();
            format!("expectAttribute: {{{}}}", pairs.join(", "))
        }
    }
}

fn texts(texts: &[String]) -> String {
    let texts: Vec<_> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

fn by_name(texts: &[(String, String)]) -> String {
    let pairs: Vec<_> = texts.iter().map(|(name, text)| pair(name, &quoted(text))).collect();
    format!("{{{}}}", pairs.join(", "))
}

fn pair(name: &str, value: &str) -> String {
    let name = quoted(name);
    if name.len() > LONGEST_SIMPLE_NAME { format!("? {name} : {value}") } else { format!("{name}: {value}") }
}

fn seconds(time: Duration) -> String {
    let (whole, part) = (time.as_secs(), time.subsec_millis());
    if part == 0 { whole.to_string() } else { format!("{whole}.{part:03}") }
}

/// A text in double quotes, on one line.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => out.push_str(&escape(c)),
            // In an editor these would show the text in another order than it has.
            '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                out.push_str(&escape(c));
            }
            c if is_printable(c) => out.push(c),
            c => out.push_str(&escape(c)),
        }
    }
    out.push('"');
    out
}

fn escape(c: char) -> String {
    let code = u32::from(c);
    if code > 0xffff { format!("\\U{code:08X}") } else { format!("\\u{code:04X}") }
}

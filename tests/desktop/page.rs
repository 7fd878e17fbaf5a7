//! The page as a person meets it: things are found by the name a screen reader would say, or by the words on them,
//! never by class names. Everything waits for what it looks for, up to [`PATIENCE`], and says what was on the screen
//! when it did not come.

use crate::harness::{LOOK, Window};
use fantoccini::Locator;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// How long a person would wait before calling it broken.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// No single WebDriver command takes this long; a driver that hangs must not hang the test.
const COMMAND: Duration = Duration::from_secs(20);

/// Something a step expected and did not get, in words.
pub type Outcome<T = ()> = Result<T, String>;

/// What a thing on the page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Button,
    Link,
    Tab,
    Row,
    /// A checkbox, a switch, or one of several choices.
    Switch,
    /// A text, number or search field, a text area, a select.
    Field,
    /// One of the choices of an open list.
    Choice,
    /// A part of the screen with a name: region, dialog, alert, list, grid.
    Region,
}

impl Role {
    fn test(self) -> &'static str {
        match self {
            Role::Button => "(self::button or @role='button')",
            Role::Link => "(self::a or @role='link')",
            Role::Tab => "@role='tab'",
            Role::Row => "(self::tr or @role='row')",
            Role::Switch => "(@role='switch' or @type='checkbox' or @type='radio')",
            Role::Field => {
                "(self::textarea or self::select or (self::input and not(@type='checkbox') and not(@type='hidden')))"
            }
            Role::Choice => "(self::option or @role='option')",
            Role::Region => {
                "(@role or self::section or self::nav or self::aside or self::main or self::header or self::footer \
                 or self::dialog or self::form or self::table or self::ul)"
            }
        }
    }

    /// Where to look for `name`, best first: its own label, the label that belongs to it or its whole content; then,
    /// where content names a thing, words at the start of it (a button may show its shortcut behind them) or, in a
    /// row, anywhere. An open dialog comes before what lies under it.
    fn xpaths(self, name: &str) -> Vec<String> {
        let name = literal(name);
        let label = format!("//label[starts-with(normalize-space(.), {name})]");
        let exact = format!(
            "@aria-label={name} or @aria-labelledby=//*[normalize-space(.)={name}]/@id or @placeholder={name} \
             or @id=//label[normalize-space(.)={name}]/@for or normalize-space(.)={name}"
        );
        let close = match self {
            Role::Field | Role::Switch => {
                format!("@id={label}/@for or ancestor::label[starts-with(normalize-space(.), {name})]")
            }
            Role::Region => {
                format!(
                    "starts-with(@aria-label, {name}) or @aria-labelledby=//*[starts-with(normalize-space(.), {name})]/@id"
                )
            }
            Role::Row => format!("contains(normalize-space(.), {name})"),
            _ => format!("starts-with(normalize-space(.), {name}) or starts-with(@aria-label, {name})"),
        };
        let mut paths = Vec::new();
        for place in ["//*[@role='dialog']", ""] {
            for names in [&exact, &close] {
                paths.push(format!("{place}//*[{} and ({names})]", self.test()));
            }
        }
        paths
    }
}

/// A text as an XPath literal. XPath 1.0 has no escape, so a text with both kinds of quotes is put together.
fn literal(text: &str) -> String {
    match (text.contains('\''), text.contains('"')) {
        (false, _) => format!("'{text}'"),
        (true, false) => format!("\"{text}\""),
        (true, true) => format!("concat('{}')", text.replace('\'', "', \"'\", '")),
    }
}

/// What a person can do on the page and see of it.
pub struct Page<'a> {
    window: &'a Window,
    patience: Duration,
}

impl<'a> Page<'a> {
    /// The page in this window, looked at with [`PATIENCE`].
    pub fn of(window: &'a Window) -> Page<'a> {
        Page { window, patience: PATIENCE }
    }

    /// The same page, for what takes as long as work takes.
    pub fn patient(&self, patience: Duration) -> Page<'a> {
        Page { window: self.window, patience }
    }

    /// Presses a button, link, tab, row or switch.
    pub async fn press(&self, role: Role, name: &str) -> Outcome {
        self.until(&format!("a {role:?} \"{name}\" that can be pressed"), async || {
            let Some(element) = self.first_enabled(role, name).await? else { return Ok(None) };
            // A drawn switch hides its input: people press the track beside it, which is its label.
            let target =
                if role == Role::Switch { self.label_of(name).await?.unwrap_or(element) } else { element };
            if !self.is_still(&target).await {
                return Err("it is there and moves".into());
            }
            // Covered by something that is about to go, or just replaced: look again.
            command(target.click()).await.map(Some)
        })
        .await
    }

    /// Whether an element stays where it is: what still moves, as a menu does while it opens, loses a press. An element that was
    /// replaced is not still.
    async fn is_still(&self, element: &Element) -> bool {
        const STILL: &str = "const [element, done] = arguments;
            const place = () => JSON.stringify(element.getBoundingClientRect());
            const moves = () => document.getAnimations()
                .some(({ playState, effect }) => playState === 'running' && effect?.target?.contains(element));
            const before = place();
            requestAnimationFrame(() => requestAnimationFrame(() => done(before === place() && !moves())));";
        let Ok(element) = serde_json::to_value(element) else { return false };
        let told = command(self.window.client.execute_async(STILL, vec![element])).await;
        told.is_ok_and(|told| told == true)
    }

    /// Replaces what stands in a field, by keys. WebKit types no characters beyond U+FFFF this way (no emoji).
    pub async fn fill(&self, field: &str, text: &str) -> Outcome {
        self.until(&format!("a field \"{field}\" that takes text"), async || {
            let Some(element) = self.first(Role::Field, field).await? else { return Ok(None) };
            if !command(element.is_enabled()).await? || command(element.click()).await.is_err() {
                return Ok(None);
            }
            // WebKit lets go of Ctrl only at the end of a command, so the text needs one of its own.
            command(element.send_keys(&ctrl('a'))).await?;
            Ok(command(element.send_keys(if text.is_empty() { BACKSPACE } else { text })).await.ok())
        })
        .await?;
        self.holds(field, text).await
    }

    /// Chooses an entry of a list by its words.
    pub async fn choose(&self, field: &str, entry: &str) -> Outcome {
        self.until(&format!("a list \"{field}\" with \"{entry}\""), async || {
            let Some(element) = self.first(Role::Field, field).await? else { return Ok(None) };
            let choice = format!("./option[normalize-space(.)={}]", literal(entry));
            Ok(command(element.select_by(Locator::XPath(&choice))).await.ok())
        })
        .await
    }

    /// Presses keys where the cursor is, e.g. [`ENTER`] or [`ctrl`].
    pub async fn keys(&self, keys: &str) -> Outcome {
        let active = command(self.window.client.active_element()).await?;
        command(active.send_keys(keys)).await
    }

    /// The field shows exactly this text.
    pub async fn holds(&self, field: &str, text: &str) -> Outcome {
        self.until(&format!("the field \"{field}\" to hold \"{text}\""), async || {
            let Some(element) = self.first(Role::Field, field).await? else { return Ok(None) };
            Ok((command(element.prop("value")).await?.as_deref() == Some(text)).then_some(()))
        })
        .await
    }

    /// The words are on the screen. Case and line breaks do not count: a badge may write in capitals.
    pub async fn see(&self, words: &str) -> Outcome {
        self.until(&format!("to see \"{words}\""), async || {
            Ok(contains(&self.text().await?, words).then_some(()))
        })
        .await
    }

    /// The words are not, or no longer, on the screen.
    pub async fn see_no(&self, words: &str) -> Outcome {
        self.until(&format!("\"{words}\" to be gone"), async || {
            Ok((!contains(&self.text().await?, words)).then_some(()))
        })
        .await
    }

    /// The words are in the named part of the screen.
    pub async fn see_in(&self, region: &str, words: &str) -> Outcome {
        self.until(&format!("to see \"{words}\" in \"{region}\""), async || {
            let text = self.text_of(Role::Region, region).await?;
            Ok(text.is_some_and(|text| contains(&text, words)).then_some(()))
        })
        .await
    }

    /// The texts stand in the named part of the screen, each once, in this order.
    pub async fn see_once_each_in_order(&self, region: &str, texts: &[&str]) -> Outcome {
        self.until(&format!("{texts:?} once each and in order in \"{region}\""), async || {
            let text = self.text_of(Role::Region, region).await?.unwrap_or_default();
            let places: Vec<Vec<usize>> =
                texts.iter().map(|t| text.match_indices(t).map(|(at, _)| at).collect()).collect();
            let once = places.iter().all(|found| found.len() == 1);
            Ok((once && places.is_sorted()).then_some(()))
        })
        .await
    }

    /// The switch or checkbox is on, or off.
    pub async fn is_on(&self, switch: &str, on: bool) -> Outcome {
        self.until(&format!("the switch \"{switch}\" to be {}", if on { "on" } else { "off" }), async || {
            let Some(element) = self.first(Role::Switch, switch).await? else { return Ok(None) };
            let checked = command(element.prop("checked")).await?.as_deref() == Some("true");
            let pressed = command(element.attr("aria-checked")).await?.as_deref() == Some("true");
            Ok(((checked || pressed) == on).then_some(()))
        })
        .await
    }

    /// The first number after `words` on the screen, e.g. 412 for `Due 412 guests`. Commas between thousands are taken.
    pub async fn number_after(&self, words: &str) -> Outcome<u64> {
        self.until(&format!("a number after \"{words}\""), async || {
            Ok(number_after(&self.text().await?, words))
        })
        .await
    }

    /// A picture of what is painted now: two frames after fonts are there and movements have ended. Without that wait it
    /// is a frame from before the last change.
    pub async fn picture(&self) -> Outcome<Vec<u8>> {
        const SETTLED: &str = "const done = arguments[arguments.length - 1];
            const until = performance.now() + 2000;
            const moves = (a) => a.playState === 'running' && a.effect?.getComputedTiming().endTime !== Infinity;
            const settle = () => document.getAnimations().some(moves) && performance.now() < until
                ? requestAnimationFrame(settle)
                : requestAnimationFrame(() => requestAnimationFrame(() => done(true)));
            document.fonts.ready.then(settle);";
        command(self.window.client.execute_async(SETTLED, Vec::new())).await?;
        command(self.window.client.screenshot()).await
    }

    /// All words that can be read on the screen now, with single blanks between them.
    pub async fn text(&self) -> Outcome<String> {
        let text = command(self.window.client.execute("return document.body.innerText", Vec::new())).await?;
        Ok(plain(text.as_str().unwrap_or_default()))
    }

    async fn text_of(&self, role: Role, name: &str) -> Outcome<Option<String>> {
        match self.first(role, name).await? {
            // WebDriver's own reading leaves out what stands in cut-off lines; people read those.
            Some(element) => {
                let element = serde_json::to_value(element).map_err(|why| why.to_string())?;
                let read = self.window.client.execute("return arguments[0].innerText", vec![element]);
                Ok(command(read).await.ok().map(|text| plain(text.as_str().unwrap_or_default())))
            }
            None => Ok(None),
        }
    }

    /// The best that is shown, of those that go by this name. A switch counts as shown: its input has no size.
    async fn first(&self, role: Role, name: &str) -> Outcome<Option<Element>> {
        for path in role.xpaths(name) {
            if let Some(element) = self.first_at(&path, role == Role::Switch).await? {
                return Ok(Some(element));
            }
        }
        Ok(None)
    }

    /// As [`Page::first`], of those that can be pressed: in a list each line may have a button of this name.
    async fn first_enabled(&self, role: Role, name: &str) -> Outcome<Option<Element>> {
        for path in role.xpaths(name) {
            let enabled = format!("{path}[not(@disabled) and not(@data-disabled='true')]");
            if let Some(element) = self.first_at(&enabled, role == Role::Switch).await? {
                return Ok(Some(element));
            }
        }
        Ok(None)
    }

    /// What is drawn for a switch: a label around its input or for it.
    async fn label_of(&self, name: &str) -> Outcome<Option<Element>> {
        for path in Role::Switch.xpaths(name) {
            let labels = format!("{path}/ancestor::label | //label[@for = {path}/@id]");
            if let Some(label) = self.first_at(&labels, false).await? {
                return Ok(Some(label));
            }
        }
        Ok(None)
    }

    async fn first_at(&self, xpath: &str, hidden_too: bool) -> Outcome<Option<Element>> {
        for element in command(self.window.client.find_all(Locator::XPath(xpath))).await? {
            if hidden_too || command(element.is_displayed()).await.unwrap_or(false) {
                return Ok(Some(element));
            }
        }
        Ok(None)
    }

    /// Looks until there is an answer.
    async fn until<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Outcome<Option<T>>) -> Outcome<T> {
        let deadline = Instant::now() + self.patience;
        let mut trouble = None;
        loop {
            match look().await {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => {}
                // The page may be between two states; what WebDriver said is told when nothing better comes.
                Err(why) => trouble = Some(why),
            }
            if Instant::now() >= deadline {
                let shown = self.text().await.unwrap_or_else(|why| format!("(nothing can be read: {why})"));
                let trouble = trouble.map_or_else(String::new, |why| format!("\nWebDriver said: {why}"));
                return Err(format!(
                    "waited {} s for {what}{trouble}\non the screen: {shown}",
                    self.patience.as_secs()
                ));
            }
            sleep(LOOK).await;
        }
    }
}

/// The Enter key.
pub const ENTER: &str = "\u{E007}";

/// The Escape key.
pub const ESCAPE: &str = "\u{E00C}";

/// The key that empties a field whose text is selected.
const BACKSPACE: &str = "\u{E003}";

/// A key together with Ctrl.
pub fn ctrl(key: char) -> String {
    format!("\u{E009}{key}")
}

async fn command<T>(asked: impl Future<Output = Result<T, CmdError>>) -> Outcome<T> {
    match timeout(COMMAND, asked).await {
        Ok(answer) => answer.map_err(|why| why.to_string()),
        Err(_) => Err(format!("the driver did not answer within {} s", COMMAND.as_secs())),
    }
}

fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn contains(text: &str, words: &str) -> bool {
    text.to_lowercase().contains(&plain(words).to_lowercase())
}

fn number_after(text: &str, words: &str) -> Option<u64> {
    let at = text.to_lowercase().find(&words.to_lowercase())? + words.len();
    let rest = text.get(at..)?.trim_start_matches(|c: char| !c.is_ascii_digit());
    let digits: String =
        rest.chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(|c| *c != ',').collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_with_both_kinds_of_quotes_is_a_good_xpath_literal() {
        assert_eq!(literal("plain"), "'plain'");
        assert_eq!(literal("it's"), "\"it's\"");
        assert_eq!(literal("it's \"so\""), "concat('it', \"'\", 's \"so\"')");
    }

    #[test]
    fn a_number_is_read_behind_its_words() {
        assert_eq!(number_after("Due now 6,480 of 24,113 guests", "due now"), Some(6480));
        assert_eq!(number_after("Due now nothing", "Due now"), None);
        assert_eq!(number_after("nothing here", "Due"), None);
    }
}

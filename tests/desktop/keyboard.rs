//! From the start of the console to a saved edit without a pointer. After each key the focus is somewhere that a person
//! can see and name: never nowhere, never under what lies over the screen.

use crate::harness::{Desk, Window, tour_folder};
use crate::page::{ENTER, ESCAPE, Outcome, Page, ctrl};
use crate::recorder::Recorder;
use crate::script;

const TAB: &str = "\u{E004}";
const DOWN: &str = "\u{E015}";
const PLUS: char = '+';

/// More presses of Tab than any screen has controls before the one that is looked for.
const PRESSES: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn a_person_without_a_pointer_saves_an_edit_and_never_loses_the_focus_in_the_real_window() {
    let folder = tour_folder().join("keyboard");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let desk = Desk::new(folder.join("console.log"));
    let window = desk.open().await;
    let mut recorder = Recorder::new(folder);
    let outcome = story(&window, &mut recorder).await;
    window.close().await;
    if let Err(why) = outcome {
        panic!("{why}");
    }
    recorder.finish();
}

async fn story(window: &Window, recorder: &mut Recorder) -> Outcome {
    let page = Page::of(window);
    recorder
        .step(&page, "Search by a key", async |page| {
            page.see("1,000 guests").await?;
            page.keys("/").await?;
            focused_on(window, "Search guests").await?;
            page.keys("ada").await?;
            page.see("14 guests").await
        })
        .await?;
    recorder
        .step(&page, "Open a guest by arrow and Enter", async |page| {
            page.keys(DOWN).await?;
            focused_on(window, "row").await?;
            page.keys(ENTER).await?;
            page.see("Check session").await?;
            focused_on(window, "row").await
        })
        .await?;
    recorder
        .step(&page, "Reach an attribute and save it", async |page| {
            tab_to(window, page, "source").await?;
            page.keys(&ctrl('a')).await?;
            page.keys("kiosk").await?;
            page.see("1 staged change").await?;
            focused_on(window, "source").await?;
            page.keys(&format!("\u{E009}{ENTER}")).await?;
            page.see_no("1 staged change").await?;
            page.holds("source", "kiosk").await?;
            somewhere(window).await
        })
        .await?;
    recorder
        .step(&page, "A dialog gives the focus back", async |page| {
            tab_to(window, page, "Record interaction").await?;
            page.keys(ENTER).await?;
            focused_on(window, "Interaction type").await?;
            page.keys(ESCAPE).await?;
            focused_on(window, "Record interaction").await
        })
        .await?;
    recorder
        .step(&page, "Escape closes the guest, and the focus is on the row", async |page| {
            page.keys(ESCAPE).await?;
            page.see_no("Check session").await?;
            focused_on(window, "row").await
        })
        .await?;
    recorder
        .step(&page, "The palette edits the policy and gives the focus back", async |page| {
            page.keys(&ctrl('k')).await?;
            focused_on(window, "Find a guest or an action").await?;
            page.keys("edit the retention").await?;
            page.keys(ENTER).await?;
            focused_on(window, "Name").await?;
            page.keys(ESCAPE).await?;
            page.see_no("What saving changes").await?;
            somewhere(window).await
        })
        .await?;
    recorder
        .step(&page, "Zoom by keys, and back", async |page| {
            let width = width_of(window).await?;
            page.keys(&ctrl(PLUS)).await?;
            waits_for(window, &format!("innerWidth < {width}")).await?;
            page.keys(&ctrl('0')).await?;
            waits_for(window, &format!("innerWidth === {width}")).await?;
            somewhere(window).await
        })
        .await
}

/// Presses Tab until the focus is there; on the way it is never nowhere.
async fn tab_to(window: &Window, page: &Page<'_>, name: &str) -> Outcome {
    let mut way = Vec::new();
    for _ in 0..PRESSES {
        let now = focus(window).await?;
        if now == name {
            return Ok(());
        }
        if now.is_empty() {
            return Err(format!("Tab led nowhere, after {way:?}"));
        }
        way.push(now);
        page.keys(TAB).await?;
    }
    Err(format!("Tab does not lead to {name:?}, but to {way:?}"))
}

/// The name of what has the focus: its label, else its words, else its role. Empty where nothing has it.
const NAME: &str = "
    const e = document.activeElement;
    if (!e || e === document.body) return '';
    if (e.getAttribute('role') === 'row') return 'row';
    const label = e.labels?.[0]?.innerText;
    return (e.getAttribute('aria-label') ?? label ?? e.getAttribute('placeholder') ?? e.innerText ?? e.tagName).trim().split('\\n')[0] || e.tagName;";

async fn focus(window: &Window) -> Outcome<String> {
    let name = script::run(window, NAME, Vec::new()).await?;
    Ok(name.as_str().unwrap_or_default().to_owned())
}

async fn focused_on(window: &Window, name: &str) -> Outcome {
    let waited = format!(
        "const name = () => {{ {NAME} }};
         for (let n = 0; n < 400 && name() !== a[0]; n++) await new Promise((r) => setTimeout(r, 40));
         return name();"
    );
    let found = script::run(window, &waited, vec![name.into()]).await?;
    match found.as_str() {
        Some(found) if found == name => Ok(()),
        found => Err(format!("the focus is on {found:?}, not on {name:?}")),
    }
}

async fn somewhere(window: &Window) -> Outcome {
    match focus(window).await?.as_str() {
        "" => Err("the focus is nowhere".to_owned()),
        _ => Ok(()),
    }
}

async fn width_of(window: &Window) -> Outcome<u64> {
    let width = script::run(window, "return innerWidth", Vec::new()).await?;
    width.as_u64().ok_or_else(|| format!("no width: {width}"))
}

async fn waits_for(window: &Window, condition: &str) -> Outcome {
    let waited = format!(
        "for (let n = 0; n < 400; n++) {{ if ({condition}) return true; await new Promise((r) => setTimeout(r, 40)); }}
         return innerWidth;"
    );
    let answer = script::run(window, &waited, Vec::new()).await?;
    if answer.as_bool() == Some(true) { Ok(()) } else { Err(format!("{condition} does not hold: {answer}")) }
}

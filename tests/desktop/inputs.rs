//! Every command of the page, called with 300 hostile inputs through the window's own way to the core: each is
//! answered, by a result or by words, and nothing panics.

use crate::harness::{Desk, tour_folder};
use crate::native::Refuser;
use crate::page::{Outcome, Page};
use crate::script::{Listed, commands, run};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::hostile;
use tokio::time::timeout;

/// Far above what it takes.
const LIMIT: Duration = Duration::from_secs(300);

/// Puts each hostile value in the places of the example in turn, and tells what came back, by kind.
const ATTACK: &str = "
    const [command, example] = a;
    const places = [];
    const visit = (value, path) => {
      if (path.length) places.push(path);
      if (value && typeof value === 'object') for (const key of Object.keys(value)) visit(value[key], [...path, key]);
    };
    visit(example, []);
    const put = (path, value) => {
      const made = structuredClone(example);
      let at = made;
      for (const key of path.slice(0, -1)) at = at[key];
      Object.defineProperty(at, path.at(-1), { value, enumerable: true });
      return made;
    };
    const values = window.hostile;
    const inputs = places.length
      ? values.map((value, n) => put(places[n % places.length], value))
      : values.slice(0, 5).map((value) => ({ unheard: value }));
    for (const path of places) { const less = structuredClone(example); let at = less;
      for (const key of path.slice(0, -1)) at = at[key]; delete at[path.at(-1)]; inputs.push(less); }
    const tally = { asked: inputs.length, done: 0, failures: 0, unread: 0, wrong: [] };
    const late = () => new Promise((_, no) => setTimeout(() => no('LATE'), 20000));
    const ask = async (input) => {
      try {
        await Promise.race([window.__TAURI_INTERNALS__.invoke(command, input), late()]);
        tally.done += 1;
      } catch (why) {
        const words = (text) => typeof text === 'string' && text.length > 0;
        if (typeof why === 'string' && why.startsWith('invalid ')) tally.unread += 1;
        else if (why && words(why.code) && words(why.message) && words(why.next)) tally.failures += 1;
        else tally.wrong.push(JSON.stringify(input).slice(0, 200) + ' -> ' + JSON.stringify(why)?.slice(0, 300));
      }
    };
    const queue = [...inputs];
    await Promise.all(Array.from({ length: 16 }, async () => { while (queue.length) await ask(queue.shift()); }));
    return tally;";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_answers_every_hostile_input_in_words_in_the_real_window() {
    let log = tour_folder().join("inputs.log");
    drop(std::fs::remove_file(&log));
    let desk = Desk::new(log);
    let outcome = timeout(LIMIT, attack(&desk)).await.unwrap_or_else(|_| Err("the console hangs".into()));
    assert!(outcome.is_ok(), "{}", outcome.err().unwrap_or_default());
    // What could be exported lies where exports lie, for its owner only.
    for entry in std::fs::read_dir(desk.home().join("Downloads")).expect("it can be read").flatten() {
        use std::os::unix::fs::PermissionsExt;
        let about = entry.metadata().expect("a file can be asked about");
        if about.is_file() && entry.file_name().to_string_lossy().contains("jsonl") {
            assert_eq!(about.permissions().mode() & 0o077, 0, "{:?}", entry.path());
        }
    }
}

async fn attack(desk: &Desk) -> Outcome {
    let window = desk.open().await;
    let page = Page::of(&window);
    page.see("1,000 guests").await?;
    let values = Value::Array(hostile::values());
    let count = values.as_array().map_or(0, Vec::len);
    run(&window, "window.hostile = a[0];", vec![values]).await?;
    // Offline, so that what passes the checks is not counted against the org's rate; the switch itself comes first.
    let online = run(&window, ATTACK, vec![json!("set_online"), json!({ "on": false })]).await?;
    let offline = "await window.__TAURI_INTERNALS__.invoke('set_online', { on: false });";
    run(&window, offline, Vec::new()).await?;
    let mut tallies = vec![("set_online", online)];
    // Whatever asks a person gets a no.
    let refuser = Refuser::start();
    for Listed { command, example, .. } in commands() {
        if command != "set_online" {
            tallies.push((command, run(&window, ATTACK, vec![json!(command), example]).await?));
        }
    }
    drop(refuser);
    let sum = |what: &str| tallies.iter().filter_map(|(_, tally)| tally[what].as_u64()).sum::<u64>();
    let (asked, done, failures, unread) = (sum("asked"), sum("done"), sum("failures"), sum("unread"));
    eprintln!(
        "  {} commands, {asked} hostile inputs: {done} done, {failures} refused by us, {unread} not readable",
        tallies.len()
    );
    let wrong: Vec<String> = tallies
        .iter()
        .flat_map(|(command, tally)| {
            tally["wrong"].as_array().into_iter().flatten().map(move |why| format!("{command}: {why}"))
        })
        .collect();
    if !wrong.is_empty() {
        return Err(format!(
            "{} answers without words:\n{}",
            wrong.len(),
            wrong[..wrong.len().min(20)].join("\n")
        ));
    }
    if count < 300 || done + failures + unread != asked || failures == 0 || unread == 0 {
        return Err(format!("not everything was asked or answered: {tallies:?}"));
    }
    run(&window, "await window.__TAURI_INTERNALS__.invoke('set_online', { on: true });", Vec::new()).await?;
    // What was put there as drafts would have the window ask before it closes.
    let tidy = "const core = window.__TAURI_INTERNALS__;
        for (const { connection, kind, id } of await core.invoke('drafts'))
            await core.invoke('draft_remove', { connection, kind, id });";
    run(&window, tidy, Vec::new()).await?;
    let polluted = run(&window, "return ({}).polluted !== undefined;", Vec::new()).await?;
    page.see("guests").await?;
    let said = desk.said();
    window.close().await;
    match () {
        () if polluted == true => Err("the prototype of all objects was changed".into()),
        () if said.contains("panicked") => Err(format!("a panic:\n{said}")),
        () => Ok(()),
    }
}

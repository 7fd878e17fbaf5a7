//! Guests with markup for names, attributes and messages, and a script that got into the page all the same: nothing
//! runs, nothing is drawn from it, and from inside the page there is no way out.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Options, Running};
use testkit::hostile::MARKUP;
use tokio::time::timeout;

use crate::harness::{Desk, Window, tour_folder};
use crate::page::{ENTER, Outcome, Page, Role::*};
use crate::script::run;
use crate::wire::{Stranger, post};

/// Far above what it takes.
const LIMIT: Duration = Duration::from_secs(300);

/// How often a hostile script ran, and what stands in the page that we never draw.
const LOOK: &str = "
    const all = [...document.querySelectorAll('*')];
    const acting = all.filter((e) => [...e.attributes].some((at) => at.name.startsWith('on')
      || (['href', 'src', 'action', 'data'].includes(at.name) && /^(javascript|data:text|http:\\/\\/app.evil)/i.test(at.value.trim()))));
    const foreign = all.filter((e) => e.matches('script:not([src]), iframe, object, embed, base, form[action], meta[http-equiv=refresh], '
      + 'marquee, video, audio, math, template, x, img[src=x], link[href*=evil], [style*=evil]'));
    return { ran: window.__pwned ?? 0, strange: [...acting, ...foreign].map((e) => e.outerHTML.slice(0, 200)),
      escaped: location.href };";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_guests_write_is_text_and_never_markup_in_the_real_window() {
    let org = start_org().await;
    let desk = desk_on(&org, "markup.log");
    let walk = async {
        let window = desk.open().await;
        read_and_write(&window).await?;
        window.close().await;
        no_panic(&desk)
    };
    let outcome = timeout(LIMIT, walk).await.unwrap_or_else(|_| Err("the console hangs".into()));
    assert!(outcome.is_ok(), "{}", outcome.err().unwrap_or_default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_in_the_page_finds_no_way_out_in_the_real_window() {
    let org = start_org().await;
    let desk = desk_on(&org, "way-out.log");
    let walk = async {
        let window = desk.open().await;
        break_out(&window).await?;
        window.close().await;
        no_panic(&desk)
    };
    let outcome = timeout(LIMIT, walk).await.unwrap_or_else(|_| Err("the console hangs".into()));
    assert!(outcome.is_ok(), "{}", outcome.err().unwrap_or_default());
}

/// An org in which every guest is an attempt.
async fn start_org() -> Running {
    let control = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let options = Options { guests: 0, control, rate: None, ..Options::default() };
    let org = simulator::start(options).await.expect("loopback ports are free");
    let control = org.control.expect("it was asked for");
    for (n, text) in MARKUP.iter().enumerate() {
        let id = format!("01980000-0000-7000-8000-{n:012}");
        let guest =
            json!({ "id": id, "name": text, "attributes": { "note": text, text.to_string(): "key" } });
        let status = post(control, "/guests", &guest.to_string()).await.expect("the control port answers");
        assert_eq!(status, 201, "{text}");
    }
    org
}

fn desk_on(org: &Running, log: &str) -> Desk {
    let log = tour_folder().join(log);
    drop(std::fs::remove_file(&log));
    Desk::with_passphrase(log)
        .with_variable("GC_BASE_URL", &org.api_url())
        .with_variable("GC_CLIENT_ID", "demo")
        .with_variable("GC_CLIENT_SECRET", "demo")
}

pub fn no_panic(desk: &Desk) -> Outcome {
    let said = desk.said();
    if said.contains("panicked") { Err(format!("a panic:\n{said}")) } else { Ok(()) }
}

async fn look(window: &Window) -> Outcome<Value> {
    run(window, LOOK, Vec::new()).await
}

async fn nothing_came_of_it(window: &Window, place: &str) -> Outcome {
    let seen = look(window).await?;
    let clean = seen["ran"] == 0 && seen["strange"].as_array().is_some_and(Vec::is_empty);
    if clean { Ok(()) } else { Err(format!("on {place}: {seen}")) }
}

async fn read_and_write(window: &Window) -> Outcome {
    let page = Page::of(window);
    let trap = "window.pwned = () => { window.__pwned = (window.__pwned ?? 0) + 1; };";
    run(window, trap, Vec::new()).await?;
    page.see(&format!("{} guests", MARKUP.len())).await?;
    page.see("<script>pwned()</script>").await?;
    nothing_came_of_it(window, "the list of guests").await?;
    for name in ["<svg onload=pwned()>", "<details open ontoggle=pwned()>", "'><script>pwned()</script>"] {
        page.fill("Search guests", name).await?;
        page.press(Row, name).await?;
        page.see_in("Guest", name).await?;
        page.press(Tab, "Attributes").await?;
        page.holds("note", name).await?;
        nothing_came_of_it(window, &format!("the guest {name}")).await?;
        page.press(Tab, "Conversations").await?;
        nothing_came_of_it(window, &format!("the conversations of {name}")).await?;
    }
    page.press(Button, "Start a chat").await?;
    page.fill("Name", "\"><script>pwned()</script>").await?;
    page.press(Button, "Start chat").await?;
    page.see("Nothing written yet").await?;
    for text in ["<img src=x onerror=pwned()>", "<a href=javascript:pwned()>x</a>", "${pwned()}{{pwned()}}"] {
        page.fill("Message", text).await?;
        page.keys(ENTER).await?;
        page.see_in("Messages", &format!("{text} Delivered")).await?;
    }
    nothing_came_of_it(window, "the messages").await?;
    page.press(Switch, "Online").await?;
    page.is_on("Online", false).await?;
    page.fill("Message", "<iframe src=javascript:pwned()>").await?;
    page.press(Button, "Send").await?;
    page.see_in("Messages", "<iframe src=javascript:pwned()>").await?;
    for screen in ["Chat lab", "Outbox", "Retention", "Activity", "Settings"] {
        page.press(Link, screen).await?;
        page.see(screen).await?;
        nothing_came_of_it(window, screen).await?;
    }
    // The look does see what it looks for. What is drawn by force is seen, and even then it does not run.
    let force = "document.body.insertAdjacentHTML('beforeend', '<div id=forced>' + a[0] + '</div>');
        await new Promise((go) => setTimeout(go, 300));";
    run(window, force, vec![json!("<img src=x onerror=pwned()><svg onload=pwned()></svg>")]).await?;
    let seen = look(window).await?;
    if seen["ran"] != 0 || seen["strange"].as_array().map(Vec::len) != Some(3) {
        return Err(format!("what was drawn by force: {seen}"));
    }
    run(window, "document.getElementById('forced').remove(); window.pwned();", Vec::new()).await?;
    let seen = look(window).await?;
    if seen["ran"] == 1 { Ok(()) } else { Err(format!("the trap does not count: {seen}")) }
}

/// Each way out, tried; what succeeded is told by its name.
const WAYS: &str = "
    const [away] = a;
    const came = [];
    const wait = (ms) => new Promise((go) => setTimeout(go, ms));
    const way = async (name, act) => { try { if (await Promise.race([act(), wait(1500)])) came.push(name); } catch { /* refused */ } };
    const mark = () => { const had = window.__ran === true; window.__ran = false; return had; };
    window.__ran = false;
    await way('eval', () => (0, eval)('1') === 1);
    await way('Function', () => new Function('return 1')() === 1);
    await way('timer text', async () => { setTimeout('window.__ran = true', 0); await wait(50); return mark(); });
    await way('inline script', async () => { const s = document.createElement('script'); s.textContent = 'window.__ran = true';
      document.body.append(s); await wait(50); s.remove(); return mark(); });
    await way('script of another host', () => new Promise((go) => { const s = document.createElement('script');
      s.src = away; s.onload = () => go(true); s.onerror = () => go(false); document.body.append(s); }));
    await way('script of data', async () => { const s = document.createElement('script'); s.src = 'data:text/javascript,window.__ran=true';
      document.body.append(s); await wait(100); s.remove(); return mark(); });
    await way('import', async () => { await import(away); return true; });
    await way('fetch', async () => { await fetch(away, { mode: 'no-cors' }); return true; });
    await way('beacon', () => navigator.sendBeacon(away, 'x') && false);
    await way('XMLHttpRequest', () => new Promise((go) => { const x = new XMLHttpRequest(); x.open('GET', away);
      x.onload = () => go(true); x.onerror = () => go(false); x.send(); }));
    await way('WebSocket', () => new Promise((go) => { const s = new WebSocket(away.replace('http', 'ws'));
      s.onopen = () => go(true); s.onerror = () => go(false); }));
    await way('EventSource', () => new Promise((go) => { const s = new EventSource(away); s.onopen = () => go(true); s.onerror = () => { s.close(); go(false); }; }));
    await way('image', () => new Promise((go) => { const i = new Image(); i.onload = () => go(true); i.onerror = () => go(false); i.src = away; }));
    await way('style', async () => { const l = document.createElement('link'); l.rel = 'stylesheet'; l.href = away; document.head.append(l); await wait(100); l.remove(); return false; });
    await way('prefetch', async () => { for (const rel of ['prefetch', 'preload', 'dns-prefetch', 'preconnect']) {
      const l = document.createElement('link'); l.rel = rel; l.as = 'script'; l.href = away; document.head.append(l); } await wait(200); return false; });
    await way('worker', () => new Promise((go) => { const w = new Worker(URL.createObjectURL(new Blob(['postMessage(1)'])));
      w.onmessage = () => go(true); w.onerror = () => go(false); }));
    for (const src of [away, 'data:text/html,<script>parent.__ran=true</script>', 'javascript:parent.__ran=true', 'file:///etc/hostname', 'about:blank']) {
      await way('frame ' + src, async () => { const f = document.createElement('iframe'); f.src = src; document.body.append(f); await wait(150);
        const ipc = f.contentWindow?.__TAURI_INTERNALS__?.invoke; const asked = ipc ? await ipc('activity_list').then(() => true, () => false) : false;
        f.remove(); return mark() || asked; });
    }
    await way('form', async () => { const f = document.createElement('form'); f.action = away; f.method = 'post'; document.body.append(f); f.submit(); await wait(200); f.remove(); return false; });
    await way('new window', () => { const w = window.open(away); return w !== null && !w.closed; });
    await way('frozen prototype', () => { Object.prototype.polluted = 1; return ({}).polluted === 1; });
    await way('download', async () => { const l = document.createElement('a'); l.href = URL.createObjectURL(new Blob(['x'])); l.download = 'stolen.txt'; l.click(); await wait(200); return false; });
    const asks = async (command, input) => window.__TAURI_INTERNALS__.invoke(command, input ?? {}).then(() => true, () => false);
    for (const command of a[1]) await way('command ' + command, () => asks(command));
    await way('call without the key', async () => (await fetch('ipc://localhost/activity_list', { method: 'POST', body: '{}',
      headers: { 'Content-Type': 'application/json', 'Tauri-Callback': '1', 'Tauri-Error': '2', 'Tauri-Invoke-Key': 'guess' } })).headers.get('Tauri-Response') === 'ok');
    await way('global tauri', () => window.__TAURI__ !== undefined);
    return { came, works: await asks('activity_list') };";

/// Places to go to; none is ours.
const GO: &str = "setTimeout(() => { location.href = a[0]; }, 0); await new Promise((go) => setTimeout(go, 250)); return true;";

async fn break_out(window: &Window) -> Outcome {
    let stranger = Stranger::open().await;
    let page = Page::of(window);
    page.see(&format!("{} guests", MARKUP.len())).await?;
    let here = look(window).await?["escaped"].clone();
    let refused: Vec<&str> = NOT_FOR_THE_PAGE.to_vec();
    let told = run(window, WAYS, vec![json!(stranger.url()), json!(refused)]).await?;
    if told["came"] != json!([]) || told["works"] != true {
        return Err(format!("ways out of the page: {told}"));
    }
    for place in [
        stranger.url().as_str(),
        "https://app.evil.test/",
        "file:///etc/hostname",
        "data:text/html,x",
        "about:blank",
    ] {
        run(window, GO, vec![json!(place)]).await?;
        let now = look(window).await?["escaped"].clone();
        if now != here {
            return Err(format!("{place} led the window to {now}"));
        }
    }
    let windows = window.client.windows().await.map_err(|why| why.to_string())?;
    if windows.len() != 1 {
        return Err(format!("there are {} windows", windows.len()));
    }
    if stranger.visits() != 0 {
        return Err(format!("{} visits to a stranger", stranger.visits()));
    }
    // Still at work, and a visit would have been noticed.
    page.see(&format!("{} guests", MARKUP.len())).await?;
    stranger.visit().await;
    if stranger.visits() == 1 { Ok(()) } else { Err("a visit is not noticed".into()) }
}

/// Commands of tauri and its plugins, and one that does not exist.
const NOT_FOR_THE_PAGE: [&str; 10] = [
    "plugin:event|listen",
    "plugin:event|emit",
    "plugin:store|load",
    "plugin:window|close",
    "plugin:window|create",
    "plugin:webview|create_webview_window",
    "plugin:webview|internal_toggle_devtools",
    "plugin:path|resolve_directory",
    "plugin:window-state|save_window_state",
    "no_such_command",
];

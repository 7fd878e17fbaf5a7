//! The processor time of one call, beside the vendor's own SDKs: the same guests, one after the other, over one
//! connection that stays open.

use std::{path::Path, process::Command, sync::Arc, time::Duration};

use genesys::{Lane, ReqwestTransport, Settings};
use model::GuestId;
use testkit::TokioClock;

use super::{
    by_hand::ByHand,
    child,
    ground::{Ground, runtime, settings},
};
use crate::report::Row;

const GETS: u32 = 5_000;
/// Each program in turn, with calls and without, and the least of each: whatever else the machine does only adds.
const ROUNDS: usize = 4;

struct Program {
    name: &'static str,
    /// How many times our cost its own must be.
    target: Option<f64>,
    /// From the origin of the org.
    command: Box<dyn Fn(&str) -> Command>,
}

/// What a program took: processor time of a run without calls, and of each call beyond it.
#[derive(Clone, Copy)]
struct Cost {
    start: Duration,
    call: Duration,
}

/// Ours and both SDKs, each as a process of its own against one org without limits.
pub fn measure(sdk: &Path) -> Result<Vec<Row>, String> {
    if !cfg!(unix) {
        return Ok(vec![Row::told("Processor time of a call", "not run: it is read on Unix only")]);
    }
    let runtime = runtime()?;
    let ground = runtime.block_on(Ground::real(GETS.into(), None))?;
    let ids: Vec<String> = ground.guests.iter().map(ToString::to_string).collect();
    let ids = ids.join("\n");
    let (sdks, missing) = sdks(sdk);
    let programs: Vec<Program> = ours().into_iter().chain(sdks).collect();
    let mut least = vec![(Duration::MAX, Duration::MAX); programs.len()];
    for _ in 0..ROUNDS {
        for (program, (start, whole)) in programs.iter().zip(&mut least) {
            eprintln!("{GETS} calls: {}", program.name);
            *start = one(program, &ground.way.origin, "", 0)?.min(*start);
            *whole = one(program, &ground.way.origin, &ids, GETS)?.min(*whole);
        }
    }
    let costs: Vec<Cost> = least
        .iter()
        .map(|(start, whole)| Cost { start: *start, call: whole.saturating_sub(*start) / GETS })
        .collect();
    let our = *costs.first().ok_or("nothing was measured")?;
    let mut rows = vec![Row::told(format!("Processor time of a call, {GETS} GETs by one client"), told(our))];
    for (program, cost) in programs.iter().zip(costs).skip(1) {
        let ratio = cost.call.as_secs_f64() / our.call.as_secs_f64().max(1e-9);
        let what = format!("    {}, as times ours", program.name);
        let figure = format!("{ratio:.2} ({})", told(cost));
        rows.push(match program.target {
            Some(target) => Row::held(what, figure, format!(">= {target:.0}"), ratio >= target),
            None => Row::told(what, figure),
        });
    }
    rows.extend(
        missing.into_iter().map(|(name, why)| Row::told(format!("    {name}"), format!("not run: {why}"))),
    );
    Ok(rows)
}

fn told(cost: Cost) -> String {
    let millis = |d: Duration| d.as_secs_f64() * 1e3;
    format!("{:.0} us; start {:.0} ms", millis(cost.call) * 1e3, millis(cost.start))
}

fn one(program: &Program, origin: &str, ids: &str, calls: u32) -> Result<Duration, String> {
    let failed = |e: String| format!("{}: {e}", program.name);
    let (said, took) = child::run(&mut (program.command)(origin), ids).map_err(failed)?;
    if said == calls.to_string() { Ok(took) } else { Err(failed(format!("it made {said} calls of {calls}"))) }
}

/// This very program, as [`client_gets`].
fn ours() -> [Program; 2] {
    let program = |name, words: &'static [&'static str]| {
        let command = move |origin: &str| {
            let mut command = Command::new(std::env::current_exe().unwrap_or_else(|_| "bench".into()));
            command.args(["client-gets", origin]).args(words);
            command
        };
        Program { name, target: None, command: Box::new(command) }
    };
    [program("ours", &[]), program("bytes written to a socket by hand", &["by-hand"])]
}

/// The SDKs that are installed, and why others are not run.
fn sdks(sdk: &Path) -> (Vec<Program>, Vec<(&'static str, String)>) {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk");
    let modules = sdk.join("javascript/node_modules");
    let package = modules.join("purecloud-platform-client-v2");
    let python = sdk.join("python/bin/python");
    let (js, py) = (scripts.join("gets.mjs"), scripts.join("gets.py"));
    let all = [
        ("the official JavaScript SDK", Some(5.0), &package, ["node".into(), js, modules]),
        (
            "the official Python SDK, typed as its own methods",
            Some(20.0),
            &python,
            [python.clone(), py.clone(), "typed".into()],
        ),
        ("the official Python SDK, untyped", None, &python, [python.clone(), py, "plain".into()]),
    ];
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for (name, target, needs, words) in all {
        if !needs.exists() {
            missing.push((name, format!("{} is not there; cargo xtask setup installs it", needs.display())));
            continue;
        }
        let home = sdk.to_owned();
        let command = move |origin: &str| {
            let [program, arguments @ ..] = &words;
            let mut command = Command::new(program);
            // Both read a configuration file in the home folder, which must not be a person's.
            command.args(arguments).arg(port(origin)).env("HOME", &home);
            command
        };
        found.push(Program { name, target, command: Box::new(command) });
    }
    (found, missing)
}

fn port(origin: &str) -> &str {
    origin.rsplit(':').next().unwrap_or_default()
}

/// The child process: signs in, checks the token, and asks for the guests whose ids stand on standard input, one
/// after the other. Prints how many. A task of its own on a runtime as the command line has it: so do retention runs
/// and the outbox work.
///
/// # Errors
/// A text for people when a call fails.
pub fn client_gets(words: &[&str]) -> Result<bool, String> {
    let ids = std::io::read_to_string(std::io::stdin()).map_err(|e| e.to_string())?;
    let ids: Vec<GuestId> =
        ids.lines().map(str::parse).collect::<Result<_, _>>().map_err(|_| "an id is none")?;
    let made = match words {
        [origin] => {
            let (runtime, settings) = (runtime()?, settings(origin)?);
            let task = runtime.spawn(by_client(settings, ids));
            runtime.block_on(task).map_err(|e| e.to_string())??
        }
        [origin, "by-hand"] => by_hand(origin, &ids).map_err(|e| e.to_string())?,
        _ => return Err("client-gets ORIGIN [by-hand] < ids".into()),
    };
    println!("{made}");
    Ok(true)
}

async fn by_client(settings: Settings, ids: Vec<GuestId>) -> Result<usize, String> {
    let clock = Arc::new(TokioClock::at("2026-11-22T12:00:00Z"));
    let client = testkit::guest_api(settings, Arc::new(ReqwestTransport::new()), clock);
    client.token_info().await.map_err(|e| e.to_string())?;
    for id in &ids {
        client.guest(Lane::Person, *id).await.map_err(|e| e.to_string())?;
    }
    Ok(ids.len())
}

/// The least that any client could take.
fn by_hand(origin: &str, ids: &[GuestId]) -> std::io::Result<usize> {
    let mut wire = ByHand::connect(origin)?;
    for id in ids {
        wire.guest(&id.to_string())?;
    }
    Ok(ids.len())
}

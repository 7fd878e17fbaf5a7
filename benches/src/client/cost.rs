//! The processor time of one call, beside the vendor's own SDKs: the same guests, one after the other, over one
//! connection that stays open.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use genesys::{Client, Lane, ReqwestTransport};
use model::GuestId;
use testkit::TokioClock;

use super::{
    child,
    ground::{Ground, runtime, settings},
};
use crate::report::Row;

const GETS: u64 = 5_000;
/// Each program in turn, and the middle of three.
const ROUNDS: usize = 3;

struct Program {
    name: &'static str,
    /// How many times our cost the SDK's must be.
    target: Option<f64>,
    command: Box<dyn Fn(&str) -> Command>,
}

/// What a program took: processor time of a run without calls, and of each call beyond it.
#[derive(Clone, Copy)]
struct Cost {
    start: Duration,
    call: Duration,
}

/// Ours and both SDKs, each as a process of its own.
pub fn measure(sdk: &Path) -> Result<Vec<Row>, String> {
    let runtime = runtime()?;
    let ground = runtime.block_on(Ground::real(GETS, None))?;
    let ids: Vec<String> = ground.guests.iter().map(ToString::to_string).collect();
    let ids = ids.join("\n");
    let origin = &ground.way.origin;
    let mut rows = Vec::new();
    let us = Program { name: "ours", target: None, command: Box::new(ours) };
    let (programs, missing) = sdks(sdk);
    let all: Vec<&Program> = std::iter::once(&us).chain(&programs).collect();
    let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); all.len()];
    for _ in 0..ROUNDS {
        for (program, costs) in all.iter().zip(&mut costs) {
            eprintln!("{GETS} calls by {} ...", program.name);
            costs.push(one(program, origin, &ids)?);
        }
    }
    let costs: Vec<Cost> = costs.into_iter().filter_map(middle).collect();
    let micros = |d: Duration| d.as_secs_f64() * 1e6;
    let told =
        |c: &Cost| format!("{:.0} us a call, start {:.0} ms", micros(c.call), micros(c.start) / 1000.0);
    let our = costs.first().ok_or("nothing was measured")?;
    rows.push(Row::told(format!("Processor time of a call, {GETS} GETs: ours"), told(our)));
    for (program, cost) in all.iter().zip(&costs).skip(1) {
        let ratio = micros(cost.call) / micros(our.call).max(0.001);
        let target = program.target.unwrap_or_default();
        rows.push(Row::held(
            format!("    {}, as times ours", program.name),
            format!("{ratio:.1} ({})", told(cost)),
            format!(">= {target:.0}"),
            ratio >= target,
        ));
    }
    rows.extend(
        missing.into_iter().map(|(name, why)| Row::told(format!("    {name}"), format!("not run: {why}"))),
    );
    Ok(rows)
}

fn one(program: &Program, origin: &str, ids: &str) -> Result<Cost, String> {
    let failed = |e: String| format!("{}: {e}", program.name);
    let (_, start) = child::run(&mut (program.command)(origin), "").map_err(failed)?;
    let (said, all) = child::run(&mut (program.command)(origin), ids).map_err(failed)?;
    if said != GETS.to_string() {
        return Err(failed(format!("it made {said} calls")));
    }
    let calls = u32::try_from(GETS).map_err(|e| e.to_string())?;
    Ok(Cost { start, call: all.saturating_sub(start) / calls })
}

fn middle(mut costs: Vec<Cost>) -> Option<Cost> {
    costs.sort_by_key(|c| c.call);
    costs.get(costs.len() / 2).copied()
}

/// This very program, as [`client_gets`].
fn ours(origin: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap_or_else(|_| "bench".into()));
    command.args(["client-gets", origin]);
    command
}

/// The SDKs that are installed, and why others are not run.
fn sdks(sdk: &Path) -> (Vec<Program>, Vec<(&'static str, String)>) {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk");
    // Both read a configuration file in the home folder, which must not be a person's.
    let home = sdk.to_owned();
    let with_home = move |mut command: Command| {
        command.env("HOME", &home).env_remove("http_proxy").env_remove("HTTP_PROXY");
        command
    };
    let modules = sdk.join("javascript/node_modules");
    let python = sdk.join("python/bin/python");
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    let mut add = |name, target, needs: PathBuf, command: Box<dyn Fn(&str) -> Command>| {
        if needs.exists() {
            found.push(Program { name, target: Some(target), command });
        } else {
            missing.push((name, format!("{} is not there", needs.display())));
        }
    };
    let (script, home) = (scripts.join("gets.mjs"), with_home.clone());
    let package = modules.join("purecloud-platform-client-v2");
    add(
        "the official JavaScript SDK",
        5.0,
        package,
        Box::new(move |origin| {
            let mut command = Command::new("node");
            command.arg(&script).arg(&modules).arg(port(origin));
            home(command)
        }),
    );
    let script = scripts.join("gets.py");
    add(
        "the official Python SDK",
        20.0,
        python.clone(),
        Box::new(move |origin| {
            let mut command = Command::new(&python);
            command.arg(&script).arg(port(origin));
            with_home(command)
        }),
    );
    (found, missing)
}

fn port(origin: &str) -> &str {
    origin.rsplit(':').next().unwrap_or_default()
}

/// The child process: signs in, checks the token, and asks for the guests whose ids stand on standard input, one
/// after the other, on a runtime as the command line has it. Prints how many.
///
/// # Errors
/// A text for people when a call fails.
pub fn client_gets(words: &[&str]) -> Result<bool, String> {
    let [origin] = words else { return Err("client-gets ORIGIN < ids".into()) };
    let ids = std::io::read_to_string(std::io::stdin()).map_err(|e| e.to_string())?;
    let ids: Result<Vec<GuestId>, _> = ids.lines().map(str::parse).collect();
    let ids = ids.map_err(|_| "an id is none")?;
    let settings = settings(origin)?;
    runtime()?.block_on(async {
        let clock = Arc::new(TokioClock::at("2026-11-22T12:00:00Z"));
        let client = Client::new(settings, Arc::new(ReqwestTransport::new()), clock);
        client.token_info().await.map_err(|e| e.to_string())?;
        for id in &ids {
            client.guest(Lane::Person, *id).await.map_err(|e| e.to_string())?;
        }
        println!("{}", ids.len());
        Ok(true)
    })
}

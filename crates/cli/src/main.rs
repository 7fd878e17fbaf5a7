//! `innkeeper`: the console's use-cases for scripts, schedulers and CI, without a window.
//!
//! Programs outside this project rely on its words, its JSON and its exit codes (`docs/guide/command-line.md`).

mod args;
mod commands;
mod follow;
mod open;
mod output;

use std::process::ExitCode;

use clap::Parser;

use crate::{args::Args, output::Out};

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return output::wrong_use(&error),
    };
    let level = match args.everywhere.verbose {
        0 => "error",
        1 => "info",
        _ => "debug",
    };
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("INNKEEPER_LOG").unwrap_or_else(|_| level.into()),
        )
        .with_writer(std::io::stderr)
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the system gives this program no threads: {error}");
            return ExitCode::from(1);
        }
    };
    let out = Out::new(&args.everywhere);
    let code = runtime.block_on(async {
        tokio::select! {
            done = commands::run(&args, &out) => match done {
                Ok(code) => code,
                Err(failure) => out.failed(&failure),
            },
            () = interrupted() => {
                out.note("Interrupted; everything that was acknowledged is kept.");
                130
            }
        }
    });
    // Threads still at disk work finish what they began; nothing else is waited for.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    ExitCode::from(code)
}

/// Ctrl-C, or a polite request to end.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut end) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => return,
                _ = end.recv() => return,
            }
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

//! `innkeeper`: the console's use-cases for scripts, schedulers and CI, without a window.
//!
//! Programs outside this project rely on its words, its JSON and its exit codes (`docs/guide/command-line.md`).

mod args;
mod aside;
mod commands;
mod follow;
mod interrupt;
mod open;
mod output;

use std::{process::ExitCode, sync::Arc, time::Duration};

use crate::{args::Args, interrupt::Interrupt, open::Context, output::Out};

/// How long a command that has something to wind up may take for it after it was interrupted.
const WIND_UP: Duration = Duration::from_secs(15);

fn main() -> ExitCode {
    let args = match args::given::parse(std::env::args_os()) {
        Ok(args) => args,
        Err(error) => return output::wrong_use(&error),
    };
    let level = match args.everywhere.verbose {
        // What goes wrong is told in words once; a command that stays has nobody else to tell.
        0 if args.command.stays() => "error",
        0 => "off",
        1 => "info",
        _ => "debug",
    };
    app::start(level);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::to_stderr(&format!("error: the system gives this program no threads: {error}"));
            return ExitCode::from(1);
        }
    };
    let out = Arc::new(Out::new(&args.everywhere));
    let changes = args.command.changes();
    // Spawned, so that the command runs beside its connections: on this thread every answer would be handed from one
    // thread to another, at twice the processor time a call.
    let carried_out = runtime.spawn({
        let out = Arc::clone(&out);
        async move { carry_out(&args, &out, &Interrupt::new()).await }
    });
    let code = match runtime.block_on(carried_out) {
        Ok(code) => code,
        Err(broken) => std::panic::resume_unwind(broken.into_panic()),
    };
    // Threads still at disk work finish what they began; nothing else is waited for.
    runtime.shutdown_timeout(Duration::from_secs(2));
    ExitCode::from(out.end(code, changes))
}

async fn carry_out(args: &Args, out: &Arc<Out>, interrupt: &Interrupt) -> u8 {
    interrupt::heed_file_limit();
    let asked_to_end = interrupt::signal();
    let context = Context { everywhere: &args.everywhere, out, interrupt };
    let command = commands::run(&args.command, &context);
    tokio::pin!(command);
    tokio::select! {
        done = &mut command => return done.unwrap_or_else(|failure| out.failed(&failure)),
        () = asked_to_end => {}
    }
    if interrupt.is_heeded() {
        interrupt.tell();
        if let Ok(done) = tokio::time::timeout(WIND_UP, command).await {
            return done.unwrap_or_else(|failure| out.failed(&failure));
        }
    }
    out.failed(&interrupt::failure())
}

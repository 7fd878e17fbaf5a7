//! The project's own commands: `cargo xtask run`, `bridge`, `test`, `desktop`, `bench`, `icons`, `bindings`, `sbom`,
//! `sdk`, `setup`.
//!
//! Plain processes, one idea a file: `setup` installs what is missing, `run` opens the console or performs the tour,
//! `test` is every check there is. They print the command lines they start, so that each can be repeated by hand.

mod bench;
mod bindings;
mod bridge;
mod desktop;
mod display;
mod icons;
mod process;
mod run;
mod sbom;
mod sdk;
mod setup;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask COMMAND

  run          set up, build, and open Innkeeper on the embedded simulator; without a display, perform the
               main job in the real window on a virtual one (report and pictures in target/tour)
  bridge       build and start the bridge, on which `npm run dev` shows the page on the real core in a browser
  test         set up, then every check and every test; a table of the results at the end
  test --long  the same, with the desktop test ten times in a row and more rounds of the kill test
  desktop      only the desktop test of `test`: the page has to be built (report and pictures in target/tour)
  bench PART   measure a part beside a baseline in the same run and print ratios; without PART, name the parts
  bindings     rewrite ui/src/ipc/bindings.ts from the window's commands
  icons        redraw every size in icons/ from icons/source.svg
  sbom         write what the program is made of to target/sbom, as CycloneDX
  sdk          install the vendor's own SDKs and let them use the simulator; `test` does it too
  setup        only install what is missing";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["run"] => run::run(),
        ["bridge"] => bridge::bridge(),
        ["test"] => test::test(test::Length::Normal),
        ["test", "--long"] => test::test(test::Length::Long),
        ["desktop"] => test::desktop_alone(),
        ["bench", ref rest @ ..] => bench::bench(rest),
        ["bindings"] => bindings::bindings(),
        ["icons"] => icons::icons(),
        ["sbom"] => sbom::sbom(),
        ["sdk"] => sdk::sdk(),
        ["setup"] => setup::setup(setup::For::Testing).map(|()| sdk::installed_where_possible()),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("\nxtask: {why}");
            ExitCode::FAILURE
        }
    }
}

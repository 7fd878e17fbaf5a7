//! What the project needs from the machine: Node, system packages, npm packages, cargo-deny. Installs what is missing
//! and nothing else, so that a second run costs well under a second.

use crate::process::{Outcome, cargo, output, root, run, succeeds, target, words};
use std::path::PathBuf;

/// What the machine is set up for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// Opening the window on a display that is there.
    Running,
    /// Everything: a virtual display, WebDriver and the checks too.
    Testing,
}

/// The oldest Node that Vite 8 runs on.
const NODE: (u32, u32) = (20, 19);

/// What linking and starting the window takes; it brings pkg-config. A C compiler is there already: xtask was linked
/// with it. The font makes pictures of the window alike on all machines.
const WINDOW: &[&str] = &["libwebkit2gtk-4.1-dev", "fonts-dejavu-core"];

/// What driving the window without a display takes. `xvfb-run` is a script around `xauth`, which the package only
/// recommends. The last three answer the dialogs that the desktop draws: a window manager, keys and its button to close.
const VIRTUAL_DISPLAY: &[&str] =
    &["xvfb", "xauth", "webkit2gtk-driver", "dbus", "dbus-x11", "openbox", "xdotool", "wmctrl"];

/// What the page's stories that need a drawing open: they find it under this name. Debian's, so that npm downloads none.
pub const BROWSER: &str = "chromium";

/// Records the system calls that a power cut is played on.
const TRACE: &[&str] = &["strace"];

/// The pinned version of the licence and ban check (`docs/decisions/0005-cargo-deny.md`).
const CARGO_DENY: &str = "0.20.2";

/// Installs what is missing for `purpose`, in the order in which the parts need each other.
pub fn setup(purpose: For) -> Outcome {
    node()?;
    system_packages(purpose)?;
    npm_packages()?;
    if purpose == For::Testing {
        cargo_deny_installed()?;
    }
    Ok(())
}

/// The licence check: the one on the PATH when it has the pinned version, else the project's own.
pub fn cargo_deny() -> PathBuf {
    let pinned = |program: &PathBuf| {
        output(words(program, "--version").env_remove("CARGO"))
            .is_some_and(|v| v.ends_with(&format!(" {CARGO_DENY}")))
    };
    Some(PathBuf::from("cargo-deny")).filter(pinned).unwrap_or_else(|| tools().join("bin/cargo-deny"))
}

fn node() -> Outcome {
    let (major, minor) = NODE;
    let wanted =
        format!("Node {major}.{minor} or newer is needed to build the window's page (https://nodejs.org)");
    let Some(version) = output(&mut words("node", "--version")) else {
        return Err(format!("{wanted}, and there is no `node` on the PATH"));
    };
    if !is_new_enough(&version) {
        return Err(format!("{wanted}, and `node --version` says {version}"));
    }
    if output(&mut words("npm", "--version")).is_none() {
        return Err("npm is needed beside Node, and there is no working `npm` on the PATH".into());
    }
    Ok(())
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map(|n| n.parse::<u32>().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= NODE
}

fn system_packages(purpose: For) -> Outcome {
    if !cfg!(target_os = "linux") {
        eprintln!(
            "xtask: not Linux: system packages are left to you (https://tauri.app/start/prerequisites)"
        );
        return Ok(());
    }
    let wanted: Vec<&str> = match purpose {
        For::Running => WINDOW.to_vec(),
        For::Testing => [WINDOW, VIRTUAL_DISPLAY, &[BROWSER], TRACE].concat(),
    };
    if !succeeds(&mut words("dpkg-query", "--version")) {
        return other_distribution(&wanted);
    }
    let missing: Vec<&str> = wanted.into_iter().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() { Ok(()) } else { apt(&missing) }
}

/// Installs Debian's packages of these names, as root or by sudo without a question.
pub fn apt(packages: &[&str]) -> Outcome {
    let install = format!(
        "apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 {}",
        packages.join(" ")
    );
    let sudo = match (output(&mut words("id", "-u")).as_deref(), succeeds(&mut words("sudo", "-n true"))) {
        (Some("0"), _) => "",
        (_, true) => "sudo ",
        _ => {
            let line = format!("sudo apt-get update && sudo {install}");
            return Err(format!(
                "system packages are missing, and apt needs root. Run this, then try again:\n\n  {line}\n"
            ));
        }
    };
    for line in ["apt-get update", &install] {
        let full = format!("{sudo}env DEBIAN_FRONTEND=noninteractive {line}");
        let (program, arguments) = full.split_once(' ').expect("the line has blanks");
        run(&mut words(program, arguments))?;
    }
    Ok(())
}

fn is_installed(package: &str) -> bool {
    output(&mut words("dpkg-query", &format!("-W -f=${{db:Status-Status}} {package}")))
        .is_some_and(|s| s == "installed")
}

/// Without dpkg nothing can be asked by package name: ask for the files instead, and name Debian's packages.
fn other_distribution(packages: &[&str]) -> Outcome {
    let window = succeeds(&mut words("pkg-config", "--exists webkit2gtk-4.1"));
    let display =
        !packages.contains(&"xvfb") || crate::display::PROGRAMS.iter().all(|p| crate::display::on_path(p));
    if window && display {
        return Ok(());
    }
    Err(format!(
        "this is not Debian: install what corresponds to these packages, then try again:\n\n  {}\n",
        packages.join(" ")
    ))
}

/// `npm ci` when the lock file is newer than what is installed. npm writes `.package-lock.json` as the last thing it does.
fn npm_packages() -> Outcome {
    let modified = |path: &str| root().join(path).metadata().and_then(|m| m.modified()).ok();
    let installed = modified("ui/node_modules/.package-lock.json");
    if installed.is_some() && installed >= modified("ui/package-lock.json") {
        return Ok(());
    }
    run(&mut words("npm", "--prefix ui ci --no-audit --no-fund"))
}

fn cargo_deny_installed() -> Outcome {
    if cargo_deny().exists() || succeeds(words(cargo_deny(), "--version").env_remove("CARGO")) {
        return Ok(());
    }
    eprintln!("xtask: building cargo-deny {CARGO_DENY} once, about a minute and a half on two cores");
    let mut install =
        cargo(&format!("install cargo-deny --debug --locked --quiet --version {CARGO_DENY} --root"));
    run(install.arg(tools()))
}

/// Where the project keeps programs that only it uses.
fn tools() -> PathBuf {
    target().join("tools")
}

/// The page, built into `ui/dist`, which the window embeds.
pub fn page() -> Outcome {
    run(&mut words("npm", "--prefix ui run build"))
}

/// An empty page where none was built yet: enough to compile the window. A new command must be able to reach the
/// bindings before the page that calls it can build.
pub fn page_exists() -> Outcome {
    let page = root().join("ui/dist/index.html");
    if page.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(root().join("ui/dist"))
        .and_then(|()| std::fs::write(&page, "<!doctype html>"))
        .map_err(|e| format!("writing {}: {e}", page.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_20_19_is_the_oldest_that_will_do() {
        assert!(is_new_enough("v20.19.0") && is_new_enough("v22.1.0"));
        assert!(
            !is_new_enough("v20.18.3")
                && !is_new_enough("v18.20.0")
                && !is_new_enough("")
                && !is_new_enough("v20")
        );
    }
}

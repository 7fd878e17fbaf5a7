//! Displays: the one that is there, or a virtual one.

use crate::process::command;
use std::process::Command;

/// The virtual screen, as big as the window with the frame of a window manager around it. Without `-noreset` the server
/// starts anew when its last client leaves, and takes a window manager with it that connects in that moment.
const SCREEN: &str = "-screen 0 1440x960x24 -noreset";

/// Where the search for a free display begins when nothing else runs beside it.
const FIRST_DISPLAY: u16 = 99;

/// What has to be on the PATH for it and for driving windows on it.
pub const PROGRAMS: [&str; 6] =
    ["xvfb-run", "WebKitWebDriver", "dbus-run-session", "openbox", "xdotool", "wmctrl"];

/// Whether a window would be seen by somebody.
pub fn is_there() -> bool {
    cfg!(any(windows, target_os = "macos"))
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()))
}

/// Why a virtual display cannot be had on this machine, or nothing when it can.
pub fn refusal() -> Option<String> {
    if !cfg!(target_os = "linux") {
        return Some("WebKitWebDriver and Xvfb exist on Linux only".into());
    }
    let missing: Vec<&str> = PROGRAMS.into_iter().filter(|p| !on_path(p)).collect();
    if !missing.is_empty() {
        return Some(format!("not on the PATH: {}", missing.join(", ")));
    }
    let starts = crate::process::succeeds(&mut virtual_display(&command("true"), FIRST_DISPLAY));
    (!starts).then(|| {
        "this machine refuses to start Xvfb or a session bus (`xvfb-run -a dbus-run-session -- true`)".into()
    })
}

/// The same command on a virtual display with a session bus of its own, so that the single-instance name and the
/// secret service of a person who is logged in are out of its sight. The display is the first free one from `first` on.
pub fn virtual_display(inner: &Command, first: u16) -> Command {
    let mut outer = command("xvfb-run");
    outer
        // The search begins at the number that stands before it.
        .args(["-n", &first.to_string(), "-a", "-s", SCREEN, "dbus-run-session", "--"])
        .arg(inner.get_program())
        .args(inner.get_args());
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    outer.env_remove("WAYLAND_DISPLAY");
    outer
}

/// Whether a program of this name lies in one of the folders of `PATH`.
pub fn on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_virtual_display_keeps_arguments_and_variables_of_the_command() {
        let mut inner = command("cargo");
        inner.args(["test", "--test", "desktop"]).env("TOUR_DIR", "here");
        let outer = virtual_display(&inner, 120);
        let words: Vec<_> = outer.get_args().map(|a| a.to_string_lossy().into_owned()).collect();
        assert_eq!(words[..7], ["-n", "120", "-a", "-s", SCREEN, "dbus-run-session", "--"]);
        assert_eq!(words[7..], ["cargo", "test", "--test", "desktop"]);
        assert!(outer.get_envs().any(|(k, v)| k == "TOUR_DIR" && v == Some("here".as_ref())));
    }
}

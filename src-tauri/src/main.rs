//! The window's binary.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() {
    innkeeper_desktop::run();
}

//! The bridge's binary: `cargo xtask bridge`, and the stories of the page.

fn main() -> std::process::ExitCode {
    innkeeper_desktop::bridge::main()
}

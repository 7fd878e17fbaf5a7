//! The vendor's own SDKs, installed at the pinned versions and let loose on the simulator.
//!
//! They are the strangers whom the simulator has to serve; nothing of ours needs them. So what keeps one from being
//! installed is no failure: its step is then not run, with the reason. Where they lie: `target/sdk/javascript/node_modules`
//! and `target/sdk/python/bin/python`.

use crate::process::{
    Outcome, cargo, command, output, root, run, run_counting_tests, succeeds, target, words,
};
use crate::setup;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One SDK. Its pins and its story lie in `tests/sdk/NAME`, what is installed in `target/sdk/NAME`.
pub struct Sdk {
    name: &'static str,
    /// The files that decide what is installed.
    pins: &'static [&'static str],
    install: fn(&Path) -> Outcome,
    /// The program that reads the story, inside the folder of what is installed.
    interpreter: fn(&Path) -> PathBuf,
    story: &'static str,
}

pub const JAVASCRIPT: Sdk = Sdk {
    name: "javascript",
    pins: &["package.json", "package-lock.json", ".npmrc"],
    install: |folder| {
        run(words("npm", "ci --ignore-scripts --no-audit --no-fund --fetch-retries 1 --prefix")
            .arg(folder)
            .current_dir(folder))
    },
    interpreter: |_| PathBuf::from("node"),
    story: "story.mjs",
};

pub const PYTHON: Sdk = Sdk {
    name: "python",
    pins: &["requirements.txt"],
    install: |folder| {
        python_with_venv()?;
        run(words("python3", "-m venv .").current_dir(folder))?;
        let pip = "-m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r";
        run(words(python(folder), pip).arg(pinned("python", "requirements.txt")))
    },
    interpreter: python,
    story: "story.py",
};

/// `cargo xtask sdk`: both installed, and both stories.
pub fn sdk() -> Outcome {
    let sdks = [JAVASCRIPT, PYTHON];
    sdks.iter().try_for_each(installed)?;
    run(&mut cargo("build --locked --package cli --bin innkeeper"))?;
    sdks.iter().try_for_each(|sdk| story(sdk).map(drop))
}

/// Both installed, for `cargo xtask setup`; a machine that cannot is told why and is otherwise set up.
pub fn installed_where_possible() {
    for sdk in [JAVASCRIPT, PYTHON] {
        if let Err(why) = installed(&sdk) {
            eprintln!("xtask: without the {} SDK: {why}", sdk.name);
        }
    }
}

/// Installs what is pinned, unless just that is there.
pub fn installed(sdk: &Sdk) -> Outcome {
    let folder = folder(sdk);
    let stamp = folder.join("installed");
    let mut wanted = String::new();
    for file in sdk.pins {
        wanted += &read(&pinned(sdk.name, file))?;
    }
    let is_there = std::fs::read_to_string(&stamp).is_ok_and(|pins| pins == wanted);
    if is_there && succeeds(&mut words((sdk.interpreter)(&folder), "--version")) {
        return Ok(());
    }
    empty(&folder)?;
    for file in sdk.pins {
        write(&folder.join(file), &read(&pinned(sdk.name, file))?)?;
    }
    (sdk.install)(&folder)?;
    // Last, so that what broke off half way is installed anew.
    write(&stamp, &wanted)
}

/// Tells the SDK's story to the simulator of the command line as it was built last; the number of checks that held.
pub fn story(sdk: &Sdk) -> Result<u64, String> {
    let folder = folder(sdk);
    // Both SDKs obey a file below the home folder; a stranger's settings must not decide here.
    let home = folder.join("home");
    std::fs::create_dir_all(&home).map_err(|e| format!("making {}: {e}", home.display()))?;
    let mut story: Command = command((sdk.interpreter)(&folder));
    story.arg(pinned(sdk.name, sdk.story)).current_dir(&folder);
    story.env("HOME", &home).env("USERPROFILE", &home).env("INNKEEPER", innkeeper());
    for proxy in ["http_proxy", "https_proxy", "all_proxy"] {
        story.env_remove(proxy).env_remove(proxy.to_uppercase());
    }
    run_counting_tests(&mut story)
}

fn folder(sdk: &Sdk) -> PathBuf {
    target().join("sdk").join(sdk.name)
}

fn pinned(name: &str, file: &str) -> PathBuf {
    root().join("tests/sdk").join(name).join(file)
}

fn innkeeper() -> PathBuf {
    target().join("debug").join(format!("innkeeper{}", std::env::consts::EXE_SUFFIX))
}

fn python(folder: &Path) -> PathBuf {
    folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}

/// Debian's python3 comes without the part that makes environments.
fn python_with_venv() -> Outcome {
    let works = || output(words("python3", "-c").arg("import venv, ensurepip")).is_some();
    if works() {
        return Ok(());
    }
    if !cfg!(target_os = "linux") || !succeeds(&mut words("dpkg-query", "--version")) {
        return Err("python3 with venv and pip is needed, and there is none on the PATH".into());
    }
    setup::apt(&["python3-venv"])?;
    if works() {
        Ok(())
    } else {
        Err("the python3 on the PATH has no venv, although python3-venv is installed".into())
    }
}

fn empty(folder: &Path) -> Outcome {
    let cleared = if folder.exists() { std::fs::remove_dir_all(folder) } else { Ok(()) };
    cleared
        .and_then(|()| std::fs::create_dir_all(folder))
        .map_err(|e| format!("clearing {}: {e}", folder.display()))
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|e| format!("reading {}: {e}", path.display()))
}

fn write(path: &Path, text: &str) -> Outcome {
    std::fs::write(path, text).map_err(|e| format!("writing {}: {e}", path.display()))
}

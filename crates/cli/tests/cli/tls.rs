//! The simulator over TLS, and who trusts it: `--ca` and `GC_CA_FILE`.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};

use crate::support::{innkeeper, run};

/// `innkeeper simulator --tls`, ended politely when dropped.
struct TlsOrg {
    child: Child,
    line: Value,
}

impl TlsOrg {
    fn start(args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_innkeeper"))
            .args(["simulator", "--listen", "127.0.0.1:0", "--guests", "3"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, line: serde_json::from_str(&line).unwrap() }
    }

    fn port(&self) -> &str {
        self.line["listening"].as_str().unwrap().rsplit_once(':').unwrap().1
    }

    fn ca(&self) -> PathBuf {
        self.line["ca"].as_str().unwrap().into()
    }

    fn end(&mut self) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), Signal::SIGTERM).unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for TlsOrg {
    fn drop(&mut self) {
        // It has ended already where the story ended it.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A command over the variables of an org under this host.
fn over(data: &Path, org: &TlsOrg, host: &str) -> Command {
    let mut command = innkeeper(data, None);
    command
        .env("GC_BASE_URL", format!("https://{host}:{}", org.port()))
        .env("GC_CLIENT_ID", "demo")
        .env("GC_CLIENT_SECRET", "demo")
        .env("INNKEEPER_PASSPHRASE", "correct horse");
    command
}

#[test]
fn with_the_file_of_its_ca_an_org_over_tls_is_used_and_without_it_is_not_trusted() {
    let data = tempfile::tempdir().unwrap();
    let mut org = TlsOrg::start(&["--tls"]);
    assert!(org.line["listening"].as_str().unwrap().starts_with("https://127.0.0.1:"), "{}", org.line);
    let ca = org.ca();
    for host in ["localhost", "127.0.0.1", "webmessaging.localhost"] {
        let (code, told) =
            run(over(data.path(), &org, host).arg("--ca").arg(&ca).args(["connection", "test"]));
        assert_eq!((code, &told["ok"]), (0, &json!(true)), "{host}: {told}");
    }
    let scenario = data.path().join("a.yaml");
    std::fs::write(&scenario, "scenarios: {a: [{say: hi}, {waitForReplyContaining: card}]}").unwrap();
    let mut socket = over(data.path(), &org, "webmessaging.localhost");
    let deployment = org.line["deployments"][0].as_str().unwrap();
    socket.arg("--ca").arg(&ca).args(["scenario", "run", "--deployment", deployment]).arg(&scenario);
    let (code, told) = run(&mut socket);
    assert_eq!(code, 0, "its socket, too: {told}");
    let (code, told) =
        run(over(data.path(), &org, "127.0.0.1").env("GC_CA_FILE", &ca).args(["guests", "list"]));
    assert!(code == 0 && told["createdTime"].is_string(), "the last of three guests: {told}");

    let (code, told) = run(over(data.path(), &org, "127.0.0.1").args(["connection", "test"]));
    assert_eq!(code, 69, "{told}");
    let (message, next) =
        (told["error"]["message"].as_str().unwrap(), told["error"]["next"].as_str().unwrap());
    assert!(message.contains("certificate") && next.contains("--ca"), "{told}");

    org.end();
    assert!(!ca.exists() && !ca.parent().unwrap().exists(), "the file goes with the simulator");
}

#[test]
fn a_file_that_holds_no_certificate_is_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let nothing = folder.path().join("nothing.pem");
    std::fs::write(&nothing, "no certificate").unwrap();
    let missing = folder.path().join("missing.pem");
    for bad in [&nothing, &missing, &folder.path().to_owned()] {
        let (code, told) = run(innkeeper(&data, None).arg("--ca").arg(bad).args(["guests", "list"]));
        assert_eq!((code, &told["error"]["fields"][0]["field"]), (2, &json!("ca")), "{told}");
        let (code, told) = run(innkeeper(&data, None).env("GC_CA_FILE", bad).args(["guests", "list"]));
        assert_eq!((code, &told["error"]["fields"][0]["field"]), (2, &json!("GC_CA_FILE")), "{told}");
    }
    let (code, told) = run(innkeeper(&data, None).env("GC_CA_FILE", " ").args(["guests", "list"]));
    assert_eq!((code, &told["error"]["fields"][0]["field"]), (2, &json!("GC_CA_FILE")), "{told}");
    assert!(!data.exists());
}

#[test]
fn what_the_simulator_cannot_serve_is_refused_by_its_option() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.pem");
    let missing = missing.to_str().unwrap();
    for (args, field) in [
        (&["--tls-name", "*.example"][..], "tls-name"),
        (&["--tls-cert", missing, "--tls-key", missing], "tls-cert"),
    ] {
        let mut command = innkeeper(folder.path(), None);
        let (code, told) = run(command.args(["simulator", "--listen", "127.0.0.1:0"]).args(args));
        assert_eq!((code, &told["error"]["fields"][0]["field"]), (2, &json!(field)), "{told}");
    }
}

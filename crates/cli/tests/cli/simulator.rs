//! What the simulator's command says of its guest socket, and which arguments it refuses.

use serde_json::{Value, json};

use crate::support::{Org, innkeeper, run};

#[test]
fn the_first_line_names_the_deployments_and_the_default_one_without_any() {
    let org = Org::start(&["--guests", "0"]);
    assert_eq!(org.line["deployments"], json!(["00000000-0000-4000-8000-000000000001"]));
    let two = ["--guests", "0", "--deployment", "shop=https://shop.example", "--deployment", "off:inactive"];
    let org = Org::start(&two);
    assert_eq!(org.line["deployments"], json!(["shop", "off"]));
    let told = |id: &str| -> Value {
        serde_json::from_str(&org.get(&format!("/webdeployments/v1/deployments/{id}/config.json"))).unwrap()
    };
    assert_eq!((&told("shop")["status"], &told("off")["status"]), (&json!("Active"), &json!("Inactive")));
    assert_eq!(told("shop")["allowedDomains"], json!(["https://shop.example"]));
}

#[test]
fn a_bot_file_with_a_mistake_is_refused_with_its_place() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("bot.yaml");
    std::fs::write(&file, "rules:\n  - when: {contains: hi}\n    reply: [{txt: hello}]\n").unwrap();
    let mut command = innkeeper(data.path(), None);
    let (code, told) = run(command.args(["simulator", "--listen", "127.0.0.1:0", "--bot"]).arg(&file));
    assert_eq!(code, 65, "{told}");
    let error = &told["error"];
    assert_eq!((&error["file"], &error["line"]), (&json!(file.to_str().unwrap()), &json!(3)), "{told}");
    assert!(error["column"].as_u64().is_some_and(|column| column > 1), "{told}");
    assert_eq!(error["next"], json!("Correct the file at that place."), "{told}");
    std::fs::write(&file, "#".repeat(256 * 1024 + 1)).unwrap();
    let mut command = innkeeper(data.path(), None);
    let (code, told) = run(command.args(["simulator", "--listen", "127.0.0.1:0", "--bot"]).arg(&file));
    assert_eq!(code, 2, "{told}");
    assert!(told["error"]["message"].as_str().unwrap().contains("is longer than 256 KiB"), "{told}");
}

#[test]
fn what_makes_no_deployment_or_socket_is_refused() {
    let data = tempfile::tempdir().unwrap();
    for wrong in [
        &["--deployment", "shop=nowhere"][..],
        &["--deployment", "a b"],
        &["--deployment", "shop:off"],
        &["--deployment", "one", "--deployment", "one"],
        &["--disconnect", "sometimes"],
        &["--presence", "off"],
        &["--messages-per-second", "0"],
        &["--session-seconds", "0"],
        &["--bot", "/nowhere/bot.yaml"],
    ] {
        let mut command = innkeeper(data.path(), None);
        let (code, told) = run(command.args(["simulator", "--listen", "127.0.0.1:0"]).args(wrong));
        assert_eq!(code, 2, "{wrong:?}: {told}");
    }
}

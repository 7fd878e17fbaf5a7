//! What an attacker with the disk, the answers or the log finds.

use std::{fs, path::Path};

use serde_json::json;

use crate::setting::Setting;

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

fn files_that_hold(dir: &Path, word: &str, read: &mut usize) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_that_hold(&path, word, read));
        } else if let Ok(bytes) = fs::read(&path) {
            *read += bytes.len();
            if holds(&bytes, word) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

#[tokio::test]
async fn neither_token_nor_text_is_readable_on_the_disk_and_no_answer_repeats_them() {
    let setting = Setting::open().await;
    let page = setting.chat("Canary-Name").await;
    let text = "canary-text-8f1f0c";
    let mut answers = vec![setting.say(&page, text).await, setting.validate(&page).await];
    answers.push(setting.count(&page, json!({ "interactionType": "click" })).await);
    let broken = format!(r#"{{"conversationId": 7, "text": "{text}", "sessionToken": "{}""#, page.token);
    for body in [broken.clone(), format!("{broken}}}"), format!("[{broken}")] {
        answers.push(
            setting.send("POST", "/api/chat/message", &[("Cookie", &page.cookie())], body.as_bytes()).await,
        );
    }
    for answer in &answers {
        assert!(!answer.head.contains(&page.token) && !answer.body.contains(&page.token), "{answer:?}");
        assert!(!answer.body.contains(text), "{answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let Setting { org, app, gateway, folder } = setting;
    gateway.stop().await;
    drop(app);
    let mut read = 0;
    for word in [page.token.as_str(), text, "Canary-Name"] {
        assert_eq!(files_that_hold(folder.path(), word, &mut read), [""; 0], "{word}");
    }
    assert!(read > 1_000, "something was searched: {read} bytes");
    // The other way round: the search finds what is there.
    fs::write(folder.path().join("proof"), format!("x{}y", page.token)).unwrap();
    assert_eq!(files_that_hold(folder.path(), &page.token, &mut read).len(), 1);
    drop(org);
}

//! Scripts run inside the page, for what no person does: looking behind the screen, and playing an attacker who got in.

use crate::harness::{SCRIPT, Window};
use crate::page::Outcome;
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;

/// For what WebDriver's own limit does not end.
const LIMIT: Duration = SCRIPT.saturating_mul(2);

/// Runs the body of an async function of `a`, the arguments, and gives what it returns.
pub async fn run(window: &Window, body: &str, arguments: Vec<Value>) -> Outcome<Value> {
    let script = format!(
        "const done = arguments[arguments.length - 1];
         (async (a) => {{ {body} }})([...arguments].slice(0, -1))
           .then((answer) => done({{ answer: answer ?? null }}), (why) => done({{ why: String(why?.stack ?? why) }}));"
    );
    let asked = timeout(LIMIT, window.client.execute_async(&script, arguments)).await;
    let mut answer = asked.map_err(|_| "a script hangs in the page")?.map_err(|why| why.to_string())?;
    match answer.get("why") {
        Some(why) => Err(format!("a script failed in the page: {why}")),
        None => Ok(answer["answer"].take()),
    }
}

/// What the golden list knows of a command.
pub struct Listed {
    pub command: &'static str,
    /// What it reaches at most: neither, sends, writes, asks.
    pub reach: &'static str,
    /// Of its input.
    pub example: Value,
}

/// Every command, from the golden list.
pub fn commands() -> Vec<Listed> {
    let lines = include_str!("../security/access.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let columns: Vec<&str> = line.splitn(4, " | ").collect();
            let [command, _, reach, example] = columns[..] else { panic!("a line has four columns: {line}") };
            Listed { command, reach, example: serde_json::from_str(example).expect("the example is JSON") }
        })
        .collect()
}

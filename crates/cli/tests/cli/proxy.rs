//! Something that stands between the program and the org, and answers in its place where it was told to.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use tokio::time::Instant;

use crate::support::Org;

/// Answers by its script, one after the other, to requests of one method and path; hands on everything else.
pub struct Proxy {
    pub url: String,
    shared: Arc<Shared>,
}

struct Shared {
    org: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    method: String,
    path: String,
    /// The last one is given again and again when `forever`.
    answers: Vec<String>,
    forever: bool,
    asked: Vec<Instant>,
}

/// A whole answer, with a body and more header lines.
pub fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> String {
    let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n{more}\r\n{body}")
}

impl Proxy {
    pub fn before(org: &Org) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let org = org.url.strip_prefix("http://").unwrap().to_owned();
        let shared = Arc::new(Shared { org, state: Mutex::default() });
        let serving = Arc::clone(&shared);
        // Ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = Arc::clone(&serving);
                std::thread::spawn(move || shared.serve(stream.unwrap()));
            }
        });
        Self { url, shared }
    }

    /// From now on: these answers to requests of this method whose path begins so, then the org again.
    pub fn script(&self, method: &str, path: &str, answers: &[String]) {
        self.set(method, path, answers, false);
    }

    /// The same answer each time.
    pub fn always(&self, method: &str, path: &str, answer: String) {
        self.set(method, path, &[answer], true);
    }

    fn set(&self, method: &str, path: &str, answers: &[String], forever: bool) {
        let answers = answers.iter().rev().cloned().collect();
        let (method, path) = (method.to_owned(), path.to_owned());
        *self.shared.state.lock().unwrap() = State { method, path, answers, forever, asked: Vec::new() };
    }

    /// When requests that the script is about came, since it was given.
    pub fn asked(&self) -> Vec<Instant> {
        self.shared.state.lock().unwrap().asked.clone()
    }
}

impl Shared {
    fn scripted(&self, line: &str) -> Option<String> {
        let mut state = self.state.lock().unwrap();
        let (method, path) = line.split_once(' ')?;
        if method != state.method || !path.starts_with(&state.path) || state.path.is_empty() {
            return None;
        }
        state.asked.push(Instant::now());
        if state.forever { state.answers.last().cloned() } else { state.answers.pop() }
    }

    fn serve(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut head, mut length) = (Vec::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if line == "\r\n" {
                break;
            }
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if !lower.starts_with("host:") && !lower.starts_with("connection:") {
                head.push(line);
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let first = head[0].clone();
        if let Some(answer) = self.scripted(&first) {
            // Whoever asked may be gone.
            let _ = stream.write_all(answer.as_bytes());
            return;
        }
        let Ok(mut org) = TcpStream::connect(&self.org) else { return };
        head.insert(1, format!("Host: {}\r\nConnection: close\r\n", self.org));
        org.write_all((head.concat() + "\r\n").as_bytes()).unwrap();
        org.write_all(&body).unwrap();
        let _ = std::io::copy(&mut org, &mut stream);
    }
}

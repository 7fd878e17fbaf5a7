//! Looking for secrets where they must not be: in files, in the memory and the environment of processes.
//!
//! A needle is found as it stands, in UTF-16 (as WebKit keeps what is not ASCII), and in the three ways in which Base64
//! may hold it.

use base64::{Engine, engine::general_purpose::STANDARD};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Something to look for, and what it is called when it is found.
pub struct Needle {
    pub what: &'static str,
    pub text: String,
}

impl Needle {
    /// Nobody else writes this text.
    pub fn new(what: &'static str) -> Needle {
        Needle { what, text: format!("cnry{}", uuid::Uuid::new_v4().simple()) }
    }

    /// As text, and its middle in Base64 at each of the three offsets.
    fn forms(&self) -> Vec<String> {
        let mut forms = vec![self.text.clone()];
        for offset in 0..3 {
            let mut bytes = vec![b' '; offset];
            bytes.extend_from_slice(self.text.as_bytes());
            let coded = STANDARD.encode(&bytes);
            // Its ends depend on what stands beside it.
            forms.push(coded[if offset == 0 { 0 } else { 4 }..coded.len() - 4].to_owned());
        }
        forms
    }
}

/// What of the needles is in it, once each and in order.
pub fn find(
    needles: &[Needle],
    hay: impl FnOnce(&mut dyn Write) -> std::io::Result<()> + Send,
) -> Vec<&'static str> {
    let patterns = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    let forms: Vec<String> = needles.iter().flat_map(Needle::forms).collect();
    std::fs::write(patterns.path(), forms.join("\n")).expect("the patterns can be written");
    // Without its zero bytes, ASCII in UTF-16 is ASCII.
    let mut search = Command::new("sh")
        .args(["-c", "tr -d '\\000' | grep -a -o -F -f \"$0\""])
        .arg(patterns.path())
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("sh, tr and grep are there");
    let mut input = search.stdin.take().expect("it is piped above");
    let found = std::thread::scope(|scope| {
        scope.spawn(move || hay(&mut input).expect("what is searched can be read"));
        search.wait_with_output().expect("the search comes to its end").stdout
    });
    let found = String::from_utf8_lossy(&found);
    let is_in = |needle: &&Needle| needle.forms().iter().any(|form| found.lines().any(|line| line == form));
    needles.iter().filter(is_in).map(|needle| needle.what).collect()
}

/// Names and bytes of every file below.
pub fn folder(top: &Path, but: &[PathBuf], to: &mut dyn Write) -> std::io::Result<()> {
    for entry in std::fs::read_dir(top)? {
        let path = entry?.path();
        let about = std::fs::symlink_metadata(&path)?;
        writeln!(to, "{}", path.display())?;
        if about.is_dir() {
            folder(&path, but, to)?;
        } else if about.is_file() && !but.contains(&path) {
            std::io::copy(&mut File::open(&path)?, to)?;
        }
    }
    Ok(())
}

/// The memory that the process can write, as far as it is there.
pub fn memory(process: u32, to: &mut dyn Write) -> std::io::Result<()> {
    const PAGE: u64 = 4096;
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps"))?;
    let mut present = File::open(format!("/proc/{process}/pagemap"))?;
    let mut memory = File::open(format!("/proc/{process}/mem"))?;
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (range, rights) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let ends = range.split_once('-').map(|(from, to)| (hex(from), hex(to)));
        let Some((Some(from), Some(until))) = ends.filter(|_| rights.starts_with("rw")) else { continue };
        let mut marks = vec![0; usize::try_from((until - from) / PAGE * 8).unwrap_or_default()];
        present.seek(SeekFrom::Start(from / PAGE * 8))?;
        if present.read_exact(&mut marks).is_err() {
            continue;
        }
        let mut page = [0; PAGE as usize];
        for (n, mark) in marks.chunks_exact(8).enumerate() {
            // In memory, or swapped out.
            if mark[7] & 0b1100_0000 == 0 {
                continue;
            }
            memory.seek(SeekFrom::Start(from + n as u64 * PAGE))?;
            // Gone since the list was made, or of a device.
            if memory.read_exact(&mut page).is_ok() {
                to.write_all(&page)?;
            }
        }
    }
    Ok(())
}

fn hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text, 16).ok()
}

/// The arguments of a process and the environment that it was started with.
pub fn start_of(process: u32, to: &mut dyn Write) -> std::io::Result<()> {
    for what in ["cmdline", "environ"] {
        to.write_all(&std::fs::read(format!("/proc/{process}/{what}"))?)?;
    }
    Ok(())
}

/// The name of a process, at most 15 characters.
pub fn name_of(process: u32) -> String {
    std::fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default().trim().to_owned()
}

#[test]
fn the_search_finds_each_form_of_a_needle_and_nothing_that_is_not_there() {
    let needles = [Needle::new("one"), Needle::new("two"), Needle::new("three"), Needle::new("four")];
    let hay = |to: &mut dyn Write| {
        to.write_all(format!("x{}y\u{0}\n", needles[0].text).as_bytes())?;
        to.write_all(&needles[1].text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>())?;
        to.write_all(STANDARD.encode(format!("id:{}:more", needles[2].text)).as_bytes())
    };
    assert_eq!(find(&needles, hay), ["one", "two", "three"]);
}

#[test]
fn the_search_finds_a_text_in_the_memory_of_a_process() {
    let needles = [Needle::new("in memory"), Needle::new("nowhere")];
    let mut child = Command::new("sh")
        .args(["-c", "read -r word; echo ready; read -r end"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("sh is there");
    let mut input = child.stdin.take().expect("it is piped above");
    writeln!(input, "{}", needles[0].text).expect("it reads");
    let mut ready = [0; 6];
    child.stdout.as_mut().expect("it is piped above").read_exact(&mut ready).expect("it has read the word");
    let process = child.id();
    assert_eq!(find(&needles, |to| memory(process, to)), ["in memory"]);
    drop(input);
    child.wait().expect("it ends with its input");
}

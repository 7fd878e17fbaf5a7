//! The shipped binary on a small real disk that runs full. Needs the right to mount one, which the root user has.

use std::{path::Path, process::Command};

use serde_json::json;

use crate::{
    support::{Org, innkeeper, lines},
    witness::{Witness, chat, drains, say},
};

/// A file system in memory, taken away when dropped.
struct Mount(tempfile::TempDir);

impl Mount {
    fn new(size: &str) -> Result<Self, String> {
        let dir = tempfile::tempdir().unwrap();
        let options = format!("size={size},mode=0700");
        Self::mount(&["-t", "tmpfs", "-o", &options, "tmpfs"], dir.path())?;
        Ok(Self(dir))
    }

    fn mount(args: &[&str], at: &Path) -> Result<(), String> {
        let told = Command::new("mount").args(args).arg(at).output().map_err(|e| e.to_string())?;
        if told.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&told.stderr).into_owned()) }
    }

    fn grow(&self, size: &str) {
        Self::mount(&["-o", &format!("remount,size={size}")], self.0.path()).unwrap();
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let told = Command::new("umount").arg(self.0.path()).status().unwrap();
        assert!(told.success());
    }
}

#[test]
fn a_full_disk_is_told_costs_nothing_acknowledged_and_is_used_again_once_it_has_room() {
    let mount = match Mount::new("3m") {
        Ok(mount) => mount,
        Err(why) => return eprintln!("NOT TRIED: no small disk can be mounted: {why}"),
    };
    let org = Org::start(&["--guests", "0", "--rate", "off"]);
    let data = mount.0.path().join("data");
    let ik = || innkeeper(&data, Some(&org));
    let conversations = [chat(ik()), chat(ik())];
    let mut witness = Witness::default();
    let long = "x".repeat(4_000);
    let file = witness.says(conversations.iter().cycle().take(900), &long);
    let (code, said) = lines(&say(ik(), file.path()).output().unwrap());
    witness.hears(&said);
    let accepted = witness.acknowledged();
    assert!((100..900).contains(&accepted), "{accepted} were accepted");
    let error = &said.last().unwrap()["error"];
    assert_eq!((code, &error["code"]), (1, &json!("disk_full")), "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(&format!("line {}", accepted + 1)) && message.contains("full"), "{error}");
    assert!(error["next"].as_str().unwrap().contains("Free some space"), "{error}");

    // On the full disk itself: all is read, or the command says why not; nothing gets worse.
    let (code, told) = lines(&ik().args(["outbox", "list"]).output().unwrap());
    match code {
        0 => assert!(told.len() >= accepted, "{} of {accepted}", told.len()),
        _ => assert_eq!((code, &told.last().unwrap()["error"]["code"]), (1, &json!("disk_full")), "{told:?}"),
    }
    println!("{accepted} accepted; on the full disk a list ends with {code}");

    mount.grow("64m");
    witness.finds_all(ik(), "with room again");
    let (code, said) = lines(&say(ik(), file.path()).output().unwrap());
    assert_eq!((code, said.len()), (0, 900), "{:?}", said.last());
    witness.hears(&said);
    drains(ik(), "with room again");
    assert_eq!(witness.judges(&org, "with room again"), 0);
}

//! The places for secrets: what is kept comes back, nothing is in clear that must not be, and a wrong passphrase,
//! a damaged file or no place at all is told.

use std::{fs, path::Path};

use model::Secret;
use store::{
    Argon2Cost, DataKey, Error, PassphraseFile, Secrets, SecretsKind, Store, data_key, open_secrets,
};

const VALUE: &str = "client-secret-0451";

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn passphrase_file(dir: &Path, passphrase: &str) -> Result<PassphraseFile, Error> {
    PassphraseFile::open(dir, &secret(passphrase), Argon2Cost::lowest())
}

fn shown(secrets: &dyn Secrets, name: &str) -> Option<String> {
    secrets.get(name).expect("readable").map(|s| s.expose().to_owned())
}

fn keeps_secrets(open: impl Fn() -> Box<dyn Secrets>) {
    let secrets = open();
    assert_eq!(shown(&*secrets, "a"), None);
    secrets.remove("a").expect("nothing to remove is fine");
    secrets.set("a", &secret(VALUE)).expect("kept");
    secrets.set("b", &secret("other")).expect("kept");
    secrets.set("b", &secret("newer")).expect("replaced");
    let again = open();
    assert_eq!(shown(&*again, "a").as_deref(), Some(VALUE));
    assert_eq!(shown(&*again, "b").as_deref(), Some("newer"));
    assert_eq!(shown(&*secrets, "b").as_deref(), Some("newer"), "the first handle sees it too");
    again.remove("a").expect("removed");
    assert_eq!(shown(&*secrets, "a"), None);
}

#[test]
fn a_passphrase_file_keeps_secrets_and_shows_none() {
    let dir = tempfile::tempdir().unwrap();
    keeps_secrets(|| Box::new(passphrase_file(dir.path(), "correct horse").expect("opens")));
    passphrase_file(dir.path(), "correct horse").unwrap().set("a", &secret(VALUE)).unwrap();
    for entry in fs::read_dir(dir.path()).unwrap() {
        let text = String::from_utf8_lossy(&fs::read(entry.unwrap().path()).unwrap()).into_owned();
        assert!(!text.contains("0451") && !text.contains("newer") && !text.contains("horse"), "{text}");
    }
}

#[test]
fn a_wrong_passphrase_opens_nothing_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    passphrase_file(dir.path(), "correct horse").unwrap().set("a", &secret(VALUE)).unwrap();
    let path = dir.path().join("secrets.sealed");
    let before = fs::read(&path).unwrap();
    assert!(matches!(passphrase_file(dir.path(), "wrong"), Err(Error::WrongPassphrase { .. })));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_passphrase_file_of_junk_or_of_absurd_cost_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    passphrase_file(dir.path(), "correct horse").unwrap();
    let path = dir.path().join("secrets.sealed");
    let good = fs::read_to_string(&path).unwrap();
    let absurd = [
        good.replace("\"memoryKib\":8", "\"memoryKib\":4294967295"),
        good.replace("\"passes\":1", "\"passes\":4000000000"),
        good.replace("argon2id", "md5"),
        good.replace("\"version\":1", "\"version\":2"),
        good.replace("\"salt\":\"", "\"salt\":\"*"),
        good.replace("\"nonce\":\"", "\"nonce\":\"AAAA"),
        String::new(),
        "{}".to_owned(),
    ];
    for bad in absurd {
        assert_ne!(bad, good);
        fs::write(&path, &bad).unwrap();
        let opened = passphrase_file(dir.path(), "correct horse");
        assert!(matches!(opened, Err(Error::SecretsDamaged { .. } | Error::WrongPassphrase { .. })), "{bad}");
    }
}

#[test]
fn a_passphrase_file_that_vanishes_is_not_taken_for_an_empty_one() {
    let dir = tempfile::tempdir().unwrap();
    let secrets = passphrase_file(dir.path(), "correct horse").unwrap();
    fs::remove_file(dir.path().join("secrets.sealed")).unwrap();
    assert!(matches!(secrets.get("a"), Err(Error::SecretsDamaged { .. })));
    assert!(matches!(secrets.set("a", &secret(VALUE)), Err(Error::SecretsDamaged { .. })));
}

#[test]
fn two_handles_writing_at_once_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    passphrase_file(dir.path(), "correct horse").unwrap();
    std::thread::scope(|s| {
        for writer in 0..4 {
            let dir = dir.path();
            s.spawn(move || {
                let secrets = passphrase_file(dir, "correct horse").unwrap();
                for n in 0..10 {
                    secrets.set(&format!("{writer}/{n}"), &secret(VALUE)).unwrap();
                }
            });
        }
    });
    let secrets = passphrase_file(dir.path(), "correct horse").unwrap();
    for name in (0..40).map(|n| format!("{}/{}", n / 10, n % 10)) {
        assert_eq!(shown(&secrets, &name).as_deref(), Some(VALUE), "{name}");
    }
}

#[test]
fn in_a_new_folder_a_passphrase_beats_every_other_place() {
    let dir = tempfile::tempdir().unwrap();
    let secrets = open_secrets(dir.path(), Some(secret("correct horse")), true).unwrap();
    assert_eq!(secrets.kind(), SecretsKind::PassphraseFile);
    let text = fs::read_to_string(dir.path().join("secrets.sealed")).unwrap();
    assert!(text.contains("\"memoryKib\":65536") && text.contains("\"passes\":3"), "{text}");
}

#[test]
fn a_folder_sealed_by_passphrase_is_never_opened_without_it() {
    let dir = tempfile::tempdir().unwrap();
    passphrase_file(dir.path(), "correct horse").unwrap();
    for none in [None, Some(secret(""))] {
        for allow_key_file in [false, true] {
            let opened = open_secrets(dir.path(), none.clone(), allow_key_file);
            assert!(matches!(opened, Err(Error::NoSecretStore)));
        }
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_began_with_a_key_file_stays_with_it_and_the_file_must_be_private() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secrets.key");
    fs::write(&path, "{}").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let secrets = open_secrets(dir.path(), None, true).unwrap();
    assert_eq!(secrets.kind(), SecretsKind::KeyFile);
    keeps_secrets(|| {
        struct Shared(std::sync::Arc<dyn Secrets>);
        impl Secrets for Shared {
            fn get(&self, name: &str) -> Result<Option<Secret>, Error> {
                self.0.get(name)
            }
            fn set(&self, name: &str, value: &Secret) -> Result<(), Error> {
                self.0.set(name, value)
            }
            fn remove(&self, name: &str) -> Result<(), Error> {
                self.0.remove(name)
            }
            fn kind(&self) -> SecretsKind {
                self.0.kind()
            }
        }
        Box::new(Shared(open_secrets(dir.path(), None, true).expect("opens")))
    });
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(open_secrets(dir.path(), None, true), Err(Error::KeyFileExposed { .. })));
}

/// Asks in a process of its own, whose session bus does not exist: the answer must come quickly and be honest.
#[cfg(target_os = "linux")]
#[test]
fn without_a_session_bus_there_is_no_keychain_and_the_answer_comes_quickly() {
    const NAME: &str = "secrets::without_a_session_bus_there_is_no_keychain_and_the_answer_comes_quickly";
    if std::env::var_os("SECRETS_CHILD").is_some() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(open_secrets(dir.path(), None, false), Err(Error::NoSecretStore)));
        let secrets = open_secrets(dir.path(), None, true).unwrap();
        assert_eq!(secrets.kind(), SecretsKind::KeyFile);
        let remembers = tempfile::tempdir().unwrap();
        fs::write(remembers.path().join("secrets.place"), "keychain\n").unwrap();
        let opened = open_secrets(remembers.path(), Some(secret("set later")), true);
        assert!(matches!(opened, Err(Error::Keychain { .. } | Error::KeychainSilent { .. })));
        return;
    }
    let nowhere = tempfile::tempdir().unwrap();
    let started = tokio::time::Instant::now();
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", NAME])
        .env("SECRETS_CHILD", "1")
        .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}/bus", nowhere.path().display()))
        .env("XDG_RUNTIME_DIR", nowhere.path())
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    let took = started.elapsed();
    assert!(took < std::time::Duration::from_secs(20), "three probes of at most 3 s, yet it took {took:?}");
}

#[test]
fn a_data_key_is_made_once_and_opens_the_same_folder_again() {
    let dir = tempfile::tempdir().unwrap();
    let place = tempfile::tempdir().unwrap();
    {
        let secrets = passphrase_file(dir.path(), "correct horse").unwrap();
        Store::open(place.path(), &data_key(&secrets, "data-key/main").unwrap()).unwrap();
    }
    let secrets = passphrase_file(dir.path(), "correct horse").unwrap();
    Store::open(place.path(), &data_key(&secrets, "data-key/main").unwrap()).unwrap();
    let other: DataKey = data_key(&secrets, "data-key/other").unwrap();
    assert!(matches!(Store::open(place.path(), &other), Err(Error::WrongKey)));
    secrets.set("data-key/bad", &secret("not base64!")).unwrap();
    let Err(error) = data_key(&secrets, "data-key/bad") else { panic!("junk is no key") };
    assert!(matches!(&error, Error::SecretForm(name) if name == "data-key/bad"));
    assert!(!format!("{error} {error:?}").contains("not base64!"));
}

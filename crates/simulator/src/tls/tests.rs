use tokio_rustls::rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    pki_types::UnixTime,
};

use super::*;

const NOW: &str = "2026-11-30T09:00:00Z";

fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

fn served(given: &[&str]) -> BTreeSet<String> {
    let given: Vec<String> = given.iter().map(|name| (*name).to_owned()).collect();
    names(&given, Ipv4Addr::LOCALHOST.into()).unwrap()
}

/// What a client that trusts this CA says of a certificate that is shown to it under a name.
fn verdict(
    ca: &Certificate,
    leaf: &CertificateDer<'_>,
    name: &str,
    at: DateTime<Utc>,
) -> Result<(), tokio_rustls::rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(ca.der().clone()).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(at.timestamp().unsigned_abs()));
    verifier.verify_server_cert(leaf, &[], &name, &[], at).map(drop)
}

#[test]
fn the_certificate_is_good_for_every_name_that_is_served_and_for_no_other_and_for_a_year() {
    let (ca, leaf) = made(&served(&["guest.example", "10.0.0.7", "LOUD.example"]), now()).unwrap();
    let leaf = &leaf.chain[0];
    let good = ["localhost", "webmessaging.localhost", "127.0.0.1", "::1", "guest.example", "10.0.0.7"];
    for name in good.into_iter().chain(["loud.example"]) {
        verdict(&ca, leaf, name, now()).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    for name in ["other.localhost", "evil.test", "127.0.0.2", "sub.guest.example", "10.0.0.8"] {
        assert!(verdict(&ca, leaf, name, now()).is_err(), "{name}");
    }
    for days in [-2, 367] {
        let other = now() + chrono::TimeDelta::days(days);
        assert!(verdict(&ca, leaf, "localhost", other).is_err(), "{days} days from then");
    }
}

#[test]
fn what_its_ca_would_sign_for_a_name_that_is_not_served_is_trusted_by_nobody() {
    let names = served(&["guest.example"]);
    let ca_key = KeyPair::generate().unwrap();
    let params = ca_params(&names, now()).unwrap();
    let ca = params.self_signed(&ca_key).unwrap();
    let issuer = Issuer::new(params, ca_key);
    let sign = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let mut leaf = CertificateParams::new([name.to_owned()]).unwrap();
        good_for(&mut leaf, now());
        leaf.signed_by(&key, &issuer).unwrap().der().clone()
    };
    verdict(&ca, &sign("guest.example"), "guest.example", now()).unwrap();
    for name in ["evil.test", "example", "127.0.0.2", "::2"] {
        let error = verdict(&ca, &sign(name), name, now()).unwrap_err().to_string();
        assert!(error.to_lowercase().contains("constraint"), "{name}: {error}");
    }
}

#[test]
fn a_name_that_no_certificate_can_have_is_refused_by_its_name() {
    for name in [
        "",
        " ",
        "*.example",
        "guest.example:443",
        "https://guest.example",
        "a b",
        "guest.example.",
        "gäst.example",
    ] {
        let refused = names(&[name.to_owned()], Ipv4Addr::LOCALHOST.into()).unwrap_err();
        assert!(matches!(&refused, Error::TlsName(named) if named == name), "{name:?}: {refused}");
    }
    let all = names(&[], "192.168.1.5".parse().unwrap()).unwrap();
    assert!(all.contains("192.168.1.5"), "the address that it listens on");
    assert_eq!(names(&[], Ipv4Addr::UNSPECIFIED.into()).unwrap().len(), 4);
}

#[cfg(unix)]
#[test]
fn only_the_certificate_of_the_ca_is_written_for_this_user_alone_and_it_goes_with_the_org() {
    use std::os::unix::fs::PermissionsExt;
    let ready = ready(&Tls::default(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let ca = ready.ca.unwrap();
    let folder = ca.path.parent().unwrap().to_owned();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&ca.path)), (0o700, 0o600));
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["ca.pem"]);
    let pem = std::fs::read_to_string(&ca.path).unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----") && !pem.contains("PRIVATE"), "{pem}");
    drop(ca);
    assert!(!folder.exists());
}

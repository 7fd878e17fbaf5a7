//! The certificate of the API port: made at each start and signed by a CA of that start, or somebody's own.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Datelike, Days, Utc};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
    date_time_ymd,
};
use tempfile::TempDir;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        Error as TlsError, ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    },
};

use crate::{Error, clock::system_time, private};

/// Served without being asked for, beside the addresses of loopback.
const NAMES: [&str; 2] = ["localhost", "webmessaging.localhost"];

/// How long a certificate is good for; a simulator that runs longer is started again. The strictest clients take 398 days.
const GOOD_FOR: Days = Days::new(365);

/// The longest PEM file that is read, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// How the API port speaks TLS.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// Names and addresses that are served beside those of loopback.
    pub names: Vec<String>,
    /// One's own certificate and key, in PEM; `None` makes one at each start.
    pub files: Option<TlsFiles>,
}

/// A certificate with those that lead to its root, and its key, in PEM.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The certificate first, then who signed it.
    pub cert: PathBuf,
    /// The private key, without a passphrase.
    pub key: PathBuf,
}

/// What the API port needs for TLS.
pub(crate) struct Ready {
    pub(crate) acceptor: TlsAcceptor,
    /// The CA's certificate, where it was made at this start; its folder is removed when this is dropped.
    pub(crate) ca: Option<CaFile>,
}

/// A PEM file in a folder that only its owner may enter.
pub(crate) struct CaFile {
    pub(crate) path: PathBuf,
    _folder: TempDir,
}

/// Makes or reads the certificate. Blocking.
///
/// # Errors
/// [`Error::TlsName`], [`Error::TlsCert`], [`Error::TlsKey`], [`Error::CaFile`] and [`Error::Tls`].
pub(crate) fn ready(tls: &Tls, listen: SocketAddr) -> Result<Ready, Error> {
    let names = names(&tls.names, listen.ip())?;
    match &tls.files {
        Some(files) => {
            let acceptor = acceptor(own(files)?).map_err(|error| match error {
                Error::Tls(TlsError::InconsistentKeys(_)) => {
                    let why = format!("is not that of the certificate {}", files.cert.display());
                    Error::TlsKey { path: files.key.clone(), why }
                }
                Error::Tls(TlsError::InvalidCertificate(_)) => Error::TlsCert {
                    path: files.cert.clone(),
                    why: "cannot be read as a certificate".to_owned(),
                },
                other => other,
            })?;
            Ok(Ready { acceptor, ca: None })
        }
        None => {
            let (ca, made) = made(&names, system_time()).map_err(|error| internal(&error))?;
            let ca = keep(&ca).map_err(Error::CaFile)?;
            Ok(Ready { acceptor: acceptor(made)?, ca: Some(ca) })
        }
    }
}

/// A chain and its key, for the server.
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

fn acceptor(identity: Identity) -> Result<TlsAcceptor, Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(identity.chain, identity.key))
        .map_err(Error::Tls)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Every name and address that is served, each once.
fn names(given: &[String], listen: IpAddr) -> Result<BTreeSet<String>, Error> {
    let mut names: BTreeSet<String> = NAMES.map(str::to_owned).into();
    names.extend([IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()].map(|ip| ip.to_string()));
    if !listen.is_unspecified() {
        names.insert(listen.to_string());
    }
    for name in given {
        let name = name.to_ascii_lowercase();
        // What a client can ask for, and nothing else: no pattern, no address with a port.
        match ServerName::try_from(name.as_str()) {
            Ok(ServerName::IpAddress(ip)) => names.insert(IpAddr::from(ip).to_string()),
            Ok(_) if !name.ends_with('.') => names.insert(name),
            _ => return Err(Error::TlsName(name)),
        };
    }
    Ok(names)
}

/// A CA that may sign for these names only, and a certificate for them that it signed. Its key ends with this function.
fn made(names: &BTreeSet<String>, now: DateTime<Utc>) -> Result<(Certificate, Identity), rcgen::Error> {
    let ca_key = KeyPair::generate()?;
    let ca_params = ca_params(names, now)?;
    let ca = ca_params.self_signed(&ca_key)?;
    let key = KeyPair::generate()?;
    let mut leaf = CertificateParams::new(names.iter().cloned().collect::<Vec<_>>())?;
    leaf.distinguished_name = called("Innkeeper simulator");
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    good_for(&mut leaf, now);
    let leaf = leaf.signed_by(&key, &Issuer::new(ca_params, ca_key))?;
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    Ok((ca, Identity { chain: vec![leaf.der().clone()], key }))
}

fn ca_params(names: &BTreeSet<String>, now: DateTime<Utc>) -> Result<CertificateParams, rcgen::Error> {
    let mut ca = CertificateParams::new(Vec::new())?;
    ca.distinguished_name = called("Innkeeper simulator: CA of one start");
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let only = |name: &String| match name.parse::<IpAddr>() {
        Ok(ip) => {
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(ip, if ip.is_ipv4() { 32 } else { 128 }))
        }
        Err(_) => GeneralSubtree::DnsName(name.clone()),
    };
    let permitted_subtrees = names.iter().map(only).collect();
    ca.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    good_for(&mut ca, now);
    Ok(ca)
}

fn called(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// From the day before, since clocks differ.
fn good_for(params: &mut CertificateParams, now: DateTime<Utc>) {
    let day = |date: DateTime<Utc>| {
        let (month, day) = (date.month(), date.day());
        date_time_ymd(date.year(), u8::try_from(month).unwrap_or(1), u8::try_from(day).unwrap_or(1))
    };
    params.not_before = day(now - Days::new(1));
    params.not_after = day(now + GOOD_FOR);
}

/// Writes the CA's certificate where only this user reads it.
fn keep(ca: &Certificate) -> std::io::Result<CaFile> {
    let folder = private::temporary_folder("innkeeper-simulator-")?;
    let path = folder.path().join("ca.pem");
    private::options().write(true).create_new(true).open(&path)?.write_all(ca.pem().as_bytes())?;
    Ok(CaFile { path, _folder: folder })
}

fn own(files: &TlsFiles) -> Result<Identity, Error> {
    let cert = |why: String| Error::TlsCert { path: files.cert.clone(), why };
    let key = |why: String| Error::TlsKey { path: files.key.clone(), why };
    let pem = read(&files.cert).map_err(|e| cert(format!("cannot be read: {e}")))?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|_| cert("holds something that begins as a certificate and is none".to_owned()))?;
    if chain.is_empty() {
        return Err(cert("holds no certificate in PEM form".into()));
    }
    let pem = read(&files.key).map_err(|e| key(format!("cannot be read: {e}")))?;
    let key = PrivateKeyDer::from_pem_slice(&pem)
        .map_err(|_| key("holds no private key in PEM form without a passphrase".to_owned()))?;
    Ok(Identity { chain, key })
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MAX_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn internal(error: &rcgen::Error) -> Error {
    Error::Tls(TlsError::General(error.to_string()))
}

#[cfg(test)]
mod tests;

//! Certificates that are trusted beside those of the system, such as the simulator's own or a company's proxy's.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::Verifier;

/// The longest file that is read, in bytes. A whole system's bundle has about 250 KB.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// Root certificates that are trusted beside the system's, for every connection over TLS: none unless a person named a file. They
/// add to what is trusted and take nothing away. Cheap to clone.
#[derive(Clone, Default)]
pub struct ExtraRoots(Arc<[CertificateDer<'static>]>);

impl ExtraRoots {
    /// Reads every certificate of a PEM file; what else stands in it, such as a key, is passed over. Blocking.
    ///
    /// # Errors
    /// [`ExtraRootsError`], but for [`ExtraRootsError::Tls`].
    pub fn read(path: &Path) -> Result<Self, ExtraRootsError> {
        let mut bytes = Vec::new();
        File::open(path)
            .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
            .map_err(ExtraRootsError::Unreadable)?;
        Self::parse(&bytes)
    }

    /// The same from the file's bytes.
    ///
    /// # Errors
    /// As [`ExtraRoots::read`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ExtraRootsError> {
        if bytes.len() as u64 > MAX_FILE {
            return Err(ExtraRootsError::TooLong);
        }
        let roots: Vec<_> = CertificateDer::pem_slice_iter(bytes)
            .collect::<Result<_, _>>()
            .map_err(|e| ExtraRootsError::NoCertificate(e.to_string()))?;
        if roots.is_empty() {
            return Err(ExtraRootsError::Empty);
        }
        let mut checked = RootCertStore::empty();
        for root in &roots {
            checked.add(root.clone()).map_err(|e| ExtraRootsError::NoCertificate(e.to_string()))?;
        }
        Ok(Self(roots.into()))
    }

    /// Whether no file was named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each certificate in DER form.
    pub(crate) fn ders(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// What a TLS client is made of that trusts the system's certificates and these; TLS 1.2 and 1.3, no ALPN. Reads the
    /// system's certificates, so it is made once and kept. Blocking.
    ///
    /// # Errors
    /// [`ExtraRootsError::Tls`] where the system has no certificates and there are none here either.
    pub fn client_config(&self) -> Result<ClientConfig, ExtraRootsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = Verifier::new_with_extra_roots(self.0.iter().cloned(), Arc::clone(&provider))
            .map_err(ExtraRootsError::Tls)?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(ExtraRootsError::Tls)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(config)
    }
}

impl fmt::Debug for ExtraRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExtraRoots({})", self.0.len())
    }
}

/// Why a file of root certificates is refused.
#[derive(Debug, thiserror::Error)]
pub enum ExtraRootsError {
    /// The system does not let it be read.
    #[error("cannot be read")]
    Unreadable(#[source] io::Error),
    /// Longer than any such file is.
    #[error("is longer than 4 MiB; a file of certificates is not")]
    TooLong,
    /// Nothing in it begins as a certificate in PEM form does.
    #[error("holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)")]
    Empty,
    /// Something begins as a certificate and is none.
    #[error("a certificate in it cannot be read")]
    NoCertificate(String),
    /// The TLS library found none to trust, or the system's cannot be loaded.
    #[error("the TLS library or its certificates could not be loaded")]
    Tls(#[source] rustls::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_certificate_is_refused_with_the_reason() {
        let pem = |body: &str| format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
        for (bytes, why) in [
            (String::new(), "holds no certificate"),
            ("not PEM at all".into(), "holds no certificate"),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".into(), "holds no certificate"),
            (pem("AAAA"), "a certificate in it cannot be read"),
            (pem("%%%%"), "a certificate in it cannot be read"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n".into(), "a certificate in it cannot be read"),
            (" ".repeat(MAX_FILE as usize + 1), "longer than 4 MiB"),
        ] {
            let error = ExtraRoots::parse(bytes.as_bytes()).unwrap_err();
            assert!(error.to_string().contains(why), "{error}: {bytes:.60}");
        }
    }

    #[test]
    fn of_a_bundle_every_certificate_is_taken_and_what_else_is_there_is_passed_over() {
        let made = |name: &str| rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let (one, two) = (made("one.example"), made("two.example"));
        let bundle = [one.cert.pem(), one.signing_key.serialize_pem(), two.cert.pem()].concat();
        let roots = ExtraRoots::parse(bundle.as_bytes()).unwrap();
        assert_eq!(format!("{roots:?}"), "ExtraRoots(2)");
        assert_eq!(roots.ders().next().unwrap(), one.cert.der().as_ref());
        assert!(roots.client_config().is_ok());
        assert!(ExtraRoots::default().is_empty());
    }
}

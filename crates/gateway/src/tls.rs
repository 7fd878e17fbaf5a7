//! The certificate of a gateway that other machines may reach.

use std::{path::Path, sync::Arc};

use app::Failure;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

use crate::TlsFiles;

/// Reads certificate and key. TLS 1.2 and 1.3, HTTP/1.1 only. Blocking.
///
/// # Errors
/// By field: a file that cannot be read, holds nothing of its kind, or a key that is not the certificate's.
pub(crate) fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, Failure> {
    let bad = |field, path: &Path, why: String| Failure::field(field, format!("{}: {why}", path.display()));
    let cert = |why| bad("tls-cert", &files.cert, why);
    let text = |field, path: &Path| {
        let bytes = std::fs::read(path).map_err(|e| Failure::unreadable(field, path, &e))?;
        let text = app::plain_text(&bytes).map_err(|why| bad(field, path, why.to_owned()))?;
        Ok::<_, Failure>(text.to_vec())
    };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&text("tls-cert", &files.cert)?)
        .collect::<Result<_, _>>()
        .map_err(|_| cert("no certificate can be read from it".to_owned()))?;
    if chain.is_empty() {
        return Err(cert("holds no certificate in PEM form".into()));
    }
    let key = PrivateKeyDer::from_pem_slice(&text("tls-key", &files.key)?)
        .map_err(|_| bad("tls-key", &files.key, "no private key can be read from it".to_owned()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| Failure::internal(e.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|_| cert("does not go with the key".to_owned()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

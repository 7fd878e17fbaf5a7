//! What a failed connection over TLS says of the server's certificate.

use std::error::Error as StdError;

use rustls::CertificateError;

/// Why the certificate of the server is not trusted, where that is what went wrong.
pub(crate) fn untrusted(error: &(dyn StdError + 'static)) -> Option<&'static str> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        // What stands in an I/O error is not its source.
        let within = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let tls = within.and_then(|inner| inner.downcast_ref()).or_else(|| error.downcast_ref());
        if let Some(rustls::Error::InvalidCertificate(why)) = tls {
            return Some(match why {
                CertificateError::UnknownIssuer => "nobody who is trusted here signed it",
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    "it is for another name"
                }
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. } => {
                    "it is not good today, or the clock of this computer is wrong"
                }
                _ => "it cannot be verified",
            });
        }
        cause = within.map_or_else(|| error.source(), |inner| Some(inner as &(dyn StdError + 'static)));
    }
    None
}

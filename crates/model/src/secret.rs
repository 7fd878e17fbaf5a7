use std::fmt;

use zeroize::Zeroizing;

/// Text that must never be shown: a client secret, an access token, a session token, a passphrase.
///
/// No `Display`, no `Serialize`; `Debug` prints `***`; the bytes are wiped when it is dropped. Buffers inside
/// the HTTP stack are not wiped, which is the known residual risk.
///
/// ```
/// let token = model::Secret::new("tok-123".to_owned());
/// assert_eq!(format!("{token:?}"), "***");
/// ```
///
/// ```compile_fail
/// println!("{}", model::Secret::new("tok-123".to_owned()));
/// ```
///
/// ```compile_fail
/// serde_json::to_string(&model::Secret::new("tok-123".to_owned()));
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over; the caller keeps no copy.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself. Call it only where the bytes leave for the wire, a hash or a cipher.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

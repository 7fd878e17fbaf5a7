//! What the environment said when the program started.

use app::{EnvironmentVariables, Failure};
use model::Secret;

/// Variables that hold a secret.
const SECRET: [&str; 2] = ["GC_CLIENT_SECRET", "INNKEEPER_PASSPHRASE"];

/// Read once. The secrets are then gone from the environment, which the processes of the page inherit.
pub(crate) struct Environment {
    /// The connection, where one is set by variables.
    pub(crate) connection: EnvironmentVariables,
    /// Of the folder's secrets; why it is refused, where it lost its value.
    pub(crate) passphrase: Result<Option<Secret>, Failure>,
}

impl Environment {
    /// Reads them, and takes the secrets out. The first thing that `main` does: no other thread may be there yet.
    #[expect(unsafe_code, reason = "the standard library has no safe way to change the environment")]
    pub(crate) fn take() -> Self {
        let connection = EnvironmentVariables::read();
        let passphrase = app::passphrase();
        for name in SECRET {
            // SAFETY: `run` calls this first, from the only thread that the program has by then.
            unsafe { std::env::remove_var(name) };
        }
        Self { connection, passphrase }
    }
}

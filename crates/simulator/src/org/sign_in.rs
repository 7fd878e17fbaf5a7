//! Signing in, and what a token may do.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Body, Call, MAX_BODY, ORGANIZATION, Org, Refusal, Reply, tokens::TOKEN_SECONDS};

impl Org {
    /// `POST /oauth/token`, client credentials by HTTP Basic.
    pub(super) fn sign_in(&mut self, call: &Call) -> Result<Reply, Refusal> {
        let form = match &call.body {
            Body::Whole(bytes) => bytes,
            Body::TooLarge => return Err(Refusal::too_large(MAX_BODY)),
            Body::Broken => return Err(Refusal::malformed("The request body ended early.")),
        };
        let refused = |error: &str, says: &str| {
            let body = json!({ "error": error, "description": says, "error_description": says });
            Ok(Reply::json(400, &body))
        };
        let grant = url::form_urlencoded::parse(form).find(|(k, _)| k == "grant_type");
        match grant.as_ref().map(|(_, v)| v.as_ref()) {
            Some("client_credentials") => {}
            Some(_) => return refused("unsupported_grant_type", "only client_credentials is supported"),
            None => return refused("invalid_request", "grant_type is missing"),
        }
        let Some((id, secret)) = call.authorization.as_deref().and_then(basic) else {
            return refused("invalid_client", "client credentials are missing");
        };
        if id != self.client.0 {
            return refused("invalid_client", "client not found");
        }
        // Hashes first: how long comparing them takes says nothing about the secret.
        if Sha256::digest(&secret) != Sha256::digest(&self.client.1) {
            return refused("invalid_client", "authentication failed");
        }
        if self.is_client_disabled {
            return refused("invalid_client", "client is disabled");
        }
        let token = self.tokens.issue(self.now());
        let body = json!({ "access_token": token, "token_type": "bearer", "expires_in": TOKEN_SECONDS });
        Ok(Reply::json(200, &body))
    }

    /// What the org's admin does with the client: `{"disabled"}`, with which its tokens end at once, and
    /// `{"permissions","elsewhere"}`, what it may do here and in another division.
    pub(crate) fn change_client(&mut self, call: &Call) -> Result<Reply, Refusal> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Change {
            disabled: Option<bool>,
            permissions: Option<Vec<String>>,
            #[serde(default)]
            elsewhere: Vec<String>,
        }
        let Body::Whole(bytes) = &call.body else { return Err(Refusal::too_large(MAX_BODY)) };
        let change: Change = serde_json::from_slice(bytes).map_err(|e| Refusal::malformed(e.to_string()))?;
        if let Some(disabled) = change.disabled {
            self.is_client_disabled = disabled;
            if disabled {
                self.tokens.revoke_all();
            }
        }
        if let Some(here) = change.permissions {
            self.platform.grant(here, change.elsewhere);
        }
        Ok(Reply::empty(204))
    }

    pub(super) fn token_info(&self) -> Reply {
        let (id, name) = ORGANIZATION;
        Reply::json(
            200,
            &json!({
                "organization": { "id": id, "name": name },
                "authorizedScope": self.scopes,
                "OAuthClient": { "id": self.client.0 },
            }),
        )
    }
}

fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, coded) = header.split_once(' ')?;
    let plain = BASE64_STANDARD.decode(coded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let (id, secret) = std::str::from_utf8(&plain).ok()?.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

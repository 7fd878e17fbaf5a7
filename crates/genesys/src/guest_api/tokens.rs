//! What the token may do: the check of a connection.

use serde::Deserialize;

use super::{GuestApi, wire};
use crate::{
    pipeline::{Error, Lane, call::Call},
    ports::{Organization, TokenInfo},
};

impl GuestApi {
    /// Signs in where needed and asks what the token may do, in the person lane.
    ///
    /// # Errors
    /// [`Error::CredentialsRejected`], and what every call can meet.
    pub async fn token_info(&self) -> Result<TokenInfo, Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Scopes {
            List(Vec<String>),
            Line(String),
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            authorized_scope: Option<Scopes>,
            organization: Option<Organization>,
        }
        let call = Call::get("check token", Lane::Person, "/api/v2/tokens/me");
        let wire: Wire = self.pipeline.settle(&call, wire::read).await.result?;
        let scopes = match wire.authorized_scope {
            Some(Scopes::List(list)) => list,
            Some(Scopes::Line(line)) => line.split_whitespace().map(str::to_owned).collect(),
            None => Vec::new(),
        };
        Ok(TokenInfo { scopes, organization: wire.organization, permissions: Vec::new() })
    }
}

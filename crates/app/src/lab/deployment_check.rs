//! Whether guests can chat where a connection says, asked before it is kept: its deployment's public configuration is read.

use std::sync::Arc;

use genesys::webmessaging::{Deployment, RefusedBecause, WebMessagingError};
use lab::doctor::connecting;
use model::Secret;

use crate::{
    CheckedEdit, Connection, DataFolder, Environment, Failure, Result, StartEmbedded, views::ConnectionTest,
};

impl DataFolder {
    /// Tries what an edit changes: its sign-in, and where its guests chat. Keeps nothing.
    ///
    /// # Errors
    /// What a sign-in comes to; as [`DataFolder::check_deployment`].
    pub async fn test_edit(self: &Arc<Self>, edit: &CheckedEdit, start: &StartEmbedded) -> Result<()> {
        if edit.signs_in_anew() {
            self.try_edit(edit, start).await?;
        }
        if edit.leads_guests_anew() {
            self.check_deployment(&edit.after).await?;
        }
        Ok(())
    }

    /// Signs in as the new connection would, and asks where its guests chat. Keeps nothing.
    ///
    /// # Errors
    /// What a sign-in comes to; as [`DataFolder::check_deployment`].
    pub async fn test_new(
        self: &Arc<Self>,
        connection: &Connection,
        secret: &Secret,
        start: &StartEmbedded,
    ) -> Result<ConnectionTest> {
        let test = self.try_new(connection, secret, start).await?;
        self.check_deployment(connection).await?;
        Ok(test)
    }

    /// Reads what the deployment of a connection says of itself, where it has one. No guest is connected, and nobody signs in.
    ///
    /// # Errors
    /// A deployment that is unknown there or takes no guests, by `deployment`; one that does not allow the page, by `origin`; an org
    /// that cannot be asked.
    pub async fn check_deployment(&self, connection: &Connection) -> Result<()> {
        let (Some(id), origin) = (&connection.deployment, connection.origin.as_deref()) else {
            return Ok(());
        };
        if connection.environment == Environment::Embedded {
            return Ok(());
        }
        let deployment = Deployment::at(&connection.environment.endpoints()?, id, origin)
            .map_err(|error| Failure::field("deployment", error.to_string()))?;
        let config = self
            .network
            .web_messaging
            .config(&deployment)
            .await
            .map_err(|error| not_read(error, &deployment))?;
        if let Some(problem) = connecting(&config, None).first() {
            return Err(Failure::field("deployment", problem.why.clone()).with_next(AT_THE_ORG));
        }
        match connecting(&config, origin).first() {
            Some(problem) => Err(Failure::field("origin", problem.why.clone()).with_next(AT_THE_ORG)),
            None => Ok(()),
        }
    }
}

const AT_THE_ORG: &str =
    "Have the deployment changed at the org, or correct what is named; or save it as it is.";

/// Why a configuration was not read, by the field where a person can mend it.
fn not_read(error: WebMessagingError, deployment: &Deployment) -> Failure {
    let next = "Check the id of the deployment at the org, and that the region or address is the right one.";
    match &error {
        WebMessagingError::BadDeployment(why) => Failure::field("deployment", why.clone()).with_next(next),
        // The vendor says the same of one that is not there and of one that is not active.
        WebMessagingError::Refused { because: RefusedBecause::DeploymentOrOrigin, status, .. } => {
            let why = format!("{} shows no active deployment of this id ({status})", deployment.host());
            Failure::field("deployment", why).with_next(next)
        }
        _ => error.into(),
    }
}

//! Web deployments: where guests come in.

use serde_json::{Value, json};

use crate::{
    messaging::settings::Deployment,
    org::{Org, Refusal, Reply},
};

const PATH: &str = "/api/v2/webdeployments/deployments";
/// When each was made.
const MADE: &str = "2024-01-01T00:00:00.000Z";

impl Org {
    pub(super) fn list_deployments(&self) -> Reply {
        let all: Vec<Value> = self.guests.settings.deployments.iter().map(view).collect();
        Reply::json(200, &json!({ "total": all.len(), "entities": all, "selfUri": PATH }))
    }

    pub(super) fn get_deployment(&self, id: &str) -> Result<Reply, Refusal> {
        let found = self.guests.deployment(id);
        let found = found.ok_or_else(|| Refusal::not_found("The requested deployment was not found."))?;
        Ok(Reply::json(200, &view(found)))
    }
}

fn view(deployment: &Deployment) -> Value {
    json!({
        "id": deployment.id,
        "name": format!("Deployment {}", deployment.id),
        "description": "",
        "allowAllDomains": deployment.origins.is_empty(),
        "allowedDomains": deployment.origins,
        "status": if deployment.active { "Active" } else { "Inactive" },
        "dateCreated": MADE,
        "dateModified": MADE,
        "configuration": { "id": deployment.id, "name": "Messenger", "version": "1" },
        "selfUri": format!("{PATH}/{}", deployment.id),
    })
}

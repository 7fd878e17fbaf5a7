use serde_json::json;

use crate::org::{ORGANIZATION, Org, Reply};

impl Org {
    /// `GET /organizations/me`.
    pub(super) fn organization(&self) -> Reply {
        let (id, name) = ORGANIZATION;
        Reply::json(
            200,
            &json!({
                "id": id,
                "name": name,
                "defaultLanguage": "en-us",
                "defaultCountryCode": "US",
                "thirdPartyOrgName": "simulator",
                "domain": "simulator",
                "version": 1,
                "state": "active",
                "voicemailEnabled": false,
                "productPlatform": "PureCloud",
                "features": { "directory": true, "chat": true, "webChat": true },
                "selfUri": format!("/api/v2/organizations/{id}"),
            }),
        )
    }
}

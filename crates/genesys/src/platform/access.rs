//! What the credentials may do: reading is tried, writing is asked of a contact that exists nowhere, so that nothing can change.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use http::Method;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{Platform, analytics::query, contacts};
use crate::{
    pipeline::{
        Error, Lane,
        call::{Call, json as body_of},
        read_json::read,
    },
    ports::{ChatQuestion, Organization, Permission, TokenInfo},
};

/// A question that only the permission decides.
struct Probe {
    name: &'static str,
    without: &'static str,
    is_needed: bool,
    call: Call,
}

impl Probe {
    fn permission(&self) -> Permission {
        let Self { name, without, is_needed, .. } = *self;
        Permission { name, granted: None, without, in_other_division: false, is_needed }
    }
}

impl Platform {
    /// Signs in, asks whose token it is and tries each permission, all in the person lane.
    pub(super) async fn check_access(&self) -> Result<TokenInfo, Error> {
        #[derive(Deserialize)]
        struct Token {
            organization: Option<Organization>,
        }
        let call = Call::get("check token", Lane::Person, "/api/v2/tokens/me");
        let token: Token = self.pipeline.settle(&call, read).await.result?;
        let organization = match token.organization.filter(|org| !org.name.is_empty()) {
            Some(organization) => Some(organization),
            None => self.organization().await?,
        };
        let probes = probes(self.pipeline.time(Lane::Person).await?);
        let answers = join_all(probes.iter().map(|probe| self.is_granted(&probe.call))).await;
        let mut permissions = Vec::new();
        for (probe, granted) in probes.into_iter().zip(answers) {
            let (granted, in_other_division) = granted?;
            permissions.push(Permission { granted, in_other_division, ..probe.permission() });
        }
        Ok(TokenInfo { scopes: Vec::new(), organization, permissions })
    }

    async fn organization(&self) -> Result<Option<Organization>, Error> {
        let call = Call::get("get organization", Lane::Person, "/api/v2/organizations/me");
        match self.pipeline.settle(&call, read).await.result {
            Ok(organization) => Ok(Some(organization)),
            Err(Error::Forbidden { .. } | Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// `None` where the answer says nothing of the permission; and whether it is granted in another division only.
    async fn is_granted(&self, call: &Call) -> Result<(Option<bool>, bool), Error> {
        match self.pipeline.settle(call, |_| Ok(())).await.result {
            Ok(()) | Err(Error::NotFound(_) | Error::Gone(_)) => Ok((Some(true), false)),
            Err(Error::Forbidden { said, .. }) => Ok((Some(false), said.is_about_a_division())),
            Err(
                Error::Invalid { .. }
                | Error::Conflict(_)
                | Error::BadAnswer { .. }
                | Error::OrgFailed { .. },
            ) => Ok((None, false)),
            Err(error) => Err(error),
        }
    }
}

/// What the work needs, without a word on whether it is granted.
pub(crate) fn permissions() -> Vec<Permission> {
    probes(DateTime::UNIX_EPOCH).iter().map(Probe::permission).collect()
}

fn probes(until: DateTime<Utc>) -> Vec<Probe> {
    let nowhere = Uuid::new_v4();
    let question = ChatQuestion {
        from: until - TimeDelta::hours(1),
        until,
        guests: Vec::new(),
        only_open: false,
        confirmed: false,
    };
    let body = query(&question, question.from, question.until, 1, 1);
    let read = |template: &'static str, path: String| Call {
        path,
        done: &[200, 202],
        ..Call::get("check permission", Lane::Person, template)
    };
    let write = |method: Method, template: &'static str, path: String| Call {
        method,
        done: &[200, 202, 204],
        ..read(template, path)
    };
    let contact = format!("{}/{nowhere}", contacts::ALL);
    let change = json!({"changes": [{"field": "$.title", "value": "none", "action": "UpdateIfExists"}]});
    vec![
        Probe {
            name: "externalContacts:contact:view",
            without: "No guests can be listed, searched or opened.",
            is_needed: true,
            call: Call { query: vec![("pageSize", "1".into())], ..read(contacts::ALL, contacts::ALL.into()) },
        },
        Probe {
            name: "analytics:conversationDetail:view",
            // vendor-fact: permissions
            without: "No recent chats and no conversations of a guest can be found, so that a retention run cannot tell who is in a conversation.",
            is_needed: true,
            call: Call::post(
                "check permission",
                Lane::Person,
                "/api/v2/analytics/conversations/details/query",
                &body,
            ),
        },
        Probe {
            name: "conversation:communication:view",
            without: "No conversation can be opened, and its attributes cannot be read.",
            is_needed: true,
            call: read("/api/v2/conversations/{conversationId}", format!("/api/v2/conversations/{nowhere}")),
        },
        Probe {
            name: "conversation:message:view",
            without: "No guest can be found by a message, and the messages of running chats cannot be read.",
            is_needed: false,
            call: read(
                "/api/v2/conversations/messages/{messageId}/details",
                format!("/api/v2/conversations/messages/{nowhere}/details"),
            ),
        },
        Probe {
            name: "recording:recording:view",
            without: "The messages of chats that ended cannot be read.",
            is_needed: false,
            call: read(
                "/api/v2/conversations/{conversationId}/recordings",
                format!("/api/v2/conversations/{nowhere}/recordings"),
            ),
        },
        Probe {
            name: "externalContacts:customFields:view",
            without: "Custom fields are shown, and cannot be edited.",
            is_needed: false,
            call: read(
                "/api/v2/externalcontacts/contacts/schemas",
                "/api/v2/externalcontacts/contacts/schemas".into(),
            ),
        },
        Probe {
            name: "externalContacts:contact:edit",
            without: "Guests cannot be changed.",
            is_needed: false,
            call: Call {
                body: Some(body_of(&change)),
                ..write(Method::PATCH, contacts::ONE, contact.clone())
            },
        },
        Probe {
            name: "externalContacts:contact:delete",
            without: "Guests cannot be deleted, by hand or by a retention run.",
            is_needed: false,
            call: write(Method::DELETE, contacts::ONE, contact.clone()),
        },
        Probe {
            name: "externalContacts:identity:promote",
            // vendor-fact: contact-kinds, contact-promotion
            without: "A guest whom the org made by itself cannot be kept.",
            is_needed: false,
            call: write(
                Method::POST,
                "/api/v2/externalcontacts/contacts/{contactId}/promotion",
                format!("{contact}/promotion"),
            ),
        },
    ]
}

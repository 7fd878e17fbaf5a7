use std::sync::Arc;

use model::Clock;
use serde::{Deserialize, Serialize};

use crate::{
    capabilities::{Capabilities, Limits},
    guest_api,
    pipeline::{Pipeline, Settings, Transport},
    platform,
    ports::{Access, Chat, ConversationRecords, Conversations, Guests, Permission, RecentChats, Sessions},
};

/// One org over one connection: what it can do, and the ports through which it is asked. Clones share everything.
///
/// ```
/// use std::sync::Arc;
/// use genesys::{Dialect, Endpoints, Lane, Org, PageAt, ReqwestTransport, Search, Settings};
/// # async fn list(clock: Arc<dyn model::Clock>, secret: model::Secret) -> Result<(), genesys::Error> {
/// let settings = Settings {
///     endpoints: Endpoints::region("eu-west-1")?,
///     client_id: "6e2f0c1e-5b7a-4c7e-9a51-2f1d3c4ba91c".into(),
///     client_secret: secret,
/// };
/// let org = Org::connect(Dialect::GuestApi, settings, Arc::new(ReqwestTransport::new()), clock);
/// let page = org.guests.search(Lane::Person, &Search::default(), PageAt { number: 1, size: 25 }).await?;
/// println!("{} of {:?}", page.guests.len(), page.total);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Org {
    /// What every call goes through: sign-in, rate budget, retry, request log.
    pub pipeline: Pipeline,
    /// What the org can do.
    pub can: Arc<Capabilities>,
    /// Its guests.
    pub guests: Arc<dyn Guests>,
    /// Their conversations.
    pub conversations: Arc<dyn Conversations>,
    /// What the credentials are good for.
    pub access: Arc<dyn Access>,
    /// Session tokens, where it hands them out.
    pub sessions: Option<Arc<dyn Sessions>>,
    /// Chats as a guest, where they can be started from here.
    pub chat: Option<Arc<dyn Chat>>,
    /// Chats of the last days, where it lists them.
    pub recent: Option<Arc<dyn RecentChats>>,
    /// Conversations with their messages and attributes, where it shows them.
    pub records: Option<Arc<dyn ConversationRecords>>,
}

/// What is taken to be an org's limits before it is known.
pub const ASSUMED_LIMITS: Limits = guest_api::LIMITS;

/// Which API an org speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// The contract of `guest-api.md`.
    GuestApi,
    /// The vendor's own API of a live org (`platform.md`).
    GenesysCloud,
}

impl Dialect {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::GuestApi, Self::GenesysCloud];

    /// The dialect of an org: the one that was named, else by where the org lives. A region of the vendor's speaks
    /// `genesys-cloud`, because none serves the Guest API; a base URL and the embedded simulator speak `guest-api`.
    #[must_use]
    pub fn of(named: Option<Self>, is_region: bool) -> Self {
        named.unwrap_or(if is_region { Self::GenesysCloud } else { Self::GuestApi })
    }

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GuestApi => "guest-api",
            Self::GenesysCloud => "genesys-cloud",
        }
    }

    /// What credentials need for all of the work, with what is lost without each; nothing is said of whether it is granted.
    #[must_use]
    pub fn permissions(self) -> Vec<Permission> {
        match self {
            Self::GuestApi => guest_api::permissions(),
            Self::GenesysCloud => platform::permissions(),
        }
    }

    /// The dialect of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.as_str() == name)
    }
}

impl Org {
    /// An org that is online and not signed in to yet; the first call does that. The one place that knows the dialects.
    #[must_use]
    pub fn connect(
        dialect: Dialect,
        settings: Settings,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self::over(dialect, Pipeline::new(settings, transport, clock))
    }

    /// The same over a pipeline that is there already.
    #[must_use]
    pub fn over(dialect: Dialect, pipeline: Pipeline) -> Self {
        pipeline.name_permissions(dialect.permissions().iter().map(|permission| permission.name).collect());
        match dialect {
            Dialect::GuestApi => {
                let api = Arc::new(guest_api::GuestApi::new(pipeline.clone()));
                Self {
                    pipeline,
                    can: Arc::new(guest_api::capabilities()),
                    guests: Arc::clone(&api) as _,
                    conversations: Arc::clone(&api) as _,
                    access: Arc::clone(&api) as _,
                    sessions: Some(Arc::clone(&api) as _),
                    chat: Some(api),
                    recent: None,
                    records: None,
                }
            }
            Dialect::GenesysCloud => {
                let api = Arc::new(platform::Platform::new(pipeline.clone()));
                Self {
                    pipeline,
                    can: Arc::new(platform::capabilities()),
                    guests: Arc::clone(&api) as _,
                    conversations: Arc::clone(&api) as _,
                    access: Arc::clone(&api) as _,
                    sessions: None,
                    chat: None,
                    recent: Some(Arc::clone(&api) as _),
                    records: Some(api),
                }
            }
        }
    }
}

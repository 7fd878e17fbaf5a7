use std::sync::Arc;

use model::Clock;

use crate::{
    capabilities::{Capabilities, Limits},
    guest_api,
    pipeline::{Pipeline, Settings, Transport},
    ports::{Access, Chat, Conversations, Guests, Sessions},
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
}

/// What is taken to be an org's limits before it is known.
pub const ASSUMED_LIMITS: Limits = guest_api::LIMITS;

/// Which API an org speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The contract of `guest-api.md`.
    GuestApi,
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
                }
            }
        }
    }
}

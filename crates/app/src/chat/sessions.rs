use genesys::{Lane, SessionCheck as CheckedBy};
use model::{GuestId, Secret, trimmed};
use subtle::ConstantTimeEq;

use crate::{
    App, Failure, FailureCode, Result,
    failure::offered,
    views::{SessionAnswer, SessionCheck, Topic},
};

/// What the keyed hash of a session token is for; another purpose gives another hash.
pub(crate) const TOKEN_PURPOSE: &str = "session-token";

/// A question about a session, as a command line asks it.
#[derive(Debug, Default)]
pub struct SessionQuestion {
    /// Whose session it is said to be, where the org's API compares that.
    pub guest: Option<GuestId>,
    /// The token.
    pub token: Option<Secret>,
    /// The messenger deployment, where the guest socket is asked.
    pub deployment: Option<String>,
    /// What the guest's page would send to it as its origin.
    pub page_origin: Option<String>,
}

impl App {
    /// Checks a session. What the org's API cannot compare is refused and not passed over.
    ///
    /// # Errors
    /// [`FailureCode::NotInThisDialect`], and as [`App::session_check`].
    pub async fn session_asked(&self, question: SessionQuestion) -> Result<SessionCheck> {
        let SessionQuestion { guest, token, deployment, page_origin } = question;
        let refused = |message: &str, next: &str| {
            Err(Failure::new(FailureCode::NotInThisDialect, message).with_next(next))
        };
        match self.0.org.can.session_check {
            CheckedBy::Rest if deployment.is_some() || page_origin.is_some() => refused(
                "This connection's org compares a guest's token by its API and not in a messenger deployment.",
                "Leave --deployment and --origin out, and name the guest with --guest.",
            ),
            CheckedBy::Socket if guest.is_some() => refused(
                "This connection's org does not tell whose session a token is.",
                "Leave --guest out: the token alone names the session.",
            ),
            CheckedBy::Rest => self.session_check(guest, token).await,
            CheckedBy::Socket => {
                self.session_by_socket(token, deployment.as_deref(), page_origin.as_deref()).await
            }
        }
    }

    /// Checks a session in the way that the org offers: valid, missing, invalid or gone. Where it is asked by the guest socket, the
    /// deployment is that of the connection, and only the token counts; without one it is the session of the guest's chat that was
    /// started here.
    ///
    /// # Errors
    /// When the org could not be asked, or no deployment is known to ask in; the four answers are none.
    pub async fn session_check(&self, guest: Option<GuestId>, token: Option<Secret>) -> Result<SessionCheck> {
        match self.0.org.can.session_check {
            CheckedBy::Rest => self.session_by_rest(guest, token).await,
            CheckedBy::Socket => match (guest, token) {
                (Some(guest), None) => self.session_of_contact(guest).await,
                (_, token) => self.session_by_socket(token, None, None).await,
            },
        }
    }

    /// By guest and token (`guest-api.md`, "Session validation").
    ///
    /// `None` for the token lets the keyed hash stand in that was kept when this folder started the chat; the token itself
    /// is stored nowhere. A token is taken without the blanks that were pasted around it, and one of nothing else is missing. Tokens are compared as keyed hashes in constant time.
    async fn session_by_rest(&self, guest: Option<GuestId>, token: Option<Secret>) -> Result<SessionCheck> {
        let hash =
            |token: &Secret| self.0.store.keyed_hash(TOKEN_PURPOSE, trimmed(token.expose()).as_bytes());
        let given = match (token, guest) {
            (Some(token), Some(_)) => (!trimmed(token.expose()).is_empty()).then(|| hash(&token).to_vec()),
            (None, Some(id)) => self.0.chats.played.get(&id)?.map(|p| p.token_hash),
            (_, None) => None,
        };
        let (Some(id), Some(given)) = (guest, given) else {
            let what = if guest.is_none() { "No guest was named." } else { "No session token was given." };
            return Ok(self.session_answer(SessionAnswer::Missing, None, what));
        };
        let sessions = offered(self.0.org.sessions.as_ref(), "check a session")?;
        let (guest, current) = match sessions.guest_with_token(Lane::Person, id).await {
            Ok(found) => found,
            Err(genesys::Error::NotFound(_)) => {
                return Ok(self.session_answer(SessionAnswer::Invalid, None, INVALID));
            }
            Err(error) => return Err(error.into()),
        };
        let equal: bool = hash(&current).as_slice().ct_eq(&given).into();
        if !equal || !guest.active {
            return Ok(self.session_answer(SessionAnswer::Invalid, None, INVALID));
        }
        let conversations = self.0.org.conversations.of(Lane::Person, id, true, 1).await?;
        self.remember_conversations(&conversations).await?;
        Ok(match conversations.first() {
            Some(c) => self.session_answer(
                SessionAnswer::Valid,
                Some(c.id.to_string()),
                "The token matches, the guest is active and the conversation is open.",
            ),
            None => self.gone_answer(),
        })
    }

    fn gone_answer(&self) -> SessionCheck {
        // What the window shows of the guest's conversations is older than this answer.
        self.0.notices.stale(Topic::Guests);
        self.session_answer(
                SessionAnswer::Gone,
                None,
                "The token is good, but the conversation is closed or missing: the guest must start the chat again.",
            )
    }

    pub(crate) fn session_answer(
        &self,
        outcome: SessionAnswer,
        conversation_id: Option<String>,
        reason: &str,
    ) -> SessionCheck {
        SessionCheck { outcome, conversation_id, reason: reason.to_owned(), checked_at: self.0.clock.now() }
    }
}

/// One sentence for all three causes, so that nobody learns which ids exist.
const INVALID: &str = "The guest is unknown or not active, or the token is another one or expired: the guest cannot go on with this session.";

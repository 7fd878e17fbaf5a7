use genesys::Lane;
use model::{GuestId, Secret, trimmed};
use subtle::ConstantTimeEq;

use crate::{
    App, Failure,
    failure::offered,
    views::{SessionAnswer, SessionCheck, Topic},
};

/// What the keyed hash of a session token is for; another purpose gives another hash.
pub(crate) const TOKEN_PURPOSE: &str = "session-token";

impl App {
    /// Checks a session: valid, missing, invalid or gone (`guest-api.md`, "Session validation").
    ///
    /// `None` for the token lets the keyed hash stand in that was kept when this folder started the chat; the token itself
    /// is stored nowhere. A token is taken without the blanks that were pasted around it, and one of nothing else is missing. Tokens are compared as keyed hashes in constant time.
    pub async fn session_check(
        &self,
        guest: Option<GuestId>,
        token: Option<Secret>,
    ) -> Result<SessionCheck, Failure> {
        let hash =
            |token: &Secret| self.0.store.keyed_hash(TOKEN_PURPOSE, trimmed(token.expose()).as_bytes());
        let given = match (token, guest) {
            (Some(token), Some(_)) => (!trimmed(token.expose()).is_empty()).then(|| hash(&token).to_vec()),
            (None, Some(id)) => self.0.chats.played.get(&id)?.map(|p| p.token_hash),
            (_, None) => None,
        };
        let (Some(id), Some(given)) = (guest, given) else {
            let what = if guest.is_none() { "No guest was named." } else { "No session token was given." };
            return Ok(self.answer(SessionAnswer::Missing, None, what));
        };
        let sessions = offered(self.0.org.sessions.as_ref(), "check a session")?;
        let (guest, current) = match sessions.guest_with_token(Lane::Person, id).await {
            Ok(found) => found,
            Err(genesys::Error::NotFound(_)) => {
                return Ok(self.answer(SessionAnswer::Invalid, None, INVALID));
            }
            Err(error) => return Err(error.into()),
        };
        let equal: bool = hash(&current).as_slice().ct_eq(&given).into();
        if !equal || !guest.active {
            return Ok(self.answer(SessionAnswer::Invalid, None, INVALID));
        }
        let conversations = self.0.org.conversations.of(Lane::Person, id, true, 1).await?;
        self.remember_conversations(&conversations).await?;
        Ok(match conversations.first() {
            Some(c) => self.answer(
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
        self.answer(
                SessionAnswer::Gone,
                None,
                "The token is good, but the conversation is closed or missing: the guest must start the chat again.",
            )
    }

    fn answer(&self, outcome: SessionAnswer, conversation_id: Option<String>, reason: &str) -> SessionCheck {
        SessionCheck { outcome, conversation_id, reason: reason.to_owned(), checked_at: self.0.clock.now() }
    }
}

/// One sentence for all three causes, so that nobody learns which ids exist.
const INVALID: &str = "The guest is unknown or not active, or the token is another one or expired: the guest cannot go on with this session.";

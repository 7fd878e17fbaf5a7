//! Playing the other side of a chat with the embedded simulator.

use serde_json::{Value, json};
use uuid::Uuid;

use super::state::AgentSide;
use crate::{App, Failure, FailureCode, Result, views::LabAgentAct};

/// So many quick replies may be offered at once.
const MOST_REPLIES: usize = 13;

/// The longest message and quick reply, in bytes.
const LONGEST_TEXT: usize = 4_096;

impl App {
    /// How the other side is played; `None` where it cannot be.
    pub(super) fn agent_side(&self) -> Option<AgentSide> {
        self.0.embedded.as_ref()?.agent.clone()
    }

    /// Does what an agent or a bot does in a chat.
    ///
    /// # Errors
    /// [`FailureCode::NotInThisDialect`] where the org is not the embedded one; a guest without a conversation yet.
    pub async fn lab_agent(&self, chat: Uuid, act: LabAgentAct) -> Result<()> {
        let live = self.0.chat_lab.get(chat)?;
        let Some(agent) = self.agent_side() else {
            let message = "Only the other side of the embedded simulator can be played here.";
            return Err(Failure::new(FailureCode::NotInThisDialect, message));
        };
        let (what, body) = request(&act)?;
        let answer = agent(live.about.deployment.id.clone(), live.token.clone(), what, body).await;
        answer.map_err(|why| Failure::new(FailureCode::OrgFailed, format!("Nothing was done: {why}.")))
    }
}

/// The request of the simulator's control port.
fn request(act: &LabAgentAct) -> Result<(&'static str, Value)> {
    Ok(match act {
        LabAgentAct::Say { text, quick_replies, as_bot } => {
            if text.trim().is_empty() {
                return Err(Failure::field("text", "must not be empty"));
            }
            if quick_replies.len() > MOST_REPLIES {
                return Err(Failure::field("quickReplies", format!("at most {MOST_REPLIES} can be offered")));
            }
            if quick_replies.iter().chain([text]).any(|text| text.len() > LONGEST_TEXT) {
                return Err(Failure::field("text", format!("may have at most {LONGEST_TEXT} bytes")));
            }
            let by = if *as_bot { "Bot" } else { "Human" };
            let mut body = json!({ "text": text, "originatingEntity": by });
            if !quick_replies.is_empty() {
                body["quickReplies"] = json!(quick_replies);
            }
            ("say", body)
        }
        LabAgentAct::Typing => ("typing", json!({})),
        LabAgentAct::Disconnect { read_only } => ("disconnect", json!({ "readOnly": read_only })),
        LabAgentAct::Expire => ("expire", json!({})),
        LabAgentAct::Drop => ("drop", json!({})),
    })
}

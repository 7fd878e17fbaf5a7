use serde::Serialize;
use specta::Type;

/// What a test can expect of a deployment, from its public configuration, and what cannot work there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LabDoctorView {
    /// The id of the deployment.
    pub deployment: String,
    /// Host and port of its socket.
    pub host: String,
    /// Guests may connect; `None` where the configuration does not say.
    pub active: Option<bool>,
    /// Pages that may connect; `None` where that is not told.
    pub origins: Option<Vec<String>>,
    /// A conversation begins with the session. This and what follows is `None` where the configuration does not say.
    pub auto_start: Option<bool>,
    /// What a guest is told at the end of a conversation.
    pub disconnect: Option<LabDisconnect>,
    /// A guest may clear the conversation.
    pub clear: Option<bool>,
    /// Files may be sent.
    pub attachments: Option<bool>,
    /// Of which media types; empty where that is not told.
    pub attachment_types: Vec<String>,
    /// The largest file, in KB; `None` where that is not told.
    pub attachment_max_kb: Option<u32>,
    /// The agent sees that the guest is writing.
    pub typing: Option<bool>,
    /// The guest sees that the agent is writing.
    pub agent_typing: Option<bool>,
    /// How long a session lasts, where that is told.
    pub session_seconds: Option<u32>,
    /// What cannot work.
    pub problems: Vec<LabProblemView>,
    /// How many scenario files were looked at.
    pub files: u32,
    /// The names of scenario files that could not be read, so that nothing is known of their steps.
    pub unread: Vec<String>,
}

/// What a guest is told when the other side ends the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "lowercase")]
pub enum LabDisconnect {
    /// Nothing.
    Off,
    /// It is told, and the guest may write on.
    Send,
    /// It is told, and the session is read-only.
    ReadOnly,
}

/// Something that cannot work in a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LabProblemView {
    /// The step that cannot, by its name in scenario files; `connect` before all of them.
    pub step: String,
    /// Why, for people.
    pub why: String,
    /// The file with the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[specta(optional)]
    pub file: Option<String>,
    /// Its line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[specta(optional)]
    pub line: Option<u32>,
    /// Its column, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[specta(optional)]
    pub column: Option<u32>,
    /// The scenario with the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[specta(optional)]
    pub scenario: Option<String>,
}

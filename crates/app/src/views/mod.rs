//! What the window is shown: plain data, typed for the page by specta, free of secrets.
//!
//! Times are RFC 3339 in UTC; the page turns them into local words. Counts are whole numbers below 2^53.

mod abilities;
mod budget;
mod chat_lab;
mod connection;
mod conversation;
mod field;
mod guest;
mod hold;
mod lab;
mod lab_content;
mod limits;
mod loss;
mod outbox;
mod policy;
mod proof;
mod retention;
mod scalar;
mod scenario;
mod status;

pub use abilities::AbilitiesView;
pub use budget::BudgetView;
pub use chat_lab::{
    LabAct, LabAgentAct, LabAnswer, LabChatState, LabChatView, LabChoice, LabDelivery, LabField, LabFileView,
    LabFrameView, LabFrameWay, LabFramesExport, LabFramesPage, LabOffersView, LabOverview, LabPoint,
    LabRowKind, LabRowView, LabScenarioSaved, LabStart, LabTranscriptPage, LabUploadView, SocketChatStarted,
};
pub use connection::{
    Act, AddedConnection, ConnectionChoices, ConnectionEdit, ConnectionKind, ConnectionTest, ConnectionView,
    DialectView, LackView, NewConnection, OrganizationView, PermissionView, RegionView,
};
pub use conversation::{
    AuthorView, ChatAttributeChange, ChatEnd, ChatMessageView, ChatStandingView, ChatStateView, ChatView,
    ChatsPage, ChatsQuery, ChatsWanted, ConversationRecordView, WantedAttribute, WantedState,
};
pub use field::{FieldChoice, FieldTypeView, FieldView, FieldsView};
pub use guest::{
    AttributeChange, AttributeConflict, Boxed, ChatStarted, ConversationView, GuestDetail, GuestKindView,
    GuestPage, GuestQuery, GuestView, PlayedChatView, SaveResult, Scalar, SessionAnswer, SessionCheck,
    SortField, StartChat,
};
pub use hold::{HoldDraft, HoldView};
pub use lab::{LabDisconnect, LabDoctorView, LabProblemView};
pub use lab_content::{LabButtonView, LabCardView, LabContentView, LabFormFieldView, LabTimeView};
pub use limits::LimitsView;
pub(crate) use limits::{CONFIRM_OVER, MOST_BRAKE_TIMES, MOST_INTERACTIONS, UNASKED_QUESTIONS};
pub use loss::LossView;
pub use outbox::{
    EntryGroup, EntryPage, EntryQuery, EntryState, EntryView, InTime, LanePage, LaneQuery, LaneState,
    LaneView, ManyInTime, OrgIdsView, OutboxExport,
};
pub use policy::{
    AskCode, AskView, BrakeView, ChangeView, ConfirmationView, DayCount, ForecastView, NamedPolicyView,
    PolicyDraft, QuietView, QuietWindow, ScheduleState, ScheduleView, Weekday,
};
pub use proof::{
    AuditCheck, AuditLine, AuditPage, CertificateView, CertifiedConnectionView, CertifiedCountsView,
};
pub use retention::{
    AgeCount, Explanation, OutcomeKind, OutcomePage, OutcomeView, PlanGuest, PlanOutdated, PlanView,
    PolicyView, ReasonCount, RunAnswers, RunCountsView, RunOrigin, RunQuestion, RunQuestionCode, RunState,
    RunView, RunWait,
};
pub use scalar::Exact;
pub use scenario::{
    OpenWhat, ReportForm, RunningScenarioView, ScenarioChoice, ScenarioDetailView, ScenarioFileView,
    ScenarioLeftOutView, ScenarioMistakeView, ScenarioOutcome, ScenarioOverview, ScenarioPart,
    ScenarioProgressView, ScenarioResultPage, ScenarioResultView, ScenarioRunEnd, ScenarioRunOptions,
    ScenarioRunView, ScenarioStepOutcome, ScenarioStepView, ScenarioTotalsView, ScenarioView,
};
pub use status::{
    NoticeView, OnlineView, OutboxCounts, PlanProgressView, RequestView, Snapshot, Status, Topic, Update,
};

/// A count as views hold it; what a page could not show anyway stops at the largest.
pub(crate) fn count(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

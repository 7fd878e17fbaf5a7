//! The application: one use-case per command, for the window and the command line alike.
//!
//! A [`DataFolder`] is what lies on disk and who holds it; an [`App`] is one open [`Connection`]: the client, the
//! store, the outbox and the background work wired together. Every public function checks its input, does one
//! thing, and answers with a view or a [`Failure`] written for people. Nothing here knows a window, a terminal or
//! the simulator: who starts the program hands in how to start the embedded org ([`StartEmbedded`]).
//!
//! Background work (delivering the outbox, carrying on a run, the schedule) is an activation without input: it
//! reads what to do from the store, so a restart and the happy path are the same code.

mod app;
mod audit;
mod background;
mod background_tasks;
mod chat;
mod chat_lab;
mod connection;
mod conversations;
mod failure;
mod guests;
mod hashed_key;
mod ipc;
mod lab;
mod outbox;
mod retention;
mod scenario_files;
mod scenarios;
mod status;
mod system;
mod undo;
pub mod views;
mod words;

pub use ::lab::{
    load::{Load, LoadOptions, LoadProgress, LoadResult},
    report::{Heading as ReportHeading, NotRun as ScenarioNotRun},
    run::{
        InOrder, Outcome as ScenarioOutcome, RunEvent as ScenarioEvent, RunOptions as ScenarioOptions,
        ScenarioResult, SuiteRun, Totals as ScenarioTotals, planned as planned_scenarios,
        run as run_scenarios,
    },
    scenario::Suite,
};
pub use ::retention::{
    clock_jump::ClockOff,
    zone::{here as zone_here, time_in},
};
pub use app::{App, EmbeddedOrg, StartEmbedded, blocking};
pub use chat::say_lines::{SayLine, SayLines};
pub use chat::sessions::SessionQuestion;
pub use chat::web_sessions::{GOOD_FOR, WebSaid, WebStarted};
pub use chat_lab::{
    by_socket::SocketStart,
    files::media_type,
    org_ids::{OrgChatIds, OwnChat},
    state::AgentSide,
};
pub use connection::access::connection_choices;
pub use connection::choice::Choice;
pub use connection::connections::{Connection, Connections, Environment};
pub use connection::contents::ConnectionContents;
pub use connection::edits::{CheckedEdit, EditQuestion, EmbeddedDialect};
#[doc(hidden)]
pub use connection::folder::CRASH_POINTS as FOLDER_CRASH_POINTS;
pub use connection::folder::DataFolder;
pub use connection::org_key::OrgKey;
pub use connection::rotate_key::KeyRotation;
pub use conversations::{
    edit::ConversationEdit,
    list::{ConversationQuery, Since, author_word, state_word},
};
pub use failure::{Failure, FailureCode, FieldProblem, Result, parse};
pub use genesys::ExtraRoots;
pub use guests::list::{AttributeEdit, GuestSelection};
pub use guests::of_message::GuestOfMessage;
pub use guests::recent::{ChatGuest, GuestWithConversations, RecentGuest};
pub use ipc::holder_socket::{HolderAnswer, HolderRequest, ask_holder};
pub use lab::{
    chat::{LabChat, LabChatCounts, LabGuest, LabHappened, written_by_hand},
    chat_line::{ChatLine, LineDirection},
    clean::{LabCleaned, LabCleanedGuest, LabCleaning},
    doctor::lab_doctor,
    notes::{ATTRIBUTE as LAB_ATTRIBUTE, LabNotes, LabRun},
    reports::{ReportFiles, ReportPaths},
    scenario_run::{NotRun, Pace},
    target::{EMBEDDED_DEPLOYMENT, Lab, LabChoice, LabTarget, OpenEmbedded},
    variables::LabVariables,
};
pub use outbox::{drain::DrainSummary, read::EntryStream, session_limit::SessionLimit};
pub use retention::certificates::{CertificateChecked, verify_certificate};
pub use retention::confirmation::ScheduleChange;
pub use retention::plans::PlanTarget;
#[doc(hidden)]
pub use retention::retention_org::{MOST_DELETES, RetentionOrg};
pub use retention::run_history::UnclearGuests;
pub use retention::runs::{RunOptions, RunStep};
pub use scenario_files::{
    CheckedScenarios, IncludedFrom, ScenarioProblem, check_scenarios, load_scenarios, scenario_schema,
};
pub use scenarios::state::LeftScenarios;
pub use status::current_status::Changes;
pub use system::clock::{OrgClock, SystemClock};
pub use system::exports::ExportName;
pub use system::extra_roots::extra_roots;
pub use system::given_text::plain_text;
pub use system::logging::start;
pub use system::login::login_name;
pub use system::network::Network;
pub use system::outputs::{Existing, Output};
pub use system::variables::{EnvironmentVariables, passphrase, variable};
pub use undo::Undo;

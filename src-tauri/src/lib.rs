//! The shell: the only place that names tauri. It opens the window, checks and forwards commands to [`app`], and
//! tells the page, the tray and the desktop's notifications what changed. What it decides by itself are pure functions.

#[cfg(test)]
mod access_tests;
#[cfg(feature = "bridge")]
pub mod bridge;
mod chat_gateway;
mod commands;
mod console;
mod desktop_status;
mod dialog;
mod drafts;
mod environment;
mod given_files;
mod input_limits;
mod leaving;
mod notice;
mod numbers;
mod preferences;
#[cfg(target_os = "linux")]
mod session_bus;
mod tray;
mod window;
mod window_close;
mod window_drop;

use std::sync::Arc;

use tauri::{Manager, Runtime, ipc::Invoke};
use tauri_plugin_window_state::StateFlags;
use tauri_specta::{Builder, collect_commands};

use crate::{console::Console, environment::Environment};

#[cfg(all(feature = "bridge", not(debug_assertions)))]
compile_error!("the bridge lets programs of this computer give every command: it is for development only");

/// Every command the page may call. The list is data: bindings for the page are generated from it, and
/// `src-tauri/permissions` must grant each one.
pub fn specta_builder<R: Runtime>() -> Builder<R> {
    use commands::{
        activity, audit, chat, chat_lab, connections, conversations, drafts, gateway, guests, holds, loss,
        outbox, retention, scenarios, system,
    };
    // What is read and what is written have one shape here, so the page needs one type of each. The runtime that a command
    // is written with says nothing about its types.
    Builder::<R>::new().disable_serde_phases().commands(collect_commands![
        system::subscribe,
        system::reopen,
        system::set_online,
        system::preferences::<tauri::Wry>,
        system::set_preferences::<tauri::Wry>,
        guests::guests_page,
        guests::guests_with_open_conversation,
        guests::guest_open,
        guests::guest_save,
        guests::guest_interaction,
        guests::guest_delete,
        guests::guests_named,
        guests::guest_promote,
        guests::guest_of,
        guests::session_check,
        conversations::chats_page,
        conversations::chat_states,
        conversations::chats_matching,
        conversations::conversation_open,
        conversations::conversation_save,
        chat::chat_start,
        chat::chat_again,
        chat::chat_say,
        chat::chat_messages,
        chat_lab::lab_overview,
        chat_lab::lab_start,
        chat_lab::lab_resume,
        chat_lab::lab_say,
        chat_lab::lab_answer,
        chat_lab::lab_act,
        chat_lab::lab_agent,
        chat_lab::lab_file_choose::<tauri::Wry>,
        chat_lab::lab_files_dropped,
        chat_lab::lab_attach,
        chat_lab::lab_transcript,
        chat_lab::lab_frames,
        chat_lab::lab_frames_export,
        chat_lab::lab_frames_export_elsewhere::<tauri::Wry>,
        chat_lab::lab_scenario_save::<tauri::Wry>,
        chat_lab::lab_doctor,
        scenarios::scenario_files,
        scenarios::scenario_open::<tauri::Wry>,
        scenarios::scenario_read_again,
        scenarios::scenario_close,
        scenarios::scenario_watch,
        scenarios::scenario_run,
        scenarios::scenario_stop,
        scenarios::scenario_results,
        scenarios::scenario_result,
        scenarios::scenario_report_save::<tauri::Wry>,
        outbox::outbox_lanes,
        outbox::outbox_page,
        outbox::outbox_retry,
        outbox::outbox_discard,
        outbox::outbox_mark_delivered,
        outbox::outbox_send_again,
        outbox::outbox_edit,
        outbox::outbox_resume,
        outbox::outbox_retry_lane,
        outbox::outbox_discard_dead,
        outbox::outbox_export,
        outbox::outbox_export_elsewhere::<tauri::Wry>,
        retention::retention_policies,
        retention::retention_policy_changes,
        retention::retention_policy_save,
        retention::retention_policy_confirm,
        retention::retention_policy_remove,
        retention::retention_schedule_arm,
        retention::retention_allow_once,
        retention::retention_preview,
        retention::retention_plan,
        retention::retention_run,
        retention::retention_resume,
        retention::retention_pause,
        retention::retention_cancel,
        retention::retention_set_pace,
        retention::retention_runs,
        retention::retention_outcomes,
        retention::retention_explain,
        retention::retention_forecast,
        retention::retention_certificate,
        retention::retention_certificate_save,
        retention::retention_certificate_save_elsewhere::<tauri::Wry>,
        holds::hold_list,
        holds::hold_add,
        holds::hold_remove,
        holds::holds_on_guest,
        holds::hold_owner,
        audit::audit_page,
        audit::audit_verify,
        audit::audit_set_aside,
        loss::loss,
        loss::loss_accept,
        activity::activity_list,
        connections::connections_list,
        connections::connection_choices,
        connections::connection_add::<tauri::Wry>,
        connections::connection_edit::<tauri::Wry>,
        connections::connection_contents,
        connections::undo,
        connections::connection_remove,
        connections::embedded_dialect,
        connections::connection_use,
        connections::connection_test,
        drafts::drafts,
        drafts::draft_put,
        drafts::draft_remove,
        drafts::leave::<tauri::Wry>,
        gateway::gateway_status,
        gateway::gateway_start::<tauri::Wry>,
        gateway::gateway_stop,
    ])
}

/// What is kept of the window: all but whether it was hidden.
const KEPT: StateFlags = StateFlags::all().difference(StateFlags::VISIBLE);

/// What `tauri.conf.json`, the access rules and the page come to.
fn context<R: Runtime>() -> tauri::Context<R> {
    tauri::generate_context!()
}

/// Every command, behind the gate.
fn commands<R: Runtime>() -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
    let commands = specta_builder();
    move |invoke| match input_limits::check(invoke.message.payload()) {
        Ok(()) => commands.invoke_handler()(invoke),
        Err(failure) => {
            invoke.resolver.reject(failure);
            true
        }
    }
}

/// Starts the console and stays until its window is closed.
pub fn run() {
    let environment = Environment::take();
    app::start("warn");
    tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _, _| window::focus(app)))
        .plugin(tauri_plugin_store::Builder::new().build())
        // A window that was hidden in the tray is shown by the next start.
        .plugin(tauri_plugin_window_state::Builder::new().with_state_flags(KEPT).build())
        .invoke_handler(commands())
        .setup(|app| {
            let console = Arc::new(Console::new(environment));
            app.manage(Arc::clone(&console));
            app.manage(dialog::Dialogs::default());
            app.manage(leaving::Leaving::default());
            window::open(app.handle())?;
            let tray = tray::build(app.handle());
            app.manage(window::BuiltTray(tray.is_some()));
            desktop_status::start(app.handle(), Arc::clone(&console), tray);
            tauri::async_runtime::spawn(async move { console.open_current().await });
            Ok(())
        })
        .on_window_event(|window, event| {
            window_close::on_event(window, event);
            window_drop::on_event(window, event);
        })
        .run(context())
        .expect("the window system is there and tauri.conf.json is valid");
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// `UPDATE_BINDINGS=1 cargo test --features custom-protocol bindings` writes the file anew.
    #[test]
    fn the_bindings_of_the_page_are_those_of_the_commands() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let kept = root.join("ui/src/ipc/bindings.ts");
        let made = if std::env::var_os("UPDATE_BINDINGS").is_some() {
            kept.clone()
        } else {
            tempfile::tempdir().unwrap().keep().join("bindings.ts")
        };
        let header = "// Generated from the commands of src-tauri by `cargo xtask bindings`. Do not edit.\n";
        let language = specta_typescript::Typescript::default().header(header);
        super::specta_builder::<tauri::Wry>().export(language, &made).unwrap();
        assert_eq!(std::fs::read_to_string(made).unwrap(), std::fs::read_to_string(kept).unwrap());
    }
}

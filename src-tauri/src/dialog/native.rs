//! The system's own dialogs on Windows and macOS, by `rfd`.

use std::path::PathBuf;

use rfd::{AsyncFileDialog, AsyncMessageDialog, MessageButtons, MessageDialogResult, MessageLevel};
use tauri::{AppHandle, Runtime};
use tokio::sync::oneshot::Sender;

use app::views::OpenWhat;

use super::question::Question;

/// Shows the question and answers whether it was a yes. The first button is the default, so it is the no.
pub(super) fn ask<R: Runtime>(
    app: &AppHandle<R>,
    question: Question,
    answer: Sender<bool>,
) -> tauri::Result<()> {
    app.run_on_main_thread(move || {
        let (no, yes) = (question.no.to_owned(), question.yes.to_owned());
        let buttons = MessageButtons::YesNoCancelCustom(no, yes.clone(), "Cancel".to_owned());
        let asked = AsyncMessageDialog::new()
            .set_level(MessageLevel::Warning)
            .set_title(question.asked)
            .set_description(question.detail)
            .set_buttons(buttons)
            .show();
        tauri::async_runtime::spawn(async move {
            drop(answer.send(asked.await == MessageDialogResult::Custom(yes)));
        });
    })
}

/// Lets a person choose a file to write; answers its path, or nothing.
pub(super) fn save_as<R: Runtime>(
    app: &AppHandle<R>,
    title: &'static str,
    folder: PathBuf,
    name: String,
    answer: Sender<Option<PathBuf>>,
) -> tauri::Result<()> {
    app.run_on_main_thread(move || {
        let chosen =
            AsyncFileDialog::new().set_title(title).set_directory(folder).set_file_name(name).save_file();
        tauri::async_runtime::spawn(async move {
            drop(answer.send(chosen.await.map(|file| file.path().to_owned())));
        });
    })
}

/// Lets a person choose files or a folder; answers their paths, or nothing.
pub(super) fn open<R: Runtime>(
    app: &AppHandle<R>,
    title: &'static str,
    what: OpenWhat,
    answer: Sender<Vec<PathBuf>>,
) -> tauri::Result<()> {
    app.run_on_main_thread(move || {
        let dialog = AsyncFileDialog::new().set_title(title);
        tauri::async_runtime::spawn(async move {
            let chosen = match what {
                OpenWhat::Files => dialog.pick_files().await.unwrap_or_default(),
                OpenWhat::Folder => dialog.pick_folder().await.into_iter().collect(),
            };
            drop(answer.send(chosen.iter().map(|file| file.path().to_owned()).collect()));
        });
    })
}

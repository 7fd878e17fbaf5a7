//! The desktop's own dialogs, by GTK, which draws the window too. Without a loop of its own: the window goes on meanwhile.

use std::{cell::Cell, path::PathBuf};

use gtk::{ButtonsType, DialogFlags, FileChooserAction, MessageType, ResponseType, prelude::*};
use tauri::{AppHandle, Manager, Runtime};
use tokio::sync::oneshot::Sender;

use app::views::OpenWhat;

use super::question::Question;

/// Shows the question above the window and answers whether it was a yes.
pub(super) fn ask<R: Runtime>(
    app: &AppHandle<R>,
    question: Question,
    answer: Sender<bool>,
) -> tauri::Result<()> {
    let parent = window(app);
    app.run_on_main_thread(move || {
        let flags = DialogFlags::MODAL | DialogFlags::DESTROY_WITH_PARENT;
        let parent = parent.and_then(|window| window.gtk_window().ok());
        let dialog = gtk::MessageDialog::new(
            parent.as_ref(),
            flags,
            MessageType::Warning,
            ButtonsType::None,
            &question.asked,
        );
        dialog.set_title(question.title);
        dialog.set_secondary_text(Some(&question.detail));
        let no = dialog.add_button(question.no, ResponseType::No);
        dialog.add_button(question.yes, ResponseType::Yes);
        // Whoever is typing when it comes up must not have said yes.
        dialog.set_default_response(ResponseType::No);
        no.grab_focus();
        show(&dialog, answer, |_, response| response == ResponseType::Yes);
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
    let parent = window(app);
    app.run_on_main_thread(move || {
        let parent = parent.and_then(|window| window.gtk_window().ok());
        let dialog = gtk::FileChooserDialog::new(Some(title), parent.as_ref(), FileChooserAction::Save);
        dialog.set_modal(true);
        dialog.set_destroy_with_parent(true);
        dialog.add_button("Cancel", ResponseType::Cancel);
        dialog.add_button("Save", ResponseType::Accept);
        dialog.set_default_response(ResponseType::Accept);
        dialog.set_local_only(true);
        // A yes to "replace it?" is the person's consent that one may be replaced.
        dialog.set_do_overwrite_confirmation(true);
        dialog.set_current_folder(folder);
        dialog.set_current_name(&name);
        show(&dialog, answer, |dialog, response| {
            dialog.filename().filter(|_| response == ResponseType::Accept)
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
    let parent = window(app);
    app.run_on_main_thread(move || {
        let parent = parent.and_then(|window| window.gtk_window().ok());
        let action = match what {
            OpenWhat::Files => FileChooserAction::Open,
            OpenWhat::Folder => FileChooserAction::SelectFolder,
        };
        let dialog = gtk::FileChooserDialog::new(Some(title), parent.as_ref(), action);
        dialog.set_modal(true);
        dialog.set_destroy_with_parent(true);
        dialog.set_select_multiple(what == OpenWhat::Files);
        dialog.add_button("Cancel", ResponseType::Cancel);
        dialog.add_button("Open", ResponseType::Accept);
        dialog.set_default_response(ResponseType::Accept);
        dialog.set_local_only(true);
        show(
            &dialog,
            answer,
            |dialog, response| {
                if response == ResponseType::Accept { dialog.filenames() } else { Vec::new() }
            },
        );
    })
}

fn window<R: Runtime>(app: &AppHandle<R>) -> Option<tauri::WebviewWindow<R>> {
    app.webview_windows().into_values().next()
}

/// Shows a dialog and sends what its first response says.
fn show<D: IsA<gtk::Dialog> + IsA<gtk::Window> + IsA<gtk::Widget>, T: 'static>(
    dialog: &D,
    answer: Sender<T>,
    said: impl Fn(&D, ResponseType) -> T + 'static,
) {
    let answer = Cell::new(Some(answer));
    dialog.connect_response(move |dialog, response| {
        // Closing it is a response too: the second one has nobody to go to.
        let Some(answer) = answer.take() else { return };
        // Nobody waits where the window has gone meanwhile.
        drop(answer.send(said(dialog, response)));
        if response != ResponseType::DeleteEvent {
            dialog.close();
        }
    });
    dialog.show();
    dialog.present();
}

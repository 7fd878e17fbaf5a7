use app::{
    ConnectionContents, Result, Undo, connection_choices as choices,
    views::{
        AddedConnection, ConnectionChoices, ConnectionEdit, ConnectionTest, ConnectionView, ManyInTime,
        NewConnection,
    },
};

use tauri::{AppHandle, Runtime};

use super::ConsoleState;
use crate::dialog::{self, Question};

/// All connections, without secrets.
#[tauri::command]
#[specta::specta]
pub async fn connections_list(console: ConsoleState<'_>) -> Result<Vec<ConnectionView>> {
    let open = console.app().ok().map(|app| app.connection_view());
    Ok(console.folder().await?.connection_views(open.as_ref()))
}

/// The vendor's regions by name, and what credentials need in each dialect.
#[tauri::command]
#[specta::specta]
pub fn connection_choices() -> ConnectionChoices {
    choices()
}

/// Adds a connection; its secret goes to the secret store. Where it leads away from this computer, a person says yes to
/// the address first, in a window that the page cannot reach. `test`: only where its sign-in works, and
/// guests can chat in its deployment.
#[tauri::command]
#[specta::specta]
pub async fn connection_add<R: Runtime>(
    handle: AppHandle<R>,
    console: ConsoleState<'_>,
    connection: NewConnection,
    test: bool,
) -> Result<AddedConnection> {
    let (connection, secret) = connection.check()?;
    let origins = console.folder().await?.foreign_origins(&connection)?;
    if !origins.is_empty() {
        dialog::confirm(&handle, Question::new_connection(&origins)).await?;
    }
    console.add_connection(connection, secret, test).await
}

/// Changes a connection. Where its secret would be sent away from this computer, or a guard be taken off, a person says yes
/// first, in a window that the page cannot reach. `test`: only where the sign-in and the
/// deployment that it changes work.
#[tauri::command]
#[specta::specta]
pub async fn connection_edit<R: Runtime>(
    handle: AppHandle<R>,
    console: ConsoleState<'_>,
    name: String,
    edit: ConnectionEdit,
    test: bool,
) -> Result<ConnectionView> {
    let edit = console.check_edit(name.clone(), edit).await?;
    if let Some(question) = Question::edited_connection(&name, &edit.question) {
        dialog::confirm(&handle, question).await?;
    }
    console.edit_connection(&name, edit, test).await
}

/// What a connection holds: what would be left behind with it.
#[tauri::command]
#[specta::specta]
pub async fn connection_contents(console: ConsoleState<'_>, name: String) -> Result<ConnectionContents> {
    console.contents(&name).await
}

/// Takes back what was done over a connection, whichever is in use now.
#[tauri::command]
#[specta::specta]
pub async fn undo(console: ConsoleState<'_>, connection: String, undo: Undo) -> Result<ManyInTime> {
    console.undo(&connection, undo).await
}

/// Removes a connection that is not open.
#[tauri::command]
#[specta::specta]
pub async fn connection_remove(console: ConsoleState<'_>, name: String) -> Result<()> {
    console.remove_connection(name).await
}

/// Opens the embedded org in another dialect, now and from then on.
#[tauri::command]
#[specta::specta]
pub async fn embedded_dialect(console: ConsoleState<'_>, dialect: String) -> Result<()> {
    console.set_embedded_dialect(&dialect).await
}

/// Opens another connection.
#[tauri::command]
#[specta::specta]
pub async fn connection_use(console: ConsoleState<'_>, name: String) -> Result<()> {
    console.use_connection(&name).await
}

/// Signs in over a connection and asks what the token may do.
#[tauri::command]
#[specta::specta]
pub async fn connection_test(console: ConsoleState<'_>, name: String) -> Result<ConnectionTest> {
    console.test_connection(&name).await
}

use app::{
    Failure,
    views::{ConnectionTest, ConnectionView, NewConnection},
};

use tauri::{AppHandle, Runtime};

use super::Held;
use crate::dialog::{self, Question};

/// All connections, without secrets.
#[tauri::command]
#[specta::specta]
pub(crate) async fn connections_list(console: Held<'_>) -> Result<Vec<ConnectionView>, Failure> {
    let open = console.app().ok().map(|app| app.connection_view());
    Ok(console.folder().await?.connection_views(open.as_ref()))
}

/// Adds a connection; its secret goes to the secret store. Where it leads away from this computer, a person says yes to
/// the address first, in a window that the page cannot reach.
#[tauri::command]
#[specta::specta]
pub(crate) async fn connection_add<R: Runtime>(
    handle: AppHandle<R>,
    console: Held<'_>,
    connection: NewConnection,
) -> Result<ConnectionView, Failure> {
    let (connection, secret) = connection.check()?;
    let origins = console.folder().await?.foreign_origins(&connection)?;
    if !origins.is_empty() {
        dialog::confirm(&handle, Question::new_connection(&origins)).await?;
    }
    console.add_connection(connection, secret).await
}

/// Removes a connection that is not open.
#[tauri::command]
#[specta::specta]
pub(crate) async fn connection_remove(console: Held<'_>, name: String) -> Result<(), Failure> {
    console.remove_connection(name).await
}

/// Opens another connection.
#[tauri::command]
#[specta::specta]
pub(crate) async fn connection_use(console: Held<'_>, name: String) -> Result<(), Failure> {
    console.use_connection(&name).await
}

/// Signs in over a connection and asks what the token may do.
#[tauri::command]
#[specta::specta]
pub(crate) async fn connection_test(console: Held<'_>, name: String) -> Result<ConnectionTest, Failure> {
    console.test_connection(&name).await
}

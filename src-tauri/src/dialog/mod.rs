//! Questions that the shell asks a person in windows of its own, where no script of the page can press a button. Nothing
//! but a person answers them: no variable, no switch, no command of the page. In a window of the bridge, which no shipped
//! binary has, there is nobody, and its story says what a person would.

#[cfg(target_os = "linux")]
mod gtk;
#[cfg(not(target_os = "linux"))]
mod native;
mod question;

use std::path::{Path, PathBuf};

use app::{ExportName, Failure, FailureCode, Result, views::OpenWhat};
use tauri::{AppHandle, Manager, Runtime};
use tokio::sync::{Mutex, oneshot};

pub(crate) use question::Question;

#[cfg(target_os = "linux")]
use gtk as system;
#[cfg(not(target_os = "linux"))]
use native as system;

/// At most one window of these at a time: a page that asks again and again would bury its person.
#[derive(Default)]
pub(crate) struct Dialogs(Mutex<()>);

/// Asks a person and waits for their yes.
///
/// # Errors
/// [`FailureCode::Declined`] after a no, and while another question is open.
pub(crate) async fn confirm<R: Runtime>(app: &AppHandle<R>, question: Question) -> Result<()> {
    let dialogs = app.state::<Dialogs>();
    let _only = dialogs.0.try_lock().map_err(|_| busy())?;
    let refused = question.refused.clone();
    #[cfg(feature = "bridge")]
    if let Some(person) = app.try_state::<std::sync::Arc<crate::bridge::Person>>() {
        let yes = person.confirms(question.asked);
        return if yes { Ok(()) } else { Err(Failure::new(FailureCode::Declined, refused)) };
    }
    let (answer, answered) = oneshot::channel();
    system::ask(app, question, answer).map_err(|why| not_shown(&why))?;
    // A window that went away with the program gives no answer.
    match answered.await {
        Ok(true) => Ok(()),
        _ => Err(Failure::new(FailureCode::Declined, refused)),
    }
}

/// Lets a person choose where a file goes, and asks before one that is there is replaced; none where they chose nothing.
///
/// # Errors
/// [`FailureCode::Declined`] while another question is open.
pub(crate) async fn save_as<R: Runtime>(
    app: &AppHandle<R>,
    title: &'static str,
    folder: &Path,
    name: &ExportName,
) -> Result<Option<PathBuf>> {
    let dialogs = app.state::<Dialogs>();
    let _only = dialogs.0.try_lock().map_err(|_| busy())?;
    #[cfg(feature = "bridge")]
    if let Some(person) = app.try_state::<std::sync::Arc<crate::bridge::Person>>() {
        return Ok(person.chooses(title));
    }
    let (answer, answered) = oneshot::channel();
    system::save_as(app, title, folder.to_owned(), name.as_str().to_owned(), answer)
        .map_err(|why| not_shown(&why))?;
    Ok(answered.await.ok().flatten())
}

/// Lets a person choose files, or a folder, to be read; none where they chose nothing.
///
/// # Errors
/// [`FailureCode::Declined`] while another question is open.
pub(crate) async fn open<R: Runtime>(
    app: &AppHandle<R>,
    title: &'static str,
    what: OpenWhat,
) -> Result<Vec<PathBuf>> {
    let dialogs = app.state::<Dialogs>();
    let _only = dialogs.0.try_lock().map_err(|_| busy())?;
    #[cfg(feature = "bridge")]
    if let Some(person) = app.try_state::<std::sync::Arc<crate::bridge::Person>>() {
        return Ok(person.opens(title));
    }
    let (answer, answered) = oneshot::channel();
    system::open(app, title, what, answer).map_err(|why| not_shown(&why))?;
    Ok(answered.await.unwrap_or_default())
}

fn busy() -> Failure {
    Failure::new(FailureCode::Declined, "Another question is open in a window of its own.")
        .with_next("Answer that one first.")
}

fn not_shown(why: &tauri::Error) -> Failure {
    Failure::new(FailureCode::Declined, format!("The question could not be shown: {why}."))
        .with_next("Use the command line for it, or start the window again.")
}

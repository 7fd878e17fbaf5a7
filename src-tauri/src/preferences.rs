use app::Failure;
use serde::{Deserialize, Serialize};
use specta::Type;
use tauri::AppHandle;
use tauri_plugin_store::StoreExt;

/// How the window looks. Kept in the clear by tauri-plugin-store: never anything secret or personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Preferences {
    /// Light, dark, or what the system says.
    pub(crate) color_scheme: ColorScheme,
    /// The detail panel's width in CSS pixels, 320 to 720.
    pub(crate) detail_width: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ColorScheme {
    /// What the system says.
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { color_scheme: ColorScheme::Auto, detail_width: 400 }
    }
}

const FILE: &str = "preferences.json";
const KEY: &str = "window";

fn failed(error: &tauri_plugin_store::Error) -> Failure {
    Failure::internal(format!("The window's preferences could not be kept: {error}"))
}

/// What was kept; the defaults when there is nothing or it cannot be read.
pub(crate) fn load(app: &AppHandle) -> Preferences {
    let kept = app.store(FILE).ok().and_then(|store| store.get(KEY));
    kept.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default()
}

/// Keeps them at once.
pub(crate) fn save(app: &AppHandle, preferences: Preferences) -> Result<(), Failure> {
    if !(320..=720).contains(&preferences.detail_width) {
        return Err(Failure::field("detailWidth", "must be from 320 to 720"));
    }
    let store = app.store(FILE).map_err(|e| failed(&e))?;
    store.set(KEY, serde_json::to_value(preferences).expect("plain data"));
    store.save().map_err(|e| failed(&e))
}

use app::Failure;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;
use tauri::{AppHandle, Runtime};
use tauri_plugin_store::StoreExt;

/// How the window looks. Kept in the clear by tauri-plugin-store: never anything secret or personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Preferences {
    /// Light, dark, or what the system says.
    pub(crate) color_scheme: ColorScheme,
    /// The detail panel's width in CSS pixels, 320 to 720.
    pub(crate) detail_width: u32,
    /// Closing the window hides it and goes on delivering. Off: closing quits.
    pub(crate) keep_in_tray: bool,
    /// How large everything is drawn, in percent, 50 to 300.
    pub(crate) zoom: u32,
    /// Whether a tray is there to be kept in. Told to the page, never taken from it.
    pub(crate) tray: bool,
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
        Self {
            color_scheme: ColorScheme::Auto,
            detail_width: 400,
            keep_in_tray: false,
            zoom: 100,
            tray: false,
        }
    }
}

const FILE: &str = "preferences.json";
const KEY: &str = "window";

fn failed(error: &tauri_plugin_store::Error) -> Failure {
    Failure::internal(format!("The window's preferences could not be kept: {error}"))
}

/// What was kept; the defaults when there is nothing or it cannot be read.
pub(crate) fn load<R: Runtime>(app: &AppHandle<R>) -> Preferences {
    let kept = app.store(FILE).ok().and_then(|store| store.get(KEY));
    kept.map(read).unwrap_or_default()
}

/// What an older version did not know yet has its default.
fn read(mut kept: Value) -> Preferences {
    let defaults = serde_json::to_value(Preferences::default()).expect("plain data");
    if let (Value::Object(kept), Value::Object(defaults)) = (&mut kept, defaults) {
        for (name, value) in defaults {
            kept.entry(name).or_insert(value);
        }
    }
    serde_json::from_value(kept).unwrap_or_default()
}

pub(crate) fn save<R: Runtime>(app: &AppHandle<R>, preferences: Preferences) -> Result<(), Failure> {
    if !(320..=720).contains(&preferences.detail_width) {
        return Err(Failure::field("detailWidth", "must be from 320 to 720"));
    }
    if !(50..=300).contains(&preferences.zoom) {
        return Err(Failure::field("zoom", "must be from 50 to 300 percent"));
    }
    let store = app.store(FILE).map_err(|e| failed(&e))?;
    let preferences = Preferences { tray: false, ..preferences };
    store.set(KEY, serde_json::to_value(preferences).expect("plain data"));
    store.save().map_err(|e| failed(&e))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_an_older_version_kept_is_taken_over() {
        let kept = read(json!({ "colorScheme": "dark", "detailWidth": 500 }));
        assert_eq!(
            kept,
            Preferences { color_scheme: ColorScheme::Dark, detail_width: 500, ..Preferences::default() }
        );
        assert!(!kept.keep_in_tray, "closing the window quits until somebody wishes otherwise");
    }

    #[test]
    fn what_cannot_be_read_gives_the_defaults() {
        for kept in [json!(null), json!([1]), json!({ "colorScheme": "pink" }), json!({ "unheardOf": 1 })] {
            assert_eq!(read(kept), Preferences::default());
        }
    }
}

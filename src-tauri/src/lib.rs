//! The shell: the only place that names tauri.

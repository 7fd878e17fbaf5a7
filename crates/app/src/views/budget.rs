use genesys::Budget;
use serde::Serialize;
use specta::Type;

/// The rate budget as the org's last answer told it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BudgetView {
    /// Requests counted in this window.
    pub count: u32,
    /// Requests allowed in a window.
    pub allowed: u32,
    /// Seconds until the window ends; 0 when no window is open.
    pub reset_seconds: u32,
}

impl From<Budget> for BudgetView {
    fn from(Budget { count, allowed, reset_seconds, .. }: Budget) -> Self {
        Self { count, allowed, reset_seconds }
    }
}

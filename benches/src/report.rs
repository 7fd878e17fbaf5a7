//! What every report has in common: the machine, and rows with a target to hold them to.

/// One measured figure.
#[derive(Debug, Clone)]
pub struct Row {
    /// What was measured, with its unit.
    pub what: String,
    /// The figure; a ratio wherever there is a baseline.
    pub figure: String,
    /// What the issue asks for, in the same unit; empty when it asks for nothing.
    pub target: String,
    /// Whether it is met; `None` without a target.
    pub met: Option<bool>,
}

impl Row {
    /// A figure that is held to a target.
    pub fn held(
        what: impl Into<String>,
        figure: impl Into<String>,
        target: impl Into<String>,
        met: bool,
    ) -> Self {
        Self { what: what.into(), figure: figure.into(), target: target.into(), met: Some(met) }
    }

    /// A figure told for comparison: a baseline, a count.
    pub fn told(what: impl Into<String>, figure: impl Into<String>) -> Self {
        Self { what: what.into(), figure: figure.into(), target: String::new(), met: None }
    }
}

/// Prints the machine and the rows as a table. Returns whether every target was met.
pub fn print(title: &str, rows: &[Row]) -> bool {
    println!("\n{title}\n{}\n", machine());
    let wide = |of: fn(&Row) -> &str| rows.iter().map(|r| of(r).chars().count()).max().unwrap_or(0);
    let (what, figure, target) = (wide(|r| &r.what), wide(|r| &r.figure), wide(|r| &r.target));
    for row in rows {
        let verdict = match row.met {
            Some(true) => "met",
            Some(false) => "NOT MET",
            None => "",
        };
        let line = format!("{:what$}  {:>figure$}  {:target$}  {verdict}", row.what, row.figure, row.target);
        println!("{}", line.trim_end());
    }
    rows.iter().all(|row| row.met != Some(false))
}

/// The machine in one line: cores, memory, system, and whether this build is optimised.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = std::fs::read_to_string("/proc/meminfo").ok();
    let memory = memory
        .as_deref()
        .and_then(|m| m.lines().find_map(|l| l.strip_prefix("MemTotal:")))
        .and_then(|l| l.trim().trim_end_matches(" kB").parse::<u64>().ok())
        .map_or_else(|| "memory unknown".to_owned(), |kb| format!("{} GiB", kb.div_ceil(1 << 20)));
    let build = if cfg!(debug_assertions) { "debug build: figures mean little" } else { "release build" };
    format!("{cores} cores, {memory}, {} {}, {build}", std::env::consts::OS, std::env::consts::ARCH)
}

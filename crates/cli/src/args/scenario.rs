use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Subcommand)]
pub enum Scenario {
    /// Check scenario files without running them. The first mistake of each is told with file, line and column; exit code 65.
    Check {
        /// YAML or JSON, in the format that the guide's page on scenario files describes.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Run scenario files: each scenario is a guest of its own. Exit code 0 when all passed, 1 when one did not.
    Run(Box<RunArgs>),
    /// Let many guests write at once, and count what arrives.
    Load(Box<LoadArgs>),
    /// Print the JSON Schema of a scenario file, for editors and other checkers.
    Schema {
        /// That of a bot file of the simulator instead.
        #[arg(long)]
        bot: bool,
    },
}

/// Where guests chat.
#[derive(Args)]
pub struct Place {
    /// The messenger deployment; else GC_DEPLOYMENT_ID, the connection's, config.deploymentId of the file.
    #[arg(long, value_name = "ID")]
    pub deployment: Option<String>,
    /// The region of the org, where neither --connection nor a GC_ variable names one; else config.region of the file.
    #[arg(long, value_name = "R")]
    pub region: Option<String>,
    /// What a guest's page would send as its origin; else GC_ORIGIN, the connection's, config.origin of the file.
    #[arg(long, value_name = "O")]
    pub origin: Option<String>,
}

#[derive(Args)]
pub struct RunArgs {
    /// Scenario files. All are read before anything runs.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub place: Place,
    /// How many scenarios run at the same time.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub parallel: u16,
    /// How many seconds a step may take, unless its scenario says otherwise.
    #[arg(long, value_name = "S", default_value_t = 10.0, value_parser = seconds)]
    pub timeout: f64,
    /// How often each scenario is run, unless it says so itself.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub repeat: Option<u32>,
    /// Which part of the repeats has to pass, from 0 to 1.
    #[arg(long, value_name = "RATE", default_value_t = 1.0, value_parser = part)]
    pub pass_rate: f64,
    /// Only scenarios with this tag; repeatable.
    #[arg(long = "tag", value_name = "T")]
    pub tags: Vec<String>,
    /// How many milliseconds a guest waits before each message; else config.pace of the file, else 2000 on a live org and none on
    /// a simulator.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(0..=86_400_000))]
    pub pace: Option<u64>,
    /// Write the results as JUnit XML, for CI.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write the results as one HTML page.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Write the results as JSON, with every detail.
    #[arg(long, value_name = "FILE")]
    pub results: Option<PathBuf>,
    /// Replace a file that is there and is no report of an earlier run.
    #[arg(long)]
    pub replace: bool,
    /// Belongs to `scenario load`; taken here, so that one set of arguments fits both.
    #[arg(long, hide = true)]
    pub yes_load_test: bool,
}

#[derive(Args)]
pub struct LoadArgs {
    /// A scenario file: the guests go round its `say` steps.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    pub place: Place,
    /// How many guests.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub guests: u32,
    /// Over how many seconds they come, evenly.
    #[arg(long, value_name = "S", default_value_t = 0.0, value_parser = seconds_or_none)]
    pub ramp: f64,
    /// How many messages each guest writes; else one for each `say` step.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub messages: Option<u32>,
    /// After how many minutes it ends at the latest.
    #[arg(long, value_name = "M", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=1_440))]
    pub max_minutes: u32,
    /// How many seconds connecting may take, and how long nothing may come before a guest gives up.
    #[arg(long, value_name = "S", default_value_t = 10.0, value_parser = seconds)]
    pub timeout: f64,
    /// Belongs to `scenario run`; taken here, so that one set of arguments fits both.
    #[arg(long, hide = true, value_name = "MS")]
    pub pace: Option<u64>,
    // vendor-fact: load-test-ticket
    /// Load an org that is no simulator on this computer. Genesys wants a ticket two weeks ahead for that.
    #[arg(long)]
    pub yes_load_test: bool,
}

/// The longest time that may be given: a day.
const LONGEST: f64 = 24.0 * 60.0 * 60.0;

/// Seconds, and not none.
fn seconds(text: &str) -> Result<f64, String> {
    number(text, 0.001, LONGEST, "seconds from 0.001 to 86400")
}

/// Seconds, also none.
fn seconds_or_none(text: &str) -> Result<f64, String> {
    number(text, 0.0, LONGEST, "seconds from 0 to 86400")
}

/// A part of a whole.
fn part(text: &str) -> Result<f64, String> {
    number(text, 0.0, 1.0, "a number from 0 to 1")
}

fn number(text: &str, least: f64, most: f64, wanted: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("must be {wanted}"))
}

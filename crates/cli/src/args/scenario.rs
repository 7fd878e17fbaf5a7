use std::path::PathBuf;

use clap::Subcommand;

#[derive(Subcommand)]
pub enum Scenario {
    /// Check scenario files without running them. The first mistake of each is told with file, line and column; exit code 65.
    Check {
        /// YAML or JSON, in the format that the guide's page on scenario files describes.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Print the JSON Schema of a scenario file, for editors and other checkers.
    Schema,
}

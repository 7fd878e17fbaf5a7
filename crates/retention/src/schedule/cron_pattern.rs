use croner::parser::{CronParser, Seconds, Year};

/// Reads patterns of five fields: no seconds and no year.
pub(super) fn parser() -> CronParser {
    CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build()
}

use std::{num::NonZeroU32, path::PathBuf, str::FromStr};

use app::{
    App,
    views::{QuietWindow, Weekday},
};
use clap::{ArgAction, Args as ClapArgs, Subcommand, ValueEnum};

#[derive(Subcommand)]
pub enum Retention {
    /// After how many days guests are to be deleted; several policies side by side.
    #[command(subcommand)]
    Policy(Policy),
    /// When the purge runs by itself.
    #[command(subcommand)]
    Schedule(Schedule),
    /// Stay and run what is scheduled.
    Daemon,
    /// Start a scheduled run that waits for a person's decision (far more guests than usual, a clock that jumped).
    Allow {
        #[command(flatten)]
        which: WhichPolicy,
    },
    /// How many guests fall due on each of the next 90 days.
    Forecast {
        #[command(flatten)]
        which: WhichPolicy,
        /// What another number of days would do.
        #[arg(long, value_name = "DAYS")]
        then_days: Option<u32>,
    },
    /// Write the frozen list of who would be deleted. Deletes nothing.
    Plan {
        #[command(flatten)]
        policy: PolicyArgs,
        #[arg(long, value_name = "PLAN")]
        out: PathBuf,
        /// Replace a file of that name; otherwise it is left as it is.
        #[arg(long)]
        replace: bool,
    },
    /// Why one guest would be deleted or kept.
    Explain {
        id: String,
        #[command(flatten)]
        policy: PolicyArgs,
    },
    /// Carry out a plan.
    Run {
        plan: PathBuf,
        #[command(flatten)]
        pace: Pace,
        /// How many guests are deleted: answers the guard of production connections.
        #[arg(long, value_name = "COUNT")]
        confirm: Option<u64>,
        /// The clock is right after all, or the plan is meant as it is: answers where this computer's clock and the org's
        /// differed by more than a day when the plan was made, or differ now.
        #[arg(long)]
        confirm_clock: bool,
        /// How many guests are deleted: answers where far more than usual would be.
        #[arg(long, value_name = "COUNT")]
        confirm_unusual: Option<u64>,
    },
    /// Go on with a run.
    Resume {
        run: String,
        #[command(flatten)]
        pace: Pace,
        /// The plan is meant as it is: answers for a run of an earlier version whose plan comes from the future.
        #[arg(long)]
        confirm_clock: bool,
    },
    /// Pause a run after the delete in flight.
    Pause { run: String },
    /// Another pace for a run that goes on.
    Pace {
        run: String,
        /// Deletes a minute at most, or "none".
        #[arg(value_name = "PER_MINUTE")]
        per_minute: Limit,
    },
    /// End a run for good.
    Cancel { run: String },
    /// How far runs are, and which scheduled ones wait for a person.
    Status { run: Option<String> },
    /// Write the signed certificate of a run that has ended.
    Certificate {
        run: String,
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Replace a file of that name; otherwise it is left as it is.
        #[arg(long)]
        replace: bool,
    },
    /// Check a certificate. Opens no data folder and asks no org.
    Verify {
        file: PathBuf,
        /// The plan of the run: then each of its guests is looked for too.
        #[arg(long, value_name = "PLAN")]
        plan: Option<PathBuf>,
        /// Only this key will do.
        #[arg(long, value_name = "FINGERPRINT")]
        signer: Option<String>,
    },
}

#[derive(ClapArgs, Clone, Copy)]
pub struct Pace {
    /// Delete at most so many, then pause.
    #[arg(long, value_name = "N")]
    pub max: Option<u64>,
    /// Deletes a minute at most.
    #[arg(long, value_name = "PER_MINUTE")]
    pub pace: Option<NonZeroU32>,
}

/// A number from 1 on, or none.
#[derive(Debug, Clone, Copy)]
pub struct Limit(pub Option<NonZeroU32>);

impl FromStr for Limit {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self(None)),
            _ => text.parse().map(|n| Self(Some(n))).map_err(|_| "a whole number above 0, or none".into()),
        }
    }
}

#[derive(ClapArgs, Clone)]
pub struct WhichPolicy {
    /// The id of a policy; the first one unless given.
    #[arg(long, value_name = "ID")]
    policy: Option<String>,
}

impl WhichPolicy {
    /// As it was given.
    pub fn given(&self) -> Option<String> {
        self.policy.clone()
    }

    /// The id that is meant.
    pub fn id(&self, app: &App) -> String {
        app.retention_policy_id(self.policy.as_deref())
    }
}

/// Parts of a policy; what is left out is taken from the saved one (30 days at first).
#[derive(ClapArgs, Clone)]
pub struct PolicyArgs {
    #[command(flatten)]
    pub which: WhichPolicy,
    #[arg(long)]
    pub days: Option<u32>,
    #[command(flatten)]
    pub whom: Whom,
}

/// Some guests, or everyone in so many words: a filter that a script lost never comes to mean everyone.
#[derive(ClapArgs, Clone)]
pub struct Whom {
    /// Only guests that match.
    #[arg(long)]
    filter: Option<String>,
    /// Everyone, whatever filter is saved.
    #[arg(long, alias = "no-filter", conflicts_with = "filter")]
    everyone: bool,
}

impl Whom {
    /// The filter that is meant, where `saved` is the one that counts unless something was said; none is everyone.
    pub fn filter(&self, saved: Option<String>) -> Option<String> {
        if self.everyone { None } else { self.filter.clone().or(saved) }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum CountFrom {
    Created,
    LastActivity,
}

/// Quiet hours as one argument: `22:00-06:00`, or with the days on which they begin `sat,sun 00:00-23:59`.
#[derive(Debug, Clone)]
pub struct QuietArg(pub QuietWindow);

impl FromStr for QuietArg {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "times such as 22:00-06:00, or with days: \"sat,sun 08:00-20:00\"".to_owned();
        let (days, times) = text.trim().rsplit_once(' ').unwrap_or(("", text.trim()));
        let (from, to) = times.split_once('-').ok_or_else(wrong)?;
        let day = |name: &str| {
            serde_json::from_value::<Weekday>(name.trim().to_lowercase().into()).map_err(|_| wrong())
        };
        let days = match days.trim() {
            "" => Vec::new(),
            named => named.split(',').map(day).collect::<Result<_, _>>()?,
        };
        Ok(Self(QuietWindow { days, from: from.trim().to_owned(), to: to.trim().to_owned() }))
    }
}

#[derive(Subcommand)]
pub enum Policy {
    /// The saved policies, one a line.
    List,
    /// Change one, or add it.
    Set(Box<PolicyChange>),
    /// Confirm that a policy may act by itself as it stands. Shows how many guests are due.
    Confirm {
        #[command(flatten)]
        which: WhichPolicy,
        /// How many guests are due: asked for on production connections from 100 on.
        #[arg(long, value_name = "COUNT")]
        confirm: Option<u32>,
    },
    /// Remove one. The first one goes back to the default: 30 days from creation, open conversations spared.
    Remove {
        #[command(flatten)]
        which: WhichPolicy,
    },
}

#[derive(ClapArgs)]
pub struct PolicyChange {
    #[command(flatten)]
    pub policy: PolicyArgs,
    /// What people call it.
    #[arg(long)]
    pub name: Option<String>,
    /// What the age is counted from.
    #[arg(long, value_enum)]
    pub count_from: Option<CountFrom>,
    /// Spare guests with an open conversation.
    #[arg(long, action = ArgAction::Set)]
    pub spare_open: Option<bool>,
    /// Spare active guests.
    #[arg(long, action = ArgAction::Set)]
    pub spare_active: Option<bool>,
    /// Times in which no scheduled run deletes, such as 08:00-18:00 or "sat,sun 00:00-12:00"; several times for several.
    #[arg(long, value_name = "TIMES")]
    pub quiet_hours: Vec<QuietArg>,
    /// The zone these are read in, such as Europe/Berlin; "schedule" for the schedule's, also when that changes, as it is
    /// unless one was named.
    #[arg(long, value_name = "ZONE")]
    pub quiet_zone: Option<String>,
    /// No quiet hours.
    #[arg(long, conflicts_with = "quiet_hours")]
    pub no_quiet_hours: bool,
    /// Deletes at most in each run, or "none".
    #[arg(long, value_name = "N")]
    pub cap: Option<Limit>,
    /// Deletes a minute at most, or "none".
    #[arg(long, value_name = "PER_MINUTE")]
    pub pace: Option<Limit>,
    /// Ask a person where more than so many times the usual guests would be deleted, or "none".
    #[arg(long, value_name = "TIMES")]
    pub brake: Option<Limit>,
    /// Up to so many guests never ask.
    #[arg(long, value_name = "GUESTS")]
    pub brake_floor: Option<u32>,
    /// Only print what would change.
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Subcommand)]
pub enum Schedule {
    /// Whether and when.
    Show {
        #[command(flatten)]
        which: WhichPolicy,
    },
    /// Switch it on for this connection. This confirms the policy as it stands.
    On {
        #[command(flatten)]
        which: WhichPolicy,
        /// Five fields: minute, hour, day of month, month, day of week.
        #[arg(long)]
        cron: Option<String>,
        /// IANA, such as Europe/Berlin. At first that of the variable TZ, else the system's.
        #[arg(long)]
        zone: Option<String>,
        /// How many guests are due: asked for on production connections from 100 on.
        #[arg(long, value_name = "COUNT")]
        confirm: Option<u32>,
    },
    /// Switch it off.
    Off {
        #[command(flatten)]
        which: WhichPolicy,
    },
}

#[derive(Subcommand)]
pub enum Hold {
    /// Keep one guest, or everyone who matches.
    Add {
        #[arg(long, value_name = "ID", conflicts_with = "filter", required_unless_present = "filter")]
        guest: Option<String>,
        #[arg(long, value_name = "F")]
        filter: Option<String>,
        /// Why.
        #[arg(long, value_name = "R")]
        reason: String,
        /// Who answers for it; the login name unless given.
        #[arg(long)]
        owner: Option<String>,
        /// The last day it is meant for, such as 2027-03-31. It holds after that too, until it is removed.
        #[arg(long, value_name = "DATE")]
        until: Option<String>,
    },
    /// Every hold, one record a line; also while another process runs.
    List,
    /// Remove a hold.
    Remove { id: String },
}

#[derive(Subcommand)]
pub enum Audit {
    /// Every line, one record a line, the oldest first.
    List,
    /// Check every line, and the head that is kept with the secrets.
    Verify,
    /// Keep a broken log under another name and begin a new one.
    SetAside,
}

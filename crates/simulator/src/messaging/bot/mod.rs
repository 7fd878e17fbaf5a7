//! Who answers a guest by itself. Pure: what a guest did comes in, what is sent and how much later goes out.

mod act;
mod compile;
mod file;
mod mistake;
mod reply;
mod rule;
mod schema;

use std::{collections::BTreeSet, sync::Arc};

pub use act::GuestAct;
pub use mistake::BotMistake;
pub use reply::{BotReply, BotSend};
use rule::Rule;
pub use schema::schema as bot_schema;

/// The rules of all conversations. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bot {
    rules: Arc<[Rule]>,
}

impl Bot {
    /// One that never answers.
    #[must_use]
    pub fn none() -> Self {
        Self { rules: Arc::default() }
    }

    /// The demonstration: answers certain words with every kind of content, and anything else with one line of help.
    #[must_use]
    pub fn demo() -> Self {
        Self::parse("demo.yaml", include_bytes!("demo.yaml")).expect("a test reads the file that is built in")
    }

    /// Reads a bot file, YAML or JSON.
    ///
    /// # Errors
    /// [`BotMistake`] with the place of the first mistake.
    pub fn parse(file_name: &str, bytes: &[u8]) -> Result<Self, BotMistake> {
        let rules = file::read(bytes).and_then(compile::rules);
        rules.map(|rules| Self { rules: rules.into() }).map_err(|mistake| mistake.in_file(file_name))
    }

    /// What it does about what a guest did: the answers of the first rule that fits.
    pub fn answer(&self, memory: &mut BotMemory, act: &GuestAct<'_>) -> Vec<BotReply> {
        let fits =
            |(at, rule): &(usize, &Rule)| !(rule.once && memory.used.contains(at)) && rule.when.fits(act);
        let Some((at, rule)) = self.rules.iter().enumerate().find(fits) else { return Vec::new() };
        if rule.once {
            memory.used.insert(at);
        }
        rule.reply.clone()
    }
}

/// The bot's memory of one conversation.
#[derive(Debug, Clone, Default)]
pub struct BotMemory {
    /// The rules with `once` that answered already, by their place.
    used: BTreeSet<usize>,
}

#[cfg(test)]
mod tests;

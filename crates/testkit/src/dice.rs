/// Numbers that look random and are the same in every run and on every machine (SplitMix64).
#[derive(Debug, Clone)]
pub struct Dice(pub u64);

impl Dice {
    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to the one before the limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit.max(1)
    }
}

/// The second number where a person asks for the long run (`INNKEEPER_LONG=1`), else the first.
#[must_use]
pub fn long_run<T>(short: T, long: T) -> T {
    if std::env::var_os("INNKEEPER_LONG").is_some_and(|v| v == "1") { long } else { short }
}

//! Numbers as people read them.

/// As the page writes numbers: 1,200.
pub(crate) fn count(n: u32) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() + 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// "1 message", "1,200 messages".
pub(crate) fn messages(n: u32) -> String {
    if n == 1 { "1 message".to_owned() } else { format!("{} messages", count(n)) }
}

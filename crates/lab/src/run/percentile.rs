/// The value that this part of the values (0 to 1) is not above, by the nearest rank; `None` of none. Sorts the values.
pub fn percentile(values: &mut [u64], part: f64) -> Option<u64> {
    values.sort_unstable();
    let rank = (part * values.len() as f64).ceil() as usize;
    values.get(rank.clamp(1, values.len().max(1)) - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let mut values = [40, 10, 30, 20];
        assert_eq!(percentile(&mut values, 0.5), Some(20));
        assert_eq!(percentile(&mut values, 0.95), Some(40));
        assert_eq!(percentile(&mut values, 0.0), Some(10));
        assert_eq!(percentile(&mut [], 0.5), None);
    }
}

//! Medians and quartiles.

/// A median and its quartiles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Summary {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Summary {
    /// Returns the summary of these values, or `None` if there are none.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        Some(Summary {
            low: quantile(&sorted, 0.25)?,
            median: quantile(&sorted, 0.5)?,
            high: quantile(&sorted, 0.75)?,
        })
    }
}

/// Returns the median of at least one value.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    Summary::of(values).expect("at least one value").median
}

/// Returns a quantile. Between two values it interpolates: the median of 1 and 2 is 1.5.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "positions in a short list"
)]
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let position = sorted.len().checked_sub(1)? as f64 * share;
    let (below, above) = (sorted[position.floor() as usize], sorted[position.ceil() as usize]);
    Some(below + (above - below) * position.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_lie_between_values() {
        assert_eq!(Summary::of([]), None);
        assert_eq!(Summary::of([3.0]), Some(Summary { low: 3.0, median: 3.0, high: 3.0 }));
        assert_eq!(
            Summary::of([5.0, 1.0, 2.0, 4.0, 3.0]),
            Some(Summary { low: 2.0, median: 3.0, high: 4.0 })
        );
        assert_eq!(
            Summary::of([1.0, 2.0, 3.0, 4.0]),
            Some(Summary { low: 1.75, median: 2.5, high: 3.25 })
        );
    }
}

//! How much finished ground to inspect (IMAS 07.40). Sampling detects that a process failed, not single items.

/// The chance that ground with `n_items` left is accepted when the share `sampled` of it is inspected and each item there is
/// found with probability `detection`: `(1 − f·q)^K`. None unless both lie in 0–1.
pub fn accepted(sampled: f64, detection: f64, n_items: u32) -> Option<f64> {
    let within = |share: f64| (0.0..=1.0).contains(&share);
    (within(sampled) && within(detection)).then(|| libm::pow(1.0 - sampled * detection, f64::from(n_items)))
}

/// The share of the ground to inspect so that ground with `n_items` left is accepted with at most `risk`:
/// `(1 − β^(1/K)) / q`. None where even all of it does not suffice.
pub fn share_to_inspect(risk: f64, detection: f64, n_items: u32) -> Option<f64> {
    let asks = (0.0..=1.0).contains(&risk) && detection > 0.0 && detection <= 1.0 && n_items > 0;
    let share = (1.0 - libm::pow(risk, 1.0 / f64::from(n_items))) / detection;
    (asks && share <= 1.0).then_some(share)
}

/// The chance that no bad lot is among those inspected: `n_bad` of `n_lots` are bad, `n_inspected` are looked at
/// (hypergeometric). None when there are fewer lots than bad or inspected ones.
pub fn none_seen(n_lots: u32, n_bad: u32, n_inspected: u32) -> Option<f64> {
    let possible = n_bad <= n_lots && n_inspected <= n_lots;
    let left = |bad: u32| (f64::from(n_lots) - f64::from(n_inspected) - f64::from(bad)) / f64::from(n_lots - bad);
    possible.then(|| (0..n_bad).map(left).map(|share| share.max(0.0)).product())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calculators_agree_with_the_published_examples() {
        // PT-15.
        let near = |value: Option<f64>, expected: f64| {
            assert!((value.unwrap() - expected).abs() < 5e-4, "{value:?} is not {expected}")
        };
        near(accepted(0.1, 0.9, 5), 0.624);
        near(share_to_inspect(0.1, 0.9, 5), 0.410);
        near(none_seen(400, 5, 40), 0.5888);
    }

    #[test]
    fn what_cannot_be_asked_has_no_answer() {
        assert_eq!(accepted(1.1, 0.9, 5), None);
        assert_eq!(accepted(f64::NAN, 0.9, 5), None);
        assert_eq!(share_to_inspect(0.01, 0.5, 1), None);
        assert_eq!(share_to_inspect(0.1, 0.0, 5), None);
        assert_eq!(none_seen(4, 5, 1), None);
        assert_eq!(none_seen(4, 2, 3), Some(0.0));
        assert_eq!(none_seen(u32::MAX, 0, 7), Some(1.0));
    }
}

//! Which hazard first, from a stated order of criteria (GICHD briefs on priority setting).
//!
//! Each criterion is brought to 0–1 by percentile, weighed by the rank-order centroid of its place in the order (Barron and
//! Barrett 1996), and added. What each criterion contributes is kept, and how far a rank moves when one weight changes by a
//! fifth. A score orders work; it is not a risk to the public. What is urgent goes before any score.

/// How far each weight is moved to see whether ranks hold.
const SHIFT: f64 = 0.2;

/// A criterion; the first of a list counts most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criterion {
    /// For people: `casualties`.
    pub name: String,
    /// Whether a larger value means sooner.
    pub more_is_sooner: bool,
}

/// What is ranked.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Unique.
    pub id: String,
    /// By criterion, in its own unit; none where nobody knows, which contributes nothing.
    pub values: Vec<Option<f64>>,
    /// Why no score may hold it back: a recent accident, a school or water within 100 m, a committed construction date.
    pub urgent: Option<String>,
}

/// Where a candidate stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// Of the candidate.
    pub id: String,
    /// From 1.
    pub rank: usize,
    /// 0 to 1.
    pub score: f64,
    /// By criterion; their sum is the score.
    pub contributions: Vec<f64>,
    /// The best and the worst rank when each weight in turn is a fifth smaller or larger.
    pub rank_range: (usize, usize),
    /// Criteria without a value.
    pub unknown: Vec<String>,
    /// Of the candidate.
    pub urgent: Option<String>,
}

/// The weights of `n` criteria in order: `w_i = (1/n) Σ_{j=i..n} 1/j`. They add up to 1.
pub fn rank_order_centroid(n: usize) -> Vec<f64> {
    (1..=n).map(|i| (i..=n).map(|j| 1.0 / j as f64).sum::<f64>() / n as f64).collect()
}

/// The mean of the scores of a questionnaire; none of none.
pub fn mean_score(scores: &[f64]) -> Option<f64> {
    (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64)
}

/// All candidates by rank. Without `weights` they follow from the order of `criteria`. An error names the first thing that
/// does not fit: a number of values or weights, a weight below 0 or all 0, a value that is no number.
pub fn rank(criteria: &[Criterion], weights: Option<&[f64]>, candidates: &[Candidate]) -> Result<Vec<Ranked>, String> {
    let weights = weights.map_or_else(|| rank_order_centroid(criteria.len()), <[f64]>::to_vec);
    let sum: f64 = weights.iter().sum();
    if weights.len() != criteria.len() || criteria.is_empty() {
        return Err(format!("{} weights for {} criteria", weights.len(), criteria.len()));
    }
    if weights.iter().any(|&weight| !weight.is_finite() || weight < 0.0) || sum <= 0.0 {
        return Err("a weight is below 0 or no number, or all are 0. hint: weights are 0 or more".to_owned());
    }
    for candidate in candidates {
        if candidate.values.len() != criteria.len() {
            return Err(format!(
                "{} has {} values for {} criteria",
                candidate.id,
                candidate.values.len(),
                criteria.len()
            ));
        }
        if candidate.values.iter().flatten().any(|value| !value.is_finite()) {
            return Err(format!("{} has a value that is no number", candidate.id));
        }
    }
    let shares = shares(criteria, candidates);
    let ranks = ranks(&shares, &weights, candidates);
    let mut range: Vec<(usize, usize)> = ranks.iter().map(|&rank| (rank, rank)).collect();
    for at in 0..weights.len() {
        for factor in [1.0 - SHIFT, 1.0 + SHIFT] {
            let mut moved = weights.clone();
            moved[at] *= factor;
            for (range, rank) in range.iter_mut().zip(self::ranks(&shares, &moved, candidates)) {
                *range = (range.0.min(rank), range.1.max(rank));
            }
        }
    }
    let mut ranked: Vec<Ranked> = candidates
        .iter()
        .enumerate()
        .map(|(at, candidate)| {
            let contributions: Vec<f64> =
                weights.iter().zip(&shares[at]).map(|(weight, share)| weight / sum * share).collect();
            let unknown = criteria.iter().zip(&candidate.values).filter(|(_, value)| value.is_none());
            Ranked {
                id: candidate.id.clone(),
                rank: ranks[at],
                score: contributions.iter().sum(),
                contributions,
                rank_range: range[at],
                unknown: unknown.map(|(criterion, _)| criterion.name.clone()).collect(),
                urgent: candidate.urgent.clone(),
            }
        })
        .collect();
    ranked.sort_by_key(|candidate| candidate.rank);
    Ok(ranked)
}

/// By candidate and criterion: the share of the others that it goes before, ties by half; 0 where unknown.
fn shares(criteria: &[Criterion], candidates: &[Candidate]) -> Vec<Vec<f64>> {
    let share = |candidate: &Candidate, at: usize| {
        let Some(own) = candidate.values[at] else { return 0.0 };
        let known: Vec<f64> = candidates.iter().filter_map(|other| other.values[at]).collect();
        let behind = |other: &&f64| if criteria[at].more_is_sooner { **other < own } else { **other > own };
        let equal = known.iter().filter(|&&other| other == own).count() - 1;
        let others = known.len() - 1;
        if others == 0 {
            1.0
        } else {
            (known.iter().filter(behind).count() as f64 + equal as f64 / 2.0) / others as f64
        }
    };
    candidates.iter().map(|candidate| (0..criteria.len()).map(|at| share(candidate, at)).collect()).collect()
}

/// Urgent first, then by score, then by id, so that the order of the input means nothing.
fn ranks(shares: &[Vec<f64>], weights: &[f64], candidates: &[Candidate]) -> Vec<usize> {
    let score = |at: usize| -> f64 { shares[at].iter().zip(weights).map(|(share, weight)| share * weight).sum() };
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    order.sort_by(|&a, &b| {
        let urgent = candidates[b].urgent.is_some().cmp(&candidates[a].urgent.is_some());
        urgent.then(score(b).total_cmp(&score(a))).then_with(|| candidates[a].id.cmp(&candidates[b].id))
    });
    let mut ranks = vec![0; candidates.len()];
    order.into_iter().enumerate().for_each(|(rank, at)| ranks[at] = rank + 1);
    ranks
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// Criteria as `+name` or `-name`, most important first; candidates as `id value value … [!reason]`.
    fn check(criteria: &str, candidates: &str, expected: Expect) {
        let criteria: Vec<Criterion> = criteria
            .split_whitespace()
            .map(|word| Criterion { name: word[1..].to_owned(), more_is_sooner: word.starts_with('+') })
            .collect();
        let candidates: Vec<Candidate> = candidates
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| {
                let (line, urgent) =
                    line.split_once('!').map_or((line, None), |(line, urgent)| (line, Some(urgent.to_owned())));
                let words: Vec<&str> = line.split_whitespace().collect();
                Candidate {
                    id: words[0].to_owned(),
                    values: words[1..].iter().map(|word| word.parse().ok()).collect(),
                    urgent,
                }
            })
            .collect();
        let said = match rank(&criteria, None, &candidates) {
            Err(error) => error,
            Ok(ranked) => ranked
                .iter()
                .map(|at| {
                    let contributions: Vec<String> =
                        at.contributions.iter().map(|value| format!("{value:.3}")).collect();
                    format!(
                        "{} {} {:.3} = {} ranks {}-{} {}{}\n",
                        at.rank,
                        at.id,
                        at.score,
                        contributions.join(" + "),
                        at.rank_range.0,
                        at.rank_range.1,
                        at.unknown.join(","),
                        at.urgent.as_deref().unwrap_or("")
                    )
                })
                .collect(),
        };
        expected.assert_eq(&said);
    }

    #[test]
    fn the_order_of_criteria_gives_the_weights() {
        let weights: Vec<String> = rank_order_centroid(7).iter().map(|weight| format!("{weight:.3}")).collect();
        // DOMAIN §10.3.
        assert_eq!(weights.join(" "), "0.370 0.228 0.156 0.109 0.073 0.044 0.020");
    }

    #[test]
    fn the_mean_of_ten_scores() {
        // PT-16, Bosnia and Herzegovina 2014.
        assert_eq!(mean_score(&[4.0, 4.0, 5.0, 3.0, 7.0, 6.0, 4.0, 8.0, 4.0, 2.0]), Some(4.7));
        assert_eq!(mean_score(&[]), None);
    }

    #[test]
    fn contributions_add_up_and_what_is_urgent_goes_first() {
        check(
            "+casualties +households -cost",
            "
            A 3 10 500
            B 0 90 100
            C 1 40 ?
            D 0 0 900 !accident on 2 May
            ",
            expect![[r#"
                1 D 0.102 = 0.102 + 0.000 + 0.000 ranks 1-1 accident on 2 May
                2 A 0.759 = 0.611 + 0.093 + 0.056 ranks 2-2 
                3 C 0.593 = 0.407 + 0.185 + 0.000 ranks 3-3 cost
                4 B 0.491 = 0.102 + 0.278 + 0.111 ranks 4-4 
            "#]],
        );
    }

    #[test]
    fn values_that_do_not_fit_are_named() {
        check("+casualties +households", "A 3", expect!["A has 1 values for 2 criteria"]);
        check("", "A", expect!["0 weights for 0 criteria"]);
        check("+casualties", "A inf", expect!["A has a value that is no number"]);
    }
}

//! A set of weeks as bits: the open weeks of a season, the free weeks of a team.

/// A set of weeks, counted from 0, of a horizon fixed when it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weeks {
    words: Vec<u64>,
    n_weeks: usize,
}

impl Weeks {
    /// No week of `n_weeks`.
    pub fn none(n_weeks: usize) -> Self {
        Self { words: vec![0; n_words(n_weeks)], n_weeks }
    }

    /// Every week of `n_weeks`.
    pub fn all(n_weeks: usize) -> Self {
        Self::of(n_weeks, |_| true)
    }

    /// The weeks for which `holds` says yes.
    pub fn of(n_weeks: usize, holds: impl Fn(usize) -> bool) -> Self {
        let mut weeks = Self::none(n_weeks);
        for week in (0..n_weeks).filter(|&week| holds(week)) {
            weeks.words[week / 64] |= 1 << (week % 64);
        }
        weeks
    }

    /// The length of the horizon in weeks.
    pub fn n_weeks(&self) -> usize {
        self.n_weeks
    }

    /// Whether `week` is in the set; weeks beyond the horizon are not.
    pub fn contains(&self, week: usize) -> bool {
        week < self.n_weeks && self.words[week / 64] >> (week % 64) & 1 == 1
    }

    /// Whether no week is in the set.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// How many weeks are in the set.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }
}

pub(crate) fn n_words(n_weeks: usize) -> usize {
    n_weeks.div_ceil(64)
}

/// The first bit at or after `from` that both sets have.
#[inline]
pub(crate) fn next_common(a: &[u64], b: &[u64], from: usize) -> Option<usize> {
    let first = from / 64;
    let mut mask = !0_u64 << (from % 64);
    for (offset, (a, b)) in a.iter().zip(b).enumerate().skip(first) {
        let word = a & b & mask;
        if word != 0 {
            return Some(offset * 64 + word.trailing_zeros() as usize);
        }
        mask = !0;
    }
    None
}

/// The last bit that `bits` lacks within `from..to`.
#[inline]
pub(crate) fn last_missing(bits: &[u64], from: usize, to: usize) -> Option<usize> {
    let (first, last) = (from / 64, (to - 1) / 64);
    for at in (first..=last).rev() {
        let mut word = !bits[at];
        if at == last {
            word &= !0 >> (63 - (to - 1) % 64);
        }
        if at == first {
            word &= !0 << (from % 64);
        }
        if word != 0 {
            return Some(at * 64 + 63 - word.leading_zeros() as usize);
        }
    }
    None
}

/// Takes `from..to` out of `bits`.
#[inline]
pub(crate) fn clear(bits: &mut [u64], from: usize, to: usize) {
    let (first, last) = (from / 64, (to - 1) / 64);
    for (at, word) in bits.iter_mut().enumerate().take(last + 1).skip(first) {
        let mut mask = !0_u64;
        if at == last {
            mask &= !0 >> (63 - (to - 1) % 64);
        }
        if at == first {
            mask &= !0 << (from % 64);
        }
        *word &= !mask;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bits_agree_with_a_list_of_booleans(a in prop::collection::vec(any::<bool>(), 200), b in prop::collection::vec(any::<bool>(), 200), from in 0..199_usize, length in 1..120_usize) {
            let to = (from + length).min(200);
            let [mut x, y] = [&a, &b].map(|list| Weeks::of(200, |week| list[week]));
            prop_assert_eq!(x.len(), a.iter().filter(|&&in_set| in_set).count());
            prop_assert_eq!(next_common(x.words(), y.words(), from), (from..200).find(|&week| a[week] && b[week]));
            prop_assert_eq!(last_missing(x.words(), from, to), (from..to).rev().find(|&week| !a[week]));
            clear(&mut x.words, from, to);
            prop_assert!((0..200).all(|week| x.contains(week) == (a[week] && !(from..to).contains(&week))));
        }
    }
}

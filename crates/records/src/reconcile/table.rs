//! Stated values by what they are about: one key may have several sources.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::Stated;

/// Series, quantity, first day, day after the last.
type Key = (String, String, Date, Date);

pub(super) struct Table {
    /// In an order that does not depend on the rows' order.
    pub(super) stated: Vec<Stated>,
    by_key: BTreeMap<Key, Vec<usize>>,
    periods: BTreeMap<(String, String), Vec<(Date, Date)>>,
}

impl Table {
    pub(super) fn new(mut stated: Vec<Stated>) -> Table {
        let sorted_by = |s: &Stated| {
            let fine = s.published.interval().half_width();
            let key = (s.series.clone(), s.quantity.clone(), s.from, s.to, fine.is_none(), fine);
            (key, s.published.base_value(), s.source.clone(), s.published.text.clone(), s.row)
        };
        stated.sort_by_cached_key(sorted_by);
        let mut by_key: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        let mut periods: BTreeMap<(String, String), BTreeSet<(Date, Date)>> = BTreeMap::new();
        for (id, s) in stated.iter().enumerate() {
            by_key.entry((s.series.clone(), s.quantity.clone(), s.from, s.to)).or_default().push(id);
            periods.entry((s.series.clone(), s.quantity.clone())).or_default().insert((s.from, s.to));
        }
        let periods = periods.into_iter().map(|(key, set)| (key, set.into_iter().collect())).collect();
        Table { stated, by_key, periods }
    }

    /// Every key with what is stated of it.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&Key, &[usize])> {
        self.by_key.iter().map(|(key, ids)| (key, ids.as_slice()))
    }

    pub(super) fn series(&self) -> BTreeSet<&str> {
        self.by_key.keys().map(|(series, ..)| series.as_str()).collect()
    }

    pub(super) fn quantities(&self, series: &str) -> BTreeSet<&str> {
        self.periods.keys().filter(|(s, _)| s == series).map(|(_, quantity)| quantity.as_str()).collect()
    }

    /// Periods of a quantity, in order.
    pub(super) fn periods(&self, series: &str, quantity: &str) -> &[(Date, Date)] {
        self.periods.get(&(series.to_owned(), quantity.to_owned())).map(Vec::as_slice).unwrap_or_default()
    }

    /// All that is stated of one quantity in one period, the finest first.
    pub(super) fn all(&self, series: &str, quantity: &str, from: Date, to: Date) -> &[usize] {
        let key = (series.to_owned(), quantity.to_owned(), from, to);
        self.by_key.get(&key).map(Vec::as_slice).unwrap_or_default()
    }

    /// One of them: of the preferred source if it says anything, the finest digits first.
    pub(super) fn pick(
        &self,
        series: &str,
        quantity: &str,
        from: Date,
        to: Date,
        source: Option<&str>,
    ) -> Option<usize> {
        let ids = self.all(series, quantity, from, to);
        let of_source = ids.iter().find(|id| source.is_some_and(|source| self.stated[**id].source == source));
        of_source.or(ids.first()).copied()
    }

    /// A flow over a period: as stated, or as the sum of shorter periods that fill it without gap or overlap.
    pub(super) fn flow(
        &self,
        series: &str,
        quantity: &str,
        from: Date,
        to: Date,
        source: Option<&str>,
    ) -> Option<Vec<usize>> {
        if let Some(id) = self.pick(series, quantity, from, to, source) {
            return Some(vec![id]);
        }
        let tiles = self.tiles(series, quantity, from, to)?;
        tiles.into_iter().map(|(from, to)| self.pick(series, quantity, from, to, source)).collect()
    }

    /// The fewest shorter periods that fill a period exactly.
    pub(super) fn tiles(&self, series: &str, quantity: &str, from: Date, to: Date) -> Option<Vec<(Date, Date)>> {
        let periods = self.periods(series, quantity);
        let begin = periods.partition_point(|period| period.0 < from);
        // Best way to each bound, by the number of pieces and the bound before.
        let mut ways: BTreeMap<Date, (usize, Option<Date>)> = BTreeMap::from([(from, (0, None))]);
        for &(start, end) in periods[begin..].iter().take_while(|period| period.0 < to) {
            let is_piece = start < end && end <= to && (start, end) != (from, to);
            let Some(&(n, _)) = ways.get(&start).filter(|_| is_piece) else { continue };
            let way = ways.entry(end).or_insert((usize::MAX, None));
            if n + 1 < way.0 {
                *way = (n + 1, Some(start));
            }
        }
        let mut tiles = Vec::new();
        let mut bound = to;
        while let Some(&(_, Some(before))) = ways.get(&bound) {
            tiles.push((before, bound));
            bound = before;
        }
        tiles.reverse();
        (bound == from && !tiles.is_empty()).then_some(tiles)
    }
}

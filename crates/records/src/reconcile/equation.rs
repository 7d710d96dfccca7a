//! Whole less parts, in exact intervals.

use super::table::Table;
use crate::decimal::Decimal;
use crate::published::Interval;

/// One figure in an equation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) id: usize,
    pub(super) is_whole: bool,
    pub(super) is_subtracted: bool,
    /// Multiplied by the first and divided by the second, to try a slip of the unit.
    pub(super) scale: (i64, i64),
}

impl Part {
    pub(super) fn whole(id: usize) -> Part {
        Part { id, is_whole: true, is_subtracted: false, scale: (1, 1) }
    }

    pub(super) fn added(id: usize) -> Part {
        Part { id, is_whole: false, is_subtracted: false, scale: (1, 1) }
    }

    pub(super) fn subtracted(id: usize) -> Part {
        Part { is_subtracted: true, ..Part::added(id) }
    }

    pub(super) fn negated(self) -> Part {
        Part { is_subtracted: !self.is_subtracted, ..self }
    }
}

/// The gap: whole less parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) value: Decimal,
    pub(super) range: Interval,
    pub(super) stated: Decimal,
    pub(super) expected: Decimal,
}

impl Gap {
    pub(super) fn may_be_nought(&self) -> bool {
        self.range.meets(Interval::exactly(Decimal::ZERO))
    }
}

/// The gap of an equation; `None` if a scaled figure cannot be kept exactly.
pub(super) fn gap(table: &Table, parts: &[Part]) -> Option<Gap> {
    let mut stated = Decimal::ZERO;
    let mut expected = Decimal::ZERO;
    let mut range = Interval::exactly(Decimal::ZERO);
    for part in parts {
        let scaled = |value: Decimal| value.times(Decimal::from(part.scale.0))?.over(i128::from(part.scale.1));
        let value = scaled(table.stated[part.id].published.base_value())?;
        let given = interval(table, parts, part.id);
        let bound = |bound: Option<Decimal>| {
            Some(match bound {
                Some(bound) => Some(scaled(bound)?),
                None => None,
            })
        };
        let scaled = Interval { lower: bound(given.lower)?, upper: bound(given.upper)? };
        let signed = if part.is_subtracted { -value } else { value };
        if part.is_whole {
            stated = stated + signed;
        } else {
            expected = expected + signed;
        }
        range = if part.is_whole != part.is_subtracted { range.plus(scaled) } else { range.minus(scaled) };
    }
    Some(Gap { value: stated - expected, range, stated, expected })
}

/// Where a figure lies. A bare nought in a table of two decimals is 0.00: its own digits tell nothing of its rounding,
/// so it takes the finest of its neighbours.
fn interval(table: &Table, parts: &[Part], id: usize) -> Interval {
    let published = &table.stated[id].published;
    let own = published.interval();
    if !published.is_bare_nought() {
        return own;
    }
    let neighbours = parts.iter().map(|part| &table.stated[part.id].published).filter(|other| !other.is_bare_nought());
    let finest = neighbours.filter_map(|other| other.interval().half_width()).min();
    match (finest, own.half_width()) {
        (Some(finest), Some(half)) if finest < half => Interval { lower: Some(-finest), upper: Some(finest) },
        _ => own,
    }
}

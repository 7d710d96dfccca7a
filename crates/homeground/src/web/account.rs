//! The statement of account of one hazard, like a bank's: opening nothing, each entry with what it added or took
//! away, closing with what remains, to the last unit.

use std::collections::BTreeMap;

use geometry::Area;
use ledger::{Account, Day, End, Start};
use records::land::ReleaseMethod;

/// What a line tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// First stated hazardous.
    New,
    /// Released before, hazardous again.
    Reopened,
    /// A boundary moved outwards.
    Gained,
    /// A boundary moved inwards.
    GivenUp,
    /// Suspicion was confirmed; nothing moves.
    Confirmed,
    /// Released.
    Released(ReleaseMethod),
}

impl What {
    /// As people say it.
    pub fn word(self) -> &'static str {
        match self {
            What::New => "stated hazardous",
            What::Reopened => "reopened",
            What::Gained => "boundary moved out",
            What::GivenUp => "boundary moved in",
            What::Confirmed => "confirmed, SHA to CHA",
            What::Released(ReleaseMethod::Cancelled) => "cancelled",
            What::Released(ReleaseMethod::Reduced) => "reduced",
            What::Released(ReleaseMethod::Cleared) => "cleared",
        }
    }

    fn adds(self) -> bool {
        matches!(self, What::New | What::Reopened | What::Gained)
    }
}

/// One line of the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub day: Day,
    /// What.
    pub what: What,
    /// Record behind it, by number.
    pub by: Option<u32>,
    /// How much ground it is about; never negative.
    pub area: Area,
    /// What remains after it.
    pub balance: Area,
}

impl Line {
    /// What it added.
    pub fn plus(&self) -> Option<Area> {
        self.what.adds().then_some(self.area)
    }

    /// What it took away.
    pub fn minus(&self) -> Option<Area> {
        (!self.what.adds() && self.what != What::Confirmed).then_some(self.area)
    }
}

/// Everything that happened by the day, in order; one line for each record and what it did.
pub fn statement(account: &Account, day: Day) -> Vec<Line> {
    let mut sums: BTreeMap<(Day, What, Option<u32>), Area> = BTreeMap::new();
    for (spell, area) in &account.spells {
        let began = match spell.how {
            Start::New => What::New,
            Start::Reopened => What::Reopened,
            Start::Adjusted => What::Gained,
        };
        let confirmed = spell.confirmed_on.map(|on| (on, What::Confirmed, None));
        let ended = spell.end.map(|(on, end, by)| match end {
            End::Released(method) => (on, What::Released(method), Some(by)),
            End::Adjusted => (on, What::GivenUp, Some(by)),
        });
        for key in [Some((spell.start, began, Some(spell.started_by))), confirmed, ended].into_iter().flatten() {
            if key.0 <= day {
                *sums.entry(key).or_default() += *area;
            }
        }
    }
    let mut balance = Area::ZERO;
    let line = |((day, what, by), area)| {
        let mut line = Line { day, what, by, area, balance };
        balance = balance + line.plus().unwrap_or_default() - line.minus().unwrap_or_default();
        line.balance = balance;
        line
    };
    sums.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::Spell;
    use records::land::HazardStatus;

    fn spell(start: i32, how: Start, end: Option<(i32, End)>) -> Spell {
        Spell {
            start: Day(start),
            how,
            started_by: 1,
            status: HazardStatus::Suspected,
            confirmed_on: None,
            end: end.map(|(on, end)| (Day(on), end, 2)),
            left: None,
            unit: None,
        }
    }

    #[test]
    fn the_statement_closes_with_what_remains() {
        let cleared = Some((20, End::Released(ReleaseMethod::Cleared)));
        let account = Account {
            spells: vec![
                (spell(10, Start::New, None), Area::from_m2(60.0)),
                (spell(10, Start::New, cleared), Area::from_m2(30.0)),
                (spell(10, Start::New, Some((25, End::Adjusted))), Area::from_m2(10.0)),
                (spell(30, Start::Reopened, None), Area::from_m2(5.0)),
            ],
            ..Account::default()
        };
        let told = |day: i32| -> Vec<(i32, &str, f64)> {
            let lines = statement(&account, Day(day));
            lines.iter().map(|line| (line.day.0, line.what.word(), line.balance.m2())).collect()
        };
        let all = [
            (10, "stated hazardous", 100.0),
            (20, "cleared", 70.0),
            (25, "boundary moved in", 60.0),
            (30, "reopened", 65.0),
        ];
        assert_eq!(told(30), all);
        assert_eq!(told(24), all[..2]);
    }
}

//! The table of systems and operations, `data/epsg.txt`: lines of fields, sorted by kind and code, read where needed.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::crs::Operation;

/// A line of the table.
pub(crate) struct Row(Vec<&'static str>);

impl Row {
    fn of(line: &'static str) -> Row {
        Row(line.split('\t').collect())
    }

    /// A field, the letter of the kind being the first.
    pub(crate) fn at(&self, field: usize) -> &'static str {
        self.0[field]
    }

    pub(crate) fn number(&self, field: usize) -> f64 {
        self.0[field].parse().expect("the shipped table has a number there")
    }

    pub(crate) fn code(&self) -> u32 {
        self.0[1].parse().expect("the shipped table has a code there")
    }
}

struct Table {
    /// Of each kind, code and line, by code.
    kinds: HashMap<char, Vec<(u32, &'static str)>>,
}

fn shipped() -> &'static Table {
    static SHIPPED: OnceLock<Table> = OnceLock::new();
    SHIPPED.get_or_init(|| {
        let mut kinds: HashMap<char, Vec<(u32, &'static str)>> = HashMap::new();
        for line in include_str!("../data/epsg.txt").lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split('\t');
            let kind = fields.next().and_then(|kind| kind.chars().next()).expect("a line has a kind");
            let code = fields.next().and_then(|code| code.parse().ok()).expect("a line has a code");
            kinds.entry(kind).or_default().push((code, line));
        }
        Table { kinds }
    })
}

fn lines(kind: char) -> &'static [(u32, &'static str)] {
    shipped().kinds.get(&kind).map(Vec::as_slice).unwrap_or_default()
}

/// The line of a kind with a code.
pub(crate) fn row(kind: char, code: u32) -> Option<Row> {
    let lines = lines(kind);
    lines.binary_search_by_key(&code, |(code, _)| *code).ok().map(|at| Row::of(lines[at].1))
}

/// Every line of a kind, by code.
pub(crate) fn rows(kind: char) -> impl Iterator<Item = Row> {
    lines(kind).iter().map(|(_, line)| Row::of(line))
}

/// A box of degrees (west, south, east, north) and its name by the code of an extent.
pub(crate) fn extent(code: &str) -> ([f64; 4], &'static str) {
    let row = row('e', code.parse().expect("a code")).expect("the shipped table has every extent");
    ([row.number(2), row.number(3), row.number(4), row.number(5)], row.at(6))
}

/// Every operation that can be used, by code; read once.
pub(crate) fn operations(of: impl Fn(&Row) -> Operation) -> &'static [Operation] {
    static READ: OnceLock<Vec<Operation>> = OnceLock::new();
    READ.get_or_init(|| rows('o').map(|row| of(&row)).collect())
}

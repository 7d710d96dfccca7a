//! The vocabulary and the identities of `reconcile.toml`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// What a quantity is in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// What there is on a day.
    Stock,
    /// What happened in a period.
    Flow,
    /// What happened since a beginning, by a day.
    Cumulative,
}

/// One quantity.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quantity {
    /// What it is in time.
    pub holds: Holds,
    /// `area` or `count`.
    pub dimension: String,
    /// In the field's words.
    pub about: String,
    /// Other words for it.
    pub words: Vec<String>,
}

/// Terms of one form of an expression: sign and quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) needs_all: bool,
    pub(super) terms: Vec<(bool, String)>,
}

/// Forms in the order of preference.
pub(super) type Expression = Vec<Form>;

#[derive(Debug, Clone, Default)]
pub(super) struct Flows {
    pub(super) add: Vec<Expression>,
    pub(super) subtract: Vec<Expression>,
    pub(super) otherwise: Option<Expression>,
}

#[derive(Debug, Clone)]
pub(super) struct Balance {
    pub(super) id: String,
    pub(super) stock: Expression,
    pub(super) flows: Flows,
    pub(super) alone: Option<Flows>,
}

/// How a whole compares with its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Relation {
    #[default]
    Equal,
    AtMost,
    AtLeast,
}

#[derive(Debug, Clone)]
pub(super) struct Whole {
    pub(super) id: String,
    pub(super) relation: Relation,
    pub(super) whole: Expression,
    pub(super) parts: Vec<Expression>,
    pub(super) needs_all: bool,
}

#[derive(Debug)]
pub(super) struct Words {
    opening: Vec<String>,
    closing: Vec<String>,
    part_marks: Vec<String>,
    pub(super) unit_slips: Vec<i64>,
    quantities: BTreeMap<String, Quantity>,
    by_word: BTreeMap<String, String>,
    pub(super) balances: Vec<Balance>,
    pub(super) wholes: Vec<Whole>,
}

/// Which end of its period a stock stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Opening,
    Closing,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlowsRow {
    add: Vec<String>,
    subtract: Vec<String>,
    otherwise: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BalanceRow {
    id: String,
    stock: String,
    add: Vec<String>,
    subtract: Vec<String>,
    otherwise: Option<String>,
    alone: Option<FlowsRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WholeRow {
    id: String,
    #[serde(default)]
    relation: Relation,
    whole: String,
    parts: Vec<String>,
    #[serde(default)]
    needs_all: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "every table says its version")]
    version: String,
    opening: Vec<String>,
    closing: Vec<String>,
    parts: Vec<String>,
    unit_slips: Vec<i64>,
    quantity: BTreeMap<String, Quantity>,
    balance: Vec<BalanceRow>,
    whole: Vec<WholeRow>,
}

/// Every quantity of the vocabulary, by its canonical name.
pub fn quantities() -> &'static BTreeMap<String, Quantity> {
    &Words::shipped().quantities
}

impl Words {
    pub(super) fn shipped() -> &'static Words {
        static SHIPPED: OnceLock<Words> = OnceLock::new();
        SHIPPED.get_or_init(|| {
            let file: File = toml::from_str(include_str!("../reconcile.toml")).expect("the shipped table is valid");
            let mut by_word = BTreeMap::new();
            for (name, quantity) in &file.quantity {
                for word in quantity.words.iter().chain([name]) {
                    by_word.insert(word.clone(), name.clone());
                }
            }
            let balances = file.balance.into_iter().map(|row| Balance {
                id: row.id,
                stock: expression(&row.stock),
                flows: flows(FlowsRow { add: row.add, subtract: row.subtract, otherwise: row.otherwise }),
                alone: row.alone.map(flows),
            });
            let wholes = file.whole.into_iter().map(|row| Whole {
                id: row.id,
                relation: row.relation,
                whole: expression(&row.whole),
                parts: row.parts.iter().map(|part| expression(part)).collect(),
                needs_all: row.needs_all,
            });
            Words {
                balances: balances.collect(),
                wholes: wholes.collect(),
                opening: file.opening,
                closing: file.closing,
                part_marks: file.parts,
                unit_slips: file.unit_slips,
                quantities: file.quantity,
                by_word,
            }
        })
    }

    /// A path such as `Croatia / Karlovac` by its marks, without blanks; empty pieces are left out.
    pub(super) fn path(&self, text: &str) -> Vec<String> {
        let mut text = text.to_owned();
        for mark in &self.part_marks {
            text = text.replace(mark, "/");
        }
        text.split('/').map(str::trim).filter(|piece| !piece.is_empty()).map(str::to_owned).collect()
    }

    /// The quantity that a word means, and at which end of its period a stock stands if the word says so.
    pub(super) fn quantity(&self, word: &str) -> Option<(&str, Option<End>)> {
        let known = |word: &str| self.by_word.get(word).map(String::as_str);
        if let Some(name) = known(word) {
            return Some((name, None));
        }
        for (ends, end) in [(&self.opening, End::Opening), (&self.closing, End::Closing)] {
            for mark in ends {
                if word == mark {
                    return Some(("remaining", Some(end)));
                }
                let stem = word
                    .strip_suffix(mark.as_str())
                    .and_then(|stem| stem.strip_suffix('_'))
                    .or_else(|| word.strip_prefix(mark.as_str()).and_then(|stem| stem.strip_prefix('_')));
                let stock = stem.and_then(known).filter(|name| self.quantities[*name].holds == Holds::Stock);
                if let Some(name) = stock {
                    return Some((name, Some(end)));
                }
            }
        }
        None
    }

    /// The word that was probably meant.
    pub(super) fn near(&self, word: &str) -> Option<&str> {
        let distance = |known: &&String| edits(word, known);
        self.by_word
            .keys()
            .filter(|known| distance(known) <= 2 && known.len() > 4)
            .min_by_key(distance)
            .map(String::as_str)
    }
}

fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let cost = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

fn flows(row: FlowsRow) -> Flows {
    let all = |texts: Vec<String>| texts.iter().map(|text| expression(text)).collect();
    Flows { add: all(row.add), subtract: all(row.subtract), otherwise: row.otherwise.map(|text| expression(&text)) }
}

/// `a | b + c | d & e | f - g`.
fn expression(text: &str) -> Expression {
    let form = |text: &str| {
        let mut terms = Vec::new();
        let mut is_subtracted = false;
        for word in text.split_whitespace() {
            match word {
                "+" | "&" => is_subtracted = false,
                "-" => is_subtracted = true,
                name => terms.push((is_subtracted, name.to_owned())),
            }
        }
        Form { needs_all: !text.contains('&'), terms }
    };
    text.split('|').map(form).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_identity_names_quantities_of_the_vocabulary_and_no_word_means_two() {
        let words = Words::shipped();
        let flows = words.balances.iter().flat_map(|balance| [Some(&balance.flows), balance.alone.as_ref()]).flatten();
        let expressions = flows
            .flat_map(|flows| flows.add.iter().chain(&flows.subtract).chain(&flows.otherwise))
            .chain(words.balances.iter().map(|balance| &balance.stock))
            .chain(words.wholes.iter().flat_map(|whole| whole.parts.iter().chain([&whole.whole])));
        for (_, name) in expressions.flatten().flat_map(|form| &form.terms) {
            assert!(words.quantities.contains_key(name), "{name}");
        }
        let n_words: usize = words.quantities.values().map(|quantity| quantity.words.len() + 1).sum();
        assert_eq!(n_words, words.by_word.len(), "a word stands twice");
    }
}

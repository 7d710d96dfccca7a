//! A value as somebody published it, and the interval in which the true value lies by its digits and words (DOMAIN §1.5, ID-14).
//!
//! "40.6 km²" says no more than 40.55 to 40.65. "about", "over" and "up to" widen that or open one side. The text is
//! kept beside the number. All arithmetic is exact ([`Decimal`]). What can be read in two ways, such as `3,054 km²`
//! (three thousand, or three and a bit), is named and not guessed.
//!
//! | words | interval of a value v with last place u |
//! |---|---|
//! | none | v − ½u … v + ½u; a whole count without a magnitude is exactly v |
//! | about | v ± u, and at least half of the last digit that is no nought at the end of a whole number: about 3,000 is 2,500 … 3,500 |
//! | nearly | as "about" below, v + ½u above |
//! | over, at least | v − ½u … without end |
//! | up to | without beginning … v + ½u |

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::decimal::Decimal;

/// What a word does to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Qualifier {
    /// Nothing widens it.
    #[default]
    Exactly,
    /// "about": wider on both sides.
    About,
    /// "over", "more than": open above.
    Over,
    /// "at least": open above.
    AtLeast,
    /// "up to", "less than": open below.
    UpTo,
    /// "nearly": wider below.
    Nearly,
}

impl Qualifier {
    /// As people write it; empty if nothing widens the value.
    pub fn word(self) -> &'static str {
        match self {
            Qualifier::Exactly => "",
            Qualifier::About => "about",
            Qualifier::Over => "over",
            Qualifier::AtLeast => "at least",
            Qualifier::UpTo => "up to",
            Qualifier::Nearly => "nearly",
        }
    }
}

/// A unit of measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its short name, such as `km2`; a unit that the table does not know keeps its own text.
    pub name: String,
    /// What it measures: `area`, `length`, `count`, `percent`, `money USD`; of an unknown unit its own text.
    pub dimension: String,
    /// How many base units it has (m², m, 1), exactly.
    pub factor: Decimal,
}

/// How a file writes numbers, where it shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// Nothing shows it: a point is read as decimal, a comma with three digits behind it is ambiguous.
    #[default]
    Unknown,
    /// 1,234.5
    DecimalPoint,
    /// 1.234,5
    DecimalComma,
}

/// Values between two bounds, in the base unit; an open side has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interval {
    /// The smallest it may be.
    pub lower: Option<Decimal>,
    /// The largest it may be.
    pub upper: Option<Decimal>,
}

impl Interval {
    /// One value.
    pub fn exactly(value: Decimal) -> Interval {
        Interval { lower: Some(value), upper: Some(value) }
    }

    /// Sum of two.
    pub fn plus(self, other: Interval) -> Interval {
        let sum = |a: Option<Decimal>, b: Option<Decimal>| Some(a? + b?);
        Interval { lower: sum(self.lower, other.lower), upper: sum(self.upper, other.upper) }
    }

    /// Difference of two.
    pub fn minus(self, other: Interval) -> Interval {
        self.plus(other.negated())
    }

    /// With the other sign.
    pub fn negated(self) -> Interval {
        Interval { lower: self.upper.map(|bound| -bound), upper: self.lower.map(|bound| -bound) }
    }

    /// Whether two values may be the same.
    ///
    /// ```
    /// use records::published::{Published, Style};
    /// let read = |value, unit| Published::read(value, unit, "", Style::DecimalPoint).unwrap().interval();
    /// assert!(read("3,054", "km2").meets(read("305,400", "ha")));
    /// assert!(!read("3,054", "km2").meets(read("3,050", "km2")));
    /// assert!(read("3,054", "km2").meets(read("about 3,050", "km2")));
    /// ```
    pub fn meets(self, other: Interval) -> bool {
        let below = |a: Option<Decimal>, b: Option<Decimal>| a.zip(b).is_none_or(|(a, b)| a <= b);
        below(self.lower, other.upper) && below(other.lower, self.upper)
    }

    /// Half of its width; `None` if a side is open.
    pub fn half_width(self) -> Option<Decimal> {
        Some((self.upper? - self.lower?).half())
    }
}

/// A value as published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The text as it was given.
    pub text: String,
    /// The value in its own unit, magnitude included.
    pub value: Decimal,
    /// One unit of its last place, in its own unit.
    pub last_place: Decimal,
    /// Its significant digits as written.
    pub digits: u32,
    /// What the words around it do.
    pub qualifier: Qualifier,
    /// Its unit.
    pub unit: Unit,
    /// Whether it is a whole number without a magnitude.
    is_whole: bool,
}

/// How two statements of one value stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// They say the same, however it is written.
    Same,
    /// Both may be the same value: one is rounded, or cut after a digit (DQ-45).
    Rounded,
    /// No rounding explains the difference.
    Apart,
}

/// Why a text is no published value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreadable {
    /// No number in it.
    #[error("{0:?} has no number")]
    NoNumber(String),
    /// The comma may mean thousands or decimals.
    #[error("{0:?} can be read in two ways: the comma parts thousands, or it is a decimal comma")]
    Ambiguous(String),
    /// The groups of digits are no thousands.
    #[error("{0:?} is not grouped by thousands")]
    Groups(String),
    /// More digits than are kept.
    #[error("{0:?} has more digits than can be kept exactly")]
    TooLong(String),
    /// Words that are no qualifier, magnitude or unit.
    #[error("{0:?} is neither a qualifier, a magnitude nor a unit")]
    Words(String),
    /// Two qualifiers or units that differ.
    #[error("two are given: {0:?} and {1:?}")]
    Two(String, String),
}

impl Unreadable {
    /// What to do.
    pub fn hint(&self) -> &'static str {
        match self {
            Unreadable::NoNumber(_) => "write digits, such as 325.6",
            Unreadable::Ambiguous(_) => "write it without the comma, or say --decimal point or --decimal comma",
            Unreadable::Groups(_) => "groups of a thousand have three digits, such as 1,234,567",
            Unreadable::TooLong(_) => "up to 10^18, with at most twelve places",
            Unreadable::Words(_) => {
                "about, over, at least, up to, nearly; thousand, million; m2, ha, km2, people, items"
            }
            Unreadable::Two(..) => "delete the wrong one",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitRow {
    name: String,
    dimension: String,
    factor: String,
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "every table says its version")]
    version: String,
    qualifier: BTreeMap<Qualifier, Vec<String>>,
    magnitude: BTreeMap<String, String>,
    unit: Vec<UnitRow>,
}

/// The words of `published.toml`.
struct Words {
    qualifiers: Vec<(String, Qualifier)>,
    magnitudes: BTreeMap<String, Decimal>,
    units: BTreeMap<String, Unit>,
}

impl Words {
    fn shipped() -> &'static Words {
        static SHIPPED: OnceLock<Words> = OnceLock::new();
        SHIPPED.get_or_init(|| {
            let file: File = toml::from_str(include_str!("published.toml")).expect("the shipped table is valid");
            let decimal = |text: &str| Decimal::parse(text).expect("factors are decimals");
            let mut qualifiers: Vec<(String, Qualifier)> = file
                .qualifier
                .into_iter()
                .flat_map(|(qualifier, words)| words.into_iter().map(move |word| (word, qualifier)))
                .collect();
            // The longest first, so that "an estimated" is not read as "estimated" with a word too many.
            qualifiers.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
            let units = file.unit.iter().flat_map(|row| {
                let unit =
                    Unit { name: row.name.clone(), dimension: row.dimension.clone(), factor: decimal(&row.factor) };
                row.words.iter().map(move |word| (word.clone(), unit.clone()))
            });
            Words {
                qualifiers,
                magnitudes: file.magnitude.iter().map(|(word, factor)| (word.clone(), decimal(factor))).collect(),
                units: units.collect(),
            }
        })
    }
}

/// The qualifier that a word or phrase is.
pub fn qualifier(text: &str) -> Option<Qualifier> {
    let text = text.trim().to_lowercase().replace('_', " ");
    Words::shipped().qualifiers.iter().find(|(word, _)| *word == text).map(|(_, qualifier)| *qualifier)
}

/// The factor of a magnitude such as `million`.
pub fn magnitude(word: &str) -> Option<Decimal> {
    Words::shipped().magnitudes.get(&word.to_lowercase()).copied()
}

/// The unit of a word such as `hectares`; `None` if the table does not know it.
///
/// ```
/// assert_eq!(records::published::unit("square kilometres").unwrap().name, "km2");
/// ```
pub fn unit(word: &str) -> Option<Unit> {
    Words::shipped().units.get(&word.trim().to_lowercase()).cloned()
}

impl Published {
    /// Read a value with the words around it, such as `over 1.2 million`, and what columns of their own say of it.
    ///
    /// Words may stand in `value` or in their own column, in both only if they say the same. A unit that the table does not know
    /// is kept as its own; it compares with nothing but itself.
    ///
    /// ```
    /// use records::published::{Published, Qualifier, Style};
    /// let read = Published::read("more than 1.2 million ha", "", "", Style::Unknown).unwrap();
    /// assert_eq!((read.value.to_string().as_str(), read.unit.name.as_str()), ("1200000", "ha"));
    /// assert_eq!((read.qualifier, read.last_place.to_string().as_str()), (Qualifier::Over, "100000"));
    /// ```
    pub fn read(value: &str, unit_text: &str, qualifier_text: &str, style: Style) -> Result<Published, Unreadable> {
        let text = value.trim();
        let (inner_qualifier, rest) = leading_qualifier(text);
        let (currency, rest) = leading_currency(rest);
        let (number, rest) = number_at(rest).ok_or_else(|| Unreadable::NoNumber(text.to_owned()))?;
        let (magnitude, rest) = leading_magnitude(rest);
        let inner_unit = match rest.trim() {
            "" => currency,
            word => Some(unit(word).ok_or_else(|| Unreadable::Words(word.to_owned()))?),
        };
        let unit = one_unit(inner_unit, unit_text)?;
        let qualifier = one_qualifier(inner_qualifier, qualifier_text)?;
        let is_count = unit.dimension == "count";
        let (plain, places) = plain(number, style, is_count && magnitude == Decimal::ONE)?;
        let too_long = || Unreadable::TooLong(text.to_owned());
        let in_unit = |decimal: Decimal| decimal.times(magnitude).filter(|value| value.times(unit.factor).is_some());
        let value = Decimal::parse(&plain).and_then(in_unit).ok_or_else(too_long)?;
        let last_place = Decimal::unit_of_place(places as i32).and_then(in_unit).ok_or_else(too_long)?;
        let digits = plain.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit).count() as u32;
        let is_whole = places == 0 && magnitude == Decimal::ONE;
        Ok(Published { text: text.to_owned(), value, last_place, digits: digits.max(1), qualifier, unit, is_whole })
    }

    /// The value in the base unit of its dimension: m², m, 1.
    pub fn base_value(&self) -> Decimal {
        self.in_base(self.value)
    }

    fn in_base(&self, decimal: Decimal) -> Decimal {
        decimal.times(self.unit.factor).expect("reading refuses what does not fit")
    }

    /// Whether it is a count of whole things that nothing widens: it is exact.
    pub fn is_exact_count(&self) -> bool {
        self.unit.dimension == "count" && self.is_whole && self.qualifier == Qualifier::Exactly
    }

    /// Whether it is a nought without places, whose digits tell nothing of its rounding.
    pub fn is_bare_nought(&self) -> bool {
        self.value == Decimal::ZERO && self.is_whole && self.qualifier == Qualifier::Exactly
    }

    /// Where the true value lies, in the base unit.
    pub fn interval(&self) -> Interval {
        if self.is_exact_count() {
            return Interval::exactly(self.base_value());
        }
        let value = self.base_value();
        let half = self.in_base(self.last_place).half();
        let wide = self.in_base(self.rough_place()).half().max(half + half);
        let (lower, upper) = match self.qualifier {
            Qualifier::Exactly => (Some(value - half), Some(value + half)),
            Qualifier::About => (Some(value - wide), Some(value + wide)),
            Qualifier::Nearly => (Some(value - wide), Some(value + half)),
            Qualifier::Over | Qualifier::AtLeast => (Some(value - half), None),
            Qualifier::UpTo => (None, Some(value + half)),
        };
        Interval { lower, upper }
    }

    /// How another statement of the same value stands to this one.
    ///
    /// ```
    /// use records::published::{Agreement, Published, Style};
    /// let read = |value| Published::read(value, "ha", "", Style::DecimalPoint).unwrap();
    /// assert_eq!(read("325.6").agreement(&read("326")), Agreement::Rounded);
    /// assert_eq!(read("325.69").agreement(&read("325.6")), Agreement::Rounded, "cut");
    /// assert_eq!(read("325.6").agreement(&read("324")), Agreement::Apart);
    /// ```
    pub fn agreement(&self, other: &Published) -> Agreement {
        let says = |published: &Published| (published.base_value(), published.interval());
        let coarser = self.in_base(self.last_place).max(other.in_base(other.last_place));
        let is_cut = !self.is_exact_count() && !other.is_exact_count();
        if says(self) == says(other) {
            Agreement::Same
        } else if self.interval().meets(other.interval())
            || (is_cut && (self.base_value() - other.base_value()).abs() < coarser)
        {
            Agreement::Rounded
        } else {
            Agreement::Apart
        }
    }

    /// One unit of the last digit that is not a nought at the end of a whole number: "about 3,000" counts in thousands.
    fn rough_place(&self) -> Decimal {
        let is_rough = self.is_whole && self.value != Decimal::ZERO;
        let tens = std::iter::successors(Some(self.last_place), |place| place.times(Decimal::from(10)));
        let rough = tens.skip(1).take_while(|place| is_rough && self.value.is_multiple_of(*place)).last();
        rough.unwrap_or(self.last_place)
    }

    /// As it may be shown: qualifier, value, unit.
    pub fn shown(&self) -> String {
        let word = self.qualifier.word();
        let gap = if word.is_empty() { "" } else { " " };
        format!("{word}{gap}{} {}", self.value.grouped(), self.unit.name).trim_end().to_owned()
    }
}

fn one_unit(inner: Option<Unit>, given: &str) -> Result<Unit, Unreadable> {
    let given = given.trim();
    let of_column = (!given.is_empty()).then(|| {
        unit(given).unwrap_or_else(|| Unit {
            name: given.to_owned(),
            dimension: given.to_lowercase(),
            factor: Decimal::ONE,
        })
    });
    match (inner, of_column) {
        (Some(inner), Some(column)) if inner.name != column.name => Err(Unreadable::Two(inner.name, column.name)),
        (inner, column) => Ok(inner.or(column).unwrap_or_else(|| Unit {
            name: String::new(),
            dimension: String::new(),
            factor: Decimal::ONE,
        })),
    }
}

fn one_qualifier(inner: Option<Qualifier>, given: &str) -> Result<Qualifier, Unreadable> {
    let of_column = match given.trim() {
        "" => None,
        word => Some(qualifier(word).ok_or_else(|| Unreadable::Words(word.to_owned()))?),
    };
    match (inner, of_column) {
        (Some(inner), Some(column)) if inner != column => {
            Err(Unreadable::Two(inner.word().to_owned(), column.word().to_owned()))
        }
        (inner, column) => Ok(inner.or(column).unwrap_or_default()),
    }
}

/// A qualifier at the beginning, and what follows it.
fn leading_qualifier(text: &str) -> (Option<Qualifier>, &str) {
    for (word, qualifier) in &Words::shipped().qualifiers {
        let Some(head) = text.get(..word.len()).filter(|head| head.to_lowercase() == *word) else { continue };
        let rest = &text[head.len()..];
        let ends = word.ends_with(|c: char| !c.is_alphanumeric()) || !rest.starts_with(char::is_alphanumeric);
        if ends && !rest.is_empty() {
            return (Some(*qualifier), rest.trim_start());
        }
    }
    (None, text)
}

/// A sign of money before the number.
fn leading_currency(text: &str) -> (Option<Unit>, &str) {
    let sign = text.chars().next().filter(|c| !c.is_alphanumeric()).map(String::from);
    let money = sign.as_deref().and_then(unit).filter(|unit| unit.dimension.starts_with("money"));
    let length = if money.is_some() { sign.map_or(0, |sign| sign.len()) } else { 0 };
    (money, text[length..].trim_start())
}

fn leading_magnitude(text: &str) -> (Decimal, &str) {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    match magnitude(&text[..end]) {
        Some(factor) => (factor, &text[end..]),
        None => (Decimal::ONE, text),
    }
}

/// Blanks that part thousands.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\'' | '’')
}

/// The number at the beginning, with its separators, and what follows it.
fn number_at(text: &str) -> Option<(&str, &str)> {
    let start = text.strip_prefix(['-', '−', '+']).map_or(0, |rest| text.len() - rest.len());
    let mut end = start;
    for (at, c) in text[start..].char_indices().map(|(at, c)| (start + at, c)) {
        let after = &text[at + c.len_utf8()..];
        let joins = after.starts_with(|c: char| c.is_ascii_digit()) && at > start;
        if c.is_ascii_digit() || ((c == '.' || c == ',' || is_blank(c)) && joins) {
            end = at + c.len_utf8();
        } else {
            break;
        }
    }
    (end > start).then(|| text.split_at(end))
}

/// How a number is written, if it can be read in one way only.
pub fn style_of(number: &str) -> Option<Style> {
    let (number, _) = number_at(leading_qualifier(number.trim()).1)?;
    let marks: Vec<char> = number.chars().filter(|c| *c == '.' || *c == ',').collect();
    let tail = number.rsplit(['.', ',']).next().map_or(0, str::len);
    match marks[..] {
        [',', .., '.'] => Some(Style::DecimalPoint),
        ['.', .., ','] => Some(Style::DecimalComma),
        [',', ..] if marks.len() > 1 => Some(Style::DecimalPoint),
        ['.', ..] if marks.len() > 1 => Some(Style::DecimalComma),
        [','] if tail != 3 => Some(Style::DecimalComma),
        ['.'] if tail != 3 => Some(Style::DecimalPoint),
        _ => None,
    }
}

/// Digits with a point, and the places behind it.
fn plain(number: &str, style: Style, is_whole: bool) -> Result<(String, usize), Unreadable> {
    let ambiguous = || Unreadable::Ambiguous(number.to_owned());
    let shown = style_of(number);
    let style = match (shown, style) {
        // A number that shows its own style in a file of the other is a slip, unless nothing was known.
        (Some(own), Style::Unknown) => own,
        (Some(own), known) if own == known => own,
        (Some(_), _) => return Err(ambiguous()),
        (None, Style::Unknown) if number.contains(',') && !is_whole => return Err(ambiguous()),
        (None, Style::Unknown) => Style::DecimalPoint,
        (None, known) => known,
    };
    let mark = if style == Style::DecimalComma { ',' } else { '.' };
    let (whole, part) = number.split_once(mark).unwrap_or((number, ""));
    let sign = if whole.starts_with(['-', '−']) { "-" } else { "" };
    let whole = whole.trim_start_matches(['-', '−', '+']);
    let groups: Vec<&str> = whole.split(|c: char| c == '.' || c == ',' || is_blank(c)).collect();
    let is_grouped = groups.len() == 1
        || (groups[0].len() <= 3 && !groups[0].is_empty() && groups[1..].iter().all(|group| group.len() == 3));
    if !is_grouped || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Unreadable::Groups(number.to_owned()));
    }
    let dot = if part.is_empty() { "" } else { "." };
    Ok((format!("{sign}{}{dot}{part}", groups.concat()), part.len()))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proptest::prelude::*;

    use super::*;

    fn line(text: &str) -> String {
        let mut parts = text.split('|').map(str::trim);
        let (value, unit, qualifier) =
            (parts.next().unwrap(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let bound = |bound: Option<Decimal>| bound.map_or("…".to_owned(), |bound| bound.to_string());
        match Published::read(value, unit, qualifier, Style::Unknown) {
            Ok(read) => {
                let interval = read.interval();
                let what = read.shown();
                format!("{text} => {what}; {} … {}", bound(interval.lower), bound(interval.upper))
            }
            Err(why) => format!("{text} => {why}"),
        }
    }

    #[test]
    fn a_value_lies_within_half_a_unit_of_its_last_place_and_words_widen_it() {
        let scene = "
            40.6 | km2
            530.17 | km2
            0 | km2
            28,025,706 | m2
            22 | items
            3,059 | people
            about 3,000 | people
            about 325.6 | ha
            nearly 450 | km
            over 4,000 | people
            4000 | people | more than
            up to 51 %
            at least 1.2 million | items
            1.2 million | people
            12 thousand hectares
            3 054 km²
            1.234,5 | ha
            −2.5 | ha
            100 | jerib
            17 | springs
            12 | dunams
            €1.5 billion
        ";
        let lines: Vec<String> = scene.lines().map(str::trim).filter(|l| !l.is_empty()).map(line).collect();
        expect![[r#"
            40.6 | km2 => 40.6 km2; 40550000 … 40650000
            530.17 | km2 => 530.17 km2; 530165000 … 530175000
            0 | km2 => 0 km2; -500000 … 500000
            28,025,706 | m2 => 28,025,706 m2; 28025705.5 … 28025706.5
            22 | items => 22 items; 22 … 22
            3,059 | people => 3,059 people; 3059 … 3059
            about 3,000 | people => about 3,000 people; 2500 … 3500
            about 325.6 | ha => about 325.6 ha; 3255000 … 3257000
            nearly 450 | km => nearly 450 km; 445000 … 450500
            over 4,000 | people => over 4,000 people; 3999.5 … …
            4000 | people | more than => over 4,000 people; 3999.5 … …
            up to 51 % => up to 51 %; … … 51.5
            at least 1.2 million | items => at least 1,200,000 items; 1150000 … …
            1.2 million | people => 1,200,000 people; 1150000 … 1250000
            12 thousand hectares => 12,000 ha; 115000000 … 125000000
            3 054 km² => 3,054 km2; 3053500000 … 3054500000
            1.234,5 | ha => 1,234.5 ha; 12344500 … 12345500
            −2.5 | ha => −2.5 ha; -25500 … -24500
            100 | jerib => 100 jerib; 199000 … 201000
            17 | springs => 17 springs; 16.5 … 17.5
            12 | dunams => 12 dunam; 11500 … 12500
            €1.5 billion => 1,500,000,000 EUR; 1450000000 … 1550000000"#]]
        .assert_eq(&lines.join("\n"));
    }

    #[test]
    fn what_can_be_read_in_two_ways_or_not_at_all_is_named() {
        let scene = "
            3,054 | km2
            1,00,000 | m2
            several | ha
            12 parrots
            5 ha | km2
            about 5 | ha | over
            1.2.3,4 | ha
            1234567890123456789012 | m2
            0.0000000000001 | km2
            5 | ha | perhaps
        ";
        let lines: Vec<String> = scene.lines().map(str::trim).filter(|l| !l.is_empty()).map(line).collect();
        expect![[r#"
            3,054 | km2 => "3,054" can be read in two ways: the comma parts thousands, or it is a decimal comma
            1,00,000 | m2 => "1,00,000" is not grouped by thousands
            several | ha => "several" has no number
            12 parrots => "parrots" is neither a qualifier, a magnitude nor a unit
            5 ha | km2 => two are given: "ha" and "km2"
            about 5 | ha | over => two are given: "about" and "over"
            1.2.3,4 | ha => "1.2.3,4" is not grouped by thousands
            1234567890123456789012 | m2 => "1234567890123456789012" has more digits than can be kept exactly
            0.0000000000001 | km2 => "0.0000000000001" has more digits than can be kept exactly
            5 | ha | perhaps => "perhaps" is neither a qualifier, a magnitude nor a unit"#]]
        .assert_eq(&lines.join("\n"));
    }

    #[test]
    fn what_a_file_shows_settles_its_commas() {
        let read = |style| Published::read("3,054", "km2", "", style).map(|read| read.value.to_string());
        assert_eq!(read(Style::DecimalPoint).unwrap(), "3054");
        assert_eq!(read(Style::DecimalComma).unwrap(), "3.054");
        assert!(read(Style::Unknown).is_err());
        assert!(Published::read("40.6", "km2", "", Style::DecimalComma).is_err());
    }

    proptest! {
        #[test]
        fn a_value_lies_in_its_own_interval_and_words_only_widen(
            whole in 0_u32..10_000_000, places in 0_usize..4, unit in prop::sample::select(vec!["m2", "ha", "km2", "acre", "m"]),
            word in prop::sample::select(vec!["about", "over", "at least", "up to", "nearly"]),
        ) {
            let text = format!("{:.*}", places, f64::from(whole) / 10_f64.powi(places as i32));
            let plain = Published::read(&text, unit, "", Style::DecimalPoint).unwrap();
            let wide = Published::read(&text, unit, word, Style::DecimalPoint).unwrap();
            let value = Interval::exactly(plain.base_value());
            prop_assert!(plain.interval().meets(value) && wide.interval().meets(value));
            let (a, b) = (plain.interval(), wide.interval());
            prop_assert!(b.lower.is_none_or(|bound| bound <= a.lower.unwrap()));
            prop_assert!(b.upper.is_none_or(|bound| bound >= a.upper.unwrap()));
        }

        #[test]
        fn no_text_makes_reading_panic(value in "\\PC{0,24}", unit in "\\PC{0,6}", qualifier in "\\PC{0,6}") {
            for style in [Style::Unknown, Style::DecimalPoint, Style::DecimalComma] {
                if let Ok(read) = Published::read(&value, &unit, &qualifier, style) {
                    read.interval();
                }
            }
        }
    }
}

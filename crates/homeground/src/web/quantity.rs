//! Numbers as people read them: thin spaces, one unit a page, never a rounded number where an exact one is meant.

use geometry::Area;
use jiff::Timestamp;
use maud::{Markup, html};

/// The unit in which areas are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unit {
    /// Square metres.
    #[default]
    M2,
    /// Hectares.
    Ha,
    /// Square kilometres.
    Km2,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Unit; 3] = [Unit::M2, Unit::Ha, Unit::Km2];

    /// The unit of this name, as links spell it.
    pub fn named(name: &str) -> Option<Unit> {
        Unit::ALL.into_iter().find(|unit| unit.name() == name)
    }

    /// As links spell it.
    pub fn name(self) -> &'static str {
        match self {
            Unit::M2 => "m2",
            Unit::Ha => "ha",
            Unit::Km2 => "km2",
        }
    }

    /// As people write it.
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::M2 => "m²",
            Unit::Ha => "ha",
            Unit::Km2 => "km²",
        }
    }

    /// Square metres in one.
    pub fn m2(self) -> f64 {
        match self {
            Unit::M2 => 1.0,
            Unit::Ha => 1e4,
            Unit::Km2 => 1e6,
        }
    }

    fn digits(self) -> usize {
        match self {
            Unit::M2 => 0,
            Unit::Ha => 2,
            Unit::Km2 => 3,
        }
    }

    /// An area in this unit, without its symbol.
    pub fn text(self, area: Area) -> String {
        grouped(area.m2() / self.m2(), self.digits())
    }

    /// An area in this unit, with its symbol.
    pub fn full(self, area: Area) -> String {
        format!("{}\u{a0}{}", self.text(area), self.symbol())
    }

    /// An area for a table cell: shown in this unit, carrying exact square metres for machines.
    pub fn cell(self, area: Area) -> Markup {
        html! { data value=(exact_m2(area)) { (self.text(area)) } }
    }
}

/// An instant to the minute, in UTC; whole for machines.
pub fn instant(at: Timestamp) -> Markup {
    html! { time datetime=(at) title=(at) { (at.strftime("%Y-%m-%d %H:%M")) " UTC" } }
}

/// A text cut to so many letters, with a mark where it was.
pub fn cut(text: &str, most: usize) -> String {
    match text.chars().count() > most {
        true => text.chars().take(most).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

/// A count with thin spaces.
pub fn count(n: usize) -> String {
    grouped(n as f64, 0)
}

/// A number with so many decimals and thin spaces between groups of three digits.
pub fn grouped(number: f64, digits: usize) -> String {
    let text = format!("{number:.digits$}");
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) if rest.bytes().any(|b| (b'1'..=b'9').contains(&b)) => ("\u{2212}", rest),
        Some(rest) => ("", rest),
        None => ("", text.as_str()),
    };
    let (whole, rest) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let mut out = String::from(sign);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    if let Some(rest) = rest {
        out.push('.');
        out.push_str(rest);
    }
    out
}

/// Square metres to the last digit that is kept, for machines: no sum of these is ever off.
pub fn exact_m2(area: Area) -> String {
    let units = area.units();
    let sign = if units < 0 { "-" } else { "" };
    let (whole, rest) = (units.unsigned_abs() / 1_000_000_000, units.unsigned_abs() % 1_000_000_000);
    match format!("{rest:09}").trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        rest => format!("{sign}{whole}.{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_zero_has_no_sign() {
        assert_eq!(grouped(1_570_632.4, 0), "1\u{202f}570\u{202f}632");
        assert_eq!(grouped(-12_345.678, 2), "\u{2212}12\u{202f}345.68");
        assert_eq!(grouped(-0.2, 0), "0");
        assert_eq!(Unit::Ha.full(Area::from_m2(123_456.0)), "12.35\u{a0}ha");
    }

    #[test]
    fn exact_square_metres_lose_nothing() {
        assert_eq!(exact_m2(Area::from_units(1_570_632_000_000_001)), "1570632.000000001");
        assert_eq!(exact_m2(Area::from_units(-500_000_000)), "-0.5");
        assert_eq!(exact_m2(Area::ZERO), "0");
    }
}

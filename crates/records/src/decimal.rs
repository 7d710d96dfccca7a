//! Decimal numbers kept exactly: what was published is added and compared as it was written.
//!
//! Twelve places after the point, in one `i128`. A floating-point number cannot hold 40.6, so half a unit of its
//! last place would already be a guess. Nothing here rounds in silence: an operation that would have to gives `None`.

use std::fmt;
use std::ops::{Add, Neg, Sub};

/// Places after the point.
const PLACES: u32 = 12;
const ONE: i128 = 10_i128.pow(PLACES);
/// No published number is larger; sums of a hundred million of them still fit.
const LIMIT: i128 = 10_i128.pow(18) * ONE;

/// An exact decimal number with at most twelve places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal(i128);

impl Decimal {
    /// Nought.
    pub const ZERO: Decimal = Decimal(0);
    /// One.
    pub const ONE: Decimal = Decimal(ONE);

    /// Digits with at most one point and a leading sign, such as `-530.17`.
    ///
    /// ```
    /// use records::decimal::Decimal;
    /// assert_eq!(Decimal::parse("530.170").unwrap().to_string(), "530.17");
    /// assert_eq!(Decimal::parse("0.0000000000001"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Decimal> {
        let (negative, digits) = match text.strip_prefix(['-', '−']) {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + part.len() == 0 || !is_digits(whole) || !is_digits(part) || part.len() > PLACES as usize {
            return None;
        }
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let part: i128 = format!("{part:0<12}").parse().ok()?;
        let value = whole.checked_mul(ONE)?.checked_add(part).filter(|value| *value <= LIMIT)?;
        Some(Decimal(if negative { -value } else { value }))
    }

    /// One unit of the given place after the point; places before the point are negative. `None` beyond what is kept.
    pub fn unit_of_place(places: i32) -> Option<Decimal> {
        let exponent = u32::try_from(PLACES as i32 - places).ok()?;
        10_i128.checked_pow(exponent).filter(|unit| *unit <= LIMIT).map(Decimal)
    }

    /// The product, if it can be kept exactly.
    pub fn times(self, other: Decimal) -> Option<Decimal> {
        let low = (self.0 % ONE).checked_mul(other.0)?;
        let product = (self.0 / ONE).checked_mul(other.0)?.checked_add(low / ONE)?;
        (low % ONE == 0 && product.abs() <= LIMIT * 1_000).then_some(Decimal(product))
    }

    /// Divided by a whole number, if the quotient can be kept exactly.
    pub fn over(self, divisor: i128) -> Option<Decimal> {
        (divisor != 0 && self.0 % divisor == 0).then(|| Decimal(self.0 / divisor))
    }

    /// Divided and rounded to what is kept: for showing a figure in another unit, never for comparing.
    pub fn shown_in(self, factor: Decimal) -> Decimal {
        let whole = self.0 / factor.0;
        let rest = self.0 % factor.0;
        Decimal(whole.saturating_mul(ONE).saturating_add(rest.checked_mul(ONE).map_or(0, |rest| rest / factor.0)))
    }

    /// Half of it.
    pub fn half(self) -> Decimal {
        Decimal(self.0 / 2)
    }

    /// Without its sign.
    pub fn abs(self) -> Decimal {
        Decimal(self.0.abs())
    }

    /// Whether it lies below nought.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// As a float, for JSON; the nearest there is.
    pub fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// Places after the point that are not nought at the end.
    pub fn places(self) -> usize {
        self.to_string().split_once('.').map_or(0, |(_, part)| part.len())
    }

    /// Rounded to so many places, halves away from nought: for showing.
    pub fn rounded(self, places: usize) -> Decimal {
        let unit = 10_i128.pow(PLACES - (places as u32).min(PLACES));
        let half = unit / 2 * self.0.signum();
        Decimal((self.0 + half) / unit * unit)
    }

    /// Whether it is a multiple of another that is not nought.
    pub fn is_multiple_of(self, step: Decimal) -> bool {
        self.0 % step.0 == 0
    }

    /// With commas between thousands, as people write it.
    pub fn grouped(self) -> String {
        let text = self.abs().to_string();
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        let mut grouped = String::from(if self.is_negative() { "−" } else { "" });
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        if !part.is_empty() {
            grouped.push('.');
            grouped.push_str(part);
        }
        grouped
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) = (self.0.unsigned_abs() / ONE.unsigned_abs(), self.0.unsigned_abs() % ONE.unsigned_abs());
        let part = format!("{part:012}");
        match part.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            part => write!(f, "{sign}{whole}.{part}"),
        }
    }
}

impl From<i64> for Decimal {
    fn from(whole: i64) -> Decimal {
        Decimal(i128::from(whole).saturating_mul(ONE))
    }
}

impl Add for Decimal {
    type Output = Decimal;

    fn add(self, other: Decimal) -> Decimal {
        Decimal(self.0.saturating_add(other.0))
    }
}

impl Sub for Decimal {
    type Output = Decimal;

    fn sub(self, other: Decimal) -> Decimal {
        Decimal(self.0.saturating_sub(other.0))
    }
}

impl Neg for Decimal {
    type Output = Decimal;

    fn neg(self) -> Decimal {
        Decimal(-self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_float_cannot_add_is_added_exactly() {
        let of = |text| Decimal::parse(text).unwrap();
        assert_eq!((of("0.1") + of("0.2")).to_string(), "0.3");
        assert_eq!(of("40.6").times(of("1000000")).unwrap().to_string(), "40600000");
        assert_eq!(of("0.000000000001").times(of("0.1")), None);
        assert_eq!(of("7").over(2).unwrap().to_string(), "3.5");
        assert_eq!(of("1").over(3), None);
        assert_eq!(of("-1234567.5").grouped(), "−1,234,567.5");
        assert_eq!(of("1.065").rounded(2).to_string(), "1.07");
        assert_eq!(of("-1.065").rounded(2).to_string(), "-1.07");
        assert_eq!(of("20580000").shown_in(of("1000000")).to_string(), "20.58");
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", ".", "-", "1.2.3", "1e6", "1,000", "٣", "1000000000000000001"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_and_number_are_one(whole in -1_000_000_000_i64..1_000_000_000, part in 0_u32..1_000_000) {
            let text = format!("{whole}.{part:06}");
            let value = Decimal::parse(&text).unwrap();
            prop_assert_eq!(Decimal::parse(&value.to_string()), Some(value));
        }
    }
}

//! Longitude and latitude written as text: degrees, degrees and minutes, degrees, minutes and seconds.
//!
//! Hemispheres are read in several scripts where a letter has one meaning only. `O` is west in Spanish and east in
//! German, `Ş` is north and east in Azerbaijani: such a letter alone is refused, and so are two numbers without a
//! word on which is which.
//!
//! ```
//! use geodesy::text::{Order, read};
//!
//! let place = read("40°06'23.4\"N 46°02'17.9\"E", None).unwrap();
//! assert!((place.lonlat[0] - 46.038305556).abs() < 1e-9);
//! assert_eq!(read("с.ш. 40°06,39' в.д. 46°02,298'", None).unwrap().lonlat, [46.0383, 40.1065]);
//! assert!(read("40.1065 46.0383", None).is_err());
//! assert!(read("40.1065 46.0383", Some(Order::LatLon)).is_ok());
//! ```

/// Which of two bare numbers comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Latitude first.
    LatLon,
    /// Longitude first.
    LonLat,
}

/// A place as its text gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// Degrees, longitude first, on whatever datum the text means.
    pub lonlat: [f64; 2],
    /// One unit of the last digit written, in metres on the ground, of the coarser of the two.
    pub last_digit_m: f64,
}

/// Why a text is not a place.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TextError {
    /// Two numbers, and nothing says which is the latitude.
    #[error("{0:?} does not say which number is the latitude; write N or S and E or W, or say the order")]
    OrderUnknown(String),
    /// A letter that means two things.
    #[error("{letter:?} in {text:?} means {meanings}; write N, S, E or W")]
    Ambiguous {
        /// The whole.
        text: String,
        /// The letter.
        letter: String,
        /// What it can mean.
        meanings: &'static str,
    },
    /// Something else is wrong.
    #[error("{text:?} is not a latitude and a longitude: {why}")]
    Broken {
        /// The whole.
        text: String,
        /// What is wrong.
        why: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hemisphere {
    North,
    South,
    East,
    West,
}

impl Hemisphere {
    fn is_latitude(self) -> bool {
        matches!(self, Hemisphere::North | Hemisphere::South)
    }

    fn sign(self) -> f64 {
        if matches!(self, Hemisphere::North | Hemisphere::East) { 1.0 } else { -1.0 }
    }
}

/// Words for hemispheres, in lower case; a longer one is tried before a shorter one.
const HEMISPHERES: &[(&str, Hemisphere)] = &[
    ("n", Hemisphere::North),
    ("north", Hemisphere::North),
    ("s", Hemisphere::South),
    ("south", Hemisphere::South),
    ("e", Hemisphere::East),
    ("east", Hemisphere::East),
    ("w", Hemisphere::West),
    ("west", Hemisphere::West),
    // Russian; the Cyrillic letter for south-north is not the Latin C.
    ("с.ш.", Hemisphere::North),
    ("с. ш.", Hemisphere::North),
    ("сш", Hemisphere::North),
    ("с", Hemisphere::North),
    ("ю.ш.", Hemisphere::South),
    ("ю. ш.", Hemisphere::South),
    ("юш", Hemisphere::South),
    ("ю", Hemisphere::South),
    ("в.д.", Hemisphere::East),
    ("в. д.", Hemisphere::East),
    ("вд", Hemisphere::East),
    ("в", Hemisphere::East),
    ("з.д.", Hemisphere::West),
    ("з. д.", Hemisphere::West),
    ("зд", Hemisphere::West),
    ("з", Hemisphere::West),
    // Ukrainian.
    ("пн.ш.", Hemisphere::North),
    ("пн", Hemisphere::North),
    ("пд.ш.", Hemisphere::South),
    ("пд", Hemisphere::South),
    ("сх.д.", Hemisphere::East),
    ("сх", Hemisphere::East),
    ("зх.д.", Hemisphere::West),
    ("зх", Hemisphere::West),
    // Azerbaijani and Turkish, in words or with the kind of coordinate.
    ("şm.e.", Hemisphere::North),
    ("şimal", Hemisphere::North),
    ("cənub", Hemisphere::South),
    ("ş.u.", Hemisphere::East),
    ("şərq", Hemisphere::East),
    ("qərb", Hemisphere::West),
    ("kuzey", Hemisphere::North),
    ("güney", Hemisphere::South),
    ("doğu", Hemisphere::East),
    ("batı", Hemisphere::West),
    // Georgian and Armenian.
    ("ჩრდ.", Hemisphere::North),
    ("სამხ.", Hemisphere::South),
    ("აღმ.", Hemisphere::East),
    ("დას.", Hemisphere::West),
    ("հս. լ.", Hemisphere::North),
    ("հս.", Hemisphere::North),
    ("հվ.", Hemisphere::South),
    ("արլ.", Hemisphere::East),
    ("արմ.", Hemisphere::West),
    // Arabic and Persian, in words: the first letter of north and of east is the same.
    ("شمالا", Hemisphere::North),
    ("شمال", Hemisphere::North),
    ("جنوبا", Hemisphere::South),
    ("جنوب", Hemisphere::South),
    ("شرقا", Hemisphere::East),
    ("شرق", Hemisphere::East),
    ("غربا", Hemisphere::West),
    ("غرب", Hemisphere::West),
];

/// Letters that mean two things, in lower case.
const AMBIGUOUS: &[(&str, &str)] = &[
    ("o", "west in Spanish, French and Portuguese, east in German"),
    ("ş", "north (şimal) and east (şərq)"),
    ("ش", "north and east"),
];

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number { value: f64, decimals: u32, is_negative: bool },
    Degree,
    Minute,
    Second,
    Hemisphere(Hemisphere),
    Separator,
}

/// Degrees, minutes and seconds of one coordinate or angle, with or without its marks; degrees and minutes are whole
/// where something smaller follows.
pub(crate) fn sexagesimal(text: &str) -> Option<f64> {
    let tokens = tokens(&text.replace(':', " ")).ok()?;
    let part = Part::of(&tokens).ok()?;
    part.hemisphere.is_none().then_some(part.degrees)
}

/// Read a latitude and a longitude. `order` says which of two numbers without a hemisphere comes first.
pub fn read(text: &str, order: Option<Order>) -> Result<Written, TextError> {
    let broken = |why: String| TextError::Broken { text: text.to_owned(), why };
    let tokens = tokens(text).map_err(|problem| match problem {
        Unread::Ambiguous(letter, meanings) => {
            TextError::Ambiguous { text: text.to_owned(), letter: letter.to_owned(), meanings }
        }
        Unread::Why(why) => broken(why),
    })?;
    let halves = halves(&tokens).map_err(broken)?;
    let [first, second] = halves.map(Part::of);
    let (first, second) = (first.map_err(broken)?, second.map_err(broken)?);
    let is_latitude_first = match (first.hemisphere, second.hemisphere, order) {
        (Some(a), Some(b), _) if a.is_latitude() == b.is_latitude() => {
            return Err(broken("both numbers are of one kind".to_owned()));
        }
        (Some(a), Some(_), _) => a.is_latitude(),
        (None, None, Some(order)) => order == Order::LatLon,
        (None, None, None) => return Err(TextError::OrderUnknown(text.to_owned())),
        _ => return Err(broken("only one of the two numbers has a hemisphere".to_owned())),
    };
    let (lat, lon) = if is_latitude_first { (first, second) } else { (second, first) };
    if lat.degrees.abs() > 90.0 {
        return Err(broken(format!("a latitude of {} is beyond the pole", lat.degrees)));
    }
    if lon.degrees.abs() > 180.0 {
        return Err(broken(format!("a longitude of {} is beyond 180", lon.degrees)));
    }
    const METRES_A_DEGREE: f64 = 111_195.0;
    Ok(Written {
        lonlat: [lon.degrees, lat.degrees],
        last_digit_m: lat.last_digit.max(lon.last_digit) * METRES_A_DEGREE,
    })
}

/// Longitude and latitude as text that [`read`] reads: degrees, minutes, seconds.
pub fn write_dms([lon, lat]: [f64; 2]) -> String {
    let one = |degrees: f64, letters: [char; 2]| {
        // Hundredths of a second: 0.3 m.
        let hundredths = (degrees.abs() * 360_000.0).round() as u64;
        let (whole, minutes) = (hundredths / 360_000, hundredths / 6_000 % 60);
        let letter = letters[usize::from(degrees < 0.0)];
        format!("{whole}°{minutes:02}'{:02}.{:02}\"{letter}", hundredths / 100 % 60, hundredths % 100)
    };
    format!("{} {}", one(lat, ['N', 'S']), one(lon, ['E', 'W']))
}

/// Longitude and latitude as text that [`read`] reads: degrees and minutes.
pub fn write_dm([lon, lat]: [f64; 2]) -> String {
    let one = |degrees: f64, letters: [char; 2]| {
        // Ten-thousandths of a minute: 0.2 m.
        let parts = (degrees.abs() * 600_000.0).round() as u64;
        let letter = letters[usize::from(degrees < 0.0)];
        format!("{}°{:02}.{:04}'{letter}", parts / 600_000, parts / 10_000 % 60, parts % 10_000)
    };
    format!("{} {}", one(lat, ['N', 'S']), one(lon, ['E', 'W']))
}

enum Unread {
    Ambiguous(&'static str, &'static str),
    Why(String),
}

fn tokens(text: &str) -> Result<Vec<Token>, Unread> {
    let lower: String = text.to_lowercase().chars().map(ascii_digit).collect();
    let comma_is_decimal = !lower.contains('.') || lower.split('.').all(|part| !ends_in_digit(part));
    let mut rest = lower.as_str();
    let mut tokens = Vec::new();
    while let Some(next) = rest.chars().next() {
        if next.is_ascii_digit() || next == '-' || next == '+' || next == '−' {
            let (token, behind) = number(rest, comma_is_decimal)?;
            tokens.push(token);
            rest = behind;
            continue;
        }
        if let Some((word, hemisphere)) =
            HEMISPHERES.iter().filter(|(word, _)| is_word(rest, word)).max_by_key(|(word, _)| word.len())
        {
            tokens.push(Token::Hemisphere(*hemisphere));
            rest = &rest[word.len()..];
            continue;
        }
        if let Some((letter, meanings)) = AMBIGUOUS.iter().find(|(letter, _)| is_word(rest, letter)) {
            return Err(Unread::Ambiguous(letter, meanings));
        }
        rest = &rest[next.len_utf8()..];
        match next {
            '°' | 'º' | '˚' => tokens.push(Token::Degree),
            '\'' | '′' | '’' | 'ʹ' => match rest.strip_prefix(next) {
                Some(behind) => {
                    tokens.push(Token::Second);
                    rest = behind;
                }
                None => tokens.push(Token::Minute),
            },
            '"' | '″' | '”' | 'ʺ' => tokens.push(Token::Second),
            ',' | ';' | '/' => tokens.push(Token::Separator),
            other if other.is_whitespace() => {}
            other => return Err(Unread::Why(format!("{other:?} has no meaning here"))),
        }
    }
    Ok(tokens)
}

fn ends_in_digit(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_digit())
}

/// Whether a text begins with a word that no letter continues.
fn is_word(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|behind| !behind.starts_with(char::is_alphabetic))
}

/// Arabic and Persian digits are digits.
fn ascii_digit(c: char) -> char {
    let zero = match c {
        '\u{660}'..='\u{669}' => '\u{660}',
        '\u{6f0}'..='\u{6f9}' => '\u{6f0}',
        '٫' => return '.',
        _ => return c,
    };
    char::from(b'0' + (c as u32 - zero as u32) as u8)
}

fn number(text: &str, comma_is_decimal: bool) -> Result<(Token, &str), Unread> {
    let is_negative = text.starts_with(['-', '−']);
    let unsigned = text.trim_start_matches(['-', '+', '−']);
    let is_sign = |c: char, next: Option<char>| {
        let continues = next.is_some_and(|next| next.is_ascii_digit());
        continues && (c == '.' || (c == ',' && comma_is_decimal))
    };
    let mut end = 0;
    let mut sign_at = None;
    for (at, c) in unsigned.char_indices() {
        let next = unsigned[at + c.len_utf8()..].chars().next();
        if c.is_ascii_digit() {
            end = at + 1;
        } else if is_sign(c, next) {
            if sign_at.is_some() {
                return Err(Unread::Why(format!("{:?} has two decimal signs", &unsigned[..at + 1])));
            }
            sign_at = Some(at);
            end = at + 1;
        } else {
            break;
        }
    }
    let digits = unsigned[..end].replace(',', ".");
    let value: f64 = digits.parse().map_err(|_| Unread::Why(format!("{text:?} is no number")))?;
    let decimals = sign_at.map_or(0, |at| (end - at - 1) as u32);
    Ok((Token::Number { value, decimals, is_negative }, &unsigned[end..]))
}

/// The tokens of the first and of the second coordinate.
fn halves(tokens: &[Token]) -> Result<[&[Token]; 2], String> {
    let tokens = tokens.strip_suffix(&[Token::Separator]).unwrap_or(tokens);
    let hemispheres: Vec<usize> = (0..tokens.len()).filter(|at| matches!(tokens[*at], Token::Hemisphere(_))).collect();
    let separators: Vec<usize> = (0..tokens.len()).filter(|at| tokens[*at] == Token::Separator).collect();
    let numbers: Vec<usize> = (0..tokens.len()).filter(|at| matches!(tokens[*at], Token::Number { .. })).collect();
    let at = match (&hemispheres[..], &separators[..]) {
        (_, [at]) => return Ok([&tokens[..*at], &tokens[at + 1..]]),
        ([0, second], []) => *second,
        ([first, _], []) => first + 1,
        ([], []) => {
            let degrees: Vec<usize> = (0..tokens.len()).filter(|at| tokens[*at] == Token::Degree).collect();
            match (&degrees[..], &numbers[..]) {
                ([_, second], _) => second - 1,
                ([], [_, second]) => *second,
                _ => return Err(format!("{} numbers without N, S, E or W; two are wanted", numbers.len())),
            }
        }
        (found, []) => return Err(format!("{} hemispheres; two are wanted", found.len())),
        (_, found) => return Err(format!("{} separators; one is wanted", found.len())),
    };
    Ok([&tokens[..at], &tokens[at..]])
}

/// One coordinate.
struct Part {
    degrees: f64,
    hemisphere: Option<Hemisphere>,
    /// One unit of the last digit, degrees.
    last_digit: f64,
}

impl Part {
    fn of(tokens: &[Token]) -> Result<Part, String> {
        let (hemisphere, tokens) = match tokens {
            [Token::Hemisphere(first), rest @ ..] => (Some(*first), rest),
            [rest @ .., Token::Hemisphere(last)] => (Some(*last), rest),
            rest => (None, rest),
        };
        let mut numbers: Vec<(f64, u32, bool)> = Vec::new();
        for token in tokens {
            let expected = match token {
                Token::Number { value, decimals, is_negative } => {
                    numbers.push((*value, *decimals, *is_negative));
                    continue;
                }
                Token::Degree => 1,
                Token::Minute => 2,
                Token::Second => 3,
                Token::Hemisphere(_) => return Err("a hemisphere stands between numbers".to_owned()),
                Token::Separator => return Err("a separator stands between numbers".to_owned()),
            };
            if numbers.len() != expected {
                return Err("the marks of degrees, minutes and seconds are not in order".to_owned());
            }
        }
        if numbers.is_empty() || numbers.len() > 3 {
            return Err(format!(
                "{} numbers for one coordinate; degrees, minutes and seconds are wanted",
                numbers.len()
            ));
        }
        if numbers[..numbers.len() - 1].iter().any(|(_, decimals, _)| *decimals > 0) {
            return Err("a fraction is followed by something smaller".to_owned());
        }
        if numbers[1..].iter().any(|(value, _, is_negative)| *value >= 60.0 || *is_negative) {
            return Err("minutes and seconds are 0 to 59".to_owned());
        }
        let is_negative = numbers[0].2;
        if is_negative && hemisphere.is_some() {
            return Err("a minus and a hemisphere contradict each other".to_owned());
        }
        // One division, so that 6.39 minutes are what they are in degrees to the last bit.
        let scale = 60_f64.powi(numbers.len() as i32 - 1);
        let smallest = numbers.iter().fold(0.0, |sum, (value, _, _)| sum * 60.0 + value);
        let sign = hemisphere.map_or(if is_negative { -1.0 } else { 1.0 }, Hemisphere::sign);
        let decimals = numbers[numbers.len() - 1].1;
        Ok(Part { degrees: sign * smallest / scale, hemisphere, last_digit: 0.1_f64.powi(decimals as i32) / scale })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_in_many_hands() {
        let wanted = [46.0383, 40.1065];
        for text in [
            "40.1065N 46.0383E",
            "40.1065 N, 46.0383 E",
            "N40.1065 E46.0383",
            "E 46.0383 N 40.1065",
            "46,0383E 40,1065N",
            "40,1065 N, 46,0383 E",
            "40°06.39'N 46°02.298'E",
            "40 06.39 N 46 02.298 E",
            "40° 06′ 23.4″ N, 46° 02′ 17.88″ E",
            "40°06'23.4''N 46°02'17.88''E",
            "N 40 06 23.4; E 46 02 17.88",
            "40°06'23,4\" с.ш. 46°02'17,88\" в.д.",
            "С 40°06'23,4\" В 46°02'17,88\"",
            "40°06'23,4\" пн.ш., 46°02'17,88\" сх.д.",
            "40.1065° şimal 46.0383° şərq",
            "٤٠٫١٠٦٥ شمالا ٤٦٫٠٣٨٣ شرقا",
        ] {
            let read = read(text, None).unwrap_or_else(|why| panic!("{why}"));
            let off = (read.lonlat[0] - wanted[0]).abs().max((read.lonlat[1] - wanted[1]).abs());
            assert!(off < 1e-9, "{text}: {:?}", read.lonlat);
        }
        assert_eq!(read("40,1065; 46,0383", Some(Order::LatLon)).unwrap().lonlat, wanted);
        assert_eq!(read("46.0383, 40.1065", Some(Order::LonLat)).unwrap().lonlat, wanted);
        assert_eq!(read("-46.0383 -40.1065", Some(Order::LonLat)).unwrap().lonlat, [-46.0383, -40.1065]);
        assert_eq!(read("40.1065S 46.0383W", None).unwrap().lonlat, [-46.0383, -40.1065]);
    }

    #[test]
    fn what_can_mean_two_things_is_refused() {
        for text in [
            "40.1065 46.0383",
            "40,1065,46,0383 N E",
            "40.1065N 46.0383O",
            "40.1065Ş 46.0383Ş",
            "40.1065N 46.0383N",
            "40.1065N 46.0383",
            "-40.1065N 46.0383E",
            "40°61'N 46°02'E",
            "40.5°06'N 46°02'E",
            "91N 46E",
            "40N 181E",
            "40'06°N 46°02'E",
            "40.1065N",
            "N E",
            "",
            "bridge",
            "40.1065N 46.0383E 1500",
        ] {
            assert!(read(text, None).is_err(), "{text}: {:?}", read(text, None));
        }
    }

    #[test]
    fn the_last_digit_says_how_fine_a_text_is() {
        assert!((read("40°06'23\"N 46°02'17\"E", None).unwrap().last_digit_m - 30.9).abs() < 0.1);
        assert!((read("40.1065N 46.0383E", None).unwrap().last_digit_m - 11.1).abs() < 0.1);
    }

    #[test]
    fn what_is_written_is_read_again() {
        for lonlat in [[46.0383, 40.1065], [-179.99999, -0.00001], [0.0, 59.9999999]] {
            for (text, fineness) in [(write_dms(lonlat), 2e-6), (write_dm(lonlat), 1e-6)] {
                let back = read(&text, None).unwrap_or_else(|why| panic!("{why}")).lonlat;
                assert!((back[0] - lonlat[0]).abs() < fineness && (back[1] - lonlat[1]).abs() < fineness, "{text}");
            }
        }
    }
}

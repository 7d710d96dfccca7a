//! One value as the dictionary wants it, or what is wrong with it. Never a guess: what is nearly right is
//! named with the word that was probably meant, and the record waits for a person.

use jiff::civil::Date;
use records::dictionary::{Dictionary, Field, FieldType};
use records::edtf::Edtf;
use records::{Issue, Rules};
use serde_json::{Number, Value};

use crate::limits::shorten;

/// What is wrong with a value.
pub(crate) type Wrong = Box<Issue>;

/// What a profile declares about the values of a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading<'a> {
    /// Formats of days that the profile declares, beside `YYYY-MM-DD`.
    pub(crate) day_formats: &'a [String],
    /// Whether the profile declares the comma as decimal sign.
    pub(crate) decimal_comma: bool,
    /// How many units of the field one unit of the file is, where the profile declares a unit.
    pub(crate) factor: Option<f64>,
}

/// A field's value from what stood in the file. `Ok(None)`: nothing stood there.
pub(crate) fn read(field: &Field, given: &Value, reading: &Reading<'_>) -> Result<Option<Value>, Wrong> {
    if is_nothing(given) {
        return Ok(None);
    }
    let found = match field.holds {
        FieldType::Text => text(field, given),
        FieldType::Integer => integer(field, given),
        FieldType::Number => number(field, given, reading),
        FieldType::Day => day(&field.name, given, reading).map(|day| Value::String(day.to_string())),
        FieldType::Edtf => edtf(field, given),
        FieldType::Boolean => boolean(field, given),
        FieldType::Word => word(field, given),
        FieldType::Words => words(field, given),
        FieldType::Texts => texts(field, given),
        FieldType::Json => json(field, given),
    };
    found.map(Some)
}

/// Null, an empty text, an empty list.
pub(crate) fn is_nothing(given: &Value) -> bool {
    match given {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// A value as people read it.
pub(crate) fn text_of(given: &Value) -> String {
    match given {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => whole(number).map_or_else(|| number.to_string(), |whole| whole.to_string()),
        other => other.to_string(),
    }
}

/// Spreadsheets keep whole numbers as fractions.
fn whole(number: &Number) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    number.as_i64().or_else(|| number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < EXACT).map(|n| n as i64))
}

fn wrong(finding: &str, field: &str, given: &Value, values: &[(&str, &str)]) -> Wrong {
    Box::new(Rules::shipped().finding(finding).issue(field, &shorten(&text_of(given)), values))
}

fn text(field: &Field, given: &Value) -> Result<Value, Wrong> {
    match given {
        Value::Array(_) | Value::Object(_) => Err(wrong("not_text", &field.name, given, &[])),
        other => Ok(Value::String(text_of(other))),
    }
}

fn integer(field: &Field, given: &Value) -> Result<Value, Wrong> {
    let number = match given {
        Value::Number(number) => whole(number),
        Value::String(text) => whole_of(text.trim()),
        _ => None,
    };
    let Some(number) = number else {
        // A fraction is a number, so what is wrong with it is that it is not whole.
        return Err(match number_of(given) {
            Ok(_) => wrong("not_whole", &field.name, given, &[]),
            Err(fault) => fault_issue(field, given, fault),
        });
    };
    in_range(field, given, number as f64)?;
    Ok(Value::from(number))
}

/// `778000`, and `778000.0` as programs write it that keep counts as fractions.
fn whole_of(text: &str) -> Option<i64> {
    let whole = text.split_once('.').filter(|(_, rest)| !rest.is_empty() && rest.bytes().all(|b| b == b'0'));
    whole.map_or(text, |(whole, _)| whole).parse().ok()
}

fn number(field: &Field, given: &Value, reading: &Reading<'_>) -> Result<Value, Wrong> {
    let read = match (given, reading.decimal_comma) {
        (Value::String(text), true) => number_of(&Value::String(text.replacen(',', ".", 1))),
        _ => number_of(given),
    };
    let number = read.map_err(|fault| fault_issue(field, given, fault))?;
    let number = reading.factor.map_or(number, |factor| in_unit(number, factor));
    in_range(field, given, number)?;
    Ok(Number::from_f64(number).as_ref().and_then(whole).map_or_else(|| Value::from(number), Value::from))
}

/// In the field's own unit. Rounded to a millionth, so that 14.1 m are 1410 cm and not 1409.9999999999998.
fn in_unit(number: f64, factor: f64) -> f64 {
    let millionths = (number * factor * 1e6).round();
    if millionths.is_finite() { millionths / 1e6 } else { number * factor }
}

fn in_range(field: &Field, given: &Value, number: f64) -> Result<(), Wrong> {
    let limit =
        |text: &str, limit: Option<f64>| limit.map(|limit| (text.to_owned(), limit.to_string())).unwrap_or_default();
    let (side, limit) = if field.min.is_some_and(|min| number < min) {
        limit("below", field.min)
    } else if field.max.is_some_and(|max| number > max) {
        limit("above", field.max)
    } else {
        return Ok(());
    };
    Err(wrong("out_of_range", &field.name, given, &[("side", &side), ("limit", &limit)]))
}

/// What keeps a text from being a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberFault {
    /// `1,5`
    DecimalComma,
    /// `1 200`, `1,200`, `1'200`
    Thousands,
    /// `1200 m2`
    Unit,
    /// `40°06'23"N`
    Sexagesimal,
    /// NaN, or beyond what a number holds.
    NotFinite,
    /// Anything else.
    NoNumber,
}

impl NumberFault {
    /// In words, behind the name of a column.
    pub(crate) fn what(self) -> &'static str {
        match self {
            NumberFault::DecimalComma => "has a decimal comma",
            NumberFault::Thousands => "has marks between the thousands",
            NumberFault::Unit => "has a unit in the text",
            NumberFault::Sexagesimal => "is in degrees, minutes and seconds",
            NumberFault::NotFinite => "is no finite number",
            NumberFault::NoNumber => "is no number",
        }
    }

    fn finding(self) -> &'static str {
        match self {
            NumberFault::DecimalComma => "decimal_comma",
            NumberFault::Thousands => "thousands_marks",
            NumberFault::Unit => "unit_in_text",
            NumberFault::Sexagesimal | NumberFault::NoNumber => "not_a_number",
            NumberFault::NotFinite => "not_finite",
        }
    }
}

fn fault_issue(field: &Field, given: &Value, fault: NumberFault) -> Wrong {
    let unit = field.unit.clone().unwrap_or_default();
    wrong(fault.finding(), &field.name, given, &[("unit", &unit), ("field", &field.name)])
}

/// A finite number: JSON's own, or digits with a decimal point.
pub(crate) fn number_of(given: &Value) -> Result<f64, NumberFault> {
    match given {
        Value::Number(number) => number.as_f64().filter(|n| n.is_finite()).ok_or(NumberFault::NotFinite),
        Value::String(text) => number_of_text(text.trim()),
        _ => Err(NumberFault::NoNumber),
    }
}

fn number_of_text(text: &str) -> Result<f64, NumberFault> {
    let is_plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    match text.parse::<f64>() {
        Ok(number) if is_plain && number.is_finite() => Ok(number),
        Ok(_) => Err(NumberFault::NotFinite),
        Err(_) => Err(fault_of(text)),
    }
}

fn fault_of(text: &str) -> NumberFault {
    let is_mark = |c: char| matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’');
    let starts_as_number = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    if text.contains(['°', '″', '′']) {
        return NumberFault::Sexagesimal;
    }
    let digits: String =
        text.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | ',') || is_mark(*c)).collect();
    let rest = text[digits.len()..].trim();
    if !starts_as_number {
        return NumberFault::NoNumber;
    }
    if rest.starts_with(|c: char| c.is_alphabetic() || c == '%' || c == '²') {
        return NumberFault::Unit;
    }
    if !rest.is_empty() {
        return NumberFault::NoNumber;
    }
    let after_comma = digits.rsplit_once(',').map(|(_, after)| after);
    match after_comma {
        // 1,200 may be twelve hundred or one and a fifth: whoever wrote it must say.
        Some(after) if after.len() == 3 || digits.matches(',').count() > 1 || digits.contains('.') => {
            NumberFault::Thousands
        }
        Some(_) => NumberFault::DecimalComma,
        None if digits.contains(is_mark) => NumberFault::Thousands,
        None => NumberFault::NoNumber,
    }
}

/// A day: `YYYY-MM-DD`, the day of an instant of RFC 3339 as it is written there, or a format of the profile.
pub(crate) fn day(field: &str, given: &Value, reading: &Reading<'_>) -> Result<Date, Wrong> {
    let Value::String(text) = given else { return Err(wrong("not_a_day", field, given, &[])) };
    let text = text.trim();
    if let Some(day) = strict_day(text).or_else(|| day_of_instant(text)) {
        return Ok(day);
    }
    let declared = reading.day_formats.iter().find_map(|format| Date::strptime(format, text).ok());
    declared.ok_or_else(|| match reading.day_formats {
        [] => day_fault(field, given, text),
        formats => wrong("not_a_declared_day", field, given, &[("formats", &formats.join(" or "))]),
    })
}

fn strict_day(text: &str) -> Option<Date> {
    has_day_shape(text).then(|| text.parse().ok()).flatten()
}

fn has_day_shape(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, b)| if at == 4 || at == 7 { *b == b'-' } else { b.is_ascii_digit() })
}

/// `2024-05-01T23:30:00+04:00` is the first of May where it was written.
fn day_of_instant(text: &str) -> Option<Date> {
    let (day, time) = (text.get(..10)?, text.get(10..)?);
    let is_instant = time.starts_with(['T', 't', ' ']) && time.len() >= 6 && time.as_bytes()[1].is_ascii_digit();
    let is_real = || {
        let with_offset = time.ends_with(['Z', 'z']) || time.get(6..).is_some_and(|rest| rest.contains(['+', '-']));
        let whole = format!("{day}T{}", &time[1..]);
        if with_offset {
            whole.parse::<jiff::Timestamp>().is_ok()
        } else {
            whole.parse::<jiff::civil::DateTime>().is_ok()
        }
    };
    if is_instant && is_real() { strict_day(day) } else { None }
}

fn day_fault(field: &str, given: &Value, text: &str) -> Wrong {
    if has_day_shape(text) {
        return wrong("no_such_day", field, given, &[("day", text)]);
    }
    wrong("not_a_day", field, given, &[("text", &shorten(text))])
}

fn edtf(field: &Field, given: &Value) -> Result<Value, Wrong> {
    let text = text_of(given);
    let text = text.trim();
    match text.parse::<Edtf>() {
        Ok(_) => Ok(Value::String(text.to_owned())),
        Err(_) => Err(wrong("not_edtf", &field.name, given, &[("field", &field.name)])),
    }
}

fn boolean(field: &Field, given: &Value) -> Result<Value, Wrong> {
    match given {
        Value::Bool(value) => Ok(Value::Bool(*value)),
        Value::String(text) if text == "true" => Ok(Value::Bool(true)),
        Value::String(text) if text == "false" => Ok(Value::Bool(false)),
        _ => Err(wrong("not_a_boolean", &field.name, given, &[])),
    }
}

fn word(field: &Field, given: &Value) -> Result<Value, Wrong> {
    match given {
        Value::String(text) => known_word(field, text.trim_end()).map(Value::String),
        _ => Err(wrong("not_text", &field.name, given, &[])),
    }
}

fn known_word(field: &Field, text: &str) -> Result<String, Wrong> {
    let name = field.vocabulary.as_deref().unwrap_or_default();
    let Some(vocabulary) = Dictionary::shipped().vocabulary.get(name) else { return Ok(text.to_owned()) };
    if vocabulary.contains_key(text) {
        return Ok(text.to_owned());
    }
    let given = Value::String(text.to_owned());
    let words: Vec<&str> = vocabulary.keys().map(String::as_str).collect();
    Err(match probably_meant(text, &words) {
        Some(meant) => wrong("word_misspelt", &field.name, &given, &[("meant", meant), ("field", &field.name)]),
        None => wrong("word_unknown", &field.name, &given, &[("words", &words.join(", ")), ("field", &field.name)]),
    })
}

fn words(field: &Field, given: &Value) -> Result<Value, Wrong> {
    let items = list_of(field, given)?;
    items.iter().map(|item| known_word(field, item).map(Value::String)).collect::<Result<Vec<_>, _>>().map(Value::Array)
}

fn texts(field: &Field, given: &Value) -> Result<Value, Wrong> {
    Ok(Value::Array(list_of(field, given)?.into_iter().map(Value::String).collect()))
}

/// A list: JSON's own, or a text with commas.
fn list_of(field: &Field, given: &Value) -> Result<Vec<String>, Wrong> {
    let items: Vec<String> = match given {
        Value::Array(items) if items.iter().all(|item| item.is_string() || item.is_number()) => {
            items.iter().map(text_of).collect()
        }
        Value::String(text) => text.split(',').map(str::to_owned).collect(),
        Value::Number(_) => vec![text_of(given)],
        _ => return Err(wrong("not_a_list", &field.name, given, &[])),
    };
    Ok(items.iter().map(|item| item.trim()).filter(|item| !item.is_empty()).map(str::to_owned).collect())
}

fn json(field: &Field, given: &Value) -> Result<Value, Wrong> {
    let value = match given {
        Value::String(text) => serde_json::from_str(text)
            .map_err(|why| wrong("not_json", &field.name, given, &[("why", &why.to_string())]))?,
        other => other.clone(),
    };
    let is_member = |(name, value): (&String, &Value)| field.members.contains(name) && value.is_string();
    let is_item = |item: &Value| item.as_object().is_some_and(|item| item.iter().all(is_member));
    let is_list = || value.as_array().is_some_and(|items| items.iter().all(is_item));
    if !field.members.is_empty() && !is_list() {
        return Err(wrong("not_a_list_of", &field.name, given, &[("members", &field.members.join(", "))]));
    }
    Ok(value)
}

/// The word that differs least, if it differs little: in case, in blanks, hyphens or underscores, in one or two letters.
pub(crate) fn probably_meant<'a>(text: &str, words: &[&'a str]) -> Option<&'a str> {
    let plain = |word: &str| -> Vec<char> {
        word.to_lowercase().chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_' | '.')).collect()
    };
    let given = plain(text);
    if given.is_empty() || given.len() > 40 {
        return None;
    }
    let mut nearest: Vec<(usize, &str)> = words.iter().map(|word| (distance(&given, &plain(word)), *word)).collect();
    nearest.sort();
    let allowed = if given.len() >= 6 { 2 } else { usize::from(given.len() >= 4) };
    match nearest[..] {
        [(d, word), (next, _), ..] if d <= allowed && (d == 0 || next > d) => Some(word),
        [(d, word)] if d <= allowed => Some(word),
        _ => None,
    }
}

/// Edits between two words (Levenshtein).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in b.iter().enumerate() {
            let kept = diagonal + usize::from(letter != other);
            diagonal = row[j + 1];
            row[j + 1] = kept.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use records::RecordKind;

    use super::*;

    fn check(lines: &[(&str, &str)], expect: Expect) {
        let dictionary = Dictionary::shipped();
        let mut out = String::new();
        for (name, given) in lines {
            let kinds = [RecordKind::ReleaseProduct, RecordKind::HazardArea, RecordKind::DeviceFind];
            let field = kinds.iter().find_map(|kind| dictionary.field(*kind, name)).unwrap();
            let given = serde_json::from_str(given).unwrap_or_else(|_| Value::String((*given).to_owned()));
            let read = match read(field, &given, &Reading::default()) {
                Ok(None) => "nothing".to_owned(),
                Ok(Some(value)) => value.to_string(),
                Err(issue) => {
                    format!("{} {}: {}. hint: {}", issue.severity.letter(), issue.rule, issue.message, issue.hint)
                }
            };
            out.push_str(&format!("{name} {given} => {read}\n"));
        }
        expect.assert_eq(&out);
    }

    #[test]
    fn numbers_are_real_numbers_and_nothing_is_guessed() {
        check(
            &[
                ("depth_cm", "20"),
                ("depth_cm", "20.50"),
                ("depth_cm", "\"20\""),
                ("depth_cm", "\" 20 \""),
                ("depth_cm", "-5"),
                ("depth_cm", "\"20 cm\""),
                ("depth_cm", "\"1,5\""),
                ("depth_cm", "NaN"),
                ("depth_cm", "\"1e400\""),
                ("reported_area_m2", "1,200 m2"),
                ("reported_area_m2", "\"1,200\""),
                ("reported_area_m2", "\"1 200\""),
                ("reported_area_m2", "\"1.200,50\""),
                ("reported_area_m2", "about 1200"),
                ("reported_area_m2", "1e3"),
                ("quantity", "3"),
                ("quantity", "3.0"),
                ("quantity", "2.5"),
                ("quantity", "\"three\""),
                ("depth_cm", "\"\""),
            ],
            expect![[r#"
                depth_cm 20 => 20
                depth_cm 20.5 => 20.5
                depth_cm "20" => 20
                depth_cm " 20 " => 20
                depth_cm -5 => E DQ-49: the number is below 0. hint: correct it at the source; leave the field empty if the value is not known
                depth_cm "20 cm" => E DQ-49: this is a number with its unit in the text. hint: write the number alone, in cm; a profile can state another unit for the whole column
                depth_cm "1,5" => E DQ-49: this has a decimal comma. hint: write a decimal point, or state decimal = "," in a profile
                depth_cm "NaN" => E DQ-49: this is no finite number. hint: leave the field empty if the value is not known
                depth_cm "1e400" => E DQ-49: this is no finite number. hint: leave the field empty if the value is not known
                reported_area_m2 "1,200 m2" => E DQ-49: this is a number with its unit in the text. hint: write the number alone, in m2; a profile can state another unit for the whole column
                reported_area_m2 "1,200" => E DQ-49: this has marks between the thousands, or a comma that could be one. hint: write digits with a decimal point and nothing else
                reported_area_m2 "1 200" => E DQ-49: this has marks between the thousands, or a comma that could be one. hint: write digits with a decimal point and nothing else
                reported_area_m2 "1.200,50" => E DQ-49: this has marks between the thousands, or a comma that could be one. hint: write digits with a decimal point and nothing else
                reported_area_m2 "about 1200" => E DQ-49: this is no number. hint: write digits with a decimal point and nothing else
                reported_area_m2 1000.0 => 1000
                quantity 3 => 3
                quantity 3.0 => 3
                quantity 2.5 => E DQ-49: a whole number is wanted. hint: correct it at the source
                quantity "three" => E DQ-49: this is no number. hint: write digits with a decimal point and nothing else
                depth_cm "" => nothing
            "#]],
        );
    }

    #[test]
    fn days_are_real_days() {
        check(
            &[
                ("completed_on", "2024-05-01"),
                ("completed_on", "2025-02-30"),
                ("completed_on", "2024-05-01T23:30:00+04:00"),
                ("completed_on", "2024-05-01T23:30:00"),
                ("completed_on", "2024-05-01T25:30:00"),
                ("completed_on", "01.05.2024"),
                ("completed_on", "2024/05/01"),
                ("completed_on", "2024-5-1"),
                ("completed_on", "20240501"),
                ("completed_on", "yesterday"),
            ],
            expect![[r#"
                completed_on "2024-05-01" => "2024-05-01"
                completed_on "2025-02-30" => E DQ-49: there is no day 2025-02-30. hint: correct it at the source
                completed_on "2024-05-01T23:30:00+04:00" => "2024-05-01"
                completed_on "2024-05-01T23:30:00" => "2024-05-01"
                completed_on "2024-05-01T25:30:00" => E DQ-49: this is no day of the form YYYY-MM-DD. hint: write it so, or state the format in a profile: [date] format = "%d.%m.%Y"
                completed_on "01.05.2024" => E DQ-49: this is no day of the form YYYY-MM-DD. hint: write it so, or state the format in a profile: [date] format = "%d.%m.%Y"
                completed_on "2024/05/01" => E DQ-49: this is no day of the form YYYY-MM-DD. hint: write it so, or state the format in a profile: [date] format = "%d.%m.%Y"
                completed_on "2024-5-1" => E DQ-49: this is no day of the form YYYY-MM-DD. hint: write it so, or state the format in a profile: [date] format = "%d.%m.%Y"
                completed_on 20240501 => E DQ-49: this is no day of the form YYYY-MM-DD. hint: write it so, or state the format in a profile: [date] format = "%d.%m.%Y"
                completed_on "yesterday" => E DQ-49: this is no day of the form YYYY-MM-DD. hint: write it so, or state the format in a profile: [date] format = "%d.%m.%Y"
            "#]],
        );
    }

    #[test]
    fn words_are_those_of_the_dictionary() {
        check(
            &[
                ("class", "CLEARED"),
                ("class", "cleared"),
                ("class", "Clear"),
                ("class", "safe"),
                ("qc", "Accepted"),
                ("eo", "AP_MINE, UXO"),
                ("eo", "[\"AP_MINE\",\"UXO\"]"),
                ("eo", "AP mine,UXO"),
                ("eo", "mines"),
                ("methods", "manual , dogs,"),
                ("synthetic", "true"),
                ("synthetic", "TRUE"),
                ("note", "12"),
                ("note", "{\"a\":1}"),
            ],
            expect![[r#"
                class "CLEARED" => "CLEARED"
                class "cleared" => E DQ-49: this is no word of class. hint: CLEARED was probably meant
                class "Clear" => E DQ-49: this is no word of class. hint: one of CANCELLED, CLEARED, REDUCED
                class "safe" => E DQ-49: this is no word of class. hint: one of CANCELLED, CLEARED, REDUCED
                qc "Accepted" => E DQ-49: this is no word of qc. hint: accepted was probably meant
                eo "AP_MINE, UXO" => ["AP_MINE","UXO"]
                eo ["AP_MINE","UXO"] => ["AP_MINE","UXO"]
                eo "AP mine,UXO" => E DQ-49: this is no word of eo. hint: AP_MINE was probably meant
                eo "mines" => E DQ-49: this is no word of eo. hint: one of AP_MINE, AP_MINE_IMPROV, AV_MINE, AV_MINE_IMPROV, AXO, BOOBY_TRAP, CM_OTHER, CM_SUBMUN, FRAG_SCRAP, IED_OTHER, SAA, UNKNOWN, UXO
                methods "manual , dogs," => ["manual","dogs"]
                synthetic true => true
                synthetic "TRUE" => E DQ-49: true or false is wanted. hint: write true or false in lower case
                note 12 => "12"
                note {"a":1} => E DQ-49: a text is wanted, this is a list or an object. hint: write it as one text
            "#]],
        );
    }
}

//! `$filter` of OData 4.0 as the CQL2 of every other interface, so that both mean the same set.
//!
//! Comparisons (`eq ne gt ge lt le`), `and`, `or`, `not`, parentheses, `contains`, `startswith`, `endswith`. In OData a
//! comparison with nothing is false, and `ne` with nothing true; in CQL2 both are unknown. So each comparison says what
//! it means of nothing.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::query::Wrong;

/// How deep parentheses and negations may go.
const DEEPEST: usize = 16;

/// The filter as CQL2 JSON; `instant` writes an instant as the values it is compared with are written.
pub fn cql2(text: &str, instant: &dyn Fn(Timestamp) -> String) -> Result<Value, Wrong> {
    let shown: String = text.chars().take(200).collect();
    let wrong = |why: String| Wrong {
        name: "$filter".to_owned(),
        value: shown.clone(),
        wanted: format!(
            "comparisons of properties with eq, ne, gt, ge, lt, le, contains, startswith, endswith, joined by and, or, not ({why})"
        ),
    };
    let tokens = tokens(text, instant).map_err(&wrong)?;
    let mut reader = Reader { tokens, at: 0, depth: 0 };
    let value = reader.either().map_err(&wrong)?;
    match reader.peek() {
        None => Ok(value),
        Some(token) => Err(wrong(format!("{token:?} is left over"))),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    Comma,
    Word(String),
    Value(Value),
}

fn tokens(text: &str, instant: &dyn Fn(Timestamp) -> String) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let used = match first {
            '(' | ')' | ',' => {
                tokens.push(match first {
                    '(' => Token::Open,
                    ')' => Token::Close,
                    _ => Token::Comma,
                });
                1
            }
            '\'' => {
                let (value, used) = quoted(rest)?;
                tokens.push(Token::Value(Value::String(value)));
                used
            }
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || "(),'".contains(c)).unwrap_or(rest.len());
                tokens.push(plain(&rest[..end], instant)?);
                end
            }
        };
        rest = rest[used..].trim_start();
    }
    Ok(tokens)
}

/// A text in quotes, two of which inside stand for one; and the bytes it takes.
fn quoted(text: &str) -> Result<(String, usize), String> {
    let (mut value, mut at) = (String::new(), 1);
    loop {
        let end = at + text[at..].find('\'').ok_or("a text has no end")?;
        value.push_str(&text[at..end]);
        if !text[end + 1..].starts_with('\'') {
            return Ok((value, end + 1));
        }
        value.push('\'');
        at = end + 2;
    }
}

/// A number, a truth value, nothing, a day, or a word.
fn plain(text: &str, instant: &dyn Fn(Timestamp) -> String) -> Result<Token, String> {
    let is_day = text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok();
    Ok(match text {
        "true" | "false" => Token::Value(json!(text == "true")),
        "null" => Token::Value(Value::Null),
        // Days are kept as they are written here, so they compare as texts.
        _ if is_day => Token::Value(json!(text)),
        _ if text.parse::<Timestamp>().is_ok() => Token::Value(json!(instant(text.parse().unwrap_or_default()))),
        _ if text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => {
            let number: f64 = text.parse().map_err(|_| format!("{text:?} is no number and no day"))?;
            Token::Value(json!(number))
        }
        _ => Token::Word(text.to_owned()),
    })
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

type Read = Result<Value, String>;

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Result<Token, String> {
        let token = self.peek().cloned().ok_or("it ends too early")?;
        self.at += 1;
        Ok(token)
    }

    fn expect(&mut self, wanted: Token) -> Result<(), String> {
        let found = self.next()?;
        if found == wanted { Ok(()) } else { Err(format!("{found:?} stands where {wanted:?} should")) }
    }

    fn takes(&mut self, word: &str) -> bool {
        let is_it = matches!(self.peek(), Some(Token::Word(found)) if found == word);
        self.at += usize::from(is_it);
        is_it
    }

    fn either(&mut self) -> Read {
        let mut parts = vec![self.both()?];
        while self.takes("or") {
            parts.push(self.both()?);
        }
        Ok(joined("or", parts))
    }

    fn both(&mut self) -> Read {
        let mut parts = vec![self.one()?];
        while self.takes("and") {
            parts.push(self.one()?);
        }
        Ok(joined("and", parts))
    }

    fn one(&mut self) -> Read {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("it is nested deeper than {DEEPEST}"));
        }
        let value = match self.peek() {
            Some(Token::Word(word)) if word == "not" => {
                self.at += 1;
                not(self.one()?)
            }
            Some(Token::Open) => {
                self.at += 1;
                let value = self.either()?;
                self.expect(Token::Close)?;
                value
            }
            _ => self.comparison()?,
        };
        self.depth -= 1;
        Ok(value)
    }

    fn comparison(&mut self) -> Read {
        match self.next()? {
            Token::Word(name) if self.peek() == Some(&Token::Open) => self.function(&name),
            Token::Word(property) => {
                let operator = self.operator()?;
                match self.next()? {
                    Token::Value(value) => compared(&property, operator, value),
                    other => Err(format!("{other:?} is no value")),
                }
            }
            Token::Value(value) => {
                let turned = match self.operator()? {
                    "<" => ">",
                    ">" => "<",
                    "<=" => ">=",
                    ">=" => "<=",
                    other => other,
                };
                match self.next()? {
                    Token::Word(property) => compared(&property, turned, value),
                    other => Err(format!("{other:?} is no property")),
                }
            }
            other => Err(format!("{other:?} stands where a property should")),
        }
    }

    fn operator(&mut self) -> Result<&'static str, String> {
        match self.next()? {
            Token::Word(word) => Ok(match word.as_str() {
                "eq" => "=",
                "ne" => "<>",
                "gt" => ">",
                "ge" => ">=",
                "lt" => "<",
                "le" => "<=",
                _ => return Err(format!("{word:?} is no comparison")),
            }),
            other => Err(format!("{other:?} stands where a comparison should")),
        }
    }

    fn function(&mut self, name: &str) -> Read {
        self.expect(Token::Open)?;
        let property = self.next()?;
        self.expect(Token::Comma)?;
        let sought = self.next()?;
        self.expect(Token::Close)?;
        let (Token::Word(property), Token::Value(Value::String(sought))) = (property, sought) else {
            return Err(format!("{name} wants a property and a text"));
        };
        let sought = sought.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let pattern = match name {
            "contains" => format!("%{sought}%"),
            "startswith" => format!("{sought}%"),
            "endswith" => format!("%{sought}"),
            _ => return Err(format!("the function {name} is not known")),
        };
        compared(&property, "like", Value::String(pattern))
    }
}

fn joined(op: &str, mut parts: Vec<Value>) -> Value {
    match parts.len() {
        1 => parts.remove(0),
        _ => json!({"op": op, "args": parts}),
    }
}

fn not(value: Value) -> Value {
    json!({"op": "not", "args": [value]})
}

fn compared(property: &str, op: &str, value: Value) -> Read {
    let property = json!({"property": property});
    let is_nothing = json!({"op": "isNull", "args": [property]});
    Ok(match (op, value) {
        ("=", Value::Null) => is_nothing,
        ("<>", Value::Null) => not(is_nothing),
        (_, Value::Null) => return Err("null is neither more nor less than anything".to_owned()),
        ("<>", value) => json!({"op": "or", "args": [is_nothing, {"op": "<>", "args": [property, value]}]}),
        (op, value) => json!({"op": "and", "args": [not(is_nothing), {"op": op, "args": [property, value]}]}),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Filter;
    use ledger::Day;
    use records::feature::ColumnType;

    fn day(at: Timestamp) -> String {
        at.to_string()[..10].to_owned()
    }

    fn keeps(filter: &str, properties: &Value) -> bool {
        let text = cql2(filter, &day).unwrap_or_else(|wrong| panic!("{wrong}")).to_string();
        let get = |name: &str| match name {
            "filter" => Some(text.as_str()),
            "filter-lang" => Some("cql2-json"),
            _ => None,
        };
        let columns = [("class", ColumnType::Text), ("area_m2", ColumnType::Real), ("day", ColumnType::Day)];
        let read = Filter::read(&get, &columns).unwrap_or_else(|wrong| panic!("{wrong}"));
        let day = Day::from(jiff::civil::date(2024, 5, 1));
        read.keeps(None, (day, None), &|| json!({"geometry": null, "properties": properties})).unwrap()
    }

    #[test]
    fn comparisons_mean_what_odata_says_also_of_nothing() {
        let row = json!({"class": "it's 100%", "area_m2": 12.5, "day": "2024-05-01"});
        let bare = json!({"class": null, "area_m2": null, "day": null});
        for (filter, of_row, of_bare) in [
            ("class eq 'it''s 100%'", true, false),
            ("class ne 'SHA'", true, true),
            ("not (class eq 'SHA')", true, true),
            ("class eq null", false, true),
            ("null ne class", true, false),
            ("area_m2 gt 12 and area_m2 le 12.5", true, false),
            ("10 lt area_m2 or class eq 'x'", true, false),
            ("not area_m2 lt 12", true, true),
            ("day ge 2024-05-01 and day lt 2024-06-01T00:00:00Z", true, false),
            ("contains(class,'0%') and startswith(class, 'it')", true, false),
            ("contains(class,'1%0')", false, false),
            ("endswith(class,'_')", false, false),
        ] {
            assert_eq!((keeps(filter, &row), keeps(filter, &bare)), (of_row, of_bare), "{filter}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_and_quoted() {
        let deep = format!("{}class eq 'x'{}", "(".repeat(10_000), ")".repeat(10_000));
        for bad in [
            "",
            "class",
            "class eq",
            "class eq 'x",
            "class is 'x'",
            "eq eq eq",
            "length(class,'x')",
            "class eq 'x')",
            "class lt null",
            "1 eq 1",
            &deep,
        ] {
            assert!(cql2(bad, &day).is_err(), "{bad}");
        }
        assert!(cql2("class eq 12-3", &day).unwrap_err().to_string().contains("12-3"));
    }
}

//! Well-known text: OGC 06-103r4 §7.2, read with Z, M, ZM, EMPTY, an SRID in front, and both spellings of MULTIPOINT.

use std::fmt::Write;

use crate::shape::{DEEPEST_COLLECTION, Position, Shape, ShapeError};

/// Parse one geometry; text after it is refused.
pub(crate) fn read(text: &str) -> Result<Shape, ShapeError> {
    let mut reader = Reader { text, at: 0 };
    reader.skip_srid();
    let shape = reader.shape(0)?;
    reader.skip_blanks();
    if reader.at < text.len() { Err(reader.broken("the end was expected")) } else { Ok(shape) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn broken(&self, why: &str) -> ShapeError {
        ShapeError::Wkt { at: self.text[..self.at].chars().count(), why: why.to_owned() }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// `SRID=4326;` as PostGIS writes it.
    fn skip_srid(&mut self) {
        self.skip_blanks();
        let is_srid = self.rest().get(..5).is_some_and(|word| word.eq_ignore_ascii_case("SRID="));
        if let Some(end) = self.rest().find(';').filter(|_| is_srid) {
            self.at += end + 1;
        }
    }

    /// The next run of letters.
    fn word(&mut self) -> &'a str {
        self.skip_blanks();
        let rest = self.rest();
        let n = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        self.at += n;
        &rest[..n]
    }

    /// The next run of letters, if it is this word.
    fn takes_word(&mut self, wanted: &str) -> bool {
        let before = self.at;
        let found = self.word().eq_ignore_ascii_case(wanted);
        if !found {
            self.at = before;
        }
        found
    }

    fn takes(&mut self, wanted: char) -> bool {
        self.skip_blanks();
        let found = self.rest().starts_with(wanted);
        self.at += if found { wanted.len_utf8() } else { 0 };
        found
    }

    fn expect(&mut self, wanted: char) -> Result<(), ShapeError> {
        if self.takes(wanted) { Ok(()) } else { Err(self.broken(&format!("'{wanted}' was expected"))) }
    }

    fn shape(&mut self, depth: usize) -> Result<Shape, ShapeError> {
        let mut name = self.word().to_ascii_uppercase();
        // Some writers join the dimension to the name: POINTZ, POLYGONZM.
        let joined = ["ZM", "Z", "M"].into_iter().find_map(|dimension| name.strip_suffix(dimension)).map(str::to_owned);
        match joined {
            Some(plain) if !plain.is_empty() => name = plain,
            _ => {
                let _ = self.takes_word("ZM") || self.takes_word("Z") || self.takes_word("M");
            }
        }
        Ok(match &*name {
            "POINT" if self.takes_word("EMPTY") => Shape::MultiPoint(Vec::new()),
            "POINT" => Shape::Point(self.in_brackets(Self::position)?),
            "LINESTRING" => Shape::LineString(self.path()?),
            "POLYGON" => Shape::Polygon(self.paths()?),
            "MULTIPOINT" => Shape::MultiPoint(self.list(Self::bare_or_bracketed_position)?),
            "MULTILINESTRING" => Shape::MultiLineString(self.paths()?),
            "MULTIPOLYGON" => Shape::MultiPolygon(self.list(Self::paths)?),
            "GEOMETRYCOLLECTION" if depth < DEEPEST_COLLECTION => {
                Shape::Collection(self.list(|reader| reader.shape(depth + 1))?)
            }
            "GEOMETRYCOLLECTION" => return Err(self.broken("collections are nested too deep")),
            _ => return Err(ShapeError::UnknownType(name)),
        })
    }

    /// `EMPTY`, or elements in brackets with commas between.
    fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Result<T, ShapeError>) -> Result<Vec<T>, ShapeError> {
        if self.takes_word("EMPTY") {
            return Ok(Vec::new());
        }
        self.expect('(')?;
        let mut list = vec![read(self)?];
        while self.takes(',') {
            list.push(read(self)?);
        }
        self.expect(')')?;
        Ok(list)
    }

    fn path(&mut self) -> Result<Vec<Position>, ShapeError> {
        self.list(Self::position)
    }

    fn paths(&mut self) -> Result<Vec<Vec<Position>>, ShapeError> {
        self.list(Self::path)
    }

    fn in_brackets<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, ShapeError>) -> Result<T, ShapeError> {
        self.expect('(')?;
        let found = read(self)?;
        self.expect(')')?;
        Ok(found)
    }

    fn bare_or_bracketed_position(&mut self) -> Result<Position, ShapeError> {
        self.skip_blanks();
        if self.rest().starts_with('(') { self.in_brackets(Self::position) } else { self.position() }
    }

    /// Two to four numbers.
    fn position(&mut self) -> Result<Position, ShapeError> {
        let position = [self.number()?, self.number()?];
        for _ in 0..2 {
            self.skip_blanks();
            if !self.rest().starts_with([',', ')']) {
                self.number()?;
            }
        }
        Ok(position)
    }

    fn number(&mut self) -> Result<f64, ShapeError> {
        self.skip_blanks();
        let rest = self.rest();
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))).unwrap_or(rest.len());
        let number = rest[..end].parse().map_err(|_| self.broken("a number was expected"))?;
        self.at += end;
        Ok(number)
    }
}

/// Upper-case names, single blanks, shortest numbers that read back the same.
pub(crate) fn write(shape: &Shape) -> String {
    let mut text = String::new();
    write_shape(shape, &mut text);
    text
}

fn write_shape(shape: &Shape, text: &mut String) {
    text.push_str(&shape.type_name().to_ascii_uppercase());
    match shape {
        Shape::Point(position) => {
            text.push('(');
            write_position(position, text);
            text.push(')');
        }
        Shape::LineString(path) => write_path(path, text),
        Shape::MultiPoint(positions) => write_list(positions, text, |position, text| {
            text.push('(');
            write_position(position, text);
            text.push(')');
        }),
        Shape::Polygon(paths) | Shape::MultiLineString(paths) => write_paths(paths, text),
        Shape::MultiPolygon(polygons) => write_list(polygons, text, |paths, text| write_paths(paths, text)),
        Shape::Collection(shapes) => write_list(shapes, text, write_shape),
    }
}

fn write_paths(paths: &[Vec<Position>], text: &mut String) {
    write_list(paths, text, |path, text| write_path(path, text));
}

fn write_path(path: &[Position], text: &mut String) {
    write_list(path, text, write_position);
}

fn write_position([x, y]: &Position, text: &mut String) {
    write!(text, "{x} {y}").expect("a String takes any text");
}

fn write_list<T>(list: &[T], text: &mut String, write: impl Fn(&T, &mut String)) {
    if list.is_empty() {
        // Inside a list the word stands alone, after a name a blank goes before it.
        let after_name = text.chars().next_back().is_some_and(|c| c.is_ascii_alphabetic());
        text.push_str(if after_name { " EMPTY" } else { "EMPTY" });
        return;
    }
    text.push('(');
    for (i, element) in list.iter().enumerate() {
        if i > 0 {
            text.push_str(", ");
        }
        write(element, text);
    }
    text.push(')');
}

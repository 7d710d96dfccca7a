//! Text into sentences, each with the line it begins on.

/// One sentence, or one line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sentence {
    pub(crate) text: String,
    /// From 1.
    pub(crate) line: usize,
    /// Whether it is the title: a first line without a full stop, with more text below.
    pub(crate) is_headline: bool,
}

/// Words whose dot ends no sentence.
const ABBREVIATIONS: [&str; 22] = [
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "sq", "approx", "no", "nos",
    "ca", "mr", "ms", "dr", "st", "u.n",
];

pub(crate) fn sentences(text: &str) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    let mut paragraph = String::new();
    let mut start = 1;
    let n_lines = text.lines().filter(|line| !line.trim().is_empty()).count();
    let mut seen = 0;
    for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())) {
        let is_item = line.starts_with(['•', '*', '-', '–', '·']) || line.contains(": ") || line.ends_with(':');
        if line.is_empty() || is_item {
            split(&paragraph, start, &mut sentences);
            paragraph.clear();
        }
        if line.is_empty() {
            continue;
        }
        seen += 1;
        let is_headline = seen == 1 && n_lines > 1 && !line.ends_with(['.', '!', '?']);
        if is_item || is_headline {
            let before = sentences.len();
            split(line.trim_start_matches(['•', '*', '-', '–', '·', ' ']), number, &mut sentences);
            sentences[before..].iter_mut().for_each(|sentence| sentence.is_headline = is_headline);
            continue;
        }
        if paragraph.is_empty() {
            start = number;
        } else {
            paragraph.push(' ');
        }
        paragraph.push_str(line);
    }
    split(&paragraph, start, &mut sentences);
    sentences
}

fn split(text: &str, line: usize, sentences: &mut Vec<Sentence>) {
    let mut begin = 0;
    let mut push = |piece: &str| {
        let piece = piece.trim();
        if !piece.is_empty() {
            sentences.push(Sentence { text: piece.to_owned(), line, is_headline: false });
        }
    };
    for (at, mark) in text.char_indices().filter(|(_, c)| matches!(c, '.' | '!' | '?')) {
        let rest = &text[at + mark.len_utf8()..];
        let opens =
            rest.trim_start().chars().next().is_none_or(|c| c.is_uppercase() || c.is_numeric() || "\"“'«(".contains(c));
        let word = text[begin..at].rsplit([' ', '(']).next().unwrap_or_default().to_lowercase();
        let is_short = mark == '.' && (ABBREVIATIONS.contains(&word.as_str()) || word.chars().count() == 1);
        if rest.starts_with(|c: char| c.is_whitespace() || "\"”»".contains(c)) && opens && !is_short {
            let end = at + mark.len_utf8();
            push(&text[begin..end]);
            begin = end;
        }
    }
    push(&text[begin..]);
}

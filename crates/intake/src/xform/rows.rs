//! A submission as rows: one of the form itself, one for each turn of each repeat.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::form::XForm;
use super::places::{self, Place};
use super::{Answers, Node};
use crate::Profile;
use crate::format::Format;
use crate::row::{Ground, Note, Progress, Row, RowSource};

/// Turns of repeats in one submission. A day of work has a hundred of them at most.
const MAX_TURNS: usize = 10_000;

/// Bytes of the answers around repeats that may be written into the rows of all their turns together.
const MAX_REPEATED_BYTES: usize = 64 * 1024 * 1024;

/// The rows of one submission.
pub struct SubmissionRows {
    rows: VecDeque<Row>,
    turns: Vec<String>,
    total: u64,
}

/// An answer: its column, where it stands, what was said.
#[derive(Clone, Copy)]
struct Leaf<'a> {
    column: &'a str,
    path: &'a [String],
    text: &'a str,
}

/// Answers around a repeat that its rows may take; all its turns share them.
struct Around<'a> {
    outer: Option<Rc<Around<'a>>>,
    leaves: Vec<Leaf<'a>>,
    /// Length of these and of what is further out.
    n_bytes: usize,
}

/// A part of the answers that becomes one row.
struct Part<'a> {
    layer: &'a str,
    number: u64,
    /// Names it among the turns, whatever stands before and after: empty for the form itself, `part[2]/find[1]`.
    turn: String,
    leaves: Vec<Leaf<'a>>,
    /// Answers around it, for repeats.
    around: Option<Rc<Around<'a>>>,
    /// Answers of the repeats inside it.
    inside: Vec<Leaf<'a>>,
}

impl SubmissionRows {
    /// The rows of `answers`. Without the form, places are known by their look and repeats by standing twice.
    ///
    /// `superseded`: local ids of the records that a corrected submission had become, by [turn](Self::turns). Without
    /// any, the corrected submission itself is named.
    pub fn new(
        answers: &Answers,
        form: Option<&XForm>,
        profile: Option<&Profile>,
        superseded: Option<&[(String, String)]>,
    ) -> SubmissionRows {
        let columns = columns(answers, form);
        let mut reading = Reading { form, profile, columns: &columns, parts: Vec::new(), next: 1, n_repeated: 0 };
        let at = Position { path: vec![answers.root.name.clone()], layer: &answers.form_id, turn: String::new() };
        if reading.part(&answers.root, at, None).is_none() {
            return SubmissionRows::held(too_many());
        }
        reading.parts.sort_by_key(|part| part.number);
        let rows: VecDeque<Row> =
            reading.parts.iter().map(|part| row(part, answers, form, profile, superseded)).collect();
        let turns = reading.parts.into_iter().map(|part| part.turn).collect();
        SubmissionRows { total: rows.len() as u64, rows, turns }
    }

    /// A submission that waits for a person as a whole.
    pub fn held(why: Note) -> SubmissionRows {
        SubmissionRows { rows: VecDeque::from([Row::of_note(1, why)]), turns: Vec::new(), total: 1 }
    }

    /// Whether it waits for a person as a whole.
    pub fn is_held(&self) -> bool {
        self.turns.is_empty()
    }

    /// What each row is among the turns of the repeats, by the number of the row less one: empty for the form itself,
    /// `part[2]/find[1]` for the first `find` inside the second `part`.
    pub fn turns(&self) -> &[String] {
        &self.turns
    }
}

impl RowSource for SubmissionRows {
    fn format(&self) -> Format {
        Format::Submission
    }

    fn next_row(&mut self) -> Option<Row> {
        self.rows.pop_front()
    }

    fn progress(&self) -> Progress {
        Progress { done: self.total - self.rows.len() as u64, total: self.total }
    }
}

fn too_many() -> Note {
    Note::new("turns_too_many").with("most", MAX_TURNS).with("megabytes", MAX_REPEATED_BYTES / 1_048_576)
}

/// Where a part stands.
struct Position<'a> {
    path: Vec<String>,
    layer: &'a str,
    turn: String,
}

struct Reading<'a> {
    form: Option<&'a XForm>,
    profile: Option<&'a Profile>,
    columns: &'a BTreeMap<Vec<String>, String>,
    parts: Vec<Part<'a>>,
    next: u64,
    /// Bytes of answers around repeats, once for each turn.
    n_repeated: usize,
}

impl<'a> Reading<'a> {
    /// One part and, after it, those of the repeats inside it; gives its own answers, or `None` where it is too much.
    fn part(&mut self, node: &'a Node, at: Position<'a>, around: Option<Rc<Around<'a>>>) -> Option<Vec<Leaf<'a>>> {
        self.n_repeated += around.as_ref().map_or(0, |around| around.n_bytes);
        if self.next > MAX_TURNS as u64 + 1 || self.n_repeated > MAX_REPEATED_BYTES {
            return None;
        }
        let number = self.next;
        self.next += 1;
        let (mut leaves, mut repeats) = (Vec::new(), Vec::new());
        self.gather(node, &at.path, &mut leaves, &mut repeats);
        let mut inside = Vec::new();
        if !repeats.is_empty() {
            let wanted = |leaf: &&Leaf<'_>| self.profile.is_some_and(|profile| profile.takes(leaf.column));
            let wanted: Vec<Leaf<'_>> = leaves.iter().filter(wanted).copied().collect();
            let n_bytes = wanted.iter().map(|leaf| leaf.text.len()).sum::<usize>();
            let n_bytes = n_bytes + around.as_ref().map_or(0, |around| around.n_bytes);
            let known = Rc::new(Around { outer: around.clone(), leaves: wanted, n_bytes });
            let mut turns: BTreeMap<&str, usize> = BTreeMap::new();
            for (repeat, path) in repeats {
                let turn = turns.entry(&repeat.name).or_default();
                *turn += 1;
                let before = if at.turn.is_empty() { String::new() } else { format!("{}/", at.turn) };
                let turn = format!("{before}{}[{turn}]", repeat.name);
                let position = Position { path, layer: &repeat.name, turn };
                inside.extend(self.part(repeat, position, Some(known.clone()))?);
            }
        }
        let own = leaves.clone();
        self.parts.push(Part { layer: at.layer, number, turn: at.turn, leaves, around, inside });
        Some(own)
    }

    /// Answers and repeats below an element, groups looked through.
    fn gather(
        &self,
        node: &'a Node,
        path: &[String],
        leaves: &mut Vec<Leaf<'a>>,
        repeats: &mut Vec<(&'a Node, Vec<String>)>,
    ) {
        let mut path = path.to_vec();
        let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
        if self.form.is_none() {
            node.children.iter().for_each(|child| *uses.entry(&child.name).or_default() += 1);
        }
        for child in &node.children {
            path.push(child.name.clone());
            let is_repeat = match self.form {
                Some(form) => form.is_repeat(&path),
                None => !child.children.is_empty() && uses.get(child.name.as_str()).is_some_and(|n| *n > 1),
            };
            if is_repeat {
                repeats.push((child, path.clone()));
            } else if child.children.is_empty() {
                // Every answer has a column but those of the `meta` block.
                if let Some((path, column)) = self.columns.get_key_value(&path) {
                    leaves.push(Leaf { column, text: child.text.trim(), path });
                }
            } else if child.name != "meta" || path.len() != 2 {
                self.gather(child, &path, leaves, repeats);
            }
            path.pop();
        }
    }
}

/// Column names by path: the last word, or all words from the root on where two answers end in the same one.
fn columns(answers: &Answers, form: Option<&XForm>) -> BTreeMap<Vec<String>, String> {
    let mut paths: BTreeSet<Vec<String>> = BTreeSet::new();
    for path in form.into_iter().flat_map(XForm::paths) {
        paths.insert(path.split('/').skip(1).map(str::to_owned).collect());
    }
    leaf_paths(&answers.root, &mut vec![answers.root.name.clone()], &mut paths);
    paths.retain(|path| path.get(1).is_none_or(|word| word != "meta"));
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for last in paths.iter().filter_map(|path| path.last()) {
        *uses.entry(last).or_default() += 1;
    }
    let name = |path: &Vec<String>| match path.last() {
        Some(last) if uses.get(last.as_str()) == Some(&1) => last.clone(),
        _ => path[1.min(path.len())..].join("/"),
    };
    let names: Vec<String> = paths.iter().map(name).collect();
    paths.into_iter().zip(names).collect()
}

fn leaf_paths(node: &Node, path: &mut Vec<String>, paths: &mut BTreeSet<Vec<String>>) {
    for child in &node.children {
        path.push(child.name.clone());
        if child.children.is_empty() && !paths.contains(path) {
            paths.insert(path.clone());
        }
        leaf_paths(child, path, paths);
        path.pop();
    }
}

fn row(
    part: &Part<'_>,
    answers: &Answers,
    form: Option<&XForm>,
    profile: Option<&Profile>,
    superseded: Option<&[(String, String)]>,
) -> Row {
    let mut row = Row::new(part.number);
    row.layer = Some(part.layer.to_owned());
    for leaf in part.leaves.iter().filter(|leaf| !form.is_some_and(|form| form.is_file(leaf.path))) {
        row.properties.insert(leaf.column.to_owned(), value(leaf, form));
    }
    let mut around = part.around.as_deref();
    let mut outwards = Vec::new();
    while let Some(ring) = around {
        outwards.push(ring);
        around = ring.outer.as_deref();
    }
    for leaf in outwards.into_iter().rev().flat_map(|ring| &ring.leaves) {
        row.properties.entry(leaf.column.to_owned()).or_insert_with(|| Value::from(leaf.text));
    }
    if profile.is_some_and(|profile| profile.takes("instanceID")) {
        row.properties.insert("instanceID".to_owned(), Value::from(answers.instance_id.as_str()));
    }
    let corrected = match superseded {
        Some(superseded) => superseded.iter().find(|(turn, _)| *turn == part.turn).map(|(_, id)| id),
        None => answers.deprecated_id.as_ref(),
    };
    if let Some(corrected) = corrected {
        row.properties.insert("supersedes".to_owned(), Value::from(corrected.as_str()));
    }
    ground(&mut row, part, form, profile);
    row
}

fn value(leaf: &Leaf<'_>, form: Option<&XForm>) -> Value {
    if form.is_some_and(|form| form.takes_several(leaf.path)) {
        return Value::Array(leaf.text.split_whitespace().map(Value::from).collect());
    }
    Value::from(leaf.text)
}

/// The place that the profile names, else the only one there is; it leaves the properties.
fn ground(row: &mut Row, part: &Part<'_>, form: Option<&XForm>, profile: Option<&Profile>) {
    let named = profile.and_then(|profile| profile.ground.as_ref()?.text.as_deref());
    let is_place = |leaf: &Leaf<'_>| match form {
        Some(form) => form.place(leaf.path).is_some(),
        None => leaf.text.contains(' ') && places::read(leaf.text, None).is_ok(),
    };
    let own: Vec<&Leaf<'_>> = match named {
        Some(named) => part.leaves.iter().filter(|leaf| leaf.column == named).collect(),
        None => part.leaves.iter().filter(|leaf| is_place(leaf)).collect(),
    };
    let inside = || part.inside.iter().filter(|leaf| named == Some(leaf.column)).collect::<Vec<_>>();
    let leaves = if own.is_empty() { inside() } else { own };
    for leaf in &leaves {
        row.properties.shift_remove(leaf.column);
    }
    let given: Vec<&Leaf<'_>> = leaves.into_iter().filter(|leaf| !leaf.text.is_empty()).collect();
    let text = given.iter().map(|leaf| leaf.text).collect::<Vec<_>>().join("\n");
    let columns: std::collections::BTreeSet<&str> = given.iter().map(|leaf| leaf.column).collect();
    let read = |leaf: &&Leaf<'_>| places::read(leaf.text, form.and_then(|form| form.place(leaf.path)));
    let place: Result<Place, String> = match given.as_slice() {
        [] => return,
        [only] => read(only),
        _ if columns.len() > 1 => Err(format!(
            "the form gives several places, {}; [ground] text of the profile says which one is meant",
            columns.into_iter().collect::<Vec<_>>().join(", ")
        )),
        several => several.iter().map(read).collect::<Result<Vec<Place>, String>>().and_then(places::together),
    };
    row.ground = match place {
        Err(why) => Ground::Broken { text, why },
        Ok(place) => {
            row.has_height = place.has_height;
            accuracy(&mut row.properties, &place);
            Ground::Shape { shape: place.shape, text: Some(text) }
        }
    };
}

/// What the phone says of its accuracy, where the form does not ask for it.
fn accuracy(properties: &mut Map<String, Value>, place: &Place) {
    let is_given = properties.get("accuracy_m").is_some_and(|given| !crate::value::is_nothing(given));
    if let Some(stated) = place.accuracy_m.filter(|_| !is_given) {
        properties.insert("accuracy_m".to_owned(), Value::from(places::epsilon_m(stated)));
    }
}

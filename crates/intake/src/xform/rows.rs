//! A submission as rows: one of the form itself, one for each turn of each repeat.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value};

use super::form::XForm;
use super::places::{self, Place};
use super::{Answers, Node};
use crate::Profile;
use crate::format::Format;
use crate::row::{Ground, Progress, Row, RowSource};

/// The rows of one submission.
pub struct SubmissionRows {
    rows: VecDeque<Row>,
    total: u64,
}

/// An answer: its column, where it stands, what was said.
struct Leaf<'a> {
    column: String,
    path: Vec<String>,
    text: &'a str,
}

/// A part of the answers that becomes one row.
struct Part<'a> {
    layer: String,
    number: u64,
    leaves: Vec<Leaf<'a>>,
    /// Answers around it, for repeats.
    around: Vec<(String, String)>,
    /// Answers of the repeats inside it.
    inside: Vec<Leaf<'a>>,
}

impl SubmissionRows {
    /// The rows of `answers`. Without the form, places are known by their look and repeats by standing twice.
    ///
    /// `superseded`: local ids of the records that a corrected submission had become, by the number of the row.
    pub fn new(
        answers: &Answers,
        form: Option<&XForm>,
        profile: Option<&Profile>,
        superseded: &[(u64, String)],
    ) -> SubmissionRows {
        let mut reading = Reading { form, columns: columns(answers, form), parts: Vec::new(), next: 1 };
        reading.part(&answers.root, vec![answers.root.name.clone()], answers.form_id.clone(), &[]);
        reading.parts.sort_by_key(|part| part.number);
        let rows: VecDeque<Row> =
            reading.parts.iter().map(|part| row(part, answers, form, profile, superseded)).collect();
        SubmissionRows { total: rows.len() as u64, rows }
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

struct Reading<'a> {
    form: Option<&'a XForm>,
    columns: BTreeMap<Vec<String>, String>,
    parts: Vec<Part<'a>>,
    next: u64,
}

impl<'a> Reading<'a> {
    /// One part and, after it, those of the repeats inside it; gives the answers of the whole.
    fn part(&mut self, node: &'a Node, path: Vec<String>, layer: String, around: &[(String, String)]) {
        let number = self.next;
        self.next += 1;
        let (mut leaves, mut repeats) = (Vec::new(), Vec::new());
        self.gather(node, &path, &mut leaves, &mut repeats);
        let mut known = around.to_vec();
        known.extend(leaves.iter().map(|leaf| (leaf.column.clone(), leaf.text.to_owned())));
        let mut inside = Vec::new();
        for (repeat, path) in repeats {
            self.part(repeat, path.clone(), repeat.name.clone(), &known);
            let (mut of_repeat, mut deeper) = (Vec::new(), Vec::new());
            self.gather(repeat, &path, &mut of_repeat, &mut deeper);
            inside.extend(of_repeat);
        }
        self.parts.push(Part { layer, number, leaves, around: around.to_vec(), inside });
    }

    /// Answers and repeats below an element, groups looked through.
    fn gather(
        &self,
        node: &'a Node,
        path: &[String],
        leaves: &mut Vec<Leaf<'a>>,
        repeats: &mut Vec<(&'a Node, Vec<String>)>,
    ) {
        for child in &node.children {
            let path: Vec<String> = path.iter().cloned().chain([child.name.clone()]).collect();
            if is_repeat(node, child, &path, self.form) {
                repeats.push((child, path));
            } else if child.children.is_empty() {
                let column = self.columns.get(&path).cloned().unwrap_or_else(|| child.name.clone());
                leaves.push(Leaf { column, text: child.text.trim(), path });
            } else if child.name != "meta" || path.len() != 2 {
                self.gather(child, &path, leaves, repeats);
            }
        }
    }
}

fn is_repeat(parent: &Node, child: &Node, path: &[String], form: Option<&XForm>) -> bool {
    match form {
        Some(form) => form.is_repeat(path),
        None => {
            !child.children.is_empty() && parent.children.iter().filter(|other| other.name == child.name).count() > 1
        }
    }
}

/// Column names by path: the last word, or all words from the root on where two answers end in the same one.
fn columns(answers: &Answers, form: Option<&XForm>) -> BTreeMap<Vec<String>, String> {
    let mut paths: Vec<Vec<String>> = Vec::new();
    for path in form.into_iter().flat_map(XForm::paths) {
        paths.push(path.split('/').skip(1).map(str::to_owned).collect());
    }
    leaf_paths(&answers.root, &mut vec![answers.root.name.clone()], &mut paths);
    paths.retain(|path| path.get(1).is_none_or(|word| word != "meta"));
    paths.sort();
    paths.dedup();
    let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
    for last in paths.iter().filter_map(|path| path.last()) {
        *uses.entry(last).or_default() += 1;
    }
    let name = |path: &Vec<String>| match path.last() {
        Some(last) if uses.get(last.as_str()) == Some(&1) => last.clone(),
        _ => path[1.min(path.len())..].join("/"),
    };
    paths.iter().map(|path| (path.clone(), name(path))).collect()
}

fn leaf_paths(node: &Node, path: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    for child in &node.children {
        path.push(child.name.clone());
        if child.children.is_empty() {
            paths.push(path.clone());
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
    superseded: &[(u64, String)],
) -> Row {
    let mut row = Row::new(part.number);
    row.layer = Some(part.layer.clone());
    for leaf in part.leaves.iter().filter(|leaf| !form.is_some_and(|form| form.is_file(&leaf.path))) {
        row.properties.insert(leaf.column.clone(), value(leaf, form));
    }
    let wanted = |column: &str| profile.is_some_and(|profile| profile.takes(column));
    let around = part.around.iter().filter(|(column, _)| wanted(column));
    for (column, text) in around {
        row.properties.entry(column.clone()).or_insert_with(|| Value::from(text.as_str()));
    }
    if wanted("instanceID") {
        row.properties.insert("instanceID".to_owned(), Value::from(answers.instance_id.as_str()));
    }
    if let Some(deprecated) = &answers.deprecated_id {
        let local_id = superseded.iter().find(|(number, _)| *number == part.number).map(|(_, id)| id);
        row.properties.insert("supersedes".to_owned(), Value::from(local_id.unwrap_or(deprecated).as_str()));
    }
    ground(&mut row, part, form, profile);
    row
}

fn value(leaf: &Leaf<'_>, form: Option<&XForm>) -> Value {
    if form.is_some_and(|form| form.takes_several(&leaf.path)) {
        return Value::Array(leaf.text.split_whitespace().map(Value::from).collect());
    }
    Value::from(leaf.text)
}

/// The place that the profile names, else the only one there is; it leaves the properties.
fn ground(row: &mut Row, part: &Part<'_>, form: Option<&XForm>, profile: Option<&Profile>) {
    let named = profile.and_then(|profile| profile.ground.as_ref()?.text.as_deref());
    let is_place = |leaf: &Leaf<'_>| match form {
        Some(form) => form.place(&leaf.path).is_some(),
        None => leaf.text.contains(' ') && places::read(leaf.text, None).is_ok(),
    };
    let own: Vec<&Leaf<'_>> = match named {
        Some(named) => part.leaves.iter().filter(|leaf| leaf.column == named).collect(),
        None => part.leaves.iter().filter(|leaf| is_place(leaf)).collect(),
    };
    let inside = || part.inside.iter().filter(|leaf| named == Some(leaf.column.as_str())).collect::<Vec<_>>();
    let leaves = if own.is_empty() { inside() } else { own };
    for leaf in &leaves {
        row.properties.shift_remove(&leaf.column);
    }
    let given: Vec<&Leaf<'_>> = leaves.into_iter().filter(|leaf| !leaf.text.is_empty()).collect();
    let text = given.iter().map(|leaf| leaf.text).collect::<Vec<_>>().join("\n");
    let columns: std::collections::BTreeSet<&str> = given.iter().map(|leaf| leaf.column.as_str()).collect();
    let read = |leaf: &&Leaf<'_>| places::read(leaf.text, form.and_then(|form| form.place(&leaf.path)));
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

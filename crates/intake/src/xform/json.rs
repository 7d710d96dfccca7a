//! Answers as JSON, in the shape of ODK Central's OData: groups as objects, repeats as lists, places as GeoJSON.

use serde_json::{Map, Value, json};

use super::form::PlaceKind;
use super::{Answers, Node, XForm};

impl Answers {
    /// The answers by their names. Without the form everything is text. `has_turns`: repeats are lists of their turns;
    /// without, they are left out.
    pub fn to_json(&self, form: Option<&XForm>, has_turns: bool) -> Map<String, Value> {
        let form = form.cloned().unwrap_or_default();
        group(&self.root, &mut vec![self.root.name.clone()], &form, has_turns)
    }

    /// What the form calls this filled form, for people.
    pub fn instance_name(&self) -> Option<&str> {
        let name = self.root.child("meta")?.child("instanceName")?.text.trim();
        (!name.is_empty()).then_some(name)
    }
}

fn group(node: &Node, path: &mut Vec<String>, form: &XForm, has_turns: bool) -> Map<String, Value> {
    let mut object = Map::new();
    for child in &node.children {
        path.push(child.name.clone());
        if form.is_repeat(path) {
            if has_turns {
                let turn = Value::Object(group(child, path, form, has_turns));
                match object.entry(child.name.clone()).or_insert_with(|| json!([])) {
                    Value::Array(turns) => turns.push(turn),
                    other => *other = json!([turn]),
                }
            }
        } else if child.children.is_empty() {
            object.insert(child.name.clone(), answer(child.text.trim(), path, form));
        } else {
            object.insert(child.name.clone(), Value::Object(group(child, path, form, has_turns)));
        }
        path.pop();
    }
    object
}

/// One answer; what does not read as its type stays the text that was given.
fn answer(text: &str, path: &[String], form: &XForm) -> Value {
    let as_text = || Value::String(text.to_owned());
    if text.is_empty() {
        return Value::Null;
    }
    if let Some(kind) = form.place(path) {
        return place(text, kind).unwrap_or_else(as_text);
    }
    match form.holds(path) {
        Some("int") => text.parse::<i64>().map_or_else(|_| as_text(), Value::from),
        Some("decimal") => text.parse::<f64>().map_or_else(|_| as_text(), Value::from),
        _ => as_text(),
    }
}

/// `lat lon alt acc;…` as GeoJSON with heights, the accuracies beside it.
fn place(text: &str, kind: PlaceKind) -> Option<Value> {
    let (mut positions, mut accuracies) = (Vec::new(), Vec::new());
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let numbers: Vec<f64> = part.split_whitespace().map(|word| word.parse().ok()).collect::<Option<_>>()?;
        let (lat, lon) = (*numbers.first()?, *numbers.get(1)?);
        positions.push(json!([lon, lat, numbers.get(2).copied().unwrap_or_default()]));
        accuracies.push(json!(numbers.get(3).copied().unwrap_or_default()));
    }
    let first = positions.first()?.clone();
    Some(match kind {
        PlaceKind::Point => {
            json!({"type": "Point", "coordinates": first, "properties": {"accuracy": accuracies[0]}})
        }
        PlaceKind::Trace => {
            json!({"type": "LineString", "coordinates": positions, "properties": {"accuracy": accuracies}})
        }
        PlaceKind::Shape => {
            json!({"type": "Polygon", "coordinates": [positions], "properties": {"accuracy": [accuracies]}})
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_repeats_numbers_and_places_keep_their_kind() {
        let form = "<h:html xmlns:h='h'><h:head><h:title>T</h:title><model><instance><data id='t'/></instance>
            <bind nodeset='/data/n' type='int'/><bind nodeset='/data/g/where' type='geopoint'/>
            <bind nodeset='/data/find/m' type='decimal'/></model></h:head>
            <h:body><repeat nodeset='/data/find'/></h:body></h:html>";
        let form = XForm::parse(form.as_bytes(), "t").unwrap();
        let answers =
            b"<data id='t'><n>12</n><g><where>40.1 46.2 900 3.5</where><note> a </note></g><find><m>1.5</m></find>
            <find><m>deep</m></find><meta><instanceID>uuid:1</instanceID></meta></data>";
        let answers = Answers::parse(answers, "a").unwrap();
        expect_test::expect![[r#"{"n":12,"g":{"where":{"type":"Point","coordinates":[46.2,40.1,900.0],"properties":{"accuracy":3.5}},"note":"a"},"find":[{"m":1.5},{"m":"deep"}],"meta":{"instanceID":"uuid:1"}}"#]]
            .assert_eq(&Value::Object(answers.to_json(Some(&form), true)).to_string());
        assert!(!answers.to_json(Some(&form), false).contains_key("find"));
    }
}

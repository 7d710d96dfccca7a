//! Rules about places: one name for several, several records for one (CT-13, CT-14). They propose and never merge.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use geometry::Shape;
use geometry::path::distance_m;

use super::{Case, Found};
use crate::Record;
use crate::gazetteer::{key, likeness, names_of};

pub(super) fn all(places: &[&Record], found: &mut Found<'_>) {
    one_name(places, found);
    alike(places, found);
}

fn kind(place: &Record) -> &str {
    place.text("place_type").unwrap_or_default()
}

fn one_name(places: &[&Record], found: &mut Found<'_>) {
    let mut by_name: BTreeMap<(String, &str), BTreeMap<&str, String>> = BTreeMap::new();
    for place in places {
        for name in names_of(place) {
            let ids = by_name.entry((key(&name.name), kind(place))).or_default();
            ids.entry(&place.local_id).or_insert(name.name);
        }
    }
    // Several names of the same places are one case, under the first of them.
    let mut by_places: BTreeMap<Vec<&str>, (String, BTreeSet<String>)> = BTreeMap::new();
    for ((key, _), ids) in by_name.into_iter().filter(|((key, _), ids)| ids.len() > 1 && !key.is_empty()) {
        let (_, names) = by_places.entry(ids.keys().copied().collect()).or_insert_with(|| (key, BTreeSet::new()));
        names.extend(ids.into_values());
    }
    for (ids, (key, names)) in by_places {
        found.add(Case {
            finding: "one_name_many_places",
            about: vec![key],
            subject: &ids.join(", "),
            quantity: &names.into_iter().collect::<Vec<_>>().join(" | "),
            members: ids.iter().map(|id| (*id).to_owned()).collect(),
            values: ids.join(", "),
        });
    }
}

/// Which place, and where it stands.
type Standing = (usize, [f64; 2]);

/// Two records of one kind near each other with names that sound alike, or with one place code.
fn alike(places: &[&Record], found: &mut Found<'_>) {
    const CELL: f64 = 0.02;
    const ALIKE: f64 = 0.85;
    let limit_m = found.rules.finding("places_alike").threshold();
    let mut cells: HashMap<(i64, i64), Vec<Standing>> = HashMap::new();
    let mut by_code: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let names: Vec<Vec<String>> = places.iter().map(|p| names_of(p).into_iter().map(|n| n.name).collect()).collect();
    let mut pairs: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for (at, place) in places.iter().enumerate() {
        if let Some(code) = place.text("pcode").filter(|code| !code.is_empty()) {
            let others = by_code.entry(code).or_default();
            others.iter().for_each(|other| _ = pairs.insert((*other, at), 1.0));
            others.push(at);
        }
        let Some(Shape::Point(position)) = place.geometry else { continue };
        let (x, y) = ((position[0] / CELL).floor() as i64, (position[1] / CELL).floor() as i64);
        let around = (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (x + dx, y + dy)));
        for (other, there) in around.filter_map(|cell| cells.get(&cell)).flatten() {
            if kind(places[*other]) != kind(place) || distance_m(position, *there) > limit_m {
                continue;
            }
            let pairs_of_names = names[at].iter().flat_map(|a| names[*other].iter().map(move |b| (a, b)));
            let likest = pairs_of_names.map(|(a, b)| likeness(a, b)).fold(0.0, f64::max);
            if likest >= ALIKE {
                pairs.insert((*other, at), likest);
            }
        }
        cells.entry((x, y)).or_default().push((at, position));
    }
    for ((a, b), likeness) in pairs {
        let mut ids = [places[a].local_id.as_str(), places[b].local_id.as_str()];
        ids.sort_unstable();
        if ids[0] == ids[1] {
            continue;
        }
        let named = |at: usize| places[at].text("name").unwrap_or(&places[at].local_id).to_owned();
        found.add(Case {
            finding: "places_alike",
            about: ids.iter().map(|id| (*id).to_owned()).collect(),
            subject: &format!("{} | {}", named(a), named(b)),
            quantity: &format!("{likeness:.2}"),
            members: ids.iter().map(|id| (*id).to_owned()).collect(),
            values: format!("{} ({}) and {} ({})", named(a), places[a].local_id, named(b), places[b].local_id),
        });
    }
}

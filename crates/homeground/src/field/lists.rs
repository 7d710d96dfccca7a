//! Lists that phones take along: remaining hazards, released ground, heritage places. As entities of ODK, so that a
//! form can show them on its map and offer them to choose from, offline.
//!
//! A place in ODK has one ring and no holes. So each part is a row of its own. A hole of a hazard is left out: the phone
//! shows more hazard than there is, never less. Released ground is cut through its holes instead: an island that nobody
//! released is never drawn as released.

use std::collections::BTreeSet;

use geometry::{Reading, Region, Shape, arrangement, read};
use ledger::row::release_counts;
use ledger::{Class, Day, EntryId, Kept, Standing, View};
use outputs::layers;
use records::RecordKind;
use sha2::{Digest, Sha256};

use crate::programme::Programme;

/// Columns of every list; ODK wants the first three (`name` is the id), and `geometry` for its map.
const COLUMNS: [&str; 7] = ["name", "label", "__version", "geometry", "local_id", "class", "area_m2"];

/// A list: its CSV, and the ids in it.
#[derive(Debug, Clone)]
pub struct List {
    /// As phones fetch it.
    pub csv: Vec<u8>,
    /// Ids of what is in it.
    pub ids: BTreeSet<String>,
}

/// Names of the lists, as forms ask for them.
pub const NAMES: [&str; 3] = ["hazards.csv", "releases.csv", "monuments.csv"];

struct Writer {
    csv: csv::Writer<Vec<u8>>,
    ids: BTreeSet<String>,
    version: String,
}

/// One row before it is written.
struct Item<'a> {
    entry: EntryId,
    local_id: &'a str,
    label: String,
    class: &'a str,
    area_m2: Option<f64>,
}

impl Programme {
    /// A list on a day; `None` if there is none of this name.
    pub fn list(&self, name: &str, day: Day) -> anyhow::Result<Option<List>> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record(COLUMNS)?;
        // Larger with each entry, and the same for all rows: a row that changed never keeps its version.
        let version = self.store().position()?.0.to_string();
        let mut writer = Writer { csv, ids: BTreeSet::new(), version };
        match name {
            "hazards.csv" => self.hazards(day, &mut writer)?,
            "releases.csv" => self.releases(day, &mut writer)?,
            "monuments.csv" => self.monuments(day, &mut writer)?,
            _ => return Ok(None),
        }
        Ok(Some(List { csv: writer.csv.into_inner()?, ids: writer.ids }))
    }

    /// What remains by the book, and what is only proposed: who walks there must see both.
    fn hazards(&self, day: Day, writer: &mut Writer) -> anyhow::Result<()> {
        let (index, state) = (self.index(), self.state());
        for root in state.rows() {
            let [(_, _, Some(feature)), _] = layers::of_row(index, state, root, day) else { continue };
            let kept = index.record(root);
            let (class, area) = (&feature.properties["class"], feature.properties["remaining_m2"].as_f64());
            let class = class.as_str().unwrap_or_default();
            let item = Item {
                entry: kept.entry,
                local_id: &kept.local_id,
                label: format!("{} {class}", kept.local_id),
                class,
                area_m2: area,
            };
            writer.put(&item, feature.geometry.as_ref())?;
        }
        let proposed = index.records().filter(|(number, kept)| {
            matches!(kept.kind, RecordKind::HazardArea | RecordKind::Reopening)
                && kept.day <= day
                && index.standing(*number, state.known_at()) == Standing::Proposed
        });
        for (_, kept) in proposed {
            let Some(region) = kept.land.region() else { continue };
            writer.put(&item_of(kept, "proposed", region), Some(&region.to_shape()))?;
        }
        Ok(())
    }

    /// Ground that is released by the book, under each release that counts: not what was stated hazardous since, nor
    /// what the release reports beyond the hazard.
    fn releases(&self, day: Day, writer: &mut Writer) -> anyhow::Result<()> {
        let (index, state) = (self.index(), self.state());
        let counting = index
            .records()
            .filter(|(number, kept)| kept.day <= day && release_counts(index, *number, View::Book, state.known_at()));
        for (_, kept) in counting {
            let Some(plot) = kept.land.region() else { continue };
            let pieces = state.pieces(index, plot, View::Book, day);
            let released: Vec<&Region> = pieces
                .iter()
                .filter(|piece| matches!(piece.class, Class::Released(_)))
                .map(|piece| &piece.region)
                .collect();
            let released = arrangement::union(&released);
            if released.is_empty() {
                continue;
            }
            let item = item_of(kept, layers::standing_word(Standing::Approved), &released);
            writer.put(&item, Some(&without_holes(&released)))?;
        }
        Ok(())
    }

    fn monuments(&self, day: Day, writer: &mut Writer) -> anyhow::Result<()> {
        self.current(RecordKind::Monument, day, |kept, standing| {
            let Some(record) = self.record(kept.entry)? else { return Ok(()) };
            let name = record.text("name").unwrap_or(&record.local_id).to_owned();
            let class = layers::standing_word(standing);
            let item = Item { entry: kept.entry, local_id: &record.local_id, label: name, class, area_m2: None };
            writer.put(&item, record.geometry.as_ref())
        })
    }

    /// Records of a kind that stand and that no later one of the same weight has replaced: what is only proposed, or was
    /// rejected, hides nothing.
    fn current(
        &self,
        kind: RecordKind,
        day: Day,
        mut each: impl FnMut(&Kept, Standing) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let index = self.index();
        for (number, kept) in index.records().filter(|(_, kept)| kept.kind == kind && kept.day <= day) {
            let known_at = self.state().known_at();
            let standing = index.standing(number, known_at);
            if standing != Standing::Absent && index.corrections(number, standing, known_at).is_empty() {
                each(kept, standing)?;
            }
        }
        Ok(())
    }
}

/// A record with this ground.
fn item_of<'a>(kept: &'a Kept, class: &'a str, region: &Region) -> Item<'a> {
    Item {
        entry: kept.entry,
        local_id: &kept.local_id,
        label: format!("{} {class}", kept.local_id),
        class,
        area_m2: Some(region.area().m2()),
    }
}

impl Writer {
    /// One row for each part of the ground.
    fn put(&mut self, item: &Item<'_>, shape: Option<&Shape>) -> anyhow::Result<()> {
        let parts = shape.map(parts_of).filter(|parts| !parts.is_empty()).unwrap_or_else(|| vec![String::new()]);
        let n_parts = parts.len();
        for (at, place) in parts.into_iter().enumerate() {
            let name = uuid(item.entry, at);
            let label = match n_parts {
                1 => item.label.clone(),
                _ => format!("{}, part {} of {n_parts}", item.label, at + 1),
            };
            let area = item.area_m2.map(|area| area.to_string()).unwrap_or_default();
            self.csv.write_record([&name, &label, &self.version, &place, item.local_id, item.class, &area])?;
            self.ids.insert(name);
        }
        Ok(())
    }
}

/// Places as ODK writes them: `latitude longitude altitude accuracy`, joined by `;`, rings closed.
fn parts_of(shape: &Shape) -> Vec<String> {
    let place = |positions: &[[f64; 2]]| {
        let points: Vec<String> = positions.iter().map(|[lon, lat]| format!("{lat} {lon} 0 0")).collect();
        points.join(";")
    };
    match shape {
        Shape::Point(at) => vec![place(&[*at])],
        Shape::MultiPoint(all) => all.iter().map(|at| place(&[*at])).collect(),
        Shape::LineString(line) => vec![place(line)],
        Shape::MultiLineString(lines) => lines.iter().map(|line| place(line)).collect(),
        Shape::Collection(shapes) => shapes.iter().flat_map(parts_of).collect(),
        areal => {
            let shells = areal.polygons().iter().filter_map(|rings| rings.first());
            let closed = shells.map(|ring| match (ring.first(), ring.last()) {
                (Some(first), Some(last)) if first != last => place(&[ring.as_slice(), &[*first]].concat()),
                _ => place(ring),
            });
            closed.collect()
        }
    }
}

/// The same ground in parts without holes, each cut straight through the middle of a hole. A part whose hole is too
/// small to be cut has no place at all: less is shown as released, never more.
fn without_holes(region: &Region) -> Shape {
    /// A millimetre, in degrees of latitude; the grid has ten positions in it.
    const NARROWEST: f64 = 1e-8;
    /// By how much the frame of a cut stands out.
    const MARGIN: f64 = 1e-6;
    let mut parts = Vec::new();
    let mut waiting = region.to_shape().polygons().to_vec();
    waiting.reverse();
    while let Some(rings) = waiting.pop() {
        let [_, hole, ..] = rings.as_slice() else {
            parts.push(rings);
            continue;
        };
        let part = read::read(&Shape::Polygon(rings.clone()), Reading::Smallest).region;
        let around = Shape::LineString(hole.clone()).bounds().zip(part.bounds());
        let Some(([west, south, east, north], [w, s, e, n])) = around else { continue };
        let (lon, lat) = (west.midpoint(east), south.midpoint(north));
        let (w, s, e, n) = (w - MARGIN, s - MARGIN, e + MARGIN, n + MARGIN);
        let halves = match (east - west, north - south) {
            (width, height) if width.max(height) < NARROWEST => {
                parts.push(vec![Vec::new()]);
                continue;
            }
            (width, height) if width > height => [[w, s, lon, n], [lon, s, e, n]],
            _ => [[w, s, e, lat], [w, lat, e, n]],
        };
        for [west, south, east, north] in halves {
            let half = vec![[west, south], [east, south], [east, north], [west, north], [west, south]];
            let half = read::read(&Shape::Polygon(vec![half]), Reading::Largest).region;
            waiting.extend(arrangement::intersection(&part, &half).to_shape().polygons().iter().cloned());
        }
    }
    Shape::MultiPolygon(parts)
}

/// A stable id in the form ODK wants, made of the entry and the part (RFC 9562, version 8).
fn uuid(entry: EntryId, part: usize) -> String {
    let hash = Sha256::new().chain_update(entry.0).chain_update((part as u64).to_be_bytes()).finalize();
    let mut bytes: [u8; 16] = hash[..16].try_into().expect("a hash is longer than that");
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

//! What every store does, whatever it is made of. A second store is tried by one more line of `rules!`.

use std::ops::ControlFlow::{Break, Continue};

use geometry::Shape;
use ledger::{EntryId, EntryKind, Signed};
use records::{Feature, RecordKind};
use serde_json::{Map, json};
use store::{
    Arrival, Attachment, Batch, Failure, Form, Outcome, Position, Query, RowChange, Store, Submission, SubmissionQuery,
    hash_of,
};

use crate::programme::{Fresh, gone, put, record, release, sign, square, writer};

/// Run every rule of this module on a store: `rules!(name, fn() -> Fresh)`.
macro_rules! rules {
    ($store:ident, $fresh:path) => {
        mod $store {
            $crate::conformance::each_rule!($fresh);
        }
    };
}
pub(crate) use rules;

macro_rules! each_rule {
    ($fresh:path) => {
        $crate::conformance::each_rule!($fresh:
            entries_come_back_in_the_order_in_which_they_arrived,
            an_entry_that_is_kept_already_is_skipped,
            an_entry_is_found_by_its_id,
            heads_are_the_last_of_each_writer,
            a_forked_chain_is_kept_for_everybody_to_see,
            what_is_not_an_entry_is_refused_and_nothing_of_the_batch_is_kept,
            a_search_gives_the_newest_first_page_by_page,
            a_search_finds_by_kind_record_local_id_writer_id_and_text,
            a_reader_that_ends_at_a_position_sees_the_ledger_of_that_moment,
            a_row_is_put_replaced_and_removed,
            a_feature_comes_back_as_it_was_put,
            features_are_found_by_place_and_paged_by_id,
            an_empty_geometry_is_no_place,
            a_feature_that_does_not_fit_its_layer_is_refused_with_the_whole_batch,
            layers_stand_for_all_entries_unless_entries_were_kept_alone,
            a_rebuild_replaces_everything_that_is_derived,
            an_interrupted_rebuild_leaves_the_old_layers,
            a_snapshot_answers_several_questions_of_one_moment,
            a_sound_store_has_nothing_to_report,
            a_submission_comes_back_with_its_files_byte_for_byte,
            a_file_that_is_sent_again_is_kept_once_and_never_replaced,
            a_version_of_a_form_never_changes,
            an_arrival_is_kept_whole_or_not_at_all,
        );
    };
    ($fresh:path: $($rule:ident),+ $(,)?) => {
        $(#[test] fn $rule() { $crate::conformance::$rule($fresh()) })+
    };
}
pub(crate) use each_rule;

fn all(store: &dyn Store) -> Vec<(Position, Signed)> {
    let mut all = Vec::new();
    store
        .entries(Position(0), &mut |position, signed| {
            all.push((position, signed));
            Continue(())
        })
        .unwrap();
    all
}

fn entries(entries: Vec<Signed>) -> Batch {
    Batch { entries, ..Batch::default() }
}

fn rows(rows: Vec<RowChange>) -> Batch {
    Batch { rows, ..Batch::default() }
}

fn ids(features: &[Feature]) -> Vec<&str> {
    features.iter().map(|feature| feature.id.as_str()).collect()
}

fn everything(store: &dyn Store, layer: &str) -> Vec<Feature> {
    store.features(layer, None, None, usize::MAX).unwrap()
}

pub fn entries_come_back_in_the_order_in_which_they_arrived(fresh: Fresh) {
    let Fresh { mut store, mut writer, .. } = fresh;
    let signed: Vec<_> = ["b", "a", "c"].map(|id| record(&mut writer, id)).into();
    assert_eq!(store.append(&entries(signed.clone())).unwrap(), Position(4));
    assert_eq!(store.position().unwrap(), Position(4));
    let expected: Vec<_> = (2..).map(Position).zip(signed).collect();
    assert_eq!(all(&*store)[1..], expected);
    let mut seen = Vec::new();
    store
        .entries(Position(2), &mut |position, _| {
            seen.push(position);
            Break(())
        })
        .unwrap();
    assert_eq!(seen, [Position(3)], "those after a position, until the reader has enough");
}

pub fn an_entry_that_is_kept_already_is_skipped(fresh: Fresh) {
    let Fresh { mut store, mut writer, .. } = fresh;
    let (a, b) = (record(&mut writer, "a"), record(&mut writer, "b"));
    store.append(&entries(vec![a.clone()])).unwrap();
    assert_eq!(store.append(&entries(vec![b.clone(), a.clone(), b.clone()])).unwrap(), Position(3));
    assert_eq!(store.append(&entries(vec![a, b])).unwrap(), Position(3));
}

pub fn an_entry_is_found_by_its_id(fresh: Fresh) {
    let Fresh { mut store, mut writer, .. } = fresh;
    let a = record(&mut writer, "a");
    store.append(&entries(vec![a.clone()])).unwrap();
    assert_eq!(store.entry(a.id).unwrap(), Some((Position(2), a)));
    assert_eq!(store.entry(EntryId([0; 32])).unwrap(), None);
}

pub fn heads_are_the_last_of_each_writer(fresh: Fresh) {
    let Fresh { mut store, writer: mut first, .. } = fresh;
    let mut second = writer(2);
    let (a, b, c) = (record(&mut second, "a"), record(&mut first, "b"), record(&mut second, "c"));
    store.append(&entries(vec![a, b.clone(), c.clone()])).unwrap();
    let mut expected = vec![(first.id().to_owned(), 2, b.id), (second.id().to_owned(), 2, c.id)];
    expected.sort();
    let heads: Vec<_> = store.heads().unwrap().into_iter().map(|head| (head.writer, head.seq, head.id)).collect();
    assert_eq!(heads, expected);
}

pub fn a_forked_chain_is_kept_for_everybody_to_see(fresh: Fresh) {
    let Fresh { mut store, writer: mut one, .. } = fresh;
    let mut restored_from_an_old_backup = one.clone();
    let (a, b) = (record(&mut one, "a"), record(&mut restored_from_an_old_backup, "b"));
    store.append(&entries(vec![a.clone(), b.clone()])).unwrap();
    assert_eq!(all(&*store).len(), 3);
    assert_eq!(store.heads().unwrap()[0].id, a.id, "the first to arrive is the head");
}

pub fn what_is_not_an_entry_is_refused_and_nothing_of_the_batch_is_kept(fresh: Fresh) {
    let Fresh { mut store, mut writer, .. } = fresh;
    let body = "not JSON".to_owned();
    let broken = Signed { id: EntryId::of(body.as_bytes()), body, signature: [0; 64] };
    let batch = Batch { entries: vec![record(&mut writer, "a"), broken], rows: vec![put(release("1", 46.0, 40.0))] };
    assert!(matches!(store.append(&batch), Err(Failure::Entry(_))));
    assert_eq!(store.position().unwrap(), Position(1));
    assert_eq!(everything(&*store, "release"), []);
}

pub fn a_search_gives_the_newest_first_page_by_page(fresh: Fresh) {
    let Fresh { mut store, mut writer, .. } = fresh;
    let signed = (0..10).map(|n| record(&mut writer, &n.to_string())).collect();
    store.append(&entries(signed)).unwrap();
    let mut query = Query { record: Some(RecordKind::ReleaseProduct), limit: 4, ..Query::default() };
    let mut pages = Vec::new();
    loop {
        let found = store.search(&query).unwrap();
        assert_eq!(found.total, 10);
        let Some(&(last, _)) = found.entries.last() else { break };
        pages.push(found.entries.iter().map(|(position, _)| position.0).collect::<Vec<_>>());
        query.before = Some(last);
    }
    assert_eq!(pages, [vec![11, 10, 9, 8], vec![7, 6, 5, 4], vec![3, 2]]);
}

pub fn a_reader_that_ends_at_a_position_sees_the_ledger_of_that_moment(fresh: Fresh) {
    let Fresh { mut store, mut writer, .. } = fresh;
    let early: Vec<Signed> = (0..3).map(|n| record(&mut writer, &n.to_string())).collect();
    store.append(&entries(early.clone())).unwrap();
    let reader = store.reader(Some(Position(3))).unwrap();
    let mut other = crate::programme::writer(2);
    let late = vec![record(&mut writer, "9"), record(&mut other, "10")];
    store.append(&entries(late.clone())).unwrap();
    assert_eq!(reader.position().unwrap(), Position(3));
    let mut seen = Vec::new();
    let mut each = |position: Position, _| {
        seen.push(position.0);
        Continue(())
    };
    reader.entries(Position(1), &mut each).unwrap();
    assert_eq!(seen, [2, 3]);
    for query in [Query::default(), Query { record: Some(RecordKind::ReleaseProduct), ..Query::default() }] {
        let found = reader.search(&Query { limit: 10, ..query.clone() }).unwrap();
        let all = store.search(&Query { limit: 10, ..query }).unwrap();
        assert_eq!(found.total + 3, all.total);
        assert!(found.entries.iter().all(|(position, _)| position.0 <= 3), "{found:?}");
    }
    assert!(reader.entry(early[1].id).unwrap().is_some());
    for later in [early[2].id, late[0].id, late[1].id] {
        assert_eq!(reader.entry(later).unwrap(), None);
        assert!(store.entry(later).unwrap().is_some());
    }
    let heads = reader.heads().unwrap();
    assert_eq!(heads.len(), 1, "the second office has written nothing yet");
    assert_eq!(heads[0].id, early[1].id);
}

pub fn a_search_finds_by_kind_record_local_id_writer_id_and_text(fresh: Fresh) {
    let Fresh { mut store, mut writer, .. } = fresh;
    let place = sign(&mut writer, EntryKind::Record, json!({"record": "place", "local_id": "P-1", "name": "Гюлистан"}));
    let other = record(&mut crate::programme::writer(2), "LR-1");
    store.append(&entries(vec![place.clone(), other.clone()])).unwrap();
    let id = place.id.to_string();
    let find = |query: Query| {
        let found = store.search(&Query { limit: 10, ..query }).unwrap();
        assert_eq!(found.total, found.entries.len() as u64);
        found.entries.into_iter().map(|(position, _)| position.0).collect::<Vec<_>>()
    };
    assert_eq!(find(Query::default()), [3, 2, 1]);
    assert_eq!(find(Query { kind: Some(EntryKind::Programme), ..Query::default() }), [1]);
    assert_eq!(find(Query { kind: Some(EntryKind::Record), ..Query::default() }), [3, 2]);
    assert_eq!(find(Query { record: Some(RecordKind::Place), ..Query::default() }), [2]);
    assert_eq!(find(Query { local_id: Some("LR-1".into()), ..Query::default() }), [3]);
    assert_eq!(find(Query { local_id: Some("LR".into()), ..Query::default() }), [0; 0]);
    assert_eq!(find(Query { writer: Some(writer.id().into()), ..Query::default() }), [2, 1]);
    assert_eq!(find(Query { id_prefix: Some(id[..9].to_uppercase()), ..Query::default() }), [2]);
    assert_eq!(find(Query { id_prefix: Some("%_'".into()), ..Query::default() }), [0; 0]);
    assert_eq!(find(Query { text: Some("AZE".into()), ..Query::default() }), [1]);
    assert_eq!(find(Query { text: Some("release_PRODUCT".into()), ..Query::default() }), [3]);
    assert_eq!(find(Query { text: Some("гюлиСТАН".into()), ..Query::default() }), [2], "capitals of every script");
    assert_eq!(find(Query { text: Some("%".into()), ..Query::default() }), [0; 0]);
    let both = Query { kind: Some(EntryKind::Record), text: Some("şimal".into()), ..Query::default() };
    assert_eq!(find(both), [3]);
}

pub fn a_row_is_put_replaced_and_removed(fresh: Fresh) {
    let Fresh { mut store, .. } = fresh;
    store.append(&rows(vec![put(release("1", 46.0, 40.0)), put(release("2", 46.1, 40.0))])).unwrap();
    store.append(&rows(vec![put(release("1", 47.0, 40.0)), gone("2"), gone("never there")])).unwrap();
    let found = everything(&*store, "release");
    assert_eq!(ids(&found), ["1"]);
    assert_eq!(found[0].geometry.as_ref().unwrap().bounds(), square(47.0, 40.0).bounds());
    assert_eq!(store.features("release", Some([45.9, 39.9, 46.2, 40.2]), None, 10).unwrap(), []);
}

pub fn a_feature_comes_back_as_it_was_put(fresh: Fresh) {
    let Fresh { mut store, .. } = fresh;
    let full = release("full", 46.0, 40.0);
    let point =
        Feature { id: "F-1".into(), geometry: Some(Shape::Point([46.123456789, 40.1])), properties: Map::new() };
    let office = Feature {
        id: "ANAMA".into(),
        geometry: None,
        properties: Map::from_iter([("name".into(), json!("Ə'\"; --"))]),
    };
    let change = |layer, feature: &Feature| RowChange { layer, id: feature.id.clone(), feature: Some(feature.clone()) };
    let batch = rows(vec![change("release", &full), change("find", &point), change("organisation", &office)]);
    store.append(&batch).unwrap();
    let found = everything(&*store, "release").remove(0);
    assert_eq!(found.properties, full.properties);
    assert_eq!(Vec::from_iter(found.properties.keys()), Vec::from_iter(full.properties.keys()), "columns in order");
    let Some(Shape::Polygon(rings)) = full.geometry else { unreachable!() };
    assert_eq!(found.geometry, Some(Shape::MultiPolygon(vec![rings])), "an area is a MultiPolygon");
    let found = everything(&*store, "find").remove(0);
    assert_eq!(found.geometry, point.geometry);
    assert_eq!(found.properties["category"], json!(null));
    assert_eq!(everything(&*store, "organisation"), [office]);
}

pub fn features_are_found_by_place_and_paged_by_id(fresh: Fresh) {
    let Fresh { mut store, .. } = fresh;
    let grid = (0..100).map(|n| put(release(&format!("{n:02}"), 46.0 + f64::from(n % 10), 40.0 + f64::from(n / 10))));
    store.append(&rows(grid.collect())).unwrap();
    let found = store.features("release", Some([47.0, 41.0, 48.0, 42.0]), None, 100).unwrap();
    assert_eq!(ids(&found), ["11", "12", "21", "22"]);
    // 1e-7 degree is a centimetre; a box just beside touches nothing.
    assert_eq!(ids(&store.features("release", Some([46.010_000_1, 40.0, 46.9, 40.5]), None, 100).unwrap()), [""; 0]);
    assert_eq!(ids(&store.features("release", Some([46.01, 40.0, 46.9, 40.5]), None, 100).unwrap()), ["00"]);
    assert_eq!(ids(&store.features("release", None, Some("97"), 100).unwrap()), ["98", "99"]);
    let found = store.features("release", Some([40.0, 35.0, 60.0, 60.0]), Some("50"), 3).unwrap();
    assert_eq!(ids(&found), ["51", "52", "53"]);
    assert!(matches!(store.features("no such layer", None, None, 1), Err(Failure::NoLayer { .. })));
}

pub fn an_empty_geometry_is_no_place(fresh: Fresh) {
    let Fresh { mut store, .. } = fresh;
    let empty = Feature { geometry: Some(Shape::MultiPolygon(vec![])), ..release("empty", 0.0, 0.0) };
    let none = Feature { geometry: None, ..release("none", 0.0, 0.0) };
    store.append(&rows(vec![put(empty.clone()), put(none), put(release("some", 46.0, 40.0))])).unwrap();
    assert_eq!(ids(&everything(&*store, "release")), ["empty", "none", "some"]);
    assert_eq!(ids(&store.features("release", Some([-180.0, -90.0, 180.0, 90.0]), None, 10).unwrap()), ["some"]);
    // From some place to none, and back.
    store.append(&rows(vec![put(Feature { id: "some".into(), ..empty }), put(release("none", 46.0, 40.0))])).unwrap();
    assert_eq!(ids(&store.features("release", Some([-180.0, -90.0, 180.0, 90.0]), None, 10).unwrap()), ["none"]);
}

pub fn a_feature_that_does_not_fit_its_layer_is_refused_with_the_whole_batch(fresh: Fresh) {
    let Fresh { mut store, mut writer, .. } = fresh;
    let point = Feature { geometry: Some(Shape::Point([46.0, 40.0])), ..release("2", 0.0, 0.0) };
    let unknown = RowChange { layer: "nowhere", ..gone("1") };
    let renamed = RowChange { id: "another".into(), ..put(release("3", 46.0, 40.0)) };
    for misfit in [put(point), unknown, renamed] {
        let batch =
            Batch { entries: vec![record(&mut writer, "a")], rows: vec![put(release("1", 46.0, 40.0)), misfit] };
        assert!(matches!(store.append(&batch), Err(Failure::Misfit { .. })));
    }
    assert_eq!(store.position().unwrap(), Position(1));
    assert_eq!(everything(&*store, "release"), []);
}

pub fn layers_stand_for_all_entries_unless_entries_were_kept_alone(fresh: Fresh) {
    let Fresh { mut store, mut writer, .. } = fresh;
    assert_eq!(store.derived_position().unwrap(), Position(1));
    store.append(&entries(vec![record(&mut writer, "a")])).unwrap();
    assert_eq!(store.derived_position().unwrap(), Position(2));
    assert_eq!(store.keep(&[record(&mut writer, "b")]).unwrap(), Position(3));
    assert_eq!(store.derived_position().unwrap(), Position(2));
    store.append(&entries(vec![record(&mut writer, "c")])).unwrap();
    assert_eq!(store.derived_position().unwrap(), Position(2), "what fell behind stays behind");
    store.rebuild(Position(4), &mut std::iter::empty()).unwrap();
    assert_eq!(store.derived_position().unwrap(), Position(4));
}

pub fn a_rebuild_replaces_everything_that_is_derived(fresh: Fresh) {
    let Fresh { mut store, .. } = fresh;
    let old = Batch { rows: vec![put(release("old", 10.0, 10.0))], ..Batch::default() };
    store.append(&old).unwrap();
    let new = [("release", release("new", 46.0, 40.0)), ("release", release("newer", 46.5, 40.0))];
    store.rebuild(Position(1), &mut new.into_iter().map(Ok)).unwrap();
    assert_eq!(ids(&everything(&*store, "release")), ["new", "newer"]);
    assert_eq!(ids(&store.features("release", Some([46.4, 39.0, 47.0, 41.0]), None, 10).unwrap()), ["newer"]);
}

pub fn an_interrupted_rebuild_leaves_the_old_layers(fresh: Fresh) {
    let Fresh { mut store, .. } = fresh;
    store.append(&rows(vec![put(release("old", 46.0, 40.0))])).unwrap();
    let new = [Ok(("release", release("new", 46.0, 40.0))), Err(Failure::Interrupted)];
    assert!(matches!(store.rebuild(Position(1), &mut new.into_iter()), Err(Failure::Interrupted)));
    assert_eq!(ids(&everything(&*store, "release")), ["old"]);
    assert_eq!(store.derived_position().unwrap(), Position(1));
}

pub fn a_snapshot_answers_several_questions_of_one_moment(fresh: Fresh) {
    let Fresh { store, .. } = fresh;
    let mut asked = 0;
    store
        .snapshot(&mut |store| {
            assert_eq!(store.position()?, store.derived_position()?);
            store.snapshot(&mut |store| store.position().map(|_| asked += 1))
        })
        .unwrap();
    assert_eq!(asked, 1);
    assert!(matches!(store.snapshot(&mut |_| Err(Failure::Interrupted)), Err(Failure::Interrupted)));
    store.snapshot(&mut |_| Ok(())).unwrap();
}

pub fn a_sound_store_has_nothing_to_report(fresh: Fresh) {
    let Fresh { mut store, mut writer, .. } = fresh;
    let held = sign(&mut writer, EntryKind::Held, json!({"record": {"nested": 1}, "local_id": 5}));
    let batch = Batch { entries: vec![record(&mut writer, "a"), held], rows: vec![put(release("1", 46.0, 40.0))] };
    store.append(&batch).unwrap();
    let mut findings = Vec::new();
    store.check(&mut |finding| findings.push(finding)).unwrap();
    assert_eq!(findings, [""; 0]);
}

fn submission(instance_id: &str, xml: &[u8]) -> Submission {
    Submission {
        number: 0,
        instance_id: instance_id.to_owned(),
        form_id: "hazard_report".to_owned(),
        version: "1".to_owned(),
        xml: hash_of(xml),
        received_at: "2025-07-01T12:00:00Z".parse().unwrap(),
        received_from: "Team 3".to_owned(),
        outcome: Outcome::New,
    }
}

fn photo(submission: u64, name: &str, bytes: &[u8]) -> (Attachment, Vec<u8>) {
    let received_at = "2025-07-01T12:00:01Z".parse().unwrap();
    let (name, media_type) = (name.to_owned(), "image/jpeg".to_owned());
    (Attachment { submission, name, media_type, file: hash_of(bytes), received_at }, bytes.to_vec())
}

fn sent(store: &dyn Store, number: u64) -> Vec<(String, Vec<u8>)> {
    let attachments = store.attachments(number).unwrap();
    attachments.into_iter().map(|a| (a.name, store.field_file(&a.file).unwrap().unwrap())).collect()
}

pub fn a_submission_comes_back_with_its_files_byte_for_byte(fresh: Fresh) {
    let Fresh { mut store, .. } = fresh;
    let xml = "<data id='hazard_report'>Kəlbəcər</data>".as_bytes();
    let arrival = Arrival::Submission(submission("uuid:1", xml), xml.to_vec(), vec![photo(0, "a.jpg", b"\x00\xff")]);
    let number = store.receive(&arrival).unwrap();
    store.receive(&Arrival::Attachments(vec![photo(number, "b.jpg", b"b")])).unwrap();
    let found = store.submissions(&SubmissionQuery { limit: 10, ..Default::default() }).unwrap();
    assert_eq!(found, [Submission { number, ..submission("uuid:1", xml) }]);
    assert_eq!(store.field_file(&found[0].xml).unwrap().as_deref(), Some(xml));
    assert_eq!(
        sent(&*store, number),
        [("a.jpg".to_owned(), b"\x00\xff".to_vec()), ("b.jpg".to_owned(), b"b".to_vec())]
    );
    let other = SubmissionQuery { instance_id: Some("uuid:2".to_owned()), limit: 10, ..Default::default() };
    assert_eq!(store.submissions(&other).unwrap(), []);
    let mut findings = Vec::new();
    store.check(&mut |finding| findings.push(finding)).unwrap();
    assert_eq!(findings, [""; 0]);
}

pub fn a_file_that_is_sent_again_is_kept_once_and_never_replaced(fresh: Fresh) {
    let Fresh { mut store, .. } = fresh;
    let number = store.receive(&Arrival::Submission(submission("uuid:1", b"<a/>"), b"<a/>".to_vec(), vec![])).unwrap();
    for bytes in [b"first".as_slice(), b"first", b"other"] {
        store.receive(&Arrival::Attachments(vec![photo(number, "a.jpg", bytes)])).unwrap();
    }
    let names = [("a.jpg".to_owned(), b"first".to_vec()), ("a.jpg".to_owned(), b"other".to_vec())];
    assert_eq!(sent(&*store, number), names);
}

pub fn a_version_of_a_form_never_changes(fresh: Fresh) {
    let Fresh { mut store, .. } = fresh;
    let form = |version: &str, xml: &[u8]| {
        let form = Form {
            form_id: "hazard_report".to_owned(),
            version: version.to_owned(),
            name: "Hazard report".to_owned(),
            xml: hash_of(xml),
            profiles: vec!["name = 'hazards'".to_owned()],
            is_ready: false,
            received_at: "2025-07-01T12:00:00Z".parse().unwrap(),
        };
        Arrival::Form(form, vec![xml.to_vec()])
    };
    store.receive(&form("1", b"<one/>")).unwrap();
    assert!(store.receive(&form("1", b"<other/>")).is_err());
    store.receive(&form("2", b"<two/>")).unwrap();
    let kept: Vec<_> = store.forms().unwrap().into_iter().map(|form| (form.version, form.xml)).collect();
    assert_eq!(kept, [("1".to_owned(), hash_of(b"<one/>")), ("2".to_owned(), hash_of(b"<two/>"))]);
    assert_eq!(store.field_file(&hash_of(b"<other/>")).unwrap(), None, "nothing of what was refused is kept");
}

pub fn an_arrival_is_kept_whole_or_not_at_all(fresh: Fresh) {
    let Fresh { mut store, .. } = fresh;
    let files = vec![photo(77, "a.jpg", b"of nobody")];
    assert!(store.receive(&Arrival::Attachments(files)).is_err(), "there is no such submission");
    assert_eq!(store.field_file(&hash_of(b"of nobody")).unwrap(), None);
}

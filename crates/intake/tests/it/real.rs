//! Files of other people's programs and tests, messy as they are.

use std::fmt::Write;

use expect_test::expect;
use records::RecordKind;

use crate::scene::{options, shared};

#[test]
fn files_of_other_programs_are_read_or_refused_by_name() {
    let Some(folder) = shared("data/field_formats") else { return };
    let mut out = String::new();
    let mut files: Vec<_> = ["gpkg", "gpx", "hxl", "kml", "odk", "qfield_deltas", "shp", "xlsform"]
        .iter()
        .flat_map(|sub| std::fs::read_dir(folder.join(sub)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().is_some_and(|name| name != "SOURCE.txt"))
        .collect();
    files.sort();
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let options = intake::Options { as_record: Some(RecordKind::Place), ..options(&name) };
        match intake::open(&path, &options) {
            Err(refused) => writeln!(out, "{refused}").unwrap(),
            Ok(reader) => {
                let format = reader.format();
                let drafts: Vec<_> = reader.collect();
                let grounds = drafts.iter().filter(|d| d.raw["geometry"].is_string()).count();
                let rules: std::collections::BTreeSet<String> = drafts
                    .iter()
                    .flat_map(|d| &d.issues)
                    .map(|i| format!("{}/{}", i.rule, i.severity.letter()))
                    .collect();
                let rules = rules.into_iter().collect::<Vec<_>>().join(" ");
                writeln!(out, "{name}: {format}, {} rows, {grounds} with ground; {rules}", drafts.len()).unwrap();
            }
        }
    }
    expect![[r#"
        line_zm.gpkg: is a GeoPackage, whose rows are read by the store. hint: use `open_rows`
        test_gpkg_nulls.gpkg: is a GeoPackage, whose rows are read by the store. hint: use `open_rows`
        caltopo-export.gpx: GPX, 2 rows, 2 with ground; DQ-08/E DQ-10/W DQ-34/I DQ-49/E IN-6/I
        empty_name_tag.gpx: GPX, 1 rows, 1 with ground; DQ-02/E DQ-08/E DQ-49/E
        outdooractive-export.gpx: GPX, 1 rows, 1 with ground; DQ-08/E DQ-10/W DQ-34/I DQ-49/E IN-6/I
        viking_with_route_extensions.gpx: GPX, 3 rows, 3 with ground; DQ-02/E DQ-08/E DQ-49/E IN-6/I
        wikipedia_example.gpx: GPX, 1 rows, 1 with ground; DQ-08/E DQ-34/I DQ-49/E
        with_accuracy.gpx: GPX, 1 rows, 1 with ground; DQ-08/E DQ-34/I DQ-49/E
        input-merged.xlsx: XLSX, 6 rows, 0 with ground; DQ-08/E DQ-49/E IN-1/E IN-6/I
        input-quality.xlsx: XLSX, 5 rows, 0 with ground; DQ-08/E DQ-49/E IN-6/I
        input-valid.xlsx: XLSX, 6 rows, 0 with ground; DQ-08/E DQ-49/E IN-1/E IN-6/I
        polygon.kml: KML, 1 rows, 1 with ground; DQ-08/E DQ-10/W DQ-34/I DQ-49/E
        polygon.kmz: KMZ, 1 rows, 1 with ground; DQ-08/E DQ-10/W DQ-34/I DQ-49/E
        sample.kml: KML, 20 rows, 19 with ground; DQ-08/E DQ-34/I DQ-49/E IN-6/I
        style-merging.kml: KML, 3 rows, 3 with ground; DQ-08/E DQ-34/I DQ-49/E IN-6/I
        geoshape.xml: a form (XForm) is not a format that can be read. hint: send what was filled in, not the form
        multilayer_multidelta.json: JSON that is no GeoJSON is not a format that can be read. hint: save it as a FeatureCollection, or as CSV
        nonspatial.json: JSON that is no GeoJSON is not a format that can be read. hint: save it as a FeatureCollection, or as CSV
        singlelayer_multidelta.json: JSON that is no GeoJSON is not a format that can be read. hint: save it as a FeatureCollection, or as CSV
        singlelayer_singledelta.json: JSON that is no GeoJSON is not a format that can be read. hint: save it as a FeatureCollection, or as CSV
        testdata.gpkg: is a GeoPackage, whose rows are read by the store. hint: use `open_rows`
        REL.zip: shapefile, 1 rows, 1 with ground; DQ-08/E DQ-29/I DQ-34/I DQ-49/E DQ-49/W IN-6/I IN-6/W
        latin1.dbf: one part of a shapefile is not a format that can be read. hint: send the .shp, .shx, .dbf and .prj together, best in one ZIP
        latin1.shp: shapefile, 1 rows, 1 with ground; DQ-08/E DQ-10/W DQ-29/W DQ-49/E IN-2/W IN-6/I IN-6/W
        choice_filter_test.xlsx: XLSX, 3 rows, 0 with ground; DQ-08/E DQ-49/E IN-6/I
        repeat_date_test.xls: an old Excel or Word file is not a format that can be read. hint: save it as .xlsx
        widgets.xls: an old Excel or Word file is not a format that can be read. hint: save it as .xlsx
        xlsform_spec_test.xlsx: XLSX, 56 rows, 0 with ground; DQ-08/E DQ-49/E IN-6/I
    "#]].assert_eq(&out);
}

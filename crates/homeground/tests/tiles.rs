//! OGC API – Tiles, as the requirements name them, and what map libraries need besides.

#[path = "screens/server.rs"]
mod server;

use std::collections::BTreeSet;

use geozero::mvt::{Message, Tile};
use serde_json::Value;
use server::{FINDS, Server, ground};
use ureq::Agent;

fn server() -> Server {
    Server::with(&[("ground.geojson", &ground()), ("finds.csv", FINDS)])
}

fn ask(server: &Server, path: &str, encoding: &str) -> (u16, String, Vec<u8>) {
    let agent: Agent = Agent::config_builder().http_status_as_error(false).build().into();
    let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", server.address) };
    let mut response = agent.get(url).header("accept-encoding", encoding).call().unwrap();
    let header = |name: &str| response.headers().get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
    let kind = format!("{} {}", header("content-type"), header("content-encoding")).trim().to_owned();
    (response.status().as_u16(), kind, response.body_mut().read_to_vec().unwrap())
}

fn json(server: &Server, path: &str) -> Value {
    let (status, _, body) = ask(server, path, "identity");
    assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).unwrap()
}

fn tile(server: &Server, path: &str) -> Tile {
    let (status, kind, body) = ask(server, path, "identity");
    assert_eq!((status, kind.as_str()), (200, "application/vnd.mapbox-vector-tile"), "{path}");
    Tile::decode(body.as_slice()).unwrap()
}

/// The `local_id` of every feature in the tile over a place.
fn local_ids(tile: &Tile) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for layer in &tile.layers {
        for tags in layer.features.iter().map(|feature| &feature.tags) {
            let tag = tags.chunks(2).find(|tag| layer.keys[tag[0] as usize] == "local_id");
            found.extend(tag.and_then(|tag| layer.values[tag[1] as usize].string_value.clone()));
        }
    }
    found
}

/// The `local_id` of every row of a table whose first two columns are `id` and `local_id`.
fn first_columns(csv: &str) -> BTreeSet<String> {
    csv.lines().skip(1).filter_map(|line| Some(line.split(',').nth(1)?.to_owned())).collect()
}

/// The template of a tileset, filled in with the tile of a zoom that holds a place.
fn at(template: &str, zoom: u32, [lon, lat]: [f64; 2]) -> String {
    let side = f64::from(1_u32 << zoom);
    let x = ((lon / 360.0 + 0.5) * side).floor();
    let y = ((0.5 - lat.to_radians().sin().atanh() / std::f64::consts::TAU) * side).floor();
    let filled = template.replace("{tileMatrix}", &zoom.to_string()).replace("{z}", &zoom.to_string());
    let filled = filled.replace("{tileRow}", &y.to_string()).replace("{y}", &y.to_string());
    filled.replace("{tileCol}", &x.to_string()).replace("{x}", &x.to_string())
}

fn link<'a>(value: &'a Value, rel: &str) -> &'a str {
    let links = value["links"].as_array().unwrap();
    links.iter().find(|link| link["rel"] == rel).unwrap_or_else(|| panic!("no {rel}"))["href"].as_str().unwrap()
}

const HAZARDS: &str = "/collections/hazard/tiles/WebMercatorQuad";

fn middle(server: &Server) -> [f64; 2] {
    let bounds = json(server, &format!("{HAZARDS}/tilejson.json"))["bounds"].clone();
    let side = |n: usize| bounds[n].as_f64().unwrap();
    [(side(0) + side(2)) / 2.0, (side(1) + side(3)) / 2.0]
}

#[test]
fn the_landing_page_leads_to_a_tile() {
    let server = server();
    let landing = json(&server, "/?f=json");
    for (start, rel) in [
        (landing, "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"),
        (json(&server, "/collections/hazard"), "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"),
    ] {
        let tilesets = json(&server, link(&start, rel));
        let tileset = json(&server, link(&tilesets["tilesets"][0], "self"));
        assert_eq!(tileset["crs"], "http://www.opengis.net/def/crs/EPSG/0/3857");
        assert!(tileset["layers"].as_array().unwrap().iter().any(|layer| layer["id"] == "hazard"));
        let tile = tile(&server, &at(link(&tileset, "item"), 0, [0.0, 0.0]));
        assert!(tile.layers.iter().any(|layer| layer.name == "hazard" && layer.version == 2));
        let scheme = json(&server, link(&tileset, "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"));
        assert_eq!(scheme["tileMatrices"][3]["matrixWidth"], 8);
    }
}

#[test]
fn tile_json_has_absolute_addresses_and_every_column() {
    let server = server();
    let tiles = json(&server, &format!("{HAZARDS}/tilejson.json"));
    let template = tiles["tiles"][0].as_str().unwrap();
    assert!(template.starts_with("http://127.0.0.1:"), "{template}");
    assert_eq!(tiles["vector_layers"][0]["fields"]["remaining_m2"], "Number");
    assert!(!local_ids(&tile(&server, &at(template, 16, middle(&server)))).is_empty());
}

#[test]
fn an_empty_tile_is_204_and_one_that_cannot_be_is_404() {
    let server = server();
    assert_eq!(ask(&server, &format!("{HAZARDS}/6/0/0"), "gzip").0, 204);
    for wrong in ["0/0/1", "23/0/0", "x/0/0", "1/-1/0", "999/0/0"] {
        assert_eq!(ask(&server, &format!("{HAZARDS}/{wrong}"), "gzip").0, 404, "{wrong}");
    }
    assert_eq!(ask(&server, "/collections/source/tiles", "gzip").0, 404, "what has no ground has no tiles");
    assert_eq!(ask(&server, &format!("{HAZARDS}/0/0/0?colour=red"), "gzip").0, 400);
}

#[test]
fn tiles_come_packed_to_whoever_takes_that() {
    let server = server();
    let path = at(&format!("{HAZARDS}/{{z}}/{{y}}/{{x}}"), 12, middle(&server));
    let (_, kind, packed) = ask(&server, &path, "br, gzip;q=0.9");
    // The client of this test unpacks by itself what says that it is packed.
    assert!(kind.starts_with("application/vnd.mapbox-vector-tile"), "{kind}");
    let (_, plain_kind, plain) = ask(&server, &path, "identity");
    assert_eq!(plain_kind, "application/vnd.mapbox-vector-tile");
    assert!(packed == plain || packed.starts_with(&[0x1f, 0x8b]));
}

#[test]
fn one_question_has_one_answer_in_items_tiles_tables_exports_and_odata() {
    let server = server();
    let place = [46.0275, 40.0125];
    let root = "/asof/2023-01-01";
    let everything = local_ids(&tile(&server, &at(&format!("{root}{HAZARDS}/{{z}}/{{y}}/{{x}}"), 9, place)));
    assert!(everything.len() > 1, "{everything:?}");
    let some = everything.iter().next().unwrap();
    for query in [
        format!("filter=local_id%20%3D%20%27{some}%27"),
        format!("local_id={some}"),
        "filter=remaining_m2%20%3E%201000".to_owned(),
        format!("bbox={},{},{},{}", place[0], place[1], place[0] + 1.0, place[1] + 1.0),
    ] {
        for root in ["", "/asof/2023-01-01"] {
            let items = json(&server, &format!("{root}/collections/hazard/items?{query}&limit=1000"));
            let listed: BTreeSet<String> = items["features"]
                .as_array()
                .unwrap()
                .iter()
                .map(|feature| feature["properties"]["local_id"].as_str().unwrap().to_owned())
                .collect();
            let path = format!("{}?{query}", at(&format!("{root}{HAZARDS}/{{z}}/{{y}}/{{x}}"), 9, place));
            let drawn = match ask(&server, &path, "identity") {
                (204, ..) => BTreeSet::new(),
                _ => local_ids(&tile(&server, &path)),
            };
            assert_eq!(drawn, listed, "{root} {query}");
            let table = ask(&server, &format!("{root}/collections/hazard/items?{query}&f=csv"), "identity").2;
            assert_eq!(first_columns(&String::from_utf8(table).unwrap()), listed, "{root} {query}");
            // What OData has a word for: it knows no box.
            let asked = match query.as_str() {
                "filter=remaining_m2%20%3E%201000" => Some("remaining_m2%20gt%201000".to_owned()),
                query if query.starts_with("bbox=") => None,
                _ => Some(format!("local_id%20eq%20'{some}'")),
            };
            if let Some(asked) = asked {
                let rows = json(&server, &format!("{root}/odata/hazard?$filter={asked}"));
                let rows = rows["value"].as_array().unwrap().iter();
                let told: BTreeSet<String> = rows.map(|row| row["local_id"].as_str().unwrap().to_owned()).collect();
                assert_eq!(told, listed, "{root} {asked}");
            }
            let flag = match query.split_once('=').unwrap() {
                ("bbox", value) => ["--bbox".to_owned(), value.to_owned()],
                (_, value) => [
                    "--filter".to_owned(),
                    value.replace("%20", " ").replace("%3D", "=").replace("%3E", ">").replace("%27", "'"),
                ],
            };
            if !query.starts_with("local_id=") {
                let day = if root.is_empty() { "2099-01-01" } else { "2023-01-01" };
                let exported = server.export(&flag[0], &flag[1], day);
                assert_eq!(first_columns(&exported), listed, "{root} {query}");
            }
        }
    }
}

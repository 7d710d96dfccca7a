//! Field geometry of one form or point: `geo convert`, `geo declination`, `geo traverse`, `geo area` (CONTRACT §9).
//!
//! Touches no programme; a `homeground.toml` in the working folder may prescribe the change of datum.

use std::io::{Read, Write};
use std::path::Path;

use anyhow::Context;
use geodesy::crs::{Crs, CrsKind, Operation};
use geodesy::magnetic::{self, Field, Model};
use geodesy::place::{self, Notation, Place};
use geodesy::slips::{Expected, Given, Hypothesis, hypotheses};
use geodesy::traverse::{Finding, Sheet, Verdict};
use geodesy::{CrsCode, mgrs, text};
use geometry::area::geodesic_area;
use intake::RowGround;
use records::Severity;
use serde_json::{Value, json};

use super::arguments::{Convert, Declination, Geo, GroundArea, TextOrJson, Traverse};
use super::{Outcome, Refused, Usage};
use crate::clock;
use crate::config::Config;

/// `homeground geo`.
pub fn run(geo: &Geo) -> anyhow::Result<Outcome> {
    match geo {
        Geo::Convert(arguments) => convert(arguments),
        Geo::Declination(arguments) => declination(arguments),
        Geo::Traverse(arguments) => traverse(arguments),
        Geo::Area(arguments) => area(arguments),
    }
}

fn print(format: TextOrJson, json: &Value, text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match format {
        TextOrJson::Json => writeln!(out, "{json}")?,
        TextOrJson::Text => out.write_all(text.as_bytes())?,
    }
    Ok(())
}

fn convert(arguments: &Convert) -> anyhow::Result<Outcome> {
    let operation = match arguments.operation {
        Some(code) => Some(code.0),
        None => Config::load(None)?.operation()?.filter(|code| is_for(*code, arguments)),
    };
    let place = match (arguments.text.as_deref(), arguments.x.zip(arguments.y)) {
        (Some(text), None) => place::read(text, arguments.from, own_operation(operation, arguments)),
        (None, Some((x, y))) => {
            let Notation::Crs(code) = arguments.from else {
                return Err(
                    Usage(format!("--x and --y are coordinates of a system; give {} as text", arguments.from)).into()
                );
            };
            let crs = Crs::of(code).map_err(|why| Refused(format!("{why} (GEO-8)")))?;
            place::of_numbers(code, crs.of_x_y([x, y]), own_operation(operation, arguments))
        }
        _ => return Err(Usage("give a position: as text, or by --x and --y".to_owned()).into()),
    };
    let place = match place {
        Ok(place) => place,
        Err(why) => return Err(Refused(explain(&why.to_string(), arguments)).into()),
    };
    let target = target(&place, arguments, operation).map_err(|why| Refused(format!("{why} (GEO-8)")))?;
    let found = slips(arguments, Some(&place))?;
    let answer = converted(&place, &target, &found, arguments);
    print(arguments.format, &answer, &converted_text(&place, &target, &found, arguments))?;
    Ok(Outcome::Done)
}

/// Whether an operation belongs to either end, so that a setting does not stand in the way of other systems.
fn is_for(operation: u32, arguments: &Convert) -> bool {
    [arguments.from, arguments.to].into_iter().any(|notation| has_operation(notation, operation))
}

fn has_operation(notation: Notation, operation: u32) -> bool {
    let Notation::Crs(code) = notation else { return false };
    Crs::of(code).is_ok_and(|crs| crs.operations().any(|known| known.code == operation))
}

/// The operation as far as the source is concerned; what only the target has is kept for it.
fn own_operation(operation: Option<u32>, arguments: &Convert) -> Option<u32> {
    operation.filter(|code| has_operation(arguments.from, *code) || !has_operation(arguments.to, *code))
}

fn explain(why: &str, arguments: &Convert) -> String {
    let mut message = format!("{why} (GEO-8)");
    for hypothesis in slips(arguments, None).unwrap_or_default() {
        message.push_str(&format!("\nhint: {}", in_words(&hypothesis)));
    }
    message
}

/// Hypotheses about numbers that are not where they should be.
fn slips(arguments: &Convert, place: Option<&Place>) -> anyhow::Result<Vec<Hypothesis>> {
    let Notation::Crs(code) = arguments.from else { return Ok(Vec::new()) };
    let position = match (place, arguments.x.zip(arguments.y), Crs::of(code)) {
        (Some(place), _, _) => place.given,
        (None, Some((x, y)), Ok(crs)) => crs.of_x_y([x, y]),
        _ => return Ok(Vec::new()),
    };
    let area = match &arguments.country {
        Some(country) => Some(
            intake::country::bounds(country)
                .ok_or_else(|| Usage(format!("{country} is no country whose whereabouts are known")))?,
        ),
        None => None,
    };
    let places = arguments.places.iter().map(|[lon, lat]| (format!("{lon},{lat}"), [*lon, *lat])).collect();
    let given = Given { crs: code, position, operation: place.and_then(|place| place.operation).map(|o| o.code) };
    Ok(hypotheses(&given, &Expected { area, places }))
}

fn in_words(hypothesis: &Hypothesis) -> String {
    let [lon, lat] = hypothesis.lonlat;
    let mut text = format!("{} ({}) it would lie at {lon:.6} {lat:.6}", hypothesis.slip.question(), hypothesis.crs);
    if let Some((metres, azimuth)) = hypothesis.offset {
        text.push_str(&format!(", {metres:.0} m at {azimuth:.0}° from where it is written"));
    }
    if let Some((name, metres)) = &hypothesis.nearest {
        text.push_str(&format!(", {metres:.0} m from {name}"));
    }
    text
}

/// A place in the notation that is wanted.
struct Target {
    /// In a system, longitude or easting first.
    position: Option<(Crs, [f64; 2])>,
    operation: Option<&'static Operation>,
    text: String,
}

fn target(place: &Place, arguments: &Convert, operation: Option<u32>) -> Result<Target, place::PlaceError> {
    let on_wgs84 = |text: String| Target { position: None, operation: None, text };
    Ok(match arguments.to {
        Notation::Mgrs => on_wgs84(mgrs::write(place.lonlat, arguments.digits)?),
        Notation::Dms => on_wgs84(text::write_dms(place.lonlat)),
        Notation::Dm => on_wgs84(text::write_dm(place.lonlat)),
        Notation::Utm => {
            let is_north = place.lonlat[1] >= 0.0;
            let zone = mgrs::utm_zone(place.lonlat);
            let crs = Crs::of(mgrs::utm_code(zone, is_north))?;
            let (position, _) = place.in_crs(crs.code(), None)?;
            let hemisphere = if is_north { "north" } else { "south" };
            let text = format!("{zone} {hemisphere} {:.3} {:.3}", position[0], position[1]);
            Target { position: Some((crs, position)), operation: None, text }
        }
        Notation::Crs(code) => {
            let crs = Crs::of(code)?;
            let (position, operation) = place.in_crs(code, operation)?;
            let [first, second] = crs.east_first(position);
            let text = match crs.kind {
                CrsKind::Geographic => format!("{first:.9} {second:.9}"),
                CrsKind::Projected => format!("{first:.3} {second:.3}"),
            };
            Target { position: Some((crs, position)), operation, text }
        }
    })
}

fn converted(place: &Place, target: &Target, found: &[Hypothesis], arguments: &Convert) -> Value {
    let used: Vec<&Operation> = place.operation.into_iter().chain(target.operation).collect();
    let ids: Vec<String> = used.iter().map(|operation| operation.id()).collect();
    let names: Vec<&str> = used.iter().map(|operation| operation.name).collect();
    let accuracy = used.iter().fold(0.0, |sum: f64, operation| sum.hypot(operation.accuracy_m));
    let [lon, lat] = place.lonlat;
    let own = match &target.position {
        Some((crs, position)) if crs.kind == CrsKind::Geographic => *position,
        _ => place.lonlat,
    };
    let mut answer = json!({
        "lon": own[0],
        "lat": own[1],
        "from": arguments.from.to_string(),
        "to": arguments.to.to_string(),
        "text": target.text,
        "operation": (!ids.is_empty()).then(|| ids.join(" + ")),
        "operation_name": (!names.is_empty()).then(|| names.join(" + ")),
        "accuracy_m": accuracy,
        "resolution_m": place.resolution_m,
        "epsilon_m": place.epsilon_m(),
        "wgs84": {"lon": lon, "lat": lat},
        "alternatives": place.alternatives().iter().map(|other| json!({
            "operation": other.operation.id(), "operation_name": other.operation.name,
            "accuracy_m": other.operation.accuracy_m, "lon": other.lonlat[0], "lat": other.lonlat[1],
            "shift_m": other.shift_m, "azimuth_deg": other.azimuth_deg,
        })).collect::<Vec<_>>(),
        "hypotheses": found.iter().map(|hypothesis| json!({
            "slip": hypothesis.slip.name(), "question": hypothesis.slip.question(), "crs": hypothesis.crs.to_string(),
            "lon": hypothesis.lonlat[0], "lat": hypothesis.lonlat[1],
            "offset_m": hypothesis.offset.map(|(metres, _)| metres),
            "azimuth_deg": hypothesis.offset.map(|(_, azimuth)| azimuth),
            "nearest": hypothesis.nearest.as_ref().map(|(name, _)| name),
            "nearest_m": hypothesis.nearest.as_ref().map(|(_, metres)| *metres),
        })).collect::<Vec<_>>(),
        "notes": place.notes,
        "as_entered": as_entered(place, arguments),
    });
    if let Some((crs, position)) = &target.position {
        let [x, y] = crs.of_x_y(*position);
        answer["crs"] = json!(crs.code().to_string());
        answer["crs_name"] = json!(crs.name);
        answer["axes"] = json!(crs.axes);
        answer["x"] = json!(x);
        answer["y"] = json!(y);
        if crs.kind == CrsKind::Projected {
            answer["easting"] = json!(position[0]);
            answer["northing"] = json!(position[1]);
        }
    }
    answer
}

fn as_entered(place: &Place, arguments: &Convert) -> Value {
    let text = match (&arguments.text, arguments.x.zip(arguments.y)) {
        (Some(text), _) => text.clone(),
        (None, Some((x, y))) => format!("x {x} y {y}"),
        (None, None) => String::new(),
    };
    json!({"text": text, "crs": place.crs.to_string(), "operation": place.operation.map(Operation::id)})
}

fn converted_text(place: &Place, target: &Target, found: &[Hypothesis], arguments: &Convert) -> String {
    let mut out = format!("{}\n", target.text);
    if let Some((crs, _)) = &target.position {
        out.push_str(&format!("in {} {} ({})\n", crs.code(), crs.name, crs.axes));
    }
    if arguments.to != Notation::Crs(CrsCode::WGS_84) {
        out.push_str(&format!("WGS 84: longitude {:.9}, latitude {:.9}\n", place.lonlat[0], place.lonlat[1]));
    }
    for operation in place.operation.into_iter().chain(target.operation) {
        out.push_str(&format!("by {} {}, {} m\n", operation.id(), operation.name, operation.accuracy_m));
    }
    for other in place.alternatives() {
        let line = (other.operation.id(), other.operation.name, other.shift_m, other.azimuth_deg);
        out.push_str(&format!("  {} {} would put it {:.1} m away at {:.0}°\n", line.0, line.1, line.2, line.3));
    }
    if place.epsilon_m() > 0.0 {
        out.push_str(&format!("uncertain by {:.1} m for its notation and change of datum\n", place.epsilon_m()));
    }
    place.notes.iter().for_each(|note| out.push_str(&format!("note: {note}\n")));
    found.iter().for_each(|hypothesis| out.push_str(&format!("GEO-11: {}\n", in_words(hypothesis))));
    out
}

fn declination(arguments: &Declination) -> anyhow::Result<Outcome> {
    let of = |model| magnetic::declination(model, [arguments.lon, arguments.lat], arguments.height_m, arguments.on);
    let field = of(arguments.model).map_err(|why| Refused(format!("{why} (GEO-2)")))?;
    let others: Vec<Field> =
        Model::ALL.into_iter().filter(|model| *model != arguments.model).filter_map(|model| of(model).ok()).collect();
    let [first, end] = field.model.years();
    let note = match field.horizontal_nt {
        nt if nt < 2_000.0 => Some("a compass is useless here: the horizontal field is below 2,000 nT"),
        nt if nt < 6_000.0 => Some("a compass is unreliable here: the horizontal field is below 6,000 nT"),
        _ => None,
    };
    let answer = json!({
        "declination_deg": field.declination_deg,
        "model": field.model.name(),
        "validity": {"from": format!("{first}-01-01"), "to": format!("{}-12-31", end - 1)},
        "on": arguments.on.to_string(),
        "lon": arguments.lon,
        "lat": arguments.lat,
        "height_m": arguments.height_m,
        "annual_change_deg": field.annual_change_deg,
        "inclination_deg": field.inclination_deg,
        "horizontal_nt": field.horizontal_nt,
        "others": others.iter().map(|other| json!({"model": other.model.name(), "declination_deg": other.declination_deg})).collect::<Vec<_>>(),
        "notes": note.into_iter().collect::<Vec<_>>(),
    });
    let mut text = format!(
        "{:.2}° east by {} ({first} to {}), changing by {:.2}° a year\n",
        field.declination_deg,
        field.model,
        end - 1,
        field.annual_change_deg
    );
    for other in others {
        text.push_str(&format!("  {:.2}° by {}\n", other.declination_deg, other.model));
    }
    note.iter().for_each(|note| text.push_str(&format!("note: {note}\n")));
    print(arguments.format, &answer, &text)?;
    Ok(Outcome::Done)
}

fn traverse(arguments: &Traverse) -> anyhow::Result<Outcome> {
    let sheet = text_of(&arguments.file)?;
    match Sheet::parse(&sheet).and_then(|sheet| sheet.compute()) {
        Ok(traverse) => {
            print(arguments.format, &serde_json::to_value(&traverse)?, &traverse_text(&traverse))?;
            Ok(if traverse.verdict == Verdict::Error { Outcome::Held } else { Outcome::Done })
        }
        Err(findings) => {
            let file = arguments.file.display();
            let text: String = findings.iter().map(|finding| format!("{file}: {finding}\n")).collect();
            print(arguments.format, &json!({"findings": findings}), &text)?;
            Ok(Outcome::Held)
        }
    }
}

fn text_of(file: &Path) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
    } else {
        bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    }
    let text = String::from_utf8(bytes).map_err(|_| Refused(format!("{}: this is not UTF-8 text", file.display())))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn traverse_text(traverse: &geodesy::traverse::Traverse) -> String {
    let mut out = String::new();
    if let (Some(degrees), Some(source)) = (traverse.declination_deg, traverse.declination_source) {
        out.push_str(&format!("declination {degrees:.2}° east, {source}\n"));
    }
    if let Some(degrees) = traverse.convergence_deg {
        out.push_str(&format!("convergence {degrees:.3}° east at the datum point\n"));
    }
    for point in &traverse.points {
        out.push_str(&format!("{:<8} {:>13.8} {:>12.8}\n", point.name, point.lon, point.lat));
    }
    match (traverse.misclosure_m, &traverse.relative) {
        (Some(metres), relative) => {
            let relative = relative.as_deref().unwrap_or("exact");
            let verdict = format!("{:?}", traverse.verdict).to_uppercase();
            out.push_str(&format!(
                "misclosure {metres:.2} m in {:.1} m, {relative}: {verdict}\n",
                traverse.perimeter_m
            ));
        }
        (None, _) => out.push_str("no closing leg: UNCHECKED\n"),
    }
    if let Some(leg) = &traverse.closing_computed {
        out.push_str(&format!("{} to {} would be {} and {:.2} m\n", leg.from, leg.to, leg.bearing, leg.distance_m));
    }
    if let (Some(area), Some(geodesic)) = (traverse.area_m2, traverse.area_geodesic_m2) {
        out.push_str(&format!("area {area:.1} m² (geodesic edges {geodesic:.1} m²)"));
        match traverse.area_sigma_m2.zip(traverse.accuracy_m) {
            Some((sigma, accuracy)) => out.push_str(&format!(", σ {sigma:.0} m² for ε {accuracy:.1} m\n")),
            None => out.push('\n'),
        }
    }
    if let Some(area) = traverse.adjusted_area_m2 {
        out.push_str(&format!("adjusted (Bowditch): area {area:.1} m²\n"));
        for point in &traverse.adjusted {
            out.push_str(&format!("{:<8} {:>13.8} {:>12.8}\n", point.name, point.lon, point.lat));
        }
    }
    traverse.findings.iter().for_each(|finding: &Finding| out.push_str(&format!("{finding}\n")));
    out
}

fn area(arguments: &GroundArea) -> anyhow::Result<Outcome> {
    if let Some(metres) = arguments.accuracy_m.filter(|metres| !(metres.is_finite() && *metres > 0.0)) {
        return Err(Usage(format!("--accuracy-m {metres}: a number of metres above 0 is wanted")).into());
    }
    let name = arguments.file.display().to_string();
    let options = intake::Options {
        crs: arguments.crs,
        operation: arguments.operation.map(|code| code.0),
        preferred_operation: Config::load(None)?.operation()?,
        ..intake::Options::new(&name, clock::today())
    };
    let mut reader = crate::visitor::open(&arguments.file, &options)?;
    let (mut polygons, mut text, mut is_held, mut n) = (Vec::new(), String::new(), false, 0);
    while let Some(ground) = reader.next_ground() {
        n += 1;
        is_held |= ground.issues.iter().any(|issue| issue.severity == Severity::Error);
        let accuracy_m = ground.accuracy_m.or(arguments.accuracy_m);
        polygons.push(measured(&ground, accuracy_m));
        text.push_str(&measured_text(&ground, accuracy_m));
    }
    if n == 0 {
        return Err(Refused(format!("{name}: the file has no rows (DQ-02)")).into());
    }
    print(arguments.format, &json!({"file": name, "polygons": polygons}), &text)?;
    Ok(if is_held { Outcome::Held } else { Outcome::Done })
}

fn sigma_m2(ground: &RowGround, accuracy_m: Option<f64>) -> Option<f64> {
    let shape = ground.shape.as_ref().filter(|_| ground.region.is_some())?;
    Some(geometry::area::sigma_m2(shape, accuracy_m?))
}

fn measured(ground: &RowGround, accuracy_m: Option<f64>) -> Value {
    json!({
        "row": ground.row,
        "local_id": ground.local_id,
        "type": ground.shape.as_ref().map(|shape| shape.type_name()),
        "area_m2": ground.region.as_ref().map(|region| region.area().m2()),
        "area_geodesic_m2": ground.region.as_ref().map(|region| geodesic_area(region).abs()),
        "accuracy_m": accuracy_m,
        "area_sigma_m2": sigma_m2(ground, accuracy_m),
        "crs": ground.as_entered.get("crs"),
        "operation": ground.as_entered.get("operation"),
        "findings": ground.issues,
    })
}

fn measured_text(ground: &RowGround, accuracy_m: Option<f64>) -> String {
    let name = if ground.local_id.is_empty() { format!("row {}", ground.row) } else { ground.local_id.clone() };
    let mut line = match &ground.region {
        Some(region) => {
            let (area, geodesic) = (region.area().m2(), geodesic_area(region).abs());
            format!("{name}: {area:.1} m² (geodesic edges {geodesic:.1} m²)")
        }
        None => format!("{name}: no area"),
    };
    if let Some((sigma, accuracy)) = sigma_m2(ground, accuracy_m).zip(accuracy_m) {
        line.push_str(&format!(", σ {sigma:.0} m² for ε {accuracy} m"));
    }
    line.push('\n');
    ground.issues.iter().for_each(|issue| line.push_str(&format!("  {issue}\n")));
    line
}

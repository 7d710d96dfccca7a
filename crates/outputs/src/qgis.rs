//! A QGIS project: layers in the colours and patterns of the field, for QGIS and QField.
//!
//! Written by hand as QGIS 3.22 writes it, and no more of it than the layers need. Reference layers are read-only;
//! a layer that is drawn in has a key that makes itself, and lists of words to choose from.

use std::fmt::Write;

use quick_xml::escape::escape;

use crate::look::{GREY, INK, Look, Mark, PAPER, Rgb, Style};

/// One layer of a project.
#[derive(Debug, Clone)]
pub struct ProjectLayer<'a> {
    /// Names it within the project: letters, digits and underscores.
    pub id: String,
    /// What people read.
    pub title: String,
    /// Where its features are, as the provider writes it.
    pub source: String,
    /// `ogr` or `OAPIF`.
    pub provider: &'static str,
    /// What its features look like.
    pub shape: Shape,
    /// Whose style it has: the name of a layer of the programme.
    pub style: &'a str,
    /// Its fields, where it is drawn in; without any it is read-only.
    pub fields: Vec<Field>,
}

/// What the features of a layer are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Polygons.
    Area,
    /// Points.
    Point,
}

/// A field of a layer that is drawn in.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its column.
    pub name: String,
    /// What it holds at first, an expression of QGIS; empty for nothing.
    pub default: String,
    /// Words to choose from with what they mean; empty for free text.
    pub words: Vec<(String, String)>,
    /// Whether a person may write in it.
    pub is_editable: bool,
    /// Whether it must be filled in.
    pub is_required: bool,
    /// Whether it holds a day.
    pub is_day: bool,
}

const WGS84: &str = "<spatialrefsys nativeFormat=\"Wkt\"><proj4>+proj=longlat +datum=WGS84 +no_defs</proj4>\
    <srsid>3452</srsid><srid>4326</srid><authid>EPSG:4326</authid><description>WGS 84</description>\
    <projectionacronym>longlat</projectionacronym><ellipsoidacronym>EPSG:7030</ellipsoidacronym>\
    <geographicflag>true</geographicflag></spatialrefsys>";

/// The project: the first layer lies uppermost. `extent`: west, south, east, north of what is shown at first.
pub fn project(title: &str, layers: &[ProjectLayer<'_>], extent: Option<[f64; 4]>) -> String {
    let title = escape(title);
    let mut out = format!(
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n<qgis version=\"3.22.0\" projectname=\"{title}\">\n\
         <title>{title}</title>\n<projectCrs>{WGS84}</projectCrs>\n<layer-tree-group>\n"
    );
    for layer in layers {
        let _ = writeln!(
            out,
            "<layer-tree-layer id=\"{}\" name=\"{}\" source=\"{}\" providerKey=\"{}\" checked=\"Qt::Checked\" expanded=\"1\"/>",
            layer.id,
            escape(&layer.title),
            escape(&layer.source),
            layer.provider
        );
    }
    out.push_str("</layer-tree-group>\n");
    if let Some([west, south, east, north]) = extent {
        let _ = writeln!(
            out,
            "<mapcanvas name=\"theMapCanvas\" annotationsVisible=\"1\"><units>degrees</units><extent><xmin>{west}</xmin>\
             <ymin>{south}</ymin><xmax>{east}</xmax><ymax>{north}</ymax></extent><rotation>0</rotation>\
             <destinationsrs>{WGS84}</destinationsrs></mapcanvas>"
        );
    }
    out.push_str("<projectlayers>\n");
    layers.iter().for_each(|layer| write_layer(&mut out, layer));
    out.push_str(
        "</projectlayers>\n<properties><Paths><Absolute type=\"bool\">false</Absolute></Paths></properties>\n</qgis>\n",
    );
    out
}

fn write_layer(out: &mut String, layer: &ProjectLayer<'_>) {
    let geometry = if layer.shape == Shape::Area { "Polygon" } else { "Point" };
    let is_drawn = !layer.fields.is_empty();
    let _ = writeln!(
        out,
        "<maplayer type=\"vector\" geometry=\"{geometry}\" readOnly=\"{}\" simplifyDrawingHints=\"1\">\n<id>{}</id>\n\
         <datasource>{}</datasource>\n<layername>{}</layername>\n<srs>{WGS84}</srs>\n\
         <provider encoding=\"UTF-8\">{}</provider>",
        u8::from(!is_drawn),
        layer.id,
        escape(&layer.source),
        escape(&layer.title),
        layer.provider,
    );
    // What QFieldSync and QField read: the package is complete as it is, and reference ground is not moved.
    let _ = writeln!(
        out,
        "<customproperties><Option type=\"Map\"><Option name=\"QFieldSync/action\" type=\"QString\" value=\"no_action\"/>\
         <Option name=\"QFieldSync/is_geometry_locked\" type=\"bool\" value=\"{}\"/></Option></customproperties>",
        !is_drawn
    );
    write_renderer(out, layer);
    if is_drawn {
        write_fields(out, &layer.fields);
    }
    out.push_str(
        "<displayfield>local_id</displayfield>\n<previewExpression>\"local_id\"</previewExpression>\n</maplayer>\n",
    );
}

fn write_fields(out: &mut String, fields: &[Field]) {
    out.push_str("<fieldConfiguration>\n");
    for field in fields {
        let _ = write!(out, "<field name=\"{}\">", escape(&field.name));
        if !field.words.is_empty() {
            out.push_str(
                "<editWidget type=\"ValueMap\"><config><Option type=\"Map\"><Option name=\"map\" type=\"List\">",
            );
            for (word, about) in &field.words {
                let (word, label) = (escape(word), format!("{word}: {about}"));
                let _ = write!(
                    out,
                    "<Option type=\"Map\"><Option name=\"{}\" type=\"QString\" value=\"{word}\"/></Option>",
                    escape(&label)
                );
            }
            out.push_str("</Option></Option></config></editWidget>");
        } else if field.is_day {
            out.push_str(
                "<editWidget type=\"DateTime\"><config><Option type=\"Map\"><Option name=\"calendar_popup\" type=\"bool\" value=\"true\"/>\
                 <Option name=\"display_format\" type=\"QString\" value=\"yyyy-MM-dd\"/><Option name=\"field_format\" type=\"QString\" value=\"yyyy-MM-dd\"/>\
                 </Option></config></editWidget>",
            );
        }
        out.push_str("</field>\n");
    }
    out.push_str("</fieldConfiguration>\n<defaults>\n");
    for field in fields.iter().filter(|field| !field.default.is_empty()) {
        let (name, default) = (escape(&field.name), escape(&field.default));
        let _ = writeln!(out, "<default field=\"{name}\" expression=\"{default}\" applyOnUpdate=\"0\"/>");
    }
    out.push_str("</defaults>\n<constraints>\n");
    for field in fields.iter().filter(|field| field.is_required) {
        // A rule that warns and does not stop: what is missing is told on import, and no drawing is lost.
        let name = escape(&field.name);
        let _ = writeln!(
            out,
            "<constraint field=\"{name}\" constraints=\"1\" notnull_strength=\"2\" unique_strength=\"0\" exp_strength=\"0\"/>"
        );
    }
    out.push_str("</constraints>\n<editable>\n");
    for field in fields {
        let (name, is_editable) = (escape(&field.name), u8::from(field.is_editable));
        let _ = writeln!(out, "<field name=\"{name}\" editable=\"{is_editable}\"/>");
    }
    out.push_str("</editable>\n");
}

fn write_renderer(out: &mut String, layer: &ProjectLayer<'_>) {
    let styles = Style::all_of(layer.style);
    let symbol = |number: usize, style: Style| match layer.shape {
        Shape::Area => fill(number, style),
        Shape::Point => marker(number, style),
    };
    if let [only] = styles.as_slice() {
        let _ = writeln!(
            out,
            "<renderer-v2 type=\"singleSymbol\" forceraster=\"0\" symbollevels=\"0\" enableorderby=\"0\"><symbols>{}</symbols></renderer-v2>",
            symbol(0, *only)
        );
        return;
    }
    let (mut categories, mut symbols) = (String::new(), String::new());
    for (number, style) in styles.iter().enumerate() {
        // What has no class, or one that nobody knows, is drawn as the worst, not left out.
        let value = match style {
            Style::Ground(look) => look.name,
            _ => "",
        };
        let _ = write!(
            categories,
            "<category symbol=\"{number}\" value=\"{value}\" label=\"{}\" render=\"true\"/>",
            style.name()
        );
        symbols.push_str(&symbol(number, *style));
    }
    if styles.iter().all(|style| matches!(style, Style::Ground(_))) {
        let _ =
            write!(categories, "<category symbol=\"{}\" value=\"\" label=\"other\" render=\"true\"/>", styles.len());
        symbols.push_str(&symbol(styles.len(), Style::of(layer.style, None)));
    }
    let _ = writeln!(
        out,
        "<renderer-v2 type=\"categorizedSymbol\" attr=\"class\" forceraster=\"0\" symbollevels=\"0\" enableorderby=\"0\">\
         <categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2>"
    );
}

fn rgba([r, g, b]: Rgb) -> String {
    format!("{r},{g},{b},255")
}

fn options(pairs: &[(&str, &str)]) -> String {
    let pairs: String = pairs
        .iter()
        .map(|(name, value)| format!("<Option name=\"{name}\" type=\"QString\" value=\"{value}\"/>"))
        .collect();
    format!("<Option type=\"Map\">{pairs}</Option>")
}

fn symbol_layer(class: &str, pairs: &[(&str, &str)], inside: &str) -> String {
    format!("<layer class=\"{class}\" enabled=\"1\" locked=\"0\" pass=\"0\">{}{inside}</layer>", options(pairs))
}

/// The symbol of ground: its colour, its outline, its pattern.
fn fill(number: usize, style: Style) -> String {
    let (ground, line, outline, width) = match style {
        Style::Ground(look) => (Some(rgba(look.ground)), rgba(look.ground), "solid", "0.5"),
        Style::Dashed => (None, rgba(INK), "dash", "0.4"),
        Style::Event => (None, rgba(INK), "solid", "0.4"),
        Style::Thin => (None, rgba(GREY), "solid", "0.3"),
    };
    let brush = if ground.is_some() { "solid" } else { "no" };
    let color = ground.unwrap_or_else(|| rgba(PAPER));
    let mut layers = symbol_layer(
        "SimpleFill",
        &[
            ("color", &color),
            ("style", brush),
            ("outline_color", &line),
            ("outline_style", outline),
            ("outline_width", width),
            ("outline_width_unit", "MM"),
        ],
        "",
    );
    if let Style::Ground(look) = style {
        layers.push_str(&pattern(number, look));
    }
    format!(
        "<symbol type=\"fill\" name=\"{number}\" alpha=\"0.8\" clip_to_extent=\"1\" force_rhr=\"0\">{layers}</symbol>"
    )
}

fn pattern(number: usize, look: &Look) -> String {
    let color = rgba(look.line);
    let lines = |angle: &str, at: usize| {
        let line = symbol_layer(
            "SimpleLine",
            &[("line_color", &color), ("line_width", "0.26"), ("line_width_unit", "MM"), ("line_style", "solid")],
            "",
        );
        let symbol = format!(
            "<symbol type=\"line\" name=\"@{number}@{at}\" alpha=\"1\" clip_to_extent=\"1\" force_rhr=\"0\">{line}</symbol>"
        );
        let pairs = [("angle", angle), ("distance", "2"), ("distance_unit", "MM"), ("color", &color)];
        symbol_layer("LinePatternFill", &pairs, &symbol)
    };
    match look.mark {
        Mark::Plain => String::new(),
        Mark::Hatch => lines("45", 1),
        Mark::CrossHatch => lines("45", 1) + &lines("135", 2),
        Mark::Lines => lines("0", 1),
        Mark::Dots => {
            let dot = symbol_layer(
                "SimpleMarker",
                &[("name", "circle"), ("color", &color), ("outline_style", "no"), ("size", "0.6"), ("size_unit", "MM")],
                "",
            );
            let symbol = format!(
                "<symbol type=\"marker\" name=\"@{number}@1\" alpha=\"1\" clip_to_extent=\"1\" force_rhr=\"0\">{dot}</symbol>"
            );
            let pairs =
                [("distance_x", "2"), ("distance_y", "2"), ("distance_x_unit", "MM"), ("distance_y_unit", "MM")];
            symbol_layer("PointPatternFill", &pairs, &symbol)
        }
    }
}

fn marker(number: usize, style: Style) -> String {
    let color = match style {
        Style::Ground(look) => look.ground,
        Style::Dashed | Style::Event => INK,
        Style::Thin => GREY,
    };
    let (color, paper) = (rgba(color), rgba(PAPER));
    let layer = symbol_layer(
        "SimpleMarker",
        &[
            ("name", "circle"),
            ("color", &color),
            ("outline_color", &paper),
            ("outline_style", "solid"),
            ("outline_width", "0.4"),
            ("size", "3"),
            ("size_unit", "MM"),
        ],
        "",
    );
    format!(
        "<symbol type=\"marker\" name=\"{number}\" alpha=\"1\" clip_to_extent=\"1\" force_rhr=\"0\">{layer}</symbol>"
    )
}

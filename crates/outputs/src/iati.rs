//! Programmes and projects as activities of IATI 2.03, the elements in the order that the standard prescribes.
//!
//! What the standard demands and nobody has recorded is told as missing; it is never made up.

use std::fmt::Write;
use std::sync::Arc;

use geometry::Shape;
use jiff::Timestamp;
use jiff::civil::Date;
use records::Record;

/// An organisation as IATI names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// `iati_ref`, if it has one.
    pub reference: Option<String>,
    /// `iati_type`, if it has one.
    pub kind: Option<u64>,
    /// Its name.
    pub name: String,
}

/// A transaction with the names of who gives and who gets.
#[derive(Debug, Clone)]
pub struct Transaction {
    /// The record.
    pub record: Arc<Record>,
    /// Who gives.
    pub provider: Option<Organisation>,
    /// Who gets.
    pub receiver: Option<Organisation>,
}

/// An indicator with its values, the oldest first.
#[derive(Debug, Clone)]
pub struct Indicator {
    /// The record.
    pub record: Arc<Record>,
    /// Its values.
    pub values: Vec<Arc<Record>>,
}

/// A project or a programme.
#[derive(Debug, Clone)]
pub struct Activity {
    /// The record.
    pub record: Arc<Record>,
    /// 1 for programmes, 2 for projects.
    pub hierarchy: u8,
    /// When its entry was recorded.
    pub recorded_at: Timestamp,
    /// Who carries it out: contractor or owner.
    pub implementing: Option<Organisation>,
    /// Local id of the programme it belongs to.
    pub parent: Option<String>,
    /// Money.
    pub transactions: Vec<Transaction>,
    /// What it is measured by.
    pub indicators: Vec<Indicator>,
}

/// Sector of ours, code of the DAC.
const SECTORS: [(&str, &str); 7] = [
    ("road", "21020"),
    ("energy", "23630"),
    ("water", "14030"),
    ("school", "11120"),
    ("clinic", "12230"),
    ("housing", "16040"),
    ("other", "43010"),
];

const STATUSES: [(&str, &str); 6] =
    [("planned", "1"), ("under_way", "2"), ("finished", "3"), ("closed", "4"), ("cancelled", "5"), ("suspended", "6")];

const TRANSACTIONS: [(&str, &str); 4] =
    [("incoming", "1"), ("commitment", "2"), ("disbursement", "3"), ("expenditure", "4")];

fn code<'a>(words: &[(&str, &'a str)], word: Option<&str>) -> Option<&'a str> {
    words.iter().find(|(ours, _)| Some(*ours) == word).map(|(_, theirs)| *theirs)
}

/// An element of XML.
struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn new(name: &'static str) -> Element {
        Element { name, attributes: Vec::new(), text: String::new(), children: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> Element {
        self.attributes.push((name, value.to_string()));
        self
    }

    fn maybe(self, name: &'static str, value: Option<impl ToString>) -> Element {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    fn text(mut self, text: impl Into<String>) -> Element {
        self.text = text.into();
        self
    }

    fn child(mut self, child: Element) -> Element {
        self.children.push(child);
        self
    }

    fn children(mut self, children: impl IntoIterator<Item = Element>) -> Element {
        self.children.extend(children);
        self
    }

    fn write(&self, depth: usize, out: &mut String) {
        let indent = "  ".repeat(depth);
        write!(out, "{indent}<{}", self.name).expect("text grows");
        for (name, value) in &self.attributes {
            write!(out, " {name}=\"{}\"", escaped(value)).expect("text grows");
        }
        if self.children.is_empty() {
            match self.text.is_empty() {
                true => out.push_str("/>\n"),
                false => writeln!(out, ">{}</{}>", escaped(&self.text), self.name).expect("text grows"),
            }
            return;
        }
        out.push_str(">\n");
        self.children.iter().for_each(|child| child.write(depth + 1, out));
        writeln!(out, "{indent}</{}>", self.name).expect("text grows");
    }
}

/// Text without what XML means by it, and without characters it cannot hold.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c < ' ' || c == '\u{fffe}' || c == '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

fn narrative(text: &str) -> Element {
    Element::new("narrative").text(text)
}

fn told(name: &'static str, text: &str) -> Element {
    Element::new(name).child(narrative(text))
}

/// Whom the activities are of, and where.
#[derive(Debug, Clone)]
pub struct Publisher {
    /// Who reports; it must have a reference and a type.
    pub organisation: Organisation,
    /// ISO 3166-1 alpha-2 of the country.
    pub country: String,
    /// The instant of the newest entry: the file says no other time.
    pub generated_at: Timestamp,
}

/// The file, and what keeps activities out of it, in words.
pub fn activities(publisher: &Publisher, activities: &[Activity]) -> (String, Vec<String>) {
    let mut missing = Vec::new();
    let mut root =
        Element::new("iati-activities").with("version", "2.03").with("generated-datetime", publisher.generated_at);
    for activity in activities {
        match of_activity(publisher, activity) {
            Ok(element) => root.children.push(element),
            Err(why) => missing.push(format!("{}: {why}", activity.record.local_id)),
        }
    }
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    root.write(0, &mut text);
    (text, missing)
}

fn identifier(publisher: &Publisher, local_id: &str) -> String {
    format!("{}-{local_id}", publisher.organisation.reference.as_deref().unwrap_or_default())
}

fn of_activity(publisher: &Publisher, activity: &Activity) -> Result<Element, String> {
    let record = &*activity.record;
    let name = record.text("name").ok_or("it has no name: a title is demanded")?;
    let dates = activity_dates(record);
    if dates.is_empty() {
        return Err("it has no day of start or end: one is demanded".to_owned());
    }
    let status = status(record).ok_or("its status is not recorded and follows from no day")?;
    let own = &publisher.organisation;
    let reporting = Element::new("reporting-org").maybe("ref", own.reference.as_ref()).maybe("type", own.kind);
    let found =
        Element::new("iati-activity")
            .with("xml:lang", "en")
            .maybe("default-currency", record.text("currency"))
            .with("last-updated-datetime", activity.recorded_at)
            .with("hierarchy", activity.hierarchy)
            .child(Element::new("iati-identifier").text(identifier(publisher, &record.local_id)))
            .child(reporting.child(narrative(&own.name)))
            .child(told("title", name))
            .child(told("description", record.text("description").unwrap_or(name)))
            .children(participants(publisher, activity))
            .child(Element::new("activity-status").with("code", status))
            .children(dates)
            .child(Element::new("recipient-country").with("code", &publisher.country))
            .children(location(record))
            .children(sector(activity))
            .children(budget(record))
            .children(activity.transactions.iter().map(transaction))
            .children(activity.parent.iter().map(|parent| {
                Element::new("related-activity").with("ref", identifier(publisher, parent)).with("type", 1)
            }))
            .children(activity.indicators.iter().map(result));
    Ok(found)
}

/// Who pays (1), who answers for it (2), who carries it out (4).
fn participants(publisher: &Publisher, activity: &Activity) -> Vec<Element> {
    let of = |organisation: &Organisation, role: u8| {
        Element::new("participating-org")
            .maybe("ref", organisation.reference.as_ref())
            .maybe("type", organisation.kind)
            .with("role", role)
            .child(narrative(&organisation.name))
    };
    let mut funders: Vec<&Organisation> = Vec::new();
    for transaction in &activity.transactions {
        let pays = matches!(transaction.record.text("type"), Some("incoming" | "commitment"));
        if let Some(provider) = transaction.provider.as_ref().filter(|provider| pays && !funders.contains(provider)) {
            funders.push(provider);
        }
    }
    let mut found: Vec<Element> = funders.into_iter().map(|funder| of(funder, 1)).collect();
    found.push(of(&publisher.organisation, 2));
    found.extend(activity.implementing.iter().map(|who| of(who, 4)));
    found
}

/// As recorded; else finished if it was taken into use, else planned if a start is planned.
fn status(record: &Record) -> Option<&'static str> {
    code(&STATUSES, record.text("status")).or_else(|| match (record.day("completed_on"), record.day("planned_start")) {
        (Some(_), _) => Some("3"),
        (None, Some(_)) => Some("1"),
        (None, None) => None,
    })
}

/// Planned start (1), planned end (3), actual end (4), in the order of their codes.
fn activity_dates(record: &Record) -> Vec<Element> {
    let of = |field: &str, kind: u8| {
        record.day(field).map(|day| Element::new("activity-date").with("iso-date", day).with("type", kind))
    };
    [of("planned_start", 1), of("planned_end", 3), of("completed_on", 4)].into_iter().flatten().collect()
}

fn location(record: &Record) -> Option<Element> {
    let [west, south, east, north] = record.geometry.as_ref().and_then(Shape::bounds)?;
    let at = format!("{} {}", (south + north) / 2.0, (west + east) / 2.0);
    let point = Element::new("point").with("srsName", "http://www.opengis.net/def/crs/EPSG/0/4326");
    Some(Element::new("location").child(point.child(Element::new("pos").text(at))))
}

fn sector(activity: &Activity) -> Option<Element> {
    let own = code(&SECTORS, activity.record.text("sector"));
    // A programme is of many sectors, which its projects name.
    let found = own.or((activity.hierarchy == 1).then_some("43010"))?;
    Some(Element::new("sector").with("vocabulary", 1).with("code", found))
}

/// The budget, where it is known for which days.
fn budget(record: &Record) -> Option<Element> {
    let (value, currency) = (record.number("budget")?, record.text("currency")?);
    let (start, end) = (record.day("planned_start")?, record.day("planned_end")?);
    Some(
        Element::new("budget")
            .with("type", 1)
            .with("status", 1)
            .children(period(start, end))
            .child(amount(value, currency, start)),
    )
}

fn period(start: Date, end: Date) -> [Element; 2] {
    [Element::new("period-start").with("iso-date", start), Element::new("period-end").with("iso-date", end)]
}

fn amount(value: f64, currency: &str, on: Date) -> Element {
    Element::new("value").with("currency", currency).with("value-date", on).text(value.to_string())
}

fn transaction(transaction: &Transaction) -> Element {
    let record = &*transaction.record;
    let of = |name: &'static str, organisation: &Option<Organisation>| {
        organisation.as_ref().map(|organisation| {
            let element = Element::new(name).maybe("ref", organisation.reference.as_ref());
            element.maybe("type", organisation.kind).child(narrative(&organisation.name))
        })
    };
    let day = record.date_of_information;
    Element::new("transaction")
        .with("ref", &record.local_id)
        .child(
            Element::new("transaction-type").with("code", code(&TRANSACTIONS, record.text("type")).unwrap_or_default()),
        )
        .child(Element::new("transaction-date").with("iso-date", day))
        .child(amount(record.number("value").unwrap_or_default(), record.text("currency").unwrap_or_default(), day))
        .children(record.text("description").map(|text| told("description", text)))
        .children(of("provider-org", &transaction.provider))
        .children(of("receiver-org", &transaction.receiver))
}

fn result(indicator: &Indicator) -> Element {
    let record = &*indicator.record;
    let name = record.text("name").unwrap_or(&record.local_id);
    let kind = if record.text("measure") == Some("outcome") { 2 } else { 1 };
    let baseline = record
        .number("baseline")
        .zip(record.number("baseline_year"))
        .map(|(value, year)| Element::new("baseline").with("year", year).with("value", value));
    let periods = indicator.values.iter().filter_map(|value| {
        let period = period(value.day("period_start")?, value.day("period_end")?);
        let of = |name: &'static str, field: &str| value.number(field).map(|n| Element::new(name).with("value", n));
        Some(Element::new("period").children(period).children(of("target", "target")).children(of("actual", "actual")))
    });
    let title = match record.text("unit") {
        Some(unit) => format!("{name}, {unit}"),
        None => name.to_owned(),
    };
    let measured = Element::new("indicator").with("measure", 1).child(told("title", &title));
    Element::new("result")
        .with("type", kind)
        .child(told("title", name))
        .child(measured.children(baseline).children(periods))
}

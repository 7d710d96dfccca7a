//! Projects as activities of IATI 2.03: the elements, their order, and what is left out.

use crate::world::World;

/// Elements of an activity in the order of the schema of 2.03; those in brackets must be there.
const ORDER: &[&str] = &[
    "[iati-identifier]",
    "[reporting-org]",
    "[title]",
    "[description]",
    "[participating-org]",
    "other-identifier",
    "[activity-status]",
    "[activity-date]",
    "contact-info",
    "activity-scope",
    "[recipient-country]",
    "recipient-region",
    "location",
    "sector",
    "tag",
    "country-budget-items",
    "humanitarian-scope",
    "policy-marker",
    "collaboration-type",
    "default-flow-type",
    "default-finance-type",
    "default-aid-type",
    "default-tied-status",
    "budget",
    "planned-disbursement",
    "capital-spend",
    "transaction",
    "document-link",
    "related-activity",
    "legacy-data",
    "conditions",
    "result",
    "crs-add",
    "fss",
];

/// Elements below some others, likewise.
const WITHIN: &[(&str, &[&str])] = &[
    (
        "transaction",
        &["[transaction-type]", "[transaction-date]", "[value]", "description", "provider-org", "receiver-org"],
    ),
    ("budget", &["[period-start]", "[period-end]", "[value]"]),
    ("result", &["[title]", "description", "document-link", "reference", "[indicator]"]),
    ("indicator", &["[title]", "description", "document-link", "reference", "baseline", "period"]),
    ("period", &["[period-start]", "[period-end]", "target", "actual"]),
    ("title", &["[narrative]"]),
    ("description", &["[narrative]"]),
];

const ROWS: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","geometry":null,"properties":{"record":"organisation","local_id":"ORG-1","date_of_information":"2024-01-01","name":"Ministry","iati_ref":"AZ-GOV-1","iati_type":10}},
{"type":"Feature","geometry":null,"properties":{"record":"organisation","local_id":"ORG-2","date_of_information":"2024-01-01","name":"Bank <of> \"growth\" & trust"}},
{"type":"Feature","geometry":null,"properties":{"record":"investment_programme","local_id":"IP-1","date_of_information":"2024-01-01","name":"Roads","owner":"ORG-1","planned_start":"2024-01-01"}},
{"type":"Feature","geometry":{"type":"Point","coordinates":[46.1,40.1]},"properties":{"record":"project","local_id":"PR-1","date_of_information":"2024-05-30","name":"Road","programme":"IP-1","sector":"road","budget":1000000,"currency":"USD","planned_start":"2024-03-01","planned_end":"2025-02-28","completed_on":"2024-05-30"}},
{"type":"Feature","geometry":null,"properties":{"record":"project","local_id":"PR-2","date_of_information":"2024-01-01","name":"School","sector":"school"}},
{"type":"Feature","geometry":null,"properties":{"record":"transaction","local_id":"TX-1","date_of_information":"2024-03-01","project":"PR-1","type":"commitment","value":900000,"currency":"USD","provider":"ORG-2","receiver":"ORG-1","description":"first half"}},
{"type":"Feature","geometry":null,"properties":{"record":"transaction","local_id":"TX-2","date_of_information":"2024-05-01","project":"PR-1","type":"expenditure","value":1234.5,"currency":"AZN"}},
{"type":"Feature","geometry":null,"properties":{"record":"indicator","local_id":"IN-1","date_of_information":"2024-03-01","project":"PR-1","name":"People at work","measure":"jobs","unit":"people","baseline":0,"baseline_year":2023}},
{"type":"Feature","geometry":null,"properties":{"record":"indicator_value","local_id":"IN-1-1","date_of_information":"2024-05-30","indicator":"IN-1","period_start":"2024-03-01","period_end":"2024-05-30","target":40,"actual":38}}
]}"#;

/// Names and depths of the elements, in the order of the file; every element stands on a line of its own.
fn elements(xml: &str) -> Vec<(usize, String)> {
    let lines = xml.lines().filter(|line| line.trim_start().starts_with('<') && !line.contains("<?"));
    let opening = lines.filter(|line| !line.trim_start().starts_with("</"));
    let name = |line: &str| line.trim_start()[1..].split(['>', ' ', '/']).next().unwrap().to_owned();
    opening.map(|line| ((line.len() - line.trim_start().len()) / 2, name(line))).collect()
}

/// The children of an element are in the order wanted, and none that must be there is missing.
fn check(parent: &str, children: &[&str], order: &[&str]) {
    let place = |child: &str| order.iter().position(|name| name.trim_matches(['[', ']']) == child);
    let places: Vec<usize> =
        children.iter().map(|child| place(child).unwrap_or_else(|| panic!("{child} in {parent}"))).collect();
    assert!(places.is_sorted(), "{parent}: {children:?}");
    let missing =
        order.iter().filter(|name| name.starts_with('[') && !children.contains(&name.trim_matches(['[', ']'])));
    assert_eq!(missing.count(), 0, "{parent}: {children:?}");
}

#[test]
fn activities_have_the_elements_of_the_standard_in_its_order() {
    let world = World::new();
    world.write("rows.geojson", ROWS);
    world.ok("import p.gpkg rows.geojson --approve-as NMAA");
    let run = world.run("export p.gpkg --out a.xml --as iati --reporting-org ORG-1 --as-of 2024-06-01");
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains("PR-2: it has no day of start or end"), "{}", run.stderr);
    let xml = world.text("a.xml");
    let found = elements(&xml);
    assert_eq!(found.iter().filter(|(_, name)| name == "iati-activity").count(), 2);
    for (at, (depth, parent)) in found.iter().enumerate() {
        let below = found[at + 1..].iter().take_while(|(deeper, _)| deeper > depth);
        let children: Vec<&str> = below.filter(|(d, _)| *d == depth + 1).map(|(_, name)| name.as_str()).collect();
        if parent == "iati-activity" {
            check(parent, &children, ORDER);
        } else if let Some((_, order)) = WITHIN.iter().find(|(name, _)| name == parent) {
            check(parent, &children, order);
        }
    }
    for wanted in [
        "<iati-activities version=\"2.03\"",
        "<iati-identifier>AZ-GOV-1-PR-1</iati-identifier>",
        "<recipient-country code=\"AZ\"/>",
        "<sector vocabulary=\"1\" code=\"21020\"/>",
        "<activity-status code=\"3\"/>",
        "<pos>40.1 46.1</pos>",
        "<value currency=\"AZN\" value-date=\"2024-05-01\">1234.5</value>",
        "<narrative>Bank &lt;of&gt; &quot;growth&quot; &amp; trust</narrative>",
        "<related-activity ref=\"AZ-GOV-1-IP-1\" type=\"1\"/>",
        "<baseline year=\"2023\" value=\"0\"/>",
        "<actual value=\"38\"/>",
    ] {
        assert!(xml.contains(wanted), "{wanted}\n{xml}");
    }
}

#[test]
fn whoever_cannot_report_is_told_what_is_missing() {
    let world = World::new();
    world.write("rows.geojson", ROWS);
    world.ok("import p.gpkg rows.geojson --approve-as NMAA");
    let run = world.run("export p.gpkg --out a.xml --as iati --reporting-org ORG-2");
    assert!(run.status == 1 && run.stderr.contains("iati_ref"), "{}", run.stderr);
    assert_eq!(world.run("export p.gpkg --out a.xml --as iati").status, 2);
    assert_eq!(world.run("export p.gpkg --out a.csv --as iati --reporting-org ORG-1").status, 2);
    assert_eq!(world.run("export p.gpkg --out a.xml --as iati --reporting-org ORG-1 --layer hazard").status, 2);
    assert!(!world.path("a.xml").exists());
}

#[test]
fn a_currency_that_is_none_is_held() {
    let world = World::new();
    world.write(
        "t.csv",
        "record,local_id,date_of_information,type,value,currency\ntransaction,TX-1,2024-01-01,commitment,100,manat\n",
    );
    let report = world.json("import p.gpkg t.csv --approve-as NMAA");
    assert_eq!(report["held"], 1);
    assert!(report["issues"].to_string().contains("ISO 4217"), "{report:#}");
}

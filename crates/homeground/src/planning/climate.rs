//! Climate normals on record into the calendars of the altitude bands.

use plan::productivity::Band;
use records::Record;

/// The bands with the months closed that have so many days of snow. A month of a band that no normal speaks of stays as
/// it is set; where several do, the one with most snow counts.
pub fn weathered(bands: &[Band], normals: &[Record], closed_by_snow_days: f64) -> Vec<Band> {
    let mut low = f64::NEG_INFINITY;
    let mut found = Vec::new();
    for band in bands {
        let high = band.below_m.unwrap_or(f64::INFINITY);
        let meets = |normal: &&Record| {
            let (from, below) = (normal.number("from_m"), normal.number("below_m"));
            from.unwrap_or(f64::NEG_INFINITY) < high && below.unwrap_or(f64::INFINITY) > low
        };
        let is_closed = |month: &i8| {
            let of_month = normals.iter().filter(meets).filter(|n| n.number("month") == Some(f64::from(*month)));
            match of_month.filter_map(|normal| normal.number("snow_days")).reduce(f64::max) {
                Some(days) => days >= closed_by_snow_days,
                None => band.closed.contains(month),
            }
        };
        found.push(Band { closed: (1..=12).filter(is_closed).collect(), ..band.clone() });
        low = high;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use records::RecordKind;
    use serde_json::{Map, Value, json};

    fn normal(month: i8, from_m: Value, below_m: Value, snow_days: f64) -> Record {
        let fields = json!({"month": month, "from_m": from_m, "below_m": below_m, "snow_days": snow_days});
        let Value::Object(fields) = fields else { unreachable!("fields are an object") };
        Record {
            kind: RecordKind::ClimateNormal,
            local_id: String::new(),
            date_of_information: jiff::civil::date(2024, 1, 1),
            supersedes: None,
            sources: Vec::new(),
            fields,
            geometry: None,
            as_entered: Map::new(),
        }
    }

    #[test]
    fn snow_closes_and_opens_the_months_it_speaks_of_and_no_others() {
        let band = |below_m, closed: &[i8]| Band { below_m, closed: closed.to_vec(), open_days: 0.8 };
        let bands = [band(Some(1000.0), &[]), band(Some(2000.0), &[12, 1, 2]), band(None, &[11, 12, 1, 2, 3])];
        let normals = [
            normal(1, json!(null), json!(1000), 2.0),
            normal(2, json!(1000), json!(2000), 8.0),
            normal(4, json!(1500), json!(null), 20.0),
            normal(3, json!(2000), json!(null), 14.9),
        ];
        let closed: Vec<Vec<i8>> = weathered(&bands, &normals, 15.0).into_iter().map(|band| band.closed).collect();
        // The normal of April reaches down into the middle band, so April is closed there too.
        assert_eq!(closed, [vec![], vec![1, 4, 12], vec![1, 2, 4, 11, 12]]);
    }
}

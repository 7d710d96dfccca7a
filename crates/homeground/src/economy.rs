//! Programmes, projects, money and indicators of a programme, gathered as known at an instant.

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger::{Day, State};
use outputs::iati::{Activity, Indicator, Organisation, Transaction};
use records::{Record, RecordKind};

use crate::heritage::Reads;
use crate::programme::Programme;

/// Everything on a day.
pub struct Economy {
    /// Programmes, then projects, each by local id; with the number of its record.
    pub activities: Vec<(u32, Activity)>,
    /// Money that names neither a project nor a programme on record.
    pub unassigned: Vec<Transaction>,
    /// Indicators that name neither.
    pub loose_indicators: Vec<Indicator>,
}

impl Economy {
    /// Gather it.
    pub fn of<E>(programme: &Programme, state: &State, day: Day, read: Reads<'_, E>) -> Result<Economy, E> {
        let index = programme.index();
        let known_at = state.known_at();
        let current = |kind: RecordKind| programme.records_on(kind, day, known_at);
        let root_of =
            |kind: RecordKind, id: Option<&str>| index.with_local_id(kind, id?).first().map(|&first| index.root(first));
        let mut names: BTreeMap<u32, Organisation> = BTreeMap::new();
        for (number, kept) in current(RecordKind::Organisation) {
            let record = read(kept.entry)?;
            names.insert(index.root(number), organisation_of(&record));
        }
        let organisation = |id: Option<&str>| -> Option<Organisation> {
            let known = root_of(RecordKind::Organisation, id).and_then(|root| names.get(&root)).cloned();
            known.or_else(|| Some(Organisation { reference: None, kind: None, name: id?.to_owned() }))
        };
        let mut activities: BTreeMap<u32, (u32, Activity)> = BTreeMap::new();
        for (kind, hierarchy) in [(RecordKind::InvestmentProgramme, 1), (RecordKind::Project, 2)] {
            for (number, kept) in current(kind) {
                let record = read(kept.entry)?;
                let (who, parent) = if hierarchy == 1 { ("owner", "part_of") } else { ("contractor", "programme") };
                let activity = Activity {
                    hierarchy,
                    recorded_at: kept.recorded_at,
                    implementing: organisation(record.text(who)),
                    parent: record.text(parent).map(str::to_owned),
                    record,
                    transactions: Vec::new(),
                    indicators: Vec::new(),
                };
                activities.insert(index.root(number), (number, activity));
            }
        }
        let owner_of = |record: &Record| {
            let project = root_of(RecordKind::Project, record.text("project"));
            project.or_else(|| root_of(RecordKind::InvestmentProgramme, record.text("programme")))
        };
        let mut unassigned = Vec::new();
        for (_, kept) in current(RecordKind::Transaction) {
            let record = read(kept.entry)?;
            let (provider, receiver) = (organisation(record.text("provider")), organisation(record.text("receiver")));
            let owner = owner_of(&record);
            let transaction = Transaction { record, provider, receiver };
            match owner.and_then(|root| activities.get_mut(&root)) {
                Some((_, activity)) => activity.transactions.push(transaction),
                None => unassigned.push(transaction),
            }
        }
        let mut values: BTreeMap<u32, Vec<Arc<Record>>> = BTreeMap::new();
        for (_, kept) in current(RecordKind::IndicatorValue) {
            let record = read(kept.entry)?;
            if let Some(root) = root_of(RecordKind::Indicator, record.text("indicator")) {
                values.entry(root).or_default().push(record);
            }
        }
        let mut loose_indicators = Vec::new();
        for (number, kept) in current(RecordKind::Indicator) {
            let record = read(kept.entry)?;
            let mut values = values.remove(&index.root(number)).unwrap_or_default();
            values.sort_by_key(|value| (value.day("period_start"), value.local_id.clone()));
            let owner = owner_of(&record);
            let indicator = Indicator { record, values };
            match owner.and_then(|root| activities.get_mut(&root)) {
                Some((_, activity)) => activity.indicators.push(indicator),
                None => loose_indicators.push(indicator),
            }
        }
        let mut activities: Vec<(u32, Activity)> = activities.into_values().collect();
        for (_, activity) in &mut activities {
            activity.transactions.sort_by_key(|t| (t.record.date_of_information, t.record.local_id.clone()));
            activity.indicators.sort_by_key(|indicator| indicator.record.local_id.clone());
        }
        activities.sort_by_key(|(_, activity)| (activity.hierarchy, activity.record.local_id.clone()));
        Ok(Economy { activities, unassigned, loose_indicators })
    }

    /// An organisation that is to report.
    pub fn organisation<E>(
        programme: &Programme,
        state: &State,
        id: &str,
        read: Reads<'_, E>,
    ) -> Result<Option<Organisation>, E> {
        let index = programme.index();
        let found = index.with_local_id(RecordKind::Organisation, id).iter().flat_map(|&n| index.chain(n));
        let Some(number) = found.filter(|&n| programme.is_current(n, state.known_at())).max() else { return Ok(None) };
        let record = read(index.record(number).entry)?;
        Ok(Some(organisation_of(&record)))
    }

    /// All money, wherever it belongs.
    pub fn transactions(&self) -> impl Iterator<Item = (Option<&Record>, &Transaction)> {
        let owned = self.activities.iter().flat_map(|(_, activity)| {
            activity.transactions.iter().map(|transaction| (Some(&*activity.record), transaction))
        });
        owned.chain(self.unassigned.iter().map(|transaction| (None, transaction)))
    }

    /// All indicators, with what they measure.
    pub fn indicators(&self) -> impl Iterator<Item = (Option<&Record>, &Indicator)> {
        let owned = self
            .activities
            .iter()
            .flat_map(|(_, activity)| activity.indicators.iter().map(|indicator| (Some(&*activity.record), indicator)));
        owned.chain(self.loose_indicators.iter().map(|indicator| (None, indicator)))
    }
}

fn organisation_of(record: &Record) -> Organisation {
    Organisation {
        reference: record.text("iati_ref").map(str::to_owned),
        kind: record.number("iati_type").map(|code| code as u64),
        name: record.text("name").unwrap_or(&record.local_id).to_owned(),
    }
}

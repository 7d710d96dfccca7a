//! `homeground export --as`: what other systems take in a form of their own.

use std::sync::Arc;

use anyhow::Context;
use jiff::Timestamp;
use ledger::{Day, EntryId};
use outputs::iati::Publisher;
use records::Record;

use super::arguments::{Exchange, Export};
use super::export::{refuse_to_overwrite, write_whole};
use super::{Outcome, Refused, Usage};
use crate::economy::Economy;
use crate::heritage::Register;
use crate::programme::Programme;

impl Exchange {
    fn name(self) -> &'static str {
        match self {
            Exchange::Arches => "arches",
            Exchange::Cidoc => "cidoc",
            Exchange::Iati => "iati",
        }
    }

    /// The layer it writes.
    fn layer(self) -> &'static str {
        match self {
            Exchange::Arches | Exchange::Cidoc => "monument",
            Exchange::Iati => "project",
        }
    }

    fn endings(self) -> &'static [&'static str] {
        match self {
            Exchange::Arches => &["csv"],
            Exchange::Cidoc => &["jsonld", "json"],
            Exchange::Iati => &["xml"],
        }
    }
}

/// Write the form asked for.
pub fn run(arguments: &Export, form: Exchange, ending: &str) -> anyhow::Result<Outcome> {
    let wrong = |what: String| Err(Usage(format!("--as {} {what}", form.name())).into());
    if !form.endings().contains(&ending) {
        return wrong(format!("writes files ending in {}", form.endings().join(" or ")));
    }
    if arguments.layers.iter().any(|asked| asked != form.layer()) {
        return wrong(format!("writes the layer {} and no other", form.layer()));
    }
    if arguments.filter.is_some() || arguments.bbox.is_some() || arguments.max_zoom.is_some() {
        return wrong("writes everything: --filter, --bbox and --max-zoom do not go with it".to_owned());
    }
    if arguments.hxl || arguments.pcodes {
        return wrong("has columns of its own: --hxl and --pcodes do not go with it".to_owned());
    }
    refuse_to_overwrite(arguments)?;
    let programme = Programme::read(&arguments.programme)?;
    let (day, known_at) = super::report::when(&arguments.when);
    match form {
        Exchange::Iati => iati(arguments, &programme, day, known_at),
        Exchange::Arches | Exchange::Cidoc => heritage(arguments, form, &programme, day, known_at),
    }
}

fn read(programme: &Programme, entry: EntryId) -> anyhow::Result<Arc<Record>> {
    Ok(Arc::new(programme.record(entry)?.with_context(|| format!("entry {entry} holds no record"))?))
}

fn heritage(
    arguments: &Export,
    form: Exchange,
    programme: &Programme,
    day: Day,
    known_at: Timestamp,
) -> anyhow::Result<Outcome> {
    let state = programme.state_at(known_at);
    let register = Register::of(programme, &state, day, &|entry| read(programme, entry))?;
    let sites: Vec<_> = register.sites.into_iter().map(|(_, site)| site).collect();
    let text = match form {
        Exchange::Arches => outputs::heritage::arches(&sites, programme.country())?,
        _ => format!("{:#}\n", outputs::heritage::cidoc(&sites)),
    };
    write_whole(&arguments.out, text.as_bytes())?;
    say!("{} monuments in {}", sites.len(), arguments.out.display());
    let proposed = sites.iter().filter(|site| site.standing == "proposed").count();
    if proposed > 0 {
        eprintln!("{proposed} of them are proposed and not approved");
    }
    if !register.others.is_empty() {
        eprintln!("{} visits, works and objects name no monument on record and are not in it", register.others.len());
    }
    Ok(Outcome::Done)
}

fn iati(arguments: &Export, programme: &Programme, day: Day, known_at: Timestamp) -> anyhow::Result<Outcome> {
    let state = programme.state_at(known_at);
    let Some(id) = &arguments.reporting_org else {
        return Err(
            Usage("--as iati wants --reporting-org: the local id of the organisation that reports".to_owned()).into()
        );
    };
    let reads = |entry| read(programme, entry);
    let organisation = Economy::organisation(programme, &state, id, &reads)?
        .with_context(|| Usage(format!("--reporting-org {id:?} is no organisation on record")))?;
    if organisation.reference.is_none() || organisation.kind.is_none() {
        let why = "IATI demands its identifier and its type. hint: record iati_ref and iati_type of it";
        return Err(Refused(format!("organisation {id} cannot report: {why}")).into());
    }
    let country = intake::country::alpha_2(programme.country())
        .with_context(|| Refused(format!("{} is no country of ISO 3166-1", programme.country())))?;
    let economy = Economy::of(programme, &state, day, &reads)?;
    let activities: Vec<_> = economy.activities.into_iter().map(|(_, activity)| activity).collect();
    let generated_at = programme.index().last().unwrap_or(known_at);
    let publisher = Publisher { organisation, country: country.to_owned(), generated_at };
    let (text, missing) = outputs::iati::activities(&publisher, &activities);
    let written = activities.len() - missing.len();
    missing.iter().for_each(|why| eprintln!("not in it: {why}"));
    if written == 0 {
        let why = "no programme and no project has what IATI demands, so no file was written";
        return Err(Refused(format!("{why}. hint: record names and planned_start")).into());
    }
    write_whole(&arguments.out, text.as_bytes())?;
    say!("{written} activities in {}", arguments.out.display());
    if !economy.unassigned.is_empty() {
        eprintln!(
            "{} transactions name no project and no programme on record and are not in it",
            economy.unassigned.len()
        );
    }
    Ok(if missing.is_empty() { Outcome::Done } else { Outcome::Held })
}

//! What each settlement needs before people come home: the return gate of its households, counted. Persons stay out of it:
//! a household is a pseudonym here and only counts leave.
//!
//! ```text
//!   households of a place ─► return gate of each (DOMAIN §12.2) ─► one light for each question: the worst answer counts
//! ```

use std::collections::BTreeMap;

use gates::{Because, Books, Policy, Result as Verdict, RuleAnswer};
use ledger::{Day, State};
use records::{Record, RecordKind};

use crate::gate::with_books;
use crate::programme::Programme;

/// One question of the return gate, over all households of a place that have not returned.
#[derive(Debug, Clone, PartialEq)]
pub struct Light {
    /// In a word: `land`, `access`.
    pub name: &'static str,
    /// The worst answer.
    pub result: Verdict,
    /// How many households get each answer: pass, blocked, unknown.
    pub counts: [usize; 3],
    /// The rules that do not pass, each with its text, what it needs, and the records that decide it.
    pub proof: Vec<Proof>,
}

/// A rule that does not pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// Its id.
    pub rule: &'static str,
    /// What it says.
    pub result: Verdict,
    /// In words.
    pub text: String,
    /// What would make it pass.
    pub needs: String,
    /// Households it holds back.
    pub n_households: usize,
    /// The records, those of households left out.
    pub because: Vec<Because>,
}

/// A settlement that people return to.
#[derive(Debug, Clone, PartialEq)]
pub struct Home {
    /// Local id of the place as it was first recorded.
    pub id: String,
    /// Its record.
    pub place: Record,
    /// The questions, in order.
    pub lights: Vec<Light>,
    /// The worst of them; what single households decide counts only where nobody may return for it.
    pub result: Verdict,
    /// Households on record that have not returned.
    pub n_waiting: usize,
    /// Those of them whose gate passes.
    pub n_may_return: usize,
    /// Households on record that have returned, by day, with their people.
    pub returned: BTreeMap<Day, (usize, i64)>,
    /// Hazards in the way of its dwellings.
    pub blocking: Vec<gates::Blocking>,
    /// Hazards on the way there, from the open network on.
    pub on_the_way: Vec<gates::OnTheWay>,
}

/// The questions and the rules that answer each.
const LIGHTS: [(&str, &[&str]); 9] = [
    ("land", &["GATE-1", "GATE-2", "GATE-3", "GATE-4", "GATE-6", "GATE-7", "GATE-8", "GATE-9", "RECORDS"]),
    ("access", &["GATE-5"]),
    ("water", &["RETURN-WATER"]),
    ("school", &["RETURN-SCHOOL"]),
    ("clinic", &["RETURN-CLINIC"]),
    ("housing", &["RETURN-HOUSING"]),
    ("services", &["RETURN-SERVICES"]),
    ("property", &["RETURN-PROPERTY"]),
    ("free choice", &["RETURN-VOLUNTARY", "RETURN-RECORD"]),
];

/// The last questions are about the household and not about the place.
const N_OF_THE_PLACE: usize = 7;

/// Every settlement that waits for people or has some on record, by local id. `tell` hears how many gates are asked and may
/// stop by answering no.
pub fn homes(
    programme: &Programme,
    state: &State,
    day: Day,
    policy: &Policy,
    tell: &mut dyn FnMut(usize, usize) -> bool,
) -> anyhow::Result<Option<Vec<Home>>> {
    with_books(programme, state, day, policy, |books| {
        let mut households: BTreeMap<String, Vec<Record>> = BTreeMap::new();
        for (_, household) in books.official_records(RecordKind::Household) {
            if let Some(origin) = household.text("origin") {
                households.entry(books.first_id(RecordKind::Place, origin)).or_default().push(household);
            }
        }
        let n_gates = households.values().map(Vec::len).sum();
        let mut n_asked = 0;
        let mut homes = Vec::new();
        for (_, place) in books.official_records(RecordKind::Place) {
            let id = books.first_id(RecordKind::Place, &place.local_id);
            let own = households.remove(&id).unwrap_or_default();
            if own.is_empty() && place.number("n_households").unwrap_or(0.0) <= 0.0 {
                continue;
            }
            let mut home = Home::of(id, place);
            for household in &own {
                n_asked += 1;
                if !tell(n_asked, n_gates) {
                    return Ok(None);
                }
                home.take(books, day, household);
            }
            home.finish();
            homes.push(home);
        }
        homes.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(Some(homes))
    })
}

impl Home {
    fn of(id: String, place: Record) -> Home {
        let light = |(name, _): &(&'static str, &[&str])| Light {
            name,
            result: Verdict::NotAsked,
            counts: [0; 3],
            proof: Vec::new(),
        };
        Home {
            id,
            place,
            lights: LIGHTS.iter().map(light).collect(),
            result: Verdict::NotAsked,
            n_waiting: 0,
            n_may_return: 0,
            returned: BTreeMap::new(),
            blocking: Vec::new(),
            on_the_way: Vec::new(),
        }
    }

    fn take(&mut self, books: &Books<'_>, day: Day, household: &Record) {
        let people = household.number("n_people").unwrap_or(0.0) as i64;
        if let Some(on) = household.day("returned_on").map(Day::from).filter(|on| *on <= day) {
            let back = self.returned.entry(on).or_default();
            *back = (back.0 + 1, back.1 + people);
            return;
        }
        self.n_waiting += 1;
        let answer = gates::returning(books, household);
        self.n_may_return += usize::from(answer.result == Verdict::Pass);
        for (light, (_, rules)) in self.lights.iter_mut().zip(LIGHTS) {
            let own: Vec<&RuleAnswer> = answer.rules.iter().filter(|rule| rules.contains(&rule.rule)).collect();
            // Ground that nobody drew has no way out either: a question nobody could ask is unknown.
            let result = own.iter().map(|rule| rule.result).max().unwrap_or(Verdict::Unknown);
            light.result = light.result.max(result);
            light.counts[match result {
                Verdict::Blocked => 1,
                Verdict::Unknown => 2,
                _ => 0,
            }] += 1;
            own.into_iter().filter(|rule| rule.result > Verdict::Pass).for_each(|rule| light.add(books, rule));
        }
        for blocking in answer.blocking {
            if !self.blocking.iter().any(|known| known.entry == blocking.entry && known.region == blocking.region) {
                self.blocking.push(blocking);
            }
        }
        for on in answer.on_the_way {
            if !self.on_the_way.contains(&on) {
                self.on_the_way.push(on);
            }
        }
    }

    /// Of nobody nothing is known.
    fn finish(&mut self) {
        if self.n_waiting == 0 {
            self.lights.iter_mut().for_each(|light| light.result = Verdict::Unknown);
        }
        let deciding = if self.n_may_return > 0 { N_OF_THE_PLACE } else { LIGHTS.len() };
        self.result = self.lights[..deciding].iter().map(|light| light.result).max().unwrap_or(Verdict::Unknown);
    }

    /// How many households have returned, and people.
    pub fn n_returned(&self) -> (usize, i64) {
        self.returned.values().fold((0, 0), |sum, back| (sum.0 + back.0, sum.1 + back.1))
    }
}

impl Light {
    /// Rules that say the same of several households stand once, with the worst answer and the records of all of them.
    fn add(&mut self, books: &Books<'_>, rule: &RuleAnswer) {
        let is_same = |known: &Proof| known.rule == rule.rule && known.text == rule.text && known.needs == rule.needs;
        let at = self.proof.iter().position(is_same).unwrap_or_else(|| {
            self.proof.push(Proof {
                rule: rule.rule,
                result: rule.result,
                text: rule.text.clone(),
                needs: rule.needs.clone(),
                n_households: 0,
                because: Vec::new(),
            });
            self.proof.len() - 1
        });
        let proof = &mut self.proof[at];
        proof.n_households += 1;
        proof.result = proof.result.max(rule.result);
        let kind = |because: &Because| books.index.number_of(because.entry).map(|n| books.index.record(n).kind);
        for because in rule.because.iter().filter(|because| kind(because) != Some(RecordKind::Household)) {
            let is_known = |known: &&mut Because| {
                known.entry == because.entry && known.text == because.text && known.against == because.against
            };
            match proof.because.iter_mut().find(is_known) {
                // Of two pieces of ground that may overlap no one area is true.
                Some(known) if known.area != because.area => known.area = None,
                Some(_) => {}
                None => proof.because.push(because.clone()),
            }
        }
    }
}

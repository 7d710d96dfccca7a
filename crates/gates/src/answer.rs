//! What a gate says, with its proof.

use std::fmt;

use geometry::shape::Position;
use geometry::{Area, Region};
use ledger::{Day, EntryId};

use crate::books::Books;

/// What a rule, or the whole gate, says; the worse is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Result {
    /// Nobody asked; says nothing.
    NotAsked,
    /// Yes.
    Pass,
    /// Not enough is known: never a pass.
    Unknown,
    /// No.
    Blocked,
}

impl Result {
    /// As files spell it.
    pub fn word(self) -> &'static str {
        match self {
            Result::NotAsked => "NOT_ASKED",
            Result::Pass => "PASS",
            Result::Unknown => "UNKNOWN",
            Result::Blocked => "BLOCKED",
        }
    }
}

impl fmt::Display for Result {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A record that decides a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Because {
    /// Its local id.
    pub local_id: String,
    /// Its entry.
    pub entry: EntryId,
    /// How much of the footprint it concerns.
    pub area: Option<Area>,
    /// What it says if it speaks against a pass: blocked or unknown; `None` if it speaks for one, or says where.
    pub against: Option<Result>,
    /// Why, in words.
    pub text: String,
}

/// One rule of a gate.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleAnswer {
    /// Its id: `GATE-1` … `GATE-9`, `RETURN-…`.
    pub rule: &'static str,
    /// What it asks, one sentence.
    pub about: &'static str,
    /// What it says.
    pub result: Result,
    /// The answer in words.
    pub text: String,
    /// How much of the footprint fails it.
    pub area: Option<Area>,
    /// The records that decide it.
    pub because: Vec<Because>,
    /// What would make it pass; empty if it does.
    pub needs: String,
}

/// A hazard in the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Blocking {
    /// Its local id.
    pub local_id: String,
    /// Its entry.
    pub entry: EntryId,
    /// The part of the footprint, with its margin, that it takes in gate geometry.
    pub region: Region,
}

/// Hazard on a road that leads to the footprint.
#[derive(Debug, Clone, PartialEq)]
pub struct OnTheWay {
    /// Local id of the road.
    pub road: String,
    /// Its entry.
    pub entry: EntryId,
    /// Metres from the start of the road to the first blocked place, seen from the open network.
    pub from_m: f64,
    /// That place, longitude and latitude.
    pub at: Position,
    /// The hazards, each with the part of the road and its margin that it takes in gate geometry.
    pub hazards: Vec<Blocking>,
}

/// What a gate says.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The worst of the rules that were asked.
    pub result: Result,
    /// Every rule, in order.
    pub rules: Vec<RuleAnswer>,
    /// Hazards in the way; ground that two of them claim stands under both.
    pub blocking: Vec<Blocking>,
    /// Hazards on the way to the open network (GATE-5), from there on: the first is what blocks first.
    pub on_the_way: Vec<OnTheWay>,
    /// The day by which task orders plan to have removed all that blocks; `None` if nothing blocks, or if
    /// something does that no task order plans for.
    pub opens_on: Option<Day>,
    /// For a line: metres from its start to the first blocked place.
    pub blocked_from_m: Option<f64>,
}

impl Answer {
    /// The worst of the rules. A gate of which nothing was asked does not pass, nor one that could not read a record.
    pub(crate) fn of(mut rules: Vec<RuleAnswer>, books: &Books<'_>) -> Answer {
        if let Some(entry) = books.unread() {
            let mut asking = Asking::new("RECORDS", "every record that decides can be read");
            asking.against(Result::Unknown, &format!("entry {entry} cannot be read: run `homeground verify`"), []);
            rules.push(asking.done(""));
        }
        let result = rules.iter().map(|rule| rule.result).max().unwrap_or(Result::NotAsked);
        let result = if result == Result::NotAsked { Result::Unknown } else { result };
        Answer { result, rules, blocking: Vec::new(), on_the_way: Vec::new(), opens_on: None, blocked_from_m: None }
    }
}

/// A rule while it is being answered: starts as a pass and only ever gets worse.
#[derive(Debug)]
pub(crate) struct Asking {
    answer: RuleAnswer,
    needs: Vec<String>,
}

impl Asking {
    pub fn new(rule: &'static str, about: &'static str) -> Asking {
        let answer = RuleAnswer {
            rule,
            about,
            result: Result::Pass,
            text: String::new(),
            area: None,
            because: Vec::new(),
            needs: String::new(),
        };
        Asking { answer, needs: Vec::new() }
    }

    /// A record that speaks for a pass, or says where something stands against it.
    pub fn for_it(&mut self, because: Because) {
        self.answer.because.push(because);
    }

    /// Something that stands in the way, or that nobody knows.
    pub fn against(&mut self, result: Result, needs: &str, because: impl IntoIterator<Item = Because>) {
        self.answer.result = self.answer.result.max(result);
        self.answer.because.extend(because.into_iter().map(|because| Because { against: Some(result), ..because }));
        if !needs.is_empty() && !self.needs.iter().any(|known| known == needs) {
            self.needs.push(needs.to_owned());
        }
    }

    pub fn fails_on(&mut self, area: Area) {
        self.answer.area = Some(self.answer.area.unwrap_or_default() + area);
    }

    /// The answer; `pass` is what is said when nothing stands in the way.
    pub fn done(mut self, pass: &str) -> RuleAnswer {
        let because = &mut self.answer.because;
        because.sort_by(|a, b| (&a.local_id, a.entry, &a.text).cmp(&(&b.local_id, b.entry, &b.text)));
        because.dedup_by(|next, kept| {
            let same = next.entry == kept.entry && next.against == kept.against && next.text == kept.text;
            if same && next.area.is_some() {
                kept.area = Some(kept.area.unwrap_or_default() + next.area.unwrap_or_default());
            }
            same
        });
        self.answer.needs = self.needs.join("; ");
        self.answer.text = match self.answer.result {
            Result::Pass => pass.to_owned(),
            _ => match &self.answer.because[..] {
                [only] => only.text.clone(),
                _ => self.answer.needs.clone(),
            },
        };
        self.answer
    }

    /// The rule was not asked.
    pub fn not_asked(mut self, why: &str) -> RuleAnswer {
        self.answer.result = Result::NotAsked;
        self.answer.text = why.to_owned();
        self.answer
    }
}

//! The kinds of record (DOMAIN §2.2), named as exchange files name them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($variant:ident $name:literal $about:literal),+ $(,)?) => {
        /// A kind of record.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum RecordKind {
            $(#[doc = $about] $variant,)+
        }

        impl RecordKind {
            /// Every kind, in the order in which records of one file are taken in: what others refer to comes first.
            pub const ALL: &[RecordKind] = &[$(RecordKind::$variant),+];

            /// As exchange files spell it.
            pub fn name(self) -> &'static str {
                match self { $(RecordKind::$variant => $name),+ }
            }
        }
    };
}

kinds! {
    Source "source" "A document, report, dataset or statement that claims come from.",
    Claim "claim" "One statement a source makes, as it makes it.",
    Decision "decision" "What somebody concluded about claims that contradict each other, and why.",
    Organisation "organisation" "An authority, operator, donor or other body.",
    Team "team" "People and tools that work together.",
    Asset "asset" "A machine, dog or vehicle.",
    Accreditation "accreditation" "Which operator may do which activity, from when to when.",
    Place "place" "A settlement or an administrative unit, with its names.",
    Route "route" "A line people travel on, with its width.",
    Parcel "parcel" "A piece of land with rights to it.",
    WaterPoint "water_point" "A well, spring or tap.",
    Monument "monument" "A heritage place.",
    InvestmentProgramme "investment_programme" "A master plan or programme that projects belong to.",
    Project "project" "A work of reconstruction with a footprint.",
    TaskOrder "task_order" "Authorisation of one operator for one area and activity.",
    HazardArea "hazard_area" "Suspected or confirmed hazardous ground.",
    Adjustment "adjustment" "A corrected boundary of a hazard (LR-10).",
    Activity "activity" "Survey or clearance work: where, by whom, from when to when.",
    ReleaseProduct "release_product" "Ground cancelled, reduced or cleared.",
    Reopening "reopening" "Released ground that is hazardous again (LR-8).",
    DeviceFind "device_find" "Explosive ordnance found.",
    EvidenceItem "evidence_item" "What shows, or suggests, that ordnance is present.",
    Accident "accident" "Harm done by explosive ordnance.",
    Casualty "casualty" "A person killed or injured, without name.",
    Assistance "assistance" "Help given to a victim.",
    QaVisit "qa_visit" "An inspection of work or of finished ground.",
    Nonconformity "nonconformity" "A finding of an inspection and its correction.",
    Review "review" "A decision that something reported near released ground does not change its release (GATE-6, GATE-8).",
    Assessment "assessment" "A visit to a heritage place, and the condition it was found in.",
    Intervention "intervention" "Work done on a heritage place: protection, repair, removal.",
    HeritageObject "heritage_object" "A thing of a collection or a heritage place that can be carried away (Object ID).",
    Observation "observation" "Something seen of the environment or the terrain, on a day and at a place.",
    ClimateNormal "climate_normal" "What weather a month usually has at some height, by one source.",
    Marking "marking" "Signs and fences and their upkeep.",
    CompletionReport "completion_report" "The technical record of a finished task.",
    HandoverCertificate "handover_certificate" "Land formally passed to its users.",
    RiskEducation "risk_education" "Activities that reduce injury by raising awareness.",
    Household "household" "A unit of return, pseudonymous.",
    Transaction "transaction" "Money promised, received, handed on or spent for a project, on a day.",
    Indicator "indicator" "What a project or programme is measured by.",
    IndicatorValue "indicator_value" "Target and actual of an indicator in a period.",
    Population "population" "How many people of a category a place had, by one source: a figure, never a person.",
    Attachment "attachment" "A photo, sketch or scan.",
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for RecordKind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<RecordKind, UnknownKind> {
        RecordKind::ALL.iter().copied().find(|kind| kind.name() == name).ok_or_else(|| UnknownKind(name.to_owned()))
    }
}

/// No kind of record has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a kind of record")]
pub struct UnknownKind(pub String);

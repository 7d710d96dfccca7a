//! The words of land release: classes of ground, methods, reasons, qualities (DOMAIN §1.2, §3, §11; CONTRACT §4).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every word, in order.
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// As exchange files spell it.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }
        }

        impl FromStr for $name {
            type Err = ();
            fn from_str(text: &str) -> Result<$name, ()> {
                $name::ALL.iter().copied().find(|w| w.word() == text).ok_or(())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

words! {
    /// How sure the hazard is; the more hazardous is the greater.
    HazardStatus {
        /// Suspected on indirect evidence.
        Suspected "SHA",
        /// Confirmed on direct evidence.
        Confirmed "CHA",
    }
}

words! {
    /// How ground was released; the weaker statement is the smaller.
    ReleaseMethod {
        /// By non-technical survey (LR-4).
        Cancelled "CANCELLED",
        /// By technical survey (LR-5).
        Reduced "REDUCED",
        /// By clearance to a stated depth (LR-6).
        Cleared "CLEARED",
    }
}

words! {
    /// How a boundary was found (UNC-4); the weaker is the smaller.
    GeometryQuality {
        /// A sketch, a centroid, a circle of equal area: never releases in gate geometry.
        Schematic "SCHEMATIC",
        /// Drawn from a map or imagery.
        Digitised "DIGITISED",
        /// Measured on the ground.
        Surveyed "SURVEYED",
    }
}

impl GeometryQuality {
    /// ε95 in metres where a boundary states none (DOMAIN §5.2).
    pub fn epsilon_m(self) -> f64 {
        match self {
            GeometryQuality::Surveyed => 10.0,
            GeometryQuality::Digitised => 50.0,
            GeometryQuality::Schematic => 500.0,
        }
    }
}

/// ε95 in metres where a boundary states neither accuracy nor quality: that of a map of unknown datum (UNC-8).
pub const UNDECLARED_M: f64 = 150.0;

words! {
    /// The inspection of the finished product (IMAS 07.40).
    QualityControl {
        /// Accepted.
        Accepted "accepted",
        /// Failed: releases nothing.
        Failed "failed",
        /// Not yet done.
        Pending "pending",
    }
}

words! {
    /// Why released ground is hazardous again (LR-8).
    ReopeningReason {
        /// An accident.
        Accident "accident",
        /// A find.
        Find "find",
        /// Quality control failed.
        QcFailure "qc_failure",
        /// Flood, slide, new use.
        Recontamination "recontamination",
        /// The data were wrong.
        DataError "data_error",
    }
}

words! {
    /// What kind of work (DOMAIN §1.2).
    Activity {
        /// Non-technical survey.
        Nts "NTS",
        /// Technical survey.
        Ts "TS",
        /// Clearance.
        Clr "CLR",
        /// Battle area clearance.
        Bac "BAC",
    }
}

//! What a country decides about its gates: data, not code (DOMAIN §11 "national parameters", §12).

use std::collections::BTreeSet;

/// The numbers and choices of a programme. Nothing here can make unknown ground pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Metres kept free of hazard around every footprint, besides the margin that the question names (GATE-1).
    pub margin_m: f64,
    /// Whether a certificate of handover must name the release (GATE-2).
    pub handover_required: bool,
    /// Whether land cancelled or reduced may be dug, although nobody searched it to a depth (GATE-4).
    pub depth_not_applicable: bool,
    /// Metres around the footprint within which accidents, finds and reopenings count (GATE-6).
    pub event_radius_m: f64,
    /// Width of the access route, metres (GATE-5), where the subject states none.
    pub access_width_m: f64,
    /// Metres within which a footprint touches a route, and one route another.
    pub access_reach_m: f64,
    /// Metres from a dwelling within which there must be water.
    pub water_radius_m: f64,
    /// Services that the place of return must have.
    pub services: BTreeSet<String>,
    /// Whether a dispute over the property blocks the return, or is only told.
    pub property_blocks: bool,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            margin_m: 0.0,
            handover_required: false,
            depth_not_applicable: false,
            event_radius_m: 500.0,
            access_width_m: 4.0,
            access_reach_m: 50.0,
            water_radius_m: 1_000.0,
            services: BTreeSet::new(),
            property_blocks: false,
        }
    }
}

//! The ledger and everything derived from it, in one file: the only crate that knows SQL.
//!
//! A programme is one GeoPackage ([`GeoPackage`]): entries in an append-only table, and beside them layers that any
//! GIS opens. Both are changed in the transaction that appends, so they never stand for different entries unless
//! [`Store::derived_position`] says so.
//!
//! The crate also opens a visitor's GeoPackage and hands out its rows ([`visitor`]), and writes a plain GeoPackage
//! with chosen layers ([`write_geopackage`]) or tiles as MBTiles ([`write_mbtiles`]).
//!
//! It keeps what it is given. Hashes, signatures and the rules of mine action are judged elsewhere; here an entry
//! is parsed only to find it again. The store reads no clock: `last_change` is the newest `recorded_at`.

mod backup;
mod blob;
mod failure;
mod field;
mod front;
mod geopackage;
mod hex;
mod lock;
mod table;
pub mod visitor;
mod write;

pub use backup::restore;
pub use failure::Failure;
pub use field::{Arrival, Attachment, Draft, FileHash, Form, Outcome, Submission, SubmissionQuery};
pub use front::{Batch, Found, Head, Position, Query, RowChange, Store};
pub use geopackage::{GeoPackage, hash_of};
pub use write::{PutTile, write_geopackage, write_mbtiles};

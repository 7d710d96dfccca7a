//! What the ledger promises, as scenes and as laws.

mod laws;
mod scene;
mod scenes;

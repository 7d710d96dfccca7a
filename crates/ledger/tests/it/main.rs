//! What the ledger promises, as scenes and as laws.

mod laws;
mod rules;
mod scene;
mod scenes;

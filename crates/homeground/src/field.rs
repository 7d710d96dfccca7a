//! Work with phones: the forms they fill in, the lists they take along, what they send, and who may send.
//!
//! Knows nothing of HTTP; `web/openrosa` speaks the protocol. What arrives is kept byte for byte before anything is
//! made of it, then goes the way of every file: intake, rules, ledger. The phone hears what came of it.

pub mod forms;
mod ground;
pub mod lists;
pub mod phones;
pub mod receive;

/// MD5 as OpenRosa and Digest write it: hex. A fingerprint that the protocols prescribe; nothing here trusts it.
pub fn md5(bytes: &[u8]) -> String {
    use md5::Digest;
    md5::Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

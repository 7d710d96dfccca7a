//! The corpora of the fuzz targets, and what chance makes of them, as an ordinary test.

mod fuzz_cases;
mod random;

use std::path::Path;

use random::Random;

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

/// One to four bytes changed, or a part left out or doubled.
fn mutated(random: &mut Random, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let n = bytes.len() as u64;
    if n == 0 {
        return bytes;
    }
    let (from, to) = (random.below(n) as usize, random.below(n) as usize);
    match random.below(6) {
        0 => drop(bytes.drain(from.min(to)..from.max(to))),
        1 => bytes.extend_from_within(from.min(to)..from.max(to)),
        2 => bytes[from] ^= 1 << random.below(8),
        _ => (0..random.below(4)).for_each(|_| bytes[random.below(n) as usize] = random.next() as u8),
    }
    bytes
}

fn run(target: &str, case: fn(&[u8])) {
    let mut random = Random(41);
    for file in corpus(target) {
        case(&file);
        (0..random::rounds(50)).for_each(|_| case(&mutated(&mut random, &file)));
    }
}

#[test]
fn hostile_shapes_are_read_without_a_panic() {
    run("read", fuzz_cases::read_bytes);
}

#[test]
fn hostile_files_are_read_or_refused() {
    run("formats", fuzz_cases::formats);
}

//! What covers a place, in the different senses that overlays, reading and buffers need.
//!
//! A sweep carries a cover from below an edge to above it. Covers repeat along whole faces, so they
//! are kept once, in [`Covers`], and named by number.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// What covers a place; `Default` is nothing.
pub(crate) trait Cover: Clone + Eq + Hash + Default {
    /// Cross a border upwards: whose it is, and what it adds to the winding number.
    fn cross(&mut self, tag: u32, up: i32);
}

/// One bit for each of up to 64 tags: the even-odd rule, which is exact for valid regions.
pub(crate) type Bits = u64;

impl Cover for Bits {
    #[inline(always)]
    fn cross(&mut self, tag: u32, _up: i32) {
        *self ^= 1 << tag;
    }
}

/// One bit for each of any number of tags; words after the last set bit are dropped.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct WideBits(pub(crate) Vec<u64>);

impl Cover for WideBits {
    fn cross(&mut self, tag: u32, _up: i32) {
        let word = tag as usize / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] ^= 1 << (tag % 64);
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }
}

/// The winding number of all rings together.
pub(crate) type Winding = i32;

impl Cover for Winding {
    fn cross(&mut self, _tag: u32, up: i32) {
        *self += up;
    }
}

/// The winding number of each ring that has one other than 0, by rising tag.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Windings(pub(crate) Vec<(u32, i32)>);

impl Cover for Windings {
    fn cross(&mut self, tag: u32, up: i32) {
        match self.0.binary_search_by_key(&tag, |(t, _)| *t) {
            Ok(at) if self.0[at].1 + up == 0 => drop(self.0.remove(at)),
            Ok(at) => self.0[at].1 += up,
            Err(at) => self.0.insert(at, (tag, up)),
        }
    }
}

/// Each cover met in a sweep, numbered.
#[derive(Debug)]
pub(crate) struct Covers<C> {
    list: Vec<C>,
    numbers: HashMap<C, u32, BuildHasherDefault<Mixer>>,
}

impl<C: Cover> Default for Covers<C> {
    fn default() -> Self {
        Covers { list: Vec::new(), numbers: HashMap::default() }
    }
}

impl<C: Cover> Covers<C> {
    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.numbers.clear();
    }

    /// The number of a cover, new or known.
    #[inline(always)]
    pub(crate) fn number(&mut self, cover: &C) -> u32 {
        if let Some(number) = self.numbers.get(cover) {
            return *number;
        }
        let number = self.list.len() as u32;
        self.list.push(cover.clone());
        self.numbers.insert(cover.clone(), number);
        number
    }

    pub(crate) fn get(&self, number: u32) -> &C {
        &self.list[number as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }
}

/// A fast hash (multiply and rotate); covers come from our own sweep, and nothing depends on the order of the map.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Mixer(u64);

impl Mixer {
    #[inline(always)]
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.mix(u64::from(*b)));
    }
    fn write_u32(&mut self, word: u32) {
        self.mix(u64::from(word));
    }
    fn write_i32(&mut self, word: i32) {
        self.mix(word as u64);
    }
    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }
    fn write_usize(&mut self, word: usize) {
        self.mix(word as u64);
    }
    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }
}

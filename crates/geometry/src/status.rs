//! The edges a sweep line passes, from south to north, in blocks.
//!
//! One block is all a hazard ever needs; a comb of a million teeth gets as many blocks as keep every
//! insertion short.

/// Entries in a full block; a block twice as long is halved.
const BLOCK: usize = 512;

/// A sorted list of numbers of edges.
#[derive(Debug)]
pub(crate) struct Status {
    /// None is empty, but for a single one.
    blocks: Vec<Vec<u32>>,
}

/// A place in the list; it may stand behind the last entry of a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor {
    block: usize,
    at: usize,
}

impl Default for Status {
    fn default() -> Status {
        Status { blocks: vec![Vec::new()] }
    }
}

impl Status {
    pub(crate) fn clear(&mut self) {
        self.blocks.truncate(1);
        self.blocks[0].clear();
    }

    /// The place before the first entry that is not `before`; all entries that are stand at the front.
    #[inline(always)]
    pub(crate) fn seek(&self, before: impl Fn(u32) -> bool) -> Cursor {
        let block = match self.blocks.len() {
            1 => 0,
            _ => self.blocks.partition_point(|block| before(block[block.len() - 1])).min(self.blocks.len() - 1),
        };
        Cursor { block, at: self.blocks[block].partition_point(|entry| before(*entry)) }
    }

    /// Entries before a place, southwards.
    #[inline(always)]
    pub(crate) fn below(&self, cursor: Cursor) -> impl Iterator<Item = u32> + '_ {
        let rest = &self.blocks[cursor.block][..cursor.at];
        rest.iter().rev().chain(self.blocks[..cursor.block].iter().rev().flat_map(|block| block.iter().rev())).copied()
    }

    /// How many entries from a place on hold to a rule.
    #[inline(always)]
    pub(crate) fn n_above(&self, cursor: Cursor, mut rule: impl FnMut(u32) -> bool) -> usize {
        let here = &self.blocks[cursor.block][cursor.at..];
        let n = here.iter().take_while(|entry| rule(**entry)).count();
        if n < here.len() || cursor.block + 1 == self.blocks.len() {
            return n;
        }
        n + self.blocks[cursor.block + 1..].iter().flatten().take_while(|entry| rule(**entry)).count()
    }

    /// The entry next below a place.
    #[inline(always)]
    pub(crate) fn under(&self, cursor: Cursor) -> Option<u32> {
        match cursor.at.checked_sub(1) {
            Some(at) => Some(self.blocks[cursor.block][at]),
            None => self.blocks[..cursor.block].last().and_then(|block| block.last().copied()),
        }
    }

    /// The entry at a place.
    #[inline(always)]
    fn entry(&self, cursor: Cursor) -> Option<u32> {
        let here = self.blocks[cursor.block].get(cursor.at);
        here.or_else(|| self.blocks.get(cursor.block + 1).and_then(|block| block.first())).copied()
    }

    /// Put entries in the place of as many as `n_old` others; the entry now above the new ones is returned.
    #[inline(always)]
    pub(crate) fn replace(
        &mut self,
        Cursor { block, at }: Cursor,
        n_old: usize,
        mut new: impl ExactSizeIterator<Item = u32>,
    ) -> Option<u32> {
        let after = at + new.len();
        let entries = &mut self.blocks[block];
        if n_old == 1 && new.len() == 1 && at < entries.len() {
            new.by_ref().take(1).for_each(|entry| entries[at] = entry);
        } else if at + n_old <= entries.len() {
            entries.splice(at..at + n_old, new);
        } else {
            let n_left = n_old - (entries.len() - at);
            entries.truncate(at);
            entries.extend(new);
            self.remove_front(block + 1, n_left);
        }
        let over = self.entry(Cursor { block, at: after });
        let n_entries = self.blocks[block].len();
        if n_entries > 2 * BLOCK {
            let half = self.blocks[block].split_off(n_entries / 2);
            self.blocks.insert(block + 1, half);
        } else if n_entries == 0 && self.blocks.len() > 1 {
            self.blocks.remove(block);
        }
        over
    }

    /// Remove entries from the front of a block, and of the blocks after it.
    fn remove_front(&mut self, block: usize, mut n: usize) {
        while n > 0 {
            let entries = &mut self.blocks[block];
            let here = n.min(entries.len());
            entries.drain(..here);
            n -= here;
            if entries.is_empty() {
                self.blocks.remove(block);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_behave_like_one_list() {
        let (mut status, mut list) = (Status::default(), Vec::<u32>::new());
        let mut seed = 1_u64;
        let mut below = |n: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % n.max(1)
        };
        // Entries are compared by where they stand in the plain list.
        for round in 0..4_000_u32 {
            let at = below(list.len() + 1);
            let n_old = below(if round < 2_500 { 3 } else { 900 }).min(list.len() - at);
            let first = round * 3_000;
            let new = first..first + below(if round < 2_500 { 40 } else { 3 }) as u32;
            let front: std::collections::HashSet<u32> = list[..at].iter().copied().collect();
            let cursor = status.seek(|entry| front.contains(&entry));
            assert_eq!(status.under(cursor), list[..at].last().copied());
            assert_eq!(status.entry(cursor), list.get(at).copied());
            let rule = |entry: u32| !entry.is_multiple_of(7);
            assert_eq!(status.n_above(cursor, rule), list[at..].iter().take_while(|e| rule(**e)).count());
            let over = status.replace(cursor, n_old, new.clone());
            let after = at + new.len();
            list.splice(at..at + n_old, new);
            assert_eq!(over, list.get(after).copied());
            if round % 50 == 0 {
                let end = status.seek(|_| true);
                assert!(status.below(end).eq(list.iter().rev().copied()));
                assert!(status.blocks.len() == 1 || status.blocks.iter().all(|block| !block.is_empty()));
            }
        }
    }
}

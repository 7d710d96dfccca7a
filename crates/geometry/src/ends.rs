//! The order in which a sweep visits places: both ends of every segment, by longitude, then latitude.

use crate::grid::Number;
use crate::split::Segment;

/// Both ends of each segment, by place: the segment's number doubled, plus one where it starts.
#[derive(Debug)]
pub(crate) struct Ends<N: Number> {
    sorted: Vec<u32>,
    packed: Vec<u64>,
    keyed: Vec<(N::Key, u32)>,
}

impl<N: Number> Default for Ends<N> {
    fn default() -> Self {
        Ends { sorted: Vec::new(), packed: Vec::new(), keyed: Vec::new() }
    }
}

/// The number of a segment, and whether it starts at this end.
#[inline(always)]
pub(crate) fn segment_of(end: u32) -> (u32, bool) {
    (end / 2, end % 2 == 1)
}

impl<N: Number> Ends<N> {
    /// Sort the ends of all segments: as single words where place and number fit into one, which is the rule.
    pub(crate) fn sort(&mut self, segments: &[Segment<N>]) {
        let Ends { sorted, packed, keyed } = self;
        let current = || segments.iter().zip(0_u32..).filter(|(segment, _)| !segment.is_retired());
        sorted.clear();
        match Packing::of(segments) {
            Some(packing) => {
                packed.clear();
                packed.reserve(2 * segments.len());
                for (segment, i) in current() {
                    packed.push(packing.pack(segment.a, 2 * i + 1));
                    packed.push(packing.pack(segment.b, 2 * i));
                }
                packed.sort_unstable();
                sorted.extend(packed.iter().map(|word| packing.number(*word)));
            }
            None => {
                keyed.clear();
                for (segment, i) in current() {
                    keyed.extend([(N::key(segment.a), 2 * i + 1), (N::key(segment.b), 2 * i)]);
                }
                keyed.sort_unstable();
                sorted.extend(keyed.iter().map(|(_, end)| *end));
            }
        }
    }

    /// The ends at each place.
    pub(crate) fn groups<'a>(&'a self, segments: &'a [Segment<N>]) -> impl Iterator<Item = ([N; 2], &'a [u32])> {
        let same = |e: &u32, f: &u32| place_of(segments, *e) == place_of(segments, *f);
        self.sorted.chunk_by(same).map(|group| (place_of(segments, group[0]), group))
    }
}

/// How longitude, latitude and number share the bits of a word.
struct Packing {
    west: i64,
    south: i64,
    latitude_bits: u32,
    number_bits: u32,
}

impl Packing {
    fn of<N: Number>(segments: &[Segment<N>]) -> Option<Packing> {
        let bits = |n: i64| i64::BITS - n.leading_zeros();
        let first = segments.first()?;
        let (mut west, mut east) = (first.a[0], first.b[0]);
        let (mut south, mut north) = (first.a[1], first.a[1]);
        for Segment { a, b, .. } in segments {
            (west, east) = (west.min(a[0]), east.max(b[0]));
            (south, north) = (south.min(a[1].min(b[1])), north.max(a[1].max(b[1])));
        }
        let [west, south, east, north] = [west, south, east, north].map(N::wide);
        let (latitude_bits, number_bits) = (bits(north - south), bits(2 * segments.len() as i64));
        let fits = bits(east - west) + latitude_bits + number_bits <= u64::BITS;
        fits.then_some(Packing { west, south, latitude_bits, number_bits })
    }

    #[inline(always)]
    fn pack<N: Number>(&self, [x, y]: [N; 2], number: u32) -> u64 {
        let (x, y) = ((x.wide() - self.west) as u64, (y.wide() - self.south) as u64);
        (x << self.latitude_bits | y) << self.number_bits | u64::from(number)
    }

    #[inline(always)]
    fn number(&self, word: u64) -> u32 {
        (word & ((1 << self.number_bits) - 1)) as u32
    }
}

#[inline(always)]
fn place_of<N: Number>(segments: &[Segment<N>], end: u32) -> [N; 2] {
    let segment = &segments[end as usize / 2];
    if end % 2 == 1 { segment.a } else { segment.b }
}

//! Names of places in any script: folded into one alphabet, compared by sound, found and matched with a score.
//!
//! A place has many names and none is the true one (DOMAIN §2.2, 17). Folding makes the letters of one name alike, however they were
//! typed: scripts, marks, the turned e and the schwa. It is for finding, never for writing: what is shown is the name as it is kept.
//! [`likeness`] says how near two names sound, between 0 and 1. Nothing here merges places: it proposes, a person decides (rules CT-13 and CT-14).
//!
//! Letters, sounds and words stand in `gazetteer.toml`; scripts that the table does not name are transliterated by `any_ascii`.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use crate::Record;

mod names;

pub use names::{Language, Name, names_of};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sound {
    written: Vec<String>,
    #[serde(rename = "as")]
    sounds: char,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "every table says its version")]
    version: String,
    letters: HashMap<char, String>,
    classes: Vec<String>,
    kinds: BTreeMap<String, Vec<String>>,
    sound: Vec<Sound>,
    words: BTreeMap<String, Vec<String>>,
}

fn table() -> &'static File {
    static SHIPPED: OnceLock<File> = OnceLock::new();
    SHIPPED.get_or_init(|| toml::from_str(include_str!("gazetteer.toml")).expect("the shipped table is valid"))
}

/// A name in small Latin letters without marks, words parted by one blank. What is no letter and no digit parts words.
///
/// ```
/// use records::gazetteer::folded;
/// assert_eq!(folded("Kəlbəcər"), folded("Kǝlbǝcǝr"), "schwa and turned e are one letter");
/// assert_eq!(folded("Şuşa"), "shusha");
/// assert_eq!(folded("Քարվաճառ"), "karvachar");
/// assert_eq!(folded("K’arvach’arr"), "karvacharr");
/// ```
pub fn folded(name: &str) -> String {
    let table = table();
    let mut text = String::with_capacity(name.len());
    // Only languages that write c for j have these letters.
    let c_is_j = name.contains(['ə', 'ǝ', 'Ə', 'Ǝ', 'ı', 'ş', 'Ş', 'ğ', 'Ğ', 'İ']);
    for letter in name.nfc().flat_map(char::to_lowercase).nfc() {
        if letter == 'c' && c_is_j {
            text.push('j');
        } else if letter.is_ascii_alphanumeric() {
            text.push(letter);
        } else if let Some(latin) = table.letters.get(&letter) {
            text.push_str(latin);
        } else if letter.is_alphanumeric() {
            text.extend(
                any_ascii::any_ascii_char(letter)
                    .chars()
                    .filter(char::is_ascii_alphanumeric)
                    .map(|c| c.to_ascii_lowercase()),
            );
        } else if !is_mark(letter) && !text.is_empty() && !text.ends_with(' ') {
            text.push(' ');
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// Marks inside a word: apostrophes, marks that combine, joiners, the soft hyphen.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\'' | '’' | '‘' | 'ʼ' | 'ʻ' | '`' | '´' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}')
        || unicode_normalization::char::is_combining_mark(letter)
}

/// The words of a name without those that say what sort of place it is; words that tell places apart in one language's spelling.
fn words(name: &str) -> Vec<String> {
    let table = table();
    let folded = folded(name);
    let all: Vec<String> = folded
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(|word| {
            let same = table.words.iter().find(|(_, spellings)| spellings.iter().any(|spelling| spelling == word));
            same.map_or_else(|| word.to_owned(), |(word, _)| word.clone())
        })
        .collect();
    let is_kind = |word: &&String| table.kinds.values().any(|kinds| kinds.contains(word));
    let own: Vec<String> = all.iter().filter(|word| !is_kind(word)).cloned().collect();
    if own.is_empty() { all } else { own }
}

/// What a name says that its place is, `unit` or `settlement`; `None` if it does not.
///
/// ```
/// use records::gazetteer::says_kind;
/// assert_eq!((says_kind("Kəlbəcər rayonu"), says_kind("Kalbajar city"), says_kind("Kalbajar")), (Some("unit"), Some("settlement"), None));
/// ```
pub fn says_kind(name: &str) -> Option<&'static str> {
    let folded = folded(name);
    let says = |kinds: &[String]| folded.split(' ').any(|word| kinds.iter().any(|kind| kind == word));
    table().kinds.iter().find(|(name, kinds)| *name != "other" && says(kinds)).map(|(name, _)| name.as_str())
}

/// The name as the comparison has it: without the words that say what sort of place it is.
pub fn key(name: &str) -> String {
    words(name).join(" ")
}

/// A name as it sounds.
#[derive(Debug, Clone, PartialEq)]
struct Sounds {
    /// Letters that several languages write for one sound are one letter, doubled letters are single.
    letters: Vec<char>,
    /// Words such as lower and upper, which tell places of one name apart.
    tell_apart: Vec<&'static str>,
}

fn sounds(name: &str) -> Sounds {
    let words = words(name);
    let tells = table().words.keys().filter(|word| words.contains(word)).map(String::as_str).collect();
    Sounds { letters: letters(words.concat()), tell_apart: tells }
}

fn letters(mut text: String) -> Vec<char> {
    for sound in &table().sound {
        for written in &sound.written {
            if text.contains(written.as_str()) {
                text = text.replace(written.as_str(), &sound.sounds.to_string());
            }
        }
    }
    let mut sounds: Vec<char> = text.chars().collect();
    sounds.dedup();
    sounds
}

fn is_vowel(sound: char) -> bool {
    "aeiou".contains(sound)
}

/// The class of a consonant: the first letter of those that stand for one another.
fn class(sound: char) -> char {
    static CLASSES: OnceLock<[char; 128]> = OnceLock::new();
    let classes = CLASSES.get_or_init(|| {
        let mut classes = std::array::from_fn(|letter| letter as u8 as char);
        for class in &table().classes {
            let first = class.chars().next().unwrap_or_default();
            class.chars().for_each(|letter| classes[letter as usize % 128] = first);
        }
        classes
    });
    classes.get(sound as usize).copied().unwrap_or(sound)
}

/// Consonants by class alone: what stays of a name in every alphabet.
fn skeleton(sounds: &[char]) -> String {
    let mut bones: Vec<char> = sounds.iter().filter(|c| !is_vowel(**c) && **c != 'h').map(|c| class(*c)).collect();
    bones.dedup();
    bones.into_iter().collect()
}

/// What it costs to take one sound for another; a whole sound costs 1.
fn change(a: char, b: char) -> f64 {
    match (a == b, is_vowel(a), is_vowel(b)) {
        (true, ..) => 0.0,
        (_, true, true) => 0.25,
        (_, false, false) if class(a) == class(b) => 0.25,
        // г of Russian stands for h, ղ for gh and l, ж for j.
        (_, false, false)
            if matches!(
                (a, b),
                ('h', 'g' | 'k') | ('g' | 'k', 'h') | ('g', 'l') | ('l', 'g') | ('j', 's' | 'z') | ('s' | 'z', 'j')
            ) =>
        {
            0.5
        }
        (_, false, false) => 1.0,
        _ => 1.1,
    }
}

fn absence(sound: char) -> f64 {
    if is_vowel(sound) || sound == 'h' { 0.35 } else { 1.0 }
}

/// How near two names sound: 1 is the same, 0 has nothing in common.
///
/// ```
/// use records::gazetteer::likeness;
/// assert!(likeness("Kəlbəcər", "Кельбаджар") > 0.85);
/// assert!(likeness("Hacıkənd", "Гаджикенд") > 0.85);
/// assert!(likeness("Şuşa", "شوشا") > 0.85);
/// assert!(likeness("Aşağı Ağcakənd", "Yuxarı Ağcakənd") < 0.8);
/// assert!(likeness("Kalbajar", "Lachin") < 0.6);
/// ```
pub fn likeness(a: &str, b: &str) -> f64 {
    near(&sounds(a), &sounds(b))
}

/// Weighted edit distance, as a share of the longer name; the lower village is not the upper one.
fn near(a: &Sounds, b: &Sounds) -> f64 {
    const TOLD_APART: f64 = 0.85;
    let factor = if a.tell_apart == b.tell_apart { 1.0 } else { TOLD_APART };
    factor * alike(&a.letters, &b.letters)
}

fn alike(a: &[char], b: &[char]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let mut row: Vec<f64> = std::iter::once(0.0)
        .chain(b.iter().scan(0.0, |sum, sound| {
            *sum += absence(*sound);
            Some(*sum)
        }))
        .collect();
    for &left in a {
        let mut diagonal = row[0];
        row[0] += absence(left);
        for (at, &right) in b.iter().enumerate() {
            let best = (diagonal + change(left, right)).min(row[at] + absence(right)).min(row[at + 1] + absence(left));
            diagonal = std::mem::replace(&mut row[at + 1], best);
        }
    }
    (1.0 - row[b.len()] / a.len().max(b.len()) as f64).max(0.0)
}

/// How a name was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// The same letters, folded.
    Letters,
    /// Nearly the same sounds.
    Sound,
}

/// A place that has a name like the one asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Number of the place.
    pub place: u32,
    /// The name that is like it, as kept.
    pub name: String,
    /// 1 is the same.
    pub score: f64,
    /// How.
    pub by: By,
}

/// A name that is kept.
struct Kept {
    place: u32,
    name: String,
    sounds: Sounds,
}

/// Names of many places, to find places by.
#[derive(Default)]
pub struct Gazetteer {
    names: Vec<Kept>,
    by_key: HashMap<String, Vec<u32>>,
    by_skeleton: HashMap<String, Vec<u32>>,
}

impl Gazetteer {
    /// Add a place by its record.
    pub fn add(&mut self, place: u32, record: &Record) {
        names_of(record).iter().for_each(|name| self.add_name(place, &name.name));
    }

    /// Add a name of a place.
    pub fn add_name(&mut self, place: u32, name: &str) {
        let number = self.names.len() as u32;
        let sounds = sounds(name);
        self.by_key.entry(key(name)).or_default().push(number);
        self.by_skeleton.entry(skeleton(&sounds.letters)).or_default().push(number);
        self.names.push(Kept { place, name: name.to_owned(), sounds });
    }

    /// Places that have this very name, its letters folded.
    pub fn named(&self, name: &str) -> Vec<u32> {
        let mut places: Vec<u32> =
            self.by_key.get(&key(name)).into_iter().flatten().map(|&n| self.names[n as usize].place).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Places with a name at least so like this one, the likest first, each once.
    pub fn like(&self, name: &str, at_least: f64) -> Vec<Hit> {
        let wanted = sounds(name);
        let exact = self.by_key.get(&key(name)).into_iter().flatten();
        let mut best: HashMap<u32, Hit> = HashMap::new();
        let mut take = |number: u32, score: f64, by: By| {
            let kept = &self.names[number as usize];
            let hit = || Hit { place: kept.place, name: kept.name.clone(), score, by };
            if score >= at_least && best.get(&kept.place).is_none_or(|known| known.score < score) {
                best.insert(kept.place, hit());
            }
        };
        exact.for_each(|&number| take(number, 1.0, By::Letters));
        // A name of the same letters scores 1; one that only sounds so, a little less.
        let mut by_sound =
            |number: u32| take(number, 0.99 * near(&wanted, &self.names[number as usize].sounds), By::Sound);
        let bones = self.by_skeleton.get(&skeleton(&wanted.letters));
        bones.into_iter().flatten().for_each(|&number| by_sound(number));
        if best.is_empty() {
            let reach = (wanted.letters.len() as f64 * (1.0 - at_least)).ceil() as usize * 3;
            let near_in_length = |kept: &Kept| kept.sounds.letters.len().abs_diff(wanted.letters.len()) <= reach;
            let mut by_sound = |number: u32| {
                let kept = &self.names[number as usize];
                let score = 0.99 * near(&wanted, &kept.sounds);
                if score >= at_least && best.get(&kept.place).is_none_or(|known: &Hit| known.score < score) {
                    best.insert(kept.place, Hit { place: kept.place, name: kept.name.clone(), score, by: By::Sound });
                }
            };
            (0..self.names.len()).filter(|&n| near_in_length(&self.names[n])).for_each(|n| by_sound(n as u32));
        }
        let mut hits: Vec<Hit> = best.into_values().collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.place.cmp(&b.place)));
        hits
    }

    /// Whether it has no name.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use expect_test::expect;

    use super::*;

    #[test]
    fn letters_of_many_scripts_fold_into_one_alphabet() {
        let names = [
            "Kəlbəcər",
            "Kǝlbǝcǝr",
            "KƏLBƏCƏR",
            "Kalbajar",
            "Кельбаджар",
            "Քարվաճառ",
            "K’arvach’arr",
            "Şuşa",
            "S\u{327}us\u{327}a",
            "شوشا",
            "Ճանկաթաղ",
            "İstisu",
            "Гёйдере",
            "ქელბაჯარი",
            "Hacıkənd rayonu",
            "Mt. Goat",
        ];
        let lines: Vec<String> = names.iter().map(|name| format!("{name} => {}", folded(name))).collect();
        expect![[r#"
            Kəlbəcər => kalbajar
            Kǝlbǝcǝr => kalbajar
            KƏLBƏCƏR => kalbajar
            Kalbajar => kalbajar
            Кельбаджар => kelbadzhar
            Քարվաճառ => karvachar
            K’arvach’arr => karvacharr
            Şuşa => shusha
            Şuşa => shusha
            شوشا => shusha
            Ճանկաթաղ => chankatagh
            İstisu => istisu
            Гёйдере => goydere
            ქელბაჯარი => kelbajari
            Hacıkənd rayonu => hajikand rayonu
            Mt. Goat => mt goat"#]]
        .assert_eq(&lines.join("\n"));
    }

    #[test]
    fn one_name_in_two_scripts_is_alike_and_two_names_are_not() {
        let pairs = [
            ("Kəlbəcər", "Кельбаджар"),
            ("Kəlbəcər", "Kelbajar"),
            ("Hacıkənd", "Gadzhykend"),
            ("Qılınclı", "Кылычлы"),
            ("Taxtabaşı", "تاختاباشی"),
            ("Zivlan", "Զիվլան"),
            ("Aşağı Ağcakənd", "Nizhniy Agdzhakend"),
            ("Aşağı Ağcakənd", "Yuxarı Ağcakənd"),
            ("Zar", "Zağalar"),
            ("Vank", "Veng"),
            ("Kalbajar", "Karvachar"),
            ("Kalbajar", "Lachin"),
        ];
        let lines: Vec<String> = pairs.iter().map(|(a, b)| format!("{a} | {b} => {:.2}", likeness(a, b))).collect();
        expect![[r#"
            Kəlbəcər | Кельбаджар => 0.97
            Kəlbəcər | Kelbajar => 0.97
            Hacıkənd | Gadzhykend => 0.91
            Qılınclı | Кылычлы => 0.84
            Taxtabaşı | تاختاباشی => 1.00
            Zivlan | Զիվլան => 1.00
            Aşağı Ağcakənd | Nizhniy Agdzhakend => 0.98
            Aşağı Ağcakənd | Yuxarı Ağcakənd => 0.70
            Zar | Zağalar => 0.61
            Vank | Veng => 0.88
            Kalbajar | Karvachar => 0.75
            Kalbajar | Lachin => 0.55"#]]
        .assert_eq(&lines.join("\n"));
    }

    /// Names of the settlements of the example's district, where the file is at hand.
    fn names() -> Option<BTreeMap<String, Vec<String>>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = "shared/data/kalbajar/settlement_names.csv";
        let file = root.ancestors().map(|above| above.join(file)).find(|path| path.exists())?;
        let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in csv::Reader::from_path(file).ok()?.records() {
            let row = row.unwrap();
            let kept = names.entry(row[0].to_owned()).or_default();
            if !kept.contains(&row[3].to_owned()) {
                kept.push(row[3].to_owned());
            }
        }
        Some(names)
    }

    #[test]
    fn the_names_of_one_settlement_find_each_other() {
        let Some(names) = names() else {
            eprintln!("not run: the names of settlements are not at hand");
            return;
        };
        let mut gazetteer = Gazetteer::default();
        for (place, names) in names.values().enumerate() {
            names.iter().for_each(|name| gazetteer.add_name(place as u32, name));
        }
        let (mut all, mut found, mut first) = (0, 0, 0);
        let (mut left_out, mut again, mut again_first, mut others) = (0, 0, 0, 0);
        let heard: Vec<Vec<Sounds>> =
            names.values().map(|list| list.iter().map(|name| sounds(name)).collect()).collect();
        for (place, list) in names.values().enumerate() {
            for name in list {
                all += 1;
                let hits = gazetteer.like(name, 0.75);
                found += usize::from(hits.iter().any(|hit| hit.place == place as u32));
                first += usize::from(hits.first().is_some_and(|hit| hit.place == place as u32));
                // The harder question: the name itself is not in the gazetteer, only the place's others are.
                let wanted = sounds(name);
                let rest = list.iter().zip(&heard[place]).filter(|(other, _)| folded(other) != folded(name));
                let scores: Vec<f64> = rest.map(|(_, heard)| near(&wanted, heard)).collect();
                let likest = scores.iter().copied().fold(0.0, f64::max);
                // Every name against every other takes a minute: one in four is enough to see.
                if !scores.is_empty() && all % 4 == 0 {
                    left_out += 1;
                    if likest >= 0.75 {
                        again += 1;
                        let mut elsewhere = heard.iter().enumerate().filter(|(at, _)| *at != place);
                        let better = elsewhere.any(|(_, list)| list.iter().any(|other| near(&wanted, other) > likest));
                        again_first += usize::from(!better);
                    } else {
                        others += 1;
                    }
                }
            }
        }
        println!("{all} names of {} settlements: {found} find theirs, {first} at first", names.len());
        println!(
            "left out and asked by the others' letters: {left_out}, found {again}, the likest of all {again_first}; other names {others}"
        );
        assert_eq!(found, all);
        assert!(first * 10 >= all * 9);
    }
}

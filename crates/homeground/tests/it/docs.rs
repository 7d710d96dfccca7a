//! What the program has, the documentation has.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::world::World;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn page(name: &str) -> String {
    std::fs::read_to_string(root().join("docs/reference").join(name)).unwrap()
}

/// Names of the commands that `--help` lists.
fn commands(world: &World) -> Vec<String> {
    let help = world.ok("--help");
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let lines = list.lines().take_while(|line| line.starts_with("  "));
    let names = lines.filter(|line| !line.starts_with("   ")).map(|line| line.split_whitespace().next().unwrap());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// The part of the page under a heading.
fn section<'a>(page: &'a str, heading: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(&format!("\n## {heading}\n"))?;
    Some(rest.split("\n## ").next().unwrap())
}

#[test]
fn every_command_has_a_section_that_names_every_flag() {
    let world = World::empty();
    let page = page("commands.md");
    let common = section(&page, "Common").unwrap();
    let names = commands(&world);
    assert!(names.len() > 10, "{names:?}");
    let mut missing = Vec::new();
    for name in names {
        let Some(text) = section(&page, &name) else {
            missing.push(name);
            continue;
        };
        for flag in flags(&world.ok(&format!("{name} --help"))) {
            if !text.contains(&flag) && !common.contains(&flag) {
                missing.push(format!("{name} {flag}"));
            }
        }
    }
    let example = section(&page, "homeground").unwrap();
    missing.extend(flags(&world.ok("--help")).into_iter().filter(|flag| !example.contains(flag)));
    assert_eq!(missing, [""; 0], "missing in docs/reference/commands.md");
}

fn flags(help: &str) -> BTreeSet<String> {
    let words = help.lines().map(str::trim_start).filter(|line| line.starts_with('-')).flat_map(str::split_whitespace);
    let flags = words.filter(|word| word.starts_with("--")).map(|word| word.trim_end_matches([',', '.']).to_owned());
    flags.filter(|flag| !["--help", "--version"].contains(&flag.as_str())).collect()
}

#[test]
fn every_rule_that_can_fire_stands_on_the_page_of_rules() {
    let page = page("rules.md");
    let mut used = BTreeSet::new();
    for file in sources(&root().join("crates")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let shipped = text.split("\nmod tests {").next().unwrap();
        used.extend(quoted(shipped).filter(|word| is_rule(word)).map(str::to_owned));
    }
    assert!(used.len() > 30, "{used:?}");
    let missing: Vec<&String> = used.iter().filter(|rule| !page.contains(&format!("| {rule} |"))).collect();
    assert_eq!(missing, Vec::<&String>::new(), "missing in docs/reference/rules.md");
}

/// Every Rust source and table below `src` folders.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() && !entry.ends_with("tests") && !entry.ends_with("benches") {
            found.extend(sources(&entry));
        } else if entry.components().any(|part| part.as_os_str() == "src") {
            found.extend(Some(entry).filter(|e| e.extension().is_some_and(|x| x == "rs" || x == "toml")));
        }
    }
    found
}

fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split('"').skip(1).step_by(2))
}

fn is_rule(word: &str) -> bool {
    let Some((family, number)) = word.split_once('-') else { return false };
    let number = number.strip_prefix('X').unwrap_or(number);
    let families = ["DQ", "LR", "GEO", "UNC", "REC", "ID", "IN", "GATE", "CT"];
    families.contains(&family) && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[test]
fn every_kind_of_record_has_its_page() {
    let dictionary = std::fs::read_to_string(root().join("crates/records/src/dictionary.toml")).unwrap();
    let heads = dictionary.lines().filter_map(|line| line.strip_prefix("[kind.")?.strip_suffix(']'));
    let kinds: Vec<&str> = heads.collect();
    assert!(kinds.len() > 20, "{kinds:?}");
    for kind in kinds {
        assert!(page(&format!("{kind}.md")).contains(kind), "{kind}");
        assert!(page("README.md").contains(&format!("({kind}.md)")), "{kind} is not in the list of pages");
    }
}

#[test]
fn every_setting_stands_on_the_page_of_settings() {
    let settings = World::empty().json("config");
    let page = page("configuration.md");
    for setting in settings.as_array().unwrap() {
        let name = setting["name"].as_str().unwrap();
        assert!(
            page.contains(&format!("| `{name}` | `HOMEGROUND_{}` |", name.to_uppercase().replace('.', "_"))),
            "{name}"
        );
    }
}

#[test]
fn completions_and_the_manual_page_name_every_command() {
    let world = World::empty();
    let manual = world.ok("man");
    for command in commands(&world) {
        assert!(manual.contains(&format!("homeground\\-{command}(1)")), "man: {command}");
        for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
            assert!(world.ok(&format!("completions {shell}")).contains(&command), "{shell}: {command}");
        }
    }
}

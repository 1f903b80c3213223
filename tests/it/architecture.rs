//! The rules of the house, read off its own source. Each rule is a function of text, shown below to find a fault.

mod asvs;
mod kinds;
mod layers;
mod regulations;
mod supply;
mod words;

use std::path::Path;

/// A source file: its path below `src/`, and its text without comments.
pub struct Source {
    pub path: String,
    pub text: String,
    pub lines: usize,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        Self { path: path.to_owned(), text: code.join("\n"), lines: text.lines().count() }
    }

    /// The room that the file is in: `ticket` for `ticket/find.rs`, `notice` for `notice.rs`.
    pub fn room(&self) -> &str {
        self.path.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }
}

pub fn sources() -> Vec<Source> {
    below("rs")
}

/// The pages and mails that the program fills.
pub fn templates() -> Vec<Source> {
    below("html")
}

fn below(extension: &str) -> Vec<Source> {
    fn walk(folder: &Path, root: &Path, wanted: &str, out: &mut Vec<Source>) {
        let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, root, wanted, out);
            } else if path.extension().is_some_and(|e| e == wanted) {
                let text = std::fs::read_to_string(&path).unwrap();
                out.push(Source::new(&path.strip_prefix(root).unwrap().display().to_string(), &text));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    walk(&root, &root, extension, &mut all);
    assert!(all.len() > if extension == "rs" { 60 } else { 5 });
    all
}

pub fn assert_none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Words that stand only in their own place, and where that is.
const RESERVED: &[(&str, &str, &str)] = &[
    ("PgConnection", "db/", "only db/ knows which databases there are"),
    ("SqliteConnection", "db/", "only db/ knows which databases there are"),
    ("Utc::now", "clock.rs", "tests step the clock"),
    ("SystemTime", "clock.rs", "tests step the clock"),
    ("std::env", "config.rs", "settings have one reader"),
    ("todo!", "-", "nothing is left to be done later in silence"),
    ("unimplemented!", "-", "nothing is left to be done later in silence"),
    ("dbg!", "-", "for the one who is writing"),
];

fn reserved(source: &Source) -> Vec<String> {
    RESERVED
        .iter()
        .filter(|(word, place, _)| !source.path.starts_with(place) && source.text.contains(word))
        .map(|(word, place, why)| format!("{}: {word} belongs to {place}: {why}", source.path))
        .collect()
}

#[test]
fn some_words_stand_only_in_their_own_place() {
    assert_none(sources().iter().flat_map(reserved).collect());
}

#[test]
fn a_word_in_the_wrong_place_is_found_and_one_in_a_comment_is_not() {
    let found = |path, text| reserved(&Source::new(path, text)).len();
    assert_eq!(found("ticket/open.rs", "let at = Utc::now();\ntodo!()"), 2);
    assert_eq!(found("clock.rs", "Utc::now()"), 0);
    assert_eq!(found("org/a.rs", "use diesel::PgConnection;"), 1);
    assert_eq!(found("db/mod.rs", "use diesel::PgConnection;"), 0);
    assert_eq!(found("api/a.rs", "std::env::var(\"X\")"), 1);
    assert_eq!(found("api/a.rs", "    // never std::env, nor Utc::now\n/// SystemTime"), 0);
}

/// Lines that a file may have; the tables stand in one.
const LONGEST: usize = 400;

fn too_long(source: &Source) -> Option<String> {
    (source.lines > LONGEST && source.path != "db/schema.rs")
        .then(|| format!("{}: {} lines, {LONGEST} at most", source.path, source.lines))
}

#[test]
fn no_file_is_longer_than_400_lines() {
    assert_none(sources().iter().filter_map(too_long).collect());
}

#[test]
fn a_file_of_401_lines_is_found() {
    assert!(too_long(&Source::new("api/a.rs", &"x\n".repeat(400))).is_none());
    assert!(too_long(&Source::new("api/a.rs", &"// x\n".repeat(401))).is_some());
    assert!(too_long(&Source::new("db/schema.rs", &"x\n".repeat(401))).is_none());
}

/// What begins the name of a metric.
const MEASURING: [&str; 6] = ["counter!(\"", "count((\"", "gauge!(\"", "histogram!(\"", "show_count(\"", "show_age(\""];

fn metrics(source: &Source) -> Vec<String> {
    let named = |rest: &str| rest.split('"').next().unwrap_or_default().to_owned();
    MEASURING.iter().flat_map(|opening| source.text.split(opening).skip(1).map(named)).collect()
}

#[test]
fn every_metric_stands_in_the_documents() {
    let told = include_str!("../../docs/installation.md");
    let all: Vec<String> = sources().iter().flat_map(metrics).collect();
    assert!(all.len() > 20, "{all:?}");
    let untold = |name: &String| !told.contains(&format!("`{name}`"));
    assert_none(all.into_iter().filter(untold).map(|name| format!("{name} is not in docs/installation.md")).collect());
}

//! What people read. Code names a key; the words stand in `config/messages/`, Bahasa Indonesia first.

use std::collections::HashMap;
use std::sync::LazyLock;

const ID: &str = include_str!("../config/messages/id.toml");
const EN: &str = include_str!("../config/messages/en.toml");

static WORDS: LazyLock<HashMap<Language, HashMap<String, String>>> = LazyLock::new(|| {
    [(Language::Id, ID), (Language::En, EN)].into_iter().map(|(language, text)| (language, flatten(text))).collect()
});

crate::text_enum! {
    /// A language of the program.
    pub enum Language {
        /// Bahasa Indonesia.
        Id = "id",
        /// English.
        En = "en",
    }
}

impl Language {
    /// The sentence of a key that has no blanks; for pages, which name keys and not `say!`.
    #[must_use]
    pub fn t(self, key: &'static str) -> String {
        Say { key, values: Vec::new() }.text(self)
    }

    /// So many in groups of three digits, as this language writes them: "1.124", "1,124".
    #[must_use]
    pub fn count(self, many: i64) -> String {
        let point = match self {
            Self::Id => ".",
            Self::En => ",",
        };
        let digits = many.unsigned_abs().to_string();
        let first = digits.len() % 3;
        let (head, rest) = digits.split_at(first);
        let mut told = String::from(if many < 0 { "-" } else { "" });
        told.push_str(head);
        for (n, digit) in rest.chars().enumerate() {
            if n % 3 == 0 && (n > 0 || first > 0) {
                told.push_str(point);
            }
            told.push(digit);
        }
        told
    }

    /// The language that this word names; else Bahasa Indonesia.
    #[must_use]
    pub fn accepted(word: &str) -> Self {
        Self::from_text(&word.trim().to_ascii_lowercase()).unwrap_or(Self::Id)
    }
}

/// A sentence by its key, with what goes into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Say {
    /// Key of the message files.
    pub key: &'static str,
    /// Values for `{name}` in the words.
    pub values: Vec<(&'static str, String)>,
}

impl Say {
    /// The sentence in `language`; the key itself if the files lack it, which a test forbids.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let words = WORDS.get(&language).and_then(|all| all.get(self.key));
        let words = words.map_or(self.key, String::as_str);
        fill(words, |blank| self.values.iter().find(|(name, _)| *name == blank).map(|(_, value)| value.as_str()))
    }
}

/// A text with each blank, as `{name}`, filled once: what stands in a blank is text, whatever braces it has. What is no
/// blank stays.
pub fn fill<'a>(text: &'a str, value: impl Fn(&str) -> Option<&'a str>) -> String {
    let (mut rest, mut filled) = (text, String::with_capacity(text.len()));
    while let Some((before, from)) = rest.split_once('{') {
        filled.push_str(before);
        let blank = from.split_once('}').and_then(|(name, after)| Some((value(name)?, after)));
        let (words, after) = blank.unwrap_or(("{", from));
        filled.push_str(words);
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// `say!("key", name = value, …)`: a sentence for a person.
#[macro_export]
macro_rules! say {
    ($key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::message::Say { key: $key, values: vec![$((stringify!($name), ($value).to_string())),*] }
    };
}

/// The keys of both files; for the test that holds them together.
#[must_use]
pub fn keys(language: Language) -> Vec<String> {
    let mut keys: Vec<String> = WORDS.get(&language).into_iter().flat_map(|all| all.keys().cloned()).collect();
    keys.sort();
    keys
}

/// The first language whose file can't be read, so that it stops the start and no request.
#[must_use]
pub fn unreadable() -> Option<Language> {
    Language::ALL.iter().copied().find(|language| keys(*language).is_empty())
}

/// `[a] b = "…"` → `a.b`.
fn flatten(text: &str) -> HashMap<String, String> {
    fn walk(prefix: &str, table: &toml::Table, out: &mut HashMap<String, String>) {
        for (key, value) in table {
            let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            match value {
                toml::Value::Table(inner) => walk(&key, inner, out),
                toml::Value::String(words) => drop(out.insert(key, words.clone())),
                _ => {}
            }
        }
    }
    let mut out = HashMap::new();
    if let Ok(table) = text.parse::<toml::Table>() {
        walk("", &table, &mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Language, fill};

    #[test]
    fn figures_are_grouped_as_their_language_groups_them() {
        let told = [0, 12, 999, 1124, 45_000, 1_234_567, -1124].map(|n| Language::Id.count(n));
        assert_eq!(told, ["0", "12", "999", "1.124", "45.000", "1.234.567", "-1.124"]);
        assert_eq!(Language::En.count(1124), "1,124");
    }

    #[test]
    fn blanks_are_filled_once_and_other_braces_stay() {
        let value = |name: &str| match name {
            "nama" => Some("{nomor}"),
            "nomor" => Some("LBK-1"),
            _ => None,
        };
        assert_eq!(fill("Yth. {nama}: {nomor} {lain} {", value), "Yth. {nomor}: LBK-1 {lain} {");
        assert_eq!(fill("{{nama}} {na{nomor}", value), "{{nomor}} {naLBK-1");
    }
}

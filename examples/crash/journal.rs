//! The journal of a client: what it was about to send, and what it was told. It outlives the service; what a client
//! remembers is held against it before anything is checked.

use crate::support::{Answer, Call};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A file of one JSON line per intent and outcome.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
}

/// What a journal says of one intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// SHA-256 of the body that was to be sent.
    pub sha256: String,
    /// Status that was answered, if any.
    pub status: Option<u16>,
}

impl Entry {
    /// A 2xx came back.
    pub fn is_acknowledged(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

impl Journal {
    /// Opens a journal, at its end.
    pub fn open(path: &Path) -> Result<Self, String> {
        let file = OpenOptions::new().create(true).append(true).open(path);
        let file = file.map_err(|e| format!("can't open the journal {}: {e}", path.display()))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Written before anything is sent.
    pub fn intent(&mut self, key: &str, call: &Call) -> Result<(), String> {
        let (method, sha256) = (call.method.text(), sha256(call.body.as_deref()));
        self.line(&json!({ "intent": key, "method": method, "path": call.path, "sha256": sha256 }))
    }

    /// Written when a whole answer has come.
    pub fn outcome(&mut self, key: &str, answer: &Answer) -> Result<(), String> {
        let field = |name: &str| answer.body.get(name).cloned().unwrap_or_default();
        self.line(&json!({ "outcome": key, "status": answer.status, "id": field("id"), "version": field("version") }))
    }

    fn line(&mut self, line: &Value) -> Result<(), String> {
        // One write per line, so that no line is torn.
        let text = format!("{line}\n");
        self.file.write_all(text.as_bytes()).map_err(|e| format!("can't write {}: {e}", self.path.display()))
    }

    /// Reads everything back, by key.
    pub fn read(&self) -> Result<BTreeMap<String, Entry>, String> {
        let text = std::fs::read_to_string(&self.path);
        parse(&text.map_err(|e| format!("can't read the journal {}: {e}", self.path.display()))?)
    }
}

fn parse(text: &str) -> Result<BTreeMap<String, Entry>, String> {
    let mut entries = BTreeMap::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).map_err(|e| format!("a journal line is no JSON: {e}"))?;
        let field = |name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned);
        if let Some(key) = field("intent") {
            let sha256 = field("sha256").unwrap_or_default();
            if entries.insert(key.clone(), Entry { sha256, status: None }).is_some() {
                return Err(format!("two intents have the key {key}"));
            }
        } else if let Some(key) = field("outcome") {
            let status = line.get("status").and_then(Value::as_u64).and_then(|s| u16::try_from(s).ok());
            entries.get_mut(&key).ok_or(format!("an outcome without intent: {key}"))?.status = status;
        }
    }
    Ok(entries)
}

/// Keys that were never answered.
pub fn unanswered(entries: &BTreeMap<String, Entry>) -> BTreeSet<&str> {
    entries.iter().filter(|(_, entry)| entry.status.is_none()).map(|(key, _)| key.as_str()).collect()
}

/// Hash of a body, in hexadecimal; no body counts as an empty one.
pub fn sha256(body: Option<&str>) -> String {
    Sha256::digest(body.unwrap_or_default()).iter().fold(String::new(), |mut text, byte| {
        // Writing into a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intent_without_outcome_is_unanswered() {
        let text = "{\"intent\":\"a\",\"sha256\":\"1\"}\n{\"outcome\":\"a\",\"status\":201}\n\
                    {\"intent\":\"b\",\"sha256\":\"2\"}\n{\"intent\":\"c\",\"sha256\":\"3\"}\n{\"outcome\":\"c\",\"status\":409}\n";
        let entries = parse(text).unwrap();
        assert_eq!(unanswered(&entries).into_iter().collect::<Vec<_>>(), ["b"]);
        assert!(entries["a"].is_acknowledged() && !entries["c"].is_acknowledged());
    }

    #[test]
    fn a_key_is_used_once_and_an_outcome_needs_an_intent() {
        assert!(parse("{\"intent\":\"a\"}\n{\"intent\":\"a\"}\n").is_err());
        assert!(parse("{\"outcome\":\"a\",\"status\":201}\n").is_err());
    }

    #[test]
    fn hashes_are_those_of_the_standard() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256(None), empty);
    }
}

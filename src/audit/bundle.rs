//! A log as a file that can be checked without the database, the service or this program: one JSON object a line.
//! `docs/audit-verify.py` reads the same.

use super::checkpoint::Note;
use super::tree::{Frontier, Hash};
use crate::access::token::hex;
use crate::db::Id;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::io::BufRead;

/// Name of the form.
pub const FORM: &str = "sigap-audit-bundle-v1";

/// Detail that is erased, or kept from the reader.
pub const NOTHING: &str = "null";

/// An entry as a verifier needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the tree.
    pub index: u64,
    /// The bytes that are hashed.
    pub leaf: Vec<u8>,
    /// Salt of the commitment; none once erased.
    pub salt: Option<Vec<u8>>,
    /// The caller's address.
    pub address: String,
    /// JSON.
    pub detail: String,
    /// The entry that tells who erased address and detail.
    pub erased_by: Option<Id>,
}

impl Entry {
    /// Address and detail are erased, or kept from the reader.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.address.is_empty() && self.detail == NOTHING
    }
}

/// A line of a bundle.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Line {
    Head { form: String, origin: String, region: Option<Id>, size: u64 },
    From { from: u64, peaks: Vec<String> },
    Checkpoint { checkpoint: String },
    Entry { i: u64, leaf: String, salt: Option<String>, address: String, detail: String, erased_by: Option<Id> },
}

/// What stands in front of the entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// `sigap/<installation>/<log>`.
    pub origin: String,
    /// Region; none for the platform.
    pub region: Option<Id>,
    /// Entries.
    pub size: u64,
}

/// The first line.
#[must_use]
pub fn head(head: &Head) -> String {
    line(&Line::Head { form: FORM.into(), origin: head.origin.clone(), region: head.region, size: head.size })
}

/// The line that says that the bundle begins at `from`, with the full subtrees of what stands before.
#[must_use]
pub fn from(from: u64, peaks: &[Hash]) -> String {
    line(&Line::From { from, peaks: peaks.iter().map(|peak| hex(peak)).collect() })
}

/// The line of a checkpoint.
#[must_use]
pub fn checkpoint(note: &str) -> String {
    line(&Line::Checkpoint { checkpoint: note.to_owned() })
}

/// The line of an entry.
#[must_use]
pub fn entry(entry: &Entry) -> String {
    line(&Line::Entry {
        i: entry.index,
        leaf: STANDARD.encode(&entry.leaf),
        salt: entry.salt.as_deref().map(hex),
        address: entry.address.clone(),
        detail: entry.detail.clone(),
        erased_by: entry.erased_by,
    })
}

fn line(line: &Line) -> String {
    serde_json::to_string(line).unwrap_or_default()
}

/// A bundle that is being read.
pub struct Bundle<R> {
    /// Its first line.
    pub head: Head,
    /// What stands before its first entry; empty unless it holds but the end of a log.
    pub before: Frontier,
    /// Its checkpoints.
    pub notes: Vec<Note>,
    rest: std::io::Lines<R>,
    waiting: Option<Entry>,
}

impl<R: BufRead> Bundle<R> {
    /// Reads up to the first entry.
    ///
    /// # Errors
    /// A sentence that names the line.
    pub fn open(source: R) -> Result<Self, String> {
        let mut rest = source.lines();
        let first = next(&mut rest)?;
        let Some(Line::Head { form, origin, region, size }) =
            first.filter(|l| matches!(l, Line::Head { form, .. } if form == FORM))
        else {
            return Err(format!("the first line is not that of a {FORM}"));
        };
        drop(form);
        let (mut notes, mut waiting, mut before) = (Vec::new(), None, None);
        while let Some(line) = next(&mut rest)? {
            match line {
                Line::From { from, peaks } if notes.is_empty() && before.is_none() => {
                    before = Some(resume(from, &peaks).ok_or("where it begins is not told")?);
                }
                Line::Checkpoint { checkpoint } => {
                    notes.push(Note::parse(&checkpoint).ok_or("a checkpoint is not one")?);
                }
                other => {
                    waiting = Some(to_entry(other)?);
                    break;
                }
            }
        }
        Ok(Self { head: Head { origin, region, size }, before: before.unwrap_or_default(), notes, rest, waiting })
    }

    /// The next entry; none at the end.
    ///
    /// # Errors
    /// A sentence that says what is no entry.
    pub fn entry(&mut self) -> Result<Option<Entry>, String> {
        if let Some(entry) = self.waiting.take() {
            return Ok(Some(entry));
        }
        next(&mut self.rest)?.map(to_entry).transpose()
    }
}

fn next<R: BufRead>(lines: &mut std::io::Lines<R>) -> Result<Option<Line>, String> {
    let Some(line) = lines.next() else { return Ok(None) };
    let line = line.map_err(|e| e.to_string())?;
    serde_json::from_str(&line).map(Some).map_err(|_| "a line is neither entry nor checkpoint".to_owned())
}

fn resume(size: u64, peaks: &[String]) -> Option<Frontier> {
    let peaks: Option<Vec<Hash>> = peaks.iter().map(|peak| unhex(peak)?.try_into().ok()).collect();
    peaks.and_then(|peaks| Frontier::resume(size, peaks))
}

fn to_entry(line: Line) -> Result<Entry, String> {
    let Line::Entry { i, leaf, salt, address, detail, erased_by } = line else {
        return Err("a line among the entries is none".into());
    };
    let leaf = STANDARD.decode(leaf).map_err(|_| format!("entry {i}: its leaf is not base64"))?;
    let salt = salt.map(|text| unhex(&text).ok_or_else(|| format!("entry {i}: its salt is not hexadecimal")));
    Ok(Entry { index: i, leaf, salt: salt.transpose()?, address, detail, erased_by })
}

/// Bytes of a text of hexadecimal digits in small letters.
#[must_use]
fn unhex(text: &str) -> Option<Vec<u8>> {
    let bytes: Option<Vec<u8>> = text
        .as_bytes()
        .chunks(2)
        .map(|two| std::str::from_utf8(two).ok().and_then(|two| u8::from_str_radix(two, 16).ok()))
        .collect();
    bytes.filter(|bytes| hex(bytes) == text)
}

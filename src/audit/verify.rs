//! Finds what was changed: reads entries in their order, and trusts nothing but the key and what somebody outside kept.
//! Pure: the same for a database, a bundle and a test.

use super::bundle::{Bundle, Entry};
use super::checkpoint::{Checkpoint, Keys, Note, Signed};
use super::leaf::{Leaf, commitment};
use super::order::Order;
use super::tree::{Frontier, Hash, leaf_hash};
use crate::access::token::hex;
use crate::db::Id;
use ed25519_dalek::VerifyingKey;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::BufRead;

/// Checks a bundle; returns the name of its log, and what was found. An export is signed before it is written, so what
/// stands behind its last checkpoint is proven by nothing.
///
/// # Errors
/// A sentence that says what can't be read.
pub fn bundle(source: impl BufRead, keys: &[VerifyingKey], known: &[Note]) -> Result<(String, Finding), String> {
    let (log, mut finding) = signed_part(source, keys, known)?;
    if finding.unsigned > 0 {
        finding.gaps.push(format!("{} entries behind the last checkpoint are signed by nobody", finding.unsigned));
    }
    Ok((log, finding))
}

/// As [`bundle`], for whoever reads no further than to the last checkpoint.
///
/// # Errors
/// As [`bundle`].
pub fn signed_part(source: impl BufRead, keys: &[VerifyingKey], known: &[Note]) -> Result<(String, Finding), String> {
    let mut bundle = Bundle::open(source)?;
    let head = bundle.head.clone();
    let mut checker = Checker::new(&head.origin, head.region, &bundle.notes, Keys::given(keys), known);
    checker.withholds = true;
    checker.begin_behind(bundle.before.clone());
    while let Some(entry) = bundle.entry()? {
        checker.entry(&entry);
    }
    let size = checker.size();
    if size != head.size {
        checker.found(Some(size), format!("the bundle names {} entries, but holds {size}", head.size));
    }
    Ok((head.origin, checker.done()))
}

/// Where a root comes from that the entries must give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whence {
    /// It stands beside the entries.
    Stored,
    /// Somebody kept it elsewhere.
    Kept,
    /// The signer's own file.
    Last,
}

impl Whence {
    const fn text(self) -> &'static str {
        match self {
            Self::Stored => "checkpoint",
            Self::Kept => "kept checkpoint",
            Self::Last => "checkpoint that was signed last",
        }
    }
}

/// What a look at a log found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finding {
    /// Entries that were read.
    pub entries: u64,
    /// Root over them, in hexadecimal.
    pub root: String,
    /// Checkpoints that were checked.
    pub checkpoints: usize,
    /// Entries behind the last checkpoint: nobody outside can know of them yet.
    pub unsigned: u64,
    /// Entries whose personal detail was erased.
    pub erased: usize,
    /// Entries of tickets whose detail was kept from whoever took the bundle.
    pub withheld: usize,
    /// What was changed: where, and how it shows.
    pub faults: Vec<(Option<u64>, String)>,
    /// What could not be checked, and why.
    pub gaps: Vec<String>,
    /// What is to be known beside it, and proves nothing.
    pub remarks: Vec<String>,
}

impl Finding {
    /// 0 sound, 1 tampered, 2 incomplete.
    #[must_use]
    pub fn code(&self) -> u8 {
        match (self.faults.is_empty(), self.gaps.is_empty()) {
            (false, _) => 1,
            (true, false) => 2,
            (true, true) => 0,
        }
    }

    /// The first place at which something was changed.
    #[must_use]
    pub fn first(&self) -> Option<u64> {
        self.faults.iter().filter_map(|(index, _)| *index).min()
    }
}

/// Reads a log.
pub struct Checker {
    region: Option<Id>,
    frontier: Frontier,
    /// Entries before the first that is read.
    before: u64,
    /// Roots that checkpoints name, by size.
    roots: BTreeMap<u64, Vec<(Hash, Whence)>>,
    /// Entries under the last root that was compared.
    covered: u64,
    newest: Option<Checkpoint>,
    epoch: i32,
    /// The epoch of the oldest checkpoint that is here.
    oldest: i32,
    epochs: HashSet<i64>,
    /// Details of tickets may be kept from the reader.
    withholds: bool,
    versions: HashMap<Id, HashSet<i64>>,
    counts_versions: bool,
    /// Entry → place and the entry that is said to have erased it.
    erased: HashMap<Id, (u64, Id)>,
    erasures: HashMap<Id, Id>,
    seen: HashSet<Id>,
    order: Order,
    finding: Finding,
}

impl Checker {
    /// Begins with a log's name and region, its checkpoints, the keys whose signatures count, and checkpoints that
    /// somebody kept elsewhere.
    #[must_use]
    pub fn new(log: &str, region: Option<Id>, notes: &[Note], keys: Keys<'_>, known: &[Note]) -> Self {
        let mut checker = Self {
            region,
            frontier: Frontier::default(),
            before: 0,
            roots: BTreeMap::new(),
            covered: 0,
            newest: None,
            epoch: 1,
            oldest: i32::MAX - 1,
            epochs: HashSet::new(),
            withholds: false,
            versions: HashMap::new(),
            counts_versions: true,
            erased: HashMap::new(),
            erasures: HashMap::new(),
            seen: HashSet::new(),
            order: Order::default(),
            finding: Finding::default(),
        };
        let notes_of = || notes.iter().map(|n| (n, Whence::Stored)).chain(known.iter().map(|n| (n, Whence::Kept)));
        checker.check_signatures(log, keys, notes_of());
        for (note, whence) in notes_of() {
            let signed = note.checkpoint.size;
            checker.oldest = checker.oldest.min(note.checkpoint.epoch);
            checker.roots.entry(signed).or_default().push((note.checkpoint.root, whence));
            if checker.newest.as_ref().is_none_or(|n| (n.epoch, n.size) < (note.checkpoint.epoch, signed)) {
                checker.newest = Some(note.checkpoint.clone());
            }
        }
        checker.finding.checkpoints = notes.len() + known.len();
        if notes.is_empty() && known.is_empty() {
            checker.gap("no checkpoint");
        }
        checker
    }

    fn check_signatures<'a>(
        &mut self,
        log: &str,
        Keys { keys, are_all }: Keys<'_>,
        notes: impl Iterator<Item = (&'a Note, Whence)>,
    ) {
        if keys.is_empty() {
            self.gap("no key: signatures were not checked");
        }
        let mut by_others = 0;
        for (note, whence) in notes {
            let (whence, size) = (whence.text(), note.checkpoint.size);
            if note.checkpoint.log != log {
                self.fault(None, format!("a {whence} is of another log, {}", note.checkpoint.log));
                continue;
            }
            match note.signed(keys) {
                _ if keys.is_empty() => {}
                Signed::Rightly => {}
                Signed::ByOthers if !are_all => by_others += 1,
                Signed::ByOthers | Signed::Wrongly => {
                    self.fault(None, format!("the {whence} of {size} entries has no right signature"));
                }
            }
        }
        if by_others > 0 {
            self.gap(format!(
                "{by_others} checkpoints are signed by a key that was not given: give every line of `sigap audit key`"
            ));
        }
    }

    fn fault(&mut self, index: Option<u64>, what: impl Into<String>) {
        self.finding.faults.push((index, what.into()));
    }

    fn gap(&mut self, what: impl Into<String>) {
        self.finding.gaps.push(what.into());
    }

    /// Notes a fault that somebody else found, in what only he knows.
    pub fn found(&mut self, index: Option<u64>, what: impl Into<String>) {
        self.fault(index, what);
    }

    /// Notes what is to be known beside what was found.
    pub fn remark(&mut self, what: impl Into<String>) {
        self.finding.remarks.push(what.into());
    }

    /// Holds the entries against what the signer's own file says, too.
    pub fn signed_last(&mut self, last: &Checkpoint) {
        self.roots.entry(last.size).or_default().push((last.root, Whence::Last));
    }

    /// Says in which epoch the log is.
    pub fn epoch(&mut self, epoch: i32) {
        self.epoch = epoch;
    }

    /// Begins behind entries that are not here. What is said of them is proven by the next checkpoint, or is no proof.
    fn begin_behind(&mut self, before: Frontier) {
        self.before = before.size();
        self.covered = self.before;
        self.frontier = before;
        if self.before == 0 {
            return;
        }
        self.epoch = 0;
        let behind = self.roots.split_off(&self.before);
        for (signed, roots) in std::mem::replace(&mut self.roots, behind) {
            for (_, whence) in roots {
                let whence = whence.text();
                self.gap(format!("the {whence} of {signed} entries lies before what is here, from {} on", self.before));
            }
        }
        if self.roots.is_empty() {
            self.gap(format!("no checkpoint from {} on", self.before));
        }
        self.check_roots();
    }

    /// Takes an entry that has neither a place nor a leaf: of an older program, and not taken in yet, so that its version is
    /// not known here; or of nobody's, where the time of those is past.
    pub fn waiting_without_leaf(&mut self) {
        if self.order.is_under_way() {
            self.fault(None, "an entry waits for its place that the program has not written");
        } else {
            self.counts_versions = false;
        }
    }

    /// Entries so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root so far.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Takes the next entry.
    pub fn entry(&mut self, entry: &Entry) {
        let place = self.frontier.size();
        if entry.index != place {
            self.fault(Some(place), format!("place {place} is missing: the next entry says {}", entry.index));
        }
        self.content(entry, Some(place));
        self.frontier.push(leaf_hash(&entry.leaf));
        self.check_roots();
    }

    /// Takes an entry that has no place yet.
    pub fn waiting(&mut self, entry: &Entry) {
        self.content(entry, None);
    }

    fn content(&mut self, entry: &Entry, place: Option<u64>) {
        let Some(leaf) = Leaf::parse(&entry.leaf) else {
            self.fault(place, "the leaf is not one");
            return;
        };
        if leaf.region != self.region {
            self.fault(place, "an entry of another log");
        }
        if !self.seen.insert(leaf.id) {
            self.fault(place, "an entry that stands in the log already");
        }
        if let Some(what) = self.order.take(&leaf, place) {
            self.fault(place, what);
        }
        match (&entry.salt, entry.erased_by) {
            (Some(salt), None) if commitment(salt, &entry.address, &entry.detail) == leaf.commitment => {}
            (None, Some(by)) if entry.is_blank() => {
                self.erased.insert(leaf.id, (place.unwrap_or(u64::MAX), by));
                self.finding.erased += 1;
            }
            (None, None) if self.withholds && is_withheld(entry, &leaf) => self.finding.withheld += 1,
            _ => self.fault(place, "address or detail is not what the leaf commits to"),
        }
        match (leaf.action.as_str(), leaf.object, leaf.version) {
            ("audit.erase", Some(object), _) => drop(self.erasures.insert(leaf.id, object)),
            ("audit.epoch", _, Some(epoch)) => drop(self.epochs.insert(epoch)),
            (_, Some(object), Some(version)) if leaf.object_type == "ticket" => {
                self.versions.entry(object).or_default().insert(version);
            }
            _ => {}
        }
    }

    fn check_roots(&mut self) {
        let (size, root) = (self.frontier.size(), self.frontier.root());
        let Some(roots) = self.roots.remove(&size) else { return };
        self.covered = size;
        for (signed, whence) in roots {
            if signed != root {
                let whence = whence.text();
                self.fault(Some(size.saturating_sub(1)), format!("the {whence} of {size} entries has another root"));
            }
        }
    }

    /// Ends: what is missing shows now.
    #[must_use]
    pub fn done(mut self) -> Finding {
        self.check_roots();
        let size = self.frontier.size();
        for (signed, roots) in std::mem::take(&mut self.roots) {
            for (_, whence) in roots {
                if whence == Whence::Kept {
                    self.gap(format!("the kept checkpoint is of {signed} entries, but only {size} are here"));
                } else {
                    self.fault(Some(size), format!("{signed} entries were signed, but only {size} are there"));
                }
            }
        }
        let newest = self.newest.take();
        let first = if self.before == 0 { 2 } else { self.oldest + 1 };
        for epoch in first..=self.epoch.max(newest.as_ref().map_or(1, |n| n.epoch)) {
            if !self.epochs.contains(&i64::from(epoch)) {
                self.fault(None, format!("epoch {epoch} began without an entry that says so"));
            }
        }
        self.finding.unsigned = size.saturating_sub(self.covered);
        self.finding.remarks.extend(self.order.remark());
        self.check_erasures();
        if self.counts_versions {
            self.check_versions();
        }
        self.finding.entries = size;
        self.finding.root = hex(&self.frontier.root());
        self.finding
    }

    fn check_erasures(&mut self) {
        for (entry, (place, by)) in std::mem::take(&mut self.erased) {
            if self.erasures.get(&by) != Some(&entry) {
                self.fault(Some(place).filter(|p| *p != u64::MAX), "erased, but no entry says by whom");
            }
        }
    }

    /// Whoever removes an entry before it has a place leaves a gap among its ticket's versions.
    fn check_versions(&mut self) {
        let is_part = self.before > 0;
        for (ticket, versions) in std::mem::take(&mut self.versions) {
            let newest = versions.iter().copied().max().unwrap_or(0);
            let first = if is_part { versions.iter().copied().min().unwrap_or(1) } else { 1 };
            if let Some(gap) = (first..newest).find(|v| !versions.contains(v)) {
                self.fault(None, format!("ticket {ticket}: no entry of its version {gap}, though one of {newest}"));
            }
        }
    }
}

/// Only what is said of tickets is kept from anybody: whoever passes a bundle on hides nothing of accounts and roles.
fn is_withheld(entry: &Entry, leaf: &Leaf) -> bool {
    leaf.object_type == "ticket" && entry.is_blank()
}

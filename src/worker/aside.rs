//! Messages that a mail server does not give, or on which the line to it breaks: each visit of a mailbox leaves them aside
//! once it has met them, and those that broke a line are asked for last by the next ones, as each may take minutes.

use crate::mail::mailbox::MESSAGE;
use std::collections::BTreeMap;

/// Messages on which the line may break before a visit ends.
const BREAKS: usize = 5;

/// What is left aside of a mailbox.
#[derive(Debug, Default)]
pub(super) struct Aside {
    /// By this visit: UIDs with the cause.
    left: BTreeMap<u32, String>,
    /// On how many of them the line broke.
    breaks: usize,
    /// On these a line broke, in whatever visit; first the one that was asked for longest ago.
    hard: Vec<(u32, String)>,
}

impl Aside {
    /// Another visit begins, which asks for all of them again.
    pub(super) fn begin(&mut self) {
        self.left.clear();
        self.breaks = 0;
    }

    /// Those of `found`, which stand in order, that this visit has not left, the hard ones last.
    pub(super) fn wanted(&mut self, found: &[u32]) -> Vec<u32> {
        self.hard.retain(|(uid, _)| found.binary_search(uid).is_ok());
        let mut wanted: Vec<u32> = found.iter().copied().filter(|uid| !self.left.contains_key(uid)).collect();
        wanted.sort_by_key(|uid| self.hard.iter().position(|(hard, _)| hard == uid).map_or(0, |at| at + 1));
        wanted
    }

    /// The server did not give this one.
    pub(super) fn leave(&mut self, uid: u32, why: &str) {
        self.left.insert(uid, format!("{MESSAGE}{uid}: {why}"));
    }

    /// The line broke on this one. Where one had before, the other hard ones are left for other visits: what comes in
    /// meanwhile waits for one of them alone.
    pub(super) fn broke(&mut self, uid: u32, why: &str) {
        self.breaks += 1;
        self.leave(uid, why);
        let known = self.hard.len();
        self.hard.retain(|(hard, _)| *hard != uid);
        if self.hard.len() < known {
            self.left.extend(self.hard.iter().cloned());
        }
        self.hard.extend(self.left.get(&uid).map(|why| (uid, why.clone())));
    }

    /// How many this visit has left.
    pub(super) fn count(&self) -> usize {
        self.left.len()
    }

    /// Whether the line has broken often enough for this visit.
    pub(super) const fn is_enough(&self) -> bool {
        self.breaks >= BREAKS
    }

    /// That nothing was left, or why the first of it was.
    pub(super) fn outcome(&self) -> Result<(), String> {
        self.left.values().next().map_or(Ok(()), |why| Err(why.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_broke_a_line_is_asked_for_last_in_turn_and_one_of_it_a_visit() {
        let (mut aside, all) = (Aside::default(), [1, 2, 3, 4]);
        assert_eq!(aside.wanted(&all), all);
        aside.broke(1, "late");
        aside.broke(2, "late");
        assert_eq!(aside.wanted(&all), [3, 4], "the same visit asks for none of them again");
        aside.begin();
        assert_eq!(aside.wanted(&all), [3, 4, 1, 2]);
        aside.broke(1, "late again");
        assert_eq!((aside.wanted(&all), aside.outcome()), (vec![3, 4], Err("message 1: late again".to_owned())));
        aside.begin();
        assert_eq!(aside.wanted(&all), [3, 4, 2, 1], "the other has its turn");
        assert_eq!(aside.wanted(&[2, 3]), [3, 2], "what is gone or stored is asked for no more");
        aside.broke(2, "late");
        assert_eq!(aside.outcome(), Err("message 2: late".to_owned()));
    }
}

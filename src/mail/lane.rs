//! In which order mails go: what is urgent, what happens, and last what is owed by the thousand at once.

use super::outbox::LAST;

/// Mails that go before others or behind them, however long they have waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// Escalations, warnings, links that somebody waits for.
    Urgent,
    /// What happens.
    Prompt,
    /// Links of a list.
    Last,
}

impl Lane {
    /// In their order.
    pub(super) const ALL: [Self; 3] = [Self::Urgent, Self::Prompt, Self::Last];

    /// Its number in the rows; those that go last are told by their turn.
    pub(super) const fn row(self) -> i32 {
        match self {
            Self::Urgent => 0,
            Self::Prompt | Self::Last => 1,
        }
    }

    /// The first and the last turn of its mails.
    pub(super) const fn turns(self) -> (i32, i32) {
        match self {
            Self::Urgent => (0, i32::MAX),
            Self::Prompt => (0, LAST - 1),
            Self::Last => (LAST, i32::MAX),
        }
    }

    /// How many of so many mails an hour are kept for the lanes before it: else whatever happens after a list in its hour would wait
    /// for the next.
    pub(super) const fn kept(self, most: i64) -> i64 {
        match self {
            Self::Urgent => 0,
            Self::Prompt => most / 10,
            Self::Last => most / 2,
        }
    }
}

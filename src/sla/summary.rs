//! What a ticket's clocks come to, for lists.

use super::row::Clock;
use crate::db::Ts;

/// What a ticket's clocks come to. One that is waived counts for nothing, also while it still runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// The earliest deadline of a clock that has not stopped.
    pub due_at: Option<Ts>,
    /// The earliest first level of a clock that has not stopped.
    pub risk_at: Option<Ts>,
    /// The first miss.
    pub breached_at: Option<Ts>,
}

impl Summary {
    /// What these clocks of one ticket come to.
    #[must_use]
    pub fn of<'a>(clocks: impl IntoIterator<Item = &'a Clock>) -> Self {
        let mut all = Self::default();
        let earliest = |kept: &mut Option<Ts>, at: Option<Ts>| *kept = [*kept, at].into_iter().flatten().min();
        for clock in clocks.into_iter().filter(|clock| !clock.waived) {
            if clock.stopped_at.is_none() {
                earliest(&mut all.due_at, clock.due_at);
                earliest(&mut all.risk_at, clock.risk_at);
            }
            earliest(&mut all.breached_at, clock.breached_at);
        }
        all
    }
}

//! What holds on a day: what a page of a calendar shows.

use super::definition::Window;
use super::rules::Ruling;

crate::text_enum! {
    /// What governs a day.
    pub enum DayKind {
        /// The week in force.
        Ordinary = "ordinary",
        /// A holiday.
        Holiday = "holiday",
        /// An exception.
        Exception = "exception",
    }
}

/// A day of a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayPlan {
    /// What governs it.
    pub kind: DayKind,
    /// Its windows, in order; none on a day off.
    pub windows: Vec<Window>,
    /// Name of the holiday or exception.
    pub name: Option<String>,
}

impl DayPlan {
    pub(super) fn of(ruling: &Ruling<'_>) -> Self {
        let (kind, name) = match ruling {
            Ruling::Week(_) => (DayKind::Ordinary, None),
            Ruling::Holiday(holiday) => (DayKind::Holiday, Some(holiday.name.clone())),
            Ruling::Exception(exception, _) => (DayKind::Exception, Some(exception.name.clone())),
        };
        Self { kind, windows: ruling.windows().to_vec(), name }
    }
}

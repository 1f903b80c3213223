//! Working time: how much of it lies between two instants, and when so much of it has passed.
//!
//! Pure arithmetic in microseconds, without database or clock. A [`Definition`] is the document that describes a
//! calendar; a [`Calendar`] is what is computed with. Four rules hold everywhere:
//!
//! - Windows are half-open and to the second: work begins at `start`, and `end` is no working time any more.
//! - The zone belongs to the calendar, never to the server or to whoever edits it. A window begins with the first
//!   instant at which its zone's clocks show `start` or later, and ends with the last at which they show less than
//!   `end`: an hour that is skipped is no working time, one that is repeated within a window counts twice.
//! - A day lasts from its first midnight to the first midnight of the next, however many hours that is.
//! - One rule governs a day: an exception over holidays, else a holiday, else an exception, else the week in force.

mod calendar;
mod check;
mod definition;
mod holiday;
mod plan;
mod ramadan;
mod rules;
mod scale;
mod segment;
mod shipped;
mod table;
mod time_of_day;
mod zone;

pub use calendar::Calendar;
pub use check::{YEARS, check_day, year_fault};
pub use definition::{Definition, Exception, Holiday, HolidayKind, Hours, Week, Window};
pub use holiday::{Change, Merge, Source, day, merge, parse};
pub use plan::{DayKind, DayPlan};
pub use ramadan::Ramadan;
pub use segment::{Segment, SegmentKind, Why};
pub use shipped::{SHIPPED, shipped};
pub use time_of_day::{NoTimeOfDay, TimeOfDay};

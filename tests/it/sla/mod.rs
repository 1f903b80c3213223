//! Agreements, calendars and clocks as people keep and see them.

mod agreements;
mod calendars;
mod explain;
mod holidays;
mod hours;
mod incident;
mod preview;
mod waivers;

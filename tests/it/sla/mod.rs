//! Agreements, calendars and holidays as people keep them, and what that does to clocks (B1).

mod agreements;
mod calendars;
mod holidays;
mod hours;
mod preview;

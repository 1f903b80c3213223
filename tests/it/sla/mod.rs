//! Agreements, calendars, clocks and timers.

mod agreements;
mod calendars;
mod clocks;
mod closing;
mod explain;
mod held;
mod holidays;
mod hours;
mod incident;
mod indexes;
mod jumps;
mod lapse;
mod levels;
mod model;
mod peers;
mod plan;
mod preview;
mod recompute;
mod services;
mod waivers;
mod year;
mod zones;

//! Clocks and timers.

mod clocks;
mod closing;
mod indexes;
mod levels;
mod model;
mod peers;
mod plan;
mod recompute;
mod year;

//! Clocks as people see them.

mod explain;
mod incident;
mod waivers;

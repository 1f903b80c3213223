//! Further rows of the route table.

pub mod clocks;

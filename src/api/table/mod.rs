//! Further rows of the route table.

pub mod agreements;
pub mod clocks;

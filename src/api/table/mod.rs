//! Parts of the route table.

pub mod agreements;

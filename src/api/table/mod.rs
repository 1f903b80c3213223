//! Further rows of the route table, by subject.

pub mod mail;

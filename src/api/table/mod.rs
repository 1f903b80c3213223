//! Further rows of the route table, by subject.

pub mod accounts;
pub mod actions;
pub mod agreements;
pub mod audit;
pub mod clocks;
pub mod desk;
pub mod mail;
pub mod organisations;
pub mod second_factor;

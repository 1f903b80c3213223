//! Reports to whoever answers for the service (L8, L16, P7, P8): figures that anybody can count again. A report names
//! no table: tickets and clocks come from their rooms, and only those that the reader sees.

pub mod attest;
pub mod book;
pub mod coverage;
pub mod digest;
pub mod glance;
pub mod monthly;
pub mod sheet;
pub mod sla;
pub mod tally;
pub mod words;

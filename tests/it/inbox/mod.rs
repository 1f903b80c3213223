//! Incoming mail: what becomes of a message, and what never does.

mod bounces;
mod corpus;
mod fuzz;
mod limits;
mod listing;
mod loops;
mod nodes;
mod parts;
mod replies;
pub mod room;
mod spoofs;

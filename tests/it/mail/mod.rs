//! Outgoing mail: who gets what, what it says, how it travels.

mod folder;
mod lease;
mod listing;
mod pace;
pub mod post;
mod recipients;
mod server;
mod sink;
mod thread;
mod words;

//! Outgoing mail: who gets what, what it says, how it travels.

mod account;
mod ahead;
mod attest;
mod check;
mod choices;
mod delivery;
mod digest;
mod folder;
mod hangs;
pub mod imap;
mod lease;
mod links;
mod listing;
mod lists;
mod mailbox;
mod pace;
pub mod post;
mod readers;
mod recipients;
mod server;
mod service;
mod sink;
mod thread;
mod words;

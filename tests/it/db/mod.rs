//! The two databases, and the settings.

mod bell;
mod group_commit;
mod outage;
pub mod postgres;
mod savepoints;
mod settings;
mod sqlite;
mod takeover;

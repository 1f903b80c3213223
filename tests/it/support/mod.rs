//! What every test stands on: a database of its own, a clock that is stepped, a client per role.

pub mod app;
pub mod browser;
pub mod build;
pub mod client;
pub mod db;
pub mod desk;
pub mod device;
pub mod log;
pub mod meet;
pub mod time;

pub use app::TestApp;
pub use client::{Client, Reply};
pub use desk::Cast;
pub use device::Device;

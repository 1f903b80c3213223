//! The one test binary. `SIGAP_TEST_POSTGRES=postgres://…` runs the same tests on PostgreSQL; else they run on SQLite.

#![allow(
    clippy::format_push_string,
    clippy::format_collect,
    clippy::unused_self,
    clippy::large_stack_arrays,
    clippy::type_complexity,
    clippy::manual_async_fn,
    reason = "a test is read more often than it runs"
)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test that fails may panic")]

mod support;

mod access;
mod architecture;
mod audit;
mod backup;
mod cli;
mod commands;
mod db;
mod demo;
mod doctor;
mod http;
mod inbox;
mod mail;
mod openapi;
mod org;
mod report;
mod routes;
mod schema;
mod sign_in;
mod sla;
mod speed;
mod ticket;
mod web;
mod worktime;

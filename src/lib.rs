//! SIGAP: the service desk of a regional government, in two tiers.
//!
//! Rooms, top to bottom; a file imports only from rows below its own, plus its own folder
//! (`tests/it/architecture.rs` holds this):
//!
//! | layer | modules |
//! |---|---|
//! | composition | [`cli`], [`demo`], [`server`] |
//! | edges, none of which imports another | [`api`], [`web`], [`worker`] |
//! | the mail door, which a job of the worker opens | [`inbox`] |
//! | what is ill, told by a page and by a job | [`health`] |
//! | backup and restore, by command and by a job | [`backup`] |
//! | the running program | [`app`] |
//! | features | [`org`], [`catalog`], [`sla`], [`ticket`], [`report`], [`desk`] (each only to the left) |
//! | services | [`audit`], [`blob`], [`http`], [`mail`], [`notice`], [`quarantine`], [`recorded`] |
//! | arithmetic, without database or clock | [`worktime`] |
//! | access | [`access`] |
//! | base | [`age`], [`db`], [`config`], [`clock`], [`check`], [`durable`], [`lines`], [`patch`], [`ready`], [`message`], [`error`], [`telemetry`] |

pub mod cli;
pub mod demo;
pub mod server;

pub mod api;
pub mod web;
pub mod worker;

pub mod inbox;

pub mod health;

pub mod backup;

pub mod app;

pub mod desk;
pub mod report;
pub mod ticket;

pub mod catalog;
pub mod org;
pub mod sla;

pub mod audit;
pub mod blob;
pub mod http;
pub mod mail;
pub mod notice;
pub mod quarantine;
pub mod recorded;

pub mod worktime;

pub mod access;

pub mod age;
pub mod check;
pub mod clock;
pub mod config;
pub mod db;
pub mod durable;
pub mod error;
pub mod lines;
pub mod message;
pub mod patch;
mod ready;
pub mod telemetry;

//! What holds for every request: problems, headers, repetition, limits, languages, health.

mod headers;
mod lists;
mod log;
mod malformed;
mod ops;
mod order;
mod problems;
mod rate;
mod repetition;
mod security;
mod times;
mod versions;
mod wire;

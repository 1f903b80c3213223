//! Who is who: signing in and out, tokens, passwords, guessing, and the first administrator.

mod guessing;
mod links;
mod login;
pub mod passwords;
mod second_factor;
mod setup;
mod tokens;

//! A ticket's life.

mod answers;
mod attachments;
mod behalf;
mod comments;
mod concurrency;
mod edit;
mod ending;
mod files_again;
mod follow;
mod handover;
mod leaving;
mod life;
mod lists;
mod model;
mod number;
mod opening;
mod remind;
mod rights;
mod search;
mod secret;
mod turns;
mod waiting;
mod walk;
mod words;

//! A ticket's life.

mod life;

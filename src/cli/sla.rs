//! `sigap sla …`: clocks, for whoever has the machine.

use super::{block_on, change, console, look, say};
use crate::app::{App, Caller};
use crate::db::postgres;
use crate::error::{Error, Result};
use crate::ticket::recompute::{self, Page, Wrong};
use clap::Subcommand;
use std::path::Path;

/// Tickets that are read together, and tickets that are mended together.
const PAGE: i64 = 500;
const BATCH: usize = 50;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Derive everything that is stored of clocks and deadlines anew from the facts, and store what differs.
    Recompute {
        /// Change nothing: print the differences, and fail if there are any.
        #[arg(long)]
        check: bool,
    },
}

/// Runs it.
///
/// # Errors
/// What stands in the way; with `--check` that something differs.
pub fn run(config: Option<&Path>, command: &Command) -> Result<()> {
    let Command::Recompute { check } = *command;
    let app = if check { look(config)? } else { change(config)? };
    block_on(async move {
        let (mut tickets, mut values, mut differ) = (0, 0, 0);
        let mut after = None;
        loop {
            let page = app
                .read(Caller::Anonymous, console(), move |tx| {
                    postgres::take_time(tx.conn())?;
                    recompute::page(tx, after, PAGE)
                })
                .await?;
            let Page { compared, wrong, next, .. } = page;
            (tickets, values, differ) =
                (tickets + page.tickets, values + compared.values, differ + compared.differences.len());
            for d in &compared.differences {
                say(&format!("{} of {}: stored {}, derived {}", d.column, d.row, d.stored, d.derived))?;
            }
            if !check {
                mend(&app, &wrong).await?;
            }
            after = next;
            if after.is_none() {
                break;
            }
        }
        let mended = if check || differ == 0 { "" } else { " and were mended" };
        say(&format!("{values} values of {tickets} tickets compared; {differ} differed{mended}."))?;
        if check && differ > 0 {
            return Err(Error::start(format!("{differ} values differ; `sigap sla recompute` mends them")));
        }
        Ok(())
    })
}

async fn mend(app: &App, wrong: &[Wrong]) -> Result<()> {
    for some in wrong.chunks(BATCH) {
        let some = some.to_vec();
        let work = move |tx: &mut crate::access::Tx<'_>| some.iter().try_for_each(|one| recompute::mend(tx, *one));
        app.write(Caller::Anonymous, console(), work).await?;
    }
    Ok(())
}

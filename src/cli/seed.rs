//! `sigap seed`.

use super::{block_on, console, open, say};
use crate::app::{App, Caller};
use crate::demo::{self, past};
use crate::error::{Error, Result};
use crate::org::{actor, person, region};
use clap::Args;
use std::num::NonZeroUsize;
use std::path::Path;

/// Options of `seed`.
#[derive(Debug, Args)]
pub struct Options {
    /// How many tickets to make, spread over the regions.
    #[arg(long)]
    tickets: NonZeroUsize,
}

/// Adds tickets to the demo.
///
/// # Errors
/// What stands in the way.
pub fn run(config: Option<&Path>, options: &Options) -> Result<()> {
    let app = open(config)?;
    let wanted = options.tickets.get();
    block_on(async move {
        let made = fill(&app, wanted).await?;
        say(&format!("{made} tickets made."))?;
        app.store.settle()
    })
}

/// Makes so many tickets, and the demo where there is nothing yet; never beside real people.
///
/// # Errors
/// [`Error::Start`] for a database with people who are not of the demo; the database's.
pub async fn fill(app: &App, wanted: usize) -> Result<usize> {
    match app.read(Caller::Anonymous, console(), person::count).await? {
        (all, demo) if all == demo => {}
        (_, 0) => return Err(Error::start("seed: this database holds real people; use one made with --demo")),
        _ => {
            return Err(Error::start(
                "seed: people were added to this demo, and may be real; seed a new one: set another SIGAP_DATA_DIR or \
                 SIGAP_DATABASE_URL",
            ));
        }
    }
    demo::fill(app).await?;
    let regions = app.read(Caller::Anonymous, console(), |tx| {
        tx.actor = actor::console(None);
        region::list(tx)
    });
    let regions = regions.await?;
    for (place, region) in regions.iter().enumerate() {
        past::settle(app, region, (place, regions.len()), wanted).await?;
    }
    let mut made = 0;
    for (place, region) in regions.iter().enumerate() {
        // The first regions take what is left over.
        let count = wanted / regions.len() + usize::from(place < wanted % regions.len());
        past::tell(app, region, count).await?;
        made += count;
    }
    Ok(made)
}

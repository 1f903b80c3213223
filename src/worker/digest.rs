//! Owes the summary of the morning, region by region.

use crate::access::Origin;
use crate::app::{App, Caller};
use crate::error::Result;
use crate::org::region;
use crate::report::digest;

/// Runs once.
pub async fn run(app: &App) -> Result<()> {
    let Some(at) = app.config.mail.digest_at()? else { return Ok(()) };
    let due = app
        .read(Caller::Anonymous, Origin::default(), move |tx| {
            let mut due = Vec::new();
            for region in region::all(tx)? {
                let people = digest::owed(tx, &region, at)?;
                if !people.is_empty() {
                    due.push((region, people));
                }
            }
            Ok(due)
        })
        .await?;
    for (region, people) in due {
        app.write(Caller::Anonymous, Origin::default(), move |tx| digest::owe(tx, &region, &people)).await?;
    }
    Ok(())
}

//! Owes the auditors the checkpoint of the day, region by region.

use crate::access::Origin;
use crate::app::{App, Caller};
use crate::error::Result;
use crate::org::region;
use crate::report::attest;
use chrono::NaiveTime;

/// Runs once.
///
/// # Errors
/// If the database does not answer.
pub async fn run(app: &App) -> Result<()> {
    // With the summary of the morning; where nobody gets one, at midnight.
    let at = app.config.mail.digest_at()?.unwrap_or(NaiveTime::MIN);
    let due = app
        .read(Caller::Anonymous, Origin::default(), move |tx| {
            let mut due = Vec::new();
            for region in region::all(tx)? {
                let people = attest::owed(tx, &region, at)?;
                if !people.is_empty() {
                    due.push((region, people));
                }
            }
            Ok(due)
        })
        .await?;
    for (region, people) in due {
        app.write(Caller::Anonymous, Origin::default(), move |tx| attest::owe(tx, &region, &people)).await?;
    }
    Ok(())
}

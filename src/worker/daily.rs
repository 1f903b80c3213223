//! Mails of which one is owed to a person a day: whom, region by region, and owing them.

use crate::access::{Origin, Tx};
use crate::app::{App, Caller};
use crate::db::Id;
use crate::error::Result;
use crate::org::region::{self, Region};

/// Asks of every region to whom a mail is owed, and owes it, each region in a transaction of its own.
///
/// # Errors
/// The first, once every region had its turn.
pub async fn run(
    app: &App,
    owed: impl Fn(&mut Tx<'_>, &Region) -> Result<Vec<Id>> + Send + 'static,
    owe: impl Fn(&mut Tx<'_>, &Region, &[Id]) -> Result<()> + Clone + Send + 'static,
) -> Result<()> {
    let due = app
        .read(Caller::Anonymous, Origin::default(), move |tx| {
            let mut due = Vec::new();
            for region in region::all(tx)? {
                let people = owed(tx, &region)?;
                if !people.is_empty() {
                    due.push((region, people));
                }
            }
            Ok(due)
        })
        .await?;
    let mut done = Ok(());
    for (region, people) in due {
        // One region's trouble is not that of those behind it.
        let owe = owe.clone();
        let owed = app.write(Caller::Anonymous, Origin::default(), move |tx| owe(tx, &region, &people)).await;
        done = done.and(owed);
    }
    done
}

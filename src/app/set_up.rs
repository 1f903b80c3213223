//! The first administrator, by the link that an empty database gave; the same for every door.

use super::{App, Caller};
use crate::access::Origin;
use crate::access::password::Policy;
use crate::error::{Error, Result};
use crate::org::{link, password, person};

impl App {
    /// Makes the first person, an operator.
    ///
    /// # Errors
    /// 422 for a dead link, a weak password, or fields that do not fit.
    pub async fn set_up(
        &self,
        token: String,
        name: String,
        email: String,
        password: String,
        origin: Origin,
    ) -> Result<()> {
        let (plain, new) = (token.clone(), password.clone());
        let words = [name.clone(), email.clone()];
        self.read(Caller::Anonymous, origin.clone(), move |tx| {
            link::peek(tx, &plain, "setup")?;
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            Policy::Nist.refuses(&new, &words).map_or(Ok(()), |fault| Err(Error::invalid("/password", fault)))
        })
        .await?;
        let hash = self.hasher.hash(password).await?;
        let fields = person::Fields { name: Some(name), email: Some(email), ..person::Fields::default() };
        self.write(Caller::Anonymous, origin, move |tx| {
            let person = link::set_up(tx, &token, &fields)?;
            password::store(tx, &person, &hash)
        })
        .await
    }
}

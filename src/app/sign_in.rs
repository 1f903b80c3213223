//! Signing in, the same for every door: count the try, compare outside any transaction, begin the session.

use super::{App, Caller};
use crate::access::Origin;
use crate::error::{Error, Result};
use crate::message::Language;
use crate::org::session::{self, Session};
use crate::org::{Person, password};
use crate::say;

/// A session that has just begun.
#[derive(Debug)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// Its first refresh token.
    pub refresh_token: String,
    /// The region's policy asks for a new password.
    pub password_expired: bool,
    /// Language of the person.
    pub language: Language,
}

impl App {
    /// Signs somebody in by address or NIP, with the program `agent`.
    ///
    /// # Errors
    /// 401 for a wrong login or password, which is not told apart; 429 while a pause lasts.
    pub async fn sign_in(&self, login: String, password: String, agent: String, origin: Origin) -> Result<SignedIn> {
        let settings = self.config.sign_in.clone();
        let name = login.clone();
        let candidate =
            self.write(Caller::Anonymous, origin.clone(), move |tx| session::attempt(tx, &name, &settings)).await?;
        let fits = self.hasher.verify(password, candidate.hash).await?;
        let (person, region) = (candidate.person, candidate.region);
        let (true, Some(id)) = (fits, person) else {
            self.write(Caller::Anonymous, origin, move |tx| session::refused(tx, person, region)).await?;
            return Err(Error::Unauthenticated(say!("sign_in.wrong")));
        };
        let settings = self.config.sign_in.clone();
        self.write(Caller::Anonymous, origin, move |tx| {
            let (person, session, refresh): (Person, _, _) = session::begin(tx, &login, id, &agent, &settings)?;
            Ok(SignedIn {
                session,
                refresh_token: refresh.plain,
                password_expired: password::has_aged(tx, &person)?,
                language: Language::accepted(&person.language),
            })
        })
        .await
    }
}

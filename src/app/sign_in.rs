//! Signing in, the same for every door: count the try, compare outside any transaction, begin the session.

use super::{App, Caller};
use crate::access::Origin;
use crate::error::{Error, Result};
use crate::message::Language;
use crate::org::mailed_link::{self, Post};
use crate::org::session::{self, Session};
use crate::org::{Person, link, password};
use crate::say;

/// Characters of a login; no address and no NIP has more.
const LOGIN: usize = 255;

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

    /// What one-time links are made and mailed with.
    #[must_use]
    pub fn post(&self) -> Post<'_> {
        Post { mailer: &self.mailer, settings: &self.config.sign_in }
    }

    /// Mails a link to whoever `login` is, if he is anybody; the answer is the same for everybody.
    ///
    /// # Errors
    /// 429 for too many questions from one address.
    pub async fn ask_for_link(&self, login: String, origin: Origin) -> Result<()> {
        if login.chars().count() > LOGIN {
            return Err(Error::invalid("/login", say!("field.length", least = 1, most = LOGIN)));
        }
        let app = self.clone();
        self.write(Caller::Anonymous, origin, move |tx| mailed_link::ask(tx, &login, app.post())).await
    }

    /// Sets a password by a one-time link, and ends every session of its owner.
    ///
    /// # Errors
    /// 422 for a dead link or a password that the policy refuses.
    pub async fn set_password_by_link(&self, token: String, password: String, origin: Origin) -> Result<()> {
        let (plain, new) = (token.clone(), password.clone());
        let old = self
            .read(Caller::Anonymous, origin.clone(), move |tx| {
                let person = link::peek(tx, &plain, "password")?;
                let person = person.ok_or_else(|| Error::invalid("/token", say!("link.dead")))?;
                password::check(tx, &person, &new, "/password")
            })
            .await?;
        self.refuse_old(&password, old, "/password").await?;
        let hash = self.hasher.hash(password).await?;
        self.write(Caller::Anonymous, origin, move |tx| {
            let person = link::redeem_for_password(tx, &token)?;
            password::store(tx, &person, &hash)
        })
        .await
    }

    /// Refuses a password that is one of these hashes.
    ///
    /// # Errors
    /// 422 at `pointer`.
    pub async fn refuse_old(&self, password: &str, old: Vec<String>, pointer: &str) -> Result<()> {
        for hash in old {
            if self.hasher.verify(password.to_owned(), Some(hash)).await? {
                return Err(password::seen_before(pointer));
            }
        }
        Ok(())
    }
}

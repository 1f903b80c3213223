//! Signing in, the same for every door: count the try, compare outside any transaction, begin the session.

use super::{App, Caller};
use crate::access::{Origin, Tx};
use crate::db::Id;
use crate::error::{Error, Result};
use crate::message::Language;
use crate::org::mailed_link::{self, Post};
use crate::org::second_factor::{self, Judgement};
use crate::org::session::{self, Session};
use crate::org::{Person, actor, link, password, person};
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
    /// A role of his needs a second factor that he has not set up.
    pub second_factor_needed: bool,
    /// Language of the person.
    pub language: Language,
}

/// What a right password comes to.
#[derive(Debug)]
pub enum Begun {
    /// A session.
    Session(Box<SignedIn>),
    /// He has a second factor, and no code came; nothing has begun.
    NeedsCode(Id),
}

/// As [`Begun`], in the transaction: a wrong code is noted, so it is no error there.
enum Outcome {
    Session(Box<SignedIn>),
    NeedsCode,
    WrongCode,
    OldPassword,
}

impl App {
    /// Signs somebody in by address or NIP, with the program `agent`; `code` for whoever has a second factor.
    ///
    /// # Errors
    /// 401 for a wrong login or password, which is not told apart, for one that was changed meanwhile, and for a wrong code;
    /// 429 while a pause lasts.
    pub async fn sign_in(
        &self,
        login: String,
        password: String,
        code: Option<String>,
        agent: String,
        origin: Origin,
    ) -> Result<Begun> {
        let settings = self.config.sign_in.clone();
        let candidate =
            self.write(Caller::Anonymous, origin.clone(), move |tx| session::attempt(tx, &login, &settings)).await?;
        let fits = self.hasher.verify(password, candidate.hash.clone()).await?;
        let (person, region) = (candidate.person, candidate.region);
        let (true, Some(id), Some(hash)) = (fits, person, candidate.hash) else {
            self.write(Caller::Anonymous, origin, move |tx| session::refused(tx, person, region)).await?;
            return Err(Error::Unauthenticated(say!("sign_in.wrong")));
        };
        self.begin(id, hash, code, agent, origin).await
    }

    /// Signs somebody in whose password was right a moment ago.
    ///
    /// # Errors
    /// 401 for a wrong code, and if his password was changed after `since` (seconds since 1970); 429 while a pause lasts.
    pub async fn sign_in_by_code(
        &self,
        person: Id,
        since: i64,
        code: String,
        agent: String,
        origin: Origin,
    ) -> Result<Begun> {
        let settings = self.config.sign_in.clone();
        let counted = move |tx: &mut Tx<'_>| {
            let found = person::by_id(tx, person)?;
            let again = || Error::Unauthenticated(say!("sign_in.again"));
            // In doubt, of one second, he types it once more.
            if found.password_set_at.is_some_and(|at| at.utc().timestamp() >= since) {
                return Err(again());
            }
            session::attempt_of(tx, person, &settings)?;
            found.password_hash.ok_or_else(again)
        };
        let hash = self.write(Caller::Anonymous, origin.clone(), counted).await?;
        self.begin(person, hash, Some(code), agent, origin).await
    }

    /// A session for whoever showed the password of this `hash`, if it is his still.
    async fn begin(&self, id: Id, hash: String, code: Option<String>, agent: String, origin: Origin) -> Result<Begun> {
        let app = self.clone();
        let outcome = self
            .write(Caller::Anonymous, origin, move |tx| {
                // Whoever changes the password ends the sessions that there are: this one is there, or sees the change.
                let person = person::hold(tx, id)?;
                if person.password_hash.as_ref() != Some(&hash) {
                    session::refused(tx, Some(id), person.region_id)?;
                    return Ok(Outcome::OldPassword);
                }
                let factors = match second_factor::judge(tx, &app.vault, id, code.as_deref())? {
                    Judgement::NotAsked => &["password"][..],
                    Judgement::Right => &["password", "code"],
                    Judgement::Missing => {
                        session::spare_address(tx, &app.config.sign_in)?;
                        return Ok(Outcome::NeedsCode);
                    }
                    Judgement::Wrong => {
                        session::refused(tx, Some(id), person.region_id)?;
                        return Ok(Outcome::WrongCode);
                    }
                };
                let (person, session, refresh) = session::begin(tx, id, factors, &agent, &app.config.sign_in)?;
                Ok(Outcome::Session(Box::new(SignedIn {
                    session,
                    refresh_token: refresh.plain,
                    password_expired: password::has_aged(tx, &person)?,
                    second_factor_needed: app.lacks_factor(tx, id)?,
                    language: Language::accepted(&person.language),
                })))
            })
            .await?;
        match outcome {
            Outcome::Session(signed_in) => Ok(Begun::Session(signed_in)),
            Outcome::NeedsCode => Ok(Begun::NeedsCode(id)),
            Outcome::WrongCode => Err(Error::Unauthenticated(say!("sign_in.code_wrong"))),
            Outcome::OldPassword => Err(Error::Unauthenticated(say!("sign_in.wrong"))),
        }
    }

    /// `true` for somebody whose roles need a second factor that he has not set up.
    ///
    /// # Errors
    /// The database's.
    pub fn lacks_factor(&self, tx: &mut Tx<'_>, person: Id) -> Result<bool> {
        let actor = actor::as_person(tx.conn(), person)?;
        super::lacks_factor(tx.conn(), &actor, &self.factor_for)
    }

    /// Asks somebody who is signed in for his password once more, under the same limits as at signing in: a stolen
    /// session must not be a place to guess.
    ///
    /// # Errors
    /// 422 at `pointer` for a wrong one; 429 while a pause lasts.
    pub async fn prove(&self, person: &Person, password: String, pointer: &str, origin: Origin) -> Result<()> {
        let (id, region, app) = (person.id, person.region_id, self.clone());
        let counted = move |tx: &mut Tx<'_>| session::attempt_of(tx, id, &app.config.sign_in);
        self.write(Caller::Anonymous, origin.clone(), counted).await?;
        let (fits, app) = (self.hasher.verify(password, person.password_hash.clone()).await?, self.clone());
        let judged = move |tx: &mut Tx<'_>| {
            if fits { session::spare_address(tx, &app.config.sign_in) } else { session::refused(tx, Some(id), region) }
        };
        self.write(Caller::Anonymous, origin, judged).await?;
        if fits { Ok(()) } else { Err(Error::invalid(pointer, say!("password.old_wrong"))) }
    }

    /// Counts a code of somebody who is signed in as a try, and notes a wrong one: what refuses it stores nothing.
    ///
    /// # Errors
    /// 429 while a pause lasts.
    pub async fn count_code(&self, person: Id, code: String, origin: Origin) -> Result<()> {
        let app = self.clone();
        let counted = move |tx: &mut Tx<'_>| second_factor::count(tx, &app.vault, person, &code, &app.config.sign_in);
        self.write(Caller::Anonymous, origin, counted).await
    }

    /// The hash of a password that replaces the one that `old` says.
    ///
    /// # Errors
    /// 422 for a wrong old one, or for a new one that was `seen` before; 429 while a pause lasts.
    pub async fn replace_password(
        &self,
        person: &Person,
        old: String,
        new: String,
        seen: Vec<String>,
        origin: Origin,
    ) -> Result<String> {
        self.prove(person, old, "/old_password", origin).await?;
        self.refuse_old(&new, seen, "/new_password").await?;
        self.hasher.hash(new).await
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
    async fn refuse_old(&self, password: &str, old: Vec<String>, pointer: &str) -> Result<()> {
        for hash in old {
            if self.hasher.verify(password.to_owned(), Some(hash)).await? {
                return Err(password::seen_before(pointer));
            }
        }
        Ok(())
    }
}

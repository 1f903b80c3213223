//! The demo's people and what they do: tickets whose events owe mails, at instants of a clock that stands still.

use chrono::{DateTime, Duration, Utc};
use sigap::access::{Origin, Tx};
use sigap::app::{App, Caller};
use sigap::catalog::Kind;
use sigap::clock::Clock;
use sigap::config::Config;
use sigap::db::{Id, Ts};
use sigap::error::{Error, Result};
use sigap::org::{actor, person, region};
use sigap::ticket::find::{TicketRef, find};
use sigap::ticket::handover::{self, Ask};
use sigap::ticket::open::{self, New};
use sigap::ticket::{Channel, close, comment, resolve};
use std::path::Path;

/// Tickets that share a transaction.
const BATCH: usize = 50;

/// What happens to a ticket, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Open,
    Answer,
    Reply,
    Escalate,
    GiveBack,
    Resolve,
    Close,
}

/// The whole life of a ticket.
pub const LIFE: [Deed; 7] =
    [Deed::Open, Deed::Answer, Deed::Reply, Deed::Escalate, Deed::GiveBack, Deed::Resolve, Deed::Close];

/// Who has to do with the tickets of one region.
#[derive(Debug, Clone, Copy)]
pub struct Cast {
    pub region: Id,
    pub requester: Id,
    pub technician: Id,
    pub tier2: [Id; 2],
    pub admin: Id,
}

/// A ticket, and which of the casts it belongs to.
pub type Ticket = (Id, usize);

/// Monday 2 March 2026, 08:00 in Jakarta.
pub fn begin() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_413_200, 0).unwrap_or_default()
}

/// Settings of a run as text, with more of `[mail]`.
pub fn text(database: &str, data: &Path, mail: &str) -> String {
    format!(
        "database_url = {database:?}\ndata_dir = {:?}\nrate_limit = \"off\"\n\
         [sign_in]\naccess_seconds = 8640000\nargon2_memory_kib = 8\nargon2_passes = 1\n\
         [mail]\nper_second = 100000\nper_hour = 1000000\n{mail}\n",
        data.display().to_string()
    )
}

/// Settings out of their text.
pub fn parse(text: &str) -> std::result::Result<Config, String> {
    Config::from_parts(Some(text), []).map_err(|e| e.to_string())
}

/// Opens the program on a clock that stands at `at`.
pub fn open(config: Config, at: DateTime<Utc>) -> std::result::Result<App, String> {
    App::open(config, Clock::fixed(at), None).map_err(|e| e.to_string())
}

/// Runs `f` as nobody in particular; it acts as people.
pub async fn within<T, F>(app: &App, f: F) -> std::result::Result<T, String>
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
{
    app.write(Caller::Anonymous, Origin::default(), f).await.map_err(|e| e.to_string())
}

/// The casts of the four regions.
pub async fn casts(app: &App) -> std::result::Result<Vec<Cast>, String> {
    sigap::demo::fill(app).await.map_err(|e| e.to_string())?;
    within(app, |tx| {
        tx.actor = actor::console(None);
        let mut casts = Vec::new();
        for region in region::list(tx)? {
            let mut id = |account: &str| -> Result<Id> {
                let login = format!("{account}@{}", region.domain);
                Ok(person::by_login(tx, None, &login)?.ok_or(Error::NotFound)?.id)
            };
            casts.push(Cast {
                region: region.id,
                requester: id("pegawai.dinkes")?,
                technician: id("teknisi.dinkes")?,
                tier2: [id("tier2.satu")?, id("tier2.dua")?],
                admin: id("admin")?,
            });
        }
        Ok(casts)
    })
    .await
}

/// Opens `count` tickets, spread over the regions.
pub async fn tickets(app: &App, casts: &[Cast], count: usize) -> std::result::Result<Vec<Ticket>, String> {
    let mut all = Vec::new();
    while all.len() < count {
        let (some, first, casts) = (BATCH.min(count - all.len()), all.len(), casts.to_vec());
        all.extend(
            within(app, move |tx| {
                let mut made = Vec::new();
                for n in first..first + some {
                    let which = n % casts.len();
                    let cast = casts.get(which).ok_or(Error::NotFound)?;
                    made.push((as_person(tx, cast.requester, |tx| open::open(tx, &new(n)))?.id, which));
                }
                Ok(made)
            })
            .await?,
        );
    }
    Ok(all)
}

fn new(n: usize) -> New {
    New {
        kind: Kind::Incident,
        subject: format!("Layar gelap {n}"),
        description: "Sejak pagi.\n.titik di awal baris\nSelesai.".into(),
        service: None,
        impact: None,
        urgency: None,
        classification: None,
        on_behalf_of: None,
        opd: None,
        channel: None,
    }
}

/// Lets the same happen to each of these tickets.
pub async fn happens(app: &App, casts: &[Cast], tickets: &[Ticket], deed: Deed) -> std::result::Result<(), String> {
    for some in tickets.chunks(BATCH) {
        let (some, casts) = (some.to_vec(), casts.to_vec());
        within(app, move |tx| {
            for (ticket, which) in &some {
                act(tx, casts.get(*which).ok_or(Error::NotFound)?, *ticket, deed)?;
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

fn act(tx: &mut Tx<'_>, cast: &Cast, ticket: Id, deed: Deed) -> Result<()> {
    let which = TicketRef::id(ticket);
    let who = match deed {
        Deed::Reply | Deed::Close | Deed::Open => cast.requester,
        Deed::GiveBack => cast.tier2[0],
        Deed::Answer | Deed::Escalate | Deed::Resolve => cast.technician,
    };
    as_person(tx, who, |tx| match deed {
        // Opened elsewhere, by the hundred.
        Deed::Open => Ok(()),
        Deed::Answer | Deed::Reply => {
            let may = find(tx, &which)?;
            comment::public(tx, may, "Sudah kami periksa – masih sama?", Channel::Api).map(drop)
        }
        Deed::Escalate => {
            let ask =
                Ask { reason: "Perangkat pusat".into(), tried: "Nyalakan ulang".into(), requested: "Periksa".into() };
            let may = find(tx, &which)?;
            handover::escalate(tx, may, &ask).map(drop)
        }
        Deed::GiveBack => {
            let may = find(tx, &which)?;
            handover::give_back(tx, may, "Ganti kabelnya.").map(drop)
        }
        Deed::Resolve => {
            let may = find(tx, &which)?;
            resolve::resolve(tx, may, "Kabel diganti.", None).map(drop)
        }
        Deed::Close => {
            let may = find(tx, &which)?;
            close::close(tx, may, None, None).map(drop)
        }
    })
}

fn as_person<T>(tx: &mut Tx<'_>, person: Id, f: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
    let (who, now) = (actor::as_person(tx.conn(), person)?, tx.now);
    f(&mut tx.acting_as(who, now))
}

/// A clock that stands at `at`, for an app that is open already.
pub fn set(app: &App, at: DateTime<Utc>) {
    let now: Ts = app.clock.now();
    app.clock.step(at - now.utc());
}

/// Later by so many seconds.
pub fn later(at: DateTime<Utc>, seconds: i64) -> DateTime<Utc> {
    at + Duration::seconds(seconds)
}

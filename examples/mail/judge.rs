//! What should have arrived, told from the time lines of the tickets and from nothing of the outbox; and what did.

use crate::sink::Taken;
use crate::world::Cast;
use diesel::prelude::*;
use mail_parser::MessageParser;
use sigap::access::Origin;
use sigap::app::{App, Caller};
use sigap::db::Id;
use sigap::db::schema::{events, mails, people, tickets};
use sigap::on;
use std::collections::{BTreeMap, BTreeSet};

/// For each ticket and recipient, what he was told, in order.
pub type Told = BTreeMap<(String, String), Vec<&'static str>>;

/// Time lines that are read together.
const PAGE: i64 = 5000;

/// What the contract says that each event of each ticket owes to whom.
pub async fn owed(app: &App, casts: &[Cast]) -> Result<Told, String> {
    let mut owed = Told::new();
    let casts: BTreeMap<Id, Cast> = casts.iter().map(|cast| (cast.region, *cast)).collect();
    let mut offset = 0;
    loop {
        let page: Vec<(String, String, Option<Id>, Id)> = read(app, move |tx| {
            Ok(on!(tx.conn(), |c| events::table
                .inner_join(tickets::table.on(tickets::id.eq(events::ticket_id)))
                // What only staff may see is mailed to nobody.
                .filter(events::kind.ne("commented").or(events::visibility.eq("public")))
                .order((events::ticket_id, events::at, events::version, events::id))
                .limit(PAGE)
                .offset(offset)
                .select((tickets::number, events::kind, events::actor_id, tickets::region_id))
                .load(c))?)
        })
        .await?;
        if page.is_empty() {
            break;
        }
        offset += PAGE;
        for (number, kind, actor, region) in page {
            let cast = casts.get(&region).ok_or("an event of an unknown region")?;
            for (person, what) in table(&kind, actor, cast) {
                owed.entry((number.clone(), person.to_string())).or_default().push(what);
            }
        }
    }
    named(app, owed).await
}

/// The contract's list of mails, for these tickets: one technician at the desk, two people at Tier 2, nobody follows.
/// Nobody is mailed about his own act but for the acknowledgement.
fn table(kind: &str, actor: Option<Id>, cast: &Cast) -> Vec<(Id, &'static str)> {
    let (requester, technician) = (cast.requester, cast.technician);
    match kind {
        "opened" => vec![(requester, "opened"), (technician, "opened")],
        "commented" if actor == Some(requester) => vec![(technician, "commented")],
        "commented" => vec![(requester, "commented")],
        "escalated" => vec![(cast.tier2[0], "escalated"), (cast.tier2[1], "escalated"), (requester, "escalated")],
        "returned" => vec![(technician, "returned"), (requester, "returned")],
        "resolved" => vec![(requester, "resolved")],
        "closed" => vec![(technician, "closed")],
        _ => Vec::new(),
    }
}

async fn named(app: &App, owed: Told) -> Result<Told, String> {
    let all: Vec<(Id, String)> =
        read(app, |tx| Ok(on!(tx.conn(), |c| people::table.select((people::id, people::email)).load(c))?)).await?;
    let addresses: BTreeMap<String, String> = all.into_iter().map(|(id, address)| (id.to_string(), address)).collect();
    let name = |((number, person), told): ((String, String), Vec<&'static str>)| {
        let address = addresses.get(&person).ok_or("an event of an unknown person")?;
        Ok(((number, address.clone()), told))
    };
    owed.into_iter().map(name).collect()
}

async fn read<T: Send + 'static>(
    app: &App,
    f: impl FnOnce(&mut sigap::access::Tx<'_>) -> sigap::error::Result<T> + Send + 'static,
) -> Result<T, String> {
    app.read(Caller::Anonymous, Origin::default(), f).await.map_err(|e| e.to_string())
}

/// What a mail says, taken apart by a library that did not write it.
pub struct Letter {
    pub id: String,
    pub number: String,
    pub told: Vec<&'static str>,
}

/// Sentences that tell of each kind of event.
const SENTENCES: [(&str, &str); 10] = [
    ("Tiket Anda sudah kami terima", "opened"),
    ("Ada tiket baru dari ", "opened"),
    (" menulis komentar.", "commented"),
    ("Tiket Anda kami teruskan ke ", "escalated"),
    (" meneruskan tiket ini ke ", "escalated"),
    ("Tiket Anda kembali ditangani ", "returned"),
    (" mengembalikan tiket ini ke ", "returned"),
    ("Tiket Anda sudah diselesaikan", "resolved"),
    (" menyelesaikan tiket ini.", "resolved"),
    ("Tiket ini sudah ditutup.", "closed"),
];

impl Letter {
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let message = MessageParser::default().parse(bytes).ok_or("a mail that can't be read")?;
        let id = message.message_id().ok_or("a mail without Message-ID")?.to_owned();
        let subject = message.subject().unwrap_or_default();
        let number = subject.strip_prefix('[').and_then(|s| s.split(']').next()).ok_or("a subject without number")?;
        let text = message.body_text(0).ok_or("a mail without text")?;
        let kind = |line: &str| SENTENCES.iter().find(|(words, _)| line.contains(words)).map(|(_, kind)| *kind);
        Ok(Self { id, number: number.to_owned(), told: text.lines().filter_map(kind).collect() })
    }
}

/// How a run ended.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Happenings that were owed, and messages that arrived, copies aside.
    pub owed: usize,
    pub messages: usize,
    pub copies: usize,
    pub faults: Vec<String>,
}

/// Holds what arrived against what was owed: none missing, none unexpected, in order per ticket and recipient; copies
/// only of messages in `excused` or whose taking could not be told, and equal to the byte. What was refused for good
/// and sent again by hand comes behind what the same recipient got meanwhile.
pub fn judge(owed: &Told, taken: &[Taken], refused: &[Taken], excused: &BTreeSet<String>) -> Result<Verdict, String> {
    let mut verdict = Verdict { owed: owed.values().map(Vec::len).sum(), ..Verdict::default() };
    let (mut first, mut unsaid, mut told) = (BTreeMap::<String, &Taken>::new(), BTreeSet::new(), Told::new());
    for mail in taken {
        let letter = Letter::read(&mail.bytes)?;
        if let Some(before) = first.get(&letter.id) {
            verdict.copies += 1;
            if before.bytes != mail.bytes || before.to != mail.to {
                verdict.faults.push(format!("{}: a copy differs", letter.id));
            }
            if !unsaid.contains(&letter.id) && !excused.contains(&letter.id) {
                verdict.faults.push(format!("{}: a copy where nothing was cut", letter.id));
            }
        } else {
            verdict.messages += 1;
            told.entry((letter.number, mail.to.clone())).or_default().extend(letter.told);
            first.insert(letter.id.clone(), mail);
        }
        if mail.unsaid {
            unsaid.insert(letter.id);
        }
    }
    let mut late = BTreeSet::new();
    for mail in refused {
        late.insert((Letter::read(&mail.bytes)?.number, mail.to.clone()));
    }
    for (pair, kinds) in owed {
        let (mut got, mut kinds) = (told.remove(pair).unwrap_or_default(), kinds.clone());
        if late.contains(pair) {
            got.sort_unstable();
            kinds.sort_unstable();
        }
        if got != kinds {
            verdict.faults.push(format!("{} to {}: owed {kinds:?}, told {got:?}", pair.0, pair.1));
        }
    }
    verdict
        .faults
        .extend(told.into_iter().map(|(pair, got)| format!("{} to {}: told {got:?}, owed nothing", pair.0, pair.1)));
    Ok(verdict)
}

/// Ids of the messages that the outbox says were sent.
pub async fn said(app: &App) -> Result<BTreeSet<String>, String> {
    let ids: Vec<Option<String>> = read(app, |tx| {
        Ok(on!(tx.conn(), |c| mails::table.filter(mails::state.eq("sent")).select(mails::message_id).load(c))?)
    })
    .await?;
    Ok(ids.into_iter().flatten().map(|id| id.trim_matches(['<', '>']).to_owned()).collect())
}

/// How many mails are in a state.
pub async fn count(app: &App, state: &'static str) -> Result<i64, String> {
    read(app, move |tx| Ok(on!(tx.conn(), |c| mails::table.filter(mails::state.eq(state)).count().get_result(c))?))
        .await
}

/// Ids, regions and addresses of the mails that failed.
pub async fn failed(app: &App) -> Result<Vec<(Id, Id)>, String> {
    read(app, |tx| {
        Ok(on!(tx.conn(), |c| mails::table
            .filter(mails::state.eq("failed").and(mails::carrier_id.is_null()))
            .select((mails::id, mails::region_id))
            .load(c))?)
    })
    .await
}

//! Mails through a server that loses, sent by a node that is killed: none is lost, none is made up, and a copy there is
//! only where the node could not know (R8, RFC 1047).

use crate::judge::{self, Letter, Verdict};
use crate::node::{Node, Setup};
use crate::sink::{Fault, Sink};
use crate::world::{self, Cast, Deed, LIFE, later};
use chrono::{DateTime, Utc};
use sigap::access::check;
use sigap::app::App;
use sigap::org::{InRegion, actor};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

/// Mails that one ticket's life owes.
const EACH: usize = 11;
/// Seconds that the sender waits for an answer, and the server stalls.
const PATIENCE: u64 = 1;
/// Seconds of the stepped clock between two tries.
const STEP: i64 = 15;
/// Tries at most, before what waits still counts as lost.
const STEPS: usize = 20_000;

struct Run {
    app: App,
    casts: Vec<Cast>,
    sink: Sink,
    setup: Setup,
    node: Node,
    now: DateTime<Utc>,
    kills: usize,
    excused: BTreeSet<String>,
}

/// Runs it with so many owed mails, and says what it found.
pub async fn run(mails: usize, seed: u64, database: &str, folder: &Path) -> Result<Vec<String>, String> {
    let sink = Sink::start(([127, 0, 0, 1], 0).into(), seed, Duration::from_secs(2 * PATIENCE + 1))?;
    let data = folder.join("data");
    let write = |name: &str, tls: &str| {
        let mail = format!("smtp_url = \"smtp://{}{tls}\"\ntimeout_seconds = {PATIENCE}", sink.address);
        let text = world::text(database, &data, &mail);
        let path = folder.join(name);
        std::fs::write(&path, &text).map_err(|e| e.to_string()).map(|()| (path, text))
    };
    let (config, text) = write("plain.toml", "")?;
    let (strict, _) = write("strict.toml", "?tls=required")?;
    let app = world::open(world::parse(&text)?, world::begin())?;
    let casts = world::casts(&app).await?;
    let setup = Setup { config, strict };
    let node = Node::start(&setup.config)?;
    let mut run = Run { app, casts, sink, setup, node, now: world::begin(), kills: 0, excused: BTreeSet::new() };
    let began = Instant::now();
    run.live(mails.div_ceil(EACH)).await?;
    let verdict = run.finish().await?;
    println!("{:.0} s", began.elapsed().as_secs_f64());
    Ok(verdict.faults)
}

impl Run {
    /// Lets the tickets live; after each deed the node sends for a while, through all that goes wrong.
    async fn live(&mut self, tickets: usize) -> Result<(), String> {
        let tickets = world::tickets(&self.app, &self.casts, tickets).await?;
        self.without_encryption().await?;
        self.sink.set_harsh(true);
        for deed in LIFE {
            if deed != Deed::Open {
                world::happens(&self.app, &self.casts, &tickets, deed).await?;
            }
            // Now and then the next thing happens while mails of the last one still wait.
            for _ in 0..8 {
                self.step(STEP).await?;
            }
        }
        Ok(())
    }

    /// A server that does not offer encryption, where it is required: nothing is handed over, and nothing is lost.
    async fn without_encryption(&mut self) -> Result<(), String> {
        let mut strict = Node::start(&self.setup.strict)?;
        for _ in 0..3 {
            self.now = later(self.now, 61);
            strict.send(self.now, || false)?;
        }
        let failed = judge::count(&self.app, "failed").await?;
        if self.sink.count() > 0 || failed > 0 {
            return Err(format!("without TLS {} mails were handed over and {failed} given up", self.sink.count()));
        }
        println!("TLS refused: nothing was handed over, nothing given up");
        Ok(())
    }

    async fn step(&mut self, seconds: i64) -> Result<(), String> {
        self.now = later(self.now, seconds);
        world::set(&self.app, self.now);
        let sink = self.sink.clone();
        if !self.node.send(self.now, || sink.wants_kill())? {
            self.kills += 1;
            // What it had handed over and could not note: the next node sends that again.
            let said = judge::said(&self.app).await?;
            for mail in self.sink.taken() {
                let id = Letter::read(&mail.bytes)?.id;
                if !said.contains(&id) {
                    self.excused.insert(id);
                }
            }
            self.node = Node::start(&self.setup.config)?;
        }
        Ok(())
    }

    /// Until nothing waits; then what was refused for good is tried again, by hand and without faults.
    async fn finish(&mut self) -> Result<Verdict, String> {
        let mut steps = 0;
        while judge::count(&self.app, "queued").await? > 0 {
            self.step(if steps < 2000 { STEP } else { 600 }).await?;
            steps += 1;
            if steps > STEPS {
                return Err("mails wait for ever".into());
            }
        }
        let failed = judge::failed(&self.app).await?;
        let refused = self.sink.refused();
        println!("refused for good {}, of these given up {}", refused.len(), failed.len());
        if failed.len() > refused.len() {
            return Err("a mail was given up that nobody refused".into());
        }
        self.sink.set_harsh(false);
        for (mail, region) in failed {
            self.retry(mail, region).await?;
        }
        while judge::count(&self.app, "queued").await? > 0 {
            self.step(61).await?;
        }
        let owed = judge::owed(&self.app, &self.casts).await?;
        let taken = self.sink.taken();
        let verdict = judge::judge(&owed, &taken, &refused, &self.excused)?;
        self.report(&verdict, &taken);
        Ok(verdict)
    }

    async fn retry(&self, mail: sigap::db::Id, region: sigap::db::Id) -> Result<(), String> {
        let admin = self.casts.iter().find(|cast| cast.region == region).ok_or("a mail of an unknown region")?.admin;
        world::within(&self.app, move |tx| {
            let (who, now) = (actor::as_person(tx.conn(), admin)?, tx.now);
            let mut tx = tx.acting_as(who, now);
            let may = check(&tx.actor, InRegion(region))?;
            sigap::ticket::outbox::retry(&mut tx, &may, mail).map(drop)
        })
        .await
    }

    fn report(&self, verdict: &Verdict, taken: &[crate::sink::Taken]) {
        let unsaid = taken.iter().filter(|mail| mail.unsaid).count();
        for (fault, count) in self.sink.faults() {
            println!("  {fault:?}: {count}");
        }
        println!(
            "owed {} · messages {} · copies {} (taken and not said {unsaid}, in flight at a kill {}) · kills {} · wrong {}",
            verdict.owed,
            verdict.messages,
            verdict.copies,
            self.excused.len(),
            self.kills,
            verdict.faults.len()
        );
        if self.sink.faults().iter().all(|(fault, _)| *fault != Fault::CutAfter) {
            println!("  no line was cut after DATA: too few mails to show much");
        }
    }
}

//! One's own second factor: a QR code for the device, the first code, and what to do without either (BSSN 4/2021, a).

use super::account::{refused, since};
use super::frame::Frame;
use super::render;
use super::see;
use super::sent::{Sent, Trial};
use super::visit::{Shown, Visit};
use crate::error::{Error, Result};
use crate::org::second_factor::{self, Standing, Waiting};
use askama::Template;
use qrcode::{Color, QrCode};
use std::fmt::Write as _;

/// Modules of white that scanners need around a code (ISO/IEC 18004).
const MARGIN: usize = 4;

/// A QR code as a drawing, and the same for whoever types.
struct Picture {
    side: usize,
    path: String,
    secret: String,
}

impl Picture {
    fn new(waiting: Waiting) -> Result<Self> {
        let code = QrCode::new(waiting.uri.as_bytes()).map_err(|e| Error::internal(format!("QR code: {e}")))?;
        let width = code.width();
        let mut path = String::new();
        for (y, row) in code.to_colors().chunks(width).enumerate() {
            for (x, _) in row.iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
                // Writing to a text can't fail.
                let _ = write!(path, "M{} {}h1v1h-1z", x + MARGIN, y + MARGIN);
            }
        }
        Ok(Self { side: width + 2 * MARGIN, path, secret: in_fours(&waiting.secret) })
    }
}

fn in_fours(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
}

#[derive(Template)]
#[template(path = "web/templates/second_factor.html")]
struct Page {
    frame: Frame,
    standing: Standing,
    picture: Option<Picture>,
    /// Shown once.
    codes: Vec<String>,
    /// A role of his asks for it.
    needed: bool,
    trial: Trial,
}

impl Page {
    fn since(&self) -> Option<String> {
        since(&self.frame, self.standing)
    }
}

async fn page(visit: &Visit, trial: Trial, codes: Vec<String>) -> Shown {
    let (app, status) = (visit.app.clone(), trial.status);
    let html = visit
        .read(move |tx, frame| {
            let standing = second_factor::standing(tx)?;
            let picture = second_factor::waiting(tx, &app.vault)?.map(Picture::new).transpose()?;
            let me = tx.actor.person()?;
            let needed = app.lacks_factor(tx, me)?;
            render(&Page { frame, standing, picture, codes, needed, trial })
        })
        .await?;
    Ok(visit.page(status, html))
}

/// `GET /account/second-factor`.
pub async fn show(visit: Visit) -> Shown {
    page(&visit.own(), Trial::new(), Vec::new()).await
}

/// `POST /account/second-factor`: a secret for the device.
pub async fn begin(visit: Visit, sent: Sent) -> Shown {
    let visit = visit.own();
    match begun(&visit, &sent).await {
        Ok(()) => Ok(see("/account/second-factor")),
        Err(error) => page(&visit, refused(&visit, "begin", error)?, Vec::new()).await,
    }
}

async fn begun(visit: &Visit, sent: &Sent) -> Result<()> {
    visit.check(sent.get("form")).await?;
    let person = visit.fetch(second_factor::owner_without).await?;
    visit.app.prove(&person, sent.get("password").to_owned(), "/password", visit.origin.clone()).await?;
    let app = visit.app.clone();
    visit.ask(sent, move |tx| second_factor::begin(tx, &app.vault).map(drop)).await
}

/// `POST /account/second-factor/confirm`: the first code; answers with the recovery codes, once.
pub async fn confirm(visit: Visit, sent: Sent) -> Shown {
    let visit = visit.own();
    match confirmed(&visit, &sent).await {
        Ok(codes) => page(&visit, Trial::new(), codes).await,
        Err(error) => page(&visit, refused(&visit, "confirm", error)?, Vec::new()).await,
    }
}

async fn confirmed(visit: &Visit, sent: &Sent) -> Result<Vec<String>> {
    let (app, code) = (visit.app.clone(), count(visit, sent).await?);
    visit.ask(sent, move |tx| second_factor::confirm(tx, &app.vault, &code, &app.config.sign_in)).await
}

/// The code that a form of ours carries, counted as a try.
async fn count(visit: &Visit, sent: &Sent) -> Result<String> {
    visit.check(sent.get("form")).await?;
    let (me, code) = (visit.fetch(|tx| tx.actor.person()).await?, sent.get("code").to_owned());
    visit.app.count_code(me, code.clone(), visit.origin.clone()).await?;
    Ok(code)
}

/// `POST /account/second-factor/remove`: by a code.
pub async fn remove(visit: Visit, sent: Sent) -> Shown {
    let visit = visit.own();
    match removed(&visit, &sent).await {
        Ok(()) => Ok(see("/account")),
        Err(error) => page(&visit, refused(&visit, "remove", error)?, Vec::new()).await,
    }
}

async fn removed(visit: &Visit, sent: &Sent) -> Result<()> {
    let (app, code) = (visit.app.clone(), count(visit, sent).await?);
    visit.ask(sent, move |tx| second_factor::remove(tx, &app.vault, &code, &app.config.sign_in)).await
}

//! Pages, as people use them: through a browser without script.

mod account;
mod admin;
mod answer;
mod audit;
mod back;
mod canned;
mod desk;
mod done;
mod edit;
mod files;
mod forms;
mod history;
mod incident;
mod journeys;
mod lists;
mod marks;
mod monthly;
mod news;
mod notices;
mod nul;
mod overview;
mod own;
mod reports;
mod sessions;
mod tabs;
mod ties;
mod turn;
mod unsent;
mod views;
mod weight;
mod who_sees;
mod whom;
mod words;
mod working;

use crate::support::TestApp;
use crate::support::browser::{Browser, Page};

/// Opens a ticket as a clerk does, and returns its page.
pub async fn reported(clerk: &Browser, subject: &str) -> Page {
    let page = clerk.get("/report?service=simpeg").await;
    let fields = [("subject", subject), ("description", "Sejak pagi.")];
    let page = clerk.fill_with_file(&page, "/report", &fields, ("", "")).await;
    Page { place: page.ticket().to_owned(), ..page }
}

/// The number of the ticket that a page is about.
pub fn number(page: &Page) -> String {
    page.ticket().trim_start_matches("/tickets/").to_owned()
}

/// A ticket that a clerk reported, and the browsers of those who work on it.
pub struct Desk {
    pub app: TestApp,
    pub clerk: Browser,
    pub tier1: Browser,
    pub tier2: Browser,
    pub place: String,
}

impl Desk {
    pub async fn new() -> Self {
        let app = TestApp::new().await;
        let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
        let page = reported(&clerk, "SIMPEG tidak bisa dibuka").await;
        assert_eq!(page.status, 200, "{}", page.html);
        let tier1 = Browser::lebak(&app, "teknisi.dinkes").await;
        let tier2 = Browser::lebak(&app, "tier2.satu").await;
        Self { place: page.place.clone(), app, clerk, tier1, tier2 }
    }

    /// Presses a button of the ticket's page.
    pub async fn act(&self, who: &Browser, act: &str, fields: &[(&str, &str)]) -> Page {
        let page = who.get(&self.place).await;
        who.fill(&page, &format!("{}/{act}", self.place), fields).await
    }
}

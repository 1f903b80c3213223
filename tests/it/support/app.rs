//! The whole service inside the test, on a clock that stands still until it is stepped.

use super::client::Client;
use super::db::Database;
use actix_http::Request;
use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{test, web};
use chrono::{DateTime, Duration, Utc};
use futures_util::future::LocalBoxFuture;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};
use sigap::app::App;
use sigap::clock::Clock;
use sigap::config::Config;
use sigap::db::Conn;
use sigap::http::Limiter;
use sigap::{demo, server};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

type Serve = Rc<dyn Fn(Request) -> LocalBoxFuture<'static, ServiceResponse<BoxBody>>>;

/// A service with the demo's regions, people and services, and no tickets.
pub struct TestApp {
    pub app: App,
    pub clock: Clock,
    pub(super) serve: Serve,
    pub database: Rc<Database>,
    /// What is measured where this is set as the recorder, which `/metrics` shows.
    pub recorder: Rc<PrometheusRecorder>,
}

/// Monday 2 March 2026, 08:00 in Jakarta.
pub fn monday_morning() -> DateTime<Utc> {
    "2026-03-02T01:00:00Z".parse().unwrap()
}

/// What a test has unless it says otherwise: no rate limit; a connection for each of the many that a test sends at once, and
/// minutes for each to wait for another, as a machine that has other work may take them.
const USUAL: [(&str, &str); 3] = [("rate_limit", "\"off\""), ("database_pool", "70"), ("database_seconds", "360")];

/// Settings for a test: the usual, cheap hashes, and what the test itself wants.
pub fn settings(url: &str, folder: &Path, more: &str) -> Config {
    let (top, sign_in) = more.split_once("[sign_in]").unwrap_or((more, ""));
    let usual =
        USUAL.iter().filter(|(name, _)| !more.contains(name)).map(|(name, value)| format!("{name} = {value}\n"));
    let text = format!(
        "database_url = {url:?}\ndata_dir = {:?}\n{}{top}\n\
         [sign_in]\nargon2_memory_kib = 8\nargon2_passes = 1\nhashes_at_once = 8\n{sign_in}\n",
        folder.display().to_string(),
        usual.collect::<String>()
    );
    Config::from_parts(Some(&text), []).unwrap()
}

impl TestApp {
    /// With the shipped settings, but for the cheap ones.
    pub async fn new() -> Self {
        Self::with("").await
    }

    /// With further settings, as TOML.
    pub async fn with(more: &str) -> Self {
        let database = Database::copy_of(|url, folder| {
            let (url, folder) = (url.to_owned(), folder.to_owned());
            std::thread::spawn(move || fill(&url, &folder)).join().unwrap();
        });
        Self::on(Rc::new(database), Clock::fixed(monday_morning()), more).await
    }

    /// On a database without anything.
    pub async fn empty() -> Self {
        Self::on(Rc::new(Database::empty()), Clock::fixed(monday_morning()), "").await
    }

    /// A second program on the same database, folder and clock, as after a restart.
    pub async fn again(&self, more: &str) -> Self {
        Self::on(Rc::clone(&self.database), self.clock.clone(), more).await
    }

    /// A program on a database that was put back.
    pub async fn on_database(database: Rc<Database>, clock: Clock) -> Self {
        Self::on(database, clock, "").await
    }

    async fn on(database: Rc<Database>, clock: Clock, more: &str) -> Self {
        super::log::expect_more_than_one();
        let config = settings(&database.url, database.folder.path(), more);
        let limiter = web::Data::from(Arc::new(Limiter::new(&config).unwrap()));
        let recorder = Rc::new(PrometheusBuilder::new().build_recorder());
        let app = App::open(config, clock.clone(), Some(recorder.handle())).unwrap();
        let service = test::init_service(
            actix_web::App::new()
                .app_data(web::Data::new(app.clone()))
                .app_data(limiter)
                .wrap(server::headers(&app))
                .wrap(from_fn(server::observe))
                .configure(server::configure),
        )
        .await;
        let service = Rc::new(service);
        let serve: Serve = Rc::new(move |request| {
            let service = Rc::clone(&service);
            Box::pin(async move {
                match service.call(request).await {
                    Ok(response) => response.map_into_boxed_body(),
                    Err(error) => panic!("no answer: {error}"),
                }
            })
        });
        Self { app, clock, serve, database, recorder }
    }

    /// Reads the database past the program.
    pub async fn look<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Conn<'_>) -> sigap::error::Result<T> + Send + 'static,
    ) -> T {
        self.app.store.read(f).await.unwrap()
    }

    /// Lets time pass.
    pub fn step(&self, by: Duration) {
        self.clock.step(by);
    }

    /// Somebody who is not signed in.
    pub fn anonymous(&self) -> Client {
        Client::new(Rc::clone(&self.serve), None)
    }

    /// The holder of an account of the demo, signed in.
    pub async fn sign_in(&self, login: &str) -> Client {
        let body = serde_json::json!({ "login": login, "password": "sigap-demo-2026" });
        let tokens = self.anonymous().post("/auth/login", body).await.ok();
        self.with_token(tokens["access_token"].as_str().unwrap())
    }

    /// Whoever holds this token.
    pub fn with_token(&self, token: &str) -> Client {
        Client::new(Rc::clone(&self.serve), Some(token.to_owned()))
    }

    /// `account@<domain of Lebak>`.
    pub async fn lebak(&self, account: &str) -> Client {
        self.sign_in(&format!("{account}@lebakkab.go.id")).await
    }

    /// `account@<domain of Temanggung>`.
    pub async fn temanggung(&self, account: &str) -> Client {
        self.sign_in(&format!("{account}@temanggungkab.go.id")).await
    }
}

fn fill(url: &str, folder: &Path) {
    let app = App::open(settings(url, folder, ""), Clock::fixed(monday_morning()), None).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(demo::fill(&app)).unwrap();
    drop(app);
    // The writer's thread closes the file a moment after the last handle; its log must be folded in before a copy.
    if let Some(path) = url.strip_prefix("sqlite:") {
        use diesel::connection::SimpleConnection;
        use diesel::{Connection, SqliteConnection};
        let mut conn = SqliteConnection::establish(path).unwrap();
        conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA wal_checkpoint(TRUNCATE);").unwrap();
    }
}

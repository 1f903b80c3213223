//! Asks the service while a fault lasts, and waits until it writes again.

use crate::leeway::within;
use crate::support::{Accounts, Answer, Api, Call, DOMAINS};
use serde_json::json;
use std::thread;
use std::time::{Duration, Instant};
use ureq::Agent;

/// One who only looks how the service does; what he opens stands in no client's book.
#[derive(Debug, Default)]
pub struct Probe {
    accounts: Accounts,
    /// Answers that may not be, and times that are too long.
    pub faults: Vec<String>,
}

impl Probe {
    fn login() -> String {
        format!("pegawai.dinkes@{}", DOMAINS.first().copied().unwrap_or_default())
    }

    fn change() -> Call {
        let text = "Dibuka oleh pengamat.";
        Call::post(
            "/tickets",
            &json!({ "kind": "incident", "service": "simpeg", "subject": text, "description": text }),
        )
    }

    /// Signs in while all is well.
    pub fn sign_in(&mut self, url: &str) -> Result<(), String> {
        self.accounts = Accounts::default();
        self.accounts.person(&Api::new(url), &Self::login()).map(drop)
    }

    /// Reads and writes for a while; only 503 with `Retry-After` is right.
    pub fn meanwhile(&mut self, url: &str, time: Duration) {
        let (api, began) = (Api::new(url), Instant::now());
        while began.elapsed() < time {
            for call in [Call::get("/tickets?limit=5"), Self::change()] {
                self.expect_refusal(&api, &call);
            }
        }
    }

    /// Reads and writes at once: only 503 within `longest` is right. How long the slowest took.
    pub fn expect_refusals(&mut self, url: &str, longest: Duration) -> Duration {
        let (api, accounts) = (Api::new(url), &self.accounts);
        let calls = [Call::get("/tickets?limit=5"), Self::change(), Call::get("/me")];
        let asked = thread::scope(|scope| {
            let ask = |call| {
                let api = &api;
                scope.spawn(move || {
                    let began = Instant::now();
                    (accounts.call(api, &Self::login(), call), began.elapsed())
                })
            };
            let threads: Vec<_> = calls.iter().map(ask).collect();
            threads.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
        });
        let mut slowest = Duration::ZERO;
        for (call, asked) in calls.iter().zip(asked) {
            let Ok((answer, took)) = asked else {
                self.faults.push("a thread panicked".to_owned());
                continue;
            };
            slowest = slowest.max(took);
            if took > within(longest) {
                self.faults.push(format!("{} took {took:.1?}, {longest:.1?} at most", call.path));
            }
            self.judge(call, answer);
        }
        slowest
    }

    /// `/healthz` answers 200 within a second.
    pub fn expect_life(&mut self, url: &str) {
        let config = Agent::config_builder().proxy(None).timeout_global(Some(within(Duration::from_secs(1)))).build();
        if let Err(e) = config.new_agent().get(format!("{url}/healthz")).call() {
            self.faults.push(format!("/healthz during the fault: {e}"));
        }
    }

    /// A call that must be answered with 503 and `Retry-After`.
    pub fn expect_refusal(&mut self, api: &Api, call: &Call) {
        let answer = self.accounts.call(api, &Self::login(), call);
        self.judge(call, answer);
    }

    fn judge(&mut self, call: &Call, answer: Result<Answer, String>) {
        match answer {
            Ok(answer) if answer.status == 503 && answer.retry_after.is_some() => {}
            Ok(answer) => self.faults.push(format!(
                "{} {} during the fault: {} {:?} {}",
                call.method.text(),
                call.path,
                answer.status,
                answer.retry_after,
                answer.body
            )),
            Err(e) => self.faults.push(format!("during the fault: {e}")),
        }
    }

    /// A call that must be answered with 200.
    pub fn expect_answer(&mut self, api: &Api, call: &Call) {
        match self.accounts.call(api, &Self::login(), call) {
            Ok(answer) if answer.is_success() => {}
            Ok(answer) => {
                self.faults.push(format!("{} during the fault: {} {}", call.path, answer.status, answer.body));
            }
            Err(e) => self.faults.push(format!("during the fault: {e}")),
        }
    }

    /// Opens tickets until one is acknowledged; how long after `began` that was.
    pub fn until_it_writes(&mut self, url: &str, began: Instant, longest: Duration) -> Result<Duration, String> {
        let api = Api::new(url);
        loop {
            let answer = self.accounts.call(&api, &Self::login(), &Self::change())?;
            let took = began.elapsed();
            if answer.is_success() {
                if took > within(longest) {
                    self.faults.push(format!("the first write came after {took:.1?}, {longest:.1?} at most"));
                }
                return Ok(took);
            }
            if answer.status != 503 || answer.retry_after.is_none() {
                self.faults.push(format!("after the fault: {} {}", answer.status, answer.body));
            }
            if took > within(longest) + Duration::from_mins(1) {
                return Err(format!("no write is acknowledged {took:.1?} after the fault: {}", answer.body));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

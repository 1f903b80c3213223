//! Asks the service while a fault lasts, and waits until it writes again.

use crate::support::{Accounts, Api, Call, DOMAINS};
use serde_json::json;
use std::thread;
use std::time::{Duration, Instant};

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
    pub fn sign_in(&self, url: &str) -> Result<(), String> {
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

    /// A call that must be answered with 503 and `Retry-After`.
    pub fn expect_refusal(&mut self, api: &Api, call: &Call) {
        match self.accounts.call(api, &Self::login(), call) {
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
                if took > longest {
                    self.faults.push(format!("the first write came after {took:.1?}, {longest:.1?} at most"));
                }
                return Ok(took);
            }
            if answer.status != 503 || answer.retry_after.is_none() {
                self.faults.push(format!("after the fault: {} {}", answer.status, answer.body));
            }
            if took > longest + Duration::from_mins(1) {
                return Err(format!("no write is acknowledged {took:.1?} after the fault: {}", answer.body));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

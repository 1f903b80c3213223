//! A phone with an authenticator: it holds a secret and shows its code of the moment.

use super::{Client, TestApp};
use serde_json::json;
use sigap::access::totp;

const PASSWORD: &str = "sigap-demo-2026";

/// Somebody's phone.
pub struct Device {
    secret: Vec<u8>,
    /// What the service gave with it.
    pub recovery_codes: Vec<String>,
}

impl Device {
    /// With a secret as people read it.
    pub fn new(secret: &str) -> Self {
        let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
        for letter in secret.chars().filter(|c| !c.is_whitespace()) {
            let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).unwrap();
            held = (held << 5 | u32::try_from(value).unwrap()) & 0xffff;
            bits += 5;
            if bits >= 8 {
                bits -= 8;
                bytes.push(u8::try_from(held >> bits & 0xff).unwrap());
            }
        }
        Self { secret: bytes, recovery_codes: Vec::new() }
    }

    /// Sets a second factor up, as `owner` does.
    pub async fn of(app: &TestApp, owner: &Client) -> Self {
        let given = owner.post("/me/second-factor", json!({ "password": PASSWORD })).await.created();
        let mut device = Self::new(given["secret"].as_str().unwrap());
        let codes = owner.post("/me/second-factor/confirm", json!({ "code": device.code(app) })).await.ok();
        let codes = codes["recovery_codes"].as_array().unwrap();
        device.recovery_codes = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
        device
    }

    /// What it shows now.
    pub fn code(&self, app: &TestApp) -> String {
        self.code_in(app, 0)
    }

    /// What it shows so many steps of thirty seconds from now.
    pub fn code_in(&self, app: &TestApp, steps: i64) -> String {
        totp::code(&self.secret, totp::step(app.clock.now()) + steps)
    }
}

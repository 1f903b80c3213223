//! Access tokens under attack (RFC 8725), and keys that rotate.

use crate::support::TestApp;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use sigap::access::token::Audience;
use sigap::db::Id;
use sigap::org::session;
use std::path::PathBuf;

/// A good token in its parts, to be spoilt.
struct Forge {
    header: Value,
    claims: Value,
    secret: Vec<u8>,
}

fn keys(app: &TestApp) -> Vec<PathBuf> {
    let folder = app.app.config.data_dir.join("keys").join("jwt");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    files
}

fn part(token: &str, number: usize) -> Value {
    let text = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

impl Forge {
    async fn new(app: &TestApp) -> Self {
        let client = app.lebak("pegawai.dinkes").await;
        let token = client.token();
        let secret = std::fs::read(keys(app).last().unwrap()).unwrap();
        Self { header: part(token, 0), claims: part(token, 1), secret }
    }

    /// Signs with HMAC-SHA-256 whatever the header says.
    fn sign(&self, header: &Value, claims: &Value) -> String {
        let text = |v: &Value| URL_SAFE_NO_PAD.encode(v.to_string());
        let message = format!("{}.{}", text(header), text(claims));
        let key = EncodingKey::from_secret(&self.secret);
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
        format!("{message}.{signature}")
    }

    fn with_header(&self, name: &str, value: Value) -> String {
        let mut header = self.header.clone();
        header[name] = value;
        self.sign(&header, &self.claims)
    }

    fn with_claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[name] = value;
        self.sign(&self.header, &claims)
    }
}

async fn refused(app: &TestApp, token: &str, why: &str) {
    let reply = app.with_token(token).get("/me").await;
    assert_eq!(reply.status, 401, "{why}: {}", reply.text);
    reply.refused(401);
}

#[actix_web::test]
async fn the_forge_makes_good_tokens_so_that_each_refusal_below_has_one_cause() {
    let app = TestApp::new().await;
    let forge = Forge::new(&app).await;
    let good = forge.sign(&forge.header, &forge.claims);
    app.with_token(&good).get("/me").await.ok();
    assert_eq!(forge.header["alg"], "HS256");
    assert_eq!(forge.header["typ"], "at+jwt");
    let mut named: Vec<&String> = forge.claims.as_object().unwrap().keys().collect();
    named.sort();
    assert_eq!(named, ["aud", "exp", "iat", "iss", "nbf", "sid", "sub"]);
}

// B4
#[actix_web::test]
async fn no_other_algorithm_is_taken_and_none_least_of_all() {
    let app = TestApp::new().await;
    let forge = Forge::new(&app).await;
    for alg in ["none", "None", "NONE", "", "RS256", "ES256", "EdDSA", "PS256", "HS384", "HS512", "hs256"] {
        let token = forge.with_header("alg", json!(alg));
        refused(&app, &token, alg).await;
        let message = token.rsplit_once('.').unwrap().0;
        refused(&app, &format!("{message}."), alg).await;
        refused(&app, message, alg).await;
    }
    for alg in [json!(null), json!(1), json!(["HS256"]), json!({ "alg": "HS256" })] {
        refused(&app, &forge.with_header("alg", alg), "alg is no text").await;
    }
}

#[actix_web::test]
async fn a_token_of_another_type_issuer_or_audience_is_refused() {
    let app = TestApp::new().await;
    let forge = Forge::new(&app).await;
    for typ in [json!("JWT"), json!("jwt"), json!("at+JWT2"), json!("refresh"), json!(""), json!(null)] {
        refused(&app, &forge.with_header("typ", typ.clone()), &format!("typ {typ}")).await;
    }
    for iss in [json!("evil"), json!(""), json!(null), json!("SIGAP"), json!(1), json!({})] {
        refused(&app, &forge.with_claim("iss", iss.clone()), &format!("iss {iss}")).await;
    }
    for aud in [json!("other"), json!(""), json!(null), json!("sigap"), json!(1)] {
        refused(&app, &forge.with_claim("aud", aud.clone()), &format!("aud {aud}")).await;
    }
}

#[actix_web::test]
async fn no_claim_may_be_missing_of_another_type_or_unknown() {
    let app = TestApp::new().await;
    let forge = Forge::new(&app).await;
    for name in ["iss", "aud", "sub", "sid", "iat", "nbf", "exp"] {
        let mut claims = forge.claims.clone();
        claims.as_object_mut().unwrap().remove(name);
        refused(&app, &forge.sign(&forge.header, &claims), &format!("without {name}")).await;
        refused(&app, &forge.with_claim(name, json!(null)), &format!("{name} null")).await;
        refused(&app, &forge.with_claim(name, json!(["x"])), &format!("{name} list")).await;
    }
    // CVE-2026-25537: a time of the wrong type must not count as absent.
    for name in ["exp", "nbf", "iat"] {
        let text = forge.claims[name].to_string();
        refused(&app, &forge.with_claim(name, json!(text)), &format!("{name} as text")).await;
        refused(&app, &forge.with_claim(name, json!("x")), &format!("{name} x")).await;
        refused(&app, &forge.with_claim(name, json!(1e300)), &format!("{name} huge")).await;
        refused(&app, &forge.with_claim(name, json!(true)), &format!("{name} true")).await;
    }
    refused(&app, &forge.with_claim("role", json!("operator")), "a claim that we never make").await;
    refused(&app, &forge.sign(&forge.header, &json!([1, 2])), "claims are a list").await;
}

#[actix_web::test]
async fn a_key_id_is_a_name_and_never_a_path_or_a_query() {
    let app = TestApp::new().await;
    let forge = Forge::new(&app).await;
    let known = forge.header["kid"].as_str().unwrap().to_owned();
    for kid in [
        "../../../../../../etc/passwd".to_owned(),
        "/dev/null".to_owned(),
        format!("../jwt/{known}"),
        format!("{known}.key"),
        format!("{known}\u{0}"),
        known.to_uppercase() + "x",
        "' OR 1=1 --".to_owned(),
        "x' UNION SELECT 'secret".to_owned(),
        String::new(),
        "01920000-0000-7000-8000-000000000000".to_owned(),
        "x".repeat(5000),
    ] {
        refused(&app, &forge.with_header("kid", json!(kid)), &kid).await;
    }
    let mut header = forge.header.clone();
    header.as_object_mut().unwrap().remove("kid");
    refused(&app, &forge.sign(&header, &forge.claims), "no kid").await;
    // Keys that come with the token are not asked for and not believed.
    let own = Forge { secret: vec![7; 32], header: forge.header.clone(), claims: forge.claims.clone() };
    let jwk = json!({ "kty": "oct", "k": URL_SAFE_NO_PAD.encode([7; 32]) });
    refused(&app, &own.with_header("jwk", jwk), "jwk").await;
    refused(&app, &own.with_header("jku", json!("http://127.0.0.1:9/keys")), "jku").await;
}

#[actix_web::test]
async fn a_token_from_the_future_or_of_another_key_is_refused() {
    let app = TestApp::new().await;
    let forge = Forge::new(&app).await;
    let now = app.clock.now().utc().timestamp();
    for name in ["nbf", "iat"] {
        refused(&app, &forge.with_claim(name, json!(now + 3600)), name).await;
        refused(&app, &forge.with_claim(name, json!(i64::MAX)), name).await;
        let skewed = forge.with_claim(name, json!(now + 2));
        app.with_token(&skewed).get("/me").await.ok();
    }
    refused(&app, &forge.with_claim("exp", json!(now)), "just expired").await;
    refused(&app, &forge.with_claim("exp", json!(-1)), "before 1970").await;
    let other = Forge { secret: vec![0; 32], header: forge.header.clone(), claims: forge.claims.clone() };
    refused(&app, &other.sign(&other.header, &other.claims), "another key").await;
    let mut spoilt = forge.sign(&forge.header, &forge.claims);
    spoilt.truncate(spoilt.len() - 1);
    refused(&app, &spoilt, "a signature cut short").await;
}

#[actix_web::test]
async fn a_token_names_its_person_and_his_session_together() {
    let app = TestApp::new().await;
    let forge = Forge::new(&app).await;
    let other = part(app.lebak("koordinator").await.token(), 1);
    refused(&app, &forge.with_claim("sub", other["sub"].clone()), "another person's sub").await;
    refused(&app, &forge.with_claim("sid", other["sid"].clone()), "another person's sid").await;
    refused(&app, &forge.with_claim("sid", forge.claims["sub"].clone()), "an id of another kind").await;
}

#[actix_web::test]
async fn what_is_no_bearer_token_at_all_is_refused_in_the_same_words() {
    let app = TestApp::new().await;
    let good = app.lebak("pegawai.dinkes").await;
    let token = good.token();
    for (header, status) in [
        (format!("Bearer {token}"), 200),
        (format!("bearer {token}"), 200),
        (format!("Bearer  {token}"), 200),
        (format!("Basic {token}"), 401),
        (token.to_owned(), 401),
        ("Bearer".to_owned(), 401),
        ("Bearer ".to_owned(), 401),
        ("Bearer a.b.c".to_owned(), 401),
        (format!("Bearer {token}.{token}"), 401),
        (format!("Bearer {}", "x".repeat(7000)), 401),
        ("B\u{e9}arer x".to_owned(), 401),
    ] {
        let reply =
            app.anonymous().raw(actix_web::http::Method::GET, "/me", &[("authorization", &header)], vec![]).await;
        assert_eq!(reply.status, status, "{header}: {}", reply.text);
    }
    app.anonymous().get("/me").await.refused(401);
}

#[actix_web::test]
async fn a_new_key_signs_from_now_on_and_the_old_one_still_verifies() {
    let app = TestApp::new().await;
    let before = app.lebak("pegawai.dinkes").await;
    let elsewhere = app.again("").await;
    let kid = app.app.keys.rotate(app.clock.now().plus(Duration::seconds(1))).unwrap();
    let after = app.lebak("pegawai.dinkes").await;
    assert_eq!(part(after.token(), 0)["kid"], json!(kid));
    assert_ne!(part(before.token(), 0)["kid"], json!(kid));
    before.get("/me").await.ok();
    after.get("/me").await.ok();
    // Another node finds the key when it first meets it.
    elsewhere.with_token(after.token()).get("/me").await.ok();
    elsewhere.with_token(before.token()).get("/me").await.ok();
    for file in keys(&app) {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(keys(&app).len(), 2);
}

#[actix_web::test]
async fn a_key_that_is_made_after_the_clock_was_set_back_signs_all_the_same() {
    let app = TestApp::new().await;
    let kid = app.app.keys.rotate(app.clock.now().plus(Duration::days(-30))).unwrap();
    let signed = app.lebak("pegawai.dinkes").await;
    assert_eq!(part(signed.token(), 0)["kid"], json!(kid));
}

#[actix_web::test]
async fn a_token_that_was_taken_before_is_refused_when_its_time_is_over_or_its_key_is_gone() {
    let app = TestApp::new().await;
    let early = app.lebak("pegawai.dinkes").await;
    early.get("/me").await.ok();
    early.get("/me").await.ok();
    app.step(Duration::seconds(app.app.config.sign_in.access_seconds));
    refused(&app, early.token(), "its time is over").await;

    let late = app.lebak("pegawai.dinkes").await;
    late.get("/me").await.ok();
    let [key] = keys(&app).try_into().unwrap();
    app.app.keys.rotate(app.clock.now()).unwrap();
    late.get("/me").await.ok();
    std::fs::remove_file(key).unwrap();
    app.app.keys.reload().unwrap();
    refused(&app, late.token(), "its key is gone").await;
}

// ASVS 16.5.2: a file that can't be read is the operator's affair, and no answer to whoever brings an invented token.
#[actix_web::test]
async fn a_token_of_an_unknown_key_is_refused_even_while_the_keys_can_not_be_read_again() {
    let app = TestApp::new().await;
    let known = app.lebak("pegawai.dinkes").await;
    let forge = Forge::new(&app).await;
    let damaged = app.app.config.data_dir.join("keys/jwt/ffffffff-ffff-7fff-bfff-ffffffffffff.key");
    std::fs::write(&damaged, "").unwrap();
    assert!(app.app.keys.reload().is_err());
    let invented = json!(Id::new(app.clock.now()));
    refused(&app, &forge.with_header("kid", invented), "unknown key").await;
    known.get("/me").await.ok();
}

#[actix_web::test]
async fn a_token_that_one_door_has_taken_opens_no_other() {
    let app = TestApp::new().await;
    let (now, keys) = (app.clock.now(), &app.app.keys);
    let (person, session) = (Id::new(now), Id::new(now));
    let (token, _) = keys.issue(person, session, Audience::Pages, now).unwrap();
    for _ in 0..2 {
        assert_eq!(keys.verify(&token, Audience::Pages, now).unwrap().sub, person);
        assert!(keys.verify(&token, Audience::Api, now).is_err());
        assert!(keys.verify(&token, Audience::Step, now).is_err());
    }
}

#[actix_web::test]
async fn an_access_token_promises_no_longer_life_than_its_session_has() {
    let app = TestApp::with("[sign_in]\nsession_seconds = 1000").await;
    let login = json!({ "login": "pegawai.dinkes@lebakkab.go.id", "password": "sigap-demo-2026" });
    let first = app.anonymous().post("/auth/login", login).await.ok();
    assert_eq!(first["expires_in"], 600);
    app.step(Duration::seconds(500));
    let body = json!({ "refresh_token": first["refresh_token"] });
    let next = app.anonymous().post("/auth/refresh", body).await.ok();
    assert_eq!(next["expires_in"], 500);
    let me = app.with_token(next["access_token"].as_str().unwrap());
    app.step(Duration::seconds(499));
    me.get("/me").await.ok();
    app.step(Duration::seconds(1));
    me.get("/me").await.refused(401);
}

#[actix_web::test]
async fn a_session_is_removed_with_its_tokens_ninety_days_after_it_ended_or_ran_out() {
    let app = TestApp::new().await;
    let sweep = async || app.within(session::sweep).await;
    let client = app.lebak("pegawai.dinkes").await;
    app.lebak("teknisi.dinkes").await;
    client.post("/auth/logout", json!({})).await.done();
    for (days, gone) in [(90, 0), (1, 2), (13, 0), (1, 2)] {
        app.step(Duration::days(days));
        assert_eq!(sweep().await, gone, "{days} days later");
    }
}

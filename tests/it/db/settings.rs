//! An unknown or malformed setting stops the start with a message that names it.

use crate::support::app::settings;
use diesel::RunQueryDsl;
use sigap::app::App;
use sigap::clock::Clock;
use sigap::config::bounds::BOUNDS;
use sigap::config::{Config, LogFormat, MetricsAccess};
use std::collections::BTreeSet;

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn refusal(file: Option<&str>, pairs: &[(&str, &str)]) -> String {
    match Config::from_parts(file, variables(pairs)) {
        Ok(_) => panic!("taken: {file:?} {pairs:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn an_unknown_variable_is_named() {
    for name in ["SIGAP_DATABASE", "SIGAP_PORT", "SIGAP_", "SIGAP_RATE_LIMITS", "SIGAP_bind"] {
        assert!(refusal(None, &[(name, "x")]).starts_with(&format!("{name}: unknown setting")));
    }
}

#[test]
fn a_malformed_variable_is_named() {
    for (name, value) in [
        ("SIGAP_BIND", "localhost"),
        ("SIGAP_BIND", "127.0.0.1"),
        ("SIGAP_BIND", "127.0.0.1:99999"),
        ("SIGAP_BIND", ""),
        ("SIGAP_DATA_DIR", ""),
        ("SIGAP_DATABASE_URL", "sqlite:"),
        ("SIGAP_LOG", "xml"),
        ("SIGAP_LOG", "JSON"),
        ("SIGAP_RATE_LIMIT", "many"),
        ("SIGAP_RATE_LIMIT", "0"),
        ("SIGAP_RATE_LIMIT", "-1"),
        ("SIGAP_RATE_LIMIT", ""),
        ("SIGAP_RATE_LIMIT", "99999999999"),
        ("SIGAP_PUBLIC_URL", "sigap.lebakkab.go.id"),
        ("SIGAP_PUBLIC_URL", "ftp://sigap.lebakkab.go.id"),
        ("SIGAP_PUBLIC_URL", "https://sigap.lebakkab.go.id/?a=b"),
        ("SIGAP_PUBLIC_URL", "https://sigap.lebakkab.go.id/#a"),
        ("SIGAP_PUBLIC_URL", "https://admin@sigap.lebakkab.go.id"),
        ("SIGAP_PUBLIC_URL", "https://:x@sigap.lebakkab.go.id"),
    ] {
        let refusal = refusal(None, &[(name, value)]);
        assert!(refusal.contains(name), "{name}={value}: {refusal}");
        assert_eq!(refusal.lines().count(), 1, "{name}={value}: {refusal}");
    }
}

#[test]
fn an_unknown_or_malformed_key_of_the_file_is_named() {
    for (file, named) in [
        ("bindd = \"127.0.0.1:1\"", "bindd"),
        ("[sign_in]\naccess_secs = 1", "access_secs"),
        ("[limits]\nbody = 1", "body"),
        ("[sing_in]\naccess_seconds = 1", "sing_in"),
        ("workers = \"two\"", "workers"),
        ("workers = -1", "workers"),
        ("database_pool = 0", "database_pool"),
        ("database_seconds = 0", "database_seconds"),
        ("rate_limit = 600", "rate_limit"),
        ("metrics = \"everybody\"", "metrics"),
        ("trusted_proxies = [\"10.0.0.0/8\"]", "trusted_proxies"),
        ("trusted_proxies = \"10.0.0.1\"", "trusted_proxies"),
        ("[sign_in]\naccess_seconds = \"600\"", "access_seconds"),
        ("[sign_in]\nhashes_at_once = 0", "hashes_at_once"),
        ("[limits]\nrequest_seconds = 1.5", "request_seconds"),
        ("[backup]\nrecipients = [\"age1qqqq\"]", "backup.recipients"),
        ("sign_in = 1", "sign_in"),
        ("bind = ", "settings file"),
        ("\u{0}", "settings file"),
    ] {
        let refusal = refusal(Some(file), &[]);
        assert!(refusal.contains(named), "{file}: {refusal}");
    }
}

#[test]
fn what_can_not_be_read_is_told_with_what_to_write() {
    for (name, value, form) in [
        ("SIGAP_BIND", "8080", "write ADDRESS:PORT, such as 127.0.0.1:8080"),
        ("SIGAP_SMTP_URL", "mail.go.id:25", "write smtp:// or smtps:// before the host"),
        ("SIGAP_IMAP_URL", "mail.go.id:993", "write imap:// or imaps:// before the host"),
    ] {
        let refusal = refusal(None, &[(name, value)]);
        assert!(refusal.contains(name) && refusal.contains(form), "{refusal}");
    }
    for (file, form) in [
        ("trusted_proxies = [\"10.0.0.0/8\"]", "write a list of addresses, such as [\"10.0.0.5\"]; ranges"),
        ("trusted_proxies = \"10.0.0.1\"", "write a list of addresses"),
        ("[limits]\nbody_bytes = \"x\"", "setting limits.body_bytes: invalid type: a text, expected a whole number"),
        ("[limits]\nrequest_seconds = 1.5", "expected a whole number"),
    ] {
        let refusal = refusal(Some(file), &[]);
        assert!(refusal.contains(form), "{refusal}");
    }
}

/// Names of the settings that are numbers, as shipped.
fn numbers(table: &toml::Table, before: &str) -> BTreeSet<String> {
    let of = |(name, value): (&String, &toml::Value)| match value {
        toml::Value::Integer(_) => BTreeSet::from([format!("{before}{name}")]),
        toml::Value::Table(inner) => numbers(inner, &format!("{name}.")),
        _ => BTreeSet::new(),
    };
    table.iter().flat_map(of).collect()
}

#[test]
fn every_number_has_its_bounds_and_beyond_them_the_start_stops_by_its_name() {
    let shipped = include_str!("../../../config/default.toml").parse().unwrap();
    let bounded: BTreeSet<String> = BOUNDS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(bounded, numbers(&shipped, ""));
    for (name, least, most) in BOUNDS {
        let file = |number: i64| match name.split_once('.') {
            None => format!("{name} = {number}"),
            Some((table, name)) => format!("[{table}]\n{name} = {number}"),
        };
        for number in [i64::MIN, -1, least - 1, most + 1, i64::MAX] {
            let refusal = refusal(Some(&file(number)), &[]);
            assert_eq!(refusal, format!("setting {name}: a number from {least} to {most}"), "{number}");
        }
        for number in [*least, *most] {
            assert!(Config::from_parts(Some(&file(number)), []).is_ok(), "{name} = {number}");
        }
    }
}

#[test]
fn a_filter_that_would_be_no_log_at_all_is_refused() {
    for filter in ["infoo", "", "info,", "sigap", "info, sigap=debug", "sigap=loud", "sigap=", "=,"] {
        let refusal = refusal(Some(&format!("log_filter = {filter:?}")), &[]);
        assert!(refusal.starts_with("setting log_filter: "), "{filter}: {refusal}");
    }
    for filter in ["info", "WARN", "off", "info,sigap::access=warn", "warn,sigap[request{id=1}]=debug"] {
        assert!(Config::from_parts(Some(&format!("log_filter = {filter:?}")), []).is_ok(), "{filter}");
    }
}

#[test]
fn a_file_with_a_typing_error_is_told_by_line_and_column_and_never_with_what_stands_there() {
    for (file, place) in [
        (
            "log = \"json\"\n[mail]\nsmtp_url = \"smtps://desk:rahasia@mail\n",
            "line 3, column 38: setting mail.smtp_url: ",
        ),
        ("[mail]\nsmtp_url = smtps://desk:rahasia@mail\n", "line 2, column 12: setting mail.smtp_url: "),
        ("[mail]\nsmtps://desk:rahasia@mail\n", "line 2, column "),
        ("[mail]\nrahasia=smtps://desk\n", "line 2, column "),
        ("bind = 127.0.0.1:8080\n[mail]\n", "line 1, column 13: setting bind: "),
        ("mail = \"smtps://desk:rahasia@mail, expected\"", "setting mail: "),
        ("[imap]\nmailboxes = [\"imaps://desk:rahasia@mail\"]", "setting imap.mailboxes"),
        ("workers = \"rahasia\"", "setting workers: "),
    ] {
        let refusal = refusal(Some(file), &[]);
        assert!(refusal.contains(place), "{file}: {refusal}");
        assert!(!refusal.contains("rahasia") && !refusal.contains('\n'), "{file}: {refusal}");
    }
}

#[test]
fn a_file_of_authorities_that_is_not_there_stops_the_start_where_a_server_is_set() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("sigap.db").display());
    let start = |more: &str| App::open(settings(&url, folder.path(), more), Clock::System, None);
    for (more, setting) in [
        ("[mail]\nsmtp_url = \"smtps://mail\"\nca_file = \"/nowhere/ca.pem\"", "mail.ca_file"),
        ("[imap]\nurl = \"imaps://a%40b.go.id:x@mail\"\nca_file = \"/nowhere/ca.pem\"", "imap.ca_file"),
    ] {
        let refusal = start(more).err().unwrap().to_string();
        assert!(refusal.starts_with(&format!("setting {setting}, /nowhere/ca.pem: ")), "{refusal}");
    }
    assert!(start("[mail]\nca_file = \"/nowhere/ca.pem\"").is_ok(), "nobody asks for it");
}

#[test]
fn the_environment_overrides_the_file_and_the_file_what_is_shipped() {
    let file = "log = \"json\"\nmetrics = \"off\"\nrate_limit = \"5\"\n[sign_in]\nlogin_failures = 3\n";
    let config = Config::from_parts(Some(file), variables(&[("SIGAP_RATE_LIMIT", "7")])).unwrap();
    assert_eq!((config.log, config.metrics), (LogFormat::Json, MetricsAccess::Off));
    assert_eq!(config.requests_per_minute().unwrap().unwrap().get(), 7);
    assert_eq!((config.sign_in.login_failures, config.sign_in.access_seconds), (3, 600));
    assert_eq!(config.bind.to_string(), "127.0.0.1:8080");
}

#[test]
fn blanks_around_a_variable_are_cut_and_a_slash_at_the_end_of_the_address_too() {
    let pairs = [
        ("SIGAP_RATE_LIMIT", " off \n"),
        ("SIGAP_PUBLIC_URL", "https://sigap.lebakkab.go.id/ "),
        ("SIGAP_LOG", "json\r"),
        ("SIGAP_BIND", "\t[::1]:9000"),
    ];
    let config = Config::from_parts(None, variables(&pairs)).unwrap();
    assert_eq!(config.requests_per_minute().unwrap(), None);
    assert_eq!(config.public_url, "https://sigap.lebakkab.go.id");
    assert_eq!(config.bind.to_string(), "[::1]:9000");
}

#[test]
fn the_mail_settings_of_the_contract_are_known() {
    let pairs = [("SIGAP_SMTP_URL", "smtp://localhost"), ("SIGAP_IMAP_URL", "imap://localhost")];
    Config::from_parts(None, variables(&pairs)).unwrap();
}

#[test]
fn a_mail_server_is_named_with_tls_where_a_password_travels_and_no_refusal_repeats_the_password() {
    let with = |url: &str| Config::from_parts(None, variables(&[("SIGAP_SMTP_URL", url)]));
    for good in
        ["smtp://mail:587?tls=required", "smtps://a:geheim@mail", "smtp://a:geheim@127.0.0.1:25", "smtp://mail", ""]
    {
        assert_eq!(with(good).unwrap().mail.has_server(), !good.is_empty(), "{good}");
    }
    for bad in [
        "smtp://a:geheim@mail",
        "smtp://a:geheim@mail?tls=opportunistic",
        "smtps://a:geheim@mail?tls=required",
        "imap://a:geheim@mail",
        "a:geheim@mail",
        "smtp://",
    ] {
        let refusal = with(bad).err().unwrap_or_else(|| panic!("{bad}")).to_string();
        assert!(refusal.contains("SIGAP_SMTP_URL") && !refusal.contains("geheim"), "{refusal}");
    }
    for bad in ["per_hour = 0", "connections = 0", "dkim_selector = \"A.b\"", "unknown = 1"] {
        assert!(Config::from_parts(Some(&format!("[mail]\n{bad}\n")), []).is_err(), "{bad}");
    }
}

#[test]
fn without_a_database_setting_the_file_lies_in_the_data_directory() {
    use secrecy::ExposeSecret;
    let config = Config::from_parts(None, variables(&[("SIGAP_DATA_DIR", "/srv/sigap")])).unwrap();
    assert_eq!(config.database_url().expose_secret(), "sqlite:/srv/sigap/sigap.db");
    let config = Config::from_parts(None, variables(&[("SIGAP_DATABASE_URL", "postgres://a:geheim@h/d")])).unwrap();
    assert_eq!(config.database_url().expose_secret(), "postgres://a:geheim@h/d");
    assert!(!format!("{config:?}").contains("geheim"), "a password must not reach a log");
}

#[derive(diesel::QueryableByName)]
struct Limit {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

// R16: a restore looks at everything in one transaction, and on a busy machine thinks for more than a second.
#[actix_web::test]
async fn a_transaction_that_takes_its_time_is_not_ended_and_every_other_one_is() {
    // Where a statement has more than the usual half of a minute, there is more between two of them.
    for (seconds, takes_time, limit) in [(30, true, "0"), (30, false, "1s"), (360, false, "12s")] {
        let app = crate::support::TestApp::with(&format!("database_seconds = {seconds}")).await;
        let seen = app.within(move |tx| {
            if takes_time {
                sigap::db::postgres::take_time(tx.conn())?;
            }
            let sigap::db::Conn::Pg(conn) = tx.conn() else { return Ok(limit.to_owned()) };
            let sql = "SELECT current_setting('idle_in_transaction_session_timeout') AS value";
            Ok(diesel::sql_query(sql).get_result::<Limit>(&mut **conn)?.value)
        });
        assert_eq!(seen.await, limit);
    }
}

#[test]
fn a_database_url_of_another_kind_or_without_tls_over_a_network_is_refused_by_name() {
    for url in [
        "mysql://x/y",
        "x",
        "postgres://",
        "postgres:///",
        "postgres://sigap:geheim@db.example/sigap",
        "postgres://a,b/d",
    ] {
        let refusal = sigap::db::Store::open(url, 1, 30).err().unwrap().to_string();
        assert!(refusal.contains("SIGAP_DATABASE_URL") && !refusal.contains("geheim"), "{url}: {refusal}");
    }
}

#[test]
fn a_password_that_the_database_url_does_not_hold_as_it_must_is_told_with_how_to_write_it_and_never_shown() {
    for password in ["ra%ha", "ra ha", "ra@ha", "ra/ha"] {
        let url = format!("postgres://u:{password}@localhost/x");
        let refusal = sigap::db::Store::open(&url, 1, 30).err().unwrap().to_string();
        assert!(refusal.starts_with("SIGAP_DATABASE_URL: ") && refusal.contains("as %XX"), "{refusal}");
        assert!(!refusal.contains("localhost") && !refusal.contains(password), "{refusal}");
    }
}

#[test]
fn a_value_of_the_wrong_kind_is_told_in_words_that_need_no_rust() {
    let said = |text: &str| Config::from_parts(Some(text), []).err().unwrap_or_else(|| panic!("{text}")).to_string();
    for (text, words) in [
        (
            "rate_limit = 600",
            "setting rate_limit (SIGAP_RATE_LIMIT): write a number of requests a minute in quotes, such as \"600\"",
        ),
        ("metrics = \"lokal\"", "setting metrics: write one of loopback, off, public"),
        ("log_filter = 5", "expected a text in quotes"),
        (
            "[backup]\nrecipients = \"age1\"",
            "setting backup.recipients: invalid type: a text, expected a list, such as [\"…\"]",
        ),
    ] {
        assert!(said(text).contains(words), "{}", said(text));
    }
}

#[test]
fn a_folder_below_the_home_of_a_shell_is_refused_as_no_shell_reads_the_settings() {
    for text in ["data_dir = \"~/data\"", "data_dir = \"~\"", "[backup]\nfolder = \"~sigap/cadangan\""] {
        let said = Config::from_parts(Some(text), []).err().unwrap_or_else(|| panic!("{text}")).to_string();
        assert!(said.contains('~') && said.contains("whole path"), "{said}");
    }
    Config::from_parts(Some("data_dir = \"/srv/~x\""), []).unwrap();
}

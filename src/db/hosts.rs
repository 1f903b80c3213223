//! The servers that an address names. Several hosts (`a,b`) are no URL in the sense of the standard, so that they are told
//! apart here, by the rules of libpq.

use url::form_urlencoded::byte_serialize;

/// What an address says that has no word of its own: a server that is gone without a word is given up after seconds.
const PATIENCE: &[(&str, &str)] = &[
    ("connect_timeout", "3"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "10000"),
];

/// One server: host (or folder of its socket) and port, as the address writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Name, address or folder.
    pub name: String,
    /// Port; empty for the usual one.
    pub port: String,
}

/// Every server that the address names: before the path, or by `host` and `port` after the question mark, which win.
#[must_use]
pub fn hosts(url: &str) -> Vec<Host> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = place.split('/').next().unwrap_or_default();
    let list = authority.rsplit_once('@').map_or(authority, |(_, list)| list);
    let value = |wanted: &str| {
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.filter(|(name, _)| name == wanted).last().map(|(_, value)| value.into_owned())
    };
    let (mut names, mut ports): (Vec<String>, Vec<String>) = list.split(',').map(split_port).unzip();
    if let Some(given) = value("host") {
        names = given.split(',').map(str::to_owned).collect();
    }
    if let Some(given) = value("port") {
        ports = given.split(',').map(str::to_owned).collect();
    }
    let port = |place: usize| match ports.as_slice() {
        [one] => one.clone(),
        many => many.get(place).cloned().unwrap_or_default(),
    };
    names.into_iter().enumerate().map(|(place, name)| Host { name, port: port(place) }).collect()
}

fn split_port(host: &str) -> (String, String) {
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    if let Some((name, rest)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (name.to_owned(), rest.trim_start_matches(':').to_owned());
    }
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    (decoded(name), port.to_owned())
}

/// `false` for an address that libpq reads otherwise than it was meant, and of which it then prints what it could not read, which may
/// be the password: a character that must stand there as `%XX`, before the host above all.
#[must_use]
pub fn is_legible(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = place.split_once('/').unwrap_or((place, ""));
    let (sign_in, list) = authority.rsplit_once('@').unwrap_or(("", authority));
    let is_port = |port: &str| port.bytes().all(|b| b.is_ascii_digit());
    let is_pair = |pair: &str| pair.is_empty() || pair.contains('=');
    !url.contains(|c: char| c.is_whitespace() || c.is_control())
        && url.split('%').skip(1).all(is_code)
        && !sign_in.contains('@')
        && !database.contains('@')
        && list.split(',').all(|host| is_port(&split_port(host).1))
        && query.split('&').all(is_pair)
}

/// `true` if two hexadecimal digits begin it, and not those of NUL.
fn is_code(rest: &str) -> bool {
    let digits = rest.get(..2).unwrap_or_default();
    digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_hexdigit()) && digits != "00"
}

/// The address of each server by itself. A parameter that comes later overrides an earlier one.
#[must_use]
pub fn addresses(url: &str) -> Vec<String> {
    let mut base = url.to_owned();
    let mut add = |name: &str, value: &str| {
        base.push(if base.contains('?') { '&' } else { '?' });
        base.push_str(name);
        base.push('=');
        base.push_str(value);
    };
    for (name, value) in PATIENCE.iter().filter(|(name, _)| !url.contains(&format!("{name}="))) {
        add(name, value);
    }
    let all = hosts(url);
    if all.len() < 2 {
        return vec![base];
    }
    let one = |host: Host| {
        let name: String = byte_serialize(host.name.as_bytes()).collect();
        let port = if host.port.is_empty() { "5432" } else { &host.port };
        format!("{base}&host={name}&port={port}")
    };
    all.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(url: &str) -> Vec<(String, String)> {
        hosts(url).into_iter().map(|host| (host.name, host.port)).collect()
    }

    fn pair(name: &str, port: &str) -> (String, String) {
        (name.to_owned(), port.to_owned())
    }

    #[test]
    fn every_server_of_an_address_is_found_wherever_it_stands() {
        assert_eq!(named("postgres://a:s@db1,db2:5433/x"), [pair("db1", ""), pair("db2", "5433")]);
        assert_eq!(named("postgres://a@localhost/x?host=/run/a,/run/b"), [pair("/run/a", ""), pair("/run/b", "")]);
        assert_eq!(named("postgres://h/x?host=a,b&port=1,2"), [pair("a", "1"), pair("b", "2")]);
        assert_eq!(named("postgres:///x?host=a,b&port=6543"), [pair("a", "6543"), pair("b", "6543")]);
        assert_eq!(named("postgres://[::1]:5433,[::2]/x"), [pair("::1", "5433"), pair("::2", "")]);
        assert_eq!(named("postgres://%2Frun%2Fpg/x"), [pair("/run/pg", "")]);
    }

    #[test]
    fn a_password_with_a_character_that_means_something_in_an_address_is_not_legible() {
        for password in
            ["ra%ha", "ra%", "ra%0", "ra%00", "ra%é", "ra ha", "ra\tha", "ra@ha", "ra/ha", "12/ha", "ra?ha", "ra#/ha"]
        {
            assert!(!is_legible(&format!("postgres://u:{password}@localhost/x")), "{password}");
        }
        for query in ["password=ra%ha", "password=ra&ha", "ra"] {
            assert!(!is_legible(&format!("postgres://localhost/x?{query}")), "{query}");
        }
        for url in [
            "postgres://u:ra%25%40%2F%20%3f:ha@localhost/x",
            "postgres://u@[::1]:5433,db2:5432,%2Frun%2Fpg/x?sslmode=verify-full&options=-c%20a%3Db",
            "postgres:///x?host=/run/pg&user=a@b",
            "postgres://db/x?",
        ] {
            assert!(is_legible(url), "{url}");
        }
    }

    #[test]
    fn an_address_of_several_becomes_one_for_each_and_what_it_says_itself_stays() {
        let all = addresses("postgres://a@db1,db2:5433/x?connect_timeout=9");
        assert_eq!(all.len(), 2);
        assert!(all[0].contains("connect_timeout=9&keepalives_idle=5") && !all[0].contains("connect_timeout=3"));
        assert!(all[0].ends_with("&host=db1&port=5432") && all[1].ends_with("&host=db2&port=5433"), "{all:?}");
        assert_eq!(addresses("postgres://a@db1/x").len(), 1);
        assert!(addresses("postgres://a@db1/x")[0].starts_with("postgres://a@db1/x?connect_timeout=3&"));
    }
}

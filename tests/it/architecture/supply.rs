//! Whose code is in the program (ASVS 15.1.1, 15.2.1; reliability 3, row i): every crate comes from crates.io with its
//! checksum, and none is older than the version in which a known hole was closed.

use std::collections::BTreeMap;

/// Lowest versions, where there is such a crate at all.
const FLOORS: &[(&str, [u64; 3])] = &[
    ("diesel", [2, 2, 3]),
    ("jsonwebtoken", [10, 3, 0]),
    ("lettre", [0, 10, 0]),
    ("ed25519-dalek", [2, 0, 0]),
    ("rustls", [0, 23, 18]),
    ("h2", [0, 4, 4]),
    ("ammonia", [3, 1, 0]),
];
/// Where crates come from.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn packages(lock: &str) -> Vec<BTreeMap<String, String>> {
    let lock: toml::Table = lock.parse().unwrap();
    let texts = |package: &toml::Value| {
        let fields = package.as_table().unwrap().iter();
        fields.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
    };
    lock["package"].as_array().unwrap().iter().map(texts).collect()
}

fn version(text: &str) -> Vec<u64> {
    text.split(['.', '-', '+']).map_while(|part| part.parse().ok()).take(3).collect()
}

fn faults(lock: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for package in packages(lock) {
        let (name, number) = (&package["name"], &package["version"]);
        if name == "sigap" {
            continue;
        }
        if package.get("source").map(String::as_str) != Some(CRATES_IO) || !package.contains_key("checksum") {
            faults.push(format!("{name} {number} is not from crates.io"));
        }
        let floor = FLOORS.iter().find(|(floor, _)| floor == name);
        if floor.is_some_and(|(_, floor)| version(number).as_slice() < floor.as_slice()) {
            faults.push(format!("{name} {number} is too old"));
        }
    }
    faults
}

// ASVS 15.2.1
#[test]
fn every_crate_is_from_crates_io_and_none_is_older_than_its_last_known_hole() {
    assert_eq!(faults(include_str!("../../../Cargo.lock")), Vec::<String>::new());
}

#[test]
fn a_crate_from_elsewhere_without_checksum_or_too_old_is_told() {
    let package = |name: &str, version: &str, more: &str| {
        format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{more}\n")
    };
    let good = format!("source = \"{CRATES_IO}\"\nchecksum = \"00\"");
    let found = |text: String| faults(&text).len();
    assert_eq!(found(package("lettre", "0.11.9", &good)), 0);
    assert_eq!(found(package("lettre", "0.9.5", &good)), 1);
    assert_eq!(found(package("serde", "1.0.0", "source = \"git+https://example.org/serde\"")), 1);
    assert_eq!(found(package("serde", "1.0.0", "")), 1);
}

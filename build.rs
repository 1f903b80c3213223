//! Embedded migrations are part of the program: a change of theirs rebuilds it. Where the system's loader knows packed
//! relocations, the program has them: 2 MB less on disk and in memory.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    if knows_packed_relocations().unwrap_or(false) {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// As glibc does since 2.36. What is built for another machine is not judged by this one.
#[allow(
    clippy::disallowed_methods,
    reason = "cargo tells by the environment what it builds, which is no setting of the program"
)]
fn knows_packed_relocations() -> Option<bool> {
    let is_for_here = env::var("TARGET").ok()? == env::var("HOST").ok()?;
    let told = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let told = String::from_utf8(told.stdout).ok()?;
    let (major, minor) = told.trim().strip_prefix("glibc ")?.split_once('.')?;
    let version: (u32, u32) = (major.parse().ok()?, minor.parse().ok()?);
    Some(is_for_here && env::var("CARGO_CFG_TARGET_ENV").ok()? == "gnu" && version >= (2, 36))
}

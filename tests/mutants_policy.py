#!/usr/bin/env python3
"""Judges the mutants of the policy by its table alone (`tests/it/access/policy.rs`): the policy needs nothing but actors
and ids, so it is built by itself with its mutants and its test, in seconds, and each mutant costs a moment.

    tests/mutants_policy.py

Ends with 1 if there is a mutant of which the table says nothing.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True
import mutants  # noqa: E402
from mutants_table import MUTANTS, POLICY  # noqa: E402

ROOT, PLACE = mutants.ROOT, mutants.COPY / "policy"
# What no line of the table can show, and which test of the suite does.
ELSEWHERE = {"P011": "access::scope, where a ticket is assigned to somebody else"}
HEAD = """#![allow(warnings)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uuid(u128);
impl Uuid {
    pub fn from_u128(n: u128) -> Self { Self(n) }
}
pub mod db {
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Id(pub crate::Uuid);
}
macro_rules! text_enum {
    ($(#[$m:meta])* pub enum $name:ident { $($(#[$v:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($variant),+ }
        impl $name { pub const ALL: &'static [Self] = &[$(Self::$variant),+]; }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $(Self::$variant => $text),+ })
            }
        }
    };
}
"""


def between(text, begin, end):
    return text[text.index(begin) : text.index(end, text.index(begin))]


def source():
    """The policy with its mutants, what it needs of its neighbours, and its table, as one program that prints the table."""
    inner = lambda text: re.sub(r"^//!.*\n", "", text, flags=re.M)
    text, copies = mutants.policies((ROOT / "src" / POLICY).read_text(), [m for m in MUTANTS if m[1] == POLICY])
    access = (ROOT / "src/access/mod.rs").read_text()
    role = between(access, "text_enum! {\n    /// What a person is", "\n}\n") + "\n}\n"
    actor = between(access, "/// One role held by", "    /// The person that acts.") + "}\n"
    test = inner((ROOT / "tests/it/access/policy.rs").read_text()).replace("use sigap::", "use crate::")
    test = test.replace("use uuid::Uuid;", "use crate::Uuid;").replace("#[test]\nfn ", "pub fn ")
    test = re.sub(r"    let mut settings = insta.*?\n}\n", '    print!("{table}");\n}\n', test, flags=re.S)
    switch = between(mutants.SWITCH, "/// Name of", "/// The actor as")
    return "\n".join(
        [HEAD, switch, "pub mod access {\nuse crate::db::Id;", role, actor, "pub mod policy {", inner(text), "}\n}"]
        + ["pub mod mutants {", inner(copies), "}\nmod table {", test, "}"]
        + ["fn main() { table::who_may_do_what_is_this_table() }\n"]
    )


def table(name):
    env = dict(os.environ, SIGAP_MUTANT=name)
    printed = subprocess.run([PLACE / "policy"], env=env, check=True, capture_output=True, text=True).stdout
    return [line.rstrip() for line in printed.strip("\n").splitlines()]


def main():
    PLACE.mkdir(parents=True, exist_ok=True)
    (PLACE / "main.rs").write_text(source())
    subprocess.run(["rustc", "--edition", "2024", "-o", PLACE / "policy", PLACE / "main.rs"], check=True)
    told = table("")
    snapshot = (ROOT / "tests/it/snapshots/policy.snap").read_text().split("---\n", 2)[2]
    if told != [line.rstrip() for line in snapshot.strip("\n").splitlines()]:
        sys.exit("without any mutant the table is not the snapshot")
    names = [m for m in MUTANTS if m[1] == POLICY]
    missed = [m for m in names if table(m[0]) == told]
    for name, _, _, _, why in missed:
        print(f"{name}: {why}: the table says nothing; {ELSEWHERE.get(name, 'MISSED')}")
    print(f"{len(names)} mutants of the policy, {len(names) - len(missed)} seen by its table")
    sys.exit(any(name not in ELSEWHERE for name, *_ in missed))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Takes away, one at a time, each line of the policy, each predicate of the scope, each filter of what is visible, and
runs the suite: every mutant of `mutants_table.py` must be caught.

    tests/mutants.py [--minutes 35] [--only S,V07,P] [--jobs 1] [--report docs/security/mutants.md] [--check]

`tests/mutants_policy.py` judges those of the policy by its table alone, in seconds.

Works on a copy in /tmp/mut, never on this tree. There all mutants are built at once, each behind a name in the
environment, so that one costs a run and not a build; the source itself knows nothing of them.
"""

import argparse
import datetime
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
from mutants_table import MUTANTS, POLICY  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
COPY = Path("/tmp/mut")
TREE = COPY / "tree"
SEEN = ROOT / "docs/security/mutants.md"
# What runs for a mutant, in order, until something fails. The matrix was written by hand, so it comes first where it
# can tell; the table of rights is a snapshot and tells everything.
SUITES = {
    "S": ["access::scope", "routes::every", "access::leaks", "ticket::behalf"],
    "V": ["access::people", "org::people", "sla::waivers", "mail::listing", "inbox::", "report", "sla::agreements", "sla::calendars", "access::leaks", "routes::every", "access::scope", "ticket::", "web::news", "web::desk"],
    "P": ["access::policy", "access::scope", "routes::every"],
}
# What runs before, where a file has tests of its own.
NEAR = {
    "catalog/": ["web::admin::lists"],
    "org/opd.rs": ["web::admin::lists"],
    "audit/": ["audit::access", "audit::refusal", "web::audit"],
    "desk/": ["web::desk", "routes::every"],
    "mail/": ["ticket::secret", "mail::listing", "inbox::listing"],
    "inbox/": ["inbox::"],
    "org/second_factor.rs": ["sign_in::second_factor"],
    "org/session.rs": ["web::news", "sign_in::tokens"],
    "app.rs": ["sign_in::second_factor", "web::account"],
    "recorded.rs": ["http::repetition"],
    "ticket/mails.rs": ["ticket::secret", "mail::words", "mail::recipients"],
    "ticket/event.rs": ["audit::access", "ticket::secret"],
    "ticket/find.rs": ["ticket::follow", "audit::access", "web::journeys", "web::tabs", "web::desk", "web::audit"],
    "ticket/count.rs": ["web::tabs", "web::desk", "web::overview"],
    "web/sign_in.rs": ["web::sessions"],
    "web/": ["web::who_sees", "web::overview", "web::admin"],
}
MATRIX = "routes::every"
SECONDS = 600
SWITCH = '''
/// Name of the mutant that is on.
pub fn switched() -> &'static str {
    static NAME: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    NAME.get_or_init(|| std::env::var("SIGAP_MUTANT").unwrap_or_default())
}
/// The actor as a coordinator of his region.
pub fn widened(actor: &access::Actor) -> access::Actor {
    let mut wide = actor.clone();
    wide.grants.push(access::Grant { role: access::Role::Coordinator, region: wide.region, opd: None });
    wide
}
/// Copies of the policy.
pub mod mutants;
'''


def place(name, file, old, text):
    """Where the old text of a mutant begins; it stops the run if that is not clear."""
    old, nth, count = old if isinstance(old, tuple) else (old, 1, 1)
    if text.count(old) != count:
        sys.exit(f"{name}: src/{file} holds this {text.count(old)} times, not {count}; mend tests/mutants_table.py:\n{old}")
    at = -1
    for _ in range(nth):
        at = text.index(old, at + 1)
    return at, old


def query_around(text, at):
    """The `on!(…)` that a place is in, if any."""
    for start in (m.start() for m in re.finditer(r"\bon!\(", text)):
        depth, end = 0, start + 3
        while True:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
            if depth == 0:
                break
        if start < at < end:
            return start, end
    return None


def switched(file, text, mutants):
    """The file with every mutant in it, each behind its name."""
    regions = {}
    for name, _, old, new, _ in mutants:
        at, old = place(name, file, old, text)
        start, end = query_around(text, at) or (at, at + len(old))
        mutated = text[start:at] + new + text[at + len(old) : end]
        regions.setdefault((start, end), []).append((name, mutated))
    for (start, end), arms in sorted(regions.items(), reverse=True):
        whole = text[start:end]
        statement = re.match(r"(any|query|line\.\w+) = |return |\w+\.retain\(", whole)
        tail = "" if statement else re.search(r"[;,]?$", whole).group()
        cut = lambda t: t if statement or not tail else t.strip().removesuffix(tail)
        cases = [f'"{name}" => {{ {cut(mutated)} }}' for name, mutated in arms] + [f"_ => {{ {cut(whole)} }}"]
        wrapped = f"match crate::switched() {{ {' '.join(cases)} }}"
        if not statement and not whole.startswith("on!"):
            wrapped = f"({wrapped})"
        text = text[:start] + wrapped + tail + text[end:]
    return text


def policies(text, mutants):
    """The policy that asks the copy whose name is on, and the copies."""
    begin = text.index("/// How an actor stands to a ticket")
    before = [m for m in mutants if place(m[0], m[1], m[2], text)[0] < begin]
    use = "use crate::access::policy::{Action, Desk, Facts, TicketFacts, Verdict};\nuse crate::access::{Actor, Role};\nuse crate::db::Id;\n"
    copies, arms = [], []
    for name, file, old, new, _ in mutants:
        at, old = place(name, file, old, text)
        if at < begin:
            continue
        mutated = text[begin:at] + new + text[at + len(old) :]
        module = name.lower()
        copies.append(f"#[allow(warnings)]\npub mod {module} {{\n{use}{mutated}\n}}\n")
        arms.append(f'"{name}" => crate::mutants::{module}::decide(actor, action, facts),')
    head = "pub fn decide(actor: &Actor, action: Action, facts: &Facts) -> Verdict {"
    assert text.count(head) == 1
    ask = f"{head}\n    match crate::switched() {{ {' '.join(arms)} _ => rules(actor, action, facts) }}\n}}\n\n"
    text = switched(POLICY, text, before)
    text = text.replace(head, ask + head.replace("pub fn decide", "fn rules"))
    return text, "//! Copies of the policy.\n" + "".join(copies)


def prepare():
    shutil.rmtree(TREE, ignore_errors=True)
    TREE.mkdir(parents=True)
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    for file in files.decode().split("\0"):
        if file and (ROOT / file).is_file():
            (TREE / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, TREE / file)
    for file in sorted({m[1] for m in MUTANTS}):
        path = TREE / "src" / file
        mine = [m for m in MUTANTS if m[1] == file]
        if file == POLICY:
            text, copies = policies(path.read_text(), mine)
            (TREE / "src/mutants.rs").write_text(copies)
        else:
            text = switched(file, path.read_text(), mine)
        path.write_text(text)
    lib = TREE / "src/lib.rs"
    # What a mutant leaves unused is no fault, whatever flags the compiler is given.
    lib.write_text("#![allow(warnings)]\n" + lib.read_text() + SWITCH)
    # Only in the copy: no symbols of our own crate.
    cargo = (TREE / "Cargo.toml").read_text()
    cargo = cargo.replace('[profile.dev]\n', '[profile.dev.package.sigap]\ndebug = 0\n\n[profile.dev]\n')
    (TREE / "Cargo.toml").write_text(cargo)
    if not (COPY / "target").exists() and (ROOT / "target/debug").exists():
        print("copying what is built already …", flush=True)
        subprocess.run(["cp", "-a", "--reflink=auto", str(ROOT / "target"), str(COPY / "target")], check=True)


def build():
    began = time.time()
    env = dict(os.environ, CARGO_TARGET_DIR=str(COPY / "target"), RUST_BACKTRACE="0")
    made = subprocess.run(
        ["cargo", "test", "--test", "it", "--no-run", "--message-format=short"],
        cwd=TREE, env=env, capture_output=True, text=True,
    )
    if made.returncode:
        sys.exit("\n".join(line for line in made.stderr.splitlines() if "error" in line)[:6000])
    binary = re.search(r"Executable .*\((.*)\)", made.stderr).group(1)
    print(f"built in {time.time() - began:.0f} s", flush=True)
    return str((TREE / binary) if not binary.startswith("/") else Path(binary))


def suites(name, file):
    """What runs for a mutant, the nearest first: at the very first the test that caught it when it was last seen."""
    near = [suite for start, own in NEAR.items() if file.startswith(start) for suite in own]
    return list(dict.fromkeys(caught_before(name) + near + SUITES[name[0]]))


def caught_before(name):
    found = re.search(rf"^\| {name} \|[^|]*\|[^|]*\| (\w+(?:::\w+)+) ", SEEN.read_text(), flags=re.M)
    return [found[1]] if found else []


def run(binary, name, suite):
    """Whether a suite passes with this mutant, and what failed first; what comes after that is not waited for."""
    room = COPY / "tmp"
    room.mkdir(exist_ok=True)
    env = dict(os.environ, SIGAP_MUTANT=name, RUST_BACKTRACE="0", INSTA_UPDATE="no", INSTA_WORKSPACE_ROOT=str(TREE), TMPDIR=str(room))
    env.pop("SIGAP_TEST_POSTGRES", None)
    ended = []
    with subprocess.Popen([binary, suite], cwd=TREE, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as tests:
        late = threading.Timer(SECONDS, lambda: (ended.append("(never ends)"), tests.kill()))
        late.start()
        for line in tests.stdout:
            if failed := re.match(r"test (\S+) \.\.\. FAILED", line):
                ended.append(failed[1])
                tests.kill()
                break
        late.cancel()
    if ended:
        return False, ended[0]
    return tests.returncode == 0, "(aborts)" if tests.returncode else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=35)
    parser.add_argument("--only", default="S,V,P")
    parser.add_argument("--jobs", type=int, default=1, help="mutants at once")
    parser.add_argument("--report")
    parser.add_argument("--check", action="store_true", help="only see that every old text is still there")
    args = parser.parse_args()
    only = args.only.split(",")
    chosen = [m for m in MUTANTS if any(m[0] == o or (len(o) == 1 and m[0].startswith(o)) for o in only)]
    if args.check:
        for name, file, old, _, _ in MUTANTS:
            place(name, file, old, (ROOT / "src" / file).read_text())
        return print(f"{len(MUTANTS)} mutants, every old text is where it was")
    prepare()
    binary = build()
    began = time.time()
    for suite in sorted({s for m in chosen for s in suites(*m[:2])}):
        fits, failed = run(binary, "", suite)
        if not fits:
            sys.exit(f"without any mutant {suite} fails: {failed}")

    def judged(mutant):
        name, file, _, _, why = mutant
        if time.time() - began > args.minutes * 60:
            return name, file, why, "not run"
        caught = "MISSED"
        for suite in suites(name, file):
            fits, failed = run(binary, name, suite)
            if not fits:
                caught = failed
                break
        print(f"{name} {file}: {why}: {caught}", flush=True)
        return name, file, why, caught

    with ThreadPoolExecutor(args.jobs) as pool:
        rows = list(pool.map(judged, chosen))
    # Tests that were ended have left their folders.
    shutil.rmtree(COPY / "tmp", ignore_errors=True)
    # What time is left asks the hand-written matrix alone about the policy.
    matrix = {}
    for name, *_ in (m for m in chosen if m[0].startswith("P")):
        if time.time() - began > args.minutes * 60:
            break
        matrix[name] = "missed" if run(binary, name, MATRIX)[0] else "caught"
        print(f"{name}: the matrix alone: {matrix[name]}", flush=True)
    ran = [r for r in rows if r[3] != "not run"]
    missed = [r for r in ran if r[3] == "MISSED"]
    told = f"{len(rows)} mutants, {len(ran)} run, {len(ran) - len(missed)} caught, {len(missed)} missed"
    alone = f"the matrix alone caught {list(matrix.values()).count('caught')} of {len(matrix)} of the policy"
    print(f"{told}; {alone}; {time.time() - began:.0f} s")
    if args.report:
        report(args, rows, matrix, told, alone)
    sys.exit(1 if missed else 0)


def report(args, rows, matrix, told, alone):
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    lines = [
        "# Mutants of the rules of access",
        "",
        f"{datetime.date.today()}, commit {commit}, `tests/mutants.py --minutes {args.minutes:g} --only {args.only}`, SQLite.",
        f"{told}; {alone}.",
        "",
        "Each row takes one rule away or widens it; the last columns name the first test that fails, and whether the",
        "hand-written matrix (`tests/data/access-matrix.csv`) alone would have noticed. The exact texts stand in",
        "`tests/mutants_table.py`, with what was left out and why.",
        "",
        "| mutant | file | what is taken away | caught by | matrix alone |",
        "|---|---|---|---|---|",
    ]
    lines += [f"| {n} | {f} | {why} | {caught} | {matrix.get(n, '')} |" for n, f, why, caught in rows]
    path = ROOT / args.report
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Checks a bundle of `sigap audit export`, with nothing but Python: its own eyes instead of the service's.

    python3 audit-verify.py BUNDLE --key KEY [--key KEY] [--known CHECKPOINT-FILE]

KEY is what `sigap audit key` prints, all its lines or one. Exit code: 0 sound, 1 tampered (with the first bad place), 2 incomplete.
"""
import base64, datetime, hashlib, json, sys

# Acts on a ticket of which each makes a version of its own.
STEPS = ["ticket." + step for step in
         "opened assigned started accepted escalated returned pended resumed resolved closed reopened cancelled edited released".split()]
LATE = datetime.timedelta(minutes=5)

# Ed25519 (RFC 8032, 5.1), checking only.
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, a):
    out = (0, 1, 1, 0)
    while n:
        out, a, n = add(out, a) if n & 1 else out, add(a, a), n >> 1
    return out


def point(raw):
    y, sign = int.from_bytes(raw, "little") & (2**255 - 1), raw[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("no point")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


B = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(key, text, signature):
    try:
        a, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    except (ValueError, IndexError):
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % Q
    left, right = times(s, B), add(r, times(h, a))
    same = not (left[0] * right[2] - right[0] * left[2]) % P and not (left[1] * right[2] - right[1] * left[2]) % P
    return len(signature) == 64 and s < Q and same


def b64(text):
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("not base64 as it is written")
    return raw


def hexed(text):
    if bytes.fromhex(text).hex() != text:
        raise ValueError("not hexadecimal as it is written")
    return bytes.fromhex(text)


def number(text):
    if not (text.isascii() and text.isdigit()) or str(int(text)) != text:
        raise ValueError("not a number as it is written")
    return int(text)


# The tree (RFC 9162, 2.1) as the roots of its full subtrees, and signed notes (C2SP).
def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def push(peaks, size, leaf):
    while size & 1:
        leaf, size = sha(b"\1", peaks.pop(), leaf), size >> 1
    peaks.append(leaf)


def root(peaks):
    out = peaks[-1] if peaks else sha()
    for left in reversed(peaks[:-1]):
        out = sha(b"\1", left, out)
    return out


def note(text, keys):
    """Log, epoch, size, root of a checkpoint; and how the keys signed it: True, falsely: False, not at all: None."""
    body, lines = text.split("\n\n", 1)
    origin, size, top = body.split("\n")
    good = []
    if not lines.endswith("\n"):
        raise ValueError("not a checkpoint")
    for line in lines[:-1].split("\n"):
        dash, name, value = line.split(" ")
        raw = b64(value)
        if dash != "\u2014" or name != origin or len(raw) < 5 or len(b64(top)) != 32:
            raise ValueError("not a checkpoint")
        for key in keys:
            if raw[:4] == sha(name.encode(), b"\n\1", key)[:4]:
                good.append(signed(key, body.encode() + b"\n", raw[4:]))
    log, epoch = origin.rsplit("/", 1)
    return log, number(epoch), number(size), b64(top), all(good) if good else None


def kept(file, keys):
    with open(file, encoding="utf-8", newline="") as lines:
        return note(lines.read().replace("\r", "").rstrip(" \t\n") + "\n", keys)


def main(bundle, keys, known):
    faults, gaps, lines = [], [], open(bundle, encoding="utf-8")
    head = json.loads(next(lines))
    if head["form"] != "sigap-audit-bundle-v1":
        raise ValueError("not a bundle")
    keys = [base64.b64decode(k.split("+", 2)[2])[1:] for given in keys for k in given.splitlines() if k.strip()]
    if not keys:
        gaps.append("no key: signatures were not checked")
    roots, newest, notes = {}, (1, 0), [(kept(f, keys), "kept checkpoint") for f in known]
    peaks, size, versions, erased, erasures, epochs, seen = [], 0, {}, {}, {}, set(), set()
    before, covered, withheld, own = None, 0, 0, len(notes)
    steps, under_way, latest, early = set(), False, None, []

    def entry(e):
        nonlocal withheld, under_way, latest
        if e["i"] != size:
            faults.append((size, f"place {size} is missing: the next entry says {e['i']}"))
        raw, salt = b64(e["leaf"]), None if e["salt"] is None else hexed(e["salt"])
        try:
            leaf = json.loads(raw)
            v, region, id, at, actor, roles, acting, request, session, action, kind, obj, version, result, commit = leaf
            whole = v == "v1" and json.dumps(leaf, separators=(",", ":"), ensure_ascii=False).encode() == raw
        except (ValueError, TypeError):
            whole = False
        if not whole:
            faults.append((size, "the leaf is not one"))
            return push(peaks, size, sha(b"\0", raw))
        if region != head["region"] or id in seen:
            faults.append((size, "an entry of another log, or one that stands there already"))
        seen.add(id)
        # Whoever holds the database can slip an entry in before it has a place; then it is signed.
        step = kind == "ticket" and action in STEPS and obj and version is not None
        if result == "adopted":
            if under_way:
                faults.append((size, "said to be older than the log, and stands behind what is not"))
        else:
            under_way = True
            if step and (obj, version, action) in steps:
                faults.append((size, "its ticket has an entry of the same act and version already"))
            elif step:
                steps.add((obj, version, action))
        try:
            time = datetime.datetime.fromisoformat(at.replace("Z", "+00:00"))
            latest = time if latest is None or action == "audit.epoch" else max(latest, time)
            if latest - time > LATE:
                early.append(size)
        except (ValueError, TypeError, AttributeError):
            pass
        opened = salt is not None and sha(salt, e["address"].encode(), b"\0", e["detail"].encode()).hex() == commit
        gone = salt is None and e["erased_by"] is not None and not e["address"] and e["detail"] == "null"
        veiled = salt is None and e["erased_by"] is None and kind == "ticket" and e["address"] == "" and e["detail"] == "null"
        withheld += veiled
        if gone:
            erased[id] = (size, e["erased_by"])
        elif not veiled and not opened or e["erased_by"] is not None:
            faults.append((size, "address or detail is not what the leaf commits to"))
        if action == "audit.erase":
            erasures[id] = obj
        elif action == "audit.epoch":
            epochs.add(version)
        elif kind == "ticket" and obj and version is not None:
            versions.setdefault(obj, set()).add(version)
        push(peaks, size, sha(b"\0", raw))

    def start():
        for (log, epoch, count, top, good), whence in notes:
            if log != head["origin"] or (keys and good is False):
                faults.append((None, f"the {whence} of {count} entries is of another log or has no right signature"))
            roots.setdefault(count, []).append((top, whence))
        foreign = sum(log == head["origin"] and good is None for (log, _, _, _, good), _ in notes) if keys else 0
        if foreign:
            gaps.append(f"{foreign} checkpoints are signed by a key that was not given: give every line of `sigap audit key`")
        for count in [count for count in roots if count < (before or 0)]:
            gaps.extend(f"the {whence} of {count} entries lies before what is here" for _, whence in roots.pop(count))
        check_roots()
        return min([n[1] for n, _ in notes], default=0) if before else 1, max([newest] + [(n[1], n[2]) for n, _ in notes])

    def check_roots():
        nonlocal covered
        covered = size if size in roots else covered
        for top, whence in roots.pop(size, []) if size else []:
            if top != root(peaks):
                faults.append((size - 1, f"the {whence} of {size} entries has another root"))

    begun = False
    for line in lines:
        line = json.loads(line)
        if set(line) == {"from", "peaks"} and not begun and before is None and len(notes) == own:
            before, peaks = line["from"], [hexed(peak) for peak in line["peaks"]]
            if len(peaks) != bin(before).count("1") or before < 0 or any(len(peak) != 32 for peak in peaks):
                raise ValueError("where it begins is not told")
            size = covered = before
            continue
        if set(line) == {"checkpoint"} and not begun:
            notes.append((note(line["checkpoint"], keys), "checkpoint"))
            continue
        if not begun:
            (oldest, newest), begun = start(), True
        if set(line) != {"i", "leaf", "salt", "address", "detail", "erased_by"}:
            raise ValueError("a line among the entries is none")
        entry(line)
        size += 1
        check_roots()
    if not begun:
        oldest, newest = start()
    if not notes:
        gaps.append("no checkpoint")
    for count, all in roots.items():
        for _, whence in all:
            (faults.append((size, f"{count} entries were signed, but only {size} are there")) if whence == "checkpoint"
             else gaps.append(f"the kept checkpoint is of {count} entries, but only {size} are here"))
    if size > covered:
        gaps.append(f"{size - covered} entries behind the last checkpoint are signed by nobody")
    if size != head["size"]:
        faults.append((size, f"the bundle names {head['size']} entries, but holds {size}"))
    faults.extend((None, f"epoch {n} began without an entry that says so") for n in range(oldest + 1, newest[0] + 1) if n not in epochs)
    faults.extend((place, "erased, but no entry says by whom") for id, (place, by) in erased.items() if erasures.get(by) != id)
    for ticket, seen_versions in versions.items():
        if set(range(min(seen_versions) if before else 1, max(seen_versions) + 1)) - seen_versions:
            faults.append((None, f"ticket {ticket}: an entry of one of its versions is missing"))
    code = 1 if faults else 2 if gaps else 0
    if early:
        gaps.append(f"{len(early)} entries are dated more than 5 minutes before one that stands before them, the first at place {early[0]}: "
                    "a clock was set back, or they were slipped in")
    places = [place for place, _ in faults if place is not None]
    word = ("SOUND", f"TAMPERED, first at place {min(places)}" if places else "TAMPERED", "INCOMPLETE")[code]
    print(f"{word}: {head['origin']}: {size} entries, root {root(peaks).hex()}, {len(notes)} checkpoints, {len(erased)} erased, {withheld} withheld")
    for place, what in faults:
        print(f"  place {place}: {what}" if place is not None else f"  {what}")
    for gap in gaps:
        print(f"  {gap}")
    return code


def check(names, keys, known):
    try:
        return main(names[0], keys, known)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, StopIteration, OSError, RecursionError) as fault:
        print(f"INCOMPLETE: not a readable bundle, key or checkpoint: {fault}")
        return 2


if __name__ == "__main__":
    given, words = {"": [], "--key": [], "--known": []}, sys.argv[1:]
    while words:
        word = words.pop(0)
        given[word if word in given and words else ""].append(words.pop(0) if word in given and words else word)
    sys.exit(check(given[""], given["--key"], given["--known"]) if len(given[""]) == 1 else __doc__)

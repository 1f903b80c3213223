#!/usr/bin/env python3
"""A restore drill with the real program. N backups one after the other while clients write without a pause; each is put back
beside it into an empty place: everything acknowledged before that backup began is there and whole, nothing sent after its end,
the audit log is sound to us and to docs/audit-verify.py, every clock follows from its facts. Flipped bytes and cut files are
refused; a backup that is killed leaves nothing that could be taken for one. At last kill -9 of the service itself: nothing old
goes out, no old token opens the copy.

    restore.py BINARY FOLDER [DATABASE-URL OTHER-DATABASE-URL] [--backups N] [--flips N] [--kills N] [--seed N]
               [--encrypted] [--may-give-up] [--rest SECONDS]
"""
import argparse, atexit, glob, hashlib, json, os, pathlib, random, re, shutil, signal, sqlite3, subprocess, sys, threading, time
import urllib.error, urllib.request

words = argparse.ArgumentParser(usage=__doc__)
words.add_argument("binary")
words.add_argument("folder", type=pathlib.Path)
words.add_argument("databases", nargs="*")
words.add_argument("--backups", type=int, default=1)
words.add_argument("--flips", type=int, default=6)
words.add_argument("--kills", type=int, default=2)
words.add_argument("--seed", type=int, default=20261124)
words.add_argument("--may-give-up", action="store_true", help="a backup that says why it can't be made is made once more, and counted")
words.add_argument("--rest", type=float, default=0, help="seconds that a client rests between two requests: many rounds would else copy ever more")
words.add_argument("--encrypted", action="store_true", help="to the key of tests/data/age")
asked = words.parse_args()
binary, folder, databases, dice = asked.binary, asked.folder, asked.databases, random.Random(asked.seed)
SUBJECT = "Latihan pemulihan"
keys_of_age = pathlib.Path(__file__).parent / "data" / "age"
settings, identity = [], []
if asked.encrypted:
    recipient = (keys_of_age / "recipient.txt").read_text().strip()
    (folder / "sigap.toml").write_text(f'[backup]\nrecipients = ["{recipient}"]\n')
    settings, identity = ["--config", str(folder / "sigap.toml")], ["--identity", str(keys_of_age / "identity.txt")]


def environment(place):
    env = {k: v for k, v in os.environ.items() if not k.startswith("SIGAP_")}
    env |= {"SIGAP_DATA_DIR": str(folder / place), "SIGAP_BIND": "127.0.0.1:0", "SIGAP_RATE_LIMIT": "off"}
    return env | ({"SIGAP_DATABASE_URL": databases[place == "copy"]} if databases else {})


def run(place, *words):
    return subprocess.run([binary, *settings, *words], env=environment(place), capture_output=True, text=True)


def done(place, *words):
    made = run(place, *words)
    assert made.returncode == 0, f"{words}: {made.stdout[-2000:]} {made.stderr[-2000:]}"
    return made.stdout


def serve(place, *words):
    log = open(folder / f"{place}.log", "w")
    service = subprocess.Popen([binary, *settings, "serve", *words], env=environment(place), stdout=log, stderr=log)
    # Also where something is found wrong.
    atexit.register(service.kill)
    # Minutes, as a slow machine takes them.
    for _ in range(3000):
        try:
            url = re.search(r"SIGAP answers on (http://\S+)", (folder / f"{place}.log").read_text())[1]
            return service, url, ask(url + "/readyz")
        # Not yet said, not yet ready.
        except (TypeError, OSError):
            assert service.poll() is None, (folder / f"{place}.log").read_text()
            time.sleep(0.1)
    raise SystemExit("the service does not answer")


def ask(url, body=None, token=None, kind="application/json"):
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    request = urllib.request.Request(url, body)
    request.add_header("Content-Type", kind)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    return json.load(urllib.request.urlopen(request, timeout=60))


def token_of(url):
    return ask(url + "/api/v1/auth/login", {"login": "pegawai.dinkes@lebakkab.go.id", "password": "sigap-demo-2026"})["access_token"]


def psql(url, sql):
    program = sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"))[-1:] or ["psql"]
    made = subprocess.run([program[0], "-qAtF\t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return [line.split("\t") for line in made.stdout.splitlines()]


def rows(sql):
    """What the database of the copy says, as texts."""
    if databases:
        return psql(databases[1], sql)
    with sqlite3.connect(f"file:{folder / 'copy' / 'sigap.db'}?mode=ro", uri=True) as copy:
        return [[str(value) for value in row] for row in copy.execute(sql)]


def empty():
    """Makes the place of the copy empty again."""
    shutil.rmtree(folder / "copy", ignore_errors=True)
    if databases:
        psql(databases[0], "DROP DATABASE IF EXISTS copy WITH (FORCE)")
        psql(databases[0], "CREATE DATABASE copy")


class Load:
    """Clients that open tickets, comment and send files, one request after the other, while `going` is set. They are one person,
    who may send 2,000 files a day: `files` is how many until now."""

    def __init__(self, url, clients=3):
        self.url, self.going, self.over, self.lock = url, threading.Event(), False, threading.Lock()
        self.journal, self.taken, self.faults, self.busy, self.files, self.sent = [], [], [], False, 0, 0
        self.token, self.since = token_of(url), time.time()
        self.threads = [threading.Thread(target=self.client, args=(n,), daemon=True) for n in range(clients)]
        for thread in self.threads:
            thread.start()

    def send(self, what, key, path, body, kind="application/json"):
        time.sleep(asked.rest)
        self.going.wait()
        sent = time.time()
        answer = ask(self.url + "/api/v1" + path, body, self.token, kind)
        told = time.time()
        with self.lock:
            self.journal.append((what, key if key else (answer["number"],), sent, told))
            self.taken.append((self.busy, told - sent))
        return answer

    def client(self, n):
        count = 0
        while not self.over:
            count += 1
            mark = f"{n}-{count}"
            try:
                ticket = {"kind": "incident", "subject": f"{SUBJECT} {mark}", "description": "Beban."}
                number = self.send("ticket", None, "/tickets", ticket)["number"]
                self.send("comment", (number, f"Kata {mark}"), f"/tickets/{number}/comments", {"body": f"Kata {mark}", "visibility": "public"})
                with self.lock:
                    is_file = count % 10 == 0 and self.sent < self.files
                    self.sent += is_file
                if is_file:
                    text = f"Berkas {mark}\n".encode() + random.randbytes(1000).hex().encode()
                    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{mark}.txt"\r\nContent-Type: text/plain\r\n\r\n'
                    sha = hashlib.sha256(text).hexdigest()
                    self.send("file", (number, sha), f"/tickets/{number}/attachments", head.encode() + text + b"\r\n--x--\r\n", "multipart/form-data; boundary=x")
            except (OSError, KeyError) as fault:
                if not self.over:
                    self.faults.append(repr(fault))
                    return

    def renew(self):
        """An access token lives for ten minutes."""
        if time.time() - self.since > 240:
            self.token, self.since = token_of(self.url), time.time()

    def end(self):
        self.over = True
        self.going.set()
        for thread in self.threads:
            thread.join()
        assert not self.faults, self.faults


def check(load, began, ended, keys):
    """What must hold in the copy of a backup that was begun and ended then. Returns how much of it was acknowledged before."""
    with load.lock:
        journal = list(load.journal)
    versions = {number: (version, events, low, high) for number, *(version, events, low, high) in rows(
        "SELECT t.number, t.version, count(e.id), min(e.version), max(e.version) FROM tickets t JOIN events e ON e.ticket_id = t.id"
        f" AND e.visibility = 'public' WHERE t.subject LIKE '{SUBJECT} %' GROUP BY t.number, t.version")}
    wrong = {number: all_ for number, all_ in versions.items() if not (all_[0] == all_[1] == all_[3] and all_[2] == "1")}
    assert not wrong, f"versions and events differ: {wrong}"
    comments = {tuple(row) for row in rows("SELECT t.number, c.body FROM comments c JOIN tickets t ON t.id = c.ticket_id")}
    files = {tuple(row) for row in rows("SELECT t.number, a.sha256 FROM attachments a JOIN tickets t ON t.id = a.ticket_id")}
    found = {"ticket": {(number,) for number in versions}, "comment": comments, "file": files}
    lost = [(what, key) for what, key, _, told in journal if told <= began and key not in found[what]]
    assert not lost, f"acknowledged before the backup began and not in it: {lost}"
    early = [(what, key) for what, key, sent, _ in journal if sent > ended and key in found[what]]
    assert not early, f"sent after the backup ended and in it: {early}"
    assert sum(int(row[0]) for row in rows(f"SELECT count(*) FROM tickets WHERE subject LIKE '{SUBJECT} %'")) == len(versions)
    for _, sha in files:
        whole = hashlib.sha256((folder / "copy" / "attachments" / sha[:2] / sha[2:]).read_bytes()).hexdigest()
        assert whole == sha, f"an attachment of the copy has other bytes: {sha}"
    done("copy", "audit", "verify")
    done("copy", "sla", "recompute", "--check")
    (folder / "bundle").write_text(done("copy", "audit", "export", "--region", "lebak"))
    # A copy signs by a key of its own, and knows the old ones.
    known = [key for key in done("copy", "audit", "key", "--region", "lebak").splitlines() if key]
    public = [{line.rsplit("+", 1)[1] for line in some} for some in (keys, known)]
    assert public[0] < public[1], f"the copy does not know the keys that signed: {known}"
    words = [word for key in known for word in ("--key", key)]
    verifier = pathlib.Path(__file__).parent.parent / "docs" / "audit-verify.py"
    seen = subprocess.run([sys.executable, verifier, folder / "bundle", *words], capture_output=True, text=True)
    assert seen.returncode == 0, seen.stdout + seen.stderr
    return sum(told <= began for _, _, _, told in journal)


def refuse(whole, flips, cuts):
    changed = folder / "changed.tar.zst"
    for n in range(flips + cuts):
        bytes_ = bytearray(whole)
        if n < flips:
            bytes_[dice.randrange(len(bytes_))] ^= dice.randrange(1, 256)
        else:
            del bytes_[dice.randrange(len(bytes_)):]
        changed.write_bytes(bytes_)
        refused = run("copy", "restore", str(changed), *identity)
        assert refused.returncode != 0, f"a broken file was taken: {n}"
        assert not (folder / "copy").exists(), "a refused file left something"
    changed.unlink(missing_ok=True)


def killed(load, took):
    """Kills backups at any moment; returns how many left no file. What has the name of a backup is one."""
    place, early = folder / "killed", 0
    for n in range(asked.kills):
        path = place / f"{n}.tar.zst"
        backup = subprocess.Popen([binary, *settings, "backup", str(path)], env=environment("first"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.random() * took)
        backup.kill()
        backup.wait()
        if path.exists():
            empty()
            done("copy", "restore", str(path), *identity)
        else:
            early += 1
    left = [entry.name for entry in place.iterdir() if entry.name.startswith(".")] if place.exists() else []
    done("first", "backup", str(place / "last.tar.zst"))
    stay = [entry.name for entry in place.iterdir() if entry.name.startswith(".")]
    assert not stay, f"what killed backups left lies there for ever: {stay}"
    empty()
    done("copy", "restore", str(place / "last.tar.zst"), *identity)
    load.renew()
    return early, len(left)


def share(of, n):
    """So many of `of` fall to round `n`."""
    return of * (n + 1) // asked.backups - of * n // asked.backups


def percentile(values, part):
    values = sorted(values)
    return f"{values[min(len(values) - 1, int(len(values) * part))] * 1000:.0f} ms" if values else "none"


began = time.time()
empty()
service, url, _ = serve("first", "--demo")
keys = [key for key in done("first", "audit", "key", "--region", "lebak").splitlines() if key]
load, took, back, given_up, before, cuts = Load(url), [], [], [], 0, 0
load.going.set()
time.sleep(1)
for n in range(asked.backups):
    load.renew()
    load.files += share(1900, n)
    load.going.set()
    time.sleep(0.3)
    assert not load.faults, load.faults
    backup = folder / f"backup-{n}.tar.zst"
    load.busy = True
    for last in (False, False, True):
        start = time.time()
        made = run("first", "backup", str(backup))
        ended = time.time()
        if made.returncode == 0:
            break
        given_up.append(made.stderr.strip().splitlines()[-1])
        assert asked.may_give_up and not last and not backup.exists(), made.stderr
    load.busy = False
    time.sleep(0.1)
    # Only while it is looked at what was copied, else there would be no end of it.
    load.going.clear()
    took.append(ended - start)
    cut = share(max(2, asked.flips // 5), n)
    cuts += cut
    empty()
    refuse(backup.read_bytes(), share(asked.flips, n), cut)
    start_restore = time.time()
    done("copy", "restore", str(backup), *identity)
    back.append(time.time() - start_restore)
    before = check(load, start, ended, keys)
    if n + 1 < asked.backups:
        backup.unlink()
    if (n + 1) % 10 == 0:
        print(f"{n + 1} backups, {len(load.journal)} acknowledged, {before} before the last one, {asked.flips * (n + 1) // asked.backups}"
              f" bytes flipped, {cuts} files cut, {len(given_up)} given up, {time.time() - began:.0f} s", flush=True)
load.going.set()
kills = killed(load, took[-1] * 1.2) if asked.kills else (0, 0)
old = load.token
load.end()
done("first", "audit", "verify")
service.send_signal(signal.SIGKILL)
service.wait()

empty()
if asked.encrypted:
    assert run("copy", "restore", str(backup)).returncode != 0, "an encrypted backup was read without its key"
    assert not (folder / "copy").exists(), "a refused file left something"
    if shutil.which("age"):
        opened = subprocess.run(["age", "-d", "-i", identity[1], str(backup)], capture_output=True)
        assert opened.returncode == 0 and opened.stdout.startswith(b"\x28\xb5\x2f\xfd"), "age itself does not read it"
done("copy", "restore", str(backup), *identity)
assert run("copy", "restore", str(backup), *identity).returncode != 0, "restored over what is there"
service, url, ready = serve("copy")
assert ready["quarantine"] is True, ready
try:
    ask(url + "/api/v1/me", token=old)
    raise SystemExit("an old token opens the copy")
except urllib.error.HTTPError as refusal:
    assert refusal.code == 401
token = token_of(url)
numbers = [key[0] for what, key, _, told in load.journal if what == "ticket" and told <= start]
for number in numbers[-100:]:
    assert ask(f"{url}/api/v1/tickets/{number}", token=token)["number"] == number
time.sleep(1.5)
sent = list((folder / "copy" / "mail").glob("*")) if (folder / "copy" / "mail").exists() else []
assert not sent, f"{len(sent)} old mails went out"
assert run("copy", "restore", "--release").returncode != 0, "nobody said what becomes of the mails"
released = run("copy", "restore", "--release", "--mails", "drop")
assert released.returncode == 0, released.stderr
for _ in range(50):
    if not ask(url + "/readyz")["quarantine"]:
        break
    time.sleep(0.1)
else:
    raise SystemExit("still in quarantine")
service.terminate()
service.wait()
during, beside = ([seconds for busy, seconds in load.taken if busy is kind] for kind in (True, False))
print(f"restore: {asked.backups} {'encrypted ' if asked.encrypted else ''}backups, each put back whole; {len(load.journal)} changes acknowledged, {before} before the last backup began;"
      f" last backup {backup.stat().st_size} bytes; backup {percentile(took, 0.5)}, longest {max(took):.1f} s; restore {percentile(back, 0.5)}, longest"
      f" {max(back):.1f} s; {len(given_up)} tries given up; {asked.flips} flipped bytes and {cuts} cut files refused; {asked.kills} backups killed, {kills[0]} before"
      f" their name was there, {kills[1]} leftovers, all gone; 0 old mails; a change p50 {percentile(during, 0.5)}, p99 {percentile(during, 0.99)}"
      f" during backups ({len(during)}), p50 {percentile(beside, 0.5)}, p99 {percentile(beside, 0.99)} beside them ({len(beside)});"
      f" drill {time.time() - began:.0f} s")

#!/usr/bin/env python3
"""A restore drill with the real program: backup under load, kill -9, restore beside it, everything acknowledged before the
backup began is there, nothing old goes out, the audit log is sound; a changed or cut file is refused.

    restore.py BINARY FOLDER [DATABASE-URL OTHER-DATABASE-URL]
"""
import json, os, pathlib, random, signal, socket, subprocess, sys, threading, time, urllib.request

binary, folder, databases = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]


def environment(place, port):
    env = {k: v for k, v in os.environ.items() if not k.startswith("SIGAP_")}
    env |= {"SIGAP_DATA_DIR": str(folder / place), "SIGAP_BIND": f"127.0.0.1:{port}", "SIGAP_RATE_LIMIT": "off"}
    return env | ({"SIGAP_DATABASE_URL": databases[place == "copy"]} if databases else {})


def run(place, *words):
    return subprocess.run([binary, *words], env=environment(place, 0), capture_output=True, text=True)


def serve(place, *words):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    log = open(folder / f"{place}.log", "w")
    service = subprocess.Popen([binary, "serve", *words], env=environment(place, port), stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            return service, url, ask(url + "/readyz")
        except OSError:
            assert service.poll() is None, (folder / f"{place}.log").read_text()
            time.sleep(0.1)
    raise SystemExit("the service does not answer")


def ask(url, body=None, token=None):
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    return json.load(urllib.request.urlopen(request, timeout=30))


def token_of(url):
    return ask(url + "/api/v1/auth/login", {"login": "pegawai.dinkes@lebakkab.go.id", "password": "sigap-demo-2026"})["access_token"]


began = time.time()
service, url, _ = serve("first", "--demo")
token, journal, stop = token_of(url), [], threading.Event()


def load():
    while not stop.is_set():
        ticket = {"kind": "incident", "subject": f"Uji {len(journal)}", "description": "Beban."}
        journal.append((ask(url + "/api/v1/tickets", ticket, token)["number"], time.time()))


threads = [threading.Thread(target=load) for _ in range(3)]
for thread in threads:
    thread.start()
time.sleep(1)
start, backup = time.time(), folder / "backup.tar.zst"
made = run("first", "backup", str(backup))
assert made.returncode == 0, made.stderr
took = time.time() - start
stop.set()
for thread in threads:
    thread.join()
assert run("first", "audit", "verify").returncode == 0
service.send_signal(signal.SIGKILL)
service.wait()
before = [number for number, at in journal if at <= start]

whole = backup.read_bytes()
changed, dice = folder / "changed.tar.zst", random.Random(20261124)
for n in range(8):
    bytes_ = bytearray(whole)
    if n < 6:
        bytes_[dice.randrange(len(bytes_))] ^= 1 << dice.randrange(8)
    else:
        del bytes_[dice.randrange(len(bytes_)):]
    changed.write_bytes(bytes_)
    refused = run("copy", "restore", str(changed))
    assert refused.returncode != 0, f"a broken file was taken: {n}"
    assert not (folder / "copy").exists(), "a refused file left something"

start = time.time()
done = run("copy", "restore", str(backup))
assert done.returncode == 0, done.stderr
back = time.time() - start
assert run("copy", "restore", str(backup)).returncode != 0, "restored over what is there"
verified = run("copy", "audit", "verify")
assert verified.returncode == 0, verified.stdout
service, url, ready = serve("copy")
assert ready["quarantine"] is True, ready
try:
    ask(url + "/api/v1/me", token=token)
    raise SystemExit("an old token opens the copy")
except urllib.error.HTTPError as refusal:
    assert refusal.code == 401
token = token_of(url)
for number in before:
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
print(f"restore: {len(journal)} tickets acknowledged, {len(before)} before the backup began, all there; backup of {len(whole)} bytes"
      f" in {took:.1f} s, restore in {back:.1f} s, drill in {time.time() - began:.1f} s; 8 broken files refused, 0 old mails")

#!/usr/bin/env python3
"""A ticket's journey through real mail servers (servers.py), with the program as it is shipped:

opened by REST → mail in the technician's mailbox → he answers by mail → public comment → mail to the requester, in one
thread in each mailbox, each mail signed as the record says that `sigap mail check` prints (verified by dkimpy).

    journey.py BINARY FOLDER
"""

import email
import email.policy
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from email.message import EmailMessage
from pathlib import Path

import dkim

from servers import PASSWORD, Dovecot, Smtp, authority, free_port, run, until

DOMAIN = "lebakkab.go.id"
DESK = f"servicedesk@{DOMAIN}"
TECHNICIAN = f"teknisi.dinkes@{DOMAIN}"
REQUESTER = f"pegawai.dinkes@{DOMAIN}"


def check(what, holds, more=""):
    if not holds:
        raise SystemExit(f"FAILED: {what} {more}")
    print(f"ok: {what}", flush=True)


class Sigap:
    """The program under test."""

    def __init__(self, binary, folder, smtp, dovecot, certificates):
        self.binary, self.folder, self.port = binary, folder, free_port()
        self.smtp, self.dovecot, self.ca = smtp, dovecot, str(certificates / "ca.pem")
        self.base = f"http://127.0.0.1:{self.port}"
        self.process = None
        self.url, self.after = f"imap://{{}}@localhost:{dovecot.imap}?tls=required", "seen"
        self.log = open(folder / "service.log", "w")

    def settings(self, name="settings.toml", password=PASSWORD, imap_password=PASSWORD, ca=None, imap_ca=None):
        user = DESK.replace("@", "%40")
        path = self.folder / name
        path.write_text(f"""
bind = "127.0.0.1:{self.port}"
data_dir = "{self.folder}/data"
rate_limit = "off"
[mail]
smtp_url = "smtp://{user}:{password}@localhost:{self.smtp.port}?tls=required"
ca_file = "{self.ca if ca is None else ca}"
per_second = 100
timeout_seconds = 10
[imap]
url = "{self.url.format(f"{user}:{imap_password}")}"
after = "{self.after}"
ca_file = "{self.ca if imap_ca is None else imap_ca}"
timeout_seconds = 10
""")
        return path

    def environment(self):
        return {name: value for name, value in os.environ.items() if not name.startswith("SIGAP_")}

    def start(self):
        self.process = subprocess.Popen(
            [self.binary, "--config", str(self.settings()), "serve", "--demo"],
            env=self.environment(), stdout=self.log, stderr=self.log,
        )
        until("the service is ready", 60, self.is_ready)

    def is_ready(self):
        if self.process.poll() is not None:
            raise SystemExit("FAILED: the service ended:\n" + (self.folder / "service.log").read_text())
        try:
            return urllib.request.urlopen(self.base + "/readyz").status == 200
        except OSError:
            return False

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def mail_check(self, settings, *more):
        """Exit code and output of `sigap mail check`."""
        done = subprocess.run(
            [self.binary, "--config", str(settings), "mail", "check", "--region", "lebak", *more],
            env=self.environment(), capture_output=True, text=True, timeout=120,
        )
        return done.returncode, done.stdout + done.stderr

    def call(self, token, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + "/api/v1" + path, data, method=method)
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as problem:
            raise SystemExit(f"FAILED: {method} {path}: {problem.code} {problem.read().decode()}") from problem

    def sign_in(self, login):
        return self.call(None, "POST", "/auth/login", {"login": login, "password": "sigap-demo-2026"})["access_token"]


class Got:
    """A mail as it lies in a mailbox."""

    def __init__(self, raw):
        self.raw, self.message = raw, email.message_from_bytes(raw, policy=email.policy.default)

    def __getitem__(self, name):
        return str(self.message[name] or "")

    def thread(self):
        return self["References"].split()


def about(dovecot, address, number):
    got = [Got(raw) for raw in dovecot.mails(address)]
    return [mail for mail in got if mail["Subject"].startswith(f"[{number}]")]


def signed(mail, records):
    """Verified by an implementation that is not ours, with nothing but the published record."""
    def dns(name, timeout=5):
        name = name.decode() if isinstance(name, bytes) else name
        return records[name.rstrip(".")].encode()

    return dkim.verify(mail.raw, dnsfunc=dns)


def checks(sigap):
    """What `sigap mail check` says of settings that are right, and of some that are not. Returns the DKIM record."""
    code, said = sigap.mail_check(sigap.settings(), "--to", f"admin@{DOMAIN}")
    check("mail check with right settings ends well", code == 0, said)
    for line in ("OK    smtp", "OK    probe", "OK    imap"):
        check(f"it says {line!r}", line in said, said)
    record = re.search(r'^DKIM\s+(\S+)\s+TXT\s+"(v=DKIM1; [^"]+)"', said, re.M)
    check("it prints the DKIM record of the key", record, said)
    check("it prints SPF and DMARC", '"v=spf1' in said and '"v=DMARC1' in said, said)
    wrong = {
        "an unknown authority": (dict(ca="", imap_ca=""), "Sertifikat server tidak dikenal", 2),
        "a wrong SMTP password": (dict(password="salah"), "menolak nama pengguna atau kata sandi", 1),
        "a wrong IMAP password": (dict(imap_password="salah"), "menolak nama pengguna atau kata sandi", 1),
    }
    for what, (settings, words, times) in wrong.items():
        code, said = sigap.mail_check(sigap.settings("wrong.toml", **settings))
        check(f"{what} is refused and explained", code == 1 and said.count(words) == times, said)
        check("no password is shown", "salah" not in said and PASSWORD not in said, said)
    code, said = sigap.mail_check(sigap.settings(), "--to", "admin@gmail.com")
    check("no probe leaves for a private address", code == 1 and "not an official address" in said, said)
    return {record[1]: record[2]}


def journey(sigap, dovecot, smtp, records):
    requester, technician = sigap.sign_in(REQUESTER), sigap.sign_in(TECHNICIAN)
    report = sigap.call(sigap.sign_in(f"admin@{DOMAIN}"), "POST", "/mail/check", {"to": f"admin@{DOMAIN}"})
    states = {step["what"]: step["state"] for step in report["steps"]}
    check("POST /mail/check says the same", states == {"smtp": "ok", "probe": "ok", "imap": "ok"}, report)
    probes = until("two probes arrive", 30, lambda: len(dovecot.mails(f"admin@{DOMAIN}")) == 2)
    check("both probes arrived", probes)

    ticket = sigap.call(requester, "POST", "/tickets", {
        "kind": "incident", "subject": "Printer puskesmas tidak mencetak", "description": "Lampu merah menyala.",
        "service": "simpeg",
    })
    number = ticket["number"]
    told = until("the technician's mail", 30, lambda: about(dovecot, TECHNICIAN, number))[0]
    check("the technician has a mail about the ticket", "Printer puskesmas" in told["Subject"], told["Subject"])
    check("it is marked as made by a machine", told["Auto-Submitted"] == "auto-generated")
    check("it is from the desk", DESK in told["From"], told["From"])
    check("its signature is good", signed(told, records))
    check("altered, it is not", not signed(Got(told.raw.replace(b"Printer", b"Pencuri", 1)), records))

    reply = EmailMessage()
    reply["From"], reply["To"] = f"Teknisi <{TECHNICIAN}>", told["Reply-To"] or DESK
    reply["Subject"] = "Re: " + told["Subject"]
    reply["Message-ID"], reply["Date"] = f"<balasan-1@{DOMAIN}>", told["Date"]
    reply["In-Reply-To"] = told["Message-ID"]
    reply["References"] = " ".join([*told.thread(), told["Message-ID"]])
    reply.set_content("Sudah diganti tonernya, silakan dicoba.\n\nPada Sen, 24 Nov 2026, Service Desk menulis:\n> Lampu merah menyala.\n")
    smtp.send(TECHNICIAN, DESK, reply)

    def comments():
        items = sigap.call(requester, "GET", f"/tickets/{number}/comments")["items"]
        return [c for c in items if "toner" in c["body"]]

    comment = until("the reply becomes a comment", 60, comments)[0]
    check("the reply is a public comment", comment["visibility"] == "public", comment)
    check("without what it quoted", comment["body"].strip() == "Sudah diganti tonernya, silakan dicoba.", comment)
    until("the reply is marked as read", 30, lambda: dovecot.unseen(DESK) == 0)
    check("it is marked as read in the desk's mailbox", True)

    def answers():
        mails = about(dovecot, REQUESTER, number)
        return mails if any("toner" in m.message.get_body(("plain",)).get_content() for m in mails) else None

    # A comment waits a minute for company.
    mails = until("the requester's mail about the comment", 120, answers)
    first, last = mails[0], mails[-1]
    check("the requester has the acknowledgement and the comment", len(mails) == 2, [m["Subject"] for m in mails])
    check("both are signed", all(signed(m, records) for m in mails))
    check("the second names the first in References", first["Message-ID"] in last.thread(), last["References"])
    check("and answers to it", last["In-Reply-To"] == first["Message-ID"], last["In-Reply-To"])
    check("both begin at the ticket's root", first.thread()[:1] == last.thread()[:1] == told.thread()[:1] != [])
    again = sigap.call(technician, "GET", f"/tickets/{number}/comments")["items"]
    check("the reply acted once", len([c for c in again if "toner" in c["body"]]) == 1)


def put_away(sigap, dovecot, smtp, after, url, place):
    """A new mail becomes a ticket, and what becomes of it in the mailbox is as the settings say."""
    sigap.stop()
    sigap.after, sigap.url = after, url
    sigap.start()
    before, kept = dovecot.count(DESK, "INBOX"), dovecot.count(DESK, place) if place else 0
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = REQUESTER, DESK, f"Jaringan putus ({after})"
    letter["Message-ID"] = f"<baru-{after.replace(':', '-')}@{DOMAIN}>"
    letter.set_content(f"Sejak pagi tidak ada jaringan di ruang {after}.\n")
    smtp.send(REQUESTER, DESK, letter)
    requester = sigap.sign_in(REQUESTER)

    def opened():
        items = sigap.call(requester, "GET", "/tickets")["items"]
        return [t for t in items if t["subject"] == letter["Subject"]]

    until("the mail becomes a ticket", 60, opened)
    until(f"{after}: it leaves the mailbox", 30, lambda: dovecot.count(DESK, "INBOX") == before)
    check(f"{after} over {url.split(':')[0]}: one ticket, and the mail is out of the way", len(opened()) == 1)
    if place:
        check("it lies in the folder", dovecot.count(DESK, place) == kept + 1)


def main():
    binary, folder = sys.argv[1], Path(sys.argv[2])
    certificates = authority(folder / "tls")
    (folder / "data" / "keys" / "dkim").mkdir(parents=True)
    key = folder / "data" / "keys" / "dkim" / f"sigap.{DOMAIN}.pem"
    run("openssl", "genrsa", "-traditional", "-out", str(key), "2048")
    key.chmod(0o600)
    dovecot = Dovecot(folder / "dovecot", certificates)
    smtp = Smtp(certificates, dovecot.lmtp)
    sigap = Sigap(binary, folder, smtp, dovecot, certificates)
    began = time.monotonic()
    try:
        sigap.start()
        journey(sigap, dovecot, smtp, checks(sigap))
        dovecot.make_folder(DESK, "Arsip")
        put_away(sigap, dovecot, smtp, "move:Arsip", f"imaps://{{}}@localhost:{dovecot.imaps}", "Arsip")
        put_away(sigap, dovecot, smtp, "delete", f"imap://{{}}@localhost:{dovecot.imap}?tls=required", None)
        for token in ("panicked", "a job failed", PASSWORD):
            check(f"the log has no {token if token != PASSWORD else 'password'}", token not in (folder / "service.log").read_text())
    except BaseException:
        print((folder / "service.log").read_text()[-6000:], file=sys.stderr)
        raise
    finally:
        sigap.stop()
        smtp.stop()
        dovecot.stop()
    print(f"the whole journey took {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()

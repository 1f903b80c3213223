"""Real mail servers on this machine, on free ports and without privileges: aiosmtpd takes mail by SMTP (STARTTLS and
AUTH required) and hands it to dovecot by LMTP, which keeps it in mailboxes and gives it out by IMAP over TLS. Both show
a certificate of an authority that nobody knows but who is told of it."""

import getpass
import grp
import imaplib
import os
import pwd
import shutil
import smtplib
import socket
import ssl
import subprocess
import time
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

PASSWORD = "rahasia-surel"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def run(*command):
    # No pipes: a daemon would hold them open.
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def authority(folder):
    """A certificate authority and, signed by it, a certificate for `localhost`."""
    folder.mkdir(parents=True)
    ca, ca_key, key, request, cert = (
        str(folder / name) for name in ("ca.pem", "ca.key", "key.pem", "request.pem", "cert.pem")
    )
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Otoritas uji",
        "-keyout", ca_key, "-out", ca)
    run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", key, "-out", request)
    extension = folder / "extension"
    extension.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    run("openssl", "x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "2",
        "-extfile", str(extension), "-out", cert)
    return folder


class Dovecot:
    """Mailboxes; every address has one, and the same password."""

    def __init__(self, folder, certificates):
        self.folder, self.imap, self.imaps, self.lmtp = folder, free_port(), free_port(), free_port()
        root = os.getuid() == 0
        user = "nobody" if root else getpass.getuser()
        group = grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
        for name in ("home", "run", "state"):
            (folder / name).mkdir(parents=True)
        if root:
            # Whoever keeps the mail must reach it.
            for place in (folder, folder / "home"):
                shutil.chown(place, user, group)
            for above in folder.parents:
                if str(above) in ("/", "/tmp"):
                    break
                above.chmod(above.stat().st_mode | 0o111)
        config = folder / "dovecot.conf"
        config.write_text(f"""
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
ssl = required
ssl_cert = <{certificates}/cert.pem
ssl_key = <{certificates}/key.pem
mail_location = maildir:~/Maildir
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
first_valid_gid = 1
auth_mechanisms = plain login
auth_failure_delay = 0
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/home/%u allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.imap}
  }}
  inet_listener imaps {{
    port = {self.imaps}
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {self.lmtp}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service dns-client {{
  chroot =
}}
service imap-hibernate {{
  chroot =
}}
namespace inbox {{
  inbox = yes
}}
""")
        run("dovecot", "-c", str(config))

    def stop(self):
        try:
            os.kill(int((self.folder / "run" / "master.pid").read_text()), 15)
        except (OSError, ValueError):
            pass

    def open(self, address):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        line = imaplib.IMAP4_SSL("localhost", self.imaps, ssl_context=context)
        line.login(address, PASSWORD)
        line.select("INBOX")
        return line

    def mails(self, address):
        """Every message of a mailbox as bytes, in the order in which they came."""
        line = self.open(address)
        try:
            uids = line.uid("SEARCH", None, "ALL")[1][0].split()
            return [line.uid("FETCH", uid, "(BODY.PEEK[])")[1][0][1] for uid in uids]
        finally:
            line.logout()

    def make_folder(self, address, folder):
        line = self.open(address)
        line.create(folder)
        line.logout()

    def count(self, address, folder):
        line = self.open(address)
        try:
            return int(line.select(folder, readonly=True)[1][0])
        finally:
            line.logout()

    def unseen(self, address):
        line = self.open(address)
        try:
            return len(line.search(None, "UNSEEN")[1][0].split())
        finally:
            line.logout()


class Smtp:
    """Takes mail from whoever signs in over TLS."""

    def __init__(self, certificates, lmtp):
        self.lmtp = lmtp
        self.port = free_port()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificates / "cert.pem", certificates / "key.pem")
        self.controller = Controller(
            self, hostname="127.0.0.1", port=self.port, tls_context=context, require_starttls=True,
            authenticator=self.sign_in, auth_required=True,
        )
        self.controller.start()

    @staticmethod
    def sign_in(server, session, envelope, mechanism, data):
        # Left unhandled, the library itself answers 535; else a wrong password hangs the client.
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)

    async def handle_DATA(self, server, session, envelope):
        import asyncio

        await asyncio.to_thread(self.deliver, envelope.mail_from, envelope.rcpt_tos, envelope.original_content)
        return "250 2.0.0 OK"

    def deliver(self, sender, recipients, content):
        with smtplib.LMTP("127.0.0.1", self.lmtp) as line:
            line.sendmail(sender, recipients, content)

    def send(self, sender, recipient, message):
        """As a person's own mail program does."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with smtplib.SMTP("localhost", self.port) as line:
            line.starttls(context=context)
            line.login(sender, PASSWORD)
            line.send_message(message, sender, [recipient])

    def stop(self):
        self.controller.stop()


def until(what, seconds, look):
    """What `look` gives as soon as it is something."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise SystemExit(f"FAILED: {what}: not within {seconds} s")
        time.sleep(0.3)

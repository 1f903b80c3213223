#!/usr/bin/env python3
"""What a page weighs: for each page the bytes on the wire at the first and at a repeated visit, the requests, and the
median time of the server. Starts the built program on a database that it fills itself, on this machine.

    python3 tests/weight.py target/release/sigap --tickets 100000
    python3 tests/weight.py target/debug/sigap --tickets 10000 --database postgres://…

Bytes are those of headers and gzip-compressed bodies, as a browser gets them over HTTP/1.1; a repeated visit finds in the
browser's cache what may be kept for ever. The time is measured at the socket, between the request's last byte and the
answer's last one, over the loopback.
"""
import argparse
import html.parser
import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

PASSWORD = "sigap-demo-2026"
ROOMS = [
    (None, ["/sign-in"]),
    ("pegawai.dinkes", ["/tickets", "/report", "/report?service=simpeg", "/notices", "/account"]),
    ("teknisi.dinkes", ["/tickets", "/tickets?q=jaringan", "ticket"]),
    ("tier2.satu", ["/tickets"]),
    ("koordinator", ["/tickets", "/overview", "/reports/monthly", "/reports/monthly?opd=dinkes"]),
    ("auditor", ["/audit"]),
]


class Parts(html.parser.HTMLParser):
    """What a page asks for besides itself."""

    def __init__(self):
        super().__init__()
        self.places = []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "link" and attrs.get("rel") in ("stylesheet", "icon"):
            self.places.append(attrs["href"])
        if tag in ("script", "img") and attrs.get("src"):
            self.places.append(attrs["src"])


class Browser:
    """One connection, cookies, and a count of every byte."""

    def __init__(self, port):
        self.port = port
        self.cookies = {}
        self.origin = f"http://127.0.0.1:{port}"

    def ask(self, method, place, body=b""):
        """Status, headers, decoded body, bytes on the wire, seconds."""
        import gzip

        line = socket.create_connection(("127.0.0.1", self.port))
        head = [f"{method} {place} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Accept: text/html", "Accept-Encoding: gzip",
                f"Origin: {self.origin}", "Connection: close", f"Content-Length: {len(body)}",
                "Content-Type: application/x-www-form-urlencoded"]
        if self.cookies:
            head.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        line.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        began = time.perf_counter()
        raw = b""
        while chunk := line.recv(65536):
            raw += chunk
        took = time.perf_counter() - began
        line.close()

        class Canned:
            def makefile(self, *_):
                import io
                return io.BytesIO(raw)

        answer = http.client.HTTPResponse(Canned())
        answer.begin()
        text = answer.read()
        if answer.headers.get("Content-Encoding") == "gzip":
            text = gzip.decompress(text)
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers, text.decode("utf-8", "replace"), len(raw), took

    def sign_in(self, account):
        fields = urllib.parse.urlencode({"login": f"{account}@lebakkab.go.id", "password": PASSWORD, "next": "/"})
        status, *_ = self.ask("POST", "/sign-in", fields.encode())
        if status != 303:
            sys.exit(f"weight: {account} can not sign in: {status}")


def weigh(browser, place, repeats):
    status, headers, page, first, _ = browser.ask("GET", place)
    for _ in range(3):
        if status not in (302, 303):
            break
        status, headers, page, first, _ = browser.ask("GET", headers["Location"])
    if status != 200:
        sys.exit(f"weight: {place}: {status}")
    parts = Parts()
    parts.feed(page)
    again, requests = first, 1
    for part in dict.fromkeys(parts.places):
        status, headers, _, size, _ = browser.ask("GET", part)
        if status != 200:
            sys.exit(f"weight: {part} of {place}: {status}")
        first += size
        requests += 1
        if "immutable" not in (headers.get("Cache-Control") or ""):
            again += size
    times = [browser.ask("GET", place)[4] for _ in range(repeats)]
    return first, again, requests, statistics.median(times) * 1000


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("program")
    asked.add_argument("--tickets", type=int, default=10_000)
    asked.add_argument("--repeats", type=int, default=15)
    asked.add_argument("--database", default="")
    asked = asked.parse_args()
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("SIGAP_")}
        ours |= {"SIGAP_DATA_DIR": folder, "SIGAP_BIND": f"127.0.0.1:{port}", "SIGAP_RATE_LIMIT": "off"}
        if asked.database:
            ours["SIGAP_DATABASE_URL"] = asked.database
        began = time.monotonic()
        subprocess.run([asked.program, "seed", "--tickets", str(asked.tickets)], env=ours, check=True,
                       stdout=subprocess.DEVNULL)
        print(f"{asked.tickets} tickets made in {time.monotonic() - began:.0f} s", file=sys.stderr)
        # No demo: it would make tickets of its own beside the measurement.
        service = subprocess.Popen([asked.program, "serve"], env=ours, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait(port, service)
            report(asked, port)
        finally:
            service.terminate()
            service.wait()


def wait(port, service):
    for _ in range(600):
        if service.poll() is not None:
            sys.exit("weight: the service did not start")
        try:
            if Browser(port).ask("GET", "/readyz")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit("weight: the service is not ready")


def report(asked, port):
    kind = "PostgreSQL" if asked.database else "SQLite"
    print(f"{asked.program}, {asked.tickets} tickets, {kind}, median of {asked.repeats}\n")
    print("| page | who | first visit, bytes | repeated, bytes | requests | server, ms |")
    print("|---|---|---|---|---|---|")
    for account, places in ROOMS:
        browser = Browser(port)
        if account:
            browser.sign_in(account)
        for place in places:
            name = place
            if place == "ticket":
                found = re.search(r'href="(/tickets/[A-Z]+-\d+-\d+)"', browser.ask("GET", "/tickets")[2])
                place, name = found.group(1), "/tickets/{number}"
            first, again, requests, time_ms = weigh(browser, place, asked.repeats)
            print(f"| `{name}` | {account or 'nobody'} | {first:,} | {again:,} | {requests} | {time_ms:.1f} |", flush=True)


main()

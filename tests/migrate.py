"""Ends `sigap migrate` at its first change of a file, or word to the server, at its second, and so on to the last (R27):
after each end a second start brings the same schema as an undisturbed one, and no half of a migration.

    python3 tests/migrate.py target/debug/sigap /tmp/place [--server postgres://… ] [--stride 1]

Without a server on SQLite. The server gets a database for each end. `--plant` leaves the second start out: what is then
there must be found to differ, or the comparison would find nothing. Exits with 1 if anything differs."""

import argparse
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit


def tool(name):
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else name


class Sqlite:
    def __init__(self, folder):
        self.url = f"sqlite:{folder}/sigap.db"
        self.file = folder / "sigap.db"

    def schema(self):
        if not self.file.exists():
            return []
        with sqlite3.connect(self.file) as conn:
            rows = conn.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name").fetchall()
            if any(name == "__diesel_schema_migrations" for _, name, _, _ in rows):
                rows += conn.execute("SELECT version FROM __diesel_schema_migrations ORDER BY version").fetchall()
            sound = conn.execute("PRAGMA integrity_check").fetchone()[0]
        assert sound == "ok", sound
        return rows

    def remove(self):
        pass


class Postgres:
    def __init__(self, server, name):
        self.server, self.name = server, name
        self.remove()
        subprocess.run([tool("createdb"), "--maintenance-db", server, name], check=True)
        self.url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))

    def schema(self):
        dump = subprocess.run(
            [tool("pg_dump"), "--schema-only", "--no-owner", self.url], check=True, capture_output=True, text=True
        ).stdout
        # What newer servers write about the dump itself is another each time.
        lines = [line for line in dump.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]
        if "__diesel_schema_migrations" in dump:
            asked = "SELECT version FROM __diesel_schema_migrations ORDER BY version"
            lines += subprocess.run(
                [tool("psql"), "--no-psqlrc", "-Atc", asked, self.url], check=True, capture_output=True, text=True
            ).stdout.splitlines()
        return lines

    def remove(self):
        subprocess.run(
            [tool("dropdb"), "--if-exists", "--force", "--maintenance-db", self.server, self.name],
            check=True,
            stderr=subprocess.DEVNULL,
        )


def main():
    options = argparse.ArgumentParser()
    options.add_argument("binary")
    options.add_argument("place", type=Path)
    options.add_argument("--server")
    options.add_argument("--stride", type=int, default=1)
    options.add_argument("--plant", action="store_true")
    asked = options.parse_args()
    place = asked.place
    place.mkdir(parents=True, exist_ok=True)
    shim = place / "ends.so"
    source = Path(__file__).parent / "fault" / "ends.c"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", shim, source, "-ldl"], check=True)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("SIGAP_")}

    def fresh(name):
        folder = place / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder, Postgres(asked.server, f"ends_{name}") if asked.server else Sqlite(folder)

    def migrate(folder, database, at=None, count=None):
        world = plain | {"SIGAP_DATA_DIR": str(folder), "SIGAP_DATABASE_URL": database.url}
        if at is not None:
            world |= {"LD_PRELOAD": str(shim), "ENDS_AT": str(at)} | ({"ENDS_COUNT": str(count)} if count else {})
        return subprocess.run([asked.binary, "migrate"], env=world, capture_output=True, text=True)

    folder, database = fresh("whole")
    done = migrate(folder, database, 0, place / "count")
    assert done.returncode == 0, done.stderr
    whole, calls = database.schema(), int((place / "count").read_text())
    database.remove()
    assert len(whole) > 100 and calls > 50, (len(whole), calls)

    ends, differ, moments = 0, [], set()
    for at in range(1, calls + 1, asked.stride):
        folder, database = fresh("cut")
        cut = migrate(folder, database, at)
        if cut.returncode != -signal.SIGKILL:
            assert cut.returncode == 0, cut.stderr
            database.remove()
            continue
        ends += 1
        before = database.schema()
        moments.add(len(before))
        if not asked.plant:
            again = migrate(folder, database)
            if again.returncode != 0:
                differ.append((at, again.stderr.strip()))
                database.remove()
                continue
        if database.schema() != whole:
            differ.append((at, "another schema"))
        database.remove()
    kind = "PostgreSQL" if asked.server else "SQLite"
    print(f"{kind}: {ends} ends of {calls} calls, at {len(moments)} different states; {len(differ)} not healed {differ[:3]}")
    if asked.plant:
        return 0 if differ else 1
    return 1 if differ or ends < 8 or len(moments) < 3 else 0


if __name__ == "__main__":
    sys.exit(main())

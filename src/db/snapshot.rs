//! A database as one file, taken while it is written to, and put back. SQLite copies itself (`VACUUM INTO`: one snapshot,
//! in one go); of PostgreSQL its own programs make and read a dump.

use super::{Conn, Store, half, postgres};
use crate::durable;
use crate::error::{Error, Result};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

/// A dump takes minutes. One that waits for a lock or a server for ever would hold up every later backup.
const LONGEST_DUMP: Duration = Duration::from_hours(6);

fn failed(path: &Path, e: &dyn std::fmt::Display) -> Error {
    Error::start(format!("{}: {e}", path.display()))
}

/// Writes the database to the file `to`, which is not there yet, and makes it durable.
///
/// # Errors
/// [`Error::Start`] with the database's reason.
pub fn take(store: &Store, to: &Path) -> Result<()> {
    match store {
        Store::Sqlite(files) => copy_sqlite(files.path(), to)?,
        Store::Postgres(pool) => dump(pool, to)?,
    }
    File::open(to).and_then(|file| file.sync_all()).map_err(|e| failed(to, &e))
}

/// Reads the database as [`take`] does, and writes nothing.
///
/// # Errors
/// As [`take`].
pub fn rehearse(store: &Store) -> Result<()> {
    match store {
        Store::Sqlite(files) => check_sqlite(Path::new(files.path())),
        Store::Postgres(pool) => dump(pool, Path::new("/dev/null")),
    }
}

/// Of the server that this program writes to: out of several libpq would take the first that takes writes, which after a
/// take-over may be the old primary, come back (R4).
fn dump(pool: &postgres::Pool, to: &Path) -> Result<()> {
    let chosen = pool.chosen()?;
    let (mut dump, secret) = tool("pg_dump", &chosen.0)?;
    // Whoever takes it makes it durable; what is only rehearsed could not be.
    dump.args(["--format=custom", "--compress=0", "--no-sync", "--no-owner", "--no-privileges", "--file"]).arg(to);
    run(dump, &secret, LONGEST_DUMP)?;
    if pool.chosen()? == chosen {
        return Ok(());
    }
    Err(Error::start("PostgreSQL: another server took over while the backup was made; make it again"))
}

#[derive(diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    line: String,
}

fn copy_sqlite(path: &str, to: &Path) -> Result<()> {
    let text = to.to_str().ok_or_else(|| failed(to, &"its name is not UTF-8"))?;
    let mut conn = SqliteConnection::establish(path).map_err(|e| Error::start(format!("SQLite file {path}: {e}")))?;
    conn.batch_execute("PRAGMA busy_timeout = 5000")?;
    diesel::sql_query("VACUUM INTO ?").bind::<diesel::sql_types::Text, _>(text).execute(&mut conn)?;
    check_sqlite(to)
}

#[derive(diesel::QueryableByName)]
struct Bytes {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    bytes: i64,
}

/// Bytes that a copy or a dump of the database takes at most: of SQLite without its empty pages, which a copy leaves out; of
/// PostgreSQL all of it, whose indexes a dump leaves out.
///
/// # Errors
/// What the database says.
pub fn bytes(conn: &mut Conn<'_>) -> Result<u64> {
    let pages = "SELECT (page_count - freelist_count) * page_size AS bytes \
                 FROM pragma_page_count, pragma_freelist_count, pragma_page_size";
    let Bytes { bytes } = match conn {
        Conn::Sqlite(c) => diesel::sql_query(pages).get_result(&mut **c)?,
        Conn::Pg(c) => {
            diesel::sql_query("SELECT pg_database_size(current_database()) AS bytes").get_result(&mut **c)?
        }
    };
    Ok(u64::try_from(bytes).unwrap_or(0))
}

/// Is the file a whole database?
///
/// # Errors
/// [`Error::Start`] with what SQLite found.
pub fn check_sqlite(file: &Path) -> Result<()> {
    let url = file.to_str().ok_or_else(|| failed(file, &"its name is not UTF-8"))?;
    let mut conn = SqliteConnection::establish(url).map_err(|e| failed(file, &e))?;
    let whole: Vec<Line> = diesel::sql_query("SELECT integrity_check AS line FROM pragma_integrity_check LIMIT 1")
        .load(&mut conn)
        .map_err(|e| failed(file, &e))?;
    let broken: Vec<Line> = diesel::sql_query("SELECT \"table\" AS line FROM pragma_foreign_key_check LIMIT 1")
        .load(&mut conn)
        .map_err(|e| failed(file, &e))?;
    match (whole.first(), broken.first()) {
        (Some(whole), None) if whole.line == "ok" => Ok(()),
        (_, Some(table)) => Err(failed(file, &format!("a foreign key of {} leads nowhere", table.line))),
        (whole, None) => Err(failed(file, &whole.map_or("not a database", |line| line.line.as_str()))),
    }
}

/// Is there nothing yet in the database behind `url`? A file beside that of SQLite is something: its changes would be read
/// into whatever database is put there.
///
/// # Errors
/// [`Error::Start`] if it does not answer.
pub fn is_empty(url: &str) -> Result<bool> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        return Ok(["", "-wal", "-shm", "-journal", ".part"]
            .iter()
            .all(|end| !Path::new(&format!("{path}{end}")).exists()));
    }
    let mut conn = PgConnection::establish(url).map_err(|e| Error::start(format!("PostgreSQL: {e}")))?;
    // The mark of a restore that put nothing there yet is nothing.
    let tables: Vec<Line> = diesel::sql_query(format!(
        "SELECT table_name::text AS line FROM information_schema.tables WHERE table_schema = 'public' \
         AND table_name <> '{}' LIMIT 1",
        half::MARK
    ))
    .load(&mut conn)?;
    Ok(tables.is_empty())
}

/// The one place that `url` means, where it names several servers: that which takes writes.
///
/// # Errors
/// [`Error::Start`] if none does.
pub fn target(url: &str) -> Result<String> {
    if url.starts_with("sqlite:") { Ok(url.to_owned()) } else { postgres::address(url) }
}

/// Where an SQLite database is unpacked before it is whole and marked.
#[must_use]
pub fn draft(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// Gives the SQLite database that was unpacked to [`draft`] its name, marked as one that is being put back.
///
/// # Errors
/// [`Error::Start`] if it is no whole database, or what the file system says.
pub fn name_draft(path: &Path) -> Result<()> {
    let draft = draft(path);
    check_sqlite(&draft)?;
    let text = draft.to_str().ok_or_else(|| failed(&draft, &"its name is not UTF-8"))?;
    let mut conn = SqliteConnection::establish(text).map_err(|e| failed(&draft, &e))?;
    half::mark(&mut Conn::Sqlite(&mut conn))?;
    drop(conn);
    let named = || {
        File::open(&draft)?.sync_all()?;
        std::fs::rename(&draft, path)?;
        durable::sync_folder(durable::above(path))
    };
    named().map_err(|e| failed(path, &e))
}

/// Marks the empty PostgreSQL database behind `url` as one that is being put back, and reads a dump into it: whole or not
/// at all.
///
/// # Errors
/// [`Error::Start`] with what `pg_restore` said.
pub fn put_back(url: &str, dump: &Path) -> Result<()> {
    let (mut restore, secret) = tool("pg_restore", url)?;
    let mut conn = PgConnection::establish(url).map_err(|e| Error::start(format!("PostgreSQL: {e}")))?;
    half::mark(&mut Conn::Pg(&mut conn))?;
    drop(conn);
    restore.args(["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]).arg(dump);
    // Somebody waits for it, and sees how it goes.
    run(restore, &secret, Duration::MAX)
}

/// A program of PostgreSQL with the database to connect to, and what it is to be told by its input. No secret stands among
/// its arguments, which are seen by everybody on the machine: the password goes through the environment, and that of a key,
/// for which there is no variable, through a file of services.
///
/// # Errors
/// [`Error::Start`] for a password of a key that would not arrive as it is: such a file is read line by line, without blanks at
/// their ends.
fn tool(name: &str, url: &str) -> Result<(Command, String)> {
    let Open { url, password, key } = without_secrets(url);
    let mut command = Command::new(place(name));
    command.arg("--no-password").arg("--dbname").arg(url);
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    let Some(key) = key else { return Ok((command, String::new())) };
    if key.contains(['\n', '\r']) || key.trim_ascii_end() != key {
        return Err(Error::start(format!(
            "sslpassword: {name} can't be given the password of a key that ends with a blank or holds a line break; give the \
             key another one"
        )));
    }
    command.env("PGSERVICEFILE", "/dev/stdin").env("PGSERVICE", "sigap");
    Ok((command, format!("[sigap]\nsslpassword={key}\n")))
}

/// Runs a program to its end, with this input, or ends it after `limit`.
fn run(mut command: Command, input: &str, limit: Duration) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let failed = |e: std::io::Error| Error::start(format!("{name}: {e}; install the client programs of PostgreSQL"));
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    // One that ends before it has read says why itself.
    drop(child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes())));
    let (tell, told) = channel();
    let stderr = child.stderr.take();
    // What it says ends with it.
    std::thread::spawn(move || {
        let mut said = Vec::new();
        let read = stderr.map(|mut stderr| stderr.read_to_end(&mut said));
        drop((read, tell.send(said)));
    });
    let Ok(said) = told.recv_timeout(limit) else {
        child.kill().and_then(|()| child.wait()).map_err(failed)?;
        let hours = limit.as_secs() / 3600;
        return Err(Error::start(format!(
            "{name}: it hung and was ended after {hours} hours; pg_stat_activity tells what PostgreSQL waits for"
        )));
    };
    if child.wait().map_err(failed)?.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&said);
    Err(Error::start(format!("{name}: {}", said.lines().next().unwrap_or("failed"))))
}

/// The newest one of the distribution's, which reads every older server; else whatever the path has.
fn place(name: &str) -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(std::result::Result::ok);
    let mut versions: Vec<(u32, PathBuf)> = folders
        .filter_map(|folder| Some((folder.file_name().to_str()?.parse().ok()?, folder.path().join("bin").join(name))))
        .filter(|(_, program)| program.exists())
        .collect();
    versions.sort();
    versions.pop().map_or_else(|| PathBuf::from(name), |(_, program)| program)
}

/// A URL without its secrets, and these.
struct Open {
    url: String,
    password: Option<String>,
    /// The password of the client's key.
    key: Option<String>,
}

/// Of two passwords the one among the parameters counts, as it does for libpq.
fn without_secrets(url: &str) -> Open {
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (url, query) = url.split_once('?').unwrap_or((url, ""));
    let mut open = Open { url: url.to_owned(), password: None, key: None };
    if let Some((scheme, rest)) = url.split_once("://") {
        let (authority, place) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let user = authority.rsplit_once('@').and_then(|(user, hosts)| Some((user.split_once(':')?, hosts)));
        if let Some(((user, secret), hosts)) = user {
            open.url = format!("{scheme}://{user}@{hosts}{place}");
            open.password = Some(decoded(secret));
        }
    }
    let mut mark = '?';
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match decoded(name).as_str() {
            "password" => open.password = Some(decoded(value)),
            "sslpassword" => open.key = Some(decoded(value)),
            _ => {
                open.url.push(mark);
                open.url.push_str(pair);
                mark = '&';
            }
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_hangs_is_ended_and_what_another_says_as_it_fails_is_told() {
        let shell = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            command
        };
        let hung = run(shell("exec sleep 600"), "", Duration::from_millis(1)).unwrap_err().to_string();
        assert!(hung.starts_with("sh: it hung and was ended"), "{hung}");
        let failed = run(shell("echo no server >&2; exit 1"), "", Duration::MAX).unwrap_err().to_string();
        assert_eq!(failed, "sh: no server");
        run(shell("true"), "", Duration::MAX).unwrap();
    }

    #[test]
    fn a_copy_takes_what_a_database_holds_and_not_what_is_empty_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        conn.batch_execute("CREATE TABLE t (x BLOB); INSERT INTO t VALUES (zeroblob(1000000));").unwrap();
        let whole = bytes(&mut Conn::Sqlite(&mut conn)).unwrap();
        assert_eq!(whole, std::fs::metadata(&file).unwrap().len());
        conn.batch_execute("DELETE FROM t").unwrap();
        assert!(bytes(&mut Conn::Sqlite(&mut conn)).unwrap() < whole / 2);
    }

    #[test]
    fn no_secret_stands_among_arguments() {
        let cut = |url: &str| {
            let Open { url, password, key } = without_secrets(url);
            (url, password.unwrap_or_default(), key.unwrap_or_default())
        };
        let of = |url: &str, password: &str, key: &str| (url.to_owned(), password.to_owned(), key.to_owned());
        let both = cut("postgres://ani:p%40ss@a,b:5433/sigap?host=/run");
        assert_eq!(both, of("postgres://ani@a,b:5433/sigap?host=/run", "p@ss", ""));
        for url in ["postgres://ani@a/sigap", "postgres:///sigap?host=/run"] {
            assert_eq!(cut(url), of(url, "", ""));
        }
        for url in [
            "postgres://ani@a/sigap?password=p%40ss&sslmode=require",
            "postgres://ani:lain@a/sigap?sslmode=require&password=p%40ss",
            "postgres://ani@a/sigap?%70assword=lain&sslmode=require&password=p%40ss",
        ] {
            assert_eq!(cut(url), of("postgres://ani@a/sigap?sslmode=require", "p@ss", ""), "{url}");
        }
        let url = "postgres://ani:p%40ss@a/sigap?sslkey=/k&%73slpassword=kun%20ci&sslmode=require";
        assert_eq!(cut(url), of("postgres://ani@a/sigap?sslkey=/k&sslmode=require", "p@ss", "kun ci"));
        let (command, secret) = tool("pg_dump", url).unwrap();
        let seen: Vec<&str> = command.get_args().filter_map(|argument| argument.to_str()).collect();
        assert_eq!(seen, ["--no-password", "--dbname", "postgres://ani@a/sigap?sslkey=/k&sslmode=require"]);
        assert_eq!(secret, "[sigap]\nsslpassword=kun ci\n");
        let file = command.get_envs().find(|(name, _)| *name == "PGSERVICEFILE").and_then(|(_, value)| value);
        let mut reads = Command::new("sh");
        reads.args(["-c", r#"grep -q "sslpassword=kun ci" "$0""#]).arg(file.unwrap());
        run(reads, &secret, Duration::MAX).unwrap();
    }

    #[test]
    fn a_password_of_a_key_that_would_not_arrive_as_it_is_is_refused_in_words() {
        for password in ["kunci%20", "kun%0Aci", "kunci%0D"] {
            let url = format!("postgres://ani@a/sigap?sslpassword={password}");
            let refused = tool("pg_dump", &url).unwrap_err().to_string();
            assert!(refused.starts_with("sslpassword: pg_dump can't be given"), "{refused}");
        }
    }
}

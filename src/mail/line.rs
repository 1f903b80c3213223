//! A line to an IMAP server (RFC 9051), encrypted before anything is said on it. What is asked on it goes by [`ask`]: the
//! library's own commands take a refusal (NO, BAD) and the end of the line for the end of an answer, so that what a server
//! could not give just then would seem not to be there.

use super::authority;
use crate::config::{Encryption, Place};
use crate::error::{Error, Result};
use async_imap::imap_proto::{AttributeValue, MailboxDatum, MessageSection, Response, SectionPath, Status};
use async_imap::types::{Capabilities, Mailbox};
use async_imap::{Client, Session};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use secrecy::ExposeSecret;
use std::fmt::{Debug, Display};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// What a session reads and writes, encrypted or not.
pub trait Wire: AsyncRead + AsyncWrite + Unpin + Debug + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Debug + Send> Wire for T {}

/// A session that is signed in.
pub type Line = Session<Box<dyn Wire>>;

/// A session on a folder that is open.
pub struct Opened {
    /// The session.
    pub line: Line,
    /// The folder's UIDVALIDITY.
    pub uid_validity: u32,
    /// The UID that its next message gets, if the server says so.
    pub uid_next: Option<u32>,
    /// What the server can.
    pub abilities: Capabilities,
}

/// Why a command came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The server refused it; the line holds.
    Refused(String),
    /// The line has ended, or nobody knows what comes next on it.
    Broken(String),
}

impl From<Failure> for String {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(why) | Failure::Broken(why) => why,
        }
    }
}

/// How a server shows who it is: by the authorities of the file alone, or without one by the public ones and the system's.
///
/// # Errors
/// [`Error::Start`] for a file that can't be read.
pub fn authorities(file: &Path) -> Result<Arc<ClientConfig>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::start(format!("TLS towards the mail server: {e}")))?;
    Ok(Arc::new(config.with_root_certificates(roots(file, authority::bundle())?).with_no_client_auth()))
}

fn roots(file: &Path, bundle: Option<&Path>) -> Result<RootCertStore> {
    const SETTING: &str = "imap.ca_file";
    let own = authority::own(SETTING, file)?;
    if own.is_empty() {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        roots.add_parsable_certificates(authority::of_system(bundle));
        return Ok(roots);
    }
    let mut roots = RootCertStore::empty();
    for certificate in own {
        roots.add(certificate).map_err(|e| Error::start(format!("setting {SETTING}, {}: {e}", file.display())))?;
    }
    Ok(roots)
}

/// Connects, signs in and opens the folder. What goes wrong is told without the password.
///
/// # Errors
/// Why not.
pub async fn open(place: &Place, trust: &Arc<ClientConfig>, limit: Duration) -> std::result::Result<Opened, String> {
    let client = within(limit, "connection", connect(place, trust)).await?;
    let login =
        async { client.login(&place.user, place.password.expose_secret()).await.map_err(|(e, _)| e.to_string()) };
    let mut line = within(limit, "sign-in", login).await?;
    let abilities = within(limit, "CAPABILITY", async { line.capabilities().await.map_err(told) }).await?;
    let folder: Mailbox = within(limit, "folder", async { line.select(&place.folder).await.map_err(told) }).await?;
    let uid_validity = folder.uid_validity.ok_or("folder: the server names no UIDVALIDITY")?;
    Ok(Opened { line, uid_validity, uid_next: folder.uid_next, abilities })
}

/// Waits for an answer, but not for ever.
///
/// # Errors
/// Which step failed, and why.
pub async fn within<T>(
    limit: Duration,
    step: &str,
    work: impl Future<Output = std::result::Result<T, String>>,
) -> std::result::Result<T, String> {
    match tokio::time::timeout(limit, work).await {
        Ok(outcome) => outcome.map_err(|why| format!("{step}: {why}")),
        Err(_) => Err(format!("{step}: no answer within {} s", limit.as_secs())),
    }
}

/// An error as text.
pub fn told(error: impl Display) -> String {
    error.to_string()
}

/// Runs a command, and shows `each` what the server sends until it has said OK.
///
/// # Errors
/// That it did not say so, and why; what was shown until then is not the whole answer.
pub async fn ask(
    line: &mut Line,
    limit: Duration,
    command: &str,
    mut each: impl FnMut(&Response<'_>) + Send,
) -> std::result::Result<(), Failure> {
    let step = command.strip_prefix("UID ").unwrap_or(command).split(' ').next().unwrap_or_default();
    let broken = |why: &str| Failure::Broken(format!("{step}: {why}"));
    let work = async {
        let ours = line.run_command(command).await.map_err(|e| broken(&e.to_string()))?;
        loop {
            let answer = line.read_response().await.map_err(|e| match e.kind() {
                // The library's words hold what it could not read, a message perhaps.
                ErrorKind::Other => broken("the server's answer can't be read"),
                _ => broken(&e.to_string()),
            })?;
            let Some(answer) = answer else { return Err(broken("the server hung up")) };
            match answer.parsed() {
                Response::Done { tag, status: Status::Ok, .. } if *tag == ours => return Ok(()),
                Response::Done { tag, outcome, .. } if *tag == ours => {
                    let said = outcome.information.as_deref().unwrap_or_default();
                    return Err(Failure::Refused(format!("{step}: the server refused: {said}")));
                }
                Response::Data { status: Status::Bye, outcome } => {
                    let said = outcome.information.as_deref().unwrap_or_default();
                    return Err(broken(&format!("the server hung up: {said}")));
                }
                other => each(other),
            }
        }
    };
    let late = |_| broken(&format!("no answer within {} s", limit.as_secs()));
    tokio::time::timeout(limit, work).await.map_err(late)?
}

/// The UIDs that a query finds, in order.
///
/// # Errors
/// As of [`ask`].
pub async fn search(line: &mut Line, limit: Duration, query: &str) -> std::result::Result<Vec<u32>, Failure> {
    let mut found = Vec::new();
    let each = |answer: &Response<'_>| {
        if let Response::MailboxData(MailboxDatum::Search(uids)) = answer {
            found.extend_from_slice(uids);
        }
    };
    ask(line, limit, &format!("UID SEARCH {query}"), each).await?;
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// Bytes of a message, as the server counts them; none if it tells nothing of it.
///
/// # Errors
/// As of [`ask`].
pub async fn size(line: &mut Line, limit: Duration, uid: u32) -> std::result::Result<Option<usize>, Failure> {
    fetch(line, limit, uid, "RFC822.SIZE", |value| match value {
        AttributeValue::Rfc822Size(size) => usize::try_from(*size).ok(),
        _ => None,
    })
    .await
}

/// A message, or its head alone, without marking it as seen; none if the server tells nothing of it.
///
/// # Errors
/// As of [`ask`].
pub async fn content(
    line: &mut Line,
    limit: Duration,
    uid: u32,
    head_alone: bool,
) -> std::result::Result<Option<Vec<u8>>, Failure> {
    let (what, section) = if head_alone {
        ("BODY.PEEK[HEADER]", Some(SectionPath::Full(MessageSection::Header)))
    } else {
        ("BODY.PEEK[]", None)
    };
    fetch(line, limit, uid, what, move |value| match value {
        AttributeValue::BodySection { section: given, data: Some(data), .. } if *given == section => {
            Some(data.to_vec())
        }
        _ => None,
    })
    .await
}

async fn fetch<T: Send>(
    line: &mut Line,
    limit: Duration,
    uid: u32,
    what: &str,
    pick: impl Fn(&AttributeValue<'_>) -> Option<T> + Send + Sync,
) -> std::result::Result<Option<T>, Failure> {
    let mut got = None;
    let each = |answer: &Response<'_>| {
        // News of other messages, and of this one's marks, come in between as they please.
        if let Response::Fetch(_, values) = answer
            && values.iter().any(|value| matches!(value, AttributeValue::Uid(of) if *of == uid))
        {
            got = values.iter().find_map(&pick).or_else(|| got.take());
        }
    };
    ask(line, limit, &format!("UID FETCH {uid} (UID {what})"), each).await?;
    Ok(got)
}

async fn connect(place: &Place, trust: &Arc<ClientConfig>) -> std::result::Result<Client<Box<dyn Wire>>, String> {
    let host = place.host.trim_matches(['[', ']']);
    let tcp = TcpStream::connect((host, place.port)).await.map_err(told)?;
    let secured = |tcp: TcpStream| async move {
        let name = ServerName::try_from(host.to_owned()).map_err(told)?;
        TlsConnector::from(Arc::clone(trust)).connect(name, tcp).await.map_err(|e| format!("TLS: {e}"))
    };
    let wire: Box<dyn Wire> = match place.encryption {
        Encryption::None => Box::new(tcp),
        Encryption::Tls => Box::new(secured(tcp).await?),
        Encryption::StartTls => {
            let mut plain = Client::new(tcp);
            greeting(plain.read_response().await)?;
            plain.run_command_and_check_ok("STARTTLS", None).await.map_err(|e| format!("STARTTLS: {e}"))?;
            // What came unencrypted behind the answer is dropped with the client, not read as the server's word.
            let wire: Box<dyn Wire> = Box::new(secured(plain.into_inner()).await?);
            return Ok(Client::new(wire));
        }
    };
    let mut client = Client::new(wire);
    greeting(client.read_response().await)?;
    Ok(client)
}

fn greeting<T>(answer: std::io::Result<Option<T>>) -> std::result::Result<(), String> {
    match answer {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err("the server hung up".to_owned()),
        Err(e) => Err(e.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTHORITY: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBLjCB4aADAgECAhRqvE3gNAt1kpFzWUp+ZVdeN22H+jAFBgMrZXAwDDEKMAgG\n\
A1UEAwwBYTAgFw0yNjExMjkwNTMxMDNaGA8yMTI2MTEwNTA1MzEwM1owDDEKMAgG\n\
A1UEAwwBYTAqMAUGAytlcAMhAJx3b5CMCt1xM7r6Nj+FkWIdHtYZWYTmykGppUNg\n\
crWwo1MwUTAdBgNVHQ4EFgQUsh4s+0rtfRPbmX7aKPB7HFwUvBIwHwYDVR0jBBgw\n\
FoAUsh4s+0rtfRPbmX7aKPB7HFwUvBIwDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXAD\n\
QQDSfluGolPG8eFV6kBsexg/pLCJCfob87EueWPObARnBhiU7qnMKm5ogTjTgz1P\n\
/imEeefwIlOXUYH+852x9XUE\n\
-----END CERTIFICATE-----\n\
";

    // ASVS 12.3.4
    #[test]
    fn a_file_of_authorities_is_believed_instead_of_the_public_ones_and_the_systems_beside_them() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        std::fs::write(&file, AUTHORITY).unwrap();
        let public = webpki_roots::TLS_SERVER_ROOTS.len();
        let of_system = |bundle: &Path| roots(Path::new(""), Some(bundle)).unwrap().len() - public;
        assert_eq!(roots(Path::new(""), None).unwrap().len(), public);
        assert_eq!(of_system(&file), 1);
        assert_eq!(roots(&file, Some(&file)).unwrap().len(), 1, "that of the file alone");
        // Of a broken bundle what can be read, and else nothing.
        let broken = folder.path().join("rusak.pem");
        let nonsense =
            ["MIIC", "???"].map(|it| format!("-----BEGIN CERTIFICATE-----\n{it}\n-----END CERTIFICATE-----\n"));
        std::fs::write(&broken, format!("{}{AUTHORITY}-----BEGIN CERTIFICATE-----\n?", nonsense.concat())).unwrap();
        assert_eq!([&broken, folder.path(), &folder.path().join("tidak-ada")].map(of_system), [1, 0, 0]);
        std::fs::write(&file, "").unwrap();
        assert!(roots(&file, None).unwrap_err().to_string().contains("no certificate in it"));
    }
}

//! The file of a backup: a tar archive in one zstd stream (RFC 8878) with a sealed end. The seal stands in a skippable
//! frame, so that `tar --zstd -x` reads the file too: an Ed25519 signature over the SHA-256 of every byte before it.

use crate::access::token::hex;
use crate::age::{Decryptor, Encryptor, Identity, Recipient, is_age};
use crate::blob::is_name;
use crate::db::Id;
use crate::error::{Error, Result};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Name of the form, in the manifest and under the signature.
const FORM: &str = "sigap-backup-v1";
/// How the members begin that are attachments.
const ATTACHMENTS: &str = "attachments/";
/// Name of the manifest, the last member.
const MANIFEST: &str = "manifest.json";
/// Magic number of a skippable frame, and the bytes in ours: key and signature.
const SKIPPABLE: u32 = 0x184D_2A53;
const SEAL: u32 = 96;
/// Bytes of the whole frame.
const END: u64 = 8 + 96;
/// Level of compression.
const LEVEL: i32 = 3;

/// A member as the manifest names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// SHA-256, in hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    form: String,
    /// Version of the program that made it.
    pub version: String,
    /// When, in RFC 3339.
    pub made_at: String,
    /// `sqlite` or `postgresql`.
    pub database: String,
    /// The newest signed checkpoint of each audit log.
    pub checkpoints: Vec<String>,
    /// Public keys of each audit log, by its id: what they signed stays provable where the keys themselves are not.
    pub keys: BTreeMap<Id, Vec<String>>,
    /// Every other member.
    pub members: BTreeMap<String, Member>,
}

impl Manifest {
    /// Of a backup that is about to be made.
    #[must_use]
    pub fn new(made_at: String, database: &str, checkpoints: Vec<String>, keys: BTreeMap<Id, Vec<String>>) -> Self {
        Self {
            form: FORM.into(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            made_at,
            database: database.into(),
            checkpoints,
            keys,
            members: BTreeMap::new(),
        }
    }

    /// Names of the attachments whose bytes are not those by which they were named.
    #[must_use]
    pub fn damaged(&self) -> Vec<&str> {
        let is_damaged = |(name, member): &(&str, &Member)| name.replace('/', "") != member.sha256;
        let files = self.members.iter().filter_map(|(name, member)| Some((attachment(name)?, member)));
        files.filter(is_damaged).map(|(name, _)| name).collect()
    }
}

/// The name of an attachment below its folder, if a member is one.
fn attachment(member: &str) -> Option<&str> {
    member.strip_prefix(ATTACHMENTS).filter(|name| is_name(name))
}

fn failed(what: &str, e: &dyn std::fmt::Display) -> Error {
    Error::Start(format!("backup: {what}: {e}"))
}

/// Hashes what passes through.
struct Hashing<T> {
    inner: T,
    hash: Sha256,
    size: u64,
}

impl<T> Hashing<T> {
    fn new(inner: T) -> Self {
        Self { inner, hash: Sha256::new(), size: 0 }
    }

    fn passed(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.size += u64::try_from(bytes.len()).unwrap_or(0);
    }

    fn member(self) -> Member {
        Member { sha256: hex(&self.hash.finalize()), size: self.size }
    }
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(bytes)?;
        if let Some(bytes) = bytes.get(..written) {
            self.passed(bytes);
        }
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Read for Hashing<T> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if let Some(bytes) = buffer.get(..read) {
            self.passed(bytes);
        }
        Ok(read)
    }
}

/// What stands in a file, as a manifest would name it.
pub(super) fn measure(mut file: File) -> std::io::Result<Member> {
    let mut hashing = Hashing::new(std::io::sink());
    std::io::copy(&mut file, &mut hashing)?;
    Ok(hashing.member())
}

/// Where a backup is written to.
enum Sink {
    Plain(File),
    Encrypted(Box<Encryptor<File>>),
}

impl Sink {
    fn finish(self) -> std::io::Result<()> {
        let file = match self {
            Self::Plain(file) => file,
            Self::Encrypted(encryptor) => encryptor.finish()?,
        };
        file.sync_all()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Encrypted(encryptor) => encryptor.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Encrypted(encryptor) => encryptor.flush(),
        }
    }
}

/// A backup that is being written.
pub struct Writer {
    tar: tar::Builder<zstd::Encoder<'static, Hashing<Sink>>>,
    manifest: Manifest,
}

impl Writer {
    /// Begins in `file`, which is empty. Only the holders of the keys of `recipients` can read it; everybody, without any.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn new(file: File, recipients: &[Recipient], manifest: Manifest) -> Result<Self> {
        let sink = if recipients.is_empty() {
            Sink::Plain(file)
        } else {
            Sink::Encrypted(Box::new(Encryptor::new(file, recipients).map_err(|e| failed("encryption", &e))?))
        };
        let stream = zstd::Encoder::new(Hashing::new(sink), LEVEL).map_err(|e| failed("zstd", &e))?;
        Ok(Self { tar: tar::Builder::new(stream), manifest })
    }

    /// Adds the attachment of this name.
    ///
    /// # Errors
    /// If it can't be read or written.
    pub fn attach(&mut self, name: &str, file: File) -> Result<()> {
        self.add(&format!("{ATTACHMENTS}{name}"), file)
    }

    /// Adds what stands in a file.
    ///
    /// # Errors
    /// If it can't be read or written.
    pub fn add(&mut self, name: &str, file: File) -> Result<()> {
        let failed = |e: std::io::Error| failed(name, &e);
        let size = file.metadata().map_err(failed)?.len();
        let mut source = Hashing::new(file.take(size));
        self.put(name, size, &mut source).map_err(failed)?;
        self.manifest.members.insert(name.to_owned(), source.member());
        Ok(())
    }

    fn put(&mut self, name: &str, size: u64, source: &mut dyn Read) -> std::io::Result<()> {
        let mut header = tar::Header::new_ustar();
        header.set_size(size);
        header.set_mode(0o600);
        self.tar.append_data(&mut header, name, source)
    }

    /// Adds the manifest, signs everything and makes it durable; returns what was written.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn seal(mut self, key: &SigningKey) -> Result<Manifest> {
        let text = serde_json::to_vec_pretty(&self.manifest).map_err(|e| failed(MANIFEST, &e))?;
        let size = u64::try_from(text.len()).unwrap_or(0);
        self.put(MANIFEST, size, &mut text.as_slice()).map_err(|e| failed(MANIFEST, &e))?;
        let Self { tar, manifest } = self;
        let finish = || -> std::io::Result<()> {
            let Hashing { inner: mut sink, hash, .. } = tar.into_inner()?.finish()?;
            let signature = key.sign(&message(&hash.finalize()));
            sink.write_all(&SKIPPABLE.to_le_bytes())?;
            sink.write_all(&SEAL.to_le_bytes())?;
            sink.write_all(key.verifying_key().as_bytes())?;
            sink.write_all(&signature.to_bytes())?;
            sink.finish()
        };
        finish().map_err(|e| failed("the seal", &e))?;
        Ok(manifest)
    }
}

/// What is signed.
fn message(hash: &[u8]) -> Vec<u8> {
    [FORM.as_bytes(), b"\n", hash].concat()
}

/// What a backup is read from.
trait Source: Read + Seek {}

impl<T: Read + Seek> Source for T {}

/// A file that was found whole: sealed by its key, every member as the manifest says.
pub struct Sound {
    file: Box<dyn Source>,
    length: u64,
    /// What it holds.
    pub manifest: Manifest,
    /// The key that sealed it.
    pub key: VerifyingKey,
}

/// Looks at every byte before any is believed. An encrypted file opens by one of `identities`.
///
/// # Errors
/// [`Error::Start`] that says what is wrong with the file, or that it needs an identity.
pub fn check(path: &Path, identities: &[Identity]) -> Result<Sound> {
    let failed = |what: String| Error::start(format!("{}: {what}", path.display()));
    let damaged = |e: std::io::Error| failed(format!("{e}; fetch another copy, or take an older backup"));
    let file = open(path, identities).map_err(|e| match e.kind() {
        ErrorKind::NotFound => failed("no such file; name one that `sigap backup` made".to_owned()),
        ErrorKind::InvalidData => damaged(e),
        _ => failed(e.to_string()),
    })?;
    whole(file).map_err(damaged)
}

fn whole(mut file: Box<dyn Source>) -> std::io::Result<Sound> {
    let length = file.seek(SeekFrom::End(0))?.checked_sub(END);
    let length = length.ok_or_else(|| std::io::Error::other("not a backup: too short"))?;
    let key = check_seal(file.as_mut(), length)?;
    let manifest = check_members(file.as_mut(), length)?;
    Ok(Sound { file, length, manifest, key })
}

fn open(path: &Path, identities: &[Identity]) -> std::io::Result<Box<dyn Source>> {
    let mut file = File::open(path)?;
    let mut beginning = Vec::new();
    Read::by_ref(&mut file).take(64).read_to_end(&mut beginning)?;
    if !is_age(&beginning) {
        return Ok(Box::new(file));
    }
    if identities.is_empty() {
        return Err(std::io::Error::other("encrypted; --identity names the file with the private key that opens it"));
    }
    Ok(Box::new(Decryptor::new(file, identities)?))
}

fn check_seal(file: &mut dyn Source, length: u64) -> std::io::Result<VerifyingKey> {
    file.seek(SeekFrom::Start(length))?;
    let (mut magic, mut size, mut key, mut signature) = ([0; 4], [0; 4], [0; 32], [0; 64]);
    file.read_exact(&mut magic)?;
    file.read_exact(&mut size)?;
    file.read_exact(&mut key)?;
    file.read_exact(&mut signature)?;
    if u32::from_le_bytes(magic) != SKIPPABLE || u32::from_le_bytes(size) != SEAL {
        return Err(std::io::Error::other("not a backup, or its end is missing"));
    }
    file.rewind()?;
    let mut hash = Hashing::new(std::io::sink());
    std::io::copy(&mut file.take(length), &mut hash)?;
    let broken = |_| std::io::Error::other("its signature is wrong: the file was changed");
    let key = VerifyingKey::from_bytes(&key).map_err(broken)?;
    key.verify_strict(&message(&hash.hash.finalize()), &Signature::from_bytes(&signature)).map_err(broken)?;
    Ok(key)
}

fn check_members(file: &mut dyn Source, length: u64) -> std::io::Result<Manifest> {
    let mut members = BTreeMap::new();
    let mut manifest: Option<Manifest> = None;
    each(file, length, |name, source| {
        if manifest.is_some() {
            return Err(std::io::Error::other("a member stands behind the manifest"));
        }
        if name == MANIFEST {
            manifest = Some(serde_json::from_reader(source)?);
            return Ok(());
        }
        let mut hashing = Hashing::new(source);
        std::io::copy(&mut hashing, &mut std::io::sink())?;
        if members.insert(name.to_owned(), hashing.member()).is_some() {
            return Err(std::io::Error::other(format!("{name} stands in it twice")));
        }
        Ok(())
    })?;
    let manifest = manifest.ok_or_else(|| std::io::Error::other("it has no manifest"))?;
    if manifest.form != FORM || manifest.members != members {
        return Err(std::io::Error::other("a member is not what the manifest says"));
    }
    Ok(manifest)
}

fn each(
    file: &mut dyn Source,
    length: u64,
    mut take: impl FnMut(&str, &mut dyn Read) -> std::io::Result<()>,
) -> std::io::Result<()> {
    file.rewind()?;
    let mut archive = tar::Archive::new(zstd::Decoder::new(file.take(length))?);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let name = String::from_utf8(entry.path_bytes().into_owned()).map_err(std::io::Error::other)?;
        if !entry.header().entry_type().is_file() || !is_ours(&name) {
            return Err(std::io::Error::other(format!("{name}: no member of ours")));
        }
        take(&name, &mut entry)?;
    }
    Ok(())
}

/// No name leads out of the folder into which it is unpacked.
fn is_ours(name: &str) -> bool {
    attachment(name).is_some() || matches!(name, MANIFEST | super::SQLITE | super::POSTGRES)
}

impl Sound {
    /// Hands out every member but the manifest.
    ///
    /// # Errors
    /// What `take` returns.
    pub fn unpack(&mut self, mut take: impl FnMut(&str, &mut dyn Read) -> std::io::Result<()>) -> Result<()> {
        let take = |name: &str, source: &mut dyn Read| if name == MANIFEST { Ok(()) } else { take(name, source) };
        each(self.file.as_mut(), self.length, take).map_err(|e| failed("unpacking", &e))
    }

    /// SHA-256 of the key that sealed it, in hexadecimal.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex(&Sha256::digest(self.key.as_bytes()))
    }
}

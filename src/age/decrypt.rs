//! Reading.

use super::{CHUNK, Identity, TAG, VERSION, broken, cipher, derive, header_key, nonce, wrapping};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use curve25519_dalek::MontgomeryPoint;
use ring::aead::{Aad, LessSafeKey};
use ring::hmac;
use std::io::{Error, Read, Result, Seek, SeekFrom};

/// A header is never longer: it has a few lines for each recipient.
const HEADER: u64 = 64 * 1024;
/// Bytes of the nonce before the first chunk.
const NONCE: u64 = 16;

/// Reads a file of age at any place. What it gives was written by whoever knew the recipient, and only that it ends where
/// it should is known once the end was read.
pub struct Decryptor<R> {
    inner: R,
    cipher: LessSafeKey,
    /// Where the first chunk lies.
    start: u64,
    chunks: u64,
    length: u64,
    at: u64,
    open: Option<(u64, Vec<u8>)>,
}

pub(super) struct Header<'a> {
    /// Its bytes, and how many the mac covers.
    pub(super) length: u64,
    covered: &'a [u8],
    mac: Vec<u8>,
    /// Share and wrapped key for each recipient.
    stanzas: Vec<([u8; 32], Vec<u8>)>,
}

pub(super) fn parse(bytes: &[u8]) -> Option<Header<'_>> {
    let (mut at, mut stanzas) = (0, Vec::new());
    let mut lines = bytes.split_inclusive(|b| *b == b'\n').map(|line| (line, line.strip_suffix(b"\n")));
    let (line, version) = lines.next()?;
    (version? == VERSION.as_bytes()).then_some(())?;
    at += line.len();
    loop {
        let (line, text) = lines.next()?;
        let text = std::str::from_utf8(text?).ok()?;
        if let Some(mac) = text.strip_prefix("--- ") {
            let mac = STANDARD_NO_PAD.decode(mac).ok()?;
            let covered = bytes.get(..at + 3)?;
            return Some(Header { length: u64::try_from(at + line.len()).ok()?, covered, mac, stanzas });
        }
        let mut words = text.strip_prefix("-> ")?.split(' ');
        let (kind, share, more) = (words.next()?, words.next(), words.next());
        at += line.len();
        let mut body = String::new();
        loop {
            let (line, text) = lines.next()?;
            let text = std::str::from_utf8(text?).ok()?;
            at += line.len();
            body.push_str(text);
            match text.len() {
                64 => {}
                0..64 => break,
                _ => return None,
            }
        }
        let body = STANDARD_NO_PAD.decode(body).ok()?;
        if kind == "X25519" {
            let share = STANDARD_NO_PAD.decode(share?).ok()?.try_into().ok()?;
            (body.len() == 32 && more.is_none()).then(|| stanzas.push((share, body)))?;
        }
    }
}

/// The key of the file, for whichever identity it was wrapped.
fn file_key(header: &Header<'_>, identities: &[Identity]) -> Result<Option<Vec<u8>>> {
    for (share, wrapped) in &header.stanzas {
        for identity in identities {
            let shared = MontgomeryPoint(*share).mul_clamped(identity.0);
            let cipher = wrapping(shared, *share, identity.recipient())?;
            let mut wrapped = wrapped.clone();
            if let Ok(key) = cipher.open_in_place(nonce(0, false)?, Aad::empty(), &mut wrapped) {
                return Ok(Some(key.to_vec()));
            }
        }
    }
    Ok(None)
}

impl<R: Read + Seek> Decryptor<R> {
    /// Opens `inner` with whichever identity it was encrypted to.
    ///
    /// # Errors
    /// If it can't be read, is no file of age, is for nobody of `identities`, or was changed.
    pub fn new(mut inner: R, identities: &[Identity]) -> Result<Self> {
        let all = inner.seek(SeekFrom::End(0))?;
        inner.rewind()?;
        let mut beginning = Vec::new();
        inner.by_ref().take(HEADER).read_to_end(&mut beginning)?;
        let header = parse(&beginning).ok_or_else(|| broken("not a file of age, or its beginning was changed"))?;
        let key = file_key(&header, identities)?;
        let key = key.ok_or_else(|| Error::other("encrypted, and to none of the identities that are given"))?;
        hmac::verify(&header_key(&key)?, header.covered, &header.mac)
            .map_err(|_| broken("its beginning was changed"))?;
        inner.seek(SeekFrom::Start(header.length))?;
        let mut nonce = [0; 16];
        inner.read_exact(&mut nonce)?;
        let start = header.length + NONCE;
        let (chunk, tag) = (size(CHUNK + TAG), size(TAG));
        let rest = all.saturating_sub(start);
        let chunks = rest.div_ceil(chunk);
        let last = rest.saturating_sub(chunk * chunks.saturating_sub(1));
        // Only a file of nothing ends with a chunk of nothing.
        if last < tag || (last == tag && chunks > 1) {
            return Err(broken("its end is missing"));
        }
        let cipher = cipher(&derive(&nonce, &key, b"payload")?)?;
        Ok(Self { inner, cipher, start, chunks, length: rest - tag * chunks, at: 0, open: None })
    }

    fn load(&mut self, place: u64) -> Result<()> {
        if self.open.as_ref().is_some_and(|(open, _)| *open == place) {
            return Ok(());
        }
        self.inner.seek(SeekFrom::Start(self.start + place * size(CHUNK + TAG)))?;
        let mut chunk = self.open.take().map_or_else(Vec::new, |(_, chunk)| chunk);
        chunk.clear();
        self.inner.by_ref().take(size(CHUNK + TAG)).read_to_end(&mut chunk)?;
        let nonce = nonce(place, place + 1 == self.chunks)?;
        let opened = self.cipher.open_in_place(nonce, Aad::empty(), &mut chunk);
        let length = opened.map_err(|_| broken("it was changed or cut"))?.len();
        chunk.truncate(length);
        self.open = Some((place, chunk));
        Ok(())
    }
}

pub(super) fn size(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

impl<R: Read + Seek> Read for Decryptor<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let (place, within) = (self.at / size(CHUNK), usize::try_from(self.at % size(CHUNK)).map_err(Error::other)?);
        if self.at >= self.length {
            // The last chunk alone says that nothing is missing, also of a file of nothing.
            self.load(self.chunks - 1)?;
            return Ok(0);
        }
        self.load(place)?;
        let chunk = self.open.as_ref().map_or(&[][..], |(_, chunk)| chunk.get(within..).unwrap_or_default());
        let taken = chunk.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..taken), chunk.get(..taken)) {
            to.copy_from_slice(from);
        }
        self.at += size(taken);
        Ok(taken)
    }
}

impl<R: Read + Seek> Seek for Decryptor<R> {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| broken("a place before the beginning"))?;
        Ok(self.at)
    }
}

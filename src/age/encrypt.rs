//! Writing.

use super::{CHUNK, Recipient, TAG, VERSION, broken, cipher, derive, header_key, nonce, random, wrapping};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use curve25519_dalek::MontgomeryPoint;
use ring::aead::{Aad, LessSafeKey};
use ring::hmac;
use std::io::{Result, Write};

/// Writes a file that only the holders of the recipients' private keys can read.
pub struct Encryptor<W> {
    inner: W,
    cipher: LessSafeKey,
    place: u64,
    chunk: Vec<u8>,
}

impl<W: Write> Encryptor<W> {
    /// Begins in `inner`.
    ///
    /// # Errors
    /// If it can't be written, or there is no recipient.
    pub fn new(mut inner: W, recipients: &[Recipient]) -> Result<Self> {
        if recipients.is_empty() {
            return Err(broken("nobody to encrypt to"));
        }
        let file_key = random::<16>()?;
        let mut header = format!("{VERSION}\n");
        for recipient in recipients {
            let secret = random::<32>()?;
            let share = MontgomeryPoint::mul_base_clamped(secret).to_bytes();
            let cipher = wrapping(MontgomeryPoint(recipient.0).mul_clamped(secret), share, *recipient)?;
            let mut wrapped = file_key.to_vec();
            // A key of its own for each recipient of each file, so that nought is a nonce.
            let sealed = cipher.seal_in_place_append_tag(nonce(0, false)?, Aad::empty(), &mut wrapped);
            sealed.map_err(|_| broken("the key of the file was not wrapped"))?;
            let (share, wrapped) = (STANDARD_NO_PAD.encode(share), STANDARD_NO_PAD.encode(wrapped));
            header = format!("{header}-> X25519 {share}\n{wrapped}\n");
        }
        header.push_str("---");
        let mac = STANDARD_NO_PAD.encode(hmac::sign(&header_key(&file_key)?, header.as_bytes()));
        let start = random::<16>()?;
        writeln!(inner, "{header} {mac}")?;
        inner.write_all(&start)?;
        let cipher = cipher(&derive(&start, &file_key, b"payload")?)?;
        Ok(Self { inner, cipher, place: 0, chunk: Vec::with_capacity(CHUNK + TAG) })
    }

    fn put(&mut self, is_last: bool) -> Result<()> {
        let nonce = nonce(self.place, is_last)?;
        let sealed = self.cipher.seal_in_place_append_tag(nonce, Aad::empty(), &mut self.chunk);
        sealed.map_err(|_| broken("a chunk was not sealed"))?;
        self.inner.write_all(&self.chunk)?;
        self.chunk.clear();
        self.place += 1;
        Ok(())
    }

    /// Writes the end; without it the file is refused.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn finish(mut self) -> Result<W> {
        self.put(true)?;
        Ok(self.inner)
    }
}

impl<W: Write> Write for Encryptor<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        // A full chunk waits for the next byte: only so it is known not to be the last.
        if self.chunk.len() == CHUNK && !bytes.is_empty() {
            self.put(false)?;
        }
        let taken = bytes.len().min(CHUNK - self.chunk.len());
        self.chunk.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        Ok(taken)
    }

    fn flush(&mut self) -> Result<()> {
        self.inner.flush()
    }
}

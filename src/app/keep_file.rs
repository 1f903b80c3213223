//! Taking a file in, piece by piece, whatever door it comes through.

use super::{App, Caller};
use crate::access::Origin;
use crate::blob::Kept;
use crate::error::{Error, Result};
use crate::say;
use crate::ticket::attach;
use futures_util::{Stream, TryStreamExt};

impl App {
    /// Keeps what `pieces` bring; the file is durable afterwards, and speaks for itself: no name is used.
    ///
    /// # Errors
    /// 400 if the pieces end before the file does; 413 over the limit; 422 for an empty file.
    pub async fn keep_file<S, B, E>(&self, mut pieces: S) -> Result<Kept>
    where
        S: Stream<Item = std::result::Result<B, E>> + Unpin,
        B: AsRef<[u8]>,
    {
        let mut incoming = self.blobs.incoming(self.config.limits.attachment_bytes).await?;
        while let Some(piece) = pieces.try_next().await.map_err(|_| Error::Malformed(say!("body.multipart")))? {
            incoming.take(piece.as_ref()).await?;
        }
        if incoming.size() == 0 {
            return Err(Error::invalid("/file", say!("attachment.empty")));
        }
        self.blobs.keep(incoming).await
    }

    /// After the transaction in which rows were to speak of these files, answered with `status`: those of which none
    /// speaks go at once. Where it is not known what was stored, they wait for upkeep.
    pub async fn forget_unused(&self, status: u16, mut kept: Vec<Kept>) {
        let hashes: Vec<String> = kept.iter().map(|one| one.sha256().to_owned()).collect();
        if hashes.is_empty() || status >= 500 {
            return;
        }
        let held = self.read(Caller::Anonymous, Origin::default(), move |tx| attach::held(tx, &hashes)).await;
        if let Ok(held) = held {
            kept.iter_mut().filter(|one| !held.iter().any(|sha256| sha256 == one.sha256())).for_each(Kept::take_back);
        }
    }
}

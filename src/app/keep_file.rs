//! Taking a file in, piece by piece, whatever door it comes through.

use super::App;
use crate::blob::Stored;
use crate::error::{Error, Result};
use crate::say;
use futures_util::{Stream, TryStreamExt};

impl App {
    /// Keeps what `pieces` bring; the file is durable afterwards, and speaks for itself: no name is used.
    ///
    /// # Errors
    /// 400 if the pieces end before the file does; 413 over the limit; 422 for an empty file.
    pub async fn keep_file<S, B, E>(&self, mut pieces: S) -> Result<Stored>
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
}

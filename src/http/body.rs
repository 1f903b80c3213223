//! What a request brings, for both doors: as it came, never unpacked, and read for a while only.

use crate::error::{Error, Result};
use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use futures_util::StreamExt;
use std::time::Duration;

/// Refuses a body of another type, and a packed one: a few bytes of it could become as many as memory holds (ASVS 5.2.3).
///
/// # Errors
/// 415 that names the type.
pub fn needs(request: &HttpRequest, media_type: &'static str) -> Result<()> {
    let sent = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = sent.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(media_type) && !request.headers().contains_key(CONTENT_ENCODING) {
        Ok(())
    } else {
        Err(Error::Unsupported(media_type))
    }
}

/// Reads a body of at most `most` bytes, for so many seconds (R21).
///
/// # Errors
/// 400 if it breaks off, 408 if it does not come in time, 413 if it is larger.
pub async fn collect(payload: &mut Payload, most: usize, seconds: u64) -> Result<Vec<u8>> {
    let read = async {
        let mut bytes = Vec::new();
        while let Some(piece) = payload.next().await {
            let piece = piece.map_err(|_| Error::Broken)?;
            if bytes.len().saturating_add(piece.len()) > most {
                return Err(Error::TooLarge(most));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    };
    tokio::time::timeout(Duration::from_secs(seconds), read).await.map_err(|_| Error::Timeout)?
}

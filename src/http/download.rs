//! Files over HTTP: a stored one as an answer, always to be saved, never to be shown by a browser; and what one that
//! comes is called.

use crate::error::{Error, Result};
use actix_web::http::header::{
    CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ContentDisposition,
};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, HttpResponseBuilder};
use std::path::Path;
use tokio::io::AsyncReadExt;

/// Bytes that are read at once.
const PIECE: usize = 64 * 1024;

/// The file at `path` of so many bytes, as a download under `name`.
///
/// # Errors
/// [`Error::Internal`] if it is not there.
pub async fn download(path: &Path, media_type: String, size: i64, name: &str) -> Result<HttpResponse> {
    let file = tokio::fs::File::open(path).await.map_err(|e| Error::internal(format!("{}: {e}", path.display())))?;
    let pieces = futures_util::stream::try_unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE];
        let length = file.read(&mut piece).await?;
        piece.truncate(length);
        Ok::<_, std::io::Error>((length > 0).then(|| (Bytes::from(piece), file)))
    });
    Ok(saved(&media_type, name)
        .insert_header((CONTENT_LENGTH, size.to_string()))
        .no_chunking(u64::try_from(size).unwrap_or(0))
        .streaming(Box::pin(pieces)))
}

/// These bytes, as a download under `name`.
#[must_use]
pub fn download_bytes(bytes: Vec<u8>, media_type: &str, name: &str) -> HttpResponse {
    saved(media_type, name).body(bytes)
}

fn saved(media_type: &str, name: &str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CONTENT_TYPE, media_type))
        .insert_header((CONTENT_DISPOSITION, disposition(name)))
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"));
    answer
}

/// RFC 6266: always `attachment`, the name in RFC 8187's form, so that no character of it is syntax.
fn disposition(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let encoded: String =
        name.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect();
    format!("attachment; filename*=UTF-8''{encoded}")
}

/// The name of a file that comes, in its plain form, or in RFC 8187's, which some programs send for a name beyond ASCII.
#[must_use]
pub fn file_name(disposition: &ContentDisposition) -> Option<String> {
    let plain = disposition.get_filename().map(str::to_owned);
    plain.or_else(|| disposition.get_filename_ext().and_then(|name| String::from_utf8(name.value.clone()).ok()))
}

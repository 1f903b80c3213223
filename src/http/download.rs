//! Files over HTTP: a stored one as an answer, to be saved unless it is asked to be shown; and what one that
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
    answer(path, media_type, size, disposition("attachment", name)).await
}

/// What a browser may show instead of saving: pictures that hold no program, and PDF on a page of its own.
#[must_use]
pub fn is_shown(media_type: &str) -> bool {
    matches!(media_type, "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "application/pdf")
}

/// As [`download`], to be shown where [`is_shown`] says so; anything else is saved all the same.
///
/// # Errors
/// [`Error::Internal`] if it is not there.
pub async fn show(path: &Path, media_type: String, size: i64, name: &str) -> Result<HttpResponse> {
    let how = if is_shown(&media_type) { "inline" } else { "attachment" };
    answer(path, media_type, size, disposition(how, name)).await
}

async fn answer(path: &Path, media_type: String, size: i64, disposition: String) -> Result<HttpResponse> {
    let file = tokio::fs::File::open(path).await.map_err(|e| Error::internal(format!("{}: {e}", path.display())))?;
    let pieces = futures_util::stream::try_unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE];
        let length = file.read(&mut piece).await?;
        piece.truncate(length);
        Ok::<_, std::io::Error>((length > 0).then(|| (Bytes::from(piece), file)))
    });
    let mut answer = HttpResponse::Ok();
    Ok(headed(&mut answer, &media_type, disposition)
        .insert_header((CONTENT_LENGTH, size.to_string()))
        .no_chunking(u64::try_from(size).unwrap_or(0))
        .streaming(Box::pin(pieces)))
}

/// These bytes, as a download under `name`.
#[must_use]
pub fn download_bytes(bytes: Vec<u8>, media_type: &str, name: &str) -> HttpResponse {
    headed(&mut HttpResponse::Ok(), media_type, disposition("attachment", name)).body(bytes)
}

/// What a browser is told of a file, however it is shown: nothing in it runs.
fn headed<'a>(
    answer: &'a mut HttpResponseBuilder,
    media_type: &str,
    disposition: String,
) -> &'a mut HttpResponseBuilder {
    // What is kept as text was known by its beginning in UTF-8 (ASVS 4.1.1).
    let charset = if media_type == "text/plain" { "; charset=utf-8" } else { "" };
    answer
        .insert_header((CONTENT_TYPE, format!("{media_type}{charset}")))
        .insert_header((CONTENT_DISPOSITION, disposition))
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'; frame-ancestors 'self'"))
}

/// RFC 6266, the name in RFC 8187's form, so that no character of it is syntax.
fn disposition(how: &str, name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let encoded: String =
        name.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect();
    format!("{how}; filename*=UTF-8''{encoded}")
}

/// The name of a file that comes, in its plain form, or in RFC 8187's, which some programs send for a name beyond ASCII.
#[must_use]
pub fn file_name(disposition: &ContentDisposition) -> Option<String> {
    let plain = disposition.get_filename().map(str::to_owned);
    plain.or_else(|| disposition.get_filename_ext().and_then(|name| String::from_utf8(name.value.clone()).ok()))
}

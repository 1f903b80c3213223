//! Answers in small pieces. Whatever an answer's body hands over at once is copied for the line as a whole, and whoever reads
//! nothing of it keeps that copy: a few hundred of them would fill the memory (R21).

use super::Arriving;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Bytes that wait for a reader at most, besides those that the line itself holds.
const PIECE: usize = 16 * 1024;

/// A body that hands over little at once; what is left is not copied.
pub struct Pieces {
    body: BoxBody,
    rest: Bytes,
    /// Stays until this has gone.
    _request: Option<Arriving>,
}

impl Pieces {
    /// Of this body, which answers a request with that one.
    #[must_use]
    pub fn of(body: BoxBody, request: Option<Arriving>) -> Self {
        Self { body, rest: Bytes::new(), _request: request }
    }
}

impl MessageBody for Pieces {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.rest.is_empty() {
            match Pin::new(&mut self.body).poll_next(context) {
                Poll::Ready(Some(Ok(bytes))) => self.rest = bytes,
                other => return other,
            }
        }
        let length = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(self.rest.split_to(length))))
    }
}

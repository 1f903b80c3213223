//! The body of a request, held until its answer has gone. The server hangs up on whoever was answered and has not sent
//! all of his body; but where nobody holds it any more it would read one that came in pieces to an end that never comes,
//! and for that it sets no time (R21).

use actix_web::HttpMessage;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::Stream;
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// A body that whoever reads it and the answer hold together.
#[derive(Clone)]
pub struct Arriving(Rc<RefCell<Payload>>);

impl Arriving {
    /// Holds the body of this request, if it has one.
    #[must_use]
    pub fn of(request: &mut ServiceRequest) -> Option<Self> {
        let payload = request.take_payload();
        if matches!(payload, Payload::None) {
            return None;
        }
        let arriving = Self(Rc::new(RefCell::new(payload)));
        request.set_payload(Payload::Stream { payload: Box::pin(arriving.clone()) });
        Some(arriving)
    }
}

impl Stream for Arriving {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(context)
    }
}

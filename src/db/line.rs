//! Connections to a server that says nothing. The server ends a statement that takes too long; but where it, or something
//! on the way, stands still and the network goes on taking every byte, libpq waits for ever, and the kernel sees nothing
//! amiss. So whoever waits for a connection looks at how long it has waited for a word (R19).

use diesel::connection::{Instrumentation, InstrumentationEvent, get_default_instrumentation};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Since when a connection has waited for a word of its server.
#[derive(Debug, Clone, Default)]
pub struct Line(Arc<Mutex<Option<Instant>>>);

impl Line {
    fn set(&self, since: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }

    fn is_silent(&self, most: Duration) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|since| since.elapsed() > most)
    }

    /// Notes when a statement goes out and when its answer is in. Whatever else listens goes on listening.
    #[must_use]
    pub fn listener(&self) -> impl Instrumentation + use<> {
        let (line, mut beside) = (self.clone(), get_default_instrumentation());
        move |event: InstrumentationEvent<'_>| {
            match event {
                InstrumentationEvent::StartQuery { .. } => line.set(Some(Instant::now())),
                InstrumentationEvent::FinishQuery { .. } => line.set(None),
                _ => {}
            }
            beside.on_connection_event(event);
        }
    }
}

/// The connection that a transaction has taken, for whoever waits for its end.
#[derive(Debug, Clone, Default)]
pub struct Hold(Arc<Mutex<Option<Line>>>);

impl Hold {
    /// From now on this one.
    pub fn take(&self, line: &Line) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(line.clone());
    }

    /// `true` if it has waited for longer than `most`.
    pub fn is_silent(&self, most: Duration) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(|line| line.is_silent(most))
    }
}

//! What became of a commit that PostgreSQL did not confirm.

use crate::error::Error;
use diesel::result::{DatabaseErrorKind, Error as Diesel};

/// What whoever asked is told of a commit that failed. Of two failures the server says that nothing was committed, and
/// these may run again. After any other nobody knows: the server may have committed before its word was lost, whatever
/// the library says of the line ("server closed the connection", "Connection timed out", "No route to host").
pub(super) fn of_commit(error: Diesel) -> Error {
    match error {
        Diesel::DatabaseError(DatabaseErrorKind::SerializationFailure, info) => Error::Retry(info.message().to_owned()),
        // Of a line that is gone the kind is another one, whatever the text.
        Diesel::DatabaseError(DatabaseErrorKind::Unknown, info) if info.message().starts_with("deadlock detected") => {
            Error::Retry(info.message().to_owned())
        }
        Diesel::RollbackErrorOnCommit { commit_error, .. } => of_commit(*commit_error),
        other => Error::Unavailable(format!("whether it was committed is unknown: {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(kind: DatabaseErrorKind, text: &str) -> Diesel {
        Diesel::DatabaseError(kind, Box::new(text.to_owned()))
    }

    #[test]
    fn only_a_commit_that_the_server_itself_took_back_may_run_again() {
        use DatabaseErrorKind::{ClosedConnection, SerializationFailure, Unknown};
        for (kind, text) in [(SerializationFailure, "could not serialize access"), (Unknown, "deadlock detected")] {
            assert!(matches!(of_commit(failed(kind, text)), Error::Retry(_)), "{text}");
        }
        for text in [
            "could not receive data from server: Connection timed out\n",
            "could not receive data from server: No route to host\n",
            "could not send data to server: Broken pipe\n",
            "server closed the connection unexpectedly\n",
            "no connection to the server\n",
            "SSL SYSCALL error: EOF detected\n",
            "SSL SYSCALL error: Connection timed out\n",
            "terminating connection due to administrator command\n",
            "canceling statement due to statement timeout",
            "the database system is shutting down",
            "whatever comes next",
        ] {
            for kind in [ClosedConnection, Unknown] {
                let told = of_commit(failed(kind, text));
                assert!(matches!(&told, Error::Unavailable(why) if why.contains(text)), "{kind:?}: {told:?}");
                let lost = Diesel::RollbackErrorOnCommit {
                    rollback_error: Box::new(Diesel::BrokenTransactionManager),
                    commit_error: Box::new(failed(kind, text)),
                };
                assert!(matches!(of_commit(lost), Error::Unavailable(_)), "{kind:?}: {text}");
            }
        }
        assert!(matches!(of_commit(Diesel::BrokenTransactionManager), Error::Unavailable(_)));
    }
}

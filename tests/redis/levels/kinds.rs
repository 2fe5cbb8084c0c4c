//! The same with servers of other kinds than the installed one, Redis 6.2 and Valkey, whose
//! programs are in packages of PyPI.

use super::*;
use crate::server::Kind;

/// The tests of a kind of server; skipped with a message where there is none.
macro_rules! tests_of {
    ($kind:ident) => {
        #[test]
        fn with_everything() {
            let Some(server) = Server::of(Kind::$kind) else { return };
            shares!(server, "kind:{n}", &[], Level::Tracked, "");
        }

        #[test]
        fn without_resp3() {
            let Some(server) = Server::of(Kind::$kind) else { return };
            shares!(server, "kind:{n}", &["HELLO"], Level::Untracked, "HELLO");
        }

        #[test]
        fn without_tracking() {
            let Some(server) = Server::of(Kind::$kind) else { return };
            shares!(server, "kind:{n}", &["CLIENT TRACKING"], Level::Untracked, "push");
        }

        #[test]
        fn without_scripts_what_is_there_is_read() {
            let Some(server) = Server::of(Kind::$kind) else { return };
            only_reads!(server, "kind:{n}");
        }
    };
}

mod redis_6_2 {
    use super::*;

    tests_of!(Redis62);
}

mod valkey {
    use super::*;

    tests_of!(Valkey);
}

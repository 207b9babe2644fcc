//! A server in front of a PostgreSQL takes what its definition takes, from whom it may, and nothing else.
#![allow(clippy::unwrap_used, reason = "a test panics")]
#![allow(clippy::print_stdout, reason = "libtest keeps it, and shows it where the test fails")]

mod access;
mod cache;
mod door;
mod hostile;
mod network;
mod page;
mod reading;
mod receivers;
mod redis;
mod served;
mod shipped;

/// The suite of all receivers, and what it needs.
macro_rules! of_team {
    ($($name:ident $path:literal),*) => {
        $(#[path = $path]
        #[allow(dead_code, reason = "the tests of team/ use the rest of it")]
        mod $name;)*
    };
}

of_team! {
    answers "../../../team/tests/team/answers.rs",
    conformance "../../../team/tests/team/conformance.rs",
    divergence "../../../team/tests/team/divergence.rs",
    erasure "../../../team/tests/team/erasure.rs",
    given "../../../team/tests/team/given.rs",
    levels "../../../team/tests/team/levels.rs",
    proxy "../../../team/tests/team/proxy.rs",
    pull "../../../team/tests/team/pull.rs",
    rows "../../../team/tests/team/rows.rs",
    targets "../../../team/tests/team/targets.rs"
}

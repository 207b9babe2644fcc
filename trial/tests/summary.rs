//! Not a test: the last that `cargo test --workspace` runs of all packages says what did not run, and why.

fn main() {
    // `cargo test -- --list` asks for names.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let summary = retold_trial::summary();
    let is_required = std::env::var_os("RETOLD_REQUIRE").is_some_and(|names| names == "all");
    say("\n");
    say(summary.as_deref().unwrap_or("Every test had what it needs.\n"));
    if !cfg!(target_os = "linux") {
        say("Tests that are about Linux or Unix alone are not built here.\n");
    }
    assert!(summary.is_none() || !is_required, "RETOLD_REQUIRE=all");
}

#[allow(clippy::print_stdout, reason = "it is what this is for")]
fn say(text: &str) {
    print!("{text}");
}

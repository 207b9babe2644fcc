//! The program `retold`, for promises that need it as a process of its own.

fn main() -> std::process::ExitCode {
    retold_cli::process()
}

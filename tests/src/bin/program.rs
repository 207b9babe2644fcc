//! The program `retold`, for promises that need it as a process of its own.

fn main() -> std::process::ExitCode {
    retold_cli::run(std::env::args_os(), &mut retold_cli::Io::of_process(std::sync::Arc::default()))
}

//! The `retold` program: see [`retold_cli::process`].

/// An import allocates millions of small strings.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    retold_cli::process()
}

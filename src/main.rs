//! The `overspill` program.

use std::process::ExitCode;

/// Asks the system for large pages: in a market that fills hundreds of megabytes, up to a quarter of the time would go to
/// finding the small ones.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    overspill::cli::main()
}

//! The `overspill` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    overspill::cli::main()
}

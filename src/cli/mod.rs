//! The command line: arguments, progress, exit codes and wording. One file per subcommand.

mod arguments;
mod exit;
mod folder;
mod output;
mod progress;
mod run;
mod scenario;
mod validate;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

/// Runs the program with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { exit::Code::Usage.into() } else { exit::Code::Done.into() };
        }
    };
    let code = match arguments.command {
        Command::Run(options) => run::run(&options),
        Command::Validate(options) => validate::validate(&options),
    };
    code.into()
}

//! Writing to stdout and stderr without minding a reader that went away.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};

/// Writes results to stdout. A reader that goes away early, as `head` does, is no failure.
pub(super) fn print(text: &str) -> io::Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// Writes a line to stderr; there is nobody to tell if that fails.
pub(super) fn tell(line: Arguments<'_>) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

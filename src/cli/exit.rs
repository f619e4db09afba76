//! Exit codes.

use std::process::ExitCode;

/// What the exit code of the program says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// Done.
    Done,
    /// Unexpected failure: a file could not be written, a formula has no value, or the books do not balance.
    Failure,
    /// Bad usage or a faulty scenario.
    Usage,
    /// Nothing was selected.
    NothingSelected,
    /// Stopped by a signal, after saving.
    Signal(u8),
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(match code {
            Code::Done => 0,
            Code::Failure => 1,
            Code::Usage => 2,
            Code::NothingSelected => 4,
            Code::Signal(signal) => 128 + signal,
        })
    }
}

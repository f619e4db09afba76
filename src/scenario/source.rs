//! Texts that a scenario is read from, and places in them.

use std::ops::Range;

/// A text with the name under which faults in it are reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Path of the file, or what an override was given by.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// A stretch of one of the sources.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    /// Number of the source.
    pub(super) source: usize,
    /// First byte.
    pub(super) start: usize,
    /// First byte behind it.
    pub(super) end: usize,
}

impl At {
    pub(super) fn new(source: usize, span: Range<usize>) -> Self {
        Self { source, start: span.start, end: span.end }
    }
}

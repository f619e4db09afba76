//! Faults in a scenario as plain data, and their rendering.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::source::{At, Source};

/// How grave it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The scenario cannot be run.
    Error,
    /// It can, but something was left out or looks odd.
    Warning,
}

/// One fault: what is wrong, where, by which rule, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// Where it is.
    pub(super) at: At,
    /// How grave it is.
    pub severity: Severity,
    /// What is wrong, in lower case.
    pub message: String,
    /// What was expected there.
    pub(super) label: String,
    /// What to do about it.
    pub(super) help: Option<String>,
}

/// Collects faults while a scenario is read.
#[derive(Debug, Default)]
pub(super) struct Diagnostics {
    found: Vec<Diagnostic>,
}

impl Diagnostics {
    pub(super) fn error(&mut self, at: &At, message: impl Into<String>, label: impl Into<String>) -> &mut Diagnostic {
        self.push(Severity::Error, at, message.into(), label.into())
    }

    pub(super) fn warning(&mut self, at: &At, message: impl Into<String>, label: impl Into<String>) -> &mut Diagnostic {
        self.push(Severity::Warning, at, message.into(), label.into())
    }

    fn push(&mut self, severity: Severity, at: &At, message: String, label: String) -> &mut Diagnostic {
        self.found.push(Diagnostic { at: at.clone(), severity, message, label, help: None });
        self.found.last_mut().expect("one was just pushed")
    }

    /// All faults in the order of the text, each once (arms share most of theirs).
    pub(super) fn sorted(mut self) -> Vec<Diagnostic> {
        self.found.sort();
        self.found.dedup();
        self.found
    }
}

impl Diagnostic {
    pub(super) fn help(&mut self, help: impl Into<String>) {
        self.help = Some(help.into());
    }
}

/// The diagnostics as text, with the lines they point at. `colour` for terminals.
#[must_use]
pub fn render(diagnostics: &[Diagnostic], sources: &[Source], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for diagnostic in diagnostics {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let source = &sources[diagnostic.at.source];
        let end = diagnostic.at.end.min(source.text.len());
        let span = diagnostic.at.start.min(end)..end;
        let snippet = Snippet::source(source.text.as_str())
            .path(source.name.as_str())
            .annotation(AnnotationKind::Primary.span(span).label(diagnostic.label.as_str()));
        let mut group = level.primary_title(diagnostic.message.as_str()).element(snippet);
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        text.push_str(&renderer.render(&[group]));
        text.push_str("\n\n");
    }
    text
}

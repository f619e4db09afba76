//! Faults in a scenario as plain data, and their rendering.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::source::{At, Source};
use super::suggestion::Unknown;

/// How grave it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The scenario cannot be run.
    Error,
    /// It can, but something was left out or looks odd.
    Warning,
}

/// So many faults are shown with their lines; of more, only how many there are.
const SHOWN: usize = 100;
/// In so many, as they are found, it is looked for what was meant.
const LOOKED_FOR: usize = 3 * SHOWN;

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

    /// A word that nothing is called.
    pub(super) fn unknown(&mut self, at: &At, message: String, label: impl Into<String>, unknown: &Unknown<'_>) {
        self.looked_into(at, message, label, || unknown.remedy());
    }

    /// An error whose remedy has to be looked for. Among thousands of faults nobody needs to know what was meant by each, and to
    /// find out would take longer than anybody waits.
    pub(super) fn looked_into(
        &mut self,
        at: &At,
        message: String,
        label: impl Into<String>,
        remedy: impl FnOnce() -> String,
    ) {
        let is_looked_for = self.found.len() < LOOKED_FOR;
        let diagnostic = self.error(at, message, label);
        if is_looked_for {
            diagnostic.help(remedy());
        }
    }

    fn push(&mut self, severity: Severity, at: &At, message: String, label: String) -> &mut Diagnostic {
        self.found.push(Diagnostic { at: at.clone(), severity, message, label, help: None });
        self.found.last_mut().expect("one was just pushed")
    }

    /// All faults in the order of the text, each once (arms share most of theirs).
    pub(super) fn sorted(mut self) -> Vec<Diagnostic> {
        self.found.sort();
        // Of one fault, the last has a remedy if any has.
        self.found.reverse();
        self.found.dedup_by(|next, kept| next == kept || next.help.is_none() && next.is_fault_of(kept));
        self.found.reverse();
        self.found
    }
}

impl Diagnostic {
    /// The same fault, whatever is to be done about it?
    fn is_fault_of(&self, other: &Self) -> bool {
        (&self.at, self.severity, &self.message, &self.label)
            == (&other.at, other.severity, &other.message, &other.label)
    }

    pub(super) fn help(&mut self, help: impl Into<String>) {
        self.help = Some(help.into());
    }
}

/// The diagnostics as text, with the lines they point at. `colour` for terminals.
#[must_use]
pub fn render(diagnostics: &[Diagnostic], sources: &[Source], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for diagnostic in shown(diagnostics) {
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
    if diagnostics.len() > SHOWN {
        let more = diagnostics.len() - SHOWN;
        text.push_str(&format!("... and {more} more that are not shown: mend these first\n\n"));
    }
    text
}

/// Those that are shown: all of them, or errors before warnings where there are too many.
fn shown(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut shown: Vec<&Diagnostic> = diagnostics.iter().collect();
    if shown.len() > SHOWN {
        shown.sort_by_key(|diagnostic| diagnostic.severity);
        shown.truncate(SHOWN);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 2] = ["lab", "desk"];

    /// So many faults, each at a place of its own, found twice, as by two arms.
    fn found_twice(count: usize) -> Vec<Diagnostic> {
        let mut d = Diagnostics::default();
        for start in (0..count).chain(0..count) {
            let unknown = Unknown { word: "lob", known: &KNOWN, listed: "pools are" };
            d.unknown(&At { source: 0, start, end: start + 1 }, "there is no pool `lob`".into(), "unknown", &unknown);
        }
        d.sorted()
    }

    #[test]
    fn a_fault_is_told_once_with_its_remedy() {
        let found = found_twice(LOOKED_FOR - 10);
        assert_eq!(found.len(), LOOKED_FOR - 10);
        assert!(found.iter().all(|diagnostic| diagnostic.help.as_deref() == Some("did you mean `lab`?")));
    }

    #[test]
    fn among_thousands_of_faults_the_first_are_shown_and_the_others_counted() {
        let mut found = found_twice(5_000);
        assert_eq!(found.len(), 5_000);
        found.insert(0, Diagnostic { severity: Severity::Warning, help: None, ..found[0].clone() });
        let sources = [Source { name: "lab.toml".into(), text: " ".repeat(5_001) }];
        let text = render(&found, &sources, false);
        assert_eq!(text.matches("error: there is no pool").count(), SHOWN);
        assert_eq!(text.matches("did you mean").count(), SHOWN);
        assert!(!text.contains("warning") && text.contains("... and 4901 more that are not shown"), "{text}");
    }

    #[test]
    fn a_few_faults_are_shown_in_the_order_of_the_text() {
        let mut found = found_twice(2);
        found[0].severity = Severity::Warning;
        let sources = [Source { name: "lab.toml".into(), text: "  ".into() }];
        let text = render(&found, &sources, false);
        assert!(text.find("warning") < text.find("error") && !text.contains("more"), "{text}");
    }
}

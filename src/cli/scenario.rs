//! Loading a scenario and telling what is wrong with it.

use std::io::IsTerminal;

use super::arguments::ScenarioOptions;
use super::exit::Code;
use crate::scenario::{Load, Plan, Severity, load, render};

/// Loads the scenario; faults go to stderr.
pub(super) fn load_or_explain(options: &ScenarioOptions) -> Result<Plan, Code> {
    let what = Load { path: &options.file, overrides: &options.overrides };
    let (plan, diagnostics, sources) = load(&what).map_err(|error| {
        eprintln!("error: failed to read the scenario {}: {error}", options.file.display());
        eprintln!("help: give the path of a scenario file, such as scenarios/quickstart.toml");
        Code::Usage
    })?;
    eprint!("{}", render(&diagnostics, &sources, is_colour_wanted()));
    plan.ok_or_else(|| {
        let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
        let plural = if errors == 1 { "" } else { "s" };
        eprintln!("{errors} error{plural} in {}", options.file.display());
        Code::Usage
    })
}

/// <https://no-color.org>: any value that is not empty.
fn is_colour_wanted() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

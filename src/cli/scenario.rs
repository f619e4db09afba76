//! Loading a scenario and telling what is wrong with it.

use std::io::{ErrorKind, IsTerminal};

use super::arguments::ScenarioOptions;
use super::exit::Code;
use super::output::tell;
use crate::scenario::{Load, Plan, Severity, load, render};

/// Loads the scenario; faults go to stderr.
pub(super) fn load_or_explain(options: &ScenarioOptions) -> Result<Plan, Code> {
    let what = Load { path: &options.file, overrides: &options.overrides };
    let (plan, diagnostics, sources) = load(&what).map_err(|error| {
        tell(format_args!("error: failed to read the scenario {}: {error}", options.file.display()));
        tell(format_args!(
            "help: {}",
            match error.kind() {
                ErrorKind::InvalidData => "save the file as UTF-8",
                _ => "give the path of a scenario file, such as scenarios/quickstart.toml",
            }
        ));
        Code::Usage
    })?;
    if !diagnostics.is_empty() {
        tell(format_args!("{}", render(&diagnostics, &sources, is_colour_wanted()).trim_end_matches('\n')));
        tell(format_args!(""));
    }
    plan.ok_or_else(|| {
        let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
        let plural = if errors == 1 { "" } else { "s" };
        tell(format_args!("{errors} error{plural} in {}", options.file.display()));
        Code::Usage
    })
}

/// <https://no-color.org>: any value that is not empty.
fn is_colour_wanted() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

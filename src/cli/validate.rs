//! `overspill validate`

use super::arguments::ValidateOptions;
use super::exit::Code;
use super::output::{self, tell};
use super::scenario::load_or_explain;

pub(super) fn validate(options: &ValidateOptions) -> Code {
    let plan = match load_or_explain(&options.scenario) {
        Ok(plan) => plan,
        Err(code) => return code,
    };
    if !options.quiet {
        let arms: Vec<&str> = plan.arms.iter().map(|arm| arm.name.as_str()).collect();
        let sound = format!("{} is sound: arms {}", options.scenario.file.display(), arms.join(", "));
        let lines: Vec<String> = std::iter::once(sound).chain(plan.notes).collect();
        if let Err(error) = output::print(&(lines.join("\n") + "\n")) {
            tell(format_args!("error: {error}"));
            return Code::Failure;
        }
    }
    Code::Done
}

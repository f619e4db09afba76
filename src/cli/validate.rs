//! `overspill validate`

use super::arguments::ValidateOptions;
use super::exit::Code;
use super::scenario::load_or_explain;

pub(super) fn validate(options: &ValidateOptions) -> Code {
    let plan = match load_or_explain(&options.scenario) {
        Ok(plan) => plan,
        Err(code) => return code,
    };
    if !options.quiet {
        let arms: Vec<&str> = plan.arms.iter().map(|arm| arm.name.as_str()).collect();
        println!("{} is sound: arms {}", options.scenario.file.display(), arms.join(", "));
        plan.notes.iter().for_each(|note| println!("{note}"));
    }
    Code::Done
}

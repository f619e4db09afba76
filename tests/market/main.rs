//! The marketplace as its drivers see it: commands in, consequences out, against hand-made cases and a model that is
//! slow and plainly right.

mod billing;
mod burst;
mod burst_budgets;
mod burst_terms;
mod choice;
mod clearing;
mod clocks;
mod driver;
mod fairness;
mod faults;
mod formula;
mod given;
mod merging;
mod merging_properties;
mod minimum;
mod notices;
mod operations;
mod operations_properties;
mod partial;
mod placement;
mod properties;
mod proportional;
mod quotes;
mod recorder;
mod reference;
mod resale;
mod reservations;
mod revisions;
mod rivals;
mod rounds;
mod script;
mod short_way;
mod supply;
mod tables;
mod terms;

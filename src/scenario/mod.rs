//! Scenario files: read, find every fault, build the models of all arms.
//!
//! ```text
//! text --source--> tree of nodes with places --overrides, arms--> one tree per arm --fields--> Model
//! ```
//!
//! Numbers with units are parsed from their text, exactly; a fault never stops the reading, so that all of them are
//! reported at once, each with its place, the rule and a remedy.

mod accounts;
mod arms;
mod arrivals;
mod bidding;
mod bounds;
mod checks;
mod choice;
mod demand;
mod diagnostic;
mod events;
mod experiment;
mod fields;
pub mod formula;
mod hardware;
mod hindsight;
mod history;
mod laws;
mod load;
mod logs;
mod names;
mod node;
mod pace;
mod pools;
mod quantity;
mod records;
mod register;
mod report;
mod resale;
mod resolved;
mod source;
mod suggestion;
mod swf;
mod tariff;
mod work;

#[cfg(test)]
mod tests;

pub use diagnostic::{Diagnostic, Severity, render};
pub use load::{Arm, Load, Override, Plan, load};
pub use records::{Records, parse_tables};
pub use source::Source;
pub use swf::{SwfJob, SwfLog, read_swf};

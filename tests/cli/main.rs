//! The program as its users meet it: what it prints, what it writes, how it ends. One module per command or topic.

#![cfg(feature = "program")]

mod determinism;
mod faults;
mod formulas;
mod program;
#[path = "../../src/report/read_back.rs"]
mod read_back;
mod records;
mod run;

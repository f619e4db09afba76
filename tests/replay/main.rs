//! Replays of job logs of the Parallel Workloads Archive and others, which are no part of this project.
//!
//! The logs are looked for in the folder `OVERSPILL_DATA` (default: `../shared/data` beside this project), below `swf`.
//! A test whose log is not there says so and passes, unless the environment variable `CI` is `true`.

mod first_come;
mod lcg;
mod logs;
mod other_logs;
mod spot_prices;

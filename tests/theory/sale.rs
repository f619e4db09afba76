//! Auctions to hold against theory: in every round new bidders come, all slots are free, and who loses leaves.
//!
//! Independent private values, one slot each unless stated otherwise, and the number of bidders known to all.

use super::steady::{Runs, run_text};

/// Confidence of every interval about auctions: one false alarm in ten thousand statements.
const CONFIDENCE: f64 = 0.9999;

/// The pool that is sold.
pub(crate) const POOL: &str = "pool:slots";

/// What bidders bid.
pub(crate) const TRUTHFUL: &str = r#""truthful""#;
pub(crate) const EQUILIBRIUM: &str = "{ equilibrium = {} }";

/// Where values come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Values {
    /// The law in a scenario.
    pub(crate) law: &'static str,
    /// Probability of a higher value.
    pub(crate) survival: fn(f64) -> f64,
    /// What is never exceeded, or hardly ever.
    pub(crate) highest: f64,
}

/// Uniform on 0 to 1.
pub(crate) const UNIFORM: Values = Values {
    law: r#"{ law = "uniform", low = "0 USD/h", high = "1 USD/h" }"#,
    survival: |value| (1.0 - value).clamp(0.0, 1.0),
    highest: 1.0,
};

/// Exponential with mean 1.
pub(crate) const EXPONENTIAL: Values = Values {
    law: r#"{ law = "exponential", mean = "1 USD/h" }"#,
    survival: |value| libm::exp(-value.max(0.0)),
    highest: 40.0,
};

/// Lognormal with median 1 and a logarithm of standard deviation 1/2.
pub(crate) const LOGNORMAL: Values = Values {
    law: r#"{ law = "lognormal", median = "1 USD/h", log_sd = 0.5 }"#,
    survival: |value| 0.5 * libm::erfc(libm::log(value.max(0.0)) / (0.5 * std::f64::consts::SQRT_2)),
    highest: 50.0,
};

/// An auction that is held again and again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sale<'a> {
    /// `method` and what belongs to it.
    pub(crate) pricing: &'a str,
    pub(crate) slots: u32,
    /// Per hour.
    pub(crate) minimum: f64,
    /// A number, or its law.
    pub(crate) bidders: &'a str,
    pub(crate) values: Values,
    pub(crate) bid: &'a str,
    /// Rounds in each of the replications.
    pub(crate) rounds: u32,
}

/// There are so many of them.
pub(crate) const REPLICATIONS: u32 = 64;

impl Sale<'_> {
    pub(crate) fn run(&self) -> Runs {
        self.run_with("", "")
    }

    /// With more about the group, and more after it.
    pub(crate) fn run_with(&self, group: &str, more: &str) -> Runs {
        let Self { pricing, slots, minimum, bidders, values, bid, rounds } = self;
        let text = format!(
            r#"
            [experiment]
            horizon = "{rounds}h"
            replications = {REPLICATIONS}
            seed = 7
            [pool.slots]
            slots = {slots}
            minimum_price = "{minimum} USD/h"
            pricing = {{ {pricing}, every = "1h", losers = "leave" }}
            [group.bidders]
            pool = "slots"
            arrivals = {{ process = "rounds", every = "1h", bidders = {bidders} }}
            duration = "30m"
            value = {law}
            bid = {bid}
            {group}
            {more}
            "#,
            law = values.law,
        );
        let runs = run_text(&text, CONFIDENCE);
        runs.assert_always(POOL, "rounds", f64::from(*rounds));
        runs
    }
}

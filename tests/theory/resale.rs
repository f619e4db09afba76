//! Idle slots that are sold as spot until their owner needs them.

use super::formulas::carried;
use super::steady::run_text;

const SLOTS: u32 = 12;
const OWNER: f64 = 7.0;
const TENANTS: f64 = 6.0;
const HOURS: f64 = 2000.0;

/// An account of twelve slots into which its owner's pool bursts; what is idle is lent to a spot pool without any.
fn scenario() -> String {
    format!(
        r#"
        [experiment]
        replications = 40
        horizon = "2050h"
        warm_up = "50h"

        [customer.lab]

        [pool.account]
        owner = "lab"
        supply = [{{ from = "reserved", slots = {SLOTS}, purchase = {{ upfront = "87.6 USD", hourly = "0.02 USD/h", term = "1y" }} }}]
        pricing = {{ method = "posted", price = "0 USD/h" }}
        resale = {{ to = "spot" }}
        on_interruption = "lost"

        [pool.reserved]
        slots = 100
        pricing = {{ method = "posted", price = "0.05 USD/h" }}

        [pool.spot]
        slots = 0
        pricing = {{ method = "spot" }}
        minimum_price = "0.03 USD/h"
        on_interruption = "lost"

        [pool.lab]
        owner = "lab"
        slots = 0
        pricing = {{ method = "posted", price = "0 USD/h" }}
        on_interruption = "lost"
        burst = {{ tiers = ["account"], max_price = "1 USD/h" }}

        [group.jobs]
        pool = "lab"
        arrivals = {{ offered_load = {OWNER} }}
        duration = {{ law = "exponential", mean = "1h" }}

        [group.tenants]
        pool = "spot"
        arrivals = {{ offered_load = {TENANTS} }}
        duration = {{ law = "exponential", mean = "1h" }}
        bid = "0.03 USD/h"
        "#
    )
}

/// The owner does not notice its tenants. A tenant that is put out leaves its slot held, so that all slots together are
/// held as if by one group.
#[test]
fn tenants_fill_what_their_owner_leaves_and_give_way_to_it() {
    let runs = run_text(&scenario(), 0.999);
    let (owner, all) = (carried(SLOTS, OWNER), carried(SLOTS, OWNER + TENANTS));
    let tenants = all - owner;
    runs.assert_is("tier:account", "burst_occupancy_mean", owner, 0.015);
    runs.assert_is("pool:spot", "occupancy_mean", tenants, 0.015);
    runs.assert_is("pool:account", "on_loan_slot_hours", (f64::from(SLOTS) - owner) * HOURS, 0.015);
    runs.assert_is("pool:spot", "on_loan_slot_hours_sold", tenants * HOURS, 0.015);
    runs.assert_is("pool:spot", "on_loan_revenue", 0.03 * tenants * HOURS, 0.015);
    runs.assert_is("pool:spot", "revenue_rate", 0.03 * tenants, 0.015);
    // The provider is paid for the reservation and for what it resells.
    let reserved = f64::from(SLOTS) * 0.03;
    runs.assert_is("provider", "revenue_rate", reserved + 0.03 * tenants, 0.015);
    runs.assert_is("customer:lab", "net_cost_rate", reserved, 1e-9);
    // What the customer's idle slots bring is told, though it goes to the provider.
    for lender in ["pool:account", "customer:lab"] {
        runs.assert_is(lender, "resale_revenue_rate", 0.03 * tenants, 0.015);
    }
    // All of it was paid upfront before the window: cash is another figure.
    runs.assert_always("customer:lab", "upfront_paid", 0.0);
    runs.assert_is("customer:lab", "cash_cost", f64::from(SLOTS) * 0.02 * HOURS, 1e-9);
    runs.assert_is("customer:lab", "commitment_utilisation", owner / f64::from(SLOTS), 0.015);
    runs.assert_always("customer:lab", "commitment_coverage", 1.0);
}

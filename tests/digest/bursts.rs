//! Bursts that owe nothing but the price of their tier go a short way of their own.

use overspill::market::{AtExpiry, BurstRules, Due, Interrupted, Purchase, SupplyLine};
use overspill::simulation::{Model, ResourceUnit, replicate, replicate_by_the_long_way};
use overspill::units::{Money, Share, SimDuration, SimTime};

use super::{DESK, FARM, METERED, ON_DEMAND, cents, model};

/// The pool that bursts counts in a unit of its own; another one of its owner has a slot for a while.
fn plain_bursts() -> Model {
    let mut model = model();
    let pool = &mut model.pools[METERED.index()];
    pool.unit = Some(ResourceUnit { name: "GHz-h".to_owned(), per_slot_hour: 2.5 });
    let rules = &mut pool.rules;
    let burst = rules.burst.take().expect("it bursts");
    let tiers = vec![ON_DEMAND];
    rules.burst = Some(BurstRules { tiers, fee: Share::ZERO, flat_fee: Money::ZERO, budget: None, ..burst });
    rules.supply.clear();
    rules.interrupted = Some(Interrupted::Lost);
    let purchase = Purchase {
        upfront: Money::from_units(5),
        hourly: cents(3),
        due: Due::Use,
        term: SimDuration::from_hours(150),
        start: SimTime::ZERO,
        at_expiry: AtExpiry::TakeBack,
    };
    let line = SupplyLine { from: FARM, slots: 1, bid: cents(100), purchase: Some(purchase) };
    model.pools[DESK.index()].rules.supply.push(line);
    model
}

#[test]
fn plain_bursts_lead_to_the_same_outcome_by_the_short_way_and_the_long_one() {
    let model = plain_bursts();
    for replication in 0..3 {
        let short = replicate(&model, 7, replication).expect("books that balance");
        let long = replicate_by_the_long_way(&model, 7, replication).expect("books that balance");
        super::assert_happens(&model, &short, "pool:metered", "bursts");
        assert_eq!(short, long);
    }
}

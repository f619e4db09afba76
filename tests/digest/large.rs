//! A market of so many requests and groups that what comes next is asked of the memory ahead of time.

use overspill::demand::Law;
use overspill::market::{Interrupted, Payment, PoolId, PoolRules, PriceRule, Slots};
use overspill::simulation::{GroupModel, Member, Model, replicate, replicate_by_the_long_way};
use overspill::units::{Price, SimDuration, SimTime};

use super::{LAB, ON_DEMAND, SPOT, hex, hours, model, spot};

/// Of replication 0 under seed 7.
const DIGEST: &str = "cabb71df5ca5cab58e2ce83a3e43e89cddce6e511b502e01870390667137c707";

/// Half of them bid in the spot market, the others ask for on-demand slots.
const GROUPS: usize = 80;
const SLOTS: u32 = 2_500;
/// What the spot market is asked for, per slot.
const LOAD: f64 = 1.5;

fn large() -> Model {
    let mut model = model();
    model.pools.truncate(2);
    model.pools[SPOT.index()].rules = PoolRules {
        pricing: spot(PriceRule::LowestAccepted, Payment::UniformPrice, None),
        interrupted: Some(Interrupted::Lost),
        ..PoolRules::posted(LAB, Slots::Count(SLOTS), Price::ZERO)
    };
    model.groups = (0..GROUPS).map(group).collect();
    let member = |number: usize| Member { name: format!("member-{number}"), group: number, department: 0 };
    model.members = (0..GROUPS).map(member).collect();
    model.warm_up = SimTime::ZERO + SimDuration::from_hours(2);
    model.horizon = SimTime::ZERO + SimDuration::from_hours(6);
    model
}

fn group(number: usize) -> GroupModel {
    let rate = LOAD * f64::from(SLOTS) / (GROUPS / 2) as f64;
    let (one, hour) = (Law::Constant(1.0), Law::Exponential { mean: hours(1.0) });
    let value = Law::Uniform { low: 0.0, high: 1.0 };
    let group = super::group(&format!("group-{number}"), rate, one, hour, 1, value, None);
    let pool: PoolId = if number.is_multiple_of(2) { SPOT } else { ON_DEMAND };
    GroupModel { group, pool, alternatives: Vec::new(), first_member: number }
}

#[test]
fn a_large_market_has_its_digest_by_the_short_way_and_the_long_one() {
    let model = large();
    let short = replicate(&model, 7, 0).expect("books that balance");
    let long = replicate_by_the_long_way(&model, 7, 0).expect("books that balance");
    super::assert_happens(&model, &short, "pool:spot", "interruptions");
    super::assert_happens(&model, &short, "pool:on-demand", "completed");
    assert_eq!(short, long);
    assert_eq!(hex(short.digest), DIGEST);
}

//! Slots and requests that go from pool to pool: whom slots serve in the end, what bursts hold and lose. Worked out by hand.

use std::sync::Arc;

use overspill::demand::{Arrivals, Bidding, Group, Job, Law, Sequence};
use overspill::market::{
    AccountId, AtExpiry, BurstRules, BurstTerms, Change, Due, Interrupted, JointRules, MaxPrice, Operation, PartyId,
    PoolId, PoolRules, Pricing, Purchase, Sharing, Slots, SupplyCost, SupplyLine,
};
use overspill::simulation::{Economics, GroupModel, Member, Model, OwnerStep, Party, PoolModel, catalogue, replicate};
use overspill::units::{Money, Price, Share, SimDuration, SimTime, TICKS_PER_HOUR};

const HORIZON: f64 = 4.0;

fn hours(hours: f64) -> SimDuration {
    SimDuration::from_ticks((hours * TICKS_PER_HOUR as f64) as i64)
}

/// The provider's pool, which sells ten slots for a term that is longer than the run.
const RESERVED: u32 = 0;
const ON_DEMAND: u32 = 1;
/// The first pool of the university.
const FIRST: u32 = 2;

fn bought(slots: u32) -> SupplyLine {
    let purchase = Purchase {
        upfront: Money::ZERO,
        hourly: Price::ZERO,
        due: Due::WholeTerm,
        term: hours(2.0 * HORIZON),
        start: SimTime::ZERO,
        at_expiry: AtExpiry::TakeBack,
    };
    SupplyLine { purchase: Some(purchase), ..line(RESERVED, slots) }
}

fn line(from: u32, slots: u32) -> SupplyLine {
    SupplyLine { from: PoolId(from), slots, bid: Price::MAX, purchase: None }
}

fn pool(name: &str, owner: u32, own: u32, supply: Vec<SupplyLine>) -> PoolModel {
    let interrupted = Some(Interrupted::Lost);
    let rules = PoolRules { supply, interrupted, ..PoolRules::posted(PartyId(owner), Slots::Count(own), Price::ZERO) };
    PoolModel { name: name.to_owned(), rules, minimum_schedule: None, given: None, unit: None }
}

/// Bursts on demand, whatever that costs.
fn bursting(pool: PoolModel) -> PoolModel {
    let burst = BurstRules {
        tiers: vec![PoolId(ON_DEMAND)],
        max_price: MaxPrice::Constant(Price::nearest(1.0)),
        fee: Share::ZERO,
        flat_fee: Money::ZERO,
        budget: None,
        terms: BurstTerms::default(),
    };
    PoolModel { rules: PoolRules { burst: Some(burst), ..pool.rules }, ..pool }
}

/// Requests for one slot each: pool that is asked, hour of arrival, hours.
fn model(pools: Vec<PoolModel>, requests: &[(u32, f64, f64)]) -> Model {
    let name = |number: usize| format!("member-{number}");
    let group = |(number, (pool, arrival, duration)): (usize, &(u32, f64, f64))| {
        let job = Job { submit: SimTime::ZERO + hours(*arrival), work: hours(*duration), slots: 1, member: 0 };
        let group = Group {
            name: name(number),
            arrivals: Arrivals::Replay(Arc::new(Sequence::new(vec![job]))),
            value: Law::Constant(1.0),
            bidding: Bidding::Truthful,
            patience: None,
            max_price: None,
            revision: None,
            withdrawal: None,
        };
        GroupModel { group, pool: PoolId(*pool), alternatives: Vec::new(), first_member: number }
    };
    let of_provider = [pool("reserved", 0, 10, Vec::new()), pool("on-demand", 0, 10, Vec::new())];
    let member = |number| Member { name: name(number), group: number, department: 0 };
    Model {
        currencies: vec!["USD".to_owned()],
        parties: ["provider", "university", "college", "alliance"].map(|name| Party { name: name.to_owned() }).to_vec(),
        pools: of_provider.into_iter().chain(pools).collect(),
        groups: requests.iter().enumerate().map(group).collect(),
        departments: vec!["physics".to_owned()],
        members: (0..requests.len()).map(member).collect(),
        owner_steps: Vec::new(),
        accounts: Vec::new(),
        hardware: None,
        warm_up: SimTime::ZERO,
        horizon: SimTime::ZERO + hours(HORIZON),
        series_step: hours(1.0),
        reports_members: false,
        conversion: None,
        economics: Economics::default(),
    }
}

fn step(at: f64, pool: u32, change: Change) -> OwnerStep {
    OwnerStep { at: SimTime::ZERO + hours(at), operation: Operation { by: AccountId(0), pool: PoolId(pool), change } }
}

#[track_caller]
fn assert_measures(model: &Model, expected: &[(&str, &str, f64)]) {
    let outcome = replicate(model, 1, 0).expect("books that balance");
    for (scope, metric, expected) in expected {
        let ids = catalogue(model);
        let index = ids.iter().position(|id| id.metric == *metric && id.scope.to_string() == *scope);
        let value = outcome.measures[index.unwrap_or_else(|| panic!("no {metric} of {scope}"))].value();
        let is_it = value.is_some_and(|value| (value - expected).abs() < 1e-9);
        assert!(is_it, "{scope} {metric}: {value:?} is not {expected}");
    }
}

/// One slot of three is in use for an hour, whichever way the university holds them.
#[test]
fn what_a_pool_passes_on_is_used_if_it_is_used_there() {
    let direct = vec![pool("lab", 1, 0, vec![bought(3)])];
    let through_an_account = vec![pool("lab", 1, 0, vec![line(3, 3)]), pool("account", 1, 0, vec![bought(3)])];
    let chain = vec![
        pool("lab", 1, 0, vec![line(3, 3)]),
        pool("faculty", 1, 0, vec![line(4, 3)]),
        pool("account", 1, 0, vec![bought(3)]),
    ];
    for pools in [direct, through_an_account, chain] {
        let model = model(pools, &[(FIRST, 1.0, 1.0)]);
        let share = 1.0 / (3.0 * HORIZON);
        assert_measures(
            &model,
            &[
                ("customer:university", "commitment_utilisation", share),
                ("customer:university", "commitment_coverage", 1.0),
                ("pool:reserved", "commitment_utilisation_sold", share),
                ("pool:reserved", "slots_used_mean", 3.0 * share),
                ("pool:reserved", "occupancy_mean", 3.0),
            ],
        );
    }
}

/// Two jobs, one slot: the second bursts, and goes on bursting for an hour in which the slot is idle.
#[test]
fn a_slot_that_is_idle_at_the_end_of_the_chain_is_idle() {
    let requests = [(FIRST, 0.0, 1.0), (FIRST, 0.0, 2.0)];
    let direct = vec![bursting(pool("lab", 1, 0, vec![bought(1)]))];
    let chained = vec![bursting(pool("lab", 1, 0, vec![line(3, 1)])), pool("account", 1, 0, vec![bought(1)])];
    for pools in [direct, chained] {
        assert_measures(
            &model(pools, &requests),
            &[
                ("customer:university", "reserved_idle_while_bursting_slot_hours", 1.0),
                ("customer:university", "commitment_utilisation", 1.0 / HORIZON),
                ("customer:university", "commitment_coverage", 1.0 / 3.0),
            ],
        );
    }
}

/// The lab has a slot of its own, one of the first account, one of the second, in this order.
#[test]
fn own_slots_are_used_first_then_line_by_line() {
    let pools = |second: u32| {
        vec![
            pool("lab", 1, 1, vec![line(3, 1), line(4, 1)]),
            pool("account", 1, 0, vec![bought(1)]),
            pool("other", second, 0, vec![bought(1)]),
        ]
    };
    let model = model(pools(2), &[(FIRST, 0.0, 4.0), (FIRST, 0.0, 2.0), (FIRST, 0.0, 1.0)]);
    let used = [("pool:account", "commitment_utilisation", 0.5), ("pool:other", "commitment_utilisation", 0.25)];
    assert_measures(&model, &used);
}

/// A slot is added while the pool runs: by hand, to one that has bought another for a term.
#[test]
fn slots_may_be_added_to_those_bought_for_a_term() {
    let mut model = model(vec![pool("lab", 1, 0, vec![bought(1)])], &[(FIRST, 0.0, 2.0), (FIRST, 1.5, 1.0)]);
    model.owner_steps = vec![step(1.0, FIRST, Change::AddSlots(line(RESERVED, 1)))];
    assert_measures(
        &model,
        &[
            ("pool:lab", "carried_load", 3.0 / HORIZON),
            ("pool:lab", "commitment_utilisation", 2.5 / HORIZON),
            ("pool:reserved", "occupancy_mean", (4.0 + 3.0) / HORIZON),
            ("pool:reserved", "slots_used_mean", 3.0 / HORIZON),
        ],
    );
}

/// The university puts the slot of its lab into a joint pool from hour 1 to hour 3; the college puts in one of its own. From
/// hour 1 on two of the college, one of whom has the university's slot until hour 2; then one of the university.
fn merged(lab: Vec<SupplyLine>, more: Vec<PoolModel>) -> Model {
    let joint = JointRules {
        merges: vec![PoolId(FIRST), PoolId(FIRST + 1)],
        sharing: Sharing::Usage,
        every: None,
        own_first: false,
        supply_cost: SupplyCost::Own,
    };
    let mut of_both = pool("joint", 3, 0, Vec::new());
    of_both.rules.joint = Some(joint);
    let pools = [pool("lab", 1, 0, lab), pool("college", 2, 1, Vec::new()), of_both];
    let requests = [(FIRST + 1, 1.0, 1.0), (FIRST + 1, 1.0, 1.5), (FIRST, 2.25, 0.25)];
    let mut model = model(pools.into_iter().chain(more).collect(), &requests);
    model.owner_steps =
        vec![step(1.0, FIRST + 2, Change::Merge { agreed_by: Vec::new() }), step(3.0, FIRST + 2, Change::Split)];
    model
}

/// Members use what their own pool has put in before they use what the others have left.
#[test]
fn slots_in_a_joint_pool_are_used_if_anybody_uses_them() {
    let model = merged(vec![line(5, 1)], vec![pool("account", 1, 0, vec![bought(1)])]);
    let used = 1.0 + 0.25;
    assert_measures(
        &model,
        &[
            ("customer:university", "commitment_utilisation", used / HORIZON),
            ("pool:reserved", "slots_used_mean", used / HORIZON),
            ("pool:joint", "occupancy_mean", (1.0 + 1.5 + 0.25) / HORIZON),
        ],
    );
}

/// Two slots stand in the joint pool for two hours, and are held for 2.75 slot-hours: of the one that was supplied, half.
#[test]
fn a_joint_pool_shares_its_idle_time_among_the_suppliers_of_its_partners() {
    let used = 2.75 / 2.0;
    assert_measures(
        &merged(vec![line(RESERVED, 1)], Vec::new()),
        &[
            ("pool:reserved", "utilisation", 4.0 / (10.0 * HORIZON)),
            ("pool:reserved", "utilisation_used", used / (10.0 * HORIZON)),
            ("pool:reserved", "sold_idle_share", (4.0 - used) / (10.0 * HORIZON)),
        ],
    );
}

/// Four slot-hours of its own and three of the slot that was added at hour 1, of which four are held.
#[test]
fn who_supplies_by_an_event_alone_is_told_what_is_used() {
    let mut model = model(vec![pool("lab", 1, 1, Vec::new())], &[(FIRST, 0.0, 4.0)]);
    model.owner_steps = vec![step(1.0, FIRST, Change::AddSlots(line(RESERVED, 1)))];
    let share = 3.0 / (10.0 * HORIZON);
    assert_measures(
        &model,
        &[("pool:reserved", "utilisation", share), ("pool:reserved", "utilisation_used", share * 4.0 / 7.0)],
    );
}

/// The burst loses its slot, and all of its work, after an hour.
#[test]
fn bursts_are_told_by_tier_and_by_who_pays_them() {
    let mut model = model(vec![bursting(pool("lab", 1, 0, Vec::new()))], &[(FIRST, 0.5, 2.0)]);
    model.pools[ON_DEMAND as usize].rules.pricing = Pricing::Posted(Price::nearest(0.5));
    model.owner_steps = vec![step(1.5, ON_DEMAND, Change::Resize(0))];
    assert_measures(
        &model,
        &[
            ("tier:on-demand", "burst_slot_hours", 1.0),
            ("tier:on-demand", "burst_interruptions_per_1000_slot_hours", 1000.0),
            ("tier:on-demand", "burst_interruptions_per_1000_slot_hours_supply", 1000.0),
            ("tier:on-demand", "burst_work_lost", 1.0),
            ("pool:lab", "burst_slot_hours", 1.0),
            ("customer:university", "burst_slot_hours", 1.0),
            ("customer:university", "burst_cost", 0.5),
        ],
    );
}

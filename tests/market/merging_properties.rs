//! Whatever happens before, while and after pools are merged: no slot is held twice or lost, every lease ends once, every
//! request has one fate, and what an alliance has is shared to the last unit.

use std::collections::BTreeMap;

use overspill::market::{
    AccountId, BelowMinimum, BudgetRules, BurstRules, Change, Charging, ChoiceId, Fit, Interrupted, JointRules,
    MaxPrice, PartyId, Payment, PoolId, PoolRules, PriceRule, Pricing, Sharing, Slots, SpotRules, Submission,
    SupplyCost, SupplyLine, WaitingOrder, WaitingRoom,
};
use overspill::units::{Money, Share, SimTime, TICKS_PER_HOUR};
use proptest::prelude::*;
use proptest::sample::select;

use crate::driver::{Driver, price, ticks};
use crate::recorder::Doing;

const STEP: i64 = TICKS_PER_HOUR;
/// Two partners, and a third in half of the worlds; what joins them; a spot market upstream; on-demand.
const PARTNERS: usize = 3;
const JOINT: u32 = 3;
const UPSTREAM: u32 = 4;
const ON_DEMAND: u32 = 5;
/// The provider, three customers, the alliance, two members of each customer, a stranger.
const ALLIANCE: PartyId = PartyId(4);
const STRANGER: PartyId = PartyId(11);
const PARTIES: usize = 12;

#[derive(Clone, Debug)]
struct Customer {
    /// Of its own, and from upstream at which bid.
    slots: (u32, u32, i64),
    rules: Rules,
    /// Does it admit none but its first member?
    is_private: bool,
}

/// Lists of pools to choose from.
const LISTS: [&[u32]; 5] = [&[0, 1], &[1, 0, ON_DEMAND], &[2, 1], &[ON_DEMAND, 0], &[JOINT, 2, 0]];

#[derive(Clone, Debug)]
struct Rules {
    /// A posted price, or a spot market.
    posted: Option<i64>,
    rule: PriceRule,
    payment: Payment,
    minimum: i64,
    below: BelowMinimum,
    fit: Fit,
    room: Option<u32>,
    order: WaitingOrder,
    interrupted: Interrupted,
    bursts: bool,
    /// Amount, and whether it is prepaid.
    budget: Option<(i64, bool)>,
}

#[derive(Clone, Debug)]
struct World {
    customers: Vec<Customer>,
    joint: Rules,
    terms: (Sharing, Option<i64>, bool, SupplyCost),
    has_third: bool,
}

#[derive(Clone, Debug)]
enum Step {
    Ask { partner: u32, member: u32, list: Option<u32>, slots: u32, bid: i64, work: i64, patience: Option<i64> },
    Upstream { bid: i64, work: i64 },
    Minimum { pool: u32, minimum: i64 },
    Release(usize),
    Withdraw(usize),
    Merge,
    Split,
}

impl Rules {
    fn pool(&self, owner: PartyId, slots: u32) -> PoolRules {
        let pricing = match self.posted {
            Some(unit) => Pricing::Posted(price(unit * STEP)),
            None => Pricing::Spot(SpotRules::continuous(self.rule, self.payment)),
        };
        let burst = BurstRules {
            tiers: vec![PoolId(ON_DEMAND)],
            max_price: MaxPrice::Bid,
            fee: Share::from_parts(50_000),
            flat_fee: Money::from_units(1),
            budget: self.budget.map(|(amount, is_prepaid)| BudgetRules {
                amount: Money::from_units(i128::from(amount)),
                period: None,
                charging: if is_prepaid { Charging::Prepaid } else { Charging::Metered },
            }),
            terms: overspill::market::BurstTerms::default(),
        };
        PoolRules {
            pricing,
            minimum: price(self.minimum * STEP),
            below_minimum: if self.room.is_some() { self.below } else { BelowMinimum::Refused },
            fit: self.fit,
            waiting: self.room.map(|room| WaitingRoom { capacity: Some(room), order: self.order }),
            interrupted: Some(self.interrupted),
            burst: self.bursts.then_some(burst),
            ..PoolRules::posted(owner, Slots::Count(slots), price(0))
        }
    }
}

fn first_member(partner: u32) -> PartyId {
    PartyId(5 + 2 * partner)
}

impl World {
    fn admits(&self, pool: PoolId, payer: PartyId) -> bool {
        let private = self.customers.get(pool.index()).is_some_and(|customer| customer.is_private);
        !private || payer == first_member(pool.0)
    }

    fn partners(&self) -> u32 {
        if self.has_third { 3 } else { 2 }
    }

    fn pools(&self) -> Vec<PoolRules> {
        let mut pools: Vec<PoolRules> = Vec::new();
        for (number, customer) in (1..).zip(&self.customers) {
            let (own, supplied, bid) = customer.slots;
            let line = SupplyLine { from: PoolId(UPSTREAM), slots: supplied, bid: price(bid * STEP), purchase: None };
            let supply = if supplied > 0 { vec![line] } else { Vec::new() };
            let controllers = vec![AccountId(number)];
            let members = customer.is_private.then(|| vec![first_member(number - 1)]);
            pools.push(PoolRules { supply, controllers, members, ..customer.rules.pool(PartyId(number), own) });
        }
        let (sharing, every, own_first, supply_cost) = self.terms.clone();
        let merges = (0..self.partners()).map(PoolId).collect();
        let sharing = match sharing {
            Sharing::Fixed(shares) => Sharing::Fixed(shares[..self.partners() as usize].to_vec()),
            other => other,
        };
        let joint = JointRules { merges, sharing, every: every.map(ticks), own_first, supply_cost };
        pools.push(PoolRules { joint: Some(joint), ..self.joint.pool(ALLIANCE, 0) });
        let upstream = Rules { posted: None, minimum: 1, bursts: false, room: None, ..self.joint.clone() };
        pools.push(PoolRules { interrupted: Some(Interrupted::Lost), ..upstream.pool(PartyId(0), 4) });
        pools.push(PoolRules::posted(PartyId(0), Slots::Count(1), price(3 * STEP)));
        pools
    }
}

fn rules() -> impl Strategy<Value = Rules> {
    use Interrupted::{Lost, Restart, Resume};
    (
        proptest::option::of(0..4_i64),
        select(vec![PriceRule::LowestAccepted, PriceRule::HighestRejected]),
        select(vec![Payment::UniformPrice, Payment::OwnBid]),
        0..4_i64,
        select(vec![BelowMinimum::Refused, BelowMinimum::Waits]),
        select(vec![Fit::Fill, Fit::Strict]),
        (proptest::option::of(1..6_u32), select(vec![WaitingOrder::ByMethod, WaitingOrder::Fifo])),
        select(vec![Lost, Resume, Resume, Restart]),
        (any::<bool>(), proptest::option::of((1..90_i64, any::<bool>()))),
    )
        .prop_map(|(posted, rule, payment, minimum, below, fit, (room, order), interrupted, (bursts, budget))| {
            Rules { posted, rule, payment, minimum, below, fit, room, order, interrupted, bursts, budget }
        })
}

fn worlds() -> impl Strategy<Value = World> {
    let customer = ((0..4_u32, 0..3_u32, 1..6_i64), rules(), any::<bool>())
        .prop_map(|(slots, rules, is_private)| Customer { slots, rules, is_private });
    let fixed = proptest::collection::vec(1..5_u32, PARTNERS).prop_map(Sharing::Fixed);
    let sharing = prop_oneof![Just(Sharing::Contribution), Just(Sharing::Usage), Just(Sharing::Shapley), fixed];
    let terms =
        (sharing, proptest::option::of(2..12_i64), any::<bool>(), select(vec![SupplyCost::Joint, SupplyCost::Own]));
    (proptest::collection::vec(customer, PARTNERS), rules(), terms, any::<bool>())
        .prop_map(|(customers, joint, terms, has_third)| World { customers, joint, terms, has_third })
}

fn steps() -> impl Strategy<Value = Vec<(i64, Step)>> {
    let list = proptest::option::of(0..LISTS.len() as u32);
    let ask = (0..3_u32, 0..2_u32, list, 1..3_u32, 0..8_i64, 1..20_i64, proptest::option::of(0..15_i64));
    let ask = ask.prop_map(|(partner, member, list, slots, bid, work, patience)| Step::Ask {
        partner,
        member,
        list,
        slots,
        bid,
        work,
        patience,
    });
    let step = prop_oneof![
        8 => ask,
        2 => (1..9_i64, 1..9_i64).prop_map(|(bid, work)| Step::Upstream { bid, work }),
        2 => (0..4_u32, 0..5_i64).prop_map(|(pool, minimum)| Step::Minimum { pool, minimum }),
        2 => (0..60_usize).prop_map(Step::Release),
        1 => (0..60_usize).prop_map(Step::Withdraw),
        3 => Just(Step::Merge),
        2 => Just(Step::Split),
    ];
    proptest::collection::vec((0..5_i64, step), 1..45)
}

fn take(driver: &mut Driver, step: &Step, partners: u32) {
    let any = |driver: &Driver, number: usize, is_wanted: fn(Doing) -> bool| {
        let of_members = driver.log.seen.iter().filter(|(_, seen)| seen.is_member() && is_wanted(seen.doing));
        let numbers: Vec<u64> = of_members.map(|(number, _)| *number).collect();
        (!numbers.is_empty()).then(|| numbers[number % numbers.len()])
    };
    match *step {
        Step::Ask { partner, member, list, slots, bid, work, patience } => {
            let (payer, patience) = (PartyId(first_member(partner).0 + member), patience.map(ticks));
            let (bid, work) = (price(bid * STEP), ticks(work));
            driver.submit(Submission {
                pool: PoolId(partner),
                payer,
                slots,
                bid,
                work,
                patience,
                max_price: None,
                tag: [0; 2],
                choices: list.map(ChoiceId),
            });
        }
        Step::Upstream { bid, work } => {
            let (bid, work) = (price(bid * STEP), ticks(work));
            let pool = PoolId(UPSTREAM);
            driver.submit(Submission {
                pool,
                payer: STRANGER,
                slots: 1,
                bid,
                work,
                patience: None,
                max_price: None,
                tag: [0; 2],
                choices: None,
            });
        }
        Step::Minimum { pool, minimum } => driver.set_minimum(pool, minimum * STEP),
        Step::Release(number) => {
            if let Some(number) = any(driver, number, |doing| matches!(doing, Doing::Running { .. })) {
                driver.release(number);
            }
        }
        Step::Withdraw(number) => {
            if let Some(number) = any(driver, number, |doing| matches!(doing, Doing::Waiting { .. })) {
                driver.withdraw(number);
            }
        }
        Step::Merge => {
            let agreed_by = (1..=partners).map(AccountId).collect();
            _ = driver.operate(1, JOINT, Change::Merge { agreed_by });
        }
        Step::Split => _ = driver.operate(2, JOINT, Change::Split),
    }
}

/// What must be so at every instant; `own` are the slots that customers own.
fn look(driver: &Driver, world: &World, own: u32) {
    let mut held = BTreeMap::<u32, u32>::new();
    let mut supplied = BTreeMap::<PoolId, u32>::new();
    let mut waiting = 0;
    for seen in driver.log.seen.values() {
        if let Doing::Running { pool, .. } = seen.doing {
            *held.entry(pool.0).or_default() += seen.slots;
            if let overspill::market::Origin::Supply { to } = seen.origin {
                *supplied.entry(to).or_default() += 1;
            }
        }
        waiting += u32::from(seen.is_member() && seen.is_waiting());
    }
    // What owners have and what their supply lines hold is there, and nothing else.
    let customers_pools = || (0..=JOINT).map(|pool| driver.level(pool));
    let capacity: u32 = customers_pools().map(|level| level.capacity.expect("a number")).sum();
    assert_eq!(capacity, own + supplied.values().sum::<u32>(), "slots appeared or went");
    for pool in 0..=ON_DEMAND {
        let level = driver.level(pool);
        assert_eq!(level.occupied, held.get(&pool).copied().unwrap_or(0), "pool {pool}");
        assert!(level.capacity.is_none_or(|capacity| level.occupied <= capacity));
    }
    assert_eq!((0..=ON_DEMAND).map(|pool| driver.level(pool).waiting).sum::<u32>(), waiting);
    // Nobody is left behind in a pool that is merged, or in a joint pool that is split.
    for seen in driver.log.seen.values().filter(|seen| seen.is_member() && seen.home.0 <= JOINT) {
        let is_at_home = match seen.doing {
            Doing::Running { tier, .. } => tier.is_none(),
            doing => matches!(doing, Doing::Waiting { .. }),
        };
        if is_at_home {
            let request = driver.market.request(seen.place);
            let is_joint = request.affiliation.is_some();
            assert_eq!(is_joint, request.home.0 == JOINT);
            let asked = request.affiliation.unwrap_or(request.home);
            assert!(request.is_waiting() || request.holds_in() == Some(request.home));
            assert!(world.admits(asked, request.payer), "a stranger: {request:?}");
            let is_partner = asked.0 < world.partners();
            assert_eq!(is_joint, is_partner && driver.market.is_merged(PoolId(JOINT)), "{request:?}");
        }
    }
    // Every partner has in the joint pool what it has, and uses what its members hold there.
    let is_merged = driver.market.is_merged(PoolId(JOINT));
    let mut used = 0;
    for partner in (0..world.partners()).map(PoolId) {
        let levels = driver.log.joint[&partner];
        used += levels.used;
        if is_merged {
            let slots = world.customers[partner.index()].slots.0 + supplied.get(&partner).copied().unwrap_or(0);
            assert_eq!(levels.contributed, slots);
            assert_eq!(driver.level(partner.0).capacity, Some(0));
        }
    }
    assert_eq!(used, driver.level(JOINT).occupied);
}

/// Where the terms put owners first, no guest holds a slot while a partner's member that would fit into its own slots waits.
fn owners_are_first(driver: &Driver, world: &World) {
    let joint = &world.joint;
    let is_simple = world.terms.2 && joint.posted.is_some() && joint.minimum == 0 && joint.fit == Fit::Fill;
    if !is_simple || driver.level(JOINT).minimum.units() > 0 || !driver.market.is_merged(PoolId(JOINT)) {
        return;
    }
    for seen in driver.log.seen.values().filter(|seen| seen.is_member() && seen.is_waiting()) {
        let request = driver.market.request(seen.place);
        let (Some(affiliation), posted) = (request.affiliation, joint.posted.unwrap_or(0)) else { continue };
        let levels = driver.log.joint[&affiliation];
        let is_due = levels.used + seen.slots <= levels.contributed && seen.bid.units() >= posted * STEP;
        // Several of its own may wait that do not fit together.
        assert!(!is_due || seen.slots > 1, "{seen:?} waits while its partner has {levels:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn slots_and_money_are_kept_through_merges_and_splits(world in worlds(), steps in steps()) {
        let lists = LISTS.map(|list| list.iter().copied().map(PoolId).collect()).to_vec();
        let mut driver = Driver::with_parties(world.pools(), PARTIES).with_choices(lists);
        driver.settle();
        let own: u32 = world.customers.iter().map(|customer| customer.slots.0).sum();
        let mut now = 0;
        for (after, step) in &steps {
            now += after;
            driver.run_to(now);
            take(&mut driver, step, world.partners());
            driver.settle();
            look(&driver, &world, own);
            owners_are_first(&driver, &world);
        }
        driver.run_to(now + 3);
        driver.settle();
        look(&driver, &world, own);
        // What a cut now would tell is what is shared when the books are closed now.
        let mut heard = crate::recorder::Recorder::default();
        let cut = overspill::market::Command::Cut;
        driver.market.clone().apply(SimTime::from_ticks(now + 3), cut, &mut heard);
        let so_far: Vec<_> = heard.shared_so_far.iter().map(|bill| (bill.payer, bill.payee, bill.amount)).collect();
        let before = driver.log.bills.len();
        driver.close();
        let of_close = driver.log.bills[before..].iter().map(|(_, bill)| bill);
        let shared: Vec<_> = of_close
            .filter(|bill| bill.kind == overspill::market::BillingKind::Sharing)
            .map(|bill| (bill.payer, bill.payee, bill.amount))
            .collect();
        assert_eq!(so_far, shared);
        assert_eq!(driver.balance(ALLIANCE), Money::ZERO, "all of it is shared");
        assert!(driver.log.seen.values().all(|seen| seen.fate().is_some()));
        // Every lease is settled without a gap, wherever it was held.
        let mut leases = BTreeMap::<u64, SimTime>::new();
        for held in &driver.log.held {
            if let Some(end) = leases.insert(held.lease, held.to) {
                assert_eq!(end, held.from, "a gap in lease {}", held.lease);
            }
        }
        let begun: u32 = driver.log.seen.values().map(|seen| seen.leases).sum();
        assert_eq!(begun as usize, leases.len());
    }
}

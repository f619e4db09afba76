//! What must hold in any world: after every command, and once an instant is settled.

use std::collections::{BTreeMap, BTreeSet};

use overspill::market::{BillingKind, Component, Held, Origin, PartyId, PoolId, PoolRules, Stage};
use overspill::units::{Money, SimTime, TICKS_PER_HOUR};

use super::world::{ACCOUNT, EAST, HOME, JOINT, MARKET, PARTIES, POOLS, RESERVE, STOCK, WEST};
use crate::driver::Driver;
use crate::placement::two_zones;
use crate::recorder::{Doing, Seen};

const HOUR: i128 = TICKS_PER_HOUR as i128;
const WHOLE: i128 = 1_000_000;

/// After every command: in every party's name stands what its bills come to, and every pool counts whom it has.
pub(super) fn after_command(driver: &Driver) {
    driver.market.ledger().check().expect("the books balance");
    for party in (0..PARTIES).map(PartyId) {
        let told = driver.log.received.get(&party).copied().unwrap_or(Money::ZERO);
        assert_eq!(driver.balance(party), told, "{party:?} has received or paid what no bill says");
    }
    if driver.log.seen.values().all(|seen| seen.fate().is_some()) {
        return; // the books are closed, and levels are told no more
    }
    let mut held = BTreeMap::<PoolId, u32>::new();
    for seen in driver.log.seen.values() {
        if let Doing::Running { pool, .. } = seen.doing {
            *held.entry(pool).or_default() += seen.slots;
        }
    }
    for (pool, level) in &driver.log.levels {
        let held = held.get(pool).copied().unwrap_or(0);
        let is_divided = pool.0 == HOME && held > level.occupied && Some(level.occupied) == level.capacity;
        assert!(level.occupied == held || is_divided, "{held} slots are held in {pool:?}, which says {level:?}");
    }
}

/// What the test itself knows of a pool.
#[derive(Clone, Debug)]
struct Known {
    rules: PoolRules,
    own: u32,
    members: Option<BTreeSet<PartyId>>,
    /// The budget of all tiers.
    amount: Option<Money>,
    /// First billing record of the budget period.
    period: usize,
}

/// The test's own books.
#[derive(Clone, Debug)]
pub(super) struct Audit {
    known: Vec<Known>,
    down: Vec<Component>,
    payers: BTreeMap<u64, PartyId>,
}

impl Audit {
    pub(super) fn new(pools: &[PoolRules]) -> Self {
        let known = pools.iter().map(|rules| Known {
            rules: rules.clone(),
            own: if let overspill::market::Slots::Count(own) = rules.slots { own } else { 0 },
            members: rules.members.as_ref().map(|members| members.iter().copied().collect()),
            amount: rules.burst.as_ref().and_then(|burst| Some(burst.budget.as_ref()?.amount)),
            period: 0,
        });
        Self { known: known.collect(), down: Vec::new(), payers: BTreeMap::new() }
    }

    pub(super) fn asked(&mut self, number: u64, payer: PartyId) {
        self.payers.insert(number, payer);
    }

    pub(super) fn failed(&mut self, component: Component) {
        self.down.push(component);
    }

    /// Takes back one of the failures, if there are any.
    pub(super) fn repaired(&mut self, pick: usize) -> Option<Component> {
        (!self.down.is_empty()).then(|| self.down.remove(pick % self.down.len()))
    }

    pub(super) fn has_budget(&self, pool: u32) -> bool {
        self.known[pool as usize].amount.is_some()
    }

    pub(super) fn period_began(&mut self, pool: u32, bills: usize) {
        self.known[pool as usize].period = bills;
    }

    /// An operation was carried out.
    pub(super) fn learn(&mut self, pool: u32, change: &overspill::market::Change) {
        use overspill::market::Change;
        let known = &mut self.known[pool as usize];
        match change {
            Change::AddMembers(users) => known.members.as_mut().expect("named").extend(users),
            Change::RemoveMembers(users) => known.members.as_mut().expect("named").retain(|user| !users.contains(user)),
            Change::Resize(own) => known.own = *own,
            Change::Budget(amount) => known.amount = Some(*amount),
            _ => {}
        }
    }

    fn exists(&self, driver: &Driver, pool: u32) -> bool {
        let begins = self.known[pool as usize].rules.life.as_ref().map_or(Stage::Online, |life| life.begins);
        let stage = driver.log.stages.get(&PoolId(pool)).copied().unwrap_or(begins);
        matches!(stage, Stage::Offline | Stage::Online)
    }

    /// Whatever happens at an instant.
    pub(super) fn check(&self, driver: &Driver) {
        self.access(driver);
        self.budgets(driver);
    }

    /// Once the instant is settled.
    pub(super) fn check_settled(&self, driver: &Driver) {
        self.check(driver);
        self.capacities(driver);
        self.waiting(driver);
        self.partners(driver);
        self.places(driver);
    }

    /// Nobody but a member of the pool that it asked is served or waits.
    fn access(&self, driver: &Driver) {
        for (number, payer) in &self.payers {
            let seen = driver.seen(*number);
            if seen.fate().is_some() {
                continue;
            }
            let request = driver.market.request(seen.place);
            let asked = request.affiliation.unwrap_or(request.home);
            let members = &self.known[asked.index()].members;
            let may = members.as_ref().is_none_or(|members| members.contains(payer));
            assert!(may, "request {number} of {payer:?} lives, who is no member of {asked:?}");
        }
    }

    /// What is billed in the period and what open bursts would be billed now is within every budget, to the unit.
    fn budgets(&self, driver: &Driver) {
        if self.known.iter().all(|known| known.amount.is_none()) {
            return;
        }
        let open = driver.open_leases(SimTime::from_ticks(driver.now()));
        for (pool, known) in (0..).map(PoolId).zip(&self.known) {
            let Some(burst) = known.rules.burst.as_ref().filter(|burst| burst.budget.is_some()) else { continue };
            let spent = |tier: Option<u8>| billed(driver, pool, known.period, tier) + if_ended(&open, pool, tier);
            let amount = known.amount.map(Money::units);
            assert!(amount.is_none_or(|most| spent(None) <= most), "{} of {amount:?} in {pool:?}", spent(None));
            for (tier, terms) in (0..).zip(&burst.terms.tiers) {
                let amount = terms.budget.map(Money::units);
                let spent = spent(Some(tier));
                assert!(amount.is_none_or(|most| spent <= most), "{spent} of {amount:?} in tier {tier} of {pool:?}");
                let mine = open.iter().filter(|held| held.home == pool && held.tier == Some(tier));
                let held: u32 = mine.map(|held| held.slots).sum();
                assert!(terms.max_slots.is_none_or(|most| held <= most), "tier {tier} of {pool:?} holds {held}");
            }
        }
    }

    /// A pool has its own slots that are in service, those that it is supplied with and those on loan, and no others.
    fn capacities(&self, driver: &Driver) {
        let is_merged = driver.market.is_merged(PoolId(JOINT));
        let lent = |pool: u32| driver.log.lent.get(&PoolId(pool)).copied().unwrap_or(0);
        let mut joint = 0;
        for pool in (0..POOLS).filter(|pool| *pool != JOINT) {
            let (known, level) = (&self.known[pool as usize], driver.level(pool));
            let own = if self.exists(driver, pool) { self.own_in_service(pool) } else { 0 };
            let borrowed = if pool == MARKET { lent(ACCOUNT) } else { 0 };
            let there = own + supplied_to(driver, pool) + borrowed;
            let Some(capacity) = level.capacity else {
                assert_eq!(known.rules.slots, overspill::market::Slots::Unlimited);
                continue;
            };
            if is_merged && matches!(pool, EAST | WEST) {
                joint += there;
                assert_eq!(capacity, 0, "pool {pool} is merged");
                continue;
            }
            // Slots of its own may still be under notice.
            let alarm = overspill::market::Alarm::Slots(PoolId(pool));
            let leaves = driver.log.alarms.iter().any(|(pending, _)| *pending == alarm);
            assert!(capacity == there || (leaves && capacity > there), "pool {pool} has {capacity} of {there} slots");
            assert!(level.occupied + lent(pool) <= capacity, "pool {pool} lends slots that are held");
        }
        // Before pools are merged, what joins them may have slots like any other pool.
        let own = if self.exists(driver, JOINT) { self.known[JOINT as usize].own } else { 0 };
        let there = joint + own + supplied_to(driver, JOINT);
        assert_eq!(driver.level(JOINT).capacity, Some(there), "slots of the joint pool");
    }

    fn own_in_service(&self, pool: u32) -> u32 {
        let known = &self.known[pool as usize];
        let Some(placement) = &known.rules.placement else { return known.own };
        placement.slots.iter().filter(|slot| self.is_up(slot.0)).count() as u32
    }

    fn is_up(&self, slot: u32) -> bool {
        let hardware = two_zones();
        self.down.iter().all(|component| !hardware.slots_of(*component).contains(&slot))
    }

    /// Whoever waits is counted once.
    fn waiting(&self, driver: &Driver) {
        let waiting = driver.log.seen.values().filter(|seen| seen.is_member() && seen.is_waiting()).count();
        let told: u32 = driver.log.levels.values().map(|level| level.waiting).sum();
        assert_eq!(told as usize, waiting, "requests wait that no pool counts");
    }

    /// Partners use in a joint pool what their members hold there.
    fn partners(&self, driver: &Driver) {
        let used: u32 = driver.log.joint.values().map(|levels| levels.used).sum();
        let held = held_in(driver, JOINT).filter(|seen| seen.is_member()).map(|seen| seen.slots).sum::<u32>();
        assert_eq!(used, held, "slots of the joint pool that are nobody's");
    }

    /// A slot of the hardware is held once in a pool, by somebody whose pool has it, and only while it is in service.
    fn places(&self, driver: &Driver) {
        let mut taken = BTreeSet::new();
        let mut had: Vec<BTreeSet<u32>> = self
            .known
            .iter()
            .map(|known| known.rules.placement.iter().flat_map(|rules| rules.slots.iter().map(|slot| slot.0)).collect())
            .collect();
        let running = || driver.log.seen.iter().filter(|(_, seen)| seen.is_running());
        for (number, seen) in running() {
            if let Origin::Supply { to } = seen.origin {
                had[to.index()].extend(driver.slots_of(*number));
            }
        }
        for (number, seen) in running() {
            let Doing::Running { pool, .. } = seen.doing else { unreachable!("it runs") };
            let slots = driver.slots_of(*number);
            // Slots that came from elsewhere, for good or on loan, may have no place.
            let is_placed = self.known[pool.index()].rules.placement.is_some();
            let has_all = is_placed && matches!(pool.0, STOCK | RESERVE) && !is_ever_supplied(driver, pool);
            let (places, held) = (slots.len(), seen.slots as usize);
            assert!(places <= held && (places == held || !has_all), "request {number} has {places} places for {held}");
            for slot in slots {
                assert!(self.is_up(slot), "request {number} stands on failed hardware");
                assert!(taken.insert((pool, slot)), "slot {slot} of {pool:?} is held twice");
                assert!(had[pool.index()].contains(&slot), "slot {slot} is none of {pool:?}");
            }
        }
    }

    /// When the books are closed.
    pub(super) fn check_closed(&self, driver: &Driver) {
        after_command(driver);
        assert!(driver.log.seen.values().all(|seen| seen.fate().is_some()), "a request without a fate");
        // Every lease is settled without a gap, wherever it was held, and ends once.
        let mut leases = BTreeMap::<u64, SimTime>::new();
        for held in &driver.log.held {
            if let Some(end) = leases.insert(held.lease, held.to) {
                assert_eq!(end, held.from, "a gap in lease {}", held.lease);
            }
        }
        let begun: u32 = driver.log.seen.values().map(|seen| seen.leases).sum();
        assert_eq!((begun as usize, begun as usize), (leases.len(), driver.log.ended_leases.len()));
        let charged: i128 = driver.log.seen.values().map(|seen| seen.charge).sum();
        let accrued = driver.market.ledger().accrued(overspill::market::CurrencyId(0)).units();
        assert_eq!(accrued, charged + driver.log.existed, "charges that belong to no lease and no pool");
        assert_eq!(driver.balance(PartyId(super::world::ALLIANCE)), Money::ZERO, "an alliance shares all that it has");
    }
}

fn held_in(driver: &Driver, pool: u32) -> impl Iterator<Item = &Seen> {
    let here = move |seen: &&Seen| matches!(seen.doing, Doing::Running { pool: there, .. } if there == PoolId(pool));
    driver.log.seen.values().filter(here)
}

fn is_ever_supplied(driver: &Driver, pool: PoolId) -> bool {
    driver.log.seen.values().any(|seen| seen.origin == Origin::Supply { to: pool })
}

fn supplied_to(driver: &Driver, pool: u32) -> u32 {
    let lines = driver.log.seen.values().filter(|seen| seen.origin == Origin::Supply { to: PoolId(pool) });
    lines.filter(|seen| seen.is_running()).map(|seen| seen.slots).sum()
}

/// The nearest integer to `exact / unit`, ties to the even one.
fn rounded(exact: i128, unit: i128) -> i128 {
    let below = exact.div_euclid(unit);
    let rest = 2 * (exact - below * unit);
    below + i128::from(rest > unit || (rest == unit && below % 2 != 0))
}

fn if_ended(open: &[Held], home: PoolId, tier: Option<u8>) -> i128 {
    let mine =
        open.iter().filter(|held| held.home == home && held.tier.is_some() && (tier.is_none() || held.tier == tier));
    mine.map(|held| rounded(held.charge.units(), HOUR) + rounded(held.fee, HOUR * WHOLE)).sum()
}

/// What bursts of `home` were billed in the records from `from` on.
fn billed(driver: &Driver, home: PoolId, from: usize, tier: Option<u8>) -> i128 {
    let bills = driver.log.bills[from..].iter().map(|(_, bill)| bill).filter(|bill| bill.home == home);
    let mine = bills.filter(|bill| bill.tier.is_some() && (tier.is_none() || bill.tier == tier));
    mine.filter(|bill| bill.kind != BillingKind::Recharge).map(|bill| bill.amount.units()).sum()
}

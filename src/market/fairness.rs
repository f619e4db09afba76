//! Who holds how much, has used how much, and may spend how much: what the fairness rules of a pool look at.

use std::collections::BTreeMap;

use super::ids::{PartyId, Place};
use super::rules::{CreditRules, FairOrder, FairnessRules, Per};
use crate::collections::Span;
use crate::units::{Money, SimDuration, SimTime, product};

/// What is known of the members and departments of one pool.
#[derive(Clone, Debug)]
pub(super) struct Fairness {
    rules: FairnessRules,
    /// By party, as far as they have ever held slots here.
    members: Span<Use>,
    departments: Span<Use>,
    /// By party, as far as they have ever set anything aside here.
    accounts: Span<CreditAccount>,
    /// The account of anybody else.
    untouched: CreditAccount,
    /// What is set aside for the lease at a place, and not paid yet.
    reserved: BTreeMap<Place, Money>,
    /// Who waits at a place, and the most that its lease can cost.
    waiting: BTreeMap<Place, (PartyId, Money)>,
}

/// The department of whoever belongs to none.
const NO_DEPARTMENT: u32 = u32::MAX;

/// Slots held, and slots × ticks used so far.
#[derive(Clone, Copy, Debug, Default)]
struct Use {
    slots: u32,
    used: i128,
    since: SimTime,
}

impl Use {
    /// Adds what was used since the last change. With a half-life, use is halved at each of its multiples: integers, and
    /// the same whenever somebody looks.
    fn advance(&mut self, now: SimTime, half_life: Option<SimDuration>) {
        if let Some(length) = half_life.map(|half_life| half_life.ticks().max(1)) {
            let epoch = |time: SimTime| time.ticks() / length;
            // Beyond as many halvings as there are bits, nothing of the old use is left.
            for next in epoch(self.since) + 1..=epoch(now).min(epoch(self.since) + 127) {
                let boundary = SimTime::from_ticks(next * length);
                self.add(boundary);
                self.used >>= 1;
            }
            if epoch(now) - epoch(self.since) > 0 {
                // What was used in the epochs skipped: a constant use u per epoch comes to u.
                self.used = i128::from(self.slots) * i128::from(length);
                self.since = SimTime::from_ticks(epoch(now) * length);
            }
        }
        self.add(now);
    }

    fn add(&mut self, now: SimTime) {
        self.used += product(i64::from(self.slots), (now - self.since).ticks());
        self.since = now;
    }
}

/// What a member may still spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CreditAccount {
    free: Money,
    /// The most that its open leases can cost.
    reserved: Money,
}

impl Fairness {
    pub(super) fn new(rules: FairnessRules) -> Self {
        let grant = rules.credits.map_or(Money::ZERO, |credits| credits.grant);
        Self {
            rules,
            members: Span::default(),
            departments: Span::default(),
            accounts: Span::default(),
            untouched: CreditAccount { free: grant, reserved: Money::ZERO },
            reserved: BTreeMap::new(),
            waiting: BTreeMap::new(),
        }
    }

    pub(super) fn credits(&self) -> Option<&CreditRules> {
        self.rules.credits.as_ref()
    }

    pub(super) fn set_member_cap(&mut self, cap: Option<u32>) {
        self.rules.member_cap = cap;
    }

    pub(super) fn set_department_cap(&mut self, cap: Option<u32>) {
        self.rules.department_cap = cap;
    }

    pub(super) fn orders_equals(&self) -> bool {
        self.rules.order != FairOrder::Arrival
    }

    /// May nobody of this party ever hold so many slots?
    pub(super) fn exceeds_caps(&self, party: PartyId, slots: u32) -> bool {
        let department_cap = self.rules.department_cap.filter(|_| self.department(party) != NO_DEPARTMENT);
        self.rules.member_cap.is_some_and(|cap| slots > cap) || department_cap.is_some_and(|cap| slots > cap)
    }

    /// May `party` hold so many slots beside those that it and its department hold already, and beside `more` that they
    /// are about to hold?
    pub(super) fn is_within_caps(&self, party: PartyId, slots: u32, more: &Extra) -> bool {
        let department = self.department(party);
        let fits =
            |cap: Option<u32>, held: u32| cap.is_none_or(|cap| u64::from(held) + u64::from(slots) <= u64::from(cap));
        let department_cap = self.rules.department_cap.filter(|_| department != NO_DEPARTMENT);
        fits(self.rules.member_cap, self.member_slots(party) + more.of(Per::Member, party.0))
            && fits(department_cap, self.department_slots(party) + more.of(Per::Department, department))
    }

    /// The less, the earlier a party is served among bids of the same level: slots held or used, per weight.
    /// Comparable as fractions with the same denominator.
    pub(super) fn claim(&self, now: SimTime, party: PartyId, more: &Extra) -> i128 {
        /// Weights divide it, up to this resolution.
        const FINE: i128 = 1 << 20;
        let (amount, weight) = match self.rules.order {
            FairOrder::Arrival => return 0,
            FairOrder::MaxMin(per) => {
                let (index, use_) = self.of(per, party);
                (i128::from(use_.slots + more.of(per, index)), self.weight(index))
            }
            FairOrder::UsageDecay { per, half_life } => {
                let (index, mut use_) = self.of(per, party);
                use_.advance(now, Some(half_life));
                (use_.used, self.weight(index))
            }
        };
        amount * FINE / i128::from(weight)
    }

    fn of(&self, per: Per, party: PartyId) -> (u32, Use) {
        match per {
            Per::Member => (party.0, at(&self.members, party.0)),
            Per::Department => (self.department(party), at(&self.departments, self.department(party))),
        }
    }

    pub(super) fn department(&self, party: PartyId) -> u32 {
        self.rules.departments.get(party.index()).copied().unwrap_or(NO_DEPARTMENT)
    }

    fn weight(&self, index: u32) -> u32 {
        self.rules.weights.get(index).copied().unwrap_or(1).max(1)
    }

    pub(super) fn member_slots(&self, party: PartyId) -> u32 {
        at(&self.members, party.0).slots
    }

    pub(super) fn department_slots(&self, party: PartyId) -> u32 {
        at(&self.departments, self.department(party)).slots
    }

    /// Slots × ticks that the party, and its department, have used.
    pub(super) fn usage(&self, now: SimTime, party: PartyId) -> (i128, i128) {
        let used = |mut use_: Use| {
            use_.advance(now, self.half_life());
            use_.used
        };
        (used(at(&self.members, party.0)), used(at(&self.departments, self.department(party))))
    }

    fn half_life(&self) -> Option<SimDuration> {
        match self.rules.order {
            FairOrder::UsageDecay { half_life, .. } => Some(half_life),
            _ => None,
        }
    }

    pub(super) fn took(&mut self, now: SimTime, party: PartyId, slots: u32) {
        self.change(now, party, |held| held + slots);
    }

    pub(super) fn gave_back(&mut self, now: SimTime, party: PartyId, slots: u32) {
        self.change(now, party, |held| held - slots);
    }

    fn change(&mut self, now: SimTime, party: PartyId, change: impl Fn(u32) -> u32) {
        let (half_life, department) = (self.half_life(), self.department(party));
        let apply = |uses: &mut Span<Use>, index: u32| {
            let use_ = uses.reach(index, &Use::default());
            use_.advance(now, half_life);
            use_.slots = change(use_.slots);
        };
        apply(&mut self.members, party.0);
        if department != NO_DEPARTMENT {
            apply(&mut self.departments, department);
        }
    }

    /// Do the party's credits bear a lease that costs at most `most`, beside what is about to be reserved?
    pub(super) fn bears(&self, party: PartyId, most: Money, more: &Extra) -> bool {
        self.rules.credits.is_none() || {
            let account = self.accounts.get(party.0).unwrap_or(&self.untouched);
            most + more.money(party) <= account.free
        }
    }

    /// The request at `place` waits for a lease that costs at most `most`.
    pub(super) fn waits(&mut self, place: Place, party: PartyId, most: Money) {
        self.waiting.insert(place, (party, most));
    }

    /// It waits no more.
    pub(super) fn stopped_waiting(&mut self, place: Place) {
        self.waiting.remove(&place);
    }

    /// Do caps and credits let the request that waits at `place` have so many slots?
    pub(super) fn admits(&self, place: Place, slots: u32) -> bool {
        let claim = self.waiting.get(&place);
        debug_assert!(claim.is_some(), "somebody waits whose claim has not been noted");
        claim.is_none_or(|(party, most)| {
            self.is_within_caps(*party, slots, &Extra::default()) && self.bears(*party, *most, &Extra::default())
        })
    }

    /// Sets aside the most that a lease can cost.
    pub(super) fn reserve(&mut self, party: PartyId, place: Place, most: Money) {
        let Some(account) = self.account(party) else { return };
        account.free -= most;
        account.reserved += most;
        self.reserved.insert(place, most);
    }

    /// A lease was billed: out of what was set aside for it.
    pub(super) fn paid(&mut self, party: PartyId, place: Place, amount: Money) {
        let Some(account) = self.account(party) else { return };
        account.reserved -= amount;
        if let Some(left) = self.reserved.get_mut(&place) {
            *left -= amount;
        }
    }

    /// A lease has ended and is billed: what it did not cost is free again. (Where the minimum rose over what was
    /// reckoned with, that is less than nothing.)
    pub(super) fn release(&mut self, party: PartyId, place: Place) {
        let Some(left) = self.reserved.remove(&place) else { return };
        let Some(account) = self.account(party) else { return };
        account.reserved -= left;
        account.free += left;
    }

    fn account(&mut self, party: PartyId) -> Option<&mut CreditAccount> {
        self.rules.credits.as_ref()?;
        Some(self.accounts.reach(party.0, &self.untouched))
    }

    /// Every account is refilled, up to the limit. Whoever has not spent anything yet is refilled as well.
    pub(super) fn refill(&mut self) {
        let Some(rules) = self.rules.credits else { return };
        for account in self.accounts.values_mut().chain([&mut self.untouched]) {
            let room = rules.limit.map_or(rules.refill, |limit| limit - account.free - account.reserved);
            account.free += rules.refill.min(room.max(Money::ZERO));
        }
    }
}

fn at(uses: &Span<Use>, index: u32) -> Use {
    uses.get(index).copied().unwrap_or_default()
}

/// What a clearing under way is about to give out: it counts before it is done.
#[derive(Clone, Debug, Default)]
pub(super) struct Extra {
    slots: BTreeMap<(Per, u32), u32>,
    money: BTreeMap<PartyId, Money>,
}

impl Extra {
    pub(super) fn add(&mut self, fairness: &Fairness, party: PartyId, slots: u32, most: Money) {
        *self.slots.entry((Per::Member, party.0)).or_default() += slots;
        let department = fairness.department(party);
        if department != NO_DEPARTMENT {
            *self.slots.entry((Per::Department, department)).or_default() += slots;
        }
        *self.money.entry(party).or_default() += most;
    }

    fn of(&self, per: Per, index: u32) -> u32 {
        self.slots.get(&(per, index)).copied().unwrap_or(0)
    }

    fn money(&self, party: PartyId) -> Money {
        self.money.get(&party).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(hours: i64) -> SimTime {
        SimTime::ZERO + SimDuration::from_hours(hours)
    }

    #[test]
    fn use_is_halved_at_every_multiple_of_the_half_life_whenever_somebody_looks() {
        let day = SimDuration::from_hours(24);
        let mut seldom = Use { slots: 2, ..Use::default() };
        let mut often = seldom;
        for hour in 0..=100 {
            often.advance(hours(hour), Some(day));
        }
        seldom.advance(hours(100), Some(day));
        assert_eq!(seldom.used, often.used);
        // 48 slot-hours a day: ((48/2 + 48)/2 + 48)/2 ... after four days, and 8 on the fifth.
        let expected = (((48.0 / 2.0 + 48.0) / 2.0 + 48.0) / 2.0 + 48.0) / 2.0 + 8.0;
        assert!((seldom.used as f64 / 3.6e9 - expected).abs() < 1e-9);
        // More half-lives than bits.
        seldom.advance(hours(24 * 1000), Some(day));
        assert!((seldom.used as f64 / 3.6e9 - 48.0).abs() < 1e-6);
    }
}

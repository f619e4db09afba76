//! What a joint pool has earned and spent is shared out among its partners.
//!
//! Shared is the joint party's *position*: what it has received less what it has paid since it was shared last. It is
//! shared to the last unit: every partner has its part rounded towards zero, and what rounding leaves over goes, a unit
//! each, to those whose parts were rounded most; of equals to the one that the terms name first.

use super::command::Alarm;
use super::effects::Effects;
use super::ids::{Place, PoolId};
use super::joint::Joint;
use super::marketplace::Marketplace;
use super::records::{BillingKind, BillingRecord};
use super::request::{Origin, Request};
use super::rules::Sharing;
use crate::units::{Money, SimTime};

impl Marketplace {
    /// The joint pool's regular day of sharing: what its leases owe so far is billed first.
    pub(super) fn sharing_alarm(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let Some(joint) = self.pools[id.index()].joint.as_ref().filter(|joint| joint.is_merged) else { return };
        if let Some(every) = joint.rules.every {
            fx.alarm(Alarm::Sharing(id), now.saturating_add(every));
        }
        for place in self.held_on_joint_account(id) {
            self.settle_in_between(now, place, fx);
        }
        self.share(now, id, fx);
    }

    /// Leases that the joint pool earns from, and those that it is supplied by.
    fn held_on_joint_account(&self, id: PoolId) -> Vec<Place> {
        let concerns = |request: &Request| {
            let supplies = matches!(request.origin, Origin::Supply { to } if self.keeper(to) == id);
            request.holds_in() == Some(id) || (supplies && request.holds_in().is_some())
        };
        self.requests.alive().into_iter().map(Place).filter(|place| concerns(&self.requests[place.0])).collect()
    }

    /// Shares the joint party's position out, and begins to count anew.
    pub(super) fn share(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let (owner, currency) = (self.pools[id.index()].rules.owner, self.pools[id.index()].rules.currency);
        let position = self.ledger.balance(currency, owner);
        for record in self.shares(now, id, position) {
            self.ledger.fixed(record.currency, record.payer, record.payee, record.amount);
            fx.billed(&record);
        }
        let Some(joint) = &mut self.pools[id.index()].joint else { return };
        let weights = weights(joint, now);
        joint.last_weights = weights;
        joint.restart(now);
    }

    /// All joint pools share what they have, when the books are closed.
    pub(super) fn share_all(&mut self, now: SimTime, fx: &mut impl Effects) {
        for id in (0..self.pools.len()).map(|index| PoolId(index as u32)) {
            if self.pools[id.index()].joint.is_some() {
                self.share(now, id, fx);
            }
        }
    }

    /// Tells what would be shared if the joint pools shared at `now`, open leases included; changes nothing.
    pub(super) fn cut_joint(&mut self, now: SimTime, fx: &mut impl Effects) {
        for id in (0..self.pools.len()).map(|index| PoolId(index as u32)) {
            if self.pools[id.index()].joint.is_none() {
                continue;
            }
            let (owner, currency) = (self.pools[id.index()].rules.owner, self.pools[id.index()].rules.currency);
            let mut position = self.ledger.balance(currency, owner);
            for place in self.requests.alive() {
                if self.requests[place].holds_in().is_none() {
                    continue;
                }
                let held = self.stretch(now, Place(place));
                let fee = held.charge.bill_share(self.fee_of(held.home, held.pool)).0;
                let amount = held.charge.bill().0 + if held.fee == 0 { Money::ZERO } else { fee };
                if held.payee == owner {
                    position += amount;
                }
                if held.payer == owner {
                    position -= amount;
                }
            }
            self.shares(now, id, position).iter().for_each(|record| fx.shared_so_far(record));
        }
    }

    /// The postings that share `position` out.
    fn shares(&mut self, now: SimTime, id: PoolId, position: Money) -> Vec<BillingRecord> {
        let rules = &self.pools[id.index()].rules;
        let (party, currency) = (rules.owner, rules.currency);
        let Some(joint) = &mut self.pools[id.index()].joint else { return Vec::new() };
        let weights = weights(joint, now);
        let owed = parts(position.units().unsigned_abs(), &weights);
        let partners: Vec<PoolId> = joint.partners.iter().map(|partner| partner.pool).collect();
        let mut records = Vec::new();
        for (partner, part) in partners.into_iter().zip(owed).filter(|(_, part)| *part > 0) {
            let owner = self.pools[partner.index()].rules.owner;
            let (payer, payee) = if position > Money::ZERO { (party, owner) } else { (owner, party) };
            records.push(BillingRecord {
                place: None,
                request: BillingRecord::NONE,
                lease: BillingRecord::NONE,
                home: partner,
                pool: id,
                tier: None,
                payer,
                payee,
                currency,
                kind: BillingKind::Sharing,
                amount: Money::from_units(i128::try_from(part).expect("a part of an amount")),
            });
        }
        records
    }
}

/// In which proportions the partners share what they had in common since the last time. Where there is nothing to go by,
/// as with leases of a burst that end after the split: as the last time, or by what was put in, or else in equal parts.
fn weights(joint: &mut Joint, now: SimTime) -> Vec<u128> {
    let sharing = joint.rules.sharing.clone();
    let last = joint.last_weights.clone();
    let (contributed, used, values) = joint.times(now);
    let positive = |times: Vec<i128>| times.into_iter().map(i128::unsigned_abs).collect::<Vec<u128>>();
    let wanted = match sharing {
        Sharing::Contribution => positive(contributed.clone()),
        Sharing::Usage => positive(used),
        Sharing::Shapley => positive(shapley(values)),
        Sharing::Fixed(shares) => shares.iter().copied().map(u128::from).collect(),
    };
    let is_some = |weights: &Vec<u128>| weights.iter().any(|weight| *weight > 0);
    let equal = vec![1; contributed.len()];
    [wanted, last, positive(contributed)].into_iter().find(is_some).unwrap_or(equal)
}

/// The Shapley values of a game of n players, times n!: `values[group]` is what a group is worth, given as a set of bits.
///
/// A player's value is what it adds to those who came before it, averaged over all orders in which the players may come.
///
/// # Panics
/// If the number of values is no power of two, or there are more than [`super::MOST_SHAPLEY`] players.
#[must_use]
pub fn shapley(values: &[i128]) -> Vec<i128> {
    assert!(values.len().is_power_of_two(), "a value for every group of players");
    let players = values.len().trailing_zeros() as usize;
    assert!(players <= super::MOST_SHAPLEY, "too many players");
    let factorial = |n: usize| (1..=n as i128).product::<i128>();
    let share = |player: usize| {
        let without = (0..values.len()).filter(|group| group >> player & 1 == 0);
        let added = without.map(|group| {
            let size = group.count_ones() as usize;
            // So many orders have this group before the player, and the others behind it.
            let orders = factorial(size) * factorial(players - size - 1);
            orders * (values[group | 1 << player] - values[group])
        });
        added.sum()
    };
    (0..players).map(share).collect()
}

/// `amount` in parts that are in proportion to the weights, not all of which are 0, by the largest remainders.
#[must_use]
pub fn parts(amount: u128, weights: &[u128]) -> Vec<u128> {
    // Weights so large that they cannot be added up lose their last bits.
    let largest = weights.iter().copied().max().unwrap_or(0);
    let shift = (128 - largest.leading_zeros()).saturating_sub(120);
    let weights: Vec<u128> = weights.iter().map(|weight| weight >> shift).collect();
    let whole: u128 = weights.iter().sum();
    let divided: Vec<(u128, u128)> = weights.iter().map(|weight| divide(amount, *weight, whole)).collect();
    let mut parts: Vec<u128> = divided.iter().map(|(part, _)| *part).collect();
    let left = amount - parts.iter().sum::<u128>();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(divided[*index].1));
    for index in order.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
        parts[index] += 1;
    }
    parts
}

/// `a` × `b` / `c` and what is left, for `b` <= `c` < 2^127: one bit of `a` at a time, so that no product is too large.
fn divide(a: u128, b: u128, c: u128) -> (u128, u128) {
    let (mut quotient, mut rest) = (0_u128, 0_u128);
    for bit in (0..u128::BITS - a.leading_zeros()).rev() {
        (quotient, rest) = (quotient << 1, rest << 1);
        if a >> bit & 1 == 1 {
            rest += b;
        }
        // Two doublings and an addition stay below 3 c.
        while rest >= c {
            (quotient, rest) = (quotient + 1, rest - c);
        }
    }
    (quotient, rest)
}

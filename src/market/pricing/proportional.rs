//! Proportional share: everybody is served at once, and the slots are divided by the bids.
//!
//! A member bids to spend up to bid × slots an hour. If all requests fit, each has its slots and pays the minimum. Else
//! the price is the one at which the slots just suffice: whoever bids at least the price has all of its slots at that
//! price, and everybody else spends its whole bid on a share of them.
//!
//! Source: the bid-proportional allocation of Tycoon (Lai, Rasmusson, Adar, Zhang, Huberman 2005), with shares limited
//! to what was asked for.

use crate::market::account::SLOT;
use crate::market::effects::Effects;
use crate::market::ids::PoolId;
use crate::market::marketplace::Marketplace;
use crate::market::pool::Pool;
use crate::units::{Price, SimTime};

pub(super) fn price(pool: &Pool) -> Price {
    pool.quoted.max(pool.minimum)
}

/// At the price; whoever bids less has a smaller share instead.
pub(super) fn unit(pool: &Pool, _: Price) -> Price {
    pool.integral.price()
}

/// Nobody spends more an hour than its bid for all the slots that it asked for.
pub(super) fn highest(bid: Price) -> Price {
    bid
}

/// What somebody asks for, and then gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Portion {
    slots: u32,
    bid: Price,
    /// Millionths of slots.
    share: i64,
    /// What it pays for them together, per hour.
    rate: Price,
}

/// Divides `capacity` slots (`None` without limit) among the portions, in any order, and returns the price.
fn divide(capacity: Option<u32>, minimum: Price, portions: &mut [Portion]) -> Price {
    let asked: i128 = portions.iter().map(|portion| i128::from(portion.slots)).sum();
    let Some(capacity) = capacity.map(i128::from).filter(|capacity| asked > *capacity) else {
        portions.iter_mut().for_each(|portion| give_all(portion, minimum.units()));
        return minimum;
    };
    let mut order: Vec<usize> = (0..portions.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(portions[*index].bid));
    let spends = |index: usize| i128::from(portions[index].bid.units()) * i128::from(portions[index].slots);
    let (mut left, mut spending) = (capacity, order.iter().map(|index| spends(*index)).sum::<i128>());
    let mut whole = 0;
    // Whoever bids at least the price of the others' slots gets all of its own.
    while let Some(&index) = order.get(whole)
        && i128::from(portions[index].bid.units()) * left >= spending
        && i128::from(portions[index].slots) <= left
        && spending > 0
    {
        left -= i128::from(portions[index].slots);
        spending -= spends(index);
        whole += 1;
    }
    let price = if left > 0 { spending / left } else { highest_bid(portions, &order[whole..]) };
    let price = price.max(i128::from(minimum.units()));
    for (rank, &index) in order.iter().enumerate() {
        if rank < whole {
            give_all(&mut portions[index], i64::try_from(price).unwrap_or(i64::MAX));
        } else {
            give_share(&mut portions[index], left, spending, asked);
        }
    }
    Price::from_units(i64::try_from(price).unwrap_or(i64::MAX))
}

fn highest_bid(portions: &[Portion], rest: &[usize]) -> i128 {
    rest.first().map_or(0, |index| i128::from(portions[*index].bid.units()))
}

fn give_all(portion: &mut Portion, price: i64) {
    portion.share = i64::from(portion.slots) * SLOT;
    portion.rate = Price::from_units(price).min(portion.bid).times(portion.slots);
}

/// A share of the `left` slots in proportion to what it spends; where nobody spends anything, to what it asks for.
fn give_share(portion: &mut Portion, left: i128, spending: i128, asked: i128) {
    let (weight, of) = match spending {
        0 => (i128::from(portion.slots), asked),
        _ => (i128::from(portion.bid.units()) * i128::from(portion.slots), spending),
    };
    // Weights so high that the product would not fit lose their last bits.
    let shift = (weight.ilog2_or_zero() + left.ilog2_or_zero() + 22).saturating_sub(126);
    let share = (weight >> shift) * left * i128::from(SLOT) / (of >> shift).max(1);
    portion.share = i64::try_from(share).unwrap_or(i64::MAX).min(i64::from(portion.slots) * SLOT);
    portion.rate = if portion.share == 0 { Price::ZERO } else { portion.bid.times(portion.slots) };
}

/// The number of the highest bit.
trait HighestBit {
    fn ilog2_or_zero(self) -> u32;
}

impl HighestBit for i128 {
    fn ilog2_or_zero(self) -> u32 {
        self.checked_ilog2().unwrap_or(0)
    }
}

impl Marketplace {
    /// Somebody came or went in a pool that divides its slots: everybody's share changes, and when its work is done.
    pub(in crate::market) fn divide_anew(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let pool = &mut self.pools[id.index()];
        if !pool.is_proportional() {
            return;
        }
        let accounts: Vec<u32> = pool.accounts.alive().into_iter().filter(|number| *number > 0).collect();
        let portion = |number: &u32| {
            let request = &self.requests[pool.accounts[*number].place.0];
            Portion { slots: request.slots, bid: request.bid, share: 0, rate: Price::ZERO }
        };
        let mut portions: Vec<Portion> = accounts.iter().map(portion).collect();
        pool.quoted = divide(pool.capacity, pool.minimum, &mut portions);
        let asked: u64 = portions.iter().map(|portion| u64::from(portion.slots)).sum();
        pool.occupied = asked.min(u64::from(pool.capacity.unwrap_or(u32::MAX))) as u32;
        for (number, portion) in accounts.into_iter().zip(portions) {
            let account = &mut pool.accounts[number];
            account.set_share(now, portion.share);
            account.set_rate(now, portion.rate);
            let request = &self.requests[account.place.0];
            let due = account.due(now, portion.slots, pool.rules.speed.time_for(request.work));
            fx.due(account.place, request, due);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(capacity: u32, minimum: i64, asks: &[(u32, i64)]) -> (i64, Vec<(i64, i64)>) {
        let portion = |(slots, bid): &(u32, i64)| Portion {
            slots: *slots,
            bid: Price::from_units(*bid),
            share: 0,
            rate: Price::ZERO,
        };
        let mut portions: Vec<Portion> = asks.iter().map(portion).collect();
        let price = divide(Some(capacity), Price::from_units(minimum), &mut portions);
        (price.units(), portions.iter().map(|portion| (portion.share, portion.rate.units())).collect())
    }

    #[test]
    fn shares_by_hand() {
        let one = SLOT;
        // capacity, minimum, (slots, bid)...  -> price, (share, rate)...
        for (capacity, minimum, asks, price, shares) in [
            (2, 1, vec![], 1, vec![]),
            (2, 1, vec![(1, 5), (1, 3)], 1, vec![(one, 1), (one, 1)]),
            (1, 1, vec![(1, 5), (1, 5)], 10, vec![(one / 2, 5), (one / 2, 5)]),
            (1, 1, vec![(1, 6), (1, 2)], 8, vec![(3 * one / 4, 6), (one / 4, 2)]),
            // The first bids at least what the others pay for the slot that it leaves: it has its slot whole.
            (2, 0, vec![(1, 9), (1, 2), (1, 2)], 4, vec![(one, 4), (one / 2, 2), (one / 2, 2)]),
            (3, 0, vec![(2, 4), (2, 4)], 5, vec![(3 * one / 2, 8), (3 * one / 2, 8)]),
            // Nobody spends anything: by what is asked for.
            (1, 0, vec![(1, 0), (3, 0)], 0, vec![(one / 4, 0), (3 * one / 4, 0)]),
            (0, 2, vec![(1, 5)], 5, vec![(0, 0)]),
        ] {
            assert_eq!(divided(capacity, minimum, &asks), (price, shares), "{capacity} {minimum} {asks:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_given_twice_and_nobody_spends_more_than_its_bid(
            capacity in 0_u32..20,
            minimum in 0_i64..5,
            asks in proptest::collection::vec((1_u32..6, 5_i64..1_000_000_000_000), 0..12),
        ) {
            let (price, given) = divided(capacity, minimum, &asks);
            let asked: u32 = asks.iter().map(|ask| ask.0).sum();
            let total: i64 = given.iter().map(|(share, _)| share).sum();
            let full = i64::from(asked.min(capacity)) * SLOT;
            assert!(total <= full && total >= full - given.len() as i64, "{total} of {full}");
            for ((slots, bid), (share, rate)) in asks.iter().zip(&given) {
                assert!(*share <= i64::from(*slots) * SLOT && *rate <= bid * i64::from(*slots));
                // Everybody pays the price for what it gets, to within a unit per slot and the last millionth.
                let due = i128::from(price) * i128::from(*share) / i128::from(SLOT);
                assert!((i128::from(*rate) - due).abs() <= i128::from(*slots) + i128::from(price / SLOT) + 1);
            }
        }
    }
}

//! The rounds of a pool's auctions.

use super::knapsack::{self, Want};
use super::spread::Spread;
use crate::market::Round;
use crate::units::Price;

/// Sums over the rounds of one pool that were decided inside the window. Amounts are in units of price per hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RoundMeter {
    pub(super) rounds: u64,
    /// Slots sold.
    pub(super) sold: u64,
    /// Bidders, in each round anew.
    pub(super) bidders: u64,
    /// What the buyers pay.
    pub(super) revenue: i128,
    /// What the slots sold are worth to their buyers.
    pub(super) welfare: i128,
    /// The same of the buyers whose value is at least the minimum.
    pub(super) welfare_above_minimum: i128,
    /// The most that could have been.
    pub(super) optimum: i128,
    /// Sum of the bidders' regrets.
    pub(super) regret: i128,
    /// Prices of the rounds in which something was sold.
    pub(super) price: Spread,
}

impl RoundMeter {
    /// Counts a round; `value` is what a slot is worth to who made a request.
    pub(super) fn count(&mut self, round: &Round<'_>, value: impl Fn(u64) -> Price) {
        self.rounds += 1;
        self.bidders += round.bids.len() as u64;
        for sale in round.sales {
            let worth = times(value(sale.request), sale.slots);
            self.sold += u64::from(sale.slots);
            self.revenue += i128::from(sale.rate.units());
            self.welfare += worth;
            if value(sale.request) >= round.minimum {
                self.welfare_above_minimum += worth;
            }
        }
        if !round.sales.is_empty() {
            self.price.add(round.price, 1);
        }
        self.optimum += optimum(round, &value);
        self.regret += regret(round, &value);
    }
}

fn times(price: Price, slots: u32) -> i128 {
    i128::from(price.units()) * i128::from(slots)
}

/// Maximises Σ value × slots over the sets of bidders that fit, whole, into the slots for sale and value a slot at the
/// minimum or more.
fn optimum(round: &Round<'_>, value: &impl Fn(u64) -> Price) -> i128 {
    let able = round.bids.iter().filter(|bid| value(bid.request) >= round.minimum);
    let mut wants = able.map(|bid| Want { slots: bid.slots, value: value(bid.request).units() }).collect();
    knapsack::optimum(round.slots, &mut wants)
}

/// What the bidders would have gained beyond what they did gain, had each been free to buy at the round's price or not.
fn regret(round: &Round<'_>, value: &impl Fn(u64) -> Price) -> i128 {
    let could = |request, slots| (times(value(request), slots) - times(round.price, slots)).max(0);
    let mut all: i128 = round.bids.iter().map(|bid| could(bid.request, bid.slots)).sum();
    for sale in round.sales {
        // A winner's own was counted among them: what counts is how far it is above what the winner did gain.
        let (could, did) =
            (could(sale.request, sale.slots), times(value(sale.request), sale.slots) - i128::from(sale.rate.units()));
        all += (could - did).max(0) - could;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{Bid, PoolId, Sale};
    use crate::units::SimTime;

    /// Values of the bidders by request.
    const VALUES: [i64; 4] = [10, 8, 5, 2];

    fn meter(slots: u32, bidders: &[(u64, u32)], sales: &[(u64, u32, i64)], price: i64) -> RoundMeter {
        let bid = |(request, slots): &(u64, u32)| Bid { request: *request, slots: *slots, bid: Price::ZERO };
        let bids: Vec<_> = bidders.iter().map(bid).collect();
        let sale = |(request, slots, rate): &(u64, u32, i64)| Sale {
            request: *request,
            slots: *slots,
            rate: Price::from_units(*rate),
        };
        let sales: Vec<_> = sales.iter().map(sale).collect();
        let round = Round {
            pool: PoolId(0),
            opened: SimTime::ZERO,
            slots,
            minimum: Price::from_units(3),
            price: Price::from_units(price),
            bids: &bids,
            sales: &sales,
        };
        let mut meter = RoundMeter::default();
        meter.count(&round, |request| Price::from_units(VALUES[request as usize]));
        meter
    }

    #[test]
    fn the_best_bidders_at_the_best_losing_bid_leave_nothing_to_be_wished_for() {
        let meter = meter(2, &[(0, 1), (1, 1), (2, 1), (3, 1)], &[(0, 1, 5), (1, 1, 5)], 5);
        assert_eq!((meter.rounds, meter.bidders, meter.sold, meter.revenue), (1, 4, 2, 10));
        assert_eq!((meter.welfare, meter.optimum, meter.regret), (18, 18, 0));
    }

    #[test]
    fn who_pays_more_than_the_price_regrets_the_difference_and_so_does_who_was_passed_over() {
        // Request 0 pays 9 where the price is 4; request 1 has nothing, and would have gained 8 - 4.
        let meter = meter(1, &[(0, 1), (1, 1)], &[(0, 1, 9)], 4);
        assert_eq!(meter.regret, 5 + 4);
    }

    #[test]
    fn a_buyer_that_values_a_slot_below_the_minimum_is_no_part_of_the_problem() {
        let meter = meter(2, &[(2, 1), (3, 1)], &[(2, 1, 3), (3, 1, 3)], 3);
        assert_eq!((meter.welfare, meter.welfare_above_minimum, meter.optimum), (7, 5, 5));
        // It paid 3 for what is worth 2 to it.
        assert_eq!(meter.regret, 1);
    }

    #[test]
    fn large_bidders_fit_whole_or_not_at_all() {
        let meter = meter(4, &[(0, 3), (1, 2), (2, 2)], &[(0, 3, 24)], 8);
        assert_eq!((meter.welfare, meter.optimum), (30, 30));
        let meter = self::meter(4, &[(0, 2), (1, 3), (2, 1)], &[(0, 2, 16), (2, 1, 5)], 5);
        assert_eq!((meter.welfare, meter.optimum), (25, 29));
    }

    #[test]
    fn a_round_without_a_sale_has_no_price() {
        let meter = meter(4, &[(3, 1)], &[], 3);
        assert_eq!((meter.rounds, meter.price, meter.optimum), (1, Spread::default(), 0));
    }
}

//! Auctions in time: rounds open, clocks tick, and slots are sold.
//!
//! Whoever waits in the pool is a bidder. A sealed round is decided when it closes. A clock is looked at only at the ticks
//! at which something happens: as long as nobody comes or goes, that is known in advance, and whenever somebody does, it
//! is worked out anew.

use std::collections::BTreeMap;

use super::auction::{self, Award, Decision, Lot};
use super::book::Entry;
use super::command::Alarm;
use super::effects::Effects;
use super::ids::{Place, PoolId};
use super::marketplace::Marketplace;
use super::records::{Bid, Refusal, Round, Sale};
use super::request::State;
use super::rules::{AuctionMethod, AuctionRules, EnglishClock, Fit, LateBidders, Losers, Pricing};
use super::settlement::Terms;
use crate::units::{Price, SimDuration, SimTime};

/// The round that is open, if one is.
#[derive(Clone, Debug, Default)]
pub(super) struct Rounds {
    open: Option<OpenRound>,
}

#[derive(Clone, Debug)]
struct OpenRound {
    opened: SimTime,
    /// The minimum in force when it opened: an ascending clock starts no lower, and keeps its calls when that moves.
    minimum: Price,
    /// Slots that were free when it opened, and are not sold yet.
    slots: u32,
    /// Everybody who has bid in it, as first seen, by number of the request.
    bidders: BTreeMap<u64, Bidder>,
    sales: Vec<Sale>,
    /// The last call at which a descending clock sold something.
    price: Option<Price>,
}

impl OpenRound {
    /// Slots that it had to sell.
    fn offered(&self) -> u32 {
        self.slots + self.sales.iter().map(|sale| sale.slots).sum::<u32>()
    }
}

#[derive(Clone, Copy, Debug)]
struct Bidder {
    place: Place,
    slots: u32,
    bid: Price,
}

impl Marketplace {
    /// A round opens, a clock ticks, or a round closes.
    pub(super) fn round_alarm(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let rules = *self.auction_rules(id);
        if self.pools[id.index()].is_down {
            return self.await_round(now, id, fx);
        }
        if self.pools[id.index()].rounds.open.is_none() {
            self.open_round(now, id);
            if rules.method.is_sealed() && rules.bidding > SimDuration::ZERO {
                fx.alarm(Alarm::Round(id), now.saturating_add(rules.bidding));
                return;
            }
        }
        match rules.method {
            AuctionMethod::English(_) | AuctionMethod::Dutch(_) => self.tick(now, id, &rules, fx),
            _ => self.close_sealed(now, id, &rules, fx),
        }
        self.refresh(now, id, fx);
    }

    fn auction_rules(&self, id: PoolId) -> &AuctionRules {
        match &self.pools[id.index()].rules.pricing {
            Pricing::Auction(rules) => rules,
            _ => unreachable!("only auctions are held in rounds"),
        }
    }

    fn open_round(&mut self, now: SimTime, id: PoolId) {
        let pool = &mut self.pools[id.index()];
        let slots = pool.supply().free();
        let (bidders, sales, price) = (BTreeMap::new(), Vec::new(), None);
        let minimum = pool.minimum;
        pool.rounds.open = Some(OpenRound { opened: now, minimum, slots, bidders, sales, price });
    }

    /// The bids in the open round, best first, and the slots that it still has to sell.
    fn bids(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) -> (Lot, Vec<Entry>) {
        let AuctionRules { method, cap, .. } = *self.auction_rules(id);
        let late = method.late_bidders();
        let opened = self.round_of(id).opened;
        let is_late = |market: &Self, place: Place| match market.requests[place.0].state {
            State::Waiting { since } => since > opened,
            _ => true,
        };
        let mut bids = self.bidders(now, id);
        match late {
            Some(LateBidders::NextRound) => bids.retain(|entry| !is_late(self, entry.place)),
            Some(LateBidders::Join) => bids.retain(|entry| !is_late(self, entry.place) || self.can_join(id, entry)),
            None => {}
        }
        let pool = &mut self.pools[id.index()];
        let (minimum, fit, free) = (pool.minimum, pool.rules.fit, pool.supply().free());
        let round = pool.rounds.open.as_mut().expect("a round is open");
        for bid in &bids {
            round.bidders.entry(bid.number).or_insert_with(|| {
                fx.bid(id, bid.place, &self.requests[bid.place.0]);
                Bidder { place: bid.place, slots: bid.slots, bid: bid.bid }
            });
        }
        let lot = Lot { slots: round.slots.min(free), minimum, fit };
        if let (AuctionMethod::English(_), Some(cap)) = (method, cap) {
            // The clock does not rise above the cap, whatever is bid.
            bids.iter_mut().for_each(|entry| entry.bid = entry.bid.min(cap));
        }
        if late.is_some() && fit == Fit::Fill {
            // Whoever wants more than a clock has left cannot accept, and does not hold up the others.
            bids.retain(|entry| entry.slots <= lot.slots);
        }
        (lot, bids)
    }

    /// May somebody who came while the clock runs take part? Not in an ascending clock that has gone past its bid already:
    /// such a bid never affirms a call, and so must not come back for what is left over.
    fn can_join(&self, id: PoolId, bid: &Entry) -> bool {
        let AuctionMethod::English(clock) = &self.auction_rules(id).method else { return true };
        let State::Waiting { since } = self.requests[bid.place.0].state else { return false };
        let round = self.round_of(id);
        let lot = Lot { slots: 0, minimum: round.minimum, fit: Fit::Fill };
        let first = tick_at(since - round.opened, clock.tick.ticks());
        bid.bid >= auction::english::call(clock, &lot, first)
    }

    fn round_of(&self, id: PoolId) -> &OpenRound {
        self.pools[id.index()].rounds.open.as_ref().expect("a round is open")
    }

    fn close_sealed(&mut self, now: SimTime, id: PoolId, rules: &AuctionRules, fx: &mut impl Effects) {
        // Slots that became free while bids were taken are sold as well.
        let free = self.pools[id.index()].supply().free();
        if let Some(round) = &mut self.pools[id.index()].rounds.open {
            round.slots = free;
        }
        let (lot, bids) = self.bids(now, id, fx);
        let decision = auction::decide(&rules.method, &lot, &bids);
        self.sell(now, id, rules, &decision, fx);
        self.close_round(now, id, rules, decision.price, fx);
    }

    /// The clock is looked at: does it sell something now, does it end, and if not, when is it looked at again?
    fn tick(&mut self, now: SimTime, id: PoolId, rules: &AuctionRules, fx: &mut impl Effects) {
        loop {
            let (lot, bids) = self.bids(now, id, fx);
            if lot.slots == 0 || bids.is_empty() && matches!(rules.method, AuctionMethod::English(_)) {
                let price = self.round_of(id).price.unwrap_or(lot.minimum);
                return self.close_round(now, id, rules, price, fx);
            }
            let (tick, at) = self.next_tick(now, id, rules, &lot, &bids);
            if at > now {
                fx.alarm(Alarm::Round(id), at);
                return;
            }
            let is_last = match &rules.method {
                AuctionMethod::English(clock) => {
                    let (clock, from) = self.ascending(id, clock, &lot);
                    let decision = auction::english::decide(&clock, &from, &bids, tick);
                    let decision = self.at_least_the_minimum(decision, lot.minimum);
                    self.sell(now, id, rules, &decision, fx);
                    true
                }
                AuctionMethod::Dutch(clock) => {
                    let decision = auction::dutch::decide(clock, &lot, &bids, tick);
                    self.sell(now, id, rules, &decision, fx);
                    decision.awards.is_empty() || tick >= auction::dutch::last_tick(clock, &lot)
                }
                _ => unreachable!("only clocks tick"),
            };
            if is_last {
                let price = self.round_of(id).price.unwrap_or(lot.minimum);
                return self.close_round(now, id, rules, price, fx);
            }
        }
    }

    /// The next tick at which something happens, and when it is.
    fn next_tick(&self, now: SimTime, id: PoolId, rules: &AuctionRules, lot: &Lot, bids: &[Entry]) -> (i64, SimTime) {
        let opened = self.round_of(id).opened;
        let length = rules.method.tick();
        let from = tick_at(now - opened, length);
        let tick = match &rules.method {
            AuctionMethod::English(clock) => {
                let (clock, lot) = self.ascending(id, clock, lot);
                auction::english::closing_tick(&clock, &lot, bids, from)
            }
            AuctionMethod::Dutch(clock) => auction::dutch::next_tick(clock, lot, bids, from),
            _ => unreachable!("only clocks tick"),
        };
        (tick, opened.saturating_add(SimDuration::from_ticks(tick.saturating_mul(length))))
    }

    /// An ascending clock as it was when it opened. Its calls stay where they are when the minimum moves: else they would
    /// jump, or fall.
    fn ascending(&self, id: PoolId, clock: &EnglishClock, lot: &Lot) -> (EnglishClock, Lot) {
        let opening = clock.opening.max(self.round_of(id).minimum);
        (EnglishClock { opening, ..*clock }, Lot { minimum: lot.minimum.min(opening), ..*lot })
    }

    /// Nothing is sold below the minimum, though the calls were lower when it rose.
    fn at_least_the_minimum(&self, mut decision: Decision, minimum: Price) -> Decision {
        decision.price = decision.price.max(minimum);
        for award in &mut decision.awards {
            award.standing = award.standing.max(minimum);
            award.rate = award.rate.max(minimum.times(self.requests[award.place.0].slots));
        }
        decision
    }

    /// Somebody came, went, or changed its bid while a clock runs: what happens next is worked out anew.
    pub(super) fn bids_changed(&mut self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let pool = &self.pools[id.index()];
        let Pricing::Auction(rules) = &pool.rules.pricing else { return };
        if pool.rounds.open.is_none() || rules.method.is_sealed() || rules.method.tick() == 0 {
            return;
        }
        let rules = *rules;
        let (lot, bids) = self.bids(now, id, fx);
        let at = match lot.slots == 0 || bids.is_empty() {
            true => now,
            false => self.next_tick(now, id, &rules, &lot, &bids).1,
        };
        fx.alarm(Alarm::Round(id), at.max(now));
    }

    fn sell(&mut self, now: SimTime, id: PoolId, rules: &AuctionRules, decision: &Decision, fx: &mut impl Effects) {
        for &Award { place, standing, rate } in &decision.awards {
            let (request, slots) = (self.requests[place.0].number, self.requests[place.0].slots);
            let rate = rules.cap.map_or(rate, |cap| rate.min(cap.times(slots)));
            self.leave_queue(now, place, fx);
            self.begin_lease(now, place, id, Terms { tier: None, bid: standing, rate: Some(rate) }, fx);
            let round = self.pools[id.index()].rounds.open.as_mut().expect("a round is open");
            round.slots -= slots;
            round.sales.push(Sale { request, slots, rate });
            round.price = Some(decision.price);
        }
    }

    fn close_round(&mut self, now: SimTime, id: PoolId, rules: &AuctionRules, price: Price, fx: &mut impl Effects) {
        let round = self.pools[id.index()].rounds.open.take().expect("a round is open");
        let pool = &mut self.pools[id.index()];
        pool.quoted = rules.cap.map_or(price, |cap| price.min(cap));
        let (minimum, price) = (pool.minimum, pool.quoted);
        let mut bids: Vec<Bid> = Vec::with_capacity(round.bidders.len());
        bids.extend(round.bidders.iter().map(|(&request, &Bidder { slots, bid, .. })| Bid { request, slots, bid }));
        bids.sort_by_key(|bid| std::cmp::Reverse(bid.bid));
        let (slots, sales) = (round.offered(), &round.sales);
        fx.round(&Round { pool: id, opened: round.opened, slots, minimum, price, bids: &bids, sales });
        self.await_round(now, id, fx);
        if rules.losers == Losers::Leave {
            self.dismiss_losers(now, &round, fx);
        }
    }

    /// The next round opens at the next multiple of its period.
    fn await_round(&self, now: SimTime, id: PoolId, fx: &mut impl Effects) {
        let every = self.auction_rules(id).every.ticks().max(1);
        let next = (now.ticks() / every).saturating_add(1).saturating_mul(every);
        fx.alarm(Alarm::Round(id), SimTime::from_ticks(next));
    }

    /// Whoever bid in the round and won nothing is refused; it may burst before.
    fn dismiss_losers(&mut self, now: SimTime, round: &OpenRound, fx: &mut impl Effects) {
        let refusal = if round.offered() == 0 { Refusal::Capacity } else { Refusal::Outbid };
        for (&number, &Bidder { place, .. }) in &round.bidders {
            let request = &self.requests[place.0];
            if request.number != number || !request.is_waiting() {
                continue;
            }
            self.leave_queue(now, place, fx);
            if self.burst(now, place, fx).is_err() {
                self.refuse(place, refusal, fx);
            }
        }
    }
}

/// The first tick of this length that is not over so long after the round opened. With a tick of no length, the whole
/// clock runs in one instant.
fn tick_at(after: SimDuration, length: i64) -> i64 {
    after.ticks().checked_add(length - 1).and_then(|ticks| ticks.checked_div(length)).unwrap_or(0)
}

impl AuctionMethod {
    fn is_sealed(&self) -> bool {
        !matches!(self, Self::English(_) | Self::Dutch(_))
    }

    fn late_bidders(&self) -> Option<LateBidders> {
        match self {
            Self::English(clock) => Some(clock.late),
            Self::Dutch(clock) => Some(clock.late),
            _ => None,
        }
    }

    /// Time between two ticks of a clock, in ticks of simulation time.
    fn tick(&self) -> i64 {
        match self {
            Self::English(clock) => clock.tick.ticks(),
            Self::Dutch(clock) => clock.tick.ticks(),
            _ => 0,
        }
    }
}

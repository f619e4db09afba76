//! The state as the owner's formulas see it.

use super::formula::{Formula, Variables};
use super::ids::{Place, PoolId};
use super::marketplace::Marketplace;
use super::pool::Pool;
use super::request::State;
use crate::units::{PARTS_PER_WHOLE, SimDuration, SimTime, TICKS_PER_SECOND};

const SECONDS_PER_DAY: i64 = 86_400;

impl Marketplace {
    /// The variables of a pool.
    pub(super) fn variables(&self, now: SimTime, id: PoolId) -> Variables {
        let pool = &self.pools[id.index()];
        let level = pool.level();
        let time = now.ticks() / TICKS_PER_SECOND;
        let of_day = time % SECONDS_PER_DAY;
        Variables {
            time,
            hour_of_day: of_day / 3600,
            minute_of_day: of_day / 60,
            day_of_week: time / SECONDS_PER_DAY % 7,
            capacity: pool.slots_there().map_or(i64::MAX, i64::from),
            occupied: i64::from(pool.occupied),
            utilisation: utilisation(pool),
            queue_length: i64::from(pool.waiting_members),
            price: level.price.units(),
            minimum: pool.minimum.units(),
            highest_waiting_bid: pool.book.waiting().map(|entry| entry.bid.units()).max().unwrap_or(0),
            ..Variables::default()
        }
    }

    /// The variables of a pool and of a request that waits in it or holds its slots.
    /// `of_pool` are those of the pool alone, the same for all of its requests.
    pub(super) fn variables_of(&self, now: SimTime, id: PoolId, place: Place, of_pool: &Variables) -> Variables {
        let (pool, request) = (&self.pools[id.index()], &self.requests[place.0]);
        let waiting = match request.state {
            State::Waiting { since } => now - since,
            _ => SimDuration::ZERO,
        };
        let running = request.lease().map_or(SimDuration::ZERO, |lease| now - lease.start);
        let seconds = |span: SimDuration| span.ticks() / TICKS_PER_SECOND;
        let mut variables = Variables {
            // What a burst bids in its own pool may be in another currency.
            bid: request.lease().filter(|lease| lease.tier.is_some()).map_or(request.bid, |lease| lease.bid).units(),
            slots: i64::from(request.slots),
            waiting_time: seconds(request.waited + waiting),
            running_time: seconds(running),
            declared_duration: seconds(request.declared),
            ..*of_pool
        };
        if let Some(fairness) = &pool.fairness {
            let slot_seconds = |used: i128| i64::try_from(used / i128::from(TICKS_PER_SECOND)).unwrap_or(i64::MAX);
            let (member, department) = fairness.usage(now, request.payer);
            variables.member_slots = i64::from(fairness.member_slots(request.payer));
            variables.department_slots = i64::from(fairness.department_slots(request.payer));
            variables.member_usage = slot_seconds(member);
            variables.department_usage = slot_seconds(department);
        }
        variables
    }

    /// The value of a formula of this pool. Where it has none, that is the [`Marketplace::fault`] of this marketplace, and
    /// the answer is nothing: what was computed before stays good.
    pub(super) fn evaluate(&mut self, id: PoolId, formula: &dyn Formula, variables: &Variables) -> Option<i64> {
        match formula.evaluate(variables) {
            Ok(value) => Some(value),
            Err(message) => {
                self.fault.get_or_insert((id, message));
                None
            }
        }
    }
}

/// Slots held per slot, in millionths.
fn utilisation(pool: &Pool) -> i64 {
    match pool.slots_there() {
        None => 0,
        Some(0) => i64::from(PARTS_PER_WHOLE),
        Some(capacity) => i64::from(pool.occupied) * i64::from(PARTS_PER_WHOLE) / i64::from(capacity),
    }
}

//! The customer's own formulas: what they may read, and where they are plugged in.
//!
//! A formula is an expression over the integers of [`Variables`]. The marketplace knows only that it can be evaluated;
//! whoever reads the customer's policy (a scenario file, a service) brings the expression language. A pool without a
//! formula pays nothing for it.

use std::fmt;
use std::sync::Arc;

use crate::units::SimDuration;

/// A rule that its owner wrote: a function of the state, without memory.
pub trait Formula: fmt::Debug + Send + Sync {
    /// The value for these variables. Equal variables must give equal values.
    ///
    /// # Errors
    /// A sentence, if there is no value: an overflow, a division by zero.
    fn evaluate(&self, variables: &Variables) -> Result<i64, String>;
}

/// A minimum price that follows the state of the pool.
#[derive(Clone, Debug)]
pub struct MinimumFormula {
    /// The minimum in units of price; below zero counts as zero, and above the pool's cap as the cap.
    pub formula: Arc<dyn Formula>,
    /// How often it is evaluated, from time 0 on.
    pub every: SimDuration,
}

/// What a formula may read. Prices in units of price, shares in millionths, times in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Variables {
    /// Seconds since the start.
    pub time: i64,
    /// Hour of the day, 0 to 23; the day begins at time 0.
    pub hour_of_day: i64,
    /// Minute of the day, 0 to 1439.
    pub minute_of_day: i64,
    /// Day of the week, 0 to 6; the week begins at time 0.
    pub day_of_week: i64,
    /// Slots of the pool; `i64::MAX` without limit.
    pub capacity: i64,
    /// Slots held.
    pub occupied: i64,
    /// Slots held / slots, in millionths; 0 without limit, 1,000,000 in a pool without slots.
    pub utilisation: i64,
    /// Requests that wait.
    pub queue_length: i64,
    /// The price in force.
    pub price: i64,
    /// The minimum in force.
    pub minimum: i64,
    /// The highest waiting bid, 0 if nobody waits.
    pub highest_waiting_bid: i64,
    /// What follows is of one request; 0 in a formula for a price. Its bid (posted price: its limit).
    pub bid: i64,
    /// Its slots.
    pub slots: i64,
    /// Seconds for which it has waited in all.
    pub waiting_time: i64,
    /// Seconds for which its lease has run; 0 while it waits.
    pub running_time: i64,
    /// Its declared duration in seconds.
    pub declared_duration: i64,
    /// Slots that its member holds in the pool.
    pub member_slots: i64,
    /// Slots that its department holds in the pool.
    pub department_slots: i64,
    /// Slot-seconds that its member has used in the pool so far.
    pub member_usage: i64,
    /// Slot-seconds that its department has used in the pool so far.
    pub department_usage: i64,
}

impl Variables {
    /// Names of the variables of a pool, as an expression may use them.
    pub const OF_POOL: [&'static str; 11] = [
        "time",
        "hour_of_day",
        "minute_of_day",
        "day_of_week",
        "capacity",
        "occupied",
        "utilisation",
        "queue_length",
        "price",
        "minimum",
        "highest_waiting_bid",
    ];

    /// Names of the variables of a request.
    pub const OF_REQUEST: [&'static str; 9] = [
        "bid",
        "slots",
        "waiting_time",
        "running_time",
        "declared_duration",
        "member_slots",
        "department_slots",
        "member_usage",
        "department_usage",
    ];

    /// The value of the variable of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<i64> {
        Self::reader(name).map(|read| read(self))
    }

    /// What reads the variable of this name: looked up once, it costs nothing to read the variable often.
    #[must_use]
    pub fn reader(name: &str) -> Option<fn(&Self) -> i64> {
        Some(match name {
            "time" => |variables| variables.time,
            "hour_of_day" => |variables| variables.hour_of_day,
            "minute_of_day" => |variables| variables.minute_of_day,
            "day_of_week" => |variables| variables.day_of_week,
            "capacity" => |variables| variables.capacity,
            "occupied" => |variables| variables.occupied,
            "utilisation" => |variables| variables.utilisation,
            "queue_length" => |variables| variables.queue_length,
            "price" => |variables| variables.price,
            "minimum" => |variables| variables.minimum,
            "highest_waiting_bid" => |variables| variables.highest_waiting_bid,
            "bid" => |variables| variables.bid,
            "slots" => |variables| variables.slots,
            "waiting_time" => |variables| variables.waiting_time,
            "running_time" => |variables| variables.running_time,
            "declared_duration" => |variables| variables.declared_duration,
            "member_slots" => |variables| variables.member_slots,
            "department_slots" => |variables| variables.department_slots,
            "member_usage" => |variables| variables.member_usage,
            "department_usage" => |variables| variables.department_usage,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Variables;

    #[test]
    fn every_name_is_a_variable() {
        let variables = Variables::default();
        for name in Variables::OF_POOL.iter().chain(&Variables::OF_REQUEST) {
            assert_eq!(variables.get(name), Some(0), "{name}");
        }
        assert_eq!(variables.get("value"), None, "what a slot is worth to its holder is nobody else's business");
    }
}

//! Requests that are served in part.

use overspill::market::{Interrupted, PoolRules, Slots};

use crate::driver::{PROVIDER, price, spot};
use crate::script::{Cases, ROOM, outcome, play};

#[test]
fn whoever_arrives_takes_what_is_free_if_it_finds_less_than_it_asks_for() {
    let mut table = Cases::default();
    let posted = |rules| PoolRules { serves_in_part: true, ..rules };
    let lost = posted(PoolRules::posted(PROVIDER, Slots::Count(3), price(2)));
    let waits = PoolRules { waiting: Some(ROOM), ..lost.clone() };
    let spot = posted(PoolRules { interrupted: Some(Interrupted::Lost), ..spot(PROVIDER, 3) });
    let whole = PoolRules { serves_in_part: false, ..lost.clone() };
    #[rustfmt::skip]
    let cases = [
        // pool     script                     outcome: what is owed tells the slots
        (&whole,  "a9x2/5 b9x3/4 9:",        "a0-5:20C bR(capacity)"),
        (&lost,   "a9x2/5 b9x3/4 9:",        "a0-5:20C b0-4:8C"),
        // More than the pool can ever have; and what fits is served whole.
        (&lost,   "a9x7/5 9:",               "a0-5:30C"),
        (&lost,   "a9x1/5 b9x2/4 9:",        "a0-5:10C b0-4:16C"),
        // None is free: it is refused, or waits for all of its slots.
        (&lost,   "a9x3/5 b9x2/4 9:",        "a0-5:30C bR(capacity)"),
        (&waits,  "a9x3/5 b9x2/4 9:",        "a0-5:30C b5-9:16C"),
        // A limit below the price takes nothing; slots come back as many as were taken.
        (&lost,   "a1x7/5 b9x2/4 9:",        "aR(price) b0-4:16C"),
        (&lost,   "a9x7/5 6: b9x3/2 9:",     "a0-5:30C b6-8:12C"),
        // It displaces whom it can whole; in part it displaces nobody.
        (&spot,   "a5x2/9 b7x3/4 9:",        "a0-0:0L b0-4:84C"),
        (&spot,   "a5x2/9 b4x3/4 9:",        "a0-9:32C b0-4:16C"),
    ];
    for (pool, script, expected) in cases {
        table.expect(script, &outcome(&play(vec![pool.clone()], script)), expected);
    }
}

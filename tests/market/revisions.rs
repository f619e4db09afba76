//! Members change their bids, or take their requests back.

use overspill::market::{
    AuctionMethod, AuctionRules, BelowMinimum, Interrupted, InterruptionRules, Losers, Payment, PoolRules, PriceRule,
    Pricing, Revision, SpotRules, Term, WaitingOrder, WaitingRoom,
};

use crate::driver::{price, ticks};
use crate::script::{Cases, outcome, play, waiting_pool};

const LOWEST: SpotRules = SpotRules::continuous(PriceRule::LowestAccepted, Payment::UniformPrice);
const OWN_BID: SpotRules = SpotRules::continuous(PriceRule::LowestAccepted, Payment::OwnBid);

fn spot(rules: SpotRules, revision: Revision) -> PoolRules {
    PoolRules { pricing: Pricing::Spot(rules), minimum: price(2), revision, ..waiting_pool(1) }
}

#[test]
fn bids_are_changed_where_the_pool_allows_it() {
    use Revision::{Always, Never, Waiting};
    let mut table = Cases::default();
    #[rustfmt::skip]
    let cases = [
        // rules   allowed  script                             outcome
        (LOWEST,   Never,   "a5 b4 3: b=9 10:",                "a0-10:50O bO"),
        (LOWEST,   Never,   "a5 b4 3: a=3 10:",                "a0-10:50O bO"),
        (LOWEST,   Waiting, "a5 b4 3: b=9 10:",                "a0-3:15O b3-10:63O"),
        (LOWEST,   Waiting, "a5 b4 3: b=5 10:",                "a0-10:50O bO"),
        (LOWEST,   Waiting, "a5 b4 3: a=3 10:",                "a0-10:50O bO"),
        (LOWEST,   Always,  "a5 b4 3: a=3 10:",                "a0-3:15O b3-10:28O"),
        (LOWEST,   Always,  "a5 b4 3: a=4 10:",                "a0-10:43O bO"),
        (LOWEST,   Always,  "a5 b4 3: a=7 5: b=6 10:",         "a0-10:64O bO"),
        // What was owed at the old bid is owed; the new one holds from now on.
        (OWN_BID,  Always,  "a5 3: a=9 10:",                   "a0-10:78O"),
        (OWN_BID,  Always,  "a5 3: a=3 10:",                   "a0-10:36O"),
        // A waiting bid keeps its time of arrival.
        (LOWEST,   Waiting, "a9/5 b4/5 c4/5 3: b=3 4: b=4 20:", "a0-5:45C b5-10:20C c10-15:20C"),
        // Below the minimum: refused, or interrupted.
        (LOWEST,   Always,  "a5 b4 3: b=1 10:",                "a0-10:50O bR(price)"),
        (LOWEST,   Always,  "a5 3: a=1 10:",                   "a0-3:15L"),
        (LOWEST,   Always,  "a5 3: a=2 10:",                   "a0-10:29O"),
        // A request taken back is gone; one that runs is not taken back.
        (LOWEST,   Never,   "a5 b4/2 3: -b 10:",               "a0-10:50O bW"),
        (LOWEST,   Never,   "a5 3: -a 10:",                    "a0-10:50O"),
    ];
    for (rules, allowed, script, result) in cases {
        table.expect(&format!("{allowed:?} {script}"), &outcome(&play(vec![spot(rules, allowed)], script)), result);
    }
}

#[test]
fn a_posted_limit_is_changed_like_a_bid() {
    let mut table = Cases::default();
    let posted = PoolRules {
        pricing: Pricing::Posted(price(4)),
        revision: Revision::Always,
        below_minimum: BelowMinimum::Waits,
        interrupted: Some(Interrupted::Resume),
        ..waiting_pool(1)
    };
    let fifo = Some(WaitingRoom { capacity: None, order: WaitingOrder::Fifo });
    let spot = PoolRules { waiting: fifo, ..spot(LOWEST, Revision::Always) };
    #[rustfmt::skip]
    let cases = [
        // pool            script                        outcome
        (posted.clone(),   "a3 3: a=4 10:",              "a3-10:28O"),
        (posted.clone(),   "a9 3: a=3 6: a=8 10:",       "a0-3:12,6-10:16O"),
        (posted,           "a9 b9 3: a=3 10:",           "a0-3:12O b3-10:28O"),
        // In order of arrival a waiting bid takes no slot from another, however high it is.
        (spot,             "a5 b4 3: b=9 10:",           "a0-10:50O bO"),
    ];
    for (pool, script, result) in cases {
        table.expect(script, &outcome(&play(vec![pool], script)), result);
    }
}

#[test]
fn nobody_holds_on_for_less_by_lowering_its_bid() {
    let mut table = Cases::default();
    #[rustfmt::skip]
    let cases = [
        // notice, guaranteed, script                   outcome
        (5,        0,          "a5 3: a=0 20:",         "a0-8:40L"),
        (0,        10,         "a5 3: a=0 20:",         "a0-10:50L"),
        (5,        10,         "a5 3: a=0 20:",         "a0-15:75L"),
    ];
    for (notice, guaranteed, script, result) in cases {
        let (notice, guaranteed) = (ticks(notice), ticks(guaranteed));
        let interruption = InterruptionRules { notice, guaranteed, ..InterruptionRules::IMMEDIATE };
        let pool = PoolRules { interruption, ..spot(LOWEST, Revision::Always) };
        let interrupted = Some(Interrupted::Lost);
        table.expect(script, &outcome(&play(vec![PoolRules { interrupted, ..pool }], script)), result);
    }
}

#[test]
fn an_agreed_price_outlasts_a_bid_that_is_lowered_and_a_minimum_that_is_held_out() {
    let mut table = Cases::default();
    #[rustfmt::skip]
    let cases = [
        // notice, guaranteed, script                         outcome
        // Agreed 9; a bid of 5 only counts against the minimum.
        (0,        0,          "a9 3: a=5 20:",               "a0-20:180O"),
        (0,        0,          "a9 3: a=5 5: min5 20:",       "a0-20:180O"),
        (0,        0,          "a9 3: a=5 5: min6 20:",       "a0-5:45L"),
        (5,        0,          "a9 3: a=5 5: min6 20:",       "a0-10:90L"),
        (5,        0,          "a9 3: min10 20:",             "a0-8:72L"),
        // In its guaranteed run nobody pays the minimum that it does not bid.
        (0,        10,         "a9 3: min12 20:",             "a0-10:90L"),
        (4,        10,         "a9 3: min12 20:",             "a0-14:126L"),
        (0,        10,         "a9 3: min12 6: min2 20:",     "a0-20:180O"),
    ];
    for (notice, guaranteed, script, result) in cases {
        let (notice, guaranteed) = (ticks(notice), ticks(guaranteed));
        let rules = AuctionRules {
            method: AuctionMethod::FirstPrice,
            every: ticks(100),
            bidding: ticks(0),
            term: Term::UntilReleased,
            losers: Losers::Stay,
            cap: None,
        };
        let interruption = InterruptionRules { notice, guaranteed, ..InterruptionRules::IMMEDIATE };
        let (pricing, interrupted) = (Pricing::Auction(rules), Some(Interrupted::Lost));
        let pool = PoolRules { interruption, pricing, interrupted, ..spot(LOWEST, Revision::Always) };
        table.expect(script, &outcome(&play(vec![pool], script)), result);
    }
}

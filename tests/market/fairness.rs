//! Caps, shares and credits of members and departments.

use std::sync::Arc;

use overspill::market::{
    AuctionMethod, AuctionRules, CreditRules, DutchClock, FairOrder, FairnessRules, Interrupted, LateBidders, Losers,
    Payment, Per, PoolRules, PriceRule, Pricing, Revision, SpotRules, Term,
};
use overspill::units::{Money, SimDuration, TICKS_PER_HOUR};

use crate::driver::{price, ticks};
use crate::script::{Cases, outcome, play, waiting_pool};

/// Parties 0 and 1 are in department 0, 2 (who asks where nothing is said) and 3 in department 1.
fn unlimited() -> FairnessRules {
    FairnessRules {
        member_cap: None,
        department_cap: None,
        order: FairOrder::Arrival,
        credits: None,
        departments: [0, 0, 1, 1].into(),
        weights: Arc::default(),
    }
}

fn posted(slots: u32, fairness: FairnessRules) -> PoolRules {
    PoolRules { pricing: Pricing::Posted(price(4)), fairness: Some(fairness), ..waiting_pool(slots) }
}

#[test]
fn nobody_holds_more_than_its_cap() {
    let mut table = Cases::default();
    #[rustfmt::skip]
    let cases = [
        // slots, member, department, script                                outcome
        (3, Some(2), None,    "a9/5 b9/5 c9/5 d9@3/5 20:",                  "a0-5:20C b0-5:20C c5-10:20C d0-5:20C"),
        (3, Some(2), None,    "a9x2/5 b9/5 20:",                            "a0-5:40C b5-10:20C"),
        (3, Some(2), None,    "a9x3/5 20:",                                 "aR(cap)"),
        (3, None,    Some(2), "a9/5 b9@3/5 c9@3/5 d9@1/5 20:",              "a0-5:20C b0-5:20C c5-10:20C d0-5:20C"),
        (3, None,    Some(2), "a9x3/5 20:",                                 "aR(cap)"),
        (4, Some(1), Some(2), "a9/5 b9/5 c9@3/5 d9@1/5 e9@0/5 20:",         "a0-5:20C b5-10:20C c0-5:20C d0-5:20C e0-5:20C"),
        // Several could start at once, and only so many may.
        (2, Some(1), None,    "a9x2@1/5 20:",                               "aR(cap)"),
        (2, None,    Some(2), "a9x2/5 1: b9/5 c9/5 d9/5 20:",               "a0-5:40C b5-10:20C c5-10:20C d10-15:20C"),
    ];
    for (slots, member_cap, department_cap, script, result) in cases {
        let fairness = FairnessRules { member_cap, department_cap, ..unlimited() };
        table.expect(script, &outcome(&play(vec![posted(slots, fairness.clone())], script)), result);
    }
    let fairness = FairnessRules { member_cap: Some(1), ..unlimited() };
    let pool = PoolRules { waiting: None, ..posted(3, fairness) };
    table.expect("no room", &outcome(&play(vec![pool], "a9/5 b9/5 10:")), "a0-5:20C bR(cap)");
}

/// Slots are short if somebody waits who could be served, not if one waits for slots of its own to be given back.
#[test]
fn a_bid_that_may_not_be_served_makes_no_price() {
    use PriceRule::{HighestRejected, LowestAccepted};
    let mut table = Cases::default();
    let capped = FairnessRules { member_cap: Some(1), ..unlimited() };
    // Enough for a lease of 5 ticks at 9, which is rounded up to one unit, and not for two.
    let one_unit = CreditRules { grant: Money::from_units(1), refill: Money::ZERO, every: None, limit: None };
    let poor = FairnessRules { credits: Some(one_unit), ..unlimited() };
    #[rustfmt::skip]
    let cases = [
        // rule            slots  script                       outcome
        (LowestAccepted,   3,     "a9/5 b8/5 20:",             "a0-5:0C b5-10:0C"),
        (HighestRejected,  3,     "a9/5 b8/5 20:",             "a0-5:0C b5-10:0C"),
        // Full: a bid of somebody else that is rejected.
        (LowestAccepted,   1,     "a9/5 b8/5 c4@3/5 20:",      "a0-5:45C b5-10:40C c10-15:20C"),
        (HighestRejected,  1,     "a9/5 b8/5 c4@3/5 20:",      "a0-5:20C b5-10:20C c10-15:0C"),
        (HighestRejected,  1,     "a9/5 b3/5 1: b=6 20:",      "a0-5:0C b5-10:0C"),
    ];
    for fairness in [capped, poor] {
        for (rule, slots, script, result) in &cases {
            let pricing = Pricing::Spot(SpotRules::continuous(*rule, Payment::UniformPrice));
            let pool = PoolRules { pricing, revision: Revision::Waiting, ..posted(*slots, fairness.clone()) };
            table.expect(&format!("{rule:?} {script}"), &outcome(&play(vec![pool], script)), result);
        }
    }
}

#[test]
fn whoever_belongs_to_no_department_is_under_no_departments_cap() {
    let mut table = Cases::default();
    let fairness = FairnessRules { department_cap: Some(1), departments: [].into(), ..unlimited() };
    let script = "a9@1/5 b9@2/5 1: c9@3/5 d9@0/5 e9x2/5 20:";
    table.expect(
        "no department",
        &outcome(&play(vec![posted(2, fairness)], script)),
        "a0-5:20C b0-5:20C c5-10:20C d5-10:20C e10-15:40C",
    );
}

#[test]
fn whoever_holds_or_has_used_least_goes_first() {
    use FairOrder::{Arrival, MaxMin, UsageDecay};
    use Per::{Department, Member};
    let mut table = Cases::default();
    let decay = |life| UsageDecay { per: Member, half_life: ticks(life) };
    #[rustfmt::skip]
    let cases = [
        // slots, order      weights       script                                          outcome
        (3, Arrival,            [1, 1, 1, 1], "a9/20 b9/20 c9@1/5 1: d9/5 e9@3/5 30:",     "a0-20:80C b0-20:80C c0-5:20C d5-10:20C e10-15:20C"),
        (3, MaxMin(Member),     [1, 1, 1, 1], "a9/20 b9/20 c9@1/5 1: d9/5 e9@3/5 30:",     "a0-20:80C b0-20:80C c0-5:20C d10-15:20C e5-10:20C"),
        // One slot each: equal, so the earlier; or half a slot per weight.
        (3, MaxMin(Member),     [1, 1, 1, 1], "a9/20 b9@3/20 c9@1/5 1: d9/5 e9@3/5 30:",   "a0-20:80C b0-20:80C c0-5:20C d5-10:20C e10-15:20C"),
        (3, MaxMin(Member),     [1, 1, 1, 2], "a9/20 b9@3/20 c9@1/5 1: d9/5 e9@3/5 30:",   "a0-20:80C b0-20:80C c0-5:20C d10-15:20C e5-10:20C"),
        (3, MaxMin(Member),     [1, 1, 1, 1], "a9/20 b9/20 c9@1/5 1: d9@3/5 e9@1/5 30:",   "a0-20:80C b0-20:80C c0-5:20C d5-10:20C e10-15:20C"),
        (3, MaxMin(Department), [1, 1, 1, 1], "a9/20 b9/20 c9@1/5 1: d9@3/5 e9@1/5 30:",   "a0-20:80C b0-20:80C c0-5:20C d10-15:20C e5-10:20C"),
        // Counted anew after each that is served.
        (2, MaxMin(Member),     [1, 1, 1, 1], "a9x2@1/5 1: b9/5 c9/5 d9@3/5 e9@3/5 30:",   "a0-5:40C b5-10:20C c10-15:20C d5-10:20C e10-15:20C"),
        // By use: party 2 has used 6 when party 3 has used none, then 2; with a half-life of 3 that is 2 and 2.
        (1, Arrival,            [1, 1, 1, 1], "a9/6 1: b9/1 c9@3/2 2: d9@3/1 20:",         "a0-6:24C b6-7:4C c7-9:8C d9-10:4C"),
        (1, decay(100),         [1, 1, 1, 1], "a9/6 1: b9/1 c9@3/2 2: d9@3/1 20:",         "a0-6:24C b9-10:4C c6-8:8C d8-9:4C"),
        (1, decay(3),           [1, 1, 1, 1], "a9/6 1: b9/1 c9@3/2 2: d9@3/1 20:",         "a0-6:24C b8-9:4C c6-8:8C d9-10:4C"),
        (1, decay(100),         [1, 1, 9, 1], "a9/6 1: b9/1 c9@3/2 2: d9@3/1 20:",         "a0-6:24C b8-9:4C c6-8:8C d9-10:4C"),
    ];
    for (slots, order, weights, script, result) in cases {
        let fairness = FairnessRules { order, weights: Arc::new(weights.into_iter().collect()), ..unlimited() };
        let found = outcome(&play(vec![posted(slots, fairness)], script));
        table.expect(&format!("{order:?} {weights:?} {script}"), &found, result);
    }
}

fn credits() -> Option<CreditRules> {
    let money = |units| Money::from_units(units);
    Some(CreditRules { grant: money(40), refill: money(10), every: Some(ticks(20)), limit: Some(money(45)) })
}

/// When slots were held, and the fates: the amounts left out.
fn times(outcome: &str) -> String {
    let words = outcome.split(' ').map(|word| {
        let stretches = word.split(',').map(|stretch| match stretch.split_once(':') {
            Some((times, rest)) => format!("{times}{}", rest.trim_start_matches(|c: char| c.is_ascii_digit())),
            None => stretch.to_owned(),
        });
        stretches.collect::<Vec<_>>().join(",")
    });
    words.collect::<Vec<_>>().join(" ")
}

/// `$` bids 20 units of money a tick, `#` 5; the price is 4.
fn in_money(script: &str) -> String {
    script.replace('$', &(20 * TICKS_PER_HOUR).to_string()).replace('#', &(5 * TICKS_PER_HOUR).to_string())
}

#[test]
fn a_request_starts_only_if_its_members_credits_bear_it() {
    let mut table = Cases::default();
    #[rustfmt::skip]
    let cases = [
        // script                                 outcome
        // A grant of 40 at 4 a tick: 10 ticks to the last unit, and no more until the refill of 10 at 20.
        ("a$/10 30:",                             "a0-10C"),
        ("a$/11 35:",                             "a20-31C"),
        ("a$/5 b$/5 c$/1 30:",                    "a0-5C b0-5C c20-21C"),
        ("a$/5 b$/6 30:",                         "a0-5C b20-26C"),
        // Another member has its own.
        ("a$/10 1: b$@3/5 30:",                   "a0-10C b1-6C"),
        // What is set aside and not used is free again: a is interrupted at 3, by a minimum of 6.
        ("a#/10 1: b$/4 3: min21600000000 9:", "a0-3L b3-7C"),
        ("a#/10 1: b$/5 3: min21600000000 9:", "a0-3L bO"),
        // The limit of 45 holds for what is free and what is set aside.
        ("45: a$/11 60:",                         "a45-56C"),
        ("45: a$/12 60:",                         "aO"),
        ("15: a$/10 16: b$/1 30:",                "a15-25C b20-21C"),
        ("15: a$/10 16: b$/2 50:",                "a15-25C b40-42C"),
    ];
    for (script, result) in cases {
        let fairness = FairnessRules { credits: credits(), ..unlimited() };
        let pricing = Pricing::Posted(price(4 * TICKS_PER_HOUR));
        let pool = PoolRules { pricing, interrupted: Some(Interrupted::Lost), ..posted(2, fairness) };
        table.expect(script, &times(&outcome(&play(vec![pool], &in_money(script)))), result);
    }
    let fairness = FairnessRules { credits: credits(), ..unlimited() };
    let pricing = Pricing::Posted(price(4 * TICKS_PER_HOUR));
    let pool = PoolRules { pricing, waiting: None, ..posted(2, fairness) };
    let found = outcome(&play(vec![pool], &in_money("a$/6 b$/5 30:")));
    table.expect("no room", &times(&found), "a0-6C bR(credits)");
}

#[test]
fn a_refill_lets_a_bidder_into_a_clock_that_runs() {
    let mut table = Cases::default();
    let money = |steps: i64| price(steps * TICKS_PER_HOUR);
    let clock = DutchClock { start: money(20), decrement: money(3), tick: ticks(5), late: LateBidders::Join };
    let rules = AuctionRules {
        method: AuctionMethod::Dutch(clock),
        every: SimDuration::from_ticks(100),
        bidding: ticks(0),
        term: Term::UntilReleased,
        losers: Losers::Stay,
        cap: None,
    };
    let limit = Some(Money::from_units(60));
    let credits = credits().map(|credits| CreditRules { limit, ..credits });
    let fairness = FairnessRules { credits, ..unlimited() };
    let pool = PoolRules { pricing: Pricing::Auction(rules), fairness: Some(fairness), ..waiting_pool(1) };
    // a can pay 9 × 5 only after the refill at 20, when the call is 8; b would accept 5, at 25.
    let script = format!("a{}/5 b{}@3/5 50:", 9 * TICKS_PER_HOUR, 6 * TICKS_PER_HOUR);
    table.expect("refill", &times(&outcome(&play(vec![pool], &script))), "a20-25C bO");
}

//! Prices, ranks and minimum prices by the owner's own rule.

use std::fmt;
use std::sync::Arc;

use overspill::market::{
    AuctionMethod, AuctionRules, CapMode, Formula, FormulaRules, Interrupted, Losers, MinimumFormula, Payment,
    PoolRules, PriceCap, PriceRule, Pricing, SpotRules, Term, Variables,
};

use crate::driver::{price, ticks};
use crate::script::{Cases, outcome, play, prices, waiting_pool};

/// A formula that is a function of these tests.
pub(crate) struct Rule(pub(crate) fn(&Variables) -> Result<i64, String>);

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a rule of the tests")
    }
}

impl Formula for Rule {
    fn evaluate(&self, variables: &Variables) -> Result<i64, String> {
        (self.0)(variables)
    }
}

fn pool(slots: u32, rule: fn(&Variables) -> Result<i64, String>, cap: Option<i64>) -> PoolRules {
    let rules = FormulaRules { price: Arc::new(Rule(rule)), rank: None, every: ticks(10), cap: cap.map(price) };
    PoolRules { pricing: Pricing::Formula(rules), minimum: price(2), ..waiting_pool(slots) }
}

fn ranked(slots: u32, rank: fn(&Variables) -> Result<i64, String>) -> PoolRules {
    let PoolRules { pricing: Pricing::Formula(rules), .. } = pool(slots, |_| Ok(0), None) else { unreachable!() };
    let rules = FormulaRules { rank: Some(Arc::new(Rule(rank))), ..rules };
    PoolRules { pricing: Pricing::Formula(rules), ..pool(slots, |_| Ok(0), None) }
}

#[test]
fn a_price_by_formula_stands_until_it_is_evaluated_again() {
    let mut table = Cases::default();
    let by_use: fn(&Variables) -> _ = |variables| Ok(3 * variables.occupied);
    let by_queue: fn(&Variables) -> _ = |variables| Ok(1 + 4 * variables.queue_length);
    let broken: fn(&Variables) -> _ = |variables| {
        if variables.occupied > 1 { Err("no value".to_owned()) } else { Ok(3 * variables.occupied) }
    };
    #[rustfmt::skip]
    let cases = [
        // slots, rule, cap      script                              prices                outcome
        (2, by_use,   None,      "a9 3: b9 25:",                     "0@2 10@6",           "a0-25:110O b3-25:104O"),
        (2, by_use,   Some(4),   "a9 3: b9 25:",                     "0@2 10@4",           "a0-25:80O b3-25:74O"),
        (2, by_use,   None,      "a9/12 3: b9 25:",                  "0@2 10@6 20@3",      "a0-12:32C b3-25:89O"),
        // Below the minimum it is the minimum.
        (2, by_use,   None,      "3: a9 25:",                        "0@2 10@3",           "a3-25:59O"),
        // Above a running bid it interrupts; whoever waits comes in when it has fallen, at the price of then.
        (2, by_use,   None,      "a9 3: b5 35:",                     "0@2 10@6 20@3 30@6", "a0-35:140O b3-10:14,20-30:30O"),
        (2, by_use,   None,      "a9 3: b6 35:",                     "0@2 10@6",           "a0-35:170O b3-35:164O"),
        (1, by_queue, None,      "a9 3: b9 25:",                     "0@2 10@5",           "a0-25:95O bO"),
        // In between, a free slot goes to a bid at or above the price, not to one below.
        (2, by_use,   None,      "a9 b9/12 13: c5 14: d6 25:",       "0@2 10@6",           "a0-25:110O b0-12:32C cO d14-25:66O"),
        // No value: the price stays as it was.
        (2, broken,   None,      "a9 13: b9 35:",                    "0@2 10@3",           "a0-35:95O b13-35:66O"),
        // The minimum rises above the price, and above a bid.
        (2, by_use,   None,      "a9 3: min4 8: min2 15:",           "0@2 3@4 8@2 10@3",   "a0-15:45O"),
    ];
    for (slots, rule, cap, script, prices_expected, result) in cases {
        let driver = play(vec![pool(slots, rule, cap)], script);
        let found = format!("{} | {}", prices(&driver), outcome(&driver));
        table.expect(script, &found, &format!("{prices_expected} | {result}"));
        assert_eq!(driver.market.fault().is_some(), rule(&Variables { occupied: 2, ..Variables::default() }).is_err());
    }
}

#[test]
fn the_highest_rank_is_served_first_then_the_highest_bid_then_the_earliest() {
    let mut table = Cases::default();
    let shortest: fn(&Variables) -> _ = |variables| Ok(-variables.slots);
    let longest_wait: fn(&Variables) -> _ = |variables| Ok(variables.waiting_time);
    let all_the_same: fn(&Variables) -> _ = |_| Ok(7);
    #[rustfmt::skip]
    let cases = [
        // rank         script                                outcome
        (shortest,      "a9x2/5 b9x2/5 c9/5 d9/5 40:",        "a0-5:20C b10-15:20C c5-10:10C d5-10:10C"),
        (all_the_same,  "a9x2/5 b5x2/5 c6x2/5 d6x2/5 40:",    "a0-5:20C b15-20:20C c5-10:20C d10-15:20C"),
        (longest_wait,  "a9x2/5 b5x2/5 c5x2/5 40:",           "a0-5:20C b5-10:20C c10-15:20C"),
    ];
    for (rank, script, result) in cases {
        table.expect(script, &outcome(&play(vec![ranked(2, rank)], script)), result);
    }
}

#[test]
fn nobody_is_ranked_while_no_slot_is_free() {
    let alone: fn(&Variables) -> _ = |variables| match variables.queue_length {
        0 => Ok(1),
        waiting => Err(format!("{waiting} wait")),
    };
    for (script, fault) in [("a9/20 b9/20 15:", None), ("a9/20 b9/20 25:", Some("1 wait"))] {
        assert_eq!(play(vec![ranked(1, alone)], script).market.fault().map(|(_, fault)| fault), fault, "{script}");
    }
}

#[test]
fn a_minimum_may_follow_a_formula() {
    let mut table = Cases::default();
    let rule = Arc::new(Rule(|variables| Ok(4 * variables.occupied - 4)));
    let minimum_formula = Some(MinimumFormula { formula: rule, every: ticks(10) });
    let spot = SpotRules::continuous(PriceRule::LowestAccepted, Payment::UniformPrice);
    #[rustfmt::skip]
    let cases = [
        // script              outcome
        // -4 counts as 0; two of three slots held ask for 4.
        ("a9 25:",             "a0-25:0O"),
        ("a9 3: b5 25:",       "a0-25:60O b3-25:60O"),
        ("a9 3: b3 25:",       "a0-25:40O b3-10:0L"),
        ("a9 3: b3 15: c3 25:", "a0-25:40O b3-10:0L cR(price)"),
    ];
    for (script, result) in cases {
        let pool = PoolRules {
            pricing: Pricing::Spot(spot.clone()),
            minimum_formula: minimum_formula.clone(),
            interrupted: Some(Interrupted::Lost),
            ..waiting_pool(3)
        };
        table.expect(script, &outcome(&play(vec![pool], script)), result);
    }
}

#[test]
fn a_minimum_by_formula_stops_at_the_price_cap() {
    let high = MinimumFormula { formula: Arc::new(Rule(|variables| Ok(8 * variables.occupied))), every: ticks(10) };
    let cap = Some(price(3));
    let spot = |mode| SpotRules {
        cap: Some(PriceCap { limit: price(3), mode }),
        ..SpotRules::continuous(PriceRule::HighestRejected, Payment::UniformPrice)
    };
    let free = FormulaRules { price: Arc::new(Rule(|_| Ok(0))), rank: None, every: ticks(10), cap };
    let auction = AuctionRules {
        method: AuctionMethod::Uniform,
        every: ticks(100),
        bidding: ticks(0),
        term: Term::UntilReleased,
        losers: Losers::Stay,
        cap,
    };
    for pricing in [
        Pricing::Spot(spot(CapMode::Price)),
        Pricing::Spot(spot(CapMode::Bids)),
        Pricing::Formula(free),
        Pricing::Auction(auction),
    ] {
        let case = format!("{pricing:?}");
        let pool = PoolRules { pricing, minimum_formula: Some(high.clone()), ..waiting_pool(2) };
        Cases::default().expect(&case, &outcome(&play(vec![pool], "a9 25:")), "a0-25:45O");
    }
}

//! The minimum price under every method: what it is compared with, who goes, and who pays it.

use std::sync::Arc;

use overspill::market::{
    AuctionMethod, AuctionRules, ClockPayment, DutchClock, EnglishClock, FormulaRules, Interrupted, LateBidders,
    Losers, Payment, PoolRules, PriceRule, Pricing, SpotRules, Term,
};

use crate::driver::{price, ticks};
use crate::formula::Rule;
use crate::script::{Cases, outcome, play, waiting_pool};

fn auction(method: AuctionMethod) -> Pricing {
    Pricing::Auction(AuctionRules {
        method,
        every: ticks(100),
        bidding: ticks(0),
        term: Term::UntilReleased,
        losers: Losers::Stay,
        cap: None,
    })
}

#[test]
fn whoever_bids_it_stays_and_pays_it_and_whoever_bids_less_goes_at_that_instant() {
    use AuctionMethod::{Discriminatory, Dutch, English, FirstPrice, SecondPrice, Uniform, Vcg};
    let late = LateBidders::Join;
    let english =
        EnglishClock { opening: price(2), increment: price(4), tick: ticks(0), payment: ClockPayment::Uniform, late };
    let dutch = DutchClock { start: price(6), decrement: price(1), tick: ticks(0), late };
    let formula = FormulaRules { price: Arc::new(Rule(|_| Ok(3))), rank: None, every: ticks(100), cap: None };
    let spot = |payment| Pricing::Spot(SpotRules::continuous(PriceRule::HighestRejected, payment));
    #[rustfmt::skip]
    let cases = [
        // method                      paid at a minimum of 2, of 1   compared is
        (Pricing::Posted(price(4)),    4,                      4,     9),
        (spot(Payment::UniformPrice),  2,                      1,     9),
        (spot(Payment::OwnBid),        9,                      9,     9),
        (Pricing::Proportional,        2,                      1,     9),
        (Pricing::Formula(formula),    3,                      3,     9),
        (auction(FirstPrice),          9,                      9,     9),
        (auction(SecondPrice),         2,                      2,     9),
        (auction(Uniform),             2,                      2,     9),
        (auction(Discriminatory),      9,                      9,     9),
        (auction(Vcg),                 2,                      2,     9),
        // The last call, and the accepted price.
        (auction(English(english)),    2,                      2,     2),
        (auction(Dutch(dutch)),        6,                      6,     6),
    ];
    for (pricing, paid, paid_at_1, compared) in cases {
        let pool = PoolRules { pricing, minimum: price(2), interrupted: Some(Interrupted::Lost), ..waiting_pool(1) };
        let play = |script: String, expected: String| {
            let found = outcome(&play(vec![pool.clone()], &script));
            table(&pool.pricing, &script, &found, &expected);
        };
        play("a1 b9/5 10:".to_owned(), format!("aR(price) b0-5:{}C", 5 * paid));
        play(
            "a2/5 10:".to_owned(),
            match pool.pricing {
                Pricing::Posted(_) => "aR(price)".to_owned(),
                Pricing::Formula(_) => "aO".to_owned(),
                _ => "a0-5:10C".to_owned(),
            },
        );
        // Up to what it is compared with, at the greater of both; and down again.
        let raised = paid.max(compared);
        play(format!("a9 1: 3: min{compared} 10:"), format!("a0-10:{}O", 3 * paid + 7 * raised));
        let result = format!("a0-10:{}O", 3 * paid + 2 * raised + 5 * paid_at_1);
        play(format!("a9 1: 3: min{compared} 5: min1 10:"), result);
        play(format!("a9 1: 3: min{} 10:", compared + 1), format!("a0-3:{}L", 3 * paid));
    }
}

fn table(pricing: &Pricing, script: &str, found: &str, expected: &str) {
    Cases::default().expect(&format!("{pricing:?} {script}"), found, expected);
}

//! Small cases by hand, one a line, the expected outcome last.

use overspill::market::{
    BelowMinimum, BurstRules, BurstTerms, CapMode, Cause, Fate, Fit, Interrupted, MaxPrice, Payment, PoolId, PoolRules,
    PriceCap, PriceRule, Pricing, Refusal, Slots, SpotRules, Submission, WaitingOrder, WaitingRoom,
};
use overspill::units::{Money, Share, SimTime, TICKS_PER_HOUR};

use crate::driver::{Driver, PROVIDER, ask, price, ticks};
use crate::recorder::Doing;

const LOWEST: SpotRules = SpotRules::continuous(PriceRule::LowestAccepted, Payment::UniformPrice);

/// A pool in which everybody may wait, and goes on after an interruption.
fn pool(slots: Slots, pricing: Pricing) -> PoolRules {
    PoolRules {
        pricing,
        waiting: Some(WaitingRoom { capacity: None, order: WaitingOrder::ByMethod }),
        interrupted: Some(Interrupted::Resume),
        ..PoolRules::posted(PROVIDER, slots, price(0))
    }
}

fn spot_pool(slots: u32) -> PoolRules {
    pool(Slots::Count(slots), Pricing::Spot(LOWEST))
}

fn posted_pool(slots: u32, unit: i64) -> PoolRules {
    pool(Slots::Count(slots), Pricing::Posted(price(unit)))
}

/// Requests of so many slots at such bids arrive, a tick apart.
fn after_arrivals(pool: PoolRules, requests: &[(u32, i64)]) -> Driver {
    let mut driver = Driver::new(vec![pool]);
    for (time, (slots, bid)) in (0..).zip(requests) {
        driver.run_to(time);
        driver.submit(Submission { slots: *slots, ..ask(0, *bid) });
    }
    driver
}

/// Slots, minimum, fit, requests (slots, bid); who runs, who waits, the price by the lowest accepted bid and by the
/// highest rejected one.
type ClearingCase = (Slots, i64, Fit, &'static [(u32, i64)], &'static [u64], &'static [u64], i64, i64);

#[test]
fn bids_are_served_in_their_order_and_the_price_follows() {
    use Fit::{Fill, Strict};
    use Slots::{Count, Unlimited};
    #[rustfmt::skip]
    let cases: [ClearingCase; 20] = [
        // slots   minimum  fit     requests                          run            wait       lowest  rejected
        // Ties: the incumbent stays, then the earlier arrival.
        (Count(1), 0,       Fill,   &[(1, 5), (1, 5)],                &[0],          &[1],      5,      5),
        (Count(2), 0,       Fill,   &[(1, 5), (1, 5), (1, 5)],        &[0, 1],       &[2],      5,      5),
        (Count(1), 0,       Fill,   &[(1, 5), (1, 6)],                &[1],          &[0],      6,      5),
        (Count(2), 0,       Fill,   &[(1, 5), (1, 5), (1, 6)],        &[0, 2],       &[1],      5,      5),
        // The minimum is the price while slots are not short.
        (Count(3), 2,       Fill,   &[(1, 5), (1, 6)],                &[0, 1],       &[],       2,      2),
        (Count(2), 2,       Fill,   &[(1, 5), (1, 6)],                &[0, 1],       &[],       5,      2),
        (Count(2), 5,       Fill,   &[(1, 5), (1, 4), (1, 6)],        &[0, 2],       &[],       5,      5),
        (Count(1), 3,       Fill,   &[(1, 9), (1, 4)],                &[0],          &[1],      9,      4),
        // No slots at all, and slots without end.
        (Count(0), 3,       Fill,   &[(1, 9)],                        &[],           &[],       3,      3),
        (Unlimited, 3,      Fill,   &[(1, 9), (4, 3), (9, 5)],        &[0, 1, 2],    &[],       3,      3),
        (Unlimited, 3,      Strict, &[(1, 2), (7, 3)],                &[1],          &[],       3,      3),
        // A request is served whole or not at all; what does not fit is skipped, or stops the clearing.
        (Count(4), 0,       Fill,   &[(3, 9), (2, 8), (1, 7)],        &[0, 2],       &[1],      7,      7),
        (Count(4), 0,       Strict, &[(3, 9), (2, 8), (1, 7)],        &[0],          &[1, 2],   9,      8),
        (Count(4), 0,       Fill,   &[(3, 9), (1, 7), (2, 8)],        &[0, 1],       &[2],      7,      7),
        (Count(4), 0,       Strict, &[(3, 9), (1, 7), (2, 8)],        &[0],          &[1, 2],   9,      8),
        (Count(4), 0,       Fill,   &[(2, 5), (2, 6), (3, 7)],        &[2],          &[0, 1],   7,      6),
        (Count(4), 0,       Fill,   &[(2, 5), (2, 6), (1, 4), (1, 7)], &[1, 2, 3],   &[0],      4,      4),
        (Count(4), 0,       Strict, &[(2, 5), (2, 6), (1, 4), (1, 7)], &[1, 3],      &[0, 2],   6,      5),
        (Count(4), 0,       Fill,   &[(4, 5), (1, 5)],                &[0],          &[1],      5,      5),
        (Count(4), 0,       Fill,   &[(5, 9), (1, 5)],                &[1],          &[],       0,      0),
    ];
    for (case, (slots, minimum, fit, requests, run, wait, lowest, rejected)) in cases.into_iter().enumerate() {
        for (rule, expected) in [(PriceRule::LowestAccepted, lowest), (PriceRule::HighestRejected, rejected)] {
            let pool = pool(slots, Pricing::Spot(SpotRules { rule, ..LOWEST }));
            let driver = after_arrivals(PoolRules { minimum: price(minimum), fit, ..pool }, requests);
            assert_eq!(driver.running(), run, "case {case}");
            assert_eq!(driver.waiting(), wait, "case {case}");
            assert_eq!(driver.price(0), expected, "case {case}, {rule:?}");
        }
    }
}

#[test]
fn who_is_not_served_and_may_not_wait_is_refused_for_a_reason() {
    use Refusal::{Capacity, Outbid, Price};
    #[rustfmt::skip]
    let cases = [
        // pool             those before        request    reason
        (spot_pool(1),      vec![(1, 5)],       (1, 5),    Some(Outbid)),
        (spot_pool(1),      vec![(1, 5)],       (1, 4),    Some(Outbid)),
        (spot_pool(1),      vec![(1, 5)],       (1, 6),    None),
        (spot_pool(2),      vec![(1, 5)],       (3, 4),    Some(Capacity)), // can never fit
        (spot_pool(2),      vec![(1, 9), (1, 4)], (2, 6),  Some(Capacity)), // outbids one, and needs both
        (spot_pool(0),      vec![],             (1, 5),    Some(Capacity)),
        (spot_pool(1),      vec![],             (1, 2),    Some(Price)),
        (posted_pool(1, 3), vec![(1, 5)],       (1, 9),    Some(Capacity)),
        (posted_pool(1, 4), vec![(1, 5)],       (1, 3),    Some(Price)),
    ];
    for (case, (pool, before, request, reason)) in cases.into_iter().enumerate() {
        let pool = PoolRules { waiting: None, minimum: price(3), interrupted: Some(Interrupted::Lost), ..pool };
        let mut driver = after_arrivals(pool, &before);
        let number = driver.submit(Submission { slots: request.0, ..ask(0, request.1) });
        assert_eq!(driver.seen(number).fate(), reason.map(Fate::Refused), "case {case}");
    }
}

#[test]
fn a_cap_on_the_price_keeps_the_order_of_bids_and_a_cap_on_the_bids_makes_ties() {
    use CapMode::{Bids, Price};
    use Payment::{OwnBid, UniformPrice};
    #[rustfmt::skip]
    let cases = [
        // cap       payment        bids for one slot   runs   price   paid for an hour
        (None,       UniformPrice,  [7, 9],             1,     9,      9),
        (None,       OwnBid,        [7, 9],             1,     9,      9),
        (Some(Price), UniformPrice, [7, 9],             1,     6,      6),
        (Some(Price), OwnBid,       [7, 9],             1,     6,      6),
        (Some(Bids), UniformPrice,  [7, 9],             0,     6,      6),
        (Some(Bids), OwnBid,        [7, 9],             0,     6,      6),
        (Some(Bids), UniformPrice,  [5, 9],             1,     6,      6),
        (Some(Bids), OwnBid,        [5, 4],             0,     5,      5),
        (Some(Price), OwnBid,       [5, 4],             0,     5,      5),
    ];
    for (case, (mode, payment, bids, runs, expected, paid)) in cases.into_iter().enumerate() {
        let cap = mode.map(|mode| PriceCap { limit: price(6), mode });
        let pool = pool(Slots::Count(1), Pricing::Spot(SpotRules { payment, cap, ..LOWEST }));
        let mut driver = Driver::new(vec![pool]);
        for bid in bids {
            driver.submit(ask(0, bid));
        }
        assert_eq!((driver.running(), driver.price(0)), (vec![runs], expected), "case {case}");
        driver.run_to(TICKS_PER_HOUR);
        driver.close();
        assert_eq!(driver.seen(runs).charge, i128::from(paid * TICKS_PER_HOUR), "case {case}");
    }
}

#[test]
fn holders_pay_their_own_bid_or_the_price_as_it_changes() {
    // One slot of two is free for an hour; then a bid of 4 fills it; an hour later a bid of 9 takes that one's place.
    for (payment, paid) in [(Payment::UniformPrice, [1 + 4 + 5, 4, 5]), (Payment::OwnBid, [3 * 5, 4, 9])] {
        let pool = pool(Slots::Count(2), Pricing::Spot(SpotRules { payment, ..LOWEST }));
        let mut driver = Driver::new(vec![PoolRules { minimum: price(1), ..pool }]);
        for (hour, bid) in [(0, 5), (1, 4), (2, 9)] {
            driver.run_to(hour * TICKS_PER_HOUR);
            driver.submit(ask(0, bid));
        }
        driver.run_to(3 * TICKS_PER_HOUR);
        driver.close();
        let charges: Vec<i128> =
            driver.log.seen.values().map(|seen| seen.charge / i128::from(TICKS_PER_HOUR)).collect();
        assert_eq!(charges, paid, "{payment:?}");
    }
}

#[test]
fn a_rising_minimum_interrupts_the_holders_below_it() {
    use BelowMinimum::{Refused, Waits};
    use Interrupted::{Lost, Resume};
    let (lost, priced) = (Some(Fate::Lost), Some(Fate::Refused(Refusal::Price)));
    // Bids of 4, 5 and 6 run in three slots; a bid of 3 waits; then the minimum rises.
    #[rustfmt::skip]
    let cases = [
        // below    interrupted   minimum  run            wait          fates of the first and the last   price
        (Refused,   Resume,       3,       vec![0, 1, 2], vec![3],      (None, None),                     4),
        (Refused,   Resume,       4,       vec![0, 1, 2], vec![],       (None, priced),                   4),
        (Refused,   Resume,       5,       vec![1, 2],    vec![],       (lost, priced),                   5),
        (Refused,   Lost,         5,       vec![1, 2],    vec![],       (lost, priced),                   5),
        (Waits,     Lost,         5,       vec![1, 2],    vec![3],      (lost, None),                     5),
        (Waits,     Resume,       5,       vec![1, 2],    vec![0, 3],   (None, None),                     5),
        (Waits,     Resume,       7,       vec![],        vec![0, 1, 2, 3], (None, None),                 7),
    ];
    for (case, (below_minimum, interrupted, minimum, run, wait, fates, expected)) in cases.into_iter().enumerate() {
        for pool in [spot_pool(3), posted_pool(3, 1)] {
            let is_spot = matches!(pool.pricing, Pricing::Spot(_));
            let pool = PoolRules { below_minimum, interrupted: Some(interrupted), ..pool };
            let mut driver = after_arrivals(pool, &[(1, 4), (1, 5), (1, 6), (1, 3)]);
            driver.run_to(10);
            driver.set_minimum(0, minimum);
            driver.settle();
            assert_eq!((driver.running(), driver.waiting()), (run.clone(), wait.clone()), "case {case}");
            assert_eq!((driver.seen(0).fate(), driver.seen(3).fate()), fates, "case {case}");
            assert_eq!(driver.price(0), if is_spot { expected } else { minimum }, "case {case}");
            let interruptions = driver.log.seen.values().flat_map(|seen| &seen.interruptions);
            assert!(interruptions.into_iter().all(|cause| *cause == Cause::Minimum));
        }
    }
}

#[test]
fn a_rising_minimum_that_frees_slots_lets_those_above_it_in() {
    for interrupted in [Interrupted::Lost, Interrupted::Resume] {
        let pool = PoolRules { interrupted: Some(interrupted), ..posted_pool(1, 1) };
        let mut driver = after_arrivals(pool, &[(1, 4), (1, 9)]);
        assert_eq!((driver.running(), driver.waiting()), (vec![0], vec![1]));
        driver.set_minimum(0, 5);
        driver.settle();
        assert_eq!(driver.running(), [1]);
    }
}

#[test]
fn who_bids_below_the_minimum_is_refused_or_waits_for_it_to_fall() {
    #[rustfmt::skip]
    let cases = [
        // below                  pool                 slots   fate at once                             runs when it falls
        (BelowMinimum::Refused,   spot_pool(2),        1,      Some(Fate::Refused(Refusal::Price)),     false),
        (BelowMinimum::Waits,     spot_pool(2),        1,      None,                                    true),
        (BelowMinimum::Waits,     posted_pool(2, 1),   1,      None,                                    true),
        (BelowMinimum::Waits,     posted_pool(2, 5),   1,      None,                                    false),
        (BelowMinimum::Waits,     spot_pool(2),        3,      Some(Fate::Refused(Refusal::Price)),     false),
    ];
    for (case, (below_minimum, pool, slots, fate, runs)) in cases.into_iter().enumerate() {
        let mut driver = Driver::new(vec![PoolRules { below_minimum, minimum: price(5), ..pool }]);
        let number = driver.submit(Submission { slots, ..ask(0, 4) });
        assert_eq!((driver.seen(number).fate(), driver.seen(number).is_running()), (fate, false), "case {case}");
        driver.run_to(1);
        driver.set_minimum(0, 4);
        driver.settle();
        assert_eq!(driver.seen(number).is_running(), runs, "case {case}");
    }
}

#[test]
fn a_posted_price_serves_limits_at_or_above_it() {
    #[rustfmt::skip]
    let cases = [
        // posted   minimum   limit   runs    price
        (10,        0,        9,      false,  10),
        (10,        0,        10,     true,   10),
        (10,        0,        11,     true,   10),
        (10,        12,       11,     false,  12),
        (10,        12,       12,     true,   12),
    ];
    for (unit, minimum, limit, runs, expected) in cases {
        let mut driver = Driver::new(vec![PoolRules { minimum: price(minimum), ..posted_pool(1, unit) }]);
        let number = driver.submit(ask(0, limit));
        let refused = Some(Fate::Refused(Refusal::Price));
        assert_eq!(driver.seen(number).fate(), if runs { None } else { refused }, "limit {limit}");
        assert_eq!((driver.seen(number).is_running(), driver.price(0)), (runs, expected), "limit {limit}");
    }
}

#[test]
fn the_next_to_be_served_is_the_highest_bid_or_the_earliest_arrival() {
    #[rustfmt::skip]
    let cases = [
        // pool                 order                    bids after the first   next
        (spot_pool(1),          WaitingOrder::ByMethod,  [3, 5],                2),
        (spot_pool(1),          WaitingOrder::Fifo,      [3, 5],                1),
        (spot_pool(1),          WaitingOrder::ByMethod,  [5, 5],                1),
        (posted_pool(1, 0),     WaitingOrder::ByMethod,  [3, 5],                1),
    ];
    for (case, (pool, order, bids, next)) in cases.into_iter().enumerate() {
        let pool = PoolRules { waiting: Some(WaitingRoom { capacity: None, order }), ..pool };
        let mut driver = after_arrivals(pool, &[(1, 9), (1, bids[0]), (1, bids[1])]);
        driver.release(0);
        driver.settle();
        assert_eq!(driver.running(), [next], "case {case}");
    }
}

#[test]
fn a_full_waiting_room_takes_nobody() {
    let (outbid, lost) = (Some(Fate::Refused(Refusal::Outbid)), Some(Fate::Lost));
    #[rustfmt::skip]
    let cases = [
        // room     waiting behind a first request   fate of the third to wait   fate of the first, when displaced
        (Some(0),   vec![],                          outbid,                     lost),
        (Some(1),   vec![1],                         outbid,                     lost),
        (Some(3),   vec![1, 2, 3],                   None,                       lost),
        (Some(4),   vec![1, 2, 3],                   None,                       None),
        (None,      vec![1, 2, 3],                   None,                       None),
    ];
    for (capacity, waiting, third, first) in cases {
        let room = WaitingRoom { capacity, order: WaitingOrder::ByMethod };
        let pool = PoolRules { waiting: Some(room), ..spot_pool(1) };
        let mut driver = after_arrivals(pool, &[(1, 9), (1, 5), (1, 5), (1, 5)]);
        assert_eq!((driver.waiting(), driver.seen(3).fate()), (waiting, third), "room for {capacity:?}");
        driver.submit(ask(0, 10));
        assert_eq!(driver.seen(0).fate(), first, "room for {capacity:?}");
    }
}

#[test]
fn patience_runs_only_while_waiting_and_goes_on_after_an_interruption() {
    let mut driver = Driver::new(vec![spot_pool(1)]);
    driver.submit(ask(0, 5));
    let number = driver.submit(Submission { patience: Some(ticks(100)), ..ask(0, 4) });
    driver.run_to(60);
    driver.release(0);
    driver.run_to(500); // it runs
    assert!(driver.seen(number).is_running());
    driver.submit(ask(0, 9));
    assert_eq!(driver.doing(number), Doing::Waiting { deadline: SimTime::from_ticks(540) });
    driver.run_to(541);
    assert_eq!((driver.seen(number).fate(), driver.seen(number).waited), (Some(Fate::Abandoned), ticks(100)));
}

#[test]
fn whose_patience_ends_when_a_slot_frees_is_served() {
    #[rustfmt::skip]
    let cases = [
        // patience   freed at   fate
        (100,         100,       None),
        (100,         101,       Some(Fate::Abandoned)),
        (0,           1,         Some(Fate::Abandoned)),
    ];
    for (patience, freed, fate) in cases {
        let mut driver = Driver::new(vec![posted_pool(1, 0)]);
        driver.submit(Submission { work: ticks(freed), ..ask(0, 0) });
        let number = driver.submit(Submission { patience: Some(ticks(patience)), ..ask(0, 0) });
        driver.run_to(freed);
        driver.settle();
        assert_eq!(driver.seen(number).fate(), fate, "patience {patience}, freed at {freed}");
    }
}

/// A request that blocks a strict queue gives up: whoever is behind it is served at that instant.
#[test]
fn who_gives_up_no_longer_blocks_a_strict_queue() {
    for pool in [spot_pool(3), posted_pool(3, 0)] {
        let mut driver = after_arrivals(PoolRules { fit: Fit::Strict, ..pool }, &[(2, 9)]);
        let blocks = driver.submit(Submission { slots: 2, patience: Some(ticks(50)), ..ask(0, 8) });
        let behind = driver.submit(ask(0, 7));
        assert_eq!(driver.waiting(), [blocks, behind]);
        driver.run_to(51);
        assert_eq!(driver.running(), [0, behind]);
    }
}

#[test]
fn an_interrupted_request_does_what_its_pool_says() {
    let due = |pool, tier, due| Doing::Running { pool: PoolId(pool), tier, due: SimTime::from_ticks(due) };
    // Work of 1000 is interrupted after 300; the slot is free again at 500; work drawn afresh is 777.
    #[rustfmt::skip]
    let cases = [
        // rule                  tiers          at 500
        (Interrupted::Lost,      vec![],        Doing::Gone(Fate::Lost)),
        (Interrupted::Resume,    vec![],        due(0, None, 500 + 700)),
        (Interrupted::Restart,   vec![],        due(0, None, 500 + 1_000)),
        (Interrupted::Redraw,    vec![],        due(0, None, 500 + 777)),
        (Interrupted::Burst,     vec![1],       due(1, Some(0), 300 + 700)),
        (Interrupted::Burst,     vec![2, 1],    due(1, Some(1), 300 + 700)),
        (Interrupted::Burst,     vec![2],       due(0, None, 500 + 700)),
    ];
    for (case, (rule, tiers, expected)) in cases.into_iter().enumerate() {
        let burst = BurstRules {
            tiers: tiers.into_iter().map(PoolId).collect(),
            max_price: MaxPrice::Constant(price(20)),
            fee: Share::ZERO,
            flat_fee: Money::ZERO,
            budget: None,
            terms: BurstTerms::default(),
        };
        let home = PoolRules { interrupted: Some(rule), burst: Some(burst), ..spot_pool(1) };
        let mut driver = Driver::new(vec![home, posted_pool(1, 20), posted_pool(1, 21)]);
        driver.log.redrawn = ticks(777);
        let number = driver.submit(Submission { work: ticks(1_000), ..ask(0, 5) });
        driver.run_to(300);
        driver.submit(Submission { work: ticks(200), ..ask(0, 9) });
        assert_eq!(driver.seen(number).interruptions, [Cause::Outbid]);
        driver.run_to(500);
        driver.settle();
        assert_eq!(driver.doing(number), expected, "case {case}");
        // It has paid for the time it held the slot, to the instant: nobody else set a price.
        assert_eq!(driver.seen(number).charge, 300 * 5, "case {case}");
    }
}

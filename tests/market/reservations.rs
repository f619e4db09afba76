//! Slots that are bought for a term: what they cost, which are used, what happens when the term is over.

use std::sync::Arc;

use overspill::market::{
    AtExpiry, BillingKind, Cause, Change, Denial, Due, Fate, Formula, Interrupted, LifeFormulas, LifeRules, PoolId,
    PoolRules, Purchase, Refusal, Slots, Stage, Submission, SupplyLine, WaitingOrder, WaitingRoom,
};
use overspill::units::{Money, SimTime, TICKS_PER_HOUR};

use crate::driver::{CUSTOMER, Driver, PROVIDER, STRANGER, ask, price, spot, ticks};
use crate::formula::Rule;

const HOUR: i64 = TICKS_PER_HOUR;

/// Ten slots of the provider at 7.
fn reserved() -> PoolRules {
    PoolRules::posted(PROVIDER, Slots::Count(10), price(7))
}

/// 100 upfront and 3 an hour for ten hours, idle or not; then it goes.
fn terms() -> Purchase {
    Purchase {
        upfront: Money::from_units(100),
        hourly: price(3),
        due: Due::WholeTerm,
        term: ticks(10 * HOUR),
        start: SimTime::ZERO,
        at_expiry: AtExpiry::TakeBack,
    }
}

fn line(from: u32, slots: u32, purchase: Option<Purchase>) -> SupplyLine {
    SupplyLine { from: PoolId(from), slots, bid: price(1000), purchase }
}

/// A pool of the customer at 5, whose members lose their work.
fn pool(own: u32, supply: Vec<SupplyLine>) -> PoolRules {
    let waiting = Some(WaitingRoom { capacity: None, order: WaitingOrder::ByMethod });
    PoolRules {
        supply,
        waiting,
        interrupted: Some(Interrupted::Lost),
        ..PoolRules::posted(CUSTOMER, Slots::Count(own), price(5))
    }
}

fn upfronts(driver: &Driver) -> Vec<(i64, i128)> {
    let bills = driver.log.bills.iter().filter(|(_, bill)| bill.kind == BillingKind::Upfront);
    bills.map(|(at, bill)| (at.ticks() / HOUR, bill.amount.units())).collect()
}

fn job(hours: i64) -> Submission {
    Submission { work: ticks(hours * HOUR), ..ask(1, 9) }
}

/// What the customer has paid the provider by the end of hour 24, and how many slots it had then.
#[test]
fn a_term_costs_its_upfront_and_every_hour_or_those_in_use() {
    use AtExpiry::{Renew, RunOut, TakeBack};
    use Due::{Use, WholeTerm};
    #[rustfmt::skip]
    let cases = [
        // due        at expiry  jobs: start, hours         upfronts at      hourly           slots left
        (WholeTerm,   TakeBack,  vec![],                    vec![0, 0],      2 * 10 * 3,      0),
        (WholeTerm,   TakeBack,  vec![(0, 4)],              vec![0, 0],      2 * 10 * 3,      0),
        (Use,         TakeBack,  vec![],                    vec![0, 0],      0,               0),
        (Use,         TakeBack,  vec![(0, 4), (2, 5)],      vec![0, 0],      (4 + 5) * 3,     0),
        (Use,         TakeBack,  vec![(8, 9)],              vec![0, 0],      2 * 3,           0),
        (WholeTerm,   RunOut,    vec![(8, 9)],              vec![0, 0],      (10 + 17) * 3,   0),
        (Use,         RunOut,    vec![(8, 9)],              vec![0, 0],      9 * 3,           0),
        (WholeTerm,   RunOut,    vec![(8, 9), (9, 11)],     vec![0, 0],      (17 + 20) * 3,   0),
        (WholeTerm,   RunOut,    vec![(8, 90)],             vec![0, 0],      (10 + 24) * 3,   1),
        (WholeTerm,   Renew,     vec![],                    vec![0, 0, 10, 10, 20, 20], 2 * 24 * 3, 2),
        (Use,         Renew,     vec![(8, 9)],              vec![0, 0, 10, 10, 20, 20], 9 * 3, 2),
    ];
    for (due, at_expiry, jobs, paid, hourly, left) in cases {
        let case = format!("{due:?} {at_expiry:?} {jobs:?}");
        let purchase = Purchase { due, at_expiry, ..terms() };
        let mut driver = Driver::new(vec![reserved(), pool(0, vec![line(0, 2, Some(purchase))])]);
        for (start, hours) in jobs {
            driver.run_to(start * HOUR);
            driver.submit(job(hours));
        }
        driver.run_to(24 * HOUR);
        driver.settle();
        let expected: Vec<(i64, i128)> = paid.iter().map(|hour| (*hour, 100)).collect();
        assert_eq!(upfronts(&driver), expected, "{case}");
        assert_eq!(driver.level(1).capacity, Some(left), "{case}");
        assert_eq!(driver.level(0).occupied, left, "{case}");
        driver.close();
        assert_eq!(driver.balance(PROVIDER).units(), 100 * paid.len() as i128 + hourly, "{case}");
    }
}

/// Own slots are used first, then the lines as they are written.
#[test]
fn use_is_of_own_slots_first_and_then_line_by_line() {
    let by_use = |hourly| Some(Purchase { upfront: Money::ZERO, hourly: price(hourly), due: Due::Use, ..terms() });
    for (jobs, cost) in [(1, 0), (2, 0), (3, 10), (4, 110), (5, 1_110), (6, 2_110), (7, 2_110)] {
        let supply = vec![line(0, 1, by_use(1)), line(0, 1, by_use(10)), line(0, 2, by_use(100))];
        let mut driver = Driver::new(vec![reserved(), pool(2, supply)]);
        (0..jobs).for_each(|_| _ = driver.submit(job(10)));
        driver.run_to(10 * HOUR);
        driver.close();
        assert_eq!(driver.balance(PROVIDER).units(), cost, "{jobs} jobs");
    }
}

/// Slots come and go in between: what is in use at any time is paid for, to the unit.
#[test]
fn use_is_followed_through_jobs_that_overlap() {
    let purchase = Purchase { upfront: Money::ZERO, due: Due::Use, ..terms() };
    let mut driver = Driver::new(vec![reserved(), pool(1, vec![line(0, 3, Some(purchase))])]);
    for (start, hours) in [(0, 5), (1, 2), (1, 6), (2, 3)] {
        driver.run_to(start * HOUR);
        driver.submit(job(hours));
    }
    driver.run_to(10 * HOUR);
    driver.close();
    // Held: 1 3 4 3 3 1 1; above the one of its own: 0 2 3 2 2 0 0.
    assert_eq!(driver.balance(PROVIDER).units(), 9 * 3);
}

/// The pool's eviction order picks who gives way, and the occupant of the slot moves to the one that is left.
#[test]
fn when_a_term_ends_the_worst_holder_goes() {
    let bids = [30, 10, 20];
    let rules = PoolRules { slots: Slots::Count(1), ..pool(1, vec![line(0, 2, Some(terms()))]) };
    let rules = PoolRules { pricing: spot(CUSTOMER, 1).pricing, ..rules };
    let mut driver = Driver::new(vec![reserved(), rules]);
    let jobs: Vec<u64> = bids.iter().map(|bid| driver.submit(ask(1, *bid))).collect();
    driver.run_to(10 * HOUR);
    driver.settle();
    for (job, lost) in jobs.into_iter().zip([false, true, true]) {
        assert_eq!(driver.seen(job).is_running(), !lost);
        assert_eq!(driver.seen(job).interruptions, if lost { vec![Cause::Expiry] } else { vec![] });
    }
}

/// A slot comes free while its term is over: it goes before anybody who waits has it.
#[test]
fn a_slot_that_runs_out_is_not_given_to_who_waits() {
    let purchase = Purchase { at_expiry: AtExpiry::RunOut, ..terms() };
    let mut driver = Driver::new(vec![reserved(), pool(0, vec![line(0, 1, Some(purchase))])]);
    let (first, second) = (driver.submit(job(12)), driver.submit(job(1)));
    driver.run_to(13 * HOUR);
    driver.settle();
    assert_eq!(driver.seen(first).fate(), Some(Fate::Completed));
    assert!(driver.seen(second).is_waiting());
    assert_eq!((driver.level(1).capacity, driver.level(0).occupied), (Some(0), 0));
}

/// A line that starts later asks then; where there is no stock it waits, and its term begins when it has the slot.
#[test]
fn a_term_begins_when_the_slot_is_there() {
    let purchase = Purchase { start: SimTime::from_ticks(2 * HOUR), ..terms() };
    let mut driver = Driver::new(vec![
        PoolRules { slots: Slots::Count(1), ..reserved() },
        pool(0, vec![line(0, 1, Some(purchase))]),
    ]);
    let other = driver.submit(Submission { payer: STRANGER, work: ticks(5 * HOUR), ..ask(0, 9) });
    for (hour, capacity) in [(1, 0), (3, 0), (6, 1), (14, 1), (15, 0)] {
        driver.run_to(hour * HOUR);
        driver.settle();
        assert_eq!(driver.level(1).capacity, Some(capacity), "hour {hour}");
    }
    assert_eq!((driver.log.stock_outs[&PoolId(0)], driver.seen(other).fate()), (1, Some(Fate::Completed)));
    assert_eq!(upfronts(&driver), [(5, 100)]);
}

/// The account has bought three slots for ten hours and two for four; a pool is supplied from it for good. Of each
/// reservation it is offered what is left of the term.
#[test]
fn a_pool_above_loses_its_slot_when_the_reservation_below_ends() {
    let short = Purchase { term: ticks(4 * HOUR), ..terms() };
    let account = pool(0, vec![line(0, 3, Some(terms())), line(0, 2, Some(short))]);
    let above = PoolRules { supply: vec![line(1, 4, None)], ..pool(0, vec![]) };
    let above = PoolRules { interrupted: Some(Interrupted::Resume), ..above };
    let mut driver = Driver::new(vec![reserved(), account, above]);
    let jobs: Vec<u64> = (0..4).map(|_| driver.submit(ask(2, 9))).collect();
    for (hour, below, above) in [(3, 5, 4), (4, 3, 3), (9, 3, 3), (10, 0, 0)] {
        driver.run_to(hour * HOUR);
        driver.settle();
        assert_eq!((driver.level(1).capacity, driver.level(2).capacity), (Some(below), Some(above)), "hour {hour}");
    }
    for job in jobs {
        assert!(driver.seen(job).is_waiting());
        assert_eq!(driver.seen(job).interruptions, [Cause::Expiry]);
    }
    assert_eq!(driver.level(0).occupied, 0);
}

/// A reserved slot that is lost for a while comes back for what is left of its term, and is not paid for again.
#[test]
fn a_slot_that_comes_back_has_what_is_left_of_its_term() {
    for (back, hours) in [(6, 4 + 4), (11, 4)] {
        let bid = |bid| SupplyLine { bid: price(bid), ..line(0, 1, Some(terms())) };
        let mut driver = Driver::new(vec![reserved(), pool(0, vec![bid(8)])]);
        driver.run_to(4 * HOUR);
        driver.set_minimum(0, 9);
        driver.run_to(back * HOUR);
        driver.set_minimum(0, 0);
        driver.run_to(20 * HOUR);
        driver.settle();
        assert_eq!(driver.level(1).capacity, Some(0));
        driver.close();
        assert_eq!(driver.balance(PROVIDER).units(), 100 + 3 * hours, "back at {back}");
    }
}

/// What a burst finds sold out is counted; what is too dear is not.
#[test]
fn who_finds_no_stock_is_counted() {
    let home = pool(0, vec![]);
    for (limit, stock_outs) in [(6, 0), (7, 2)] {
        let burst = crate::supply::burst_into(0, limit, 0);
        let home = PoolRules { burst, waiting: None, ..home.clone() };
        let source = PoolRules { slots: Slots::Count(1), ..reserved() };
        let mut driver = Driver::new(vec![source, home]);
        let jobs: Vec<u64> = (0..3).map(|_| driver.submit(ask(1, 9))).collect();
        assert_eq!(driver.log.stock_outs.get(&PoolId(0)).copied().unwrap_or(0), stock_outs, "{limit}");
        assert_eq!(driver.seen(jobs[2]).fate(), Some(Fate::Refused(Refusal::Capacity)));
    }
}

/// Slots for a term are bought when the pool is made: later ones would have neither their price nor their end.
#[test]
fn no_slots_are_bought_for_a_term_while_a_pool_runs() {
    for supply in [vec![], vec![line(0, 1, Some(terms()))]] {
        let slots = supply.len() as u32;
        let mut driver = Driver::new(vec![reserved(), pool(0, supply)]);
        driver.settle();
        let bought = Change::AddSlots(line(0, 2, Some(terms())));
        assert_eq!(driver.operate(0, 1, bought), Err(Denial::Reserved));
        assert_eq!(driver.operate(0, 1, Change::AddSlots(line(0, 2, None))), Ok(()));
        driver.settle();
        assert_eq!(driver.level(1).capacity, Some(slots + 2));
    }
}

/// Of the lines of a pool that is yet to come, the first is of a supplier that is closed by then: the other is still the
/// second, and its slot costs what was agreed for it.
#[test]
fn lines_keep_their_numbers_when_a_supplier_is_closed() {
    let start = SimTime::from_ticks(20 * HOUR);
    let hourly = |units| Some(Purchase { hourly: price(units), start, ..terms() });
    let life = Some(LifeRules { begins: Stage::Planned, ..LifeRules::default() });
    let supply = vec![line(0, 1, hourly(3)), line(1, 1, hourly(5))];
    let mut driver = Driver::new(vec![reserved(), reserved(), PoolRules { life, ..pool(0, supply) }]);
    assert_eq!(driver.operate(0, 0, Change::Delete), Ok(()));
    driver.run_to(10 * HOUR);
    assert_eq!(driver.operate(0, 2, Change::Create), Ok(()));
    driver.run_to(25 * HOUR);
    driver.settle();
    assert_eq!(driver.log.supplied[&(PoolId(2), 1)], (1, 0));
    driver.run_to(40 * HOUR);
    driver.settle();
    assert_eq!((driver.level(2).capacity, driver.level(1).occupied), (Some(0), 0));
    assert_eq!(driver.balance(PROVIDER), Money::from_units(100 + 10 * 5));
}

/// Lines ask at hour 10, or when the pool is there; it lives for three hours at a time, and asks no more when it is gone.
#[test]
fn a_pool_asks_for_its_terms_when_it_is_there() {
    #[rustfmt::skip]
    let cases = [
        // created at       slots at hour 11, 21
        (vec![9],           [2, 0]),
        (vec![10],          [2, 0]),
        (vec![20],          [0, 2]),
        (vec![5],           [0, 0]),
        (vec![5, 10],       [2, 0]),
        (vec![5, 9, 20],    [2, 2]),
    ];
    for (hours, slots) in cases {
        let start = SimTime::from_ticks(10 * HOUR);
        let purchase = Purchase { start, term: ticks(100 * HOUR), ..terms() };
        // Only what a rule may create comes back.
        let create = Some(Arc::new(Rule(|_| Ok(0))) as Arc<dyn Formula>);
        let by_rule = Some(LifeFormulas { watch: PoolId(0), create, delete: None, every: ticks(1000 * HOUR) });
        let life = LifeRules { begins: Stage::Planned, term: Some(ticks(3 * HOUR)), by_rule, ..LifeRules::default() };
        let pool = PoolRules { life: Some(life), ..pool(0, vec![line(0, 2, Some(purchase))]) };
        let mut driver = Driver::new(vec![reserved(), pool]);
        for hour in 0..22 {
            driver.run_to(hour * HOUR);
            driver.settle();
            if hours.contains(&hour) {
                assert_eq!(driver.operate(0, 1, Change::Create), Ok(()), "{hours:?}");
                driver.settle();
            }
            if let Some(index) = [11, 21].iter().position(|look| *look == hour) {
                let held = driver.level(0).occupied;
                assert_eq!((driver.level(1).capacity, held), (Some(slots[index]), slots[index]), "{hours:?} at {hour}");
            }
        }
    }
}

//! What accounts do to pools: life, members, slots, policies, and rules by which pools grow.

use std::sync::Arc;

use overspill::market::{
    AccountId, AtExpiry, BillingKind, BillingRecord, BudgetRules, BurstRules, Cause, Change, Charging, Denial, Due,
    EvictionOrder, FairOrder, FairnessRules, Fate, Formula, GivenRules, Interrupted, InterruptionRules, LifeFormulas,
    LifeRules, MaxPrice, PartyId, PoolFees, PoolId, PoolRules, Pricing, Purchase, Refusal, ScalingRule, ScalingStep,
    Slots, Stage, Submission, SupplyLine, Variables, WaitingOrder, WaitingRoom,
};
use overspill::units::{Money, Price, Share, SimDuration, SimTime, TICKS_PER_HOUR};

use crate::driver::{CUSTOMER, Driver, MEMBER, PROVIDER, STRANGER, ask, price, spot, ticks};
use crate::recorder::Doing;

/// The account that may change the pools of these tests, and one that may not.
const OWNER: u32 = 1;
const OTHER: u32 = 2;

pub(crate) fn room() -> Option<WaitingRoom> {
    Some(WaitingRoom { capacity: None, order: WaitingOrder::ByMethod })
}

/// A pool of the customer at a posted price of 5, where everybody waits and resumes.
fn lab(slots: u32) -> PoolRules {
    PoolRules {
        waiting: room(),
        interrupted: Some(Interrupted::Resume),
        controllers: vec![AccountId(OWNER)],
        ..PoolRules::posted(CUSTOMER, Slots::Count(slots), price(5))
    }
}

fn on_demand(slots: u32) -> PoolRules {
    PoolRules { interrupted: Some(Interrupted::Lost), ..PoolRules::posted(PROVIDER, Slots::Count(slots), price(9)) }
}

fn line(from: u32, slots: u32, bid: i64) -> SupplyLine {
    SupplyLine { from: PoolId(from), slots, bid: price(bid), purchase: None }
}

fn life(begins: Stage) -> Option<LifeRules> {
    Some(LifeRules { begins, ..LifeRules::default() })
}

fn bursting(budget: Option<BudgetRules>) -> Option<BurstRules> {
    Some(BurstRules {
        tiers: vec![PoolId(1)],
        max_price: MaxPrice::Constant(price(20)),
        fee: Share::ZERO,
        flat_fee: Money::ZERO,
        budget,
        terms: overspill::market::BurstTerms::default(),
    })
}

fn done(driver: &mut Driver, pool: u32, change: Change) {
    let word = change.name();
    assert_eq!(driver.operate(OWNER, pool, change), Ok(()), "{word}");
    driver.settle();
}

fn fate(driver: &Driver, number: u64) -> Option<Fate> {
    driver.seen(number).fate()
}

fn capacity(driver: &Driver, pool: u32) -> Option<u32> {
    driver.level(pool).capacity
}

#[test]
fn every_operation_by_another_account_is_refused_and_answered() {
    let pool = PoolRules { members: Some(vec![MEMBER]), life: life(Stage::Planned), ..lab(2) };
    let mut driver = Driver::new(vec![pool, on_demand(2)]);
    let changes = [
        Change::Create,
        Change::BringOnline,
        Change::AddMembers(vec![STRANGER]),
        Change::RemoveMembers(vec![MEMBER]),
        Change::AddSlots(line(1, 1, 9)),
        Change::Resize(9),
        Change::Minimum(price(3)),
        Change::Delete,
    ];
    for change in changes.clone() {
        assert_eq!(driver.operate(OTHER, 0, change), Err(Denial::NotAuthorised));
    }
    let words: Vec<&str> = driver.log.answers.iter().map(|answer| answer.change).collect();
    let expected: Vec<&str> = changes.iter().map(Change::name).collect();
    assert_eq!(words, expected);
    driver.settle();
    assert_eq!((capacity(&driver, 0), driver.level(0).minimum), (Some(0), price(0)));
}

#[test]
fn a_pool_is_planned_created_online_and_closed() {
    let mut driver = Driver::new(vec![PoolRules { life: life(Stage::Planned), ..lab(2) }]);
    let fate_at = |driver: &mut Driver, time: i64| {
        driver.run_to(time);
        let number = driver.submit(Submission { work: ticks(1), ..ask(0, 5) });
        driver.run_to(time + 1);
        driver.seen(number).fate()
    };
    let down = Some(Fate::Refused(Refusal::Down));
    assert_eq!((fate_at(&mut driver, 1), capacity(&driver, 0)), (down, Some(0)));
    assert_eq!(driver.operate(OWNER, 0, Change::BringOnline), Err(Denial::Stage));
    done(&mut driver, 0, Change::Create);
    assert_eq!((fate_at(&mut driver, 3), capacity(&driver, 0)), (down, Some(2)));
    assert_eq!(driver.operate(OWNER, 0, Change::Create), Err(Denial::Stage));
    done(&mut driver, 0, Change::BringOnline);
    assert_eq!(fate_at(&mut driver, 5), Some(Fate::Completed));
    done(&mut driver, 0, Change::TakeOffline);
    assert_eq!((fate_at(&mut driver, 7), capacity(&driver, 0)), (down, Some(2)));
    done(&mut driver, 0, Change::Delete);
    assert_eq!((fate_at(&mut driver, 9), capacity(&driver, 0)), (down, Some(0)));
    for change in [Change::Create, Change::BringOnline, Change::Delete, Change::Minimum(price(1))] {
        assert_eq!(driver.operate(OWNER, 0, change), Err(Denial::Stage));
    }
}

/// Access is asked before anything else: a stranger does not learn whether the pool is there.
#[test]
fn a_stranger_is_refused_for_access_whatever_the_pool_is() {
    let pool = PoolRules { members: Some(vec![MEMBER]), life: life(Stage::Planned), ..lab(2) };
    let mut driver = Driver::new(vec![pool]);
    let (stranger, member) = (driver.submit(Submission { payer: STRANGER, ..ask(0, 5) }), driver.submit(ask(0, 5)));
    assert_eq!(fate(&driver, stranger), Some(Fate::Refused(Refusal::Access)));
    assert_eq!(fate(&driver, member), Some(Fate::Refused(Refusal::Down)));
}

#[test]
fn offline_holders_go_on_and_nobody_starts() {
    let mut driver = Driver::new(vec![lab(1)]);
    let holds = driver.submit(Submission { work: ticks(10), ..ask(0, 5) });
    let waits = driver.submit(ask(0, 5));
    driver.run_to(5);
    done(&mut driver, 0, Change::TakeOffline);
    driver.run_to(20);
    driver.settle();
    assert_eq!(fate(&driver, holds), Some(Fate::Completed));
    assert!(driver.seen(waits).is_waiting());
    driver.run_to(30);
    done(&mut driver, 0, Change::BringOnline);
    assert!(driver.seen(waits).is_running());
}

#[test]
fn planned_supply_asks_when_the_pool_is_created_and_is_given_back_at_its_end() {
    let pool = PoolRules { life: life(Stage::Planned), supply: vec![line(1, 3, 9)], ..lab(0) };
    let mut driver = Driver::new(vec![pool, on_demand(2)]);
    assert_eq!(driver.level(1).occupied, 0);
    driver.run_to(5);
    done(&mut driver, 0, Change::Create);
    assert_eq!((driver.level(1).occupied, capacity(&driver, 0)), (2, Some(2)));
    driver.run_to(7);
    done(&mut driver, 0, Change::Delete);
    assert_eq!((driver.level(1).occupied, capacity(&driver, 0)), (0, Some(0)));
    driver.close();
    let charged: Vec<i64> = driver.log.held.iter().map(|held| (held.to - held.from).ticks()).collect();
    assert_eq!(charged, [2, 2], "both slots were paid for from 5 to 7");
}

#[test]
fn at_its_end_nothing_is_left_of_a_pool() {
    // One runs, one bursts, one waits; another pool is supplied by one slot, on which somebody runs, and waits for another.
    let pool = PoolRules {
        burst: bursting(None),
        waiting: Some(WaitingRoom { capacity: Some(1), order: WaitingOrder::ByMethod }),
        ..lab(2)
    };
    let below = PoolRules { supply: vec![line(0, 2, 9)], ..lab(0) };
    let term = LifeRules { term: Some(ticks(10)), ..LifeRules::default() };
    let mut driver = Driver::new(vec![PoolRules { life: Some(term), ..pool }, on_demand(4), below]);
    // The supply lines took both slots.
    assert_eq!(capacity(&driver, 2), Some(2));
    done(&mut driver, 2, Change::RemoveSlots { from: PoolId(0), slots: 1 });
    let (runs, waits, bursts) = (driver.submit(ask(0, 5)), driver.submit(ask(0, 5)), driver.submit(ask(0, 5)));
    let sub = driver.submit(ask(2, 5));
    assert!(matches!(driver.doing(bursts), Doing::Running { tier: Some(0), .. }));
    driver.run_to(10);
    driver.settle();
    assert_eq!([runs, bursts].map(|n| fate(&driver, n)), [Some(Fate::Lost); 2]);
    assert_eq!([runs, bursts].map(|n| driver.seen(n).interruptions.clone()), [[Cause::Closure], [Cause::Closure]]);
    assert_eq!(fate(&driver, waits), Some(Fate::Refused(Refusal::Down)));
    assert_eq!(driver.seen(sub).interruptions, [Cause::Supply]);
    for pool in [0, 1, 2] {
        assert_eq!(driver.level(pool).occupied, 0, "pool {pool}");
    }
    assert_eq!([0, 1, 2].map(|pool| capacity(&driver, pool)), [Some(0), Some(4), Some(0)]);
    // There will never be a slot: whoever waits for one of more than there can be has no hope.
    assert_eq!(fate(&driver, sub), Some(Fate::Lost));
}

#[test]
fn a_pool_ends_at_the_earlier_of_term_and_expiry() {
    for (term, expires_at, end) in [(Some(10), None, 13), (Some(10), Some(8), 8), (None, Some(20), 20)] {
        let rules = LifeRules {
            begins: Stage::Planned,
            term: term.map(ticks),
            expires_at: expires_at.map(SimTime::from_ticks),
            ..LifeRules::default()
        };
        let mut driver = Driver::new(vec![PoolRules { life: Some(rules), ..lab(1) }]);
        driver.run_to(3);
        done(&mut driver, 0, Change::Create);
        driver.run_to(end - 1);
        driver.settle();
        assert_eq!(capacity(&driver, 0), Some(1));
        driver.run_to(end);
        driver.settle();
        assert_eq!(capacity(&driver, 0), Some(0), "{term:?} {expires_at:?}");
    }
}

#[test]
fn fees_fall_due_once_and_by_the_hour() {
    let fees = PoolFees { once: Money::from_units(100), hourly: price(TICKS_PER_HOUR), payee: PROVIDER };
    let rules = LifeRules { begins: Stage::Planned, fees: Some(fees), ..LifeRules::default() };
    let mut driver = Driver::new(vec![PoolRules { life: Some(rules.clone()), ..lab(1) }]);
    driver.run_to(10);
    assert_eq!(driver.balance(CUSTOMER), Money::ZERO);
    done(&mut driver, 0, Change::Create);
    driver.run_to(17);
    done(&mut driver, 0, Change::Delete);
    driver.close();
    let bills: Vec<_> =
        driver.log.bills.iter().map(|(at, bill)| (at.ticks(), bill.kind, bill.amount.units())).collect();
    assert_eq!(bills, [(10, BillingKind::PoolFee, 100), (17, BillingKind::PoolHours, 7)]);
    assert!(driver.log.bills.iter().all(|(_, bill)| bill.request == BillingRecord::NONE && bill.payer == CUSTOMER));
    assert_eq!((driver.balance(CUSTOMER).units(), driver.balance(PROVIDER).units()), (-107, 107));
    // At the close of the books, where it goes on existing.
    let rules = LifeRules { begins: Stage::Online, ..rules };
    let mut driver = Driver::new(vec![PoolRules { life: Some(rules), ..lab(1) }]);
    driver.run_to(4);
    driver.close();
    assert_eq!((driver.balance(PROVIDER).units(), driver.log.existed), (104, 4 * i128::from(TICKS_PER_HOUR)));
}

#[test]
fn a_pool_is_planned_while_the_marketplace_runs() {
    let mut driver = Driver::new(vec![lab(1)]);
    driver.run_to(5);
    let id = driver.market.plan(PoolRules { supply: vec![line(0, 1, 5)], ..lab(2) });
    assert_eq!(id, PoolId(1));
    done(&mut driver, 1, Change::Create);
    done(&mut driver, 1, Change::BringOnline);
    assert_eq!((capacity(&driver, 1), driver.level(0).occupied), (Some(3), 1));
}

#[test]
fn members_come_and_go() {
    let pool = PoolRules { members: Some(vec![MEMBER]), maximum_users: Some(2), burst: bursting(None), ..lab(1) };
    let pool = PoolRules { waiting: Some(WaitingRoom { capacity: Some(1), order: WaitingOrder::ByMethod }), ..pool };
    let mut driver = Driver::new(vec![pool, on_demand(2), lab(1)]);
    assert_eq!(driver.operate(OWNER, 0, Change::AddMembers(vec![STRANGER, PartyId(9)])), Err(Denial::TooManyUsers));
    let stranger = |driver: &mut Driver| driver.submit(Submission { payer: STRANGER, ..ask(0, 5) });
    let refused = stranger(&mut driver);
    assert_eq!(fate(&driver, refused), Some(Fate::Refused(Refusal::Access)));
    done(&mut driver, 0, Change::AddMembers(vec![STRANGER]));
    // One runs, one waits, one bursts; then a member waits behind them.
    let [runs, waits, bursts] = [(); 3].map(|()| stranger(&mut driver));
    assert!(matches!(driver.doing(bursts), Doing::Running { tier: Some(0), .. }));
    driver.run_to(3);
    done(&mut driver, 0, Change::RemoveMembers(vec![STRANGER]));
    assert_eq!([runs, bursts].map(|n| fate(&driver, n)), [Some(Fate::Lost); 2]);
    assert_eq!([runs, bursts].map(|n| driver.seen(n).interruptions.clone()), [[Cause::Removed], [Cause::Removed]]);
    assert_eq!(fate(&driver, waits), Some(Fate::Refused(Refusal::Access)));
    assert_eq!((driver.level(0).occupied, driver.level(0).waiting, driver.level(1).occupied), (0, 0, 0));
    let late = stranger(&mut driver);
    assert_eq!(fate(&driver, late), Some(Fate::Refused(Refusal::Access)));
    // The list holds one again, and a limit below what is named is refused.
    done(&mut driver, 0, Change::MaximumUsers(Some(1)));
    assert_eq!(driver.operate(OWNER, 0, Change::AddMembers(vec![STRANGER])), Err(Denial::TooManyUsers));
    assert_eq!(driver.operate(OWNER, 2, Change::AddMembers(vec![STRANGER])), Err(Denial::NoMemberList));
    assert_eq!(driver.operate(OWNER, 2, Change::MaximumUsers(None)), Err(Denial::NoMemberList));
}

#[test]
fn who_stood_behind_a_removed_member_is_served() {
    let mut driver = Driver::new(vec![PoolRules { members: Some(vec![MEMBER, STRANGER]), ..lab(1) }]);
    driver.submit(Submission { payer: STRANGER, ..ask(0, 5) });
    let next = driver.submit(ask(0, 5));
    driver.run_to(3);
    done(&mut driver, 0, Change::RemoveMembers(vec![STRANGER]));
    assert!(driver.seen(next).is_running());
}

#[test]
fn slots_come_and_go_while_a_pool_runs() {
    let mut driver = Driver::new(vec![lab(1), on_demand(2)]);
    let numbers = [(); 3].map(|()| driver.submit(ask(0, 5)));
    let running = |driver: &Driver| numbers.map(|number| driver.seen(number).is_running());
    done(&mut driver, 0, Change::AddSlots(line(1, 3, 9)));
    assert_eq!((capacity(&driver, 0), running(&driver)), (Some(3), [true; 3]));
    // The one that is waited for goes first: nobody notices.
    done(&mut driver, 0, Change::RemoveSlots { from: PoolId(1), slots: 1 });
    assert_eq!((capacity(&driver, 0), running(&driver)), (Some(3), [true; 3]));
    driver.run_to(5);
    done(&mut driver, 0, Change::RemoveSlots { from: PoolId(1), slots: 1 });
    assert_eq!((capacity(&driver, 0), running(&driver)), (Some(2), [true, true, false]));
    assert_eq!(driver.seen(numbers[2]).interruptions, [Cause::Supply]);
    assert_eq!(driver.operate(OWNER, 0, Change::RemoveSlots { from: PoolId(1), slots: 2 }), Err(Denial::NoSuchSlots));
    // An occupant moves to a free slot.
    driver.release(numbers[0]);
    driver.withdraw(numbers[2]);
    driver.settle();
    done(&mut driver, 0, Change::Resize(0));
    assert_eq!((capacity(&driver, 0), driver.level(0).occupied), (Some(1), 1));
    assert_eq!(driver.seen(numbers[1]).interruptions, []);
    done(&mut driver, 0, Change::Resize(4));
    assert_eq!(capacity(&driver, 0), Some(5));
}

#[test]
fn a_slot_that_leaves_goes_in_the_pools_order() {
    let orders = [(EvictionOrder::ByMethod, 2), (EvictionOrder::LowestBid, 1), (EvictionOrder::Youngest, 2)];
    for (order, victim) in orders {
        let interruption = InterruptionRules { order, ..InterruptionRules::IMMEDIATE };
        let pool = PoolRules { interruption, controllers: Vec::new(), ..lab(3) };
        let mut driver = Driver::new(vec![pool]);
        for (time, bid) in [(0, 30), (1, 20), (2, 40)] {
            driver.run_to(time);
            driver.submit(ask(0, bid));
        }
        driver.run_to(3);
        done(&mut driver, 0, Change::Resize(2));
        assert_eq!(driver.waiting(), [victim]);
    }
}

/// Three hold slots, and one of the slots leaves. If nobody else goes in the meantime, the latest arrival does.
#[test]
fn slots_leave_after_the_notice_of_the_pool() {
    let interruption = InterruptionRules { notice: ticks(10), ..InterruptionRules::IMMEDIATE };
    let pool = PoolRules { interruption, supply: vec![line(1, 2, 9)], ..lab(1) };
    for somebody_goes in [false, true] {
        let mut driver = Driver::new(vec![pool.clone(), on_demand(2)]);
        let [a, b, c] = [(); 3].map(|()| driver.submit(ask(0, 7)));
        driver.run_to(5);
        done(&mut driver, 0, Change::RemoveSlots { from: PoolId(1), slots: 1 });
        let late = driver.submit(ask(0, 7));
        driver.run_to(8);
        if somebody_goes {
            driver.release(b);
            driver.settle();
        }
        // Until the notice ends the slot is there, and one slot fewer is given out.
        assert!(driver.seen(late).is_waiting() && driver.seen(c).is_running());
        assert_eq!((capacity(&driver, 0), driver.level(1).occupied), (Some(3), 2));
        driver.run_to(15);
        driver.settle();
        assert_eq!((capacity(&driver, 0), driver.level(1).occupied), (Some(2), 1));
        if somebody_goes {
            assert_eq!((driver.running(), driver.seen(c).interruptions.len()), (vec![a, c], 0));
            // It pays what everybody pays again.
            done(&mut driver, 0, Change::PostedPrice(price(6)));
            driver.run_to(20);
            driver.close();
            assert_eq!((driver.seen(c).charge, driver.seen(a).charge), (15 * 5 + 5 * 6, 15 * 5 + 5 * 6));
        } else {
            assert_eq!(
                (driver.running(), driver.seen(c).interruptions.as_slice()),
                (vec![a, b], [Cause::Supply].as_slice())
            );
            driver.release(a);
            driver.settle();
            driver.release(b);
            driver.settle();
            driver.withdraw(late);
            driver.release(c);
            driver.settle();
            // An idle slot goes at once.
            done(&mut driver, 0, Change::RemoveSlots { from: PoolId(1), slots: 1 });
            assert_eq!((capacity(&driver, 0), driver.level(1).occupied), (Some(1), 0));
        }
    }
}

/// A spot slot is on its way out when the provider takes it back: it goes now, and does not come again.
#[test]
fn a_slot_under_notice_that_is_lost_upstream_is_gone() {
    let interruption = InterruptionRules { notice: ticks(10), ..InterruptionRules::IMMEDIATE };
    let pool = PoolRules { interruption, supply: vec![line(1, 1, 30)], ..lab(0) };
    let upstream = PoolRules { interrupted: Some(Interrupted::Lost), waiting: room(), ..spot(PROVIDER, 1) };
    let mut driver = Driver::new(vec![pool, upstream]);
    let holds = driver.submit(ask(0, 5));
    driver.run_to(5);
    done(&mut driver, 0, Change::RemoveSlots { from: PoolId(1), slots: 1 });
    driver.run_to(8);
    let other = driver.submit(Submission { payer: STRANGER, ..ask(1, 50) });
    assert_eq!((capacity(&driver, 0), driver.level(0).occupied), (Some(0), 0));
    assert_eq!(fate(&driver, holds), Some(Fate::Lost), "there will be no slot again");
    driver.run_to(20);
    driver.release(other);
    driver.settle();
    assert_eq!((driver.level(1).occupied, capacity(&driver, 0)), (0, Some(0)));
}

#[test]
fn requests_larger_than_the_pool_has_become_are_refused() {
    let mut driver = Driver::new(vec![lab(3)]);
    driver.submit(ask(0, 5));
    let large = driver.submit(Submission { slots: 3, ..ask(0, 5) });
    driver.run_to(1);
    done(&mut driver, 0, Change::Resize(2));
    assert_eq!(fate(&driver, large), Some(Fate::Refused(Refusal::Capacity)));
}

/// The supplier of one of its three slots is deleted: whoever waits for all three is refused, and counted no more.
#[test]
fn whoever_is_too_large_for_what_is_left_waits_no_more() {
    let pool = PoolRules { supply: vec![line(1, 1, 9)], ..lab(2) };
    let mut driver = Driver::new(vec![pool, PoolRules { controllers: vec![AccountId(OWNER)], ..on_demand(1) }]);
    driver.submit(ask(0, 9));
    let large = driver.submit(Submission { slots: 3, ..ask(0, 9) });
    assert_eq!(driver.level(0).waiting, 1);
    done(&mut driver, 1, Change::Delete);
    assert_eq!((fate(&driver, large), driver.level(0).waiting), (Some(Fate::Refused(Refusal::Capacity)), 0));
}

#[test]
fn what_cannot_supply_a_pool_is_refused() {
    let auctioned = PoolRules { pricing: overspill::market::Pricing::Proportional, ..lab(1) };
    let endless = PoolRules::posted(PROVIDER, Slots::Unlimited, price(1));
    let closed = PoolRules { controllers: Vec::new(), ..lab(1) };
    let mut driver = Driver::new(vec![lab(1), spot(PROVIDER, 1), auctioned, endless, closed]);
    done(&mut driver, 4, Change::Delete);
    let bidless = SupplyLine { bid: Price::MAX, ..line(1, 1, 0) };
    for line in [line(0, 1, 9), bidless, line(2, 1, 9), line(4, 1, 9), line(9, 1, 9)] {
        assert_eq!(driver.operate(OWNER, 0, Change::AddSlots(line)), Err(Denial::NoSupplier));
    }
    let term = ticks(9);
    let purchase = Purchase {
        upfront: Money::ZERO,
        hourly: price(1),
        due: Due::WholeTerm,
        term,
        start: SimTime::ZERO,
        at_expiry: AtExpiry::TakeBack,
    };
    let bought = SupplyLine { purchase: Some(purchase), ..line(3, 1, 9) };
    assert_eq!(driver.operate(OWNER, 0, Change::AddSlots(bought)), Err(Denial::Reserved));
    assert_eq!(driver.operate(OWNER, 0, Change::AddSlots(line(3, u32::MAX, 9))), Err(Denial::TooManySlots));
    assert_eq!(driver.operate(OWNER, 0, Change::Resize(u32::MAX)), Err(Denial::TooManySlots));
    assert_eq!(driver.operate(OWNER, 3, Change::Resize(1)), Err(Denial::Unlimited));
    assert_eq!(driver.operate(OWNER, 3, Change::AddSlots(line(0, 1, 9))), Err(Denial::Unlimited));
}

/// Its members are asked for nothing else: somebody else's pool gets its slots if its owner says so.
#[test]
fn a_private_pool_supplies_whom_it_is_open_to() {
    let private = |open_to| PoolRules { members: Some(vec![STRANGER]), open_to, ..on_demand(2) };
    for (open_to, answer) in [(vec![], Err(Denial::NoSupplier)), (vec![CUSTOMER], Ok(()))] {
        let mut driver = Driver::new(vec![lab(1), private(open_to)]);
        assert_eq!(driver.operate(OWNER, 0, Change::AddSlots(line(1, 1, 9))), answer);
        driver.settle();
        assert_eq!(capacity(&driver, 0), Some(1 + u32::from(answer.is_ok())));
    }
    // Its own owner's word is enough.
    let own = PoolRules { owner: CUSTOMER, ..private(vec![]) };
    _ = Driver::new(vec![PoolRules { burst: bursting(None), ..lab(1) }, own]);
}

#[test]
#[should_panic(expected = "its members'")]
fn nobody_bursts_into_somebody_elses_private_pool() {
    let private = PoolRules { members: Some(vec![STRANGER]), ..on_demand(2) };
    _ = Driver::new(vec![PoolRules { burst: bursting(None), ..lab(1) }, private]);
}

#[test]
fn a_higher_posted_price_is_paid_by_who_stays_and_ends_who_does_not() {
    let mut driver = Driver::new(vec![lab(2)]);
    let (rich, poor) = (driver.submit(ask(0, 9)), driver.submit(ask(0, 6)));
    let (waits, gives_up) = (driver.submit(ask(0, 9)), driver.submit(ask(0, 6)));
    driver.run_to(10);
    done(&mut driver, 0, Change::PostedPrice(price(7)));
    assert_eq!(driver.running(), [rich, waits]);
    assert_eq!(driver.seen(poor).interruptions, [Cause::Price]);
    assert_eq!([poor, gives_up].map(|n| fate(&driver, n)), [Some(Fate::Lost), Some(Fate::Refused(Refusal::Price))]);
    driver.run_to(20);
    driver.close();
    assert_eq!([rich, poor, waits].map(|n| driver.seen(n).charge), [50 + 70, 50, 70]);
    assert_eq!(
        Driver::new(vec![spot(CUSTOMER, 1)]).operate(OWNER, 0, Change::PostedPrice(price(1))),
        Err(Denial::NoSuchRule)
    );
}

#[test]
fn bursts_are_switched_off_and_on_and_repriced() {
    let pool = PoolRules { waiting: None, burst: bursting(None), ..lab(0) };
    let mut driver = Driver::new(vec![pool, on_demand(9)]);
    let bursts = |driver: &mut Driver| {
        let number = driver.submit(ask(0, 5));
        matches!(driver.doing(number), Doing::Running { .. })
    };
    assert!(bursts(&mut driver));
    done(&mut driver, 0, Change::Bursts(false));
    assert!(!bursts(&mut driver));
    done(&mut driver, 0, Change::Bursts(true));
    assert!(bursts(&mut driver));
    done(&mut driver, 0, Change::BurstPrice(MaxPrice::Constant(price(8))));
    assert!(!bursts(&mut driver));
    done(&mut driver, 0, Change::BurstPrice(MaxPrice::Constant(price(9))));
    assert!(bursts(&mut driver));
    assert_eq!(driver.level(1).occupied, 3);
    for change in [Change::Bursts(false), Change::BurstPrice(MaxPrice::Bid), Change::Budget(Money::ZERO)] {
        assert_eq!(driver.operate(OWNER, 1, change), Err(Denial::NoSuchRule));
    }
}

/// Each slot costs 9 a tick.
#[test]
fn a_budget_is_amended_and_never_passed() {
    let budget = BudgetRules { amount: Money::from_units(90), period: None, charging: Charging::Metered };
    let pool =
        PoolRules { waiting: None, interrupted: Some(Interrupted::Lost), burst: bursting(Some(budget)), ..lab(0) };
    let mut dear = on_demand(9);
    dear.pricing = overspill::market::Pricing::Posted(price(9 * TICKS_PER_HOUR));
    let mut pool = pool;
    pool.burst.iter_mut().for_each(|burst| burst.max_price = MaxPrice::Constant(Price::from_units(i64::MAX / 4)));
    for (amount, result, end) in [(135, Ok(()), 15), (45, Ok(()), 5), (44, Err(Denial::Spent), 10)] {
        let mut driver = Driver::new(vec![pool.clone(), dear.clone()]);
        let number = driver.submit(ask(0, 5));
        driver.run_to(5);
        driver.settle();
        assert_eq!(driver.operate(OWNER, 0, Change::Budget(Money::from_units(amount))), result);
        driver.run_to(40);
        driver.settle();
        assert_eq!(fate(&driver, number), Some(Fate::Lost));
        assert_eq!(driver.seen(number).interruptions, [Cause::Budget]);
        assert_eq!(driver.log.held[0].to.ticks(), end, "a budget of {amount}");
    }
}

#[test]
fn caps_are_amended() {
    let fairness = FairnessRules {
        member_cap: Some(1),
        department_cap: None,
        order: FairOrder::Arrival,
        credits: None,
        departments: Arc::default(),
        weights: Arc::default(),
    };
    let mut driver = Driver::new(vec![PoolRules { fairness: Some(fairness), ..lab(4) }, lab(1)]);
    let numbers = [(); 3].map(|()| driver.submit(ask(0, 5)));
    assert_eq!(driver.running(), numbers[..1]);
    done(&mut driver, 0, Change::MemberCap(Some(2)));
    assert_eq!(driver.running(), numbers[..2]);
    done(&mut driver, 0, Change::MemberCap(None));
    assert_eq!(driver.running(), numbers);
    done(&mut driver, 0, Change::DepartmentCap(Some(1)));
    let waits = driver.submit(Submission { slots: 2, ..ask(0, 5) });
    done(&mut driver, 0, Change::MemberCap(Some(1)));
    assert_eq!(driver.running(), numbers, "whoever holds more keeps it");
    assert_eq!(fate(&driver, waits), Some(Fate::Refused(Refusal::Cap)));
    assert_eq!(driver.operate(OWNER, 1, Change::MemberCap(None)), Err(Denial::NoSuchRule));
}

/// A formula of these tests.
#[derive(Debug)]
struct When(fn(&Variables) -> bool);

impl Formula for When {
    fn evaluate(&self, variables: &Variables) -> Result<i64, String> {
        Ok(i64::from((self.0)(variables)))
    }
}

fn scaling(when: fn(&Variables) -> bool, step: ScalingStep, cool_down: i64) -> ScalingRule {
    ScalingRule { condition: Arc::new(When(when)), step, every: ticks(10), cool_down: ticks(cool_down) }
}

fn take(slots: u32, from: &[u32], at_most: u32) -> ScalingStep {
    let from = from.iter().map(|from| PoolId(*from)).collect();
    ScalingStep::Take { slots, from, bid: Price::MAX, at_most }
}

fn give(slots: u32, busy: bool) -> ScalingStep {
    ScalingStep::Return { slots, at_least: 2, busy }
}

/// Like static supply: by an operation and by a rule, at a price that others make. While it lies above the bid the slots are
/// lost, and waited for.
#[test]
fn slots_are_taken_at_given_prices() {
    let given = GivenRules { start: price(5), highest: Price::MAX };
    let market = PoolRules {
        slots: Slots::Unlimited,
        pricing: Pricing::Given(given),
        interrupted: Some(Interrupted::Lost),
        ..on_demand(0)
    };
    let step = ScalingStep::Take { slots: 1, from: vec![PoolId(1)], bid: price(7), at_most: 3 };
    let rules = vec![scaling(|_| true, step, 0)];
    let mut driver = Driver::new(vec![PoolRules { scaling: rules, ..lab(0) }, market]);
    assert_eq!(driver.operate(OWNER, 0, Change::AddSlots(line(1, 1, 6))), Ok(()));
    driver.settle();
    for (at, made, slots) in [(5, 5, 1), (15, 5, 2), (25, 7, 2), (35, 8, 0), (45, 6, 3), (55, 5, 3)] {
        driver.run_to(at);
        driver.set_price(1, made);
        driver.settle();
        assert_eq!(capacity(&driver, 0), Some(slots), "at {at}");
    }
    let bidless = SupplyLine { bid: Price::MAX, ..line(1, 1, 0) };
    assert_eq!(driver.operate(OWNER, 0, Change::AddSlots(bidless)), Err(Denial::NoSupplier));
}

#[test]
fn a_pool_grows_and_shrinks_by_its_rules() {
    let rules = vec![
        scaling(|v| v.queue_length > 0, take(2, &[1, 2], 6), 0),
        scaling(|v| v.queue_length == 0, give(2, false), 0),
    ];
    // Its own spare slots, then on demand.
    let spare = PoolRules::posted(CUSTOMER, Slots::Count(1), price(0));
    let mut driver = Driver::new(vec![PoolRules { scaling: rules, ..lab(1) }, spare, on_demand(9)]);
    let numbers: Vec<u64> = (0..8).map(|_| driver.submit(ask(0, 5))).collect();
    let levels = |driver: &mut Driver, time: i64| {
        driver.run_to(time);
        driver.settle();
        [0, 1, 2].map(|pool| if pool == 0 { driver.level(0).capacity.unwrap() } else { driver.level(pool).occupied })
    };
    assert_eq!(levels(&mut driver, 9), [1, 0, 0]);
    assert_eq!(levels(&mut driver, 10), [3, 1, 1]);
    assert_eq!(levels(&mut driver, 20), [5, 1, 3]);
    assert_eq!(levels(&mut driver, 30), [6, 1, 4], "at most six");
    assert_eq!(levels(&mut driver, 40), [6, 1, 4]);
    // Nobody waits any more, and three slots are idle: two go, the latest first.
    for number in &numbers[..5] {
        driver.release(*number);
        driver.settle();
    }
    assert_eq!(driver.level(0).occupied, 3);
    assert_eq!(levels(&mut driver, 50), [4, 1, 2]);
    assert_eq!(levels(&mut driver, 60), [3, 1, 1], "only idle ones");
    driver.release(numbers[5]);
    driver.release(numbers[6]);
    assert_eq!(levels(&mut driver, 70), [2, 1, 0], "at least two");
    let words: Vec<&str> = driver.log.answers.iter().map(|answer| answer.change).collect();
    assert_eq!(words, ["scale_up", "scale_up", "scale_up", "scale_down", "scale_down", "scale_down"]);
}

#[test]
fn a_rule_rests_after_slots_came_or_went() {
    let rules = vec![scaling(|v| v.queue_length > 0, take(1, &[1], 9), 25)];
    let mut driver = Driver::new(vec![PoolRules { scaling: rules, ..lab(0) }, on_demand(9)]);
    (0..5).for_each(|_| _ = driver.submit(ask(0, 5)));
    let capacities: Vec<u32> = (1..8)
        .map(|step| {
            driver.run_to(10 * step);
            driver.settle();
            capacity(&driver, 0).unwrap()
        })
        .collect();
    assert_eq!(capacities, [1, 1, 1, 2, 2, 2, 3]);
}

#[test]
fn busy_slots_are_returned_where_that_is_stated() {
    let rules = vec![scaling(|v| v.time == 0, take(3, &[1], 3), 0), scaling(|v| v.queue_length == 0, give(3, true), 0)];
    let mut rules = rules;
    rules[1].every = ticks(15);
    let mut driver = Driver::new(vec![PoolRules { scaling: rules, ..lab(0) }, on_demand(3)]);
    driver.run_to(10);
    driver.settle();
    let numbers = [(); 3].map(|()| driver.submit(ask(0, 5)));
    driver.run_to(15);
    driver.settle();
    assert_eq!(driver.running(), numbers[..2], "at least two");
}

#[test]
fn a_pool_is_created_and_deleted_by_rule_again_and_again() {
    let by_rule = LifeFormulas {
        watch: PoolId(0),
        create: Some(Arc::new(When(|v| v.queue_length > 1))),
        delete: Some(Arc::new(When(|v| v.queue_length == 0))),
        every: ticks(10),
    };
    let rules = LifeRules { begins: Stage::Planned, by_rule: Some(by_rule), ..LifeRules::default() };
    let mut driver = Driver::new(vec![lab(1), PoolRules { life: Some(rules), ..lab(3) }]);
    let levels = |driver: &mut Driver, time: i64| {
        driver.run_to(time);
        driver.settle();
        capacity(driver, 1)
    };
    for round in [0, 100] {
        assert_eq!(levels(&mut driver, round + 5), Some(0));
        let numbers: Vec<u64> = (0..3).map(|_| driver.submit(ask(0, 5))).collect();
        assert_eq!(levels(&mut driver, round + 9), Some(0));
        assert_eq!(levels(&mut driver, round + 10), Some(3));
        let number = driver.submit(ask(1, 5));
        assert!(driver.seen(number).is_running(), "it is online");
        numbers.iter().skip(1).for_each(|number| driver.withdraw(*number));
        assert_eq!(levels(&mut driver, round + 19), Some(3));
        assert_eq!(levels(&mut driver, round + 20), Some(0));
        assert_eq!(fate(&driver, number), Some(Fate::Lost));
        driver.release(numbers[0]);
    }
    let words: Vec<&str> = driver.log.answers.iter().map(|answer| answer.change).collect();
    assert_eq!(words, ["create", "online", "delete", "create", "online", "delete"]);
    assert!(driver.log.answers.iter().all(|answer| answer.by == AccountId(OWNER)));
}

#[test]
fn an_auction_comes_online_at_the_next_multiple_of_its_period() {
    let mut rules = lab(1);
    rules.pricing = overspill::market::Pricing::Auction(crate::rounds::RULES);
    rules.life = life(Stage::Planned);
    let mut driver = Driver::new(vec![rules]);
    driver.run_to(13);
    done(&mut driver, 0, Change::Create);
    driver.run_to(25);
    done(&mut driver, 0, Change::BringOnline);
    let number = driver.submit(Submission { work: SimDuration::from_hours(1), ..ask(0, 7) });
    driver.run_to(29);
    assert!(driver.seen(number).is_waiting());
    driver.run_to(31);
    assert!(driver.seen(number).is_running());
    assert_eq!(driver.log.rounds.len(), 1);
    done(&mut driver, 0, Change::Delete);
    driver.run_to(60);
    assert_eq!(driver.log.rounds.len(), 1, "no rounds of a pool that is gone");
}

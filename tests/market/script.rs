//! Small cases in a line: what bidders and owners do, and what comes of it, both as text.
//!
//! A script is a list of words. `5:` moves on to tick 5. `a9` is request `a`, which bids 9 for a slot, for ever; `a9x2/7~3@4`
//! is one of 2 slots for 7 ticks of work, that waits for at most 3 ticks, of party 4. `-a` takes it back, `a=12` bids 12
//! instead, `min6` sets the minimum, `price6` the price that others make. Letters stand in order of arrival. The books are closed at the last time of the script,
//! before anything else happens then.
//!
//! What comes of it is a word for each request: the stretches that it held slots for, what it owes for each, and its
//! fate. `a0-5:45,7-9:18C` held slots from tick 0 to 5 for 45, from 7 to 9 for 18, and was completed. Fates: `C` completed,
//! `L` lost, `A` abandoned, `W` withdrawn, `O` open, `R` refused with a reason.

use std::collections::BTreeMap;

use overspill::market::{Fate, PartyId, PoolRules, Refusal, Submission, WaitingOrder, WaitingRoom};
use overspill::units::SimDuration;

use crate::driver::{Driver, MEMBER, PROVIDER, ask, price, ticks};

/// A room in which anybody may wait, by bid.
pub(crate) const ROOM: WaitingRoom = WaitingRoom { capacity: None, order: WaitingOrder::ByMethod };

/// Plays the script in pool 0 of these, and closes the books.
pub(crate) fn play(pools: Vec<PoolRules>, script: &str) -> Driver {
    let mut driver = started(pools, script);
    driver.close();
    driver
}

/// Plays the script in pool 0 of these.
pub(crate) fn started(pools: Vec<PoolRules>, script: &str) -> Driver {
    let mut driver = Driver::new(pools);
    for word in script.split_whitespace() {
        act(&mut driver, word);
    }
    driver
}

pub(crate) fn act(driver: &mut Driver, word: &str) {
    let number = |name: &str| u64::from(name.as_bytes()[0] - b'a');
    if let Some(time) = word.strip_suffix(':') {
        driver.run_to(time.parse().expect("a time"));
    } else if let Some(name) = word.strip_prefix('-') {
        driver.withdraw(number(name));
    } else if let Some(minimum) = word.strip_prefix("min") {
        driver.set_minimum(0, minimum.parse().expect("a minimum"));
    } else if let Some(given) = word.strip_prefix("price") {
        driver.set_price(0, given.parse().expect("a price"));
    } else if let Some((name, bid)) = word.split_once('=') {
        driver.revise(number(name), bid.parse().expect("a bid"));
    } else {
        let submitted = driver.submit(submission(&word[1..]));
        assert_eq!(submitted, number(word), "letters stand in order of arrival: {word}");
    }
}

fn submission(text: &str) -> Submission {
    let mut parts: BTreeMap<char, i64> = BTreeMap::new();
    let mut kind = '=';
    for part in text.split_inclusive(['x', '/', '~', '@']) {
        let digits = part.trim_end_matches(['x', '/', '~', '@']);
        parts.insert(kind, digits.parse().unwrap_or_else(|_| panic!("a number in {text}")));
        kind = part.chars().last().expect("no part is empty");
    }
    let part = |kind: char| parts.get(&kind).copied();
    Submission {
        slots: part('x').map_or(1, |slots| slots as u32),
        work: part('/').map_or(SimDuration::from_hours(1000), ticks),
        patience: part('~').map(ticks),
        max_price: None,
        tag: [0; 2],
        payer: part('@').map_or(MEMBER, |party| PartyId(party as u32)),
        bid: price(part('=').expect("a bid")),
        ..ask(0, 0)
    }
}

/// What came of all requests, in words.
pub(crate) fn outcome(driver: &Driver) -> String {
    let words = driver.log.seen.iter().filter(|(_, seen)| seen.is_member()).map(|(number, seen)| {
        let mut leases: BTreeMap<u64, (i64, i64, i128)> = BTreeMap::new();
        for held in driver.log.held.iter().filter(|held| held.request == *number) {
            let (from, to) = (held.from.ticks(), held.to.ticks());
            let lease = leases.entry(held.lease).or_insert((from, to, 0));
            (lease.1, lease.2) = (to, lease.2 + held.charge.units());
        }
        let held: Vec<String> = leases.values().map(|(from, to, charge)| format!("{from}-{to}:{charge}")).collect();
        format!("{}{}{}", char::from(b'a' + *number as u8), held.join(","), seen.fate().map_or("?", letter))
    });
    words.collect::<Vec<_>>().join(" ")
}

fn letter(fate: Fate) -> &'static str {
    match fate {
        Fate::Completed => "C",
        Fate::Lost => "L",
        Fate::Abandoned => "A",
        Fate::Withdrawn => "W",
        Fate::Open => "O",
        Fate::Refused(Refusal::Price) => "R(price)",
        Fate::Refused(Refusal::Capacity) => "R(capacity)",
        Fate::Refused(Refusal::Outbid) => "R(outbid)",
        Fate::Refused(Refusal::Access) => "R(access)",
        Fate::Refused(Refusal::Cap) => "R(cap)",
        Fate::Refused(Refusal::Credits) => "R(credits)",
        Fate::Refused(Refusal::Budget) => "R(budget)",
        Fate::Refused(Refusal::Down) => "R(down)",
    }
}

/// The rounds: when each was decided, slots for sale, price, and what was sold: `10:2@5(ac)`.
pub(crate) fn rounds(driver: &Driver) -> String {
    let words = driver.log.rounds.iter().map(|round| {
        let buyers: String = round.sales.iter().map(|(number, ..)| char::from(b'a' + *number as u8)).collect();
        format!("{}:{}@{}({buyers})", round.at.ticks(), round.slots, round.price.units())
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The prices in force in pool 0, from when on: `0@2 5@9`.
pub(crate) fn prices(driver: &Driver) -> String {
    let prices = driver.log.prices.values().next().expect("a pool");
    let words = prices.iter().map(|(at, price)| format!("{}@{}", at.ticks(), price.units()));
    words.collect::<Vec<_>>().join(" ")
}

/// A pool of the provider in which everybody may wait.
pub(crate) fn waiting_pool(slots: u32) -> PoolRules {
    let slots = overspill::market::Slots::Count(slots);
    let interrupted = Some(overspill::market::Interrupted::Resume);
    PoolRules { waiting: Some(ROOM), interrupted, ..PoolRules::posted(PROVIDER, slots, price(0)) }
}

/// Cases that came out otherwise than expected. All are shown at the end, not only the first.
#[derive(Default)]
pub(crate) struct Cases(Vec<String>);

impl Cases {
    pub(crate) fn expect(&mut self, case: &str, found: &str, expected: &str) {
        if found != expected {
            self.0.push(format!("{case}\n  found    {found}\n  expected {expected}"));
        }
    }
}

impl Drop for Cases {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.0.is_empty(), "{}", self.0.join("\n"));
        }
    }
}

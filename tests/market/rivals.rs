//! Two customers whose pools burst at once: they compete for the same stock, and raise each other's price.

use overspill::market::{BurstRules, Interrupted, MaxPrice, PartyId, PoolId, PoolRules, Slots};
use overspill::units::{Money, Share};

use crate::driver::{CUSTOMER, Driver, PROVIDER, STRANGER, ask, price, spot};
use crate::script::Cases;

/// A pool without slots whose customer bursts into pools 2 (spot) and 3 (on-demand).
fn tenant(owner: PartyId, tiers: &[u32], max_price: i64) -> PoolRules {
    let burst = BurstRules {
        tiers: tiers.iter().copied().map(PoolId).collect(),
        max_price: MaxPrice::Constant(price(max_price)),
        fee: Share::ZERO,
        flat_fee: Money::ZERO,
        budget: None,
        terms: overspill::market::BurstTerms::default(),
    };
    let pool = PoolRules::posted(owner, Slots::Count(0), price(0));
    PoolRules { interrupted: Some(Interrupted::Burst), burst: Some(burst), ..pool }
}

/// Pools 0 and 1 are the tenants', with these highest prices; 2 is a spot market, 3 sells on demand at 10.
fn world(tiers: &[u32], limits: [i64; 2], stock: [u32; 2]) -> Driver {
    let [first, second] = limits;
    let market = PoolRules { interrupted: Some(Interrupted::Lost), ..spot(PROVIDER, stock[0]) };
    let on_demand = PoolRules::posted(PROVIDER, Slots::Count(stock[1]), price(10));
    Driver::new(vec![
        tenant(CUSTOMER, tiers, first),
        tenant(STRANGER, tiers, second),
        PoolRules { minimum: price(2), ..market },
        on_demand,
    ])
}

/// Who asks, one a tick (`a` the first tenant, `b` the second); the slots that each holds in the spot market and on demand
/// after each, and the price of the spot market.
fn course(mut driver: Driver, who: &str) -> String {
    let mut words = Vec::new();
    for (time, tenant) in (0..).zip(who.chars()) {
        driver.run_to(time);
        driver.submit(ask(u32::from(tenant == 'b'), 0));
        let open = driver.open_leases(overspill::units::SimTime::from_ticks(time));
        let held = |home: u32, pool: u32| {
            open.iter().filter(|held| held.home == PoolId(home) && held.pool == PoolId(pool)).count()
        };
        words.push(format!("{}+{} {}+{} @{}", held(0, 2), held(0, 3), held(1, 2), held(1, 3), driver.price(2)));
    }
    words.join(", ")
}

/// What, tiers, highest prices, stock, who asks, and the course of it.
type Case = (&'static str, &'static [u32], [i64; 2], [u32; 2], &'static str, &'static str);

#[test]
fn tenants_compete_for_one_stock_and_make_each_others_price() {
    let mut table = Cases::default();
    #[rustfmt::skip]
    let cases: [Case; 7] = [
        // what                             tiers    limits    stock   who     spot+on-demand of each, and the spot price
        ("one stock, first come",           &[3],    [20, 20], [0, 2], "abab", "0+1 0+0 @2, 0+1 0+1 @2, 0+1 0+1 @2, 0+1 0+1 @2"),
        ("the same without the rival",      &[3],    [20, 20], [0, 2], "aaa",  "0+1 0+0 @2, 0+2 0+0 @2, 0+2 0+0 @2"),
        ("alone, a tenant pays its bid at most when slots are short",
                                            &[2],    [5, 7],   [2, 0], "aa",   "1+0 0+0 @2, 2+0 0+0 @5"),
        ("a rival takes a slot, and then both",
                                            &[2],    [5, 7],   [2, 0], "aabb", "1+0 0+0 @2, 2+0 0+0 @5, 1+0 1+0 @5, 0+0 2+0 @7"),
        ("of equals, who is there stays",   &[2],    [7, 7],   [2, 0], "aabb", "1+0 0+0 @2, 2+0 0+0 @7, 2+0 0+0 @7, 2+0 0+0 @7"),
        ("who is displaced goes on in the next tier, while there is stock",
                                            &[2, 3], [12, 15], [1, 1], "abb",  "1+0 0+0 @12, 0+1 1+0 @15, 0+1 1+0 @15"),
        ("what the rival holds there is not to be had",
                                            &[2, 3], [12, 15], [1, 1], "bab",  "0+0 1+0 @15, 0+1 1+0 @15, 0+1 1+0 @15"),
    ];
    for (what, tiers, limits, stock, who, expected) in cases {
        table.expect(what, &course(world(tiers, limits, stock), who), expected);
    }
}

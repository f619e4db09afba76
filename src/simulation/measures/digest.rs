//! The digest of a replication.

use sha2::{Digest, Sha256};

use crate::market::{Cause, CurrencyId, Marketplace, PartyId, PoolId, Pricing};
use crate::simulation::directory::Directory;
use crate::simulation::meters::Meters;
use crate::units::Accrual;

/// SHA-256 of the integer outcomes.
pub(in crate::simulation) fn digest(
    meters: &Meters,
    prices: &[Accrual],
    market: &Marketplace,
    directory: &Directory<'_>,
) -> [u8; 32] {
    let model = directory.model;
    let mut hash = Sha256::new();
    let mut put = |number: i128| hash.update(number.to_le_bytes());
    put(i128::from(meters.events));
    for m in &meters.members {
        let r = &m.refused;
        for count in [
            m.arrivals,
            m.started,
            m.completed,
            r.price,
            r.capacity,
            r.outbid,
            r.access,
            r.budget,
            m.lost,
            m.abandoned,
            m.open,
            m.interruptions,
            m.interrupted_requests,
            m.bursts,
            m.delayed,
            m.delayed_started,
        ] {
            put(i128::from(count));
        }
        for amount in [m.waiting, m.wait_of_started, m.offered, m.held, m.value] {
            put(amount);
        }
    }
    for (pool, price) in meters.pools.iter().zip(prices) {
        for amount in [
            pool.occupied,
            pool.occupied_squared,
            pool.capacity,
            pool.waiting,
            i128::from(pool.full),
            pool.price_while_full,
            pool.highest_waiting_bid,
            pool.revenue.units(),
            price.units(),
        ] {
            put(amount);
        }
    }
    for tier in meters.tiers.iter().flatten() {
        for amount in [i128::from(tier.bursts), i128::from(tier.interruptions), tier.held] {
            put(amount);
        }
        put(tier.spending.charge.units());
        put(tier.spending.fee);
        put(tier.spending.fixed.units());
    }
    for currency in (0..model.currencies.len()).map(|index| CurrencyId(index as u32)) {
        for party in (0..model.party_count()).map(|index| PartyId(index as u32)) {
            put(market.balance(currency, party).units());
        }
        put(market.ledger().residue(currency).units());
    }
    for (pool, rounds) in model.pools.iter().zip(&meters.rounds) {
        if matches!(pool.rules.pricing, Pricing::Auction(_)) {
            for count in [rounds.rounds, rounds.sold, rounds.bidders] {
                put(i128::from(count));
            }
            for amount in [rounds.revenue, rounds.welfare, rounds.optimum, rounds.regret, rounds.price.sum] {
                put(amount);
            }
        }
    }
    // Told where it happens only: the digests of all other models stay what they were.
    for (member, m) in (0..).zip(&meters.members) {
        let counts = [m.refused.cap, m.refused.credits, m.withdrawn];
        if counts != [0; 3] {
            put(member);
            counts.into_iter().for_each(|count| put(i128::from(count)));
        }
    }
    for (pool, meter) in (0..).zip(meters.commitments.iter().flat_map(|commitments| &commitments.pools)) {
        let received = meter.upfront_received.units();
        let costs = meter.all_costs().flat_map(|costs| [costs.upfront_paid.units(), received, costs.charge.units()]);
        let lines = meter.lines.iter().flat_map(|line| [line.there, line.in_use]);
        [pool].into_iter().chain(costs).chain(lines).for_each(&mut put);
    }
    for balance in meters.commitments.iter().flat_map(|commitments| &commitments.parties) {
        [balance.idle_while_bursting, balance.burst].into_iter().for_each(&mut put);
    }
    meters.partners.numbers().for_each(&mut put);
    meters.members.iter().filter(|m| m.cut_slots != 0).for_each(|m| put(i128::from(m.cut_slots)));
    for (member, m) in (0..).zip(&meters.members).filter(|(_, m)| m.refused.down != 0) {
        put(-1 - member);
        put(i128::from(m.refused.down));
    }
    for pool in (0..model.pools.len()).filter(|pool| directory.is_operated(*pool)) {
        let operated = meters.operations.of_pool(PoolId(pool as u32));
        put(i128::from(operated.done));
        put(i128::from(operated.refused));
    }
    if let Some(hardware) = &meters.hardware {
        for zone in &hardware.zones {
            [zone.held, zone.in_service].into_iter().for_each(&mut put);
        }
        hardware.pools.iter().for_each(|pool| put(pool.in_service));
        meters.members.iter().for_each(|member| put(i128::from(member.causes[Cause::Fault as usize])));
    }
    for meter in meters.loans.iter().flat_map(|loans| &loans.pools) {
        [meter.on_loan, meter.in_use, meter.revenue.units()].into_iter().for_each(&mut put);
    }
    hash.finalize().into()
}

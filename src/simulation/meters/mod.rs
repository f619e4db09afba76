//! Exact counts and integrals over the window of measurement. All integers; they become numbers in `measures`.

mod members;
mod pools;
mod spending;
mod tiers;

use std::collections::BTreeMap;

pub(super) use members::MemberMeter;
pub(super) use pools::PoolMeter;
pub(super) use spending::Spending;
pub(super) use tiers::TierMeter;

use super::budgets::BudgetMeter;
use super::commitments::Commitments;
use super::directory::Directory;
use super::loans::Loans;
use super::operations::Operations;
use super::partners::PartnerMeters;
use super::request_log::RequestLog;
use super::rounds::RoundMeter;
use super::zones::HardwareMeter;
use crate::market::{BillingRecord, CurrencyId, Ledger, PartyId, PoolId, Settled};
use crate::units::{Money, SimDuration, SimTime, product};

/// Everything that is counted in one replication.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Meters {
    /// Arrivals plus leases that ended by completion, over the whole run.
    pub(super) events: u64,
    /// By member.
    pub(super) members: Vec<MemberMeter>,
    /// By pool.
    pub(super) pools: Vec<PoolMeter>,
    /// By pool and burst tier.
    pub(super) tiers: Vec<Vec<TierMeter>>,
    /// By pool.
    pub(super) budgets: Vec<BudgetMeter>,
    /// By pool.
    pub(super) rounds: Vec<RoundMeter>,
    /// By the pool that was asked: interruptions since the time series were read last, inside the window or not.
    pub(super) recent_interruptions: Vec<u32>,
    /// Slots × ticks that a pool (the first) held for another that it supplies.
    pub(super) supplied: BTreeMap<(PoolId, PoolId), i128>,
    /// Operations on pools.
    pub(super) operations: Operations,
    /// What stands where, if anything has a place.
    pub(super) hardware: Option<HardwareMeter>,
    /// The requests themselves, where they are wanted.
    pub(super) requests: Option<RequestLog>,
    /// Slots bought for a term, where any are.
    pub(super) commitments: Option<Commitments>,
    /// Slots on loan, where any pool lends.
    pub(super) loans: Option<Loans>,
    /// By pool: requests that found no stock, bursts and supply lines.
    pub(super) stock_outs: Vec<u64>,
    /// What pools have in joint pools.
    pub(super) partners: PartnerMeters,
    /// By currency and party.
    accounts: Vec<Vec<AccountMeter>>,
}

/// The money of one party in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(align(64))]
struct AccountMeter {
    /// What it was paid less what it has paid by all billing records, over the whole run.
    net: Money,
    /// What it owes for slots it holds (members: in their pool; customers: supply and bursts).
    spending: Spending,
}

impl Meters {
    pub(super) fn new(directory: &Directory<'_>) -> Self {
        let model = directory.model;
        let tiers = model.pools.iter().map(|pool| pool.rules.burst.as_ref().map_or(0, |burst| burst.tiers.len()));
        Self {
            events: 0,
            members: vec![MemberMeter::default(); model.members.len()],
            pools: vec![PoolMeter::default(); model.pools.len()],
            tiers: tiers.map(|count| vec![TierMeter::default(); count]).collect(),
            budgets: vec![BudgetMeter::default(); model.pools.len()],
            rounds: vec![RoundMeter::default(); model.pools.len()],
            recent_interruptions: vec![0; model.pools.len()],
            supplied: BTreeMap::new(),
            operations: Operations::new(model),
            hardware: HardwareMeter::new(model),
            requests: model.economics.offline_optimum.then(RequestLog::default),
            commitments: Commitments::new(model),
            loans: Loans::new(directory),
            stock_outs: vec![0; model.pools.len()],
            partners: PartnerMeters::new(model),
            accounts: vec![vec![AccountMeter::default(); model.party_count()]; model.currencies.len()],
        }
    }

    pub(super) fn spending(&self, currency: CurrencyId, party: PartyId) -> &Spending {
        &self.accounts[currency.index()][party.index()].spending
    }

    #[inline(always)]
    pub(super) fn spending_mut(&mut self, currency: CurrencyId, party: PartyId) -> &mut Spending {
        &mut self.accounts[currency.index()][party.index()].spending
    }

    /// Takes down a billing record.
    #[inline(always)]
    pub(super) fn billed(&mut self, record: &BillingRecord) {
        let accounts = &mut self.accounts[record.currency.index()];
        accounts[record.payer.index()].net -= record.amount;
        accounts[record.payee.index()].net += record.amount;
    }

    /// Takes down what was owed and billed for the use of slots.
    #[inline(always)]
    pub(super) fn settled(&mut self, settled: &Settled) {
        let accounts = &mut self.accounts[settled.currency.index()];
        let payer = &mut accounts[settled.payer.index()];
        payer.spending.charge += settled.charge;
        payer.net -= settled.amount;
        accounts[settled.payee.index()].net += settled.amount;
    }

    /// Holds the billing records against the ledger, party by party.
    ///
    /// # Errors
    /// A sentence that says whose records do not add up to what the ledger says.
    pub(super) fn check_records(&self, ledger: &Ledger) -> Result<(), String> {
        for (currency, accounts) in self.accounts.iter().enumerate() {
            for (party, AccountMeter { net, .. }) in accounts.iter().enumerate() {
                let posted = ledger.balance(CurrencyId(currency as u32), PartyId(party as u32));
                if posted != *net {
                    let (posted, net) = (posted.units(), net.units());
                    return Err(format!(
                        "currency {currency}, party {party}: {posted} units posted, {net} by its records"
                    ));
                }
            }
        }
        Ok(())
    }

    /// The window begins: everything that is measured inside it starts from nothing.
    pub(super) fn restart(&mut self, now: SimTime) {
        self.members.fill(MemberMeter::default());
        self.accounts.iter_mut().flatten().for_each(|account| account.spending = Spending::default());
        self.tiers.iter_mut().flatten().for_each(|tier| *tier = TierMeter::default());
        self.budgets.fill(BudgetMeter::default());
        self.rounds.fill(RoundMeter::default());
        self.supplied.clear();
        self.operations.restart();
        self.requests.iter_mut().for_each(RequestLog::restart);
        self.commitments.iter_mut().for_each(|commitments| commitments.restart(now));
        self.stock_outs.fill(0);
        self.hardware.iter_mut().for_each(|hardware| hardware.restart(now));
        self.pools.iter_mut().for_each(|pool| pool.restart(now));
        self.partners.restart(now);
    }

    pub(super) fn advance(&mut self, now: SimTime) {
        self.commitments.iter_mut().for_each(|commitments| commitments.advance(now));
        self.hardware.iter_mut().for_each(|hardware| hardware.advance(now));
        self.pools.iter_mut().for_each(|pool| pool.advance_all(now));
        self.partners.advance(now);
    }
}

/// Slots × ticks of a stretch.
#[inline(always)]
pub(super) fn slot_ticks(slots: u32, stretch: SimDuration) -> i128 {
    product(i64::from(slots), stretch.ticks())
}

//! The stored policies of a pool: what its owner decided.

mod auction;
mod burst;
mod burst_terms;
mod currencies;
mod fairness;
mod interruption;
mod life;
mod placement;
mod pricing;
mod purchase;
mod resale;
mod sharing;

pub use auction::{AuctionMethod, AuctionRules, ClockPayment, DutchClock, EnglishClock, LateBidders, Losers, Term};
pub use burst::{BudgetRules, BurstRules, Charging, MaxPrice};
pub use burst_terms::{BurstTerms, GiveBack, Pays, TierTerms, Triggers, WhenRevoked};
pub use currencies::{Mixed, leading_tier};
pub use fairness::{CreditRules, FairOrder, FairnessRules, Per};
pub use interruption::{Checkpoint, EvictionOrder, Interrupted, InterruptionRules};
pub use life::{LifeFormulas, LifeRules, PoolFees, ScalingRule, ScalingStep, Stage};
pub use placement::{InstanceType, Near, PlaceWish, PlacementRules, Tenancy, ZoneChoice};
pub use pricing::{
    CapMode, Clearing, FormulaRules, GivenRules, Payment, PriceCap, PriceRule, Pricing, Smoothing, SpotRules,
};
pub use purchase::{AtExpiry, Due, Purchase};
pub use sharing::{JointRules, MOST_SHAPLEY, Sharing, SupplyCost, Unfit};

pub use resale::{Resale, TakesBack};
use std::sync::Arc;

use super::formula::MinimumFormula;
use super::ids::{AccountId, CurrencyId, PartyId, PoolId};
use crate::units::{Price, SimDuration, Speed};

/// Everything that a pool's owner has decided about it.
///
/// The order of the fields is that of the memory: what nearly every event asks comes first, so that an event of one among
/// thousands of pools has few lines to fetch.
#[derive(Clone, Debug)]
#[repr(C)]
pub struct PoolRules {
    /// Who owns the slots, receives what is paid for them and pays for its bursts and supply.
    pub owner: PartyId,
    /// Currency of every price, bid and charge for its slots. What it takes from other pools is paid in theirs.
    pub currency: CurrencyId,
    /// How fast its slots work.
    pub speed: Speed,
    /// What becomes of a request below the minimum.
    pub below_minimum: BelowMinimum,
    /// Whether a clearing skips a request that does not fit, or stops there.
    pub fit: Fit,
    /// Does whoever arrives and finds fewer free slots than it asks for run on those that are free?
    pub serves_in_part: bool,
    /// Where requests wait for capacity; without one they are refused at once.
    pub waiting: Option<WaitingRoom>,
    /// What an interrupted request does; `None` where no interruption can occur (its work is lost if one does).
    pub interrupted: Option<Interrupted>,
    /// How the price comes about.
    pub pricing: Pricing,
    /// What happens to requests that the pool has no room for.
    pub burst: Option<BurstRules>,
    /// Slots of the pool's own; supply lines come on top.
    pub slots: Slots,
    /// Slots held by leases in other pools.
    pub supply: Vec<SupplyLine>,
    /// Time is billed by started units of this length, each at the price in force when it begins; `None` to the instant.
    pub billing_unit: Option<SimDuration>,
    /// Lowest bid (posted price: lowest limit) that is served.
    pub minimum: Price,
    /// The owner's rule by which the minimum follows the state of the pool.
    pub minimum_formula: Option<MinimumFormula>,
    /// How slots are taken back.
    pub interruption: InterruptionRules,
    /// Caps, shares and credits of members and departments, whatever the method.
    pub fairness: Option<FairnessRules>,
    /// When members may change their bids.
    pub revision: Revision,
    /// To whom its idle slots are lent; only for pools that nobody asks.
    pub resale: Option<Resale>,
    /// On which terms it joins other pools, if it does.
    pub joint: Option<JointRules>,
    /// The accounts that may change the pool; none: any may.
    pub controllers: Vec<AccountId>,
    /// The account of its owner that holds it: a label for records.
    pub account: Option<AccountId>,
    /// How it begins and ends; `None` for a pool that is always there.
    pub life: Option<LifeRules>,
    /// By which rules it takes slots from other pools and returns them, looked at in this order.
    pub scaling: Vec<ScalingRule>,
    /// The most members that may be named.
    pub maximum_users: Option<u32>,
    /// Who may ask; `None` admits everybody. Sorted.
    pub members: Option<Vec<PartyId>>,
    /// Owners whose pools may take its slots, as supply or for bursts, although it names members. Its own owner's may.
    pub open_to: Vec<PartyId>,
    /// On which hardware its slots stand; `None` where they are but a number.
    pub placement: Option<PlacementRules>,
    /// What kind of instance a slot is.
    pub instance: Option<Arc<InstanceType>>,
}

impl PoolRules {
    /// A pool of `slots` slots at a posted `price`, without waiting room, minimum or burst: the start from which
    /// other pools are built.
    #[must_use]
    pub fn posted(owner: PartyId, slots: Slots, price: Price) -> Self {
        Self {
            owner,
            currency: CurrencyId::default(),
            slots,
            supply: Vec::new(),
            pricing: Pricing::Posted(price),
            billing_unit: None,
            minimum: Price::ZERO,
            minimum_formula: None,
            below_minimum: BelowMinimum::Refused,
            waiting: None,
            fit: Fit::Fill,
            serves_in_part: false,
            interruption: InterruptionRules::IMMEDIATE,
            interrupted: None,
            fairness: None,
            revision: Revision::Never,
            resale: None,
            burst: None,
            joint: None,
            controllers: Vec::new(),
            account: None,
            life: None,
            scaling: Vec::new(),
            maximum_users: None,
            members: None,
            open_to: Vec::new(),
            speed: Speed::ONE,
            placement: None,
            instance: None,
        }
    }

    /// May pools of this owner take its slots, as supply or for bursts? Those of others may where nobody is named who may ask,
    /// or where its owner says so.
    #[must_use]
    pub fn is_open_to(&self, owner: PartyId) -> bool {
        self.members.is_none() || owner == self.owner || self.open_to.contains(&owner)
    }
}

/// A number of slots, possibly without limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slots {
    /// This many; 0 is allowed.
    Count(u32),
    /// As many as anybody asks for.
    Unlimited,
}

/// Slots that a pool holds in another pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SupplyLine {
    /// The pool they come from.
    pub from: PoolId,
    /// How many; each is a lease of its own.
    pub slots: u32,
    /// What the owner bids for each, in the currency of that pool (posted price: its limit).
    pub bid: Price,
    /// On what terms they are bought; `None` for good, at the price in force.
    pub purchase: Option<Purchase>,
}

/// What becomes of a request whose bid lies below the minimum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BelowMinimum {
    /// It is refused for its price, and never bursts.
    Refused,
    /// It waits for the minimum to fall (needs a waiting room).
    Waits,
}

/// Where requests wait.
#[derive(Clone, Debug)]
pub struct WaitingRoom {
    /// How many requests may wait at once; `None` for any number.
    pub capacity: Option<u32>,
    /// In which order they are served.
    pub order: WaitingOrder,
}

/// In which order waiting requests are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingOrder {
    /// By the method: the highest bid, then the earliest arrival. Under a posted price, the earliest arrival.
    ByMethod,
    /// The earliest arrival, whatever it bids. A waiting request then takes free slots only; a request still
    /// displaces lower bids at the moment it arrives.
    Fifo,
}

/// What a clearing does at a request that does not fit into what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Skips it.
    Fill,
    /// Stops: nobody behind it is served.
    Strict,
}

/// When members may change their bids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revision {
    /// What is bid stands.
    Never,
    /// While they wait.
    Waiting,
    /// While they wait or hold slots.
    Always,
}

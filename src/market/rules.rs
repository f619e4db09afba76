//! The stored policies of a pool: what its owner decided.

use super::ids::{CurrencyId, PartyId, PoolId};
use crate::units::{Money, Price, Share, SimDuration, Speed};

/// Everything that a pool's owner has decided about it.
#[derive(Clone, Debug)]
pub struct PoolRules {
    /// Who owns the slots, receives what is paid for them and pays for its bursts and supply.
    pub owner: PartyId,
    /// Currency of every price, bid and charge in this pool.
    pub currency: CurrencyId,
    /// Slots of the pool's own; supply lines come on top.
    pub slots: Slots,
    /// Slots held by leases in other pools.
    pub supply: Vec<SupplyLine>,
    /// How the price comes about.
    pub pricing: Pricing,
    /// Lowest bid (posted price: lowest limit) that is served.
    pub minimum: Price,
    /// What becomes of a request below the minimum.
    pub below_minimum: BelowMinimum,
    /// Where requests wait for capacity; without one they are refused at once.
    pub waiting: Option<WaitingRoom>,
    /// Whether a clearing skips a request that does not fit, or stops there.
    pub fit: Fit,
    /// What an interrupted request does; `None` where no interruption can occur.
    pub interrupted: Option<Interrupted>,
    /// What happens to requests that the pool has no room for.
    pub burst: Option<BurstRules>,
    /// Who may ask; `None` admits everybody. Sorted.
    pub members: Option<Vec<PartyId>>,
    /// How fast its slots work.
    pub speed: Speed,
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
            minimum: Price::ZERO,
            below_minimum: BelowMinimum::Refused,
            waiting: None,
            fit: Fit::Fill,
            interrupted: None,
            burst: None,
            members: None,
            speed: Speed::ONE,
        }
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
#[derive(Clone, Debug)]
pub struct SupplyLine {
    /// The pool they come from.
    pub from: PoolId,
    /// How many; each is a lease of its own.
    pub slots: u32,
    /// What the owner bids for each (posted price: its limit).
    pub bid: Price,
}

/// How a pool's price comes about.
#[derive(Clone, Debug)]
pub enum Pricing {
    /// The owner posts it; requests are served in order of arrival.
    Posted(Price),
    /// It clears the bids.
    Spot(SpotRules),
}

/// The continuous uniform-price market.
#[derive(Clone, Debug)]
pub struct SpotRules {
    /// Which bid sets the price while slots are short.
    pub rule: PriceRule,
    /// What a holder pays.
    pub payment: Payment,
    /// The pool's price cap.
    pub cap: Option<PriceCap>,
}

/// Which bid sets the price while slots are short (otherwise it is the minimum).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceRule {
    /// The lowest running bid.
    LowestAccepted,
    /// min(lowest running bid, max(minimum, highest waiting bid)).
    HighestRejected,
}

/// What a holder pays per slot-hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payment {
    /// The price in force, as it changes.
    UniformPrice,
    /// Its own bid (up to the price cap).
    OwnBid,
}

/// The highest price of a pool.
#[derive(Clone, Copy, Debug)]
pub struct PriceCap {
    /// The cap.
    pub limit: Price,
    /// What it caps.
    pub mode: CapMode,
}

/// What a price cap caps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CapMode {
    /// The price; bids keep their order above it.
    Price,
    /// The bids: whoever bids more ties at the cap.
    Bids,
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

/// What an interrupted request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupted {
    /// Its work is lost and it goes away.
    Lost,
    /// It waits and goes on with what is left.
    Resume,
    /// It waits and begins again with the same work.
    Restart,
    /// It waits and begins again with work drawn afresh.
    Redraw,
    /// It bursts with what is left; where no tier takes it, it waits if there is a waiting room, else it is lost.
    Burst,
}

/// What a pool does with a request that it has no room for.
#[derive(Clone, Debug)]
pub struct BurstRules {
    /// Pools to try, in this order.
    pub tiers: Vec<PoolId>,
    /// Highest unit price, fee included.
    pub max_price: MaxPrice,
    /// Per-cent fee on the charges of tiers that somebody else owns.
    pub fee: Share,
    /// Fee per burst lease into tiers that somebody else owns; counts against the budget, not the maximum price.
    pub flat_fee: Money,
    /// What may be spent.
    pub budget: Option<BudgetRules>,
}

/// The highest unit price that a burst may have, its fee included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxPrice {
    /// The same for every request.
    Constant(Price),
    /// What the request bids in its own pool.
    Bid,
}

/// How much bursts may cost.
#[derive(Clone, Debug)]
pub struct BudgetRules {
    /// The budget of a period, fees included.
    pub amount: Money,
    /// Length of a period; `None` for one that never ends.
    pub period: Option<SimDuration>,
    /// When charges fall due.
    pub charging: Charging,
}

/// When a burst's charge falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charging {
    /// At the start, for the declared duration; no refund.
    Prepaid,
    /// While it runs; all burst leases end together just before the budget would be passed.
    Metered,
}

//! The allocation logic. Pure: no clock, no random numbers, no input or output, no floating-point money.
//!
//! A [`Marketplace`] is a state machine. Its driver (the simulator, or a live service) says what happened and
//! when, by [`Marketplace::apply`] with a [`Command`]; what follows from it is told to an [`Effects`] sink.
//!
//! ```text
//! request -> pool -> clearing -> lease                       submission.rs, clearing/, book.rs
//!         -> first pool of a list that can start it          choice.rs
//!                 -> round of an auction -> lease            rounds.rs, auction/
//!                 -> burst policy -> tier (a pool) -> lease  burst.rs, overflow.rs, budget.rs, purse.rs
//! lease in a tier -> own pool, when a slot frees             bursts.rs, give_back.rs
//! lease ends -> usage and billing records -> ledger          settlement.rs, recharge.rs, ledger.rs
//! supply line -> slot for a term -> expiry                   reservations.rs
//! idle slot -> spot pool -> taken back                       resale.rs
//! slot lost upstream -> capacity below -> victim             supply.rs, interruption.rs, notice.rs
//! pools of several customers -> one pool -> shares      merge.rs, joint.rs, own_first.rs, sharing.rs
//! lease -> zone -> slots; hardware fails -> occupants        places.rs, placing.rs, hardware/, faults.rs
//! owner, clock, formula -> minimum, price -> who stays       minimum.rs, quote.rs, pricing/
//! account -> operation -> pool, members, slots -> answer      operations/
//! ```
//!
//! What an owner can decide is in `rules/`; who may hold and spend how much, whatever the method, in `fairness.rs`.
//!
//! Everything is a *pool*: a customer's pool, the provider's on-demand, spot and reserved pools, a customer's
//! own slots outside any pool. A pool has one market: one book, one price, one minimum. A customer's pool is
//! supplied by leases that it holds in other pools; a burst is one more lease, taken for one request.

mod account;
mod auction;
mod book;
mod budget;
mod budget_periods;
mod burst;
mod bursts;
mod choice;
mod clearing;
mod command;
mod effects;
mod fairness;
mod faults;
mod formula;
mod give_back;
mod hardware;
mod ids;
mod interruption;
mod joint;
mod ledger;
mod look_ahead;
mod marketplace;
mod merge;
mod minimum;
mod notice;
mod operations;
mod overflow;
mod own_first;
mod places;
mod placing;
mod pool;
mod pricing;
mod purse;
mod quote;
mod recharge;
mod records;
mod request;
mod resale;
mod reservations;
mod revision;
mod rounds;
mod rules;
mod settlement;
mod sharing;
mod short_burst;
mod short_way;
mod submission;
mod supply;
mod variables;

pub use command::{Alarm, Command, Submission, Tag};
pub use effects::{Effects, NoEffects, PoolLevel, Settled, ZoneLevel};
pub use formula::{Formula, MinimumFormula, Variables};
pub use hardware::{Component, Hardware, HardwareBuilder, LEVELS, Level, SlotId, Weights, ZoneLayout};
pub use ids::{AccountId, ChoiceId, CurrencyId, PartyId, Place, PoolId};
pub use ledger::Ledger;
pub use marketplace::Marketplace;
pub use operations::{Answer, Change, Denial, Operation};
pub use records::{
    Bid, BillingKind, BillingRecord, BudgetPeriod, Cause, Ending, Fate, Held, JointUse, Recharge, Refusal, Round, Sale,
    TierAsked,
};
pub use request::{Origin, Request};
pub use reservations::Reserved;
pub use rules::{
    AtExpiry, AuctionMethod, AuctionRules, BelowMinimum, BudgetRules, BurstRules, BurstTerms, CapMode, Charging,
    Checkpoint, Clearing, ClockPayment, CreditRules, Due, DutchClock, EnglishClock, EvictionOrder, FairOrder,
    FairnessRules, Fit, FormulaRules, GiveBack, GivenRules, InstanceType, Interrupted, InterruptionRules, JointRules,
    LateBidders, LifeFormulas, LifeRules, Losers, MOST_SHAPLEY, MaxPrice, Mixed, Near, Payment, Pays, Per, PlaceWish,
    PlacementRules, PoolFees, PoolRules, PriceCap, PriceRule, Pricing, Purchase, Resale, Revision, ScalingRule,
    ScalingStep, Sharing, Slots, Smoothing, SpotRules, Stage, SupplyCost, SupplyLine, TakesBack, Tenancy, Term,
    TierTerms, Triggers, Unfit, WaitingOrder, WaitingRoom, WhenRevoked, ZoneChoice, leading_tier,
};
pub use sharing::{parts, shapley};

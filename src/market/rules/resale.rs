//! Idle slots that are lent to a spot market.

use crate::market::ids::PoolId;

/// To whom a pool lends its idle slots, and how it gets them back. Slots of a pool that somebody may ask are never lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resale {
    /// The spot pool that sells them.
    pub to: PoolId,
    /// What a burst does that needs a slot whose tenant has notice.
    pub takes_back: TakesBack,
}

/// What a burst does that needs a slot on loan whose tenant must first be given notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakesBack {
    /// It waits for the end of the notice.
    Wait,
    /// It tries the next tier; nobody is given notice for it.
    NextTier,
}

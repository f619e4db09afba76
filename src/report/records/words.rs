//! What fates, causes and methods are called in files: the words of scenarios and metrics.

use crate::market::{BillingKind, Cause, Denial, Ending, Fate, Pricing, Refusal, Stage, Tenancy};
use crate::simulation::BidEvent;

pub(super) fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Completed => "completed",
        Fate::Lost => "lost",
        Fate::Refused(_) => "refused",
        Fate::Abandoned => "abandoned",
        Fate::Withdrawn => "withdrawn",
        Fate::Open => "open",
    }
}

/// Why it was refused, if it was.
pub(super) fn refusal(fate: Fate) -> Option<&'static str> {
    let Fate::Refused(refusal) = fate else { return None };
    Some(match refusal {
        Refusal::Price => "price",
        Refusal::Capacity => "capacity",
        Refusal::Outbid => "outbid",
        Refusal::Access => "access",
        Refusal::Cap => "cap",
        Refusal::Credits => "credits",
        Refusal::Budget => "budget",
        Refusal::Down => "down",
    })
}

pub(super) fn event(event: BidEvent) -> &'static str {
    match event {
        BidEvent::Made => "made",
        BidEvent::Revised => "revised",
        BidEvent::Round(_) => "round",
    }
}

pub(super) fn ending(ending: Ending) -> &'static str {
    match ending {
        Ending::Completed => "completed",
        Ending::Interrupted(_) => "interrupted",
        Ending::Closed => "open",
        Ending::MovedHome => "moved_home",
        Ending::Returned => "returned",
    }
}

/// Why it was interrupted, if it was.
pub(super) fn cause_of(ending: Ending) -> Option<&'static str> {
    if let Ending::Interrupted(cause) = ending { Some(self::cause(cause)) } else { None }
}

pub(super) fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Outbid => "outbid",
        Cause::Minimum => "minimum",
        Cause::Price => "price",
        Cause::Term => "term",
        Cause::Supply => "supply",
        Cause::Budget => "budget",
        Cause::Fault => "fault",
        Cause::Expiry => "expiry",
        Cause::TakenBack => "taken_back",
        Cause::Removed => "removed",
        Cause::Closure => "closure",
    }
}

pub(super) fn kind(kind: BillingKind) -> &'static str {
    match kind {
        BillingKind::Use => "use",
        BillingKind::Fee => "fee",
        BillingKind::FlatFee => "flat_fee",
        BillingKind::Prepaid => "prepaid",
        BillingKind::Upfront => "upfront",
        BillingKind::PoolFee => "pool_fee",
        BillingKind::PoolHours => "pool_hours",
        BillingKind::Recharge => "recharge",
        BillingKind::Sharing => "sharing",
    }
}

pub(super) fn method(pricing: &Pricing) -> &'static str {
    match pricing {
        Pricing::Posted(_) => "posted",
        Pricing::Spot(_) => "spot",
        Pricing::Proportional => "proportional",
        Pricing::Formula(_) => "formula",
        Pricing::Given(_) => "given",
        Pricing::Auction(_) => "auction",
    }
}

pub(super) fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Planned => "planned",
        Stage::Offline => "offline",
        Stage::Online => "online",
        Stage::Closed => "closed",
    }
}

pub(super) fn tenancy(tenancy: Tenancy) -> &'static str {
    match tenancy {
        Tenancy::Shared => "shared",
        Tenancy::Dedicated => "dedicated",
    }
}

/// The name of the denial in the code, in the form of the other words: `not_authorised`.
pub(super) fn denial(denial: Denial) -> String {
    let name = format!("{denial:?}");
    let mut word = String::new();
    for letter in name.chars().take_while(char::is_ascii_alphanumeric) {
        if letter.is_ascii_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.push(letter.to_ascii_lowercase());
    }
    word
}

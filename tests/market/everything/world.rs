//! Random worlds: who has which pools, by which rules, and what they have to do with each other.
//!
//! A world is drawn freely and then made legal: what a scenario file may not say is left out ([`World::pools`]).

use std::sync::Arc;

use overspill::market::{
    AccountId, AtExpiry, AuctionMethod, AuctionRules, BelowMinimum, BudgetRules, BurstRules, BurstTerms, CapMode,
    Charging, Checkpoint, Clearing, ClockPayment, CreditRules, Due, DutchClock, EnglishClock, EvictionOrder, FairOrder,
    FairnessRules, Fit, FormulaRules, GiveBack, GivenRules, Interrupted, InterruptionRules, JointRules, LateBidders,
    LifeFormulas, LifeRules, Losers, MaxPrice, MinimumFormula, PartyId, Payment, Pays, Per, PlacementRules, PoolFees,
    PoolId, PoolRules, PriceCap, PriceRule, Pricing, Purchase, Resale, Revision, ScalingRule, ScalingStep, Sharing,
    SlotId, Slots, Smoothing, SpotRules, Stage, SupplyCost, SupplyLine, TakesBack, Term, TierTerms, Triggers,
    WaitingOrder, WaitingRoom, WhenRevoked,
};
use overspill::units::{Money, Price, Share, SimTime, Speed};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::driver::{price, ticks};
use crate::formula::Rule;

/// The provider's on-demand stock, its spot market, its reserved slots, and a market whose price others make.
pub(super) const STOCK: u32 = 0;
pub(super) const MARKET: u32 = 1;
pub(super) const RESERVE: u32 = 2;
pub(super) const GIVEN: u32 = 3;
/// A customer's slots outside its pools, which nobody asks; its pool; a pool that comes later.
pub(super) const ACCOUNT: u32 = 4;
pub(super) const HOME: u32 = 5;
pub(super) const LATER: u32 = 6;
/// The pools of two other customers, and what joins them.
pub(super) const EAST: u32 = 7;
pub(super) const WEST: u32 = 8;
pub(super) const JOINT: u32 = 9;
pub(super) const POOLS: u32 = 10;

/// The provider, three customers, the alliance of the last two; then users.
const OWNERS: [u32; POOLS as usize] = [0, 0, 0, 0, 1, 1, 1, 2, 3, ALLIANCE];
pub(super) const ALLIANCE: u32 = 4;
pub(super) const USERS: std::ops::Range<u32> = 5..10;
pub(super) const PARTIES: u32 = USERS.end;

/// One level of prices: a slot costs a fraction of a unit of money for each tick, and nothing is round.
pub(super) const STEP: i64 = 1_000_000_007;

/// What an owner decides about a pool by itself.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    slots: u32,
    method: Method,
    minimum: i64,
    minimum_follows: bool,
    waits_below: bool,
    fit: Fit,
    partial: bool,
    room: Option<(Option<u32>, WaitingOrder)>,
    interruption: InterruptionRules,
    interrupted: Interrupted,
    unit: Option<i64>,
    revision: Revision,
    fairness: Option<FairnessRules>,
    speed: u32,
}

#[derive(Clone, Debug)]
enum Method {
    Posted(i64),
    Spot(SpotRules),
    Proportional,
    Formula,
    Auction(AuctionRules),
}

/// What a burst policy says.
#[derive(Clone, Debug)]
pub(super) struct Ladder {
    tiers: Vec<u32>,
    max_price: MaxPrice,
    fee: u32,
    flat: i64,
    /// Amount, if there is one for all tiers, and how it is charged.
    budget: Option<(Option<i64>, Charging)>,
    terms: BurstTerms,
}

/// A supply line: from where, how many, at which bid, bought on which terms.
type Line = (u32, u32, i64, Option<Purchase>);

/// Where the customer's pool begins, and its term.
type HomeLife = (Stage, Option<i64>);
/// The term of the pool that comes later, whether it comes by rule, and its fees.
type LaterLife = (Option<i64>, bool, i64);

#[derive(Clone, Debug)]
pub(super) struct World {
    /// By pool.
    rules: Vec<Rules>,
    ladders: Vec<Option<Ladder>>,
    lines: Vec<Vec<Line>>,
    is_unlimited: bool,
    resale: Option<TakesBack>,
    joint: (Sharing, Option<i64>, bool, SupplyCost),
    /// Of the provider's pools and the first customer's: which have a place on the hardware, if there is any.
    placed: Option<Vec<u32>>,
    home_life: Option<HomeLife>,
    later_life: LaterLife,
    /// By how many slots the customer's pool grows and shrinks, and whether busy slots go.
    scaling: Option<(u32, u32, bool)>,
    names_users: bool,
}

pub(super) fn money(steps: i64) -> Price {
    price(steps * STEP)
}

fn auctions() -> impl Strategy<Value = AuctionRules> {
    let late = || select(vec![LateBidders::Join, LateBidders::NextRound]);
    let payment = select(vec![ClockPayment::Uniform, ClockPayment::OwnLastBid]);
    let english =
        (0..3_i64, 1..3_i64, 0..3_i64, payment, late()).prop_map(|(opening, increment, tick, payment, late)| {
            let (opening, increment, tick) = (money(opening), money(increment), ticks(tick));
            AuctionMethod::English(EnglishClock { opening, increment, tick, payment, late })
        });
    let dutch = (4..9_i64, 1..3_i64, 0..3_i64, late()).prop_map(|(start, decrement, tick, late)| {
        let (start, decrement, tick) = (money(start), money(decrement), ticks(tick));
        AuctionMethod::Dutch(DutchClock { start, decrement, tick, late })
    });
    use AuctionMethod::{Discriminatory, FirstPrice, SecondPrice, Uniform, Vcg};
    let method = prop_oneof![select(vec![Uniform, FirstPrice, SecondPrice, Discriminatory, Vcg]), english, dutch];
    let term = prop_oneof![Just(Term::UntilReleased), (1..12_i64).prop_map(|term| Term::Fixed(ticks(term)))];
    (method, 4..9_i64, 0..4_i64, term, select(vec![Losers::Stay, Losers::Leave])).prop_map(
        |(method, every, bidding, term, losers)| {
            let (every, bidding) = (ticks(every), ticks(bidding));
            AuctionRules { method, every, bidding, term, losers, cap: None }
        },
    )
}

fn spots(is_continuous: bool) -> impl Strategy<Value = SpotRules> {
    let rule = select(vec![PriceRule::LowestAccepted, PriceRule::HighestRejected]);
    let payment = select(vec![Payment::UniformPrice, Payment::OwnBid]);
    let cap = prop::option::weighted(0.2, (4..8_i64, select(vec![CapMode::Price, CapMode::Bids])));
    let cycle = prop::option::weighted(0.3, 2..9_i64).prop_map(move |cycle| cycle.filter(|_| !is_continuous));
    let smoothing = prop::option::weighted(0.2, 2..9_i64).prop_map(move |step| step.filter(|_| !is_continuous));
    (rule, payment, cap, cycle, smoothing).prop_map(|(rule, payment, cap, cycle, smoothing)| SpotRules {
        rule,
        payment,
        cap: cap.map(|(limit, mode)| PriceCap { limit: money(limit), mode }),
        clearing: cycle.map_or(Clearing::Continuous, |cycle| Clearing::PerCycle(ticks(cycle))),
        smoothing: smoothing.map(|step| Smoothing { step: ticks(step), weight: Share::from_parts(400_000) }),
    })
}

/// Any method, or one that answers at once and from which others may take slots.
fn methods(answers_at_once: bool) -> BoxedStrategy<Method> {
    let posted = || (0..4_i64).prop_map(Method::Posted);
    if answers_at_once {
        return prop_oneof![posted(), spots(true).prop_map(Method::Spot)].boxed();
    }
    prop_oneof![
        4 => posted(),
        4 => spots(false).prop_map(Method::Spot),
        1 => Just(Method::Proportional),
        1 => Just(Method::Formula),
        2 => auctions().prop_map(Method::Auction),
    ]
    .boxed()
}

fn interruptions() -> impl Strategy<Value = (InterruptionRules, Interrupted)> {
    use Interrupted::{Burst, Checkpoint as Saved, Lost, Redraw, Restart, Resume};
    let seldom = |range: std::ops::Range<i64>| prop_oneof![2 => Just(0), 1 => range];
    let formula = EvictionOrder::Formula(Arc::new(Rule(|variables| Ok(variables.bid.saturating_mul(variables.slots)))));
    use EvictionOrder::{ByMethod, LeastLostWork, LowestBid, Youngest};
    let order = select(vec![ByMethod, ByMethod, LowestBid, Youngest, LeastLostWork, formula]);
    let saved = Saved(Checkpoint { every: ticks(3), cost: ticks(1) });
    let rule = select(vec![Resume, Lost, Resume, saved, Restart, Redraw, Burst]);
    (seldom(1..6), seldom(1..9), order, any::<bool>(), rule).prop_map(
        |(notice, guaranteed, order, last_unit_is_free, rule)| {
            let (notice, guaranteed) = (ticks(notice), ticks(guaranteed));
            (InterruptionRules { notice, guaranteed, order, last_unit_is_free }, rule)
        },
    )
}

fn fairness() -> impl Strategy<Value = FairnessRules> {
    let cap = || prop::option::of(1..4_u32);
    let per = || select(vec![Per::Member, Per::Department]);
    let order = prop_oneof![
        Just(FairOrder::Arrival),
        per().prop_map(FairOrder::MaxMin),
        (per(), 1..30_i64).prop_map(|(per, life)| FairOrder::UsageDecay { per, half_life: ticks(life) }),
    ];
    let credits = prop::option::weighted(0.3, (0..40_i128, 0..20_i128, 20..60_i128));
    (cap(), cap(), order, credits).prop_map(|(member_cap, department_cap, order, credits)| FairnessRules {
        member_cap,
        department_cap,
        order,
        credits: credits.map(|(grant, refill, limit)| CreditRules {
            grant: Money::from_units(grant),
            refill: Money::from_units(refill),
            every: Some(ticks(20)),
            limit: Some(Money::from_units(limit)),
        }),
        departments: (0..PARTIES).map(|party| party % 2).collect(),
        weights: Arc::new((0..PARTIES).map(|party| 1 + party % 3).collect()),
    })
}

fn rules(answers_at_once: bool) -> impl Strategy<Value = Rules> {
    let below = (0..4_i64, prop::bool::weighted(0.15), any::<bool>());
    let service = (select(vec![Fit::Fill, Fit::Fill, Fit::Strict]), prop::bool::weighted(0.2));
    let order = select(vec![WaitingOrder::ByMethod, WaitingOrder::ByMethod, WaitingOrder::Fifo]);
    let room = prop::option::weighted(0.7, (prop::option::of(1..5_u32), order));
    let unit = prop::option::weighted(0.2, 1..7_i64);
    let revision = select(vec![Revision::Always, Revision::Never, Revision::Waiting]);
    let finer = (unit, revision, prop::option::weighted(0.2, fairness()), select(vec![1_000_000, 1_500_000]));
    (0..5_u32, methods(answers_at_once), below, service, room, interruptions(), finer).prop_map(
        |(slots, method, below, service, room, (interruption, interrupted), (unit, revision, fairness, speed))| Rules {
            slots,
            method,
            minimum: below.0,
            minimum_follows: below.1,
            waits_below: below.2,
            fit: service.0,
            partial: service.1,
            room,
            interruption,
            interrupted,
            unit,
            revision,
            fairness,
            speed,
        },
    )
}

fn tier_terms() -> impl Strategy<Value = TierTerms> {
    let limit = prop::option::of((1..9_i64).prop_map(|level| MaxPrice::Constant(money(level))));
    let budget = prop::option::of((0..60_i128).prop_map(Money::from_units));
    (limit, prop::option::of(1..4_u32), budget).prop_map(|(max_price, max_slots, budget)| TierTerms {
        max_price,
        max_slots,
        budget,
    })
}

fn terms() -> impl Strategy<Value = BurstTerms> {
    let waited = prop::option::of((0..15_i64).prop_map(ticks));
    let utilisation = prop::option::of((0..1_000_000_u32).prop_map(Share::from_parts));
    let triggers = (waited, utilisation, any::<bool>(), any::<bool>());
    let pays = prop_oneof![
        Just(Pays::Owner),
        Just(Pays::MemberPoolPrice),
        (0..=1_000_000_u32).prop_map(|parts| Pays::Member(Share::from_parts(parts))),
    ];
    let tiers = prop_oneof![Just(Vec::new()), prop::collection::vec(tier_terms(), 5)];
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (tiers, triggers, pays, flags).prop_map(|(tiers, triggers, pays, (next, free, throughout, below))| BurstTerms {
        tiers,
        triggers: Triggers {
            waited: triggers.0,
            utilisation: triggers.1,
            budget_reset: triggers.2,
            tier_freed: triggers.3,
        },
        when_revoked: if next { WhenRevoked::NextTier } else { WhenRevoked::AsInterrupted },
        give_back: if free { GiveBack::WhenFree } else { GiveBack::AtTheEnd },
        pays,
        judged_throughout: throughout,
        end_below_minimum: below,
    })
}

fn ladders() -> impl Strategy<Value = Ladder> {
    let tiers = subsequence(vec![ACCOUNT, STOCK, MARKET, GIVEN, RESERVE, HOME], 1..=4).prop_shuffle();
    let max_price = prop_oneof![
        (1..9_i64).prop_map(|level| MaxPrice::Constant(money(level))),
        Just(MaxPrice::Bid),
        Just(MaxPrice::Drawn)
    ];
    let charging = select(vec![Charging::Metered, Charging::Metered, Charging::Prepaid]);
    let budget = prop::option::weighted(0.8, (prop::option::weighted(0.8, 0..90_i64), charging));
    let terms = prop_oneof![1 => Just(BurstTerms::default()), 2 => terms()];
    let fees = (select(vec![0, 50_000, 333_333]), 0..3_i64);
    (tiers, max_price, fees, budget, terms).prop_map(|(tiers, max_price, (fee, flat), budget, terms)| Ladder {
        tiers,
        max_price,
        fee,
        flat,
        budget,
        terms,
    })
}

pub(super) fn purchases() -> impl Strategy<Value = Purchase> {
    let due = select(vec![Due::WholeTerm, Due::Use]);
    let at_expiry = select(vec![AtExpiry::TakeBack, AtExpiry::RunOut, AtExpiry::Renew]);
    (0..20_i128, 0..3_i64, due, 1..40_i64, prop_oneof![Just(0), 0..20_i64], at_expiry).prop_map(
        |(upfront, hourly, due, term, start, at_expiry)| Purchase {
            upfront: Money::from_units(upfront),
            hourly: money(hourly),
            due,
            term: ticks(term),
            start: SimTime::from_ticks(start),
            at_expiry,
        },
    )
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let from = select(vec![RESERVE, STOCK, MARKET, GIVEN, ACCOUNT, HOME]);
    let line = (from, 1..4_u32, 1..9_i64, prop::option::weighted(0.4, purchases()));
    prop::collection::vec(line, 0..3)
}

fn lives() -> impl Strategy<Value = (Option<HomeLife>, LaterLife)> {
    let stage = select(vec![Stage::Online, Stage::Offline, Stage::Planned]);
    let home = prop::option::weighted(0.3, (stage, prop::option::of(10..60_i64)));
    (home, (prop::option::of(10..60_i64), any::<bool>(), 0..3_i64))
}

pub(super) fn worlds() -> impl Strategy<Value = World> {
    let all_rules: Vec<BoxedStrategy<Rules>> = (0..POOLS).map(|pool| rules(pool != HOME).boxed()).collect();
    let some_ladders = prop::collection::vec(prop::option::weighted(0.7, ladders()), POOLS as usize);
    let all_lines = prop::collection::vec(lines(), POOLS as usize);
    let sharing = prop_oneof![
        Just(Sharing::Contribution),
        Just(Sharing::Usage),
        Just(Sharing::Shapley),
        Just(Sharing::Fixed(vec![1, 2]))
    ];
    let joint = (sharing, prop::option::of(2..12_i64), any::<bool>(), select(vec![SupplyCost::Joint, SupplyCost::Own]));
    let resale = prop::option::of(select(vec![TakesBack::Wait, TakesBack::NextTier]));
    let placed = prop::option::of(subsequence(vec![STOCK, MARKET, RESERVE, ACCOUNT, HOME], 0..=5));
    let scaling = prop::option::weighted(0.3, (1..3_u32, 0..3_u32, any::<bool>()));
    let flags = (prop::bool::weighted(0.15), prop::bool::weighted(0.7));
    (all_rules, some_ladders, all_lines, joint, resale, placed, lives(), scaling, flags).prop_map(
        |(rules, ladders, lines, joint, resale, placed, (home_life, later_life), scaling, flags)| World {
            rules,
            ladders,
            lines,
            is_unlimited: flags.0,
            resale,
            joint,
            placed,
            home_life,
            later_life,
            scaling,
            names_users: flags.1,
        },
    )
}

impl Rules {
    /// What is legal of it in a pool of this number.
    fn pool(&self, number: u32, has_ladder: bool) -> PoolRules {
        let is_joined = matches!(number, EAST | WEST | JOINT);
        let method = match (number, &self.method) {
            (STOCK | RESERVE | ACCOUNT, method) if !matches!(method, Method::Posted(_)) => Method::Posted(self.minimum),
            (MARKET, Method::Posted(_)) => {
                Method::Spot(SpotRules::continuous(PriceRule::LowestAccepted, Payment::UniformPrice))
            }
            (_, method) => method.clone(),
        };
        let is_auction = matches!(method, Method::Auction(_));
        let is_divided = matches!(method, Method::Proportional);
        let is_quoted =
            matches!(&method, Method::Spot(s) if s.clearing != Clearing::Continuous || s.smoothing.is_some());
        let mut room = self.room.filter(|_| !is_divided).or(is_auction.then_some((None, WaitingOrder::ByMethod)));
        let fairness = self.fairness.clone().filter(|_| number == HOME || is_joined).map(|fairness| FairnessRules {
            credits: fairness.credits.filter(|_| !is_joined && !is_divided),
            order: if is_divided { FairOrder::Arrival } else { fairness.order },
            ..fairness
        });
        let fair_order = fairness.as_ref().map_or(FairOrder::Arrival, |fairness| fairness.order);
        if let Some((_, order)) = room.as_mut().filter(|_| is_auction || fair_order != FairOrder::Arrival) {
            *order = WaitingOrder::ByMethod;
        }
        let pricing = match method {
            Method::Posted(level) => Pricing::Posted(money(level)),
            Method::Spot(mut spot) => {
                if room.is_none() {
                    spot.rule = PriceRule::LowestAccepted;
                }
                Pricing::Spot(spot)
            }
            Method::Proportional => Pricing::Proportional,
            Method::Auction(auction) => Pricing::Auction(auction),
            Method::Formula => Pricing::Formula(FormulaRules {
                price: Arc::new(Rule(|variables| Ok(variables.occupied * STEP + variables.queue_length * STEP / 2))),
                rank: Some(Arc::new(Rule(|variables| Ok(variables.slots % 2)))),
                every: ticks(6),
                cap: None,
            }),
        };
        let unit = self.unit.filter(|_| !is_divided && !is_joined && number != RESERVE);
        let mut interruption = self.interruption.clone();
        if is_joined || is_divided {
            interruption = InterruptionRules { order: interruption.order, ..InterruptionRules::IMMEDIATE };
        }
        if is_divided {
            interruption.order = EvictionOrder::ByMethod;
        }
        if room.is_none() && matches!(pricing, Pricing::Spot(_)) && !is_quoted {
            interruption.notice = ticks(0);
        }
        interruption.last_unit_is_free &= unit.is_some();
        let bursts_back = self.interrupted == Interrupted::Burst && !has_ladder;
        let follows = self.minimum_follows && pricing.cap().is_none() && !is_auction;
        PoolRules {
            pricing,
            minimum: money(self.minimum),
            minimum_formula: follows.then(|| MinimumFormula {
                formula: Arc::new(Rule(|variables| Ok(variables.occupied % 4 * STEP))),
                every: ticks(7),
            }),
            below_minimum: if self.waits_below && room.is_some() { BelowMinimum::Waits } else { BelowMinimum::Refused },
            waiting: room.map(|(capacity, order)| WaitingRoom { capacity, order }),
            fit: if is_divided { Fit::Fill } else { self.fit },
            serves_in_part: self.partial && !is_auction && !is_divided,
            interruption,
            interrupted: Some(if bursts_back { Interrupted::Resume } else { self.interrupted }),
            billing_unit: unit.map(ticks),
            revision: self.revision,
            fairness,
            speed: Speed::from_parts(if is_joined { 1_000_000 } else { self.speed }).expect("above zero"),
            ..PoolRules::posted(PartyId(OWNERS[number as usize]), Slots::Count(self.slots), Price::ZERO)
        }
    }
}

impl World {
    /// The pools, with what a scenario file may say of them.
    pub(super) fn pools(&self) -> Vec<PoolRules> {
        let mut pools: Vec<PoolRules> = (0..POOLS)
            .map(|number| {
                let own = self.rules[number as usize].pool(number, self.ladders[number as usize].is_some());
                PoolRules { controllers: controllers(number), ..own }
            })
            .collect();
        self.set_up_the_special(&mut pools);
        self.place(&mut pools);
        for number in 0..POOLS {
            pools[number as usize].supply = self.supply(number, &pools);
        }
        if self.is_placed(HOME, &pools) && matches!(pools[HOME as usize].pricing, Pricing::Proportional) {
            pools[HOME as usize].pricing = Pricing::Posted(money(1));
        }
        for number in 0..POOLS {
            pools[number as usize].burst = self.burst(number, &pools);
            let lost = pools[number as usize].burst.is_none()
                && pools[number as usize].interrupted == Some(Interrupted::Burst);
            if lost {
                pools[number as usize].interrupted = Some(Interrupted::Lost);
            }
        }
        pools
    }

    fn set_up_the_special(&self, pools: &mut [PoolRules]) {
        if self.is_unlimited {
            pools[STOCK as usize].slots = Slots::Unlimited;
        }
        pools[GIVEN as usize].pricing = Pricing::Given(GivenRules { start: money(2), highest: money(8) });
        if let Some(takes_back) = self.resale {
            pools[MARKET as usize].interruption.guaranteed = ticks(0);
            let cannot_wait = pools[ACCOUNT as usize].waiting.is_none();
            let takes_back = if cannot_wait { TakesBack::NextTier } else { takes_back };
            pools[ACCOUNT as usize].resale = Some(Resale { to: PoolId(MARKET), takes_back });
        }
        let (sharing, every, own_first, supply_cost) = self.joint.clone();
        let merges = vec![PoolId(EAST), PoolId(WEST)];
        pools[JOINT as usize].slots = Slots::Count(0);
        pools[JOINT as usize].joint =
            Some(JointRules { merges, sharing, every: every.map(ticks), own_first, supply_cost });
        if self.names_users {
            let members = [(HOME, vec![5, 6]), (LATER, vec![6, 7]), (EAST, vec![7]), (WEST, vec![7, 8])];
            for (pool, members) in members {
                pools[pool as usize].members = Some(members.into_iter().map(PartyId).collect());
            }
        }
        let (term, by_rule, fee) = self.later_life;
        let fees = PoolFees { once: Money::from_units(fee.into()), hourly: money(fee), payee: PartyId(0) };
        let busy = |at_least| Arc::new(Rule(at_least));
        pools[LATER as usize].life = Some(LifeRules {
            begins: Stage::Planned,
            term: term.map(ticks),
            expires_at: None,
            fees: (fee > 0).then_some(fees),
            by_rule: by_rule.then(|| LifeFormulas {
                watch: PoolId(HOME),
                create: Some(busy(|variables| Ok(i64::from(variables.queue_length > 0)))),
                delete: Some(busy(|variables| Ok(i64::from(variables.occupied == 0)))),
                every: ticks(9),
            }),
        });
        if let Some((begins, term)) = self.home_life {
            let term = term.map(ticks);
            pools[HOME as usize].life = Some(LifeRules { begins, term, ..LifeRules::default() });
        }
        if let Some((take, give, busy)) = self.scaling {
            let from = vec![PoolId(ACCOUNT), PoolId(MARKET), PoolId(STOCK)];
            let rule = |condition: fn(&overspill::market::Variables) -> Result<i64, String>, step| ScalingRule {
                condition: Arc::new(Rule(condition)),
                step,
                every: ticks(5),
                cool_down: ticks(6),
            };
            pools[HOME as usize].scaling = vec![
                rule(
                    |variables| Ok(i64::from(variables.queue_length > 0)),
                    ScalingStep::Take { slots: take, from, bid: money(7), at_most: 6 },
                ),
                rule(
                    |variables| Ok(i64::from(variables.queue_length == 0)),
                    ScalingStep::Return { slots: give.max(1), at_least: give, busy },
                ),
            ];
        }
    }

    /// Sixteen slots of the hardware, dealt out so that every pool stands in both zones.
    fn place(&self, pools: &mut [PoolRules]) {
        let mut next = 0..16;
        for &number in self.placed.iter().flatten() {
            let pool = &mut pools[number as usize];
            let Slots::Count(slots) = pool.slots else { continue };
            if slots == 0 || matches!(pool.pricing, Pricing::Proportional) {
                continue;
            }
            let mut places: Vec<u32> = next.by_ref().take(slots as usize).map(|slot| slot * 5 % 16).collect();
            places.sort_unstable();
            pool.slots = Slots::Count(places.len() as u32);
            if !places.is_empty() {
                pool.placement = Some(PlacementRules::new(places.into_iter().map(SlotId).collect()));
            }
        }
    }

    pub(super) fn has_hardware(&self) -> bool {
        self.placed.is_some()
    }

    fn supply(&self, to: u32, pools: &[PoolRules]) -> Vec<SupplyLine> {
        let is_allowed = |from: u32| match to {
            STOCK | RESERVE | GIVEN | JOINT => false,
            MARKET => matches!(from, RESERVE | STOCK),
            ACCOUNT => matches!(from, RESERVE | STOCK),
            HOME => from != HOME,
            EAST | WEST => !matches!(from, ACCOUNT | HOME),
            _ => true,
        };
        let line = |&(from, slots, bid, purchase): &Line| {
            let source = &pools[from as usize];
            let is_posted = matches!(source.pricing, Pricing::Posted(_));
            let sells = is_posted || matches!(source.pricing, Pricing::Spot(_) | Pricing::Given(_));
            let joins = matches!(to, EAST | WEST);
            let purchase = purchase.filter(|_| is_posted && source.billing_unit.is_none() && !joins);
            let bid = if is_posted { money(bid + 4) } else { money(bid) };
            (sells && is_allowed(from)).then_some(SupplyLine { from: PoolId(from), slots, bid, purchase })
        };
        self.lines[to as usize].iter().filter_map(line).collect()
    }

    fn is_placed(&self, number: u32, pools: &[PoolRules]) -> bool {
        let pool = &pools[number as usize];
        pool.placement.is_some() || pool.supply.iter().any(|line| self.is_placed(line.from.0, pools))
    }

    fn burst(&self, home: u32, pools: &[PoolRules]) -> Option<BurstRules> {
        let ladder = self.ladders[home as usize].as_ref()?;
        let answers_at_once = |tier: u32| match &pools[tier as usize].pricing {
            Pricing::Spot(spot) => spot.clearing == Clearing::Continuous,
            Pricing::Posted(_) | Pricing::Formula(_) | Pricing::Given(_) => true,
            Pricing::Auction(_) | Pricing::Proportional => false,
        };
        let is_allowed = |tier: u32| match home {
            MARKET => matches!(tier, ACCOUNT | STOCK),
            HOME => tier != HOME,
            LATER => true,
            EAST | WEST | JOINT => !matches!(tier, ACCOUNT | HOME),
            _ => false,
        };
        let tiers: Vec<u32> =
            ladder.tiers.iter().copied().filter(|tier| is_allowed(*tier) && answers_at_once(*tier)).collect();
        if tiers.is_empty() {
            return None;
        }
        let amount =
            |amount: Option<i64>| amount.map_or(BudgetRules::UNLIMITED, |units| Money::from_units(units.into()));
        let budget = ladder.budget.map(|(units, charging)| BudgetRules {
            amount: amount(units),
            period: Some(ticks(1_000_000)),
            charging,
        });
        let mut terms = ladder.terms.clone();
        terms.tiers.truncate(tiers.len());
        if budget.is_none() {
            terms.tiers.iter_mut().for_each(|tier| tier.budget = None);
            terms.triggers.budget_reset = false;
        }
        if tiers.len() == 1 {
            terms.when_revoked = WhenRevoked::AsInterrupted;
        }
        let pool = &pools[home as usize];
        let decides_otherwise = matches!(pool.pricing, Pricing::Auction(_) | Pricing::Proportional);
        if decides_otherwise || pool.waiting.is_none() {
            terms.triggers = Triggers::default();
        }
        if decides_otherwise {
            terms.give_back = GiveBack::AtTheEnd;
        }
        Some(BurstRules {
            tiers: tiers.into_iter().map(PoolId).collect(),
            max_price: ladder.max_price,
            fee: Share::from_parts(ladder.fee),
            flat_fee: Money::from_units(ladder.flat.into()),
            budget,
            terms,
        })
    }
}

/// The accounts that may change a pool: one of its owner, and a second one of the first customer.
pub(super) fn controllers(pool: u32) -> Vec<AccountId> {
    let owner = OWNERS[pool as usize];
    match owner {
        1 => vec![AccountId(1), AccountId(11)],
        ALLIANCE => vec![AccountId(2), AccountId(3)],
        other => vec![AccountId(other)],
    }
}

//! One market, re-cleared from scratch whenever anything happens: slow, and plainly the rule as it is written.

use std::cmp::Reverse;

use overspill::market::{BelowMinimum, CapMode, Fate, Fit, Interrupted, Payment, PriceRule, Refusal, WaitingOrder};

/// What the market's owner decided. Prices in units, time in ticks.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// `None` without limit.
    pub(crate) slots: Option<u32>,
    /// The posted price; `None` in a spot market.
    pub(crate) posted: Option<i64>,
    pub(crate) minimum: i64,
    pub(crate) below_minimum: BelowMinimum,
    pub(crate) rule: PriceRule,
    pub(crate) payment: Payment,
    pub(crate) cap: Option<(i64, CapMode)>,
    pub(crate) fit: Fit,
    /// Room for so many to wait; `None` if whoever is not served is refused.
    pub(crate) room: Option<Option<u32>>,
    pub(crate) order: WaitingOrder,
    pub(crate) interrupted: Interrupted,
}

/// What a request is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    Pending,
    Waiting { since: i64 },
    Running { since: i64 },
    Gone(Fate),
}

/// A request of this market; its number is its index.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) slots: u32,
    pub(crate) bid: i64,
    pub(crate) declared: i64,
    pub(crate) work: i64,
    pub(crate) patience: Option<i64>,
    pub(crate) has_started: bool,
    pub(crate) doing: Doing,
    /// Sum of price × ticks × slots over all stretches of constant price.
    pub(crate) charge: i128,
}

#[derive(Clone, Debug)]
pub(crate) struct Reference {
    options: Options,
    minimum: i64,
    now: i64,
    pub(crate) requests: Vec<Request>,
}

impl Reference {
    pub(crate) fn new(options: Options) -> Self {
        Self { minimum: options.minimum, options, now: 0, requests: Vec::new() }
    }

    /// Lets time pass: nothing changes but what is owed.
    pub(crate) fn advance(&mut self, to: i64) {
        let price = self.price();
        for number in self.running() {
            let request = &self.requests[number];
            let unit = match self.options.payment {
                Payment::OwnBid if self.options.posted.is_none() => {
                    self.options.cap.map_or(request.bid, |(cap, _)| request.bid.min(cap))
                }
                _ => price,
            };
            let charge = i128::from(unit) * i128::from(to - self.now) * i128::from(request.slots);
            self.requests[number].charge += charge;
        }
        self.now = to;
    }

    pub(crate) fn release(&mut self, number: usize) {
        self.requests[number].doing = Doing::Gone(Fate::Completed);
    }

    pub(crate) fn abandon(&mut self, number: usize) {
        self.requests[number].doing = Doing::Gone(Fate::Abandoned);
        self.clear();
    }

    pub(crate) fn arrive(&mut self, slots: u32, bid: i64, work: i64, patience: Option<i64>) {
        let number = self.requests.len();
        let doing = Doing::Pending;
        self.requests.push(Request {
            slots,
            bid,
            declared: work,
            work,
            patience,
            has_started: false,
            doing,
            charge: 0,
        });
        let fits_at_all = self.options.slots.is_none_or(|capacity| slots <= capacity);
        if bid < self.lowest_served() {
            if self.options.below_minimum == BelowMinimum::Waits && fits_at_all && self.has_room() {
                self.wait(number);
            } else {
                self.requests[number].doing = Doing::Gone(Fate::Refused(Refusal::Price));
            }
        } else if !self.rearrange(Some(number)) {
            if fits_at_all && self.has_room() {
                self.wait(number);
            } else {
                let refusal = self.refusal(number, fits_at_all);
                self.requests[number].doing = Doing::Gone(Fate::Refused(refusal));
            }
        }
        self.clear();
    }

    pub(crate) fn set_minimum(&mut self, minimum: i64) {
        self.minimum = minimum;
        let mut below = self.running();
        below.retain(|number| self.requests[*number].bid < minimum);
        below.sort_by_key(|number| (self.requests[*number].bid, Reverse(*number)));
        self.interrupt(&below);
        if self.options.below_minimum == BelowMinimum::Refused {
            for number in self.waiting() {
                let request = &mut self.requests[number];
                if request.bid < minimum {
                    let fate = if request.has_started { Fate::Lost } else { Fate::Refused(Refusal::Price) };
                    request.doing = Doing::Gone(fate);
                }
            }
        }
    }

    /// Clears until nothing changes any more.
    pub(crate) fn clear(&mut self) {
        for _ in 0..=2 * self.requests.len() {
            let before: Vec<Doing> = self.requests.iter().map(|request| request.doing).collect();
            self.rearrange(None);
            if self.requests.iter().map(|request| request.doing).eq(before) {
                return;
            }
        }
        panic!("clearing does not come to rest");
    }

    pub(crate) fn running(&self) -> Vec<usize> {
        self.numbers(|doing| matches!(doing, Doing::Running { .. }))
    }

    pub(crate) fn waiting(&self) -> Vec<usize> {
        self.numbers(|doing| matches!(doing, Doing::Waiting { .. }))
    }

    /// When the next patience ends.
    pub(crate) fn next_deadline(&self) -> Option<i64> {
        self.waiting().into_iter().filter_map(|number| self.deadline(number)).min()
    }

    /// Somebody whose patience has ended.
    pub(crate) fn out_of_patience(&self) -> Option<usize> {
        let ended = |number: &usize| self.deadline(*number).is_some_and(|deadline| deadline <= self.now);
        self.waiting().into_iter().find(ended)
    }

    fn deadline(&self, number: usize) -> Option<i64> {
        let request = &self.requests[number];
        let Doing::Waiting { since } = request.doing else { return None };
        request.patience.map(|patience| since + patience)
    }

    pub(crate) fn occupied(&self) -> u32 {
        self.running().iter().map(|number| self.requests[*number].slots).sum()
    }

    pub(crate) fn price(&self) -> i64 {
        if let Some(posted) = self.options.posted {
            return posted.max(self.minimum);
        }
        let waiting = self.waiting().into_iter().map(|number| self.ranked_bid(number));
        let highest_rejected = waiting.filter(|bid| *bid >= self.minimum).max();
        let full = self.options.slots.is_some_and(|slots| self.occupied() >= slots);
        let lowest = self.running().into_iter().map(|number| self.ranked_bid(number)).min();
        let price = match lowest {
            Some(lowest) if full || highest_rejected.is_some() => match self.options.rule {
                PriceRule::LowestAccepted => lowest,
                PriceRule::HighestRejected => lowest.min(highest_rejected.unwrap_or(0).max(self.minimum)),
            },
            _ => self.minimum,
        };
        self.options.cap.map_or(price, |(cap, _)| price.min(cap))
    }

    fn numbers(&self, is_wanted: impl Fn(Doing) -> bool) -> Vec<usize> {
        (0..self.requests.len()).filter(|number| is_wanted(self.requests[*number].doing)).collect()
    }

    fn lowest_served(&self) -> i64 {
        self.options.posted.unwrap_or(0).max(self.minimum)
    }

    fn has_room(&self) -> bool {
        let waiting = self.waiting().len();
        self.options.room.is_some_and(|room| room.is_none_or(|room| waiting < room as usize))
    }

    fn ranked_bid(&self, number: usize) -> i64 {
        let bid = self.requests[number].bid;
        match self.options.cap {
            _ if self.options.posted.is_some() => 0,
            Some((cap, CapMode::Bids)) => bid.min(cap),
            _ => bid,
        }
    }

    fn refusal(&self, number: usize, fits_at_all: bool) -> Refusal {
        let lowest = self.running().into_iter().map(|number| self.ranked_bid(number)).min();
        let is_outbid = fits_at_all && lowest.is_some_and(|lowest| lowest >= self.ranked_bid(number));
        if is_outbid && self.options.posted.is_none() { Refusal::Outbid } else { Refusal::Capacity }
    }

    /// Everybody who takes part, in the order of the clearing.
    fn in_order(&self, newcomer: Option<usize>) -> Vec<usize> {
        let mut first = self.running();
        first.extend(newcomer);
        let mut waiting = self.waiting();
        waiting.retain(|number| self.requests[*number].bid >= self.lowest_served());
        let is_by_method = self.options.posted.is_some() || self.options.order == WaitingOrder::ByMethod;
        if is_by_method {
            first.append(&mut waiting);
        }
        let is_incumbent = |number: usize| matches!(self.requests[number].doing, Doing::Running { .. });
        first.sort_by_key(|number| (Reverse(self.ranked_bid(*number)), !is_incumbent(*number), *number));
        first.append(&mut waiting);
        first
    }

    /// The clearing rule from scratch. With a newcomer: only if it is served; else nothing changes and it is `false`.
    fn rearrange(&mut self, newcomer: Option<usize>) -> bool {
        let order = self.in_order(newcomer);
        let mut left = self.options.slots.unwrap_or(u32::MAX);
        let mut served = Vec::new();
        for &number in &order {
            let slots = self.requests[number].slots;
            if slots <= left {
                left -= slots;
                served.push(number);
            } else if self.options.fit == Fit::Strict {
                break;
            }
        }
        if newcomer.is_some_and(|newcomer| !served.contains(&newcomer)) {
            return false;
        }
        let running = self.running();
        let evicted: Vec<usize> =
            order.iter().copied().filter(|number| running.contains(number) && !served.contains(number)).collect();
        for number in served.into_iter().filter(|number| !running.contains(number)) {
            self.start(number);
        }
        self.interrupt(&evicted);
        true
    }

    fn start(&mut self, number: usize) {
        let now = self.now;
        let request = &mut self.requests[number];
        if let Doing::Waiting { since } = request.doing {
            request.patience = request.patience.map(|patience| patience - (now - since));
        }
        request.doing = Doing::Running { since: now };
        request.has_started = true;
    }

    fn wait(&mut self, number: usize) {
        self.requests[number].doing = Doing::Waiting { since: self.now };
    }

    fn interrupt(&mut self, victims: &[usize]) {
        let now = self.now;
        for &number in victims {
            let request = &mut self.requests[number];
            let Doing::Running { since } = request.doing else { panic!("only who runs can be interrupted") };
            request.work = match self.options.interrupted {
                Interrupted::Resume => (request.work - (now - since)).max(0),
                _ => request.declared,
            };
            request.doing = Doing::Pending;
        }
        for &number in victims {
            if self.options.interrupted != Interrupted::Lost && self.has_room() {
                self.wait(number);
            } else {
                self.requests[number].doing = Doing::Gone(Fate::Lost);
            }
        }
    }
}

//! When hardware fails and is repaired: clocks of components, and times that are given.
//!
//! A clock runs while its component is up as far as this clock knows, whether the slots on it are held or not, and whatever
//! else is down. Each has two streams of its own, so that the times are the same in every arm.

use std::collections::BTreeSet;

use super::model::HardwareModel;
use crate::demand::Law;
use crate::kernel::{Address, Stream};
use crate::market::Component;
use crate::units::{SimDuration, SimTime};

/// Failures and repairs that are to come in one replication.
pub(super) struct Faults<'a> {
    model: &'a HardwareModel,
    clocks: Vec<Clock<'a>>,
    /// Failures by the clocks, in order: time, component, number of the clock.
    failures: BTreeSet<(SimTime, Component, usize)>,
    /// Repairs by the clocks, likewise.
    repairs: BTreeSet<(SimTime, Component, usize)>,
    /// How many of the given failures and repairs have come.
    given_failures: usize,
    given_repairs: usize,
}

/// The clock of one component.
struct Clock<'a> {
    component: Component,
    up: (&'a Law, Stream),
    down: (&'a Law, Stream),
}

fn draw((law, stream): &mut (&Law, Stream), now: SimTime) -> SimTime {
    now.saturating_add(SimDuration::nearest(law.sample(stream)))
}

impl<'a> Faults<'a> {
    /// Everything is up at time zero.
    pub(super) fn new(model: &'a HardwareModel, seed: u64, replication: u64) -> Self {
        let mut faults = Self {
            model,
            clocks: Vec::new(),
            failures: BTreeSet::new(),
            repairs: BTreeSet::new(),
            given_failures: 0,
            given_repairs: 0,
        };
        for law in &model.clocks {
            for (index, component) in (0..).zip(law.components.iter().copied()) {
                let stream = |purpose| Stream::new(&Address { seed, replication, group: &law.name, purpose, index });
                let (up, down) = ((&law.up, stream("up")), (&law.down, stream("down")));
                faults.clocks.push(Clock { component, up, down });
                faults.fails_after(SimTime::ZERO, faults.clocks.len() - 1);
            }
        }
        faults
    }

    fn fails_after(&mut self, now: SimTime, number: usize) {
        let clock = &mut self.clocks[number];
        let at = draw(&mut clock.up, now);
        if at < SimTime::NEVER {
            self.failures.insert((at, clock.component, number));
        }
    }

    /// When something is repaired next.
    pub(super) fn next_repair(&self) -> SimTime {
        let given = self.model.repairs.get(self.given_repairs).map(|(at, _)| *at);
        let drawn = self.repairs.first().map(|(at, ..)| *at);
        given.into_iter().chain(drawn).min().unwrap_or(SimTime::NEVER)
    }

    /// When something fails next.
    pub(super) fn next_failure(&self) -> SimTime {
        let given = self.model.failures.get(self.given_failures).map(|(at, _)| *at);
        let drawn = self.failures.first().map(|(at, ..)| *at);
        given.into_iter().chain(drawn).min().unwrap_or(SimTime::NEVER)
    }

    /// What is repaired now, if anything still is.
    pub(super) fn repair(&mut self, now: SimTime) -> Option<Component> {
        if let Some((_, component)) = self.model.repairs.get(self.given_repairs).filter(|(at, _)| *at <= now) {
            self.given_repairs += 1;
            return Some(*component);
        }
        let (_, component, clock) = self.repairs.first().filter(|(at, ..)| *at <= now).copied()?;
        self.repairs.pop_first();
        self.fails_after(now, clock);
        Some(component)
    }

    /// What fails now, if anything still does.
    pub(super) fn failure(&mut self, now: SimTime) -> Option<Component> {
        if let Some((_, component)) = self.model.failures.get(self.given_failures).filter(|(at, _)| *at <= now) {
            self.given_failures += 1;
            return Some(*component);
        }
        let (_, component, number) = self.failures.first().filter(|(at, ..)| *at <= now).copied()?;
        self.failures.pop_first();
        let at = draw(&mut self.clocks[number].down, now);
        self.repairs.insert((at, component, number));
        Some(component)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::model::FaultClock;
    use super::*;
    use crate::market::{HardwareBuilder, Level};

    fn host(number: u32) -> Component {
        Component { level: Level::Host, number }
    }

    fn at(ticks: i64) -> SimTime {
        SimTime::from_ticks(ticks)
    }

    fn model(clocks: Vec<FaultClock>) -> HardwareModel {
        let hardware = Arc::new(HardwareBuilder::default().build());
        let (regions, zones, wishes) = (Vec::new(), Vec::new(), Vec::new());
        HardwareModel { hardware, regions, zones, wishes, clocks, failures: Vec::new(), repairs: Vec::new() }
    }

    fn clock(name: &str, hosts: &[u32], up: Law, down: Law) -> FaultClock {
        let components = hosts.iter().map(|number| host(*number)).collect();
        FaultClock { name: name.to_owned(), components, up, down }
    }

    /// Failures and repairs up to an instant; at one instant repairs come first.
    fn events(model: &HardwareModel, seed: u64, until: i64) -> Vec<(i64, &'static str, u32)> {
        let mut faults = Faults::new(model, seed, 0);
        let mut events = Vec::new();
        loop {
            let now = faults.next_repair().min(faults.next_failure());
            if now > at(until) {
                return events;
            }
            while let Some(component) = faults.repair(now) {
                events.push((now.ticks(), "up", component.number));
            }
            while let Some(component) = faults.failure(now) {
                events.push((now.ticks(), "down", component.number));
            }
        }
    }

    #[test]
    fn a_clock_runs_again_once_its_component_is_repaired() {
        let constant = clock("hosts", &[4, 2], Law::Constant(10.0), Law::Constant(3.0));
        let given = HardwareModel {
            failures: vec![(at(13), host(9)), (at(20), host(2))],
            repairs: vec![(at(26), host(2))],
            ..model(vec![constant])
        };
        #[rustfmt::skip]
        let expected = [
            (10, "down", 2), (10, "down", 4),
            (13, "up", 2), (13, "up", 4), (13, "down", 9),
            (20, "down", 2), // for a reason of its own: the clock goes on
            (23, "down", 2), (23, "down", 4),
            (26, "up", 2), (26, "up", 2), (26, "up", 4),
        ];
        assert_eq!(events(&given, 1, 26), expected);
    }

    #[test]
    fn what_is_drawn_for_one_component_says_nothing_of_another() {
        let up = Law::Exponential { mean: 100.0 };
        let of = |hosts: &[u32], down| {
            let all = events(&model(vec![clock("hosts", hosts, up, down)]), 7, 2_000);
            all.into_iter().filter(|(_, _, number)| *number == hosts[0]).collect::<Vec<_>>()
        };
        let alone = of(&[3], Law::Exponential { mean: 20.0 });
        assert!(alone.len() > 10);
        assert_eq!(alone, of(&[3, 5, 6], Law::Exponential { mean: 20.0 }));
        // Times up are the same whatever the repairs take.
        let ups = |events: &[(i64, &str, u32)]| -> Vec<i64> {
            let mut last = 0;
            let mut ups = Vec::new();
            for (at, what, _) in events {
                if *what == "down" {
                    ups.push(at - last);
                }
                last = *at;
            }
            ups
        };
        let slow = ups(&of(&[3], Law::Constant(60.0)));
        assert_eq!(slow, ups(&alone)[..slow.len()]);
    }
}

//! Slots on hardware that fails.
//!
//! One slot per host; hosts fail and are repaired each by itself, in exponential times; requests come in a Poisson
//! process, hold a slot for exponential times, and are lost where none is free or where theirs fails. The numbers of hosts
//! that are up and of slots that are held are then a Markov chain in two dimensions, which is solved here as it stands.

use super::steady::{assert_covers, run_text};

/// A chain of hosts that are up and slots that are held, per hour.
struct Chain {
    hosts: usize,
    arrivals: f64,
    completions: f64,
    failures: f64,
    repairs: f64,
}

impl Chain {
    fn states(&self) -> Vec<(usize, usize)> {
        (0..=self.hosts).flat_map(|up| (0..=up).map(move |held| (up, held))).collect()
    }

    /// Where a state leads to, and how often.
    fn moves(&self, (up, held): (usize, usize)) -> Vec<((usize, usize), f64)> {
        let mut moves = Vec::new();
        if held < up {
            moves.push(((up, held + 1), self.arrivals));
            moves.push(((up - 1, held), (up - held) as f64 * self.failures));
        }
        if held > 0 {
            moves.push(((up, held - 1), held as f64 * self.completions));
            moves.push(((up - 1, held - 1), held as f64 * self.failures));
        }
        if up < self.hosts {
            moves.push(((up + 1, held), (self.hosts - up) as f64 * self.repairs));
        }
        moves
    }

    /// The probability of each state: steps of the uniformised chain until nothing changes.
    fn probabilities(&self) -> Vec<((usize, usize), f64)> {
        let states = self.states();
        let index = |state| states.iter().position(|known| *known == state).unwrap();
        let moves: Vec<Vec<(usize, f64)>> = states
            .iter()
            .map(|state| self.moves(*state).into_iter().map(|(to, rate)| (index(to), rate)).collect())
            .collect();
        let fastest = moves.iter().map(|moves| moves.iter().map(|(_, rate)| rate).sum::<f64>()).fold(0.0, f64::max);
        let mut now = vec![1.0 / states.len() as f64; states.len()];
        loop {
            let mut next = now.clone();
            for (from, moves) in moves.iter().enumerate() {
                for (to, rate) in moves {
                    let flow = now[from] * rate / (1.01 * fastest);
                    next[from] -= flow;
                    next[*to] += flow;
                }
            }
            let change: f64 = now.iter().zip(&next).map(|(a, b)| (a - b).abs()).sum();
            now = next;
            if change < 1e-14 {
                return states.into_iter().zip(now).collect();
            }
        }
    }

    fn mean(&self, of: impl Fn(usize, usize) -> f64) -> f64 {
        self.probabilities().iter().map(|((up, held), probability)| of(*up, *held) * probability).sum()
    }
}

/// Without failures the chain is the loss system of Erlang.
#[test]
fn the_chain_of_hosts_that_never_fail_is_erlangs() {
    let chain = Chain { hosts: 6, arrivals: 4.0, completions: 1.0, failures: 0.0, repairs: 1.0 };
    let blocked = chain.mean(|up, held| f64::from(u8::from(up == held)));
    assert!((blocked - super::formulas::blocking(6, 4.0)).abs() < 1e-9, "{blocked}");
}

#[test]
fn blocking_under_host_failures_follows_the_chain_in_two_dimensions() {
    // Hosts that are up for 20 h and down for 4 h, and hosts that fail as often as requests end.
    for (up, down, precision) in [(20.0, 4.0, 0.03), (1.0, 0.25, 0.03)] {
        let text = format!(
            r#"
            [experiment]
            horizon = "2500h"
            warm_up = "200h"
            replications = 60
            [zone.a]
            hosts = 6
            slots = 1
            [[fault]]
            component = "host"
            up = {{ law = "exponential", mean = "{up} h" }}
            down = {{ law = "exponential", mean = "{down} h" }}
            [pool.slots]
            placed = {{ zones = ["a"] }}
            pricing = {{ method = "posted", price = "1 USD/h" }}
            on_interruption = "lost"
            [group.users]
            pool = "slots"
            arrivals = {{ rate = "4 /h" }}
            duration = {{ law = "exponential", mean = "1h" }}
            "#
        );
        let chain = Chain { hosts: 6, arrivals: 4.0, completions: 1.0, failures: 1.0 / up, repairs: 1.0 / down };
        let runs = run_text(&text, 0.999);
        let blocked = chain.mean(|up, held| f64::from(u8::from(up == held)));
        let held = chain.mean(|_, held| held as f64);
        runs.assert_is("pool:slots", "blocking_probability", blocked, precision);
        runs.assert_is("pool:slots", "occupancy_mean", held, 0.01);
        runs.assert_is("zone:a", "availability", up / (up + down), 0.01);
        runs.assert_is("pool:slots", "availability", up / (up + down), 0.01);
        let interrupted = runs.share("group:users", "interruptions_fault", "arrivals");
        assert_covers("requests lost to a fault", &interrupted, held / up / 4.0, 0.05);
        assert_eq!(runs.numerators("group:users", "lost"), runs.numerators("group:users", "interruptions_fault"));
    }
}

/// Two hosts of a slot each, two requests that go on for ever. Host 1 is up for 10 h and down for 2 h, again and again:
/// down from 10 h, 22 h, 34 h. The zone is down from 11 h to 14 h. So host 1 is out of service for 4 + 2 + 2 hours of 36,
/// host 2 for 3, and the requests are interrupted at 10 h (one), 11 h (the other), 22 h and 34 h.
#[test]
fn times_by_hand_make_an_availability_by_hand() {
    let text = r#"
        [experiment]
        horizon = "36h"
        replications = 2
        [zone.a]
        hosts = 2
        slots = 1
        [[fault]]
        component = "host"
        zone = "a"
        number = 1
        up = "10h"
        down = "2h"
        [[fault]]
        component = "zone"
        zone = "a"
        at = "11h"
        for = "3h"
        [pool.slots]
        placed = {}
        pricing = { method = "posted", price = "1 USD/h" }
        waiting = { capacity = "unlimited" }
        on_interruption = "resume"
        [group.users]
        pool = "slots"
        arrivals = { process = "rounds", every = "100h", bidders = 2 }
        duration = "1000h"
    "#;
    let runs = run_text(text, 0.999);
    runs.assert_always("zone:a", "availability", 61.0 / 72.0);
    runs.assert_always("pool:slots", "availability", 61.0 / 72.0);
    runs.assert_always("zone:a", "utilisation", 1.0);
    runs.assert_always("zone:a", "occupancy_mean", 61.0 / 36.0);
    runs.assert_always("group:users", "interruptions", 4.0);
    runs.assert_always("group:users", "interruptions_fault", 4.0);
    runs.assert_always("group:users", "wait_mean", 11.0 / 2.0);
    runs.assert_always("provider", "revenue_rate", 61.0 / 36.0);
}

//! Closed and numeric forms that only these tests need. Time is counted in mean durations.

use overspill::analysis::{erlang_b, mean_wait_erlang_c, overflow_mean};

/// Erlang B; every load here is one.
pub(crate) fn blocking(servers: u32, load: f64) -> f64 {
    erlang_b(servers, load).expect("a load")
}

/// Mean number of busy servers of the loss system.
pub(crate) fn carried(servers: u32, load: f64) -> f64 {
    load * (1.0 - blocking(servers, load))
}

/// Variance of the number of busy servers of the loss system.
///
/// Of the truncated Poisson law, m - a B (c - m) with m its mean; Iversen, *Teletraffic Engineering and Network
/// Planning*, chapter on Erlang's loss system.
pub(crate) fn busy_variance(servers: u32, load: f64) -> f64 {
    let mean = carried(servers, load);
    mean - load * blocking(servers, load) * (f64::from(servers) - mean)
}

/// Variance of the busy servers of an unlimited group that takes what overflows `servers` circuits.
///
/// J. Riordan, in the appendix of Wilkinson, "Theories for toll traffic engineering in the U.S.A." (1956): with m the
/// mean of the overflow, m (1 - m + a / (c + 1 - a + m)).
pub(crate) fn overflow_variance(servers: u32, load: f64) -> f64 {
    let mean = overflow_mean(servers, load).expect("a load");
    mean * (1.0 - mean + load / (f64::from(servers) + 1.0 - load + mean))
}

/// A queue with Poisson arrivals and exponential durations of mean 1 in steady state.
#[derive(Debug)]
pub(crate) struct Queue {
    servers: usize,
    /// Probability of each number of requests, those in service included.
    probabilities: Vec<f64>,
}

impl Queue {
    /// M/M/c/c+`room`: whoever finds `room` requests waiting is refused.
    pub(crate) fn with_room(servers: usize, load: f64, room: usize) -> Self {
        Self::birth_death(servers, load, 0.0, servers + room)
    }

    /// M/M/c+M (Erlang A): whoever waits gives up after an exponential time with mean `patience`.
    ///
    /// C. Palm (1946). A thousand requests more than there are servers do not occur at the loads of these tests.
    pub(crate) fn with_patience(servers: usize, load: f64, patience: f64) -> Self {
        Self::birth_death(servers, load, 1.0 / patience, servers + 1000)
    }

    fn birth_death(servers: usize, load: f64, impatience: f64, most: usize) -> Self {
        let death = |n: usize| n.min(servers) as f64 + impatience * n.saturating_sub(servers) as f64;
        let mut weights = vec![1.0];
        (1..=most).for_each(|n| weights.push(weights[n - 1] * load / death(n)));
        let sum: f64 = weights.iter().sum();
        Self { servers, probabilities: weights.into_iter().map(|weight| weight / sum).collect() }
    }

    /// Mean number of requests that wait.
    pub(crate) fn waiting(&self) -> f64 {
        let beyond = self.probabilities.iter().skip(self.servers).enumerate();
        beyond.map(|(waiting, probability)| waiting as f64 * probability).sum()
    }

    /// Probability that an arrival finds every server busy and is let in.
    pub(crate) fn delayed(&self) -> f64 {
        self.probabilities[self.servers..self.probabilities.len() - 1].iter().sum()
    }

    /// Probability that an arrival finds the waiting room full.
    pub(crate) fn blocked(&self) -> f64 {
        self.probabilities.last().copied().unwrap_or(0.0)
    }
}

/// First come, first served with one and the same patience for everybody (M/M/c+D).
#[derive(Debug)]
pub(crate) struct ConstantPatience {
    pub(crate) delayed: f64,
    pub(crate) abandoned: f64,
    pub(crate) wait: f64,
}

impl ConstantPatience {
    /// D. Y. Barrer, "Queuing with impatient customers and ordered service", *Operations Research* 5 (1957). The wait V
    /// that an endlessly patient arrival would have is a level-crossing process: up to the patience τ its density is
    /// a P(c-1) e^(-(c-a) x), and beyond, where nobody joins, a P(c-1) e^(a τ - c x). It holds for service in order of
    /// arrival only.
    pub(crate) fn new(servers: u32, load: f64, patience: f64) -> Self {
        let (c, drift) = (f64::from(servers), f64::from(servers) - load);
        let decay = libm::exp(-drift * patience);
        let beyond = decay / c;
        let within = (1.0 - decay) / drift;
        // a P(c-1), in units of the probability that a server is free.
        let density = load * blocking(servers - 1, load);
        let free = 1.0 / (1.0 + density * (within + beyond));
        let density = density * free;
        let wait = density * (within / drift - patience * decay / drift + patience * beyond);
        Self { delayed: 1.0 - free, abandoned: density * beyond, wait }
    }
}

/// ∫ over 0..1 by Simpson's rule; the integrands are smooth.
pub(crate) fn integral(f: impl Fn(f64) -> f64) -> f64 {
    let panels = 1000;
    let sum: f64 = (0..panels)
        .map(|panel| {
            let (low, width) = (f64::from(panel) / f64::from(panels), 1.0 / f64::from(panels));
            (f(low) + 4.0 * f(low + 0.5 * width) + f(low + width)) * width / 6.0
        })
        .sum();
    sum
}

fn assert_close(actual: f64, expected: f64) {
    assert!((actual - expected).abs() < 1e-9 * expected.abs(), "{actual} is not {expected}");
}

#[test]
fn a_long_waiting_room_is_as_good_as_none() {
    let queue = Queue::with_room(5, 4.0, 1000);
    assert_close(queue.waiting(), 4.0 * mean_wait_erlang_c(5, 4.0).expect("a stable queue"));
    assert_close(Queue::with_room(5, 4.0, 0).blocked(), blocking(5, 4.0));
}

#[test]
fn long_patience_is_as_good_as_endless() {
    let wait = mean_wait_erlang_c(5, 4.0).expect("a stable queue");
    assert_close(ConstantPatience::new(5, 4.0, 200.0).wait, wait);
    assert_close(Queue::with_patience(5, 4.0, 1e12).waiting(), 4.0 * wait);
    let impatient = ConstantPatience::new(5, 4.0, 1e-12);
    assert_close(impatient.abandoned, blocking(5, 4.0));
}

#[test]
fn moments_of_the_loss_system_are_those_of_its_distribution() {
    let weights: Vec<f64> =
        (0..=7).scan(1.0, |weight, n| Some(std::mem::replace(weight, *weight * 5.0 / f64::from(n + 1)))).collect();
    let sum: f64 = weights.iter().sum();
    let moment = |power: i32| weights.iter().zip(0..).map(|(w, n)| w * f64::from(n).powi(power)).sum::<f64>() / sum;
    assert_close(carried(7, 5.0), moment(1));
    assert_close(busy_variance(7, 5.0), moment(2) - moment(1) * moment(1));
    // Without circuits everything overflows, and the overflow is Poisson.
    assert_close(overflow_variance(0, 5.0), 5.0);
}

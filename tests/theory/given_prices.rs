//! Prices that others make: the random walk within a band, against its stationary law.

use overspill::analysis::Moments;
use overspill::demand::{PriceSeries, PriceWalk};
use overspill::units::{Price, SimDuration};

use super::steady::{assert_covers, plan_of_text, run_arm, run_text};

/// Standard deviation of the price and its correlation over one step and over two, for a band of width 1.
///
/// The pair of a price and the one before is a Markov chain: from (x, y) it goes to (y, z) with z normal about y - 0.7 (y - x),
/// cut to the band. Its stationary density is iterated on a grid of midpoints.
struct Stationary {
    sd: f64,
    correlation: [f64; 2],
}

const CELLS: usize = 80;

impl Stationary {
    fn new() -> Self {
        let at = |cell: usize| (cell as f64 + 0.5) / CELLS as f64;
        let mut kernel = vec![0.0; CELLS * CELLS * CELLS];
        for (pair, row) in kernel.chunks_mut(CELLS).enumerate() {
            let (x, y) = (at(pair / CELLS), at(pair % CELLS));
            let mean = y + PriceWalk::PULL * (y - x);
            for (z, weight) in row.iter_mut().enumerate() {
                let off = (at(z) - mean) / PriceWalk::NOISE;
                *weight = libm::exp(-0.5 * off * off);
            }
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|weight| *weight /= sum);
        }
        let mut density = vec![1.0 / (CELLS * CELLS) as f64; CELLS * CELLS];
        for _ in 0..80 {
            let mut next = vec![0.0; CELLS * CELLS];
            for (pair, row) in kernel.chunks(CELLS).enumerate() {
                let from = &mut next[pair % CELLS * CELLS..][..CELLS];
                from.iter_mut().zip(row).for_each(|(to, weight)| *to += density[pair] * weight);
            }
            density = next;
        }
        let off = |cell: usize| at(cell) - 0.5;
        let (mut variance, mut after_one, mut after_two) = (0.0, 0.0, 0.0);
        for (pair, weight) in density.iter().enumerate() {
            let (x, y) = (off(pair / CELLS), off(pair % CELLS));
            variance += weight * y * y;
            after_one += weight * x * y;
            let row = &kernel[pair * CELLS..][..CELLS];
            after_two += weight * x * row.iter().enumerate().map(|(z, weight)| weight * off(z)).sum::<f64>();
        }
        Self { sd: variance.sqrt(), correlation: [after_one / variance, after_two / variance] }
    }
}

const FLOOR: f64 = 0.02;
const CEILING: f64 = 0.10;

/// Members who pay up to the middle of the band ask now and then.
const MARKET: &str = r#"
[experiment]
horizon = "20100h"
warm_up = "100h"
replications = 80

[pool.spot]
pricing = { method = "given", process = "ar1", floor = "0.02 USD/h", ceiling = "0.10 USD/h", step = "1h" }
on_interruption = "lost"

[group.users]
pool = "spot"
arrivals = { rate = "0.5 /h" }
duration = { law = "exponential", mean = "1m" }
bid = "0.06 USD/h"
"#;

#[test]
fn the_walk_has_its_mean_and_its_spread() {
    let runs = run_text(MARKET, 0.999);
    let sd = Stationary::new().sd;
    assert!((sd - 0.27).abs() < 0.005, "the paper's figure is 0.27 of the width, and here it is {sd}");
    runs.assert_is("pool:spot", "price_mean", (FLOOR + CEILING) / 2.0, 0.002);
    runs.assert_is("pool:spot", "price_sd", sd * (CEILING - FLOOR), 0.002);
    // Poisson arrivals see it as it is over time: above its middle in half of it.
    assert_covers("refused for the price", &runs.share("pool:spot", "refused_price", "arrivals"), 0.5, 0.01);
    runs.assert_always("pool:spot", "refused_capacity", 0.0);
}

#[test]
fn a_step_takes_back_part_of_the_one_before() {
    let width = 1_000_000_000;
    let (floor, ceiling) = (Price::from_units(50_000_000), Price::from_units(50_000_000 + width));
    let start = Price::from_units(50_000_000 + width / 2);
    let series = PriceSeries::Drawn(PriceWalk { floor, ceiling, start, step: SimDuration::from_hours(1) });
    let theory = Stationary::new();
    let mut correlations = [Moments::default(), Moments::default()];
    for replication in 0..80 {
        let path = series.path(1, replication, "spot").skip(50).take(10_000);
        let prices: Vec<f64> = path
            .map(|(_, price)| {
                assert!((floor..=ceiling).contains(&price), "{price:?} lies outside the band");
                (price.units() - start.units()) as f64 / width as f64
            })
            .collect();
        for (lag, moments) in (1..).zip(&mut correlations) {
            let products = prices.iter().zip(&prices[lag..]).map(|(a, b)| a * b);
            let mean = products.sum::<f64>() / (prices.len() - lag) as f64;
            moments.push(mean / (theory.sd * theory.sd));
        }
    }
    for (lag, moments) in correlations.iter().enumerate() {
        let interval = moments.interval(0.999).expect("replications");
        assert_covers(&format!("correlation over {} steps", lag + 1), &interval, theory.correlation[lag], 0.05);
    }
}

/// Whatever members do there: the price is the same in every arm, and another one in each replication.
#[test]
fn the_path_is_the_same_in_all_arms() {
    let text = MARKET.replace("20100h", "300h").replace("80", "20");
    let plan = plan_of_text(&format!("{text}\n[arm.few]\n\n[arm.many]\ngroup.users.arrivals.rate = \"50 /h\"\n"));
    let [few, many] = [0, 1].map(|arm| run_arm(&plan, arm, plan.seed).numerators("pool:spot", "price_mean"));
    assert_eq!(few, many);
    let mut sorted = few;
    sorted.sort_by(f64::total_cmp);
    assert!(sorted.windows(2).all(|pair| pair[0] < pair[1]), "{sorted:?}");
}

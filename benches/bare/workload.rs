//! Poisson arrivals with exponential holding times of mean 1 and uniform bids, drawn in blocks.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use super::SLOT_MASK;

/// Requests per block: enough that the cost of starting one does not show, few enough for the nearest cache.
const BLOCK: usize = 256;

/// One request. Each field is the bits of an `f64`, with the bits of the slot cleared in the last two.
#[derive(Clone, Copy, Default)]
pub(super) struct Request {
    /// Time of arrival, in mean holding times.
    pub(super) at: u64,
    /// Time of departure if it is served at once and to the end.
    pub(super) ends: u64,
    /// Bid, from 0 to 1; 0 in a workload without bids.
    pub(super) bid: u64,
}

/// A stream of requests. `BIDS` tells whether to draw bids.
pub(super) struct Workload<const BIDS: bool> {
    rng: Xoshiro256PlusPlus,
    ziggurat: Ziggurat,
    interarrival_mean: f64,
    clock: f64,
    left: u64,
    block: [Request; BLOCK],
}

impl<const BIDS: bool> Workload<BIDS> {
    /// `arrivals` requests at `rate` per mean holding time.
    pub(super) fn new(arrivals: u64, rate: f64, seed: u64) -> Self {
        Self {
            rng: Xoshiro256PlusPlus::seed_from_u64(seed),
            ziggurat: Ziggurat::new(),
            interarrival_mean: 1.0 / rate,
            clock: 0.0,
            left: arrivals,
            block: [Request::default(); BLOCK],
        }
    }

    /// The next requests in order of arrival; none at the end.
    pub(super) fn next_block(&mut self) -> &[Request] {
        let len = self.left.min(BLOCK as u64) as usize;
        self.left -= len as u64;
        let block = &mut self.block[..len];
        for request in &mut *block {
            self.clock += self.interarrival_mean * self.ziggurat.exponential(&mut self.rng);
            let ends = self.clock + self.ziggurat.exponential(&mut self.rng);
            request.at = self.clock.to_bits();
            request.ends = ends.to_bits() & !SLOT_MASK;
            if BIDS {
                request.bid = unit(self.rng.next_u64()).to_bits() & !SLOT_MASK;
            }
        }
        block
    }
}

/// A number from 0 to 1 from the upper 53 bits.
#[inline]
fn unit(bits: u64) -> f64 {
    (bits >> 11) as i64 as f64 * (1.0 / (1_i64 << 53) as f64)
}

/// Layers of the ziggurat.
const LAYERS: usize = 256;
/// Where the tail begins for 256 layers, from Marsaglia and Tsang, "The ziggurat method for generating
/// random variables", *Journal of Statistical Software* 5 (2000).
const TAIL: f64 = 7.697_117_470_131_05;

/// Marsaglia and Tsang's ziggurat for the exponential distribution of mean 1. Layer 0 is the base with
/// the tail; the others are boxes of the same area, from the widest to the narrowest.
struct Ziggurat {
    /// Width of each layer, the base counted as a box of the common area; 0 above the last.
    width: [f64; LAYERS + 1],
    /// Density at each width but the first, which has none.
    density: [f64; LAYERS + 1],
}

impl Ziggurat {
    fn new() -> Self {
        let area = (TAIL + 1.0) * libm::exp(-TAIL);
        let mut width = [0.0; LAYERS + 1];
        let mut density = [0.0; LAYERS + 1];
        (width[0], width[1]) = (area / libm::exp(-TAIL), TAIL);
        density[1] = libm::exp(-TAIL);
        for layer in 2..LAYERS {
            density[layer] = density[layer - 1] + area / width[layer - 1];
            width[layer] = -libm::log(density[layer]);
        }
        density[LAYERS] = 1.0;
        Self { width, density }
    }

    /// Draws from the exponential distribution of mean 1. The layer comes from the lowest bits and the
    /// place in it from the highest, so they are independent.
    #[inline]
    fn exponential(&self, rng: &mut Xoshiro256PlusPlus) -> f64 {
        let bits = rng.next_u64();
        let layer = bits as usize % LAYERS;
        let x = unit(bits) * self.width[layer];
        if x < self.width[layer + 1] { x } else { self.beside_the_box(layer, x, rng) }
    }

    /// The 1 draw in 90 that falls beside the part of its layer that is wholly under the density.
    #[cold]
    fn beside_the_box(&self, mut layer: usize, mut x: f64, rng: &mut Xoshiro256PlusPlus) -> f64 {
        loop {
            if layer == 0 {
                return TAIL - libm::log(1.0 - unit(rng.next_u64()));
            }
            let (low, high) = (self.density[layer], self.density[layer + 1]);
            if low + unit(rng.next_u64()) * (high - low) < libm::exp(-x) {
                return x;
            }
            let bits = rng.next_u64();
            layer = bits as usize % LAYERS;
            x = unit(bits) * self.width[layer];
            if x < self.width[layer + 1] {
                return x;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The boxes must stack up to the top of the density, or the constants do not belong together.
    #[test]
    fn the_last_box_ends_at_one() {
        let ziggurat = Ziggurat::new();
        let (width, density) = (ziggurat.width[LAYERS - 1], ziggurat.density[LAYERS - 1]);
        let top = density + (TAIL + 1.0) * libm::exp(-TAIL) / width;
        assert!((top - 1.0).abs() < 1e-9, "{top}");
    }

    /// Moments and tail of a million draws; each tolerance is more than four standard errors.
    #[test]
    fn draws_are_exponential() {
        let (mut rng, ziggurat) = (Xoshiro256PlusPlus::seed_from_u64(3), Ziggurat::new());
        let (mut sum, mut squares, mut above_2, mut tail) = (0.0, 0.0, 0_u32, 0_u32);
        for _ in 0..1_000_000 {
            let x = ziggurat.exponential(&mut rng);
            sum += x;
            squares += x * x;
            above_2 += u32::from(x > 2.0);
            tail += u32::from(x > 7.8);
        }
        assert!((sum / 1e6 - 1.0).abs() < 0.0042, "mean {}", sum / 1e6);
        assert!((squares / 1e6 - 2.0).abs() < 0.019, "second moment {}", squares / 1e6);
        assert!((f64::from(above_2) - 135_335.0).abs() < 1400.0, "{above_2} above 2");
        assert!((f64::from(tail) - 409.7).abs() < 82.0, "{tail} above 7.8");
    }
}

//! Exponential and normal variates by the ziggurat method, portable to the last bit.
//!
//! The density is covered by 256 horizontal layers of equal area. A layer is picked by eight bits and a point in it by
//! 53 others; about 99 times in 100 the point lies under the density for certain, and the draw costs a multiplication.
//!
//! Marsaglia and Tsang, "The ziggurat method for generating random variables", J. Stat. Software 5 (2000). The layer
//! index and the position use different bits of one 64-bit draw (Doornik, 2005, on why they must).

use std::sync::LazyLock;

use crate::kernel::Stream;
use crate::kernel::stream::unit_from_bits;

const LAYERS: usize = 256;

/// Right edge of the lowest layer and area of each, for 256 layers (Marsaglia and Tsang, 2000).
const EXPONENTIAL: (f64, f64) = (7.697_117_470_131_05, 0.003_949_659_822_581_557);
const NORMAL: (f64, f64) = (3.654_152_885_361_009, 0.004_928_673_233_992_34);

/// Edges `x[i]` of the layers, widest first, and the density there.
struct Layers {
    x: [f64; LAYERS + 1],
    density: [f64; LAYERS + 1],
}

impl Layers {
    fn new((edge, area): (f64, f64), density: fn(f64) -> f64, inverse: fn(f64) -> f64) -> Self {
        let mut x = [0.0; LAYERS + 1];
        // The lowest layer holds the tail as well; x[0] is the width of a rectangle of the same area.
        x[0] = area / density(edge);
        x[1] = edge;
        for layer in 2..LAYERS {
            x[layer] = inverse(area / x[layer - 1] + density(x[layer - 1]));
        }
        x[LAYERS] = 0.0;
        Self { x, density: x.map(density) }
    }
}

static EXPONENTIAL_LAYERS: LazyLock<Layers> =
    LazyLock::new(|| Layers::new(EXPONENTIAL, |x| libm::exp(-x), |y| -libm::log(y)));

static NORMAL_LAYERS: LazyLock<Layers> =
    LazyLock::new(|| Layers::new(NORMAL, |x| libm::exp(-0.5 * x * x), |y| libm::sqrt(-2.0 * libm::log(y))));

/// A draw of the exponential law with mean 1.
#[inline(always)]
pub(super) fn exponential(stream: &mut Stream) -> f64 {
    exponentials(stream)()
}

/// The same again and again: the layers are looked for once.
#[inline(always)]
pub(super) fn exponentials(stream: &mut Stream) -> impl FnMut() -> f64 {
    let layers = &*EXPONENTIAL_LAYERS;
    move || exponential_of(layers, stream)
}

#[inline(always)]
fn exponential_of(layers: &Layers, stream: &mut Stream) -> f64 {
    loop {
        let bits = stream.bits();
        let layer = (bits & 0xff) as usize;
        let x = unit_from_bits(bits) * layers.x[layer];
        if x < layers.x[layer + 1] {
            return x;
        }
        if layer == 0 {
            // Memoryless: the tail is the law itself, moved.
            return EXPONENTIAL.0 - libm::log(1.0 - stream.unit());
        }
        if is_under(layers, layer, stream.unit(), libm::exp(-x)) {
            return x;
        }
    }
}

/// A draw of the normal law with mean 0 and variance 1.
#[inline(always)]
pub(super) fn normal(stream: &mut Stream) -> f64 {
    let layers = &*NORMAL_LAYERS;
    loop {
        let bits = stream.bits();
        let layer = (bits & 0xff) as usize;
        let signed = 2.0 * unit_from_bits(bits) - 1.0;
        let x = signed * layers.x[layer];
        if x.abs() < layers.x[layer + 1] {
            return x;
        }
        if layer == 0 {
            return normal_tail(stream, signed < 0.0);
        }
        if is_under(layers, layer, stream.unit(), libm::exp(-0.5 * x * x)) {
            return x;
        }
    }
}

/// Is a point at this height of its layer under the density?
fn is_under(layers: &Layers, layer: usize, height: f64, density: f64) -> bool {
    let (low, high) = (layers.density[layer], layers.density[layer + 1]);
    low + height * (high - low) < density
}

/// Beyond the last edge: Marsaglia, "Generating a variable from the tail of the normal distribution" (1964).
fn normal_tail(stream: &mut Stream, negative: bool) -> f64 {
    loop {
        let x = -libm::log(1.0 - stream.unit()) / NORMAL.0;
        let y = -libm::log(1.0 - stream.unit());
        if 2.0 * y >= x * x {
            let beyond = NORMAL.0 + x;
            return if negative { -beyond } else { beyond };
        }
    }
}

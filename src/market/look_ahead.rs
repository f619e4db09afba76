//! What a lease's end will look at, asked of the memory before it comes. Only speed depends on it.
//!
//! In a large market every lease that ends is one that nobody has looked at for a long time. A driver knows which is next.

use super::ids::Place;
use super::marketplace::Marketplace;

impl Marketplace {
    /// Are there so many requests that the caches of the processor do not hold them?
    #[inline(always)]
    #[must_use]
    pub fn is_large(&self) -> bool {
        /// Of 192 bytes each.
        const SMALL: usize = 2048;
        self.requests.places() > SMALL
    }

    /// The request at `place` is likely to be released soon, if there is one: asks the memory for it.
    #[inline(always)]
    pub fn expect_request(&self, place: Place) {
        if let Some(request) = self.requests.get(place.0) {
            request.prefetch();
        }
    }

    /// The same, some time after [`Marketplace::expect_request`]: asks for what stands elsewhere, and where is known of the
    /// request itself.
    #[inline(always)]
    pub fn expect_release(&self, place: Place) {
        if let Some(lease) = self.requests.get(place.0).and_then(|request| request.lease()) {
            self.pools[lease.pool.index()].book.expect_unseating(lease.seat);
        }
    }
}

//! Asking the memory early.

/// Asks the memory for the line of the cache in which `value` begins, and goes on without waiting for it. Only speed depends
/// on it. It reads nothing: whatever `value` holds may change before it is looked at.
#[inline(always)]
pub(crate) fn prefetch<T>(value: &T) {
    prefetch_index::prefetch_index(std::slice::from_ref(value), 0);
}

//! Numbered tasks on several threads, results consumed in the order of the numbers.

use std::any::Any;
use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Condvar, Mutex, PoisonError};

/// How many results per thread may wait for an earlier one.
const WAITING_PER_THREAD: u64 = 2;

type Caught<T> = Result<T, Box<dyn Any + Send>>;

/// Runs `work` for every number in `tasks` on `threads` threads and hands the results to `consume` on the calling
/// thread, in ascending order, until it breaks. A counter hands out the numbers; nobody works further ahead than the
/// window, so that memory stays flat however unequal the tasks are.
///
/// # Panics
/// If `work` panics, the panic goes on here, after the other threads have stopped.
pub(super) fn in_order<T: Send>(
    threads: usize,
    tasks: Range<u64>,
    work: impl Fn(u64) -> T + Sync,
    mut consume: impl FnMut(u64, T) -> ControlFlow<()>,
) {
    // Threads without a task would only stand in the others' way.
    let threads = threads.min(usize::try_from(tasks.end.saturating_sub(tasks.start)).unwrap_or(usize::MAX)).max(1);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.expect("the system gives as many threads as were asked for");
    let window = Window::new(tasks.clone(), threads as u64 * WAITING_PER_THREAD);
    let (send, receive) = channel::<(u64, Caught<T>)>();
    let panicked = pool.in_place_scope(|scope| {
        for _ in 0..threads {
            let send = send.clone();
            let (window, work) = (&window, &work);
            scope.spawn(move |_| worker(window, work, &send));
        }
        drop(send);
        let mut early = BTreeMap::new();
        let mut next = tasks.start;
        while let Ok((number, result)) = receive.recv() {
            early.insert(number, result);
            while let Some(result) = early.remove(&next) {
                let flow = match result {
                    Ok(result) => consume(next, result),
                    Err(panic) => {
                        window.stop();
                        return Some(panic);
                    }
                };
                next += 1;
                window.consumed(next);
                if flow.is_break() {
                    window.stop();
                    return None;
                }
            }
        }
        None
    });
    if let Some(panic) = panicked {
        resume_unwind(panic);
    }
}

fn worker<T>(window: &Window, work: &(impl Fn(u64) -> T + Sync), send: &Sender<(u64, Caught<T>)>) {
    while let Some(number) = window.next() {
        let result = catch_unwind(AssertUnwindSafe(|| work(number)));
        if send.send((number, result)).is_err() {
            return;
        }
    }
}

/// Hands out numbers, but none too far ahead of what has been consumed.
struct Window {
    next: AtomicU64,
    end: u64,
    width: u64,
    /// The first number that is not consumed; `u64::MAX` once everybody shall stop.
    consumed: Mutex<u64>,
    moved: Condvar,
}

impl Window {
    fn new(tasks: Range<u64>, width: u64) -> Self {
        Self {
            next: AtomicU64::new(tasks.start),
            end: tasks.end,
            width,
            consumed: Mutex::new(tasks.start),
            moved: Condvar::new(),
        }
    }

    fn next(&self) -> Option<u64> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        if number >= self.end {
            return None;
        }
        let consumed = self.consumed.lock().unwrap_or_else(PoisonError::into_inner);
        let is_ahead = |consumed: &mut u64| *consumed != u64::MAX && number >= consumed.saturating_add(self.width);
        let consumed = self.moved.wait_while(consumed, is_ahead).unwrap_or_else(PoisonError::into_inner);
        (*consumed != u64::MAX).then_some(number)
    }

    fn consumed(&self, next: u64) {
        *self.consumed.lock().unwrap_or_else(PoisonError::into_inner) = next;
        self.moved.notify_all();
    }

    fn stop(&self) {
        self.consumed(u64::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn results_come_in_order_and_few_wait() {
        for threads in [1, 2, 7] {
            let (started, finished) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let mut seen = Vec::new();
            let work = |number: u64| {
                started.fetch_add(1, Ordering::SeqCst);
                // Early numbers take longest, so that others run ahead of them.
                (0..(200 - number) * 500).fold(number, |sum, i| std::hint::black_box(sum ^ i));
                number
            };
            in_order(threads, 3..200, work, |number, result| {
                assert_eq!(number, result);
                seen.push(number);
                let ahead = started.load(Ordering::SeqCst) - finished.fetch_add(1, Ordering::SeqCst);
                assert!(ahead <= threads * (WAITING_PER_THREAD as usize + 1), "{ahead} results wait");
                ControlFlow::Continue(())
            });
            assert_eq!(seen, (3..200).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_break_stops_all_threads() {
        let mut seen = 0;
        in_order(
            3,
            0..u64::MAX,
            |number| number,
            |_, _| {
                seen += 1;
                if seen == 10 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        assert_eq!(seen, 10);
    }

    #[test]
    #[should_panic(expected = "number 5")]
    fn a_panic_is_passed_on_and_hangs_nobody() {
        let work = |number: u64| assert!(number != 5, "number 5");
        in_order(2, 0..1_000, work, |_, ()| ControlFlow::Continue(()));
    }
}

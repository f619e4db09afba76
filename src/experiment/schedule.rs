//! Numbered tasks on several threads, results consumed in the order of the numbers.

use std::any::Any;
use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How many results per thread may wait for an earlier one. Arms are not equally fast: while one thread is at a slow one,
/// the others go on with those behind it.
const WAITING_PER_THREAD: u64 = 16;

type Panic = Box<dyn Any + Send>;
type Caught<T> = Result<T, Panic>;

/// Runs `work` for every number in `tasks` on `threads` threads and hands the results to `consume`, one at a time and in
/// ascending order, until it breaks. Whichever thread has the result that is next consumes it, and those that waited for
/// it: a thread of its own for that would be woken for every result, which takes longer than short tasks do. A counter
/// hands out the numbers; nobody works further ahead than the window, so that memory stays flat however unequal the tasks
/// are.
///
/// # Panics
/// If `work` or `consume` panics, the panic goes on here, after the other threads have stopped.
pub(super) fn in_order<T: Send>(
    threads: usize,
    tasks: Range<u64>,
    work: impl Fn(u64) -> T + Sync,
    consume: impl FnMut(u64, T) -> ControlFlow<()> + Send,
) {
    // Threads without a task would only stand in the others' way.
    let threads = threads.min(usize::try_from(tasks.end.saturating_sub(tasks.start)).unwrap_or(usize::MAX)).max(1);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.expect("the system gives as many threads as were asked for");
    let line = Line::new(tasks, threads as u64 * WAITING_PER_THREAD, consume);
    pool.in_place_scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|_| line.serve(&work));
        }
    });
    if let Some(panic) = line.into_panic() {
        resume_unwind(panic);
    }
}

/// Where numbers are taken and results are given back.
struct Line<T, C> {
    /// The number that is handed out next.
    next: AtomicU64,
    end: u64,
    width: u64,
    results: Mutex<Results<T>>,
    /// Some were consumed, or everybody shall stop.
    moved: Condvar,
    /// Whoever holds it consumes.
    consume: Mutex<C>,
}

struct Results<T> {
    /// Those that are not consumed yet.
    waiting: BTreeMap<u64, Caught<T>>,
    /// The first number that is not consumed.
    first: u64,
    has_stopped: bool,
    panic: Option<Panic>,
}

impl<T: Send, C: FnMut(u64, T) -> ControlFlow<()>> Line<T, C> {
    fn new(tasks: Range<u64>, width: u64, consume: C) -> Self {
        let results = Results { waiting: BTreeMap::new(), first: tasks.start, has_stopped: false, panic: None };
        Self {
            next: AtomicU64::new(tasks.start),
            end: tasks.end,
            width,
            results: Mutex::new(results),
            moved: Condvar::new(),
            consume: Mutex::new(consume),
        }
    }

    /// What one thread does.
    fn serve(&self, work: &(impl Fn(u64) -> T + Sync)) {
        while let Some(number) = self.take() {
            let result = catch_unwind(AssertUnwindSafe(|| work(number)));
            self.lock().waiting.insert(number, result);
            self.consume();
        }
    }

    /// The next number, as soon as it is not too far ahead of what has been consumed.
    fn take(&self) -> Option<u64> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        if number >= self.end {
            return None;
        }
        let is_ahead =
            |results: &mut Results<T>| !results.has_stopped && number >= results.first.saturating_add(self.width);
        let results = self.moved.wait_while(self.lock(), is_ahead).unwrap_or_else(PoisonError::into_inner);
        (!results.has_stopped).then_some(number)
    }

    /// Consumes what is next, unless another thread is at it: that one will find what this one has left.
    fn consume(&self) {
        while self.lock().has_next() {
            let Ok(mut consume) = self.consume.try_lock() else { return };
            while let Some((number, result)) = self.pop() {
                let flow = result.and_then(|result| catch_unwind(AssertUnwindSafe(|| consume(number, result))));
                self.lock().consumed(flow);
                self.moved.notify_all();
            }
        }
    }

    fn pop(&self) -> Option<(u64, Caught<T>)> {
        let results = &mut *self.lock();
        if !results.has_next() {
            return None;
        }
        results.waiting.pop_first()
    }

    fn lock(&self) -> MutexGuard<'_, Results<T>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn into_panic(self) -> Option<Panic> {
        self.results.into_inner().unwrap_or_else(PoisonError::into_inner).panic
    }
}

impl<T> Results<T> {
    fn has_next(&self) -> bool {
        !self.has_stopped && self.waiting.first_key_value().is_some_and(|(number, _)| *number == self.first)
    }

    fn consumed(&mut self, flow: Caught<ControlFlow<()>>) {
        self.first += 1;
        self.has_stopped = !matches!(flow, Ok(ControlFlow::Continue(())));
        self.panic = flow.err();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;
    use std::thread::sleep;
    use std::time::Duration;

    #[test]
    fn results_come_in_order() {
        for threads in [1, 2, 7] {
            let mut seen = Vec::new();
            // Early numbers take longest, so that others run ahead of them.
            let work = |number: u64| (0..(200 - number) * 500).fold(number, |sum, i| std::hint::black_box(sum ^ i));
            in_order(
                threads,
                3..200,
                |number| (number, work(number)),
                |number, (result, _)| {
                    assert_eq!(number, result);
                    seen.push(number);
                    ControlFlow::Continue(())
                },
            );
            assert_eq!(seen, (3..200).collect::<Vec<_>>());
        }
    }

    /// The first task takes until all others that may have begun are done, and a little longer.
    #[test]
    fn nobody_works_further_ahead_than_the_window() {
        for threads in [2, 5] {
            let window = threads * WAITING_PER_THREAD as usize;
            let started = AtomicUsize::new(0);
            let work = |number: u64| {
                started.fetch_add(1, Ordering::SeqCst);
                let waits = |_: &i32| number == 0 && started.load(Ordering::SeqCst) < window;
                (0..2_000).take_while(waits).for_each(|_| sleep(Duration::from_millis(5)));
                if number == 0 {
                    sleep(Duration::from_millis(50));
                    assert_eq!(started.load(Ordering::SeqCst), window);
                }
            };
            in_order(threads, 0..500, work, |_, ()| ControlFlow::Continue(()));
            assert_eq!(started.into_inner(), 500);
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
    #[should_panic(expected = "number 9")]
    fn a_panic_of_the_consumer_is_passed_on_as_well() {
        in_order(
            3,
            0..1_000,
            |number| number,
            |number, _| {
                assert!(number != 9, "number 9");
                ControlFlow::Continue(())
            },
        );
    }

    #[test]
    #[should_panic(expected = "number 5")]
    fn a_panic_is_passed_on_and_hangs_nobody() {
        let work = |number: u64| assert!(number != 5, "number 5");
        in_order(2, 0..1_000, work, |_, ()| ControlFlow::Continue(()));
    }
}

//! The same work on each of many things, on all cores of the machine.

use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What `work` makes of each item, in the order of the items; or the first failure.
pub(crate) fn in_parallel<T: Sync, R: Send, E: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let next = AtomicUsize::new(0);
    let some = || {
        let places = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)));
        let done = places.map_while(|at| Some((at, work(items.get(at)?))));
        done.collect::<Vec<_>>()
    };
    let mut results = thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(some)).collect();
        let done = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| panic::resume_unwind(panic)));
        done.flatten().collect::<Vec<_>>()
    });
    results.sort_unstable_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::in_parallel;

    #[test]
    fn results_come_in_the_order_of_the_items_and_a_failure_is_told() {
        let numbers: Vec<u32> = (0..101).collect();
        let doubled = in_parallel(&numbers, |number| Ok::<_, u32>(number * 2)).unwrap();
        assert_eq!(doubled, numbers.iter().map(|number| number * 2).collect::<Vec<_>>());
        assert_eq!(in_parallel(&numbers, |number| if *number >= 70 { Err(*number) } else { Ok(()) }), Err(70));
        assert_eq!(in_parallel(&[], |_: &u32| Ok::<_, u32>(1)), Ok(Vec::new()));
    }
}

//! What every store must do. Each property makes ids and names of its own, so that all can be tried on one store
//! that holds other data already; nobody else may write to it meanwhile.

mod accounts;
mod articles;
mod deliveries;
mod lists;
mod messages;
mod notifications;
mod read_marks;
pub(crate) mod samples;
mod tickets;

use std::sync::Arc;

use workers::persistence::store::Store;

/// Tries every property on `store`; panics at the first that does not hold.
pub(super) async fn run(store: Arc<dyn Store>) {
    store.check().await.unwrap();
    accounts::run(&store).await;
    articles::run(&store).await;
    tickets::run(&store).await;
    lists::run(&store).await;
    messages::run(&store).await;
    read_marks::run(&store).await;
    notifications::run(&store).await;
    deliveries::run(&store).await;
}

/// Runs `call` in `count` tasks at once, and gives what each came to.
async fn at_once<T, F>(store: &Arc<dyn Store>, count: usize, call: impl Fn(Arc<dyn Store>, usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|nth| tokio::spawn(call(Arc::clone(store), nth))).collect();
    let mut results = Vec::with_capacity(count);
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

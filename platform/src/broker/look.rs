//! Looking something up, which may be done again.

use std::time::Duration;

use tokio::time::timeout;

/// After so long without an answer another look is made: what was on the way when the connection to a broker that hangs
/// was given up is lost, and nobody says so.
const LOOK: Duration = Duration::from_secs(1);
/// The looks before the last one, which takes as long as the connection allows.
const LOOKS: usize = 4;

/// What `look` finds.
pub(super) async fn look<F: Future>(mut look: impl FnMut() -> F) -> F::Output {
    for _ in 0..LOOKS {
        if let Ok(found) = timeout(LOOK, look()).await {
            return found;
        }
    }
    look().await
}

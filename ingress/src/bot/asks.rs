//! How many questions one person has under way.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::http::StatusCode;
use contracts::UserId;

use crate::problem::Problem;

/// Questions of one person at once, in this process.
const AT_ONCE: u32 = 2;

/// The questions of everybody.
#[derive(Clone, Default)]
pub(crate) struct Asks(Arc<Mutex<HashMap<UserId, u32>>>);

/// A question under way, until it is dropped.
pub(crate) struct Ask {
    asks: Asks,
    user: UserId,
}

impl Asks {
    /// Begins a question, unless the person has as many under way as they may.
    pub(crate) fn begin(&self, user: UserId) -> Result<Ask, Problem> {
        let mut asks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let under_way = asks.entry(user).or_default();
        if *under_way >= AT_ONCE {
            let detail = format!("You have {AT_ONCE} questions under way. Ask again when one of them is answered.");
            return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "AI_TOO_MANY_QUESTIONS", detail).retry_after(1));
        }
        *under_way += 1;
        Ok(Ask { asks: self.clone(), user })
    }
}

impl Drop for Ask {
    fn drop(&mut self) {
        let mut asks = self.asks.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(under_way) = asks.get_mut(&self.user) {
            *under_way -= 1;
            if *under_way == 0 {
                asks.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_that_ends_makes_room_for_another() {
        let (asks, ada, bob) = (Asks::default(), UserId::new(), UserId::new());
        let first = asks.begin(ada).unwrap();
        let _second = asks.begin(ada).unwrap();
        assert_eq!(asks.begin(ada).err().unwrap().code(), "AI_TOO_MANY_QUESTIONS");
        assert!(asks.begin(bob).is_ok(), "others have room of their own");
        drop(first);
        assert!(asks.begin(ada).is_ok());
        assert_eq!(asks.0.lock().unwrap().len(), 1, "nothing is kept of those who have nothing under way");
    }
}

use contracts::{
    Event, Kind, Outcome, Role, User, UserId,
    event::{AccountChangeRequested, AccountCreateRequested},
};

use super::{Pool, event, kinds};
use crate::store::samples::{password_hash, user};

#[tokio::test]
async fn an_account_is_made_once_and_its_name_is_taken() {
    let pool = Pool::new().await;
    let made = user(Role::User, None);
    for _ in 0..2 {
        let effects = pool.create(&made).await;
        assert_eq!(effects.outcome, Some(Outcome::UserCreated { user: made.clone() }));
        assert_eq!(kinds(&effects), [Kind::AuditAccountCreated]);
    }
    let other = User { id: UserId::new(), ..made };
    let request = AccountCreateRequested { user: other, password_hash: password_hash() };
    let effects = pool.handle(&event(request)).await;
    assert_eq!((kinds(&effects), effects.outcome), (vec![], Some(Outcome::UsernameTaken)));
}

#[tokio::test]
async fn an_account_changes_and_the_change_is_on_record_without_the_secret() {
    let pool = Pool::new().await;
    let user_id = pool.requester.id;
    let hash = password_hash();
    for (disabled, password_hash) in [(Some(true), None), (None, Some(hash.clone())), (Some(false), Some(hash))] {
        let password_changed = password_hash.is_some();
        let request = event(AccountChangeRequested { user_id, disabled, password_hash });
        for _ in 0..2 {
            let effects = pool.handle(&request).await;
            let user = pool.store.user(user_id).await.unwrap().unwrap();
            assert_eq!(user.disabled, disabled.unwrap_or(true));
            assert_eq!(effects.outcome, Some(Outcome::UserChanged { user: user.clone() }));
            let Some(Event::AuditAccountChanged(changed)) = effects.events.first() else { panic!("{effects:?}") };
            assert_eq!((&changed.user, changed.password_changed), (&user, password_changed));
        }
    }
    let nobody = AccountChangeRequested { user_id: UserId::new(), disabled: Some(true), password_hash: None };
    let effects = pool.handle(&event(nobody)).await;
    assert_eq!((kinds(&effects), effects.outcome), (vec![], Some(Outcome::UserNotFound)));
}

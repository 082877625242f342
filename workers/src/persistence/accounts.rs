//! Accounts as they are made and changed.

use contracts::{
    Envelope, Outcome,
    event::{AccountChangeRequested, AccountCreateRequested, AuditAccountChanged, AuditAccountCreated},
};

use super::{
    Change, Persistence,
    store::{UserChange, UserCreation},
};
use crate::runtime::{Effects, Failure};

impl Persistence {
    pub(super) async fn create_account(&self, request: &AccountCreateRequested) -> Result<Effects, Failure> {
        let user = request.user.clone();
        Ok(match self.store.create_user(&user, &request.password_hash).await? {
            UserCreation::Created => {
                Effects::event(AuditAccountCreated { user: user.clone() }).with_outcome(Outcome::UserCreated { user })
            }
            UserCreation::NameTaken => Effects::outcome(Outcome::UsernameTaken),
        })
    }

    pub(super) async fn change_account(
        &self,
        envelope: &Envelope<Change>,
        request: &AccountChangeRequested,
    ) -> Result<Effects, Failure> {
        let AccountChangeRequested { user_id, disabled, password_hash } = request;
        let change = UserChange { disabled: *disabled, password_hash: password_hash.clone(), at: envelope.time };
        Ok(match self.store.change_user(*user_id, &change).await? {
            Some(user) => {
                let changed = AuditAccountChanged { user: user.clone(), password_changed: password_hash.is_some() };
                Effects::event(changed).with_outcome(Outcome::UserChanged { user })
            }
            None => Effects::outcome(Outcome::UserNotFound),
        })
    }
}

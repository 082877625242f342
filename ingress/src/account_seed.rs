//! The accounts that the configuration asks for, made at the first start.

use std::{sync::atomic::Ordering, time::Duration};

use contracts::{
    Department, Outcome, RequestId, Role, User, UserId, event::AccountCreateRequested, query::FindCredentials,
    trace::TraceParent,
};

use crate::state::State;

/// What everybody may know, on a machine that nobody else reaches.
const DEMO_PASSWORD: &str = "deskwire-demo";
const DEMO: [(&str, Role, Option<Department>); 5] = [
    ("user1", Role::User, None),
    ("user2", Role::User, None),
    ("it-agent", Role::Agent, Some(Department::It)),
    ("hr-agent", Role::Agent, Some(Department::Hr)),
    ("admin", Role::Admin, None),
];

/// Makes each configured account that is missing; tries again until the workers are there.
pub(crate) async fn run(state: State) {
    let mut wanted = Vec::new();
    if state.config.accounts.demo {
        wanted
            .extend(DEMO.map(|(name, role, department)| (name.to_owned(), DEMO_PASSWORD.to_owned(), role, department)));
    }
    let accounts = &state.config.accounts;
    if let (Some(name), Some(password)) = (&accounts.admin_username, &accounts.admin_password) {
        wanted.push((name.clone(), password.expose().to_owned(), Role::Admin, None));
    }
    for (name, password, role, department) in wanted {
        while let Err(reason) = ensure(&state, &name, &password, role, department).await {
            tracing::warn!(account = name, reason, "the account is not there yet; trying again");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
    state.seeded.store(true, Ordering::Release);
}

async fn ensure(
    state: &State,
    name: &str,
    password: &str,
    role: Role,
    department: Option<Department>,
) -> Result<(), &'static str> {
    let found = state.broker.ask(&FindCredentials { username: name.to_owned() }).await;
    if found.map_err(|_| "the workers do not answer")?.is_some() {
        return Ok(());
    }
    let hashed = state.passwords.hash(password.to_owned()).await;
    let password_hash = hashed.ok().flatten().ok_or("its password was not hashed")?;
    let user = User {
        id: UserId::new(),
        username: name.to_owned(),
        role,
        department,
        disabled: false,
        created_at: contracts::clock::now(),
    };
    let event = AccountCreateRequested { user, password_hash };
    match state.request(event.into(), RequestId::new(), TraceParent::start()).await {
        // A process that started at the same time may have made it.
        Ok(Some(Outcome::UserCreated { .. } | Outcome::UsernameTaken)) => Ok(()),
        Ok(_) => Err("the workers are still at it"),
        Err(_) => Err("the broker does not answer"),
    }
}

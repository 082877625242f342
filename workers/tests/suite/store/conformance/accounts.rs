use std::sync::Arc;

use chrono::{DateTime, Utc};
use contracts::{
    Department, Role, User, UserId,
    query::{ListUsers, UserPage},
};
use workers::persistence::store::{Store, UserChange, UserCreation};

use super::{
    at_once,
    samples::{later, now, password_hash, user, username},
};

pub(super) async fn run(store: &Arc<dyn Store>) {
    an_account_is_found_by_id_and_name(store).await;
    a_repeated_creation_changes_nothing(store).await;
    a_name_is_taken_whatever_its_case(store).await;
    of_many_accounts_with_one_name_one_is_made(store).await;
    admins_are_those_not_disabled(store).await;
    the_first_agent_of_a_department_gets_its_tickets(store).await;
    an_account_changes_in_what_is_named(store).await;
    the_later_change_of_an_account_stays(store).await;
    when_the_agent_is_disabled_the_next_takes_over(store).await;
    agents_are_those_not_disabled_by_name(store).await;
    accounts_are_paged_by_name(store).await;
}

async fn an_account_is_found_by_id_and_name(store: &Arc<dyn Store>) {
    let agent = User { disabled: true, ..user(Role::Agent, Some(Department::Hr)) };
    for account in [user(Role::User, None), agent] {
        let hash = password_hash();
        assert_eq!(store.create_user(&account, &hash).await.unwrap(), UserCreation::Created);
        assert_eq!(store.user(account.id).await.unwrap().as_ref(), Some(&account));
        let credentials = store.credentials(&account.username.to_uppercase()).await.unwrap().unwrap();
        assert_eq!((credentials.user, credentials.password_hash), (account, hash));
    }
    assert_eq!(store.user(UserId::new()).await.unwrap(), None);
    assert!(store.credentials(&username()).await.unwrap().is_none());
}

async fn a_repeated_creation_changes_nothing(store: &Arc<dyn Store>) {
    let (account, hash) = (user(Role::User, None), password_hash());
    store.create_user(&account, &hash).await.unwrap();
    assert_eq!(store.create_user(&account, &password_hash()).await.unwrap(), UserCreation::Created);
    assert_eq!(store.credentials(&account.username).await.unwrap().unwrap().password_hash, hash);
}

async fn a_name_is_taken_whatever_its_case(store: &Arc<dyn Store>) {
    let tail = username();
    for (name, same) in [("Zoë", "ZOË"), ("ΟΔΥΣΣΕΥΣ", "Οδυσσευς"), ("Иван", "иВАН"), ("plain", "PLAIN")]
    {
        let account = User { username: format!("{tail}{name}"), ..user(Role::User, None) };
        let other = User { username: format!("{tail}{same}"), ..user(Role::Admin, None) };
        assert_eq!(store.create_user(&account, &password_hash()).await.unwrap(), UserCreation::Created);
        assert_eq!(store.create_user(&other, &password_hash()).await.unwrap(), UserCreation::NameTaken, "{same}");
        assert_eq!(store.user(other.id).await.unwrap(), None);
        assert!(!store.admins().await.unwrap().contains(&other.id));
        assert_eq!(store.credentials(&other.username).await.unwrap().unwrap().user, account);
    }
}

async fn of_many_accounts_with_one_name_one_is_made(store: &Arc<dyn Store>) {
    let name = username();
    let accounts: Vec<User> = (0..20).map(|_| User { username: name.clone(), ..user(Role::User, None) }).collect();
    let created = at_once(store, accounts.len(), |store, nth| {
        let account = accounts[nth].clone();
        async move { store.create_user(&account, &password_hash()).await.unwrap() }
    });
    let created = created.await;
    let winners: Vec<&User> =
        accounts.iter().zip(created).filter(|(_, made)| *made == UserCreation::Created).map(|(user, _)| user).collect();
    let [winner] = winners[..] else { panic!("{} accounts have one name", winners.len()) };
    assert_eq!(store.credentials(&name).await.unwrap().unwrap().user.id, winner.id);
}

async fn admins_are_those_not_disabled(store: &Arc<dyn Store>) {
    let (admin, plain) = (user(Role::Admin, None), user(Role::User, None));
    let disabled = User { disabled: true, ..user(Role::Admin, None) };
    for account in [&admin, &disabled, &plain] {
        store.create_user(account, &password_hash()).await.unwrap();
    }
    let admins = store.admins().await.unwrap();
    assert!(admins.contains(&admin.id));
    assert!(!admins.contains(&disabled.id) && !admins.contains(&plain.id));
}

async fn the_first_agent_of_a_department_gets_its_tickets(store: &Arc<dyn Store>) {
    for &department in Department::ALL {
        let before = store.department_agent(department).await.unwrap();
        let (first, second) = (user(Role::Agent, Some(department)), user(Role::Agent, Some(department)));
        for agent in [&first, &second, &first] {
            store.create_user(agent, &password_hash()).await.unwrap();
        }
        let agent = store.department_agent(department).await.unwrap();
        assert_eq!(agent, Some(before.unwrap_or(first.id)));
    }
}

fn disabling(disabled: bool, at: DateTime<Utc>) -> UserChange {
    UserChange { disabled: Some(disabled), password_hash: None, at }
}

async fn an_account_changes_in_what_is_named(store: &Arc<dyn Store>) {
    let (account, hash, time) = (user(Role::Admin, None), password_hash(), now());
    store.create_user(&account, &hash).await.unwrap();
    let disabled = User { disabled: true, ..account.clone() };
    for _ in 0..2 {
        let changed = store.change_user(account.id, &disabling(true, time)).await.unwrap();
        assert_eq!(changed.as_ref(), Some(&disabled));
    }
    assert_eq!(store.user(account.id).await.unwrap().as_ref(), Some(&disabled));
    assert!(!store.admins().await.unwrap().contains(&account.id));
    assert_eq!(store.credentials(&account.username).await.unwrap().unwrap().password_hash, hash);
    let new = password_hash();
    let password = UserChange { disabled: None, password_hash: Some(new.clone()), at: time };
    assert_eq!(store.change_user(account.id, &password).await.unwrap(), Some(disabled));
    assert_eq!(store.credentials(&account.username).await.unwrap().unwrap().password_hash, new);
    let nothing = UserChange { disabled: None, password_hash: None, at: later(time, 1) };
    assert!(store.change_user(account.id, &nothing).await.unwrap().unwrap().disabled);
    assert_eq!(store.change_user(UserId::new(), &disabling(true, time)).await.unwrap(), None);
}

async fn the_later_change_of_an_account_stays(store: &Arc<dyn Store>) {
    let (account, time) = (user(Role::User, None), now());
    store.create_user(&account, &password_hash()).await.unwrap();
    for (disabled, at, kept) in [(true, 1, true), (false, 0, true), (false, 2, false), (true, 1, false)] {
        let changed = store.change_user(account.id, &disabling(disabled, later(time, at))).await.unwrap();
        assert_eq!(changed.unwrap().disabled, kept, "{at}");
    }
    let (older, newer) = (password_hash(), password_hash());
    for (hash, at) in [(&newer, 2), (&older, 1)] {
        let change = UserChange { disabled: None, password_hash: Some(hash.clone()), at: later(time, at) };
        store.change_user(account.id, &change).await.unwrap();
        assert_eq!(store.credentials(&account.username).await.unwrap().unwrap().password_hash, newer);
    }
}

/// Leaves the department as many agents as it had, all of them disabled but its own.
async fn when_the_agent_is_disabled_the_next_takes_over(store: &Arc<dyn Store>) {
    let department = Department::Hr;
    let mut time = now();
    let mut turn = async |agent: UserId, disabled: bool| {
        time = later(time, 1);
        store.change_user(agent, &disabling(disabled, time)).await.unwrap();
        store.department_agent(department).await.unwrap()
    };
    let newest = [(); 3].map(|()| user(Role::Agent, Some(department)));
    for agent in &newest {
        store.create_user(agent, &password_hash()).await.unwrap();
    }
    // The others of the department, whoever they are, give way one by one, the eldest first.
    let mut agent = store.department_agent(department).await.unwrap().unwrap();
    while agent != newest[0].id {
        let next = turn(agent, true).await.unwrap();
        assert!(next > agent);
        agent = next;
    }
    assert_eq!(turn(newest[1].id, true).await, Some(newest[0].id), "another's going changes nothing");
    assert_eq!(turn(newest[0].id, true).await, Some(newest[2].id));
    assert_eq!(turn(newest[0].id, false).await, Some(newest[2].id), "who comes back waits");
    assert_eq!(turn(newest[0].id, true).await, Some(newest[2].id));
    assert_eq!(turn(newest[2].id, true).await, None);
    let disabled = User { disabled: true, ..user(Role::Agent, Some(department)) };
    store.create_user(&disabled, &password_hash()).await.unwrap();
    assert_eq!(store.department_agent(department).await.unwrap(), None);
    let other = user(Role::Agent, Some(Department::It));
    store.create_user(&other, &password_hash()).await.unwrap();
    assert_eq!(turn(newest[1].id, false).await, Some(newest[1].id));
}

async fn agents_are_those_not_disabled_by_name(store: &Arc<dyn Store>) {
    let tail = username();
    let named = |name: &str, role| User { username: format!("{name}-{tail}"), ..user(role, Some(Department::Hr)) };
    let agents = [named("b", Role::Agent), named("A", Role::Agent), named("c", Role::Agent), named("d", Role::Admin)];
    for account in &agents {
        store.create_user(account, &password_hash()).await.unwrap();
    }
    store.change_user(agents[2].id, &disabling(true, now())).await.unwrap();
    let found: Vec<_> = store.agents().await.unwrap().into_iter().filter(|agent| agents.contains(agent)).collect();
    assert_eq!(found, [agents[1].clone(), agents[0].clone()]);
}

/// Names from here on sort behind all that other properties give.
async fn accounts_are_paged_by_name(store: &Arc<dyn Store>) {
    let head = format!("\u{10fffd}{}", username());
    let named = |name: &str, role| User { username: format!("{head}{name}"), ..user(role, None) };
    // The order is that of the names in lower case, byte by byte.
    let accounts = ["a", "B", "c", "é", "Ж"].map(|name| named(name, Role::User));
    let admin = named("b2", Role::Admin);
    for account in accounts.iter().rev().chain([&admin, &accounts[0]]) {
        store.create_user(account, &password_hash()).await.unwrap();
    }
    let page = |role, after: String, limit| async move {
        store.users(&ListUsers { role, after: Some(after), limit }).await.unwrap()
    };
    let whole = page(None, head.clone(), 6).await;
    let [a, b, c, e, zh] = accounts.clone();
    let expected = vec![a, b, admin.clone(), c, e, zh];
    assert_eq!(whole, UserPage { items: expected.clone(), has_more: false });
    let mut seen = Vec::new();
    loop {
        let after = seen.last().map_or(head.clone(), |last: &User| last.username.to_uppercase());
        let next = page(None, after, 4).await;
        seen.extend(next.items);
        if !next.has_more {
            break;
        }
    }
    assert_eq!(seen, expected);
    let admins = page(Some(Role::Admin), head.clone(), 1).await;
    assert_eq!(admins, UserPage { items: vec![admin.clone()], has_more: false });
    let users = page(Some(Role::User), admin.username, 2).await;
    assert_eq!(users, UserPage { items: expected[3..5].to_vec(), has_more: true });

    store.change_user(expected[0].id, &disabling(true, now())).await.unwrap();
    let first = page(None, head, 1).await;
    assert_eq!(first.items, [User { disabled: true, ..expected[0].clone() }]);
    // Without a name it begins with the first of all.
    let begin = store.users(&ListUsers { role: None, after: None, limit: 1 }).await.unwrap();
    assert!(begin.has_more && !expected.contains(&begin.items[0]));
}

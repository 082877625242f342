//! What the store is asked over the broker.

use std::sync::Arc;

use async_nats::SubscribeError;
use contracts::{
    User, UserId,
    query::{
        CheckStore, Credentials, FindCredentials, GetTicket, GetUser, ListAdmins, ListNotifications, ListTickets,
        NotificationPage, TicketDetail, TicketPage,
    },
};
use platform::broker::{Asked, Broker, answer};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Persistence,
    store::{MessageRange, StoreError},
};

/// Messages that come with a ticket.
const MESSAGES: u32 = 50;

impl Persistence {
    /// Answers every question until `stop` is cancelled.
    pub async fn answer_all(
        self: &Arc<Self>,
        broker: &Broker,
        tracker: &TaskTracker,
        stop: &CancellationToken,
    ) -> Result<(), SubscribeError> {
        answer::<CheckStore, _>(broker, Arc::clone(self), tracker, stop.clone()).await?;
        answer::<FindCredentials, _>(broker, Arc::clone(self), tracker, stop.clone()).await?;
        answer::<GetUser, _>(broker, Arc::clone(self), tracker, stop.clone()).await?;
        answer::<ListAdmins, _>(broker, Arc::clone(self), tracker, stop.clone()).await?;
        answer::<GetTicket, _>(broker, Arc::clone(self), tracker, stop.clone()).await?;
        answer::<ListTickets, _>(broker, Arc::clone(self), tracker, stop.clone()).await?;
        answer::<ListNotifications, _>(broker, Arc::clone(self), tracker, stop.clone()).await
    }
}

impl Asked<CheckStore> for Persistence {
    type Error = StoreError;

    async fn answer(&self, _query: CheckStore) -> Result<(), StoreError> {
        self.store.check().await
    }
}

impl Asked<FindCredentials> for Persistence {
    type Error = StoreError;

    async fn answer(&self, query: FindCredentials) -> Result<Option<Credentials>, StoreError> {
        self.store.credentials(&query.username).await
    }
}

impl Asked<GetUser> for Persistence {
    type Error = StoreError;

    async fn answer(&self, query: GetUser) -> Result<Option<User>, StoreError> {
        self.store.user(query.user_id).await
    }
}

impl Asked<ListAdmins> for Persistence {
    type Error = StoreError;

    async fn answer(&self, _query: ListAdmins) -> Result<Vec<UserId>, StoreError> {
        self.store.admins().await
    }
}

impl Asked<GetTicket> for Persistence {
    type Error = StoreError;

    async fn answer(&self, query: GetTicket) -> Result<Option<TicketDetail>, StoreError> {
        let found = self.store.ticket(query.ticket_id).await?.map(|found| found.value);
        let visible = found.filter(|ticket| query.viewer.may_access(ticket.user_id, ticket.department));
        let Some(ticket) = visible else { return Ok(None) };
        let page = self.store.messages(ticket.id, MessageRange::Newest, MESSAGES).await?;
        Ok(Some(TicketDetail { ticket, messages: page.items, has_more: page.has_more }))
    }
}

impl Asked<ListTickets> for Persistence {
    type Error = StoreError;

    async fn answer(&self, query: ListTickets) -> Result<TicketPage, StoreError> {
        self.store.list_tickets(&query).await
    }
}

impl Asked<ListNotifications> for Persistence {
    type Error = StoreError;

    async fn answer(&self, query: ListNotifications) -> Result<NotificationPage, StoreError> {
        self.store.notifications(&query).await
    }
}

//! What the store is asked over the broker.

use std::{collections::BTreeSet, sync::Arc};

use async_nats::SubscribeError;
use contracts::{
    Actor, Article, Ticket, TicketId, User, UserId,
    message::{Message, SenderRole},
    query::{
        ARTICLES_MAX, ArticlePage, CheckStore, Credentials, FindCredentials, GetArticle, GetMessage, GetRoom,
        GetTicket, GetUser, GetUsers, ListAdmins, ListAgents, ListArticles, ListMessages, ListNotifications,
        ListTickets, ListUsers, MessagePage, MessageRange, NotificationPage, ReadMark, Room, TicketDetail, TicketPage,
        USERS_MAX, UserPage,
    },
};
use futures::future::try_join_all;
use platform::broker::{Asked, Broker, answer};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Persistence, lifecycle::may_see, store::StoreError};

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
        answer::<GetUsers, _>(broker, Arc::clone(self), tracker, stop.clone()).await?;
        answer::<ListUsers, _>(broker, Arc::clone(self), tracker, stop.clone()).await?;
        answer::<ListAgents, _>(broker, Arc::clone(self), tracker, stop.clone()).await?;
        answer::<ListAdmins, _>(broker, Arc::clone(self), tracker, stop.clone()).await?;
        answer::<GetTicket, _>(broker, Arc::clone(self), tracker, stop.clone()).await?;
        answer::<ListTickets, _>(broker, Arc::clone(self), tracker, stop.clone()).await?;
        answer::<ListMessages, _>(broker, Arc::clone(self), tracker, stop.clone()).await?;
        answer::<GetMessage, _>(broker, Arc::clone(self), tracker, stop.clone()).await?;
        answer::<GetRoom, _>(broker, Arc::clone(self), tracker, stop.clone()).await?;
        answer::<GetArticle, _>(broker, Arc::clone(self), tracker, stop.clone()).await?;
        answer::<ListArticles, _>(broker, Arc::clone(self), tracker, stop.clone()).await?;
        answer::<ListNotifications, _>(broker, Arc::clone(self), tracker, stop.clone()).await
    }

    /// The ticket, if the viewer may see it.
    async fn visible(&self, ticket: TicketId, viewer: &Actor) -> Result<Option<Ticket>, StoreError> {
        let found = self.store.ticket(ticket).await?.map(|found| found.value);
        Ok(found.filter(|ticket| may_see(viewer, ticket)))
    }

    /// How far those who take part in a ticket have read, but for the viewer.
    async fn read_by(&self, ticket: &Ticket, said: &[Message], viewer: UserId) -> Result<Vec<ReadMark>, StoreError> {
        let people = said.iter().filter(|message| message.sender_role != SenderRole::System);
        let people = people.map(|message| message.sender_id).chain([ticket.user_id]).chain(ticket.assignee_id);
        let people: BTreeSet<_> = people.filter(|person| *person != viewer).collect();
        let marks = people.into_iter().map(|user_id| async move {
            Ok::<_, StoreError>(ReadMark { user_id, seq: self.store.last_read(ticket.id, user_id).await? })
        });
        let marks = try_join_all(marks).await?;
        Ok(marks.into_iter().filter(|mark| mark.seq > 0).collect())
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

impl Asked<GetUsers> for Persistence {
    type Error = StoreError;

    async fn answer(&self, query: GetUsers) -> Result<Vec<User>, StoreError> {
        let asked = query.user_ids.into_iter().take(USERS_MAX as usize);
        let found = try_join_all(asked.map(|id| self.store.user(id))).await?;
        Ok(found.into_iter().flatten().collect())
    }
}

impl Asked<ListUsers> for Persistence {
    type Error = StoreError;

    async fn answer(&self, query: ListUsers) -> Result<UserPage, StoreError> {
        self.store.users(&ListUsers { limit: query.limit.min(USERS_MAX), ..query }).await
    }
}

impl Asked<ListAgents> for Persistence {
    type Error = StoreError;

    async fn answer(&self, _query: ListAgents) -> Result<Vec<User>, StoreError> {
        self.store.agents().await
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
        let Some(ticket) = self.visible(query.ticket_id, &query.viewer).await? else { return Ok(None) };
        let page = self.store.messages(ticket.id, MessageRange::Newest, MESSAGES).await?;
        let last_read_seq = self.store.last_read(ticket.id, query.viewer.user_id).await?;
        let read_by = self.read_by(&ticket, &page.items, query.viewer.user_id).await?;
        Ok(Some(TicketDetail { ticket, messages: page.items, has_more: page.has_more, last_read_seq, read_by }))
    }
}

impl Asked<ListMessages> for Persistence {
    type Error = StoreError;

    async fn answer(&self, query: ListMessages) -> Result<Option<MessagePage>, StoreError> {
        let Some(ticket) = self.visible(query.ticket_id, &query.viewer).await? else { return Ok(None) };
        self.store.messages(ticket.id, query.range, query.limit).await.map(Some)
    }
}

impl Asked<GetMessage> for Persistence {
    type Error = StoreError;

    async fn answer(&self, query: GetMessage) -> Result<Option<Message>, StoreError> {
        self.store.message(query.ticket_id, query.message_id).await
    }
}

impl Asked<GetRoom> for Persistence {
    type Error = StoreError;

    async fn answer(&self, query: GetRoom) -> Result<Option<Room>, StoreError> {
        let Some(ticket) = self.store.ticket(query.ticket_id).await? else { return Ok(None) };
        let last_seq = self.store.last_seq(query.ticket_id).await?;
        let page = self.store.messages(query.ticket_id, MessageRange::After(query.after_seq), query.limit).await?;
        // A message that came between the two reads is in the page.
        let last_seq = page.items.last().map_or(last_seq, |message| last_seq.max(message.seq));
        Ok(Some(Room { ticket: ticket.value, last_seq, messages: page.items, has_more: page.has_more }))
    }
}

impl Asked<ListTickets> for Persistence {
    type Error = StoreError;

    async fn answer(&self, query: ListTickets) -> Result<TicketPage, StoreError> {
        self.store.list_tickets(&query).await
    }
}

impl Asked<GetArticle> for Persistence {
    type Error = StoreError;

    async fn answer(&self, query: GetArticle) -> Result<Option<Article>, StoreError> {
        self.store.article(query.article_id).await
    }
}

impl Asked<ListArticles> for Persistence {
    type Error = StoreError;

    async fn answer(&self, query: ListArticles) -> Result<ArticlePage, StoreError> {
        self.store.articles(&ListArticles { limit: query.limit.min(ARTICLES_MAX), ..query }).await
    }
}

impl Asked<ListNotifications> for Persistence {
    type Error = StoreError;

    async fn answer(&self, query: ListNotifications) -> Result<NotificationPage, StoreError> {
        self.store.notifications(&query).await
    }
}

//! The bare WebSocket server: axum, one subscription for each room, and nothing else. No login, no limits, no order,
//! nothing stored; what a client says of its typing goes to the room, and what is told in the room goes to its members.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_nats::{Client, ConnectOptions, Subscriber};
use axum::{
    Router,
    extract::{
        Path, State, WebSocketUpgrade,
        ws::{Message, Utf8Bytes, WebSocket},
    },
    response::Response,
    routing::get,
};
use contracts::{
    TicketId, UserId,
    chat::{ClientFrame, RoomFrame, Typing},
    message::SenderRole,
    subject,
};
use futures::{SinkExt, StreamExt};
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
    task::AbortHandle,
};

/// Frames that may wait for one member; who falls further behind is closed.
const QUEUE: usize = 256;
/// What is read at once from a member: they say little.
const READ_BUFFER: usize = 4 * 1_024;

/// Serves until the process ends.
pub(crate) async fn serve(listen: SocketAddr, nats: String, password: String) {
    let options = ConnectOptions::with_user_and_password("ingress".to_owned(), password);
    let client = options.connect(nats).await.unwrap();
    let rooms = Arc::new(Rooms { client, open: Mutex::default(), next: AtomicU64::new(0) });
    let router = Router::new().route("/ws/chat/{room}", get(enter)).with_state(rooms);
    let listener = TcpListener::bind(listen).await.unwrap();
    // The loop for connections of axum leaves small packets waiting for an answer unless it is told not to.
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| stream.set_nodelay(true).unwrap());
    axum::serve(listener, router).await.unwrap();
}

struct Rooms {
    client: Client,
    open: Mutex<HashMap<TicketId, Room>>,
    next: AtomicU64,
}

struct Room {
    members: Members,
    task: AbortHandle,
}

type Members = Arc<std::sync::Mutex<Vec<(u64, mpsc::Sender<Utf8Bytes>)>>>;

impl Rooms {
    async fn join(&self, room: TicketId) -> (u64, mpsc::Receiver<Utf8Bytes>) {
        let (sender, queue) = mpsc::channel(QUEUE);
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut open = self.open.lock().await;
        let room = match open.entry(room) {
            Entry::Occupied(room) => room.into_mut(),
            Entry::Vacant(place) => {
                let subscription = self.client.subscribe(subject::room(room)).await.unwrap();
                let members = Members::default();
                let task = tokio::spawn(tell(subscription, Arc::clone(&members))).abort_handle();
                place.insert(Room { members, task })
            }
        };
        room.members.lock().unwrap().push((number, sender));
        (number, queue)
    }

    async fn leave(&self, room: TicketId, number: u64) {
        let mut open = self.open.lock().await;
        let members = Arc::clone(&open[&room].members);
        let mut members = members.lock().unwrap();
        members.retain(|(member, _)| *member != number);
        if members.is_empty() {
            open.remove(&room).unwrap().task.abort();
        }
    }
}

/// Hands what is told in a room to its members.
async fn tell(mut subscription: Subscriber, members: Members) {
    while let Some(message) = subscription.next().await {
        let Ok(text) = Utf8Bytes::try_from(message.payload) else { continue };
        // The queue of a member that is dropped here ends, and its socket with it.
        members.lock().unwrap().retain(|(_, queue)| queue.try_send(text.clone()).is_ok());
    }
}

async fn enter(State(rooms): State<Arc<Rooms>>, Path(room): Path<TicketId>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.read_buffer_size(READ_BUFFER).on_upgrade(move |socket| async move {
        let (number, queue) = rooms.join(room).await;
        // The other end has gone, or its queue was full; it is the same here.
        let _ = attend(&rooms.client, room, socket, queue).await;
        rooms.leave(room, number).await;
    })
}

/// Serves one member until one side ends it.
async fn attend(
    client: &Client,
    room: TicketId,
    mut socket: WebSocket,
    mut queue: mpsc::Receiver<Utf8Bytes>,
) -> Result<(), axum::Error> {
    let member = UserId::new();
    let mut frames = Vec::new();
    loop {
        tokio::select! {
            count = queue.recv_many(&mut frames, QUEUE) => {
                if count == 0 {
                    return Ok(());
                }
                for frame in frames.drain(..) {
                    socket.feed(Message::Text(frame)).await?;
                }
                socket.flush().await?;
            }
            said = socket.recv() => match said.transpose()? {
                Some(Message::Text(text)) => {
                    if let Ok(ClientFrame::Typing(_)) = serde_json::from_str(&text) {
                        let frame = Typing { ticket_id: room, sender_id: member, sender_role: SenderRole::User };
                        let frame = serde_json::to_vec(&RoomFrame::Typing(frame)).map_err(axum::Error::new)?;
                        client.publish(subject::room(room), frame.into()).await.map_err(axum::Error::new)?;
                    }
                }
                Some(_) => {}
                None => return Ok(()),
            }
        }
    }
}

//! Where rooms are: in the desk, in the bare WebSocket server, or in the broker alone.

use std::{fmt::Write, net::SocketAddr, process::Command, rc::Rc};

use chrono::Utc;
use contracts::{
    MessageId, Role, TicketId, UserId,
    chat::{Chat, ClientFrame, Empty, RoomFrame, Typing},
    message::{Feedback, Message, SenderRole},
    subject,
};
use futures::{StreamExt, stream};
use tests::{Client, Desk, Part, Process, eventually, free_port, token};
use tokio::net::TcpStream;

use super::link::{Opening, TEXT, Wire, client_frame, publication};
use crate::tickets::{DESCRIPTION, PER_USER};

/// Requesters who raise tickets at once.
const RAISING: usize = 16;

/// A room, and the token of the requester whose ticket it is.
pub(crate) struct Room {
    ticket: TicketId,
    owner: String,
}

/// Where rooms are.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    wire: Wire,
    address: SocketAddr,
    rooms: Rc<Vec<Room>>,
    admin: String,
    /// The processes that take part: the one that holds the sockets, and those behind it.
    pub(crate) server: u32,
    pub(crate) workers: Option<u32>,
    pub(crate) broker: Option<u32>,
    /// Ends with the place.
    _process: Option<Process>,
}

impl Place {
    /// The desk itself, with tickets for this many rooms.
    pub(crate) async fn desk(desk: &Desk, rooms: usize) -> Self {
        let raised = stream::iter(0..rooms.div_ceil(PER_USER)).map(|_| raise(desk.anonymous()));
        let raised: Vec<Vec<Room>> = raised.buffer_unordered(RAISING).collect().await;
        Self {
            name: "desk",
            wire: Wire::WebSocket,
            address: desk.url(0).strip_prefix("http://").unwrap().parse().unwrap(),
            rooms: Rc::new(raised.into_iter().flatten().collect()),
            admin: token(Role::Admin),
            server: desk.process(Part::Ingress(0)).id(),
            workers: Some(desk.process(Part::Workers(0)).id()),
            broker: Some(desk.process(Part::Nats(0)).id()),
            _process: None,
        }
    }

    /// A bare WebSocket server beside the desk, on the same broker, with rooms of its own.
    pub(crate) async fn bare(&self, desk: &Desk) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let (nats, password) = (desk.nats().url(), desk.nats().password());
        let rooms = self.rooms.iter().map(|room| Room { ticket: TicketId::new(), owner: room.owner.clone() });
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["bare-server", "--listen", &address.to_string(), "--nats", &nats, "--password", password]);
        let process = started(command, desk, "bare-server", address).await;
        Self {
            name: "bare_server",
            wire: Wire::WebSocket,
            address,
            rooms: Rc::new(rooms.collect()),
            admin: self.admin.clone(),
            server: process.id(),
            workers: None,
            broker: self.broker,
            _process: Some(process),
        }
    }

    /// A broker of its own, for the desk's takes fewer connections. Each member is a client with one subscription.
    pub(crate) async fn core_nats(&self, desk: &Desk) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let mut command = Command::new(std::env::var_os("NATS_SERVER").unwrap_or_else(|| "nats-server".into()));
        command.args(["--addr", "127.0.0.1", "--port", &address.port().to_string()]);
        let process = started(command, desk, "core-nats", address).await;
        Self {
            name: "core_nats",
            wire: Wire::Nats,
            address,
            rooms: Rc::clone(&self.rooms),
            admin: self.admin.clone(),
            server: process.id(),
            workers: None,
            broker: None,
            _process: Some(process),
        }
    }

    /// Whether messages are stored and acknowledged here.
    pub(crate) fn acknowledges(&self) -> bool {
        self.wire == Wire::WebSocket
    }

    /// How a member comes into a room: by turns the ticket's owner and an admin, the owner first.
    pub(crate) fn opening(&self, room: usize, member: usize) -> Opening {
        let Room { ticket, owner } = &self.rooms[room];
        let mut greeting = String::new();
        match self.wire {
            Wire::WebSocket => write!(
                greeting,
                "GET /ws/chat/{ticket} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                 Authorization: Bearer {}\r\n\r\n",
                self.address,
                if member.is_multiple_of(2) { owner } else { &self.admin },
            ),
            Wire::Nats => write!(
                greeting,
                "CONNECT {{\"verbose\":false,\"pedantic\":false}}\r\nSUB {} 1\r\nPING\r\n",
                subject::room(*ticket),
            ),
        }
        .unwrap();
        Opening { wire: self.wire, address: self.address, greeting: greeting.into_bytes() }
    }

    /// What a client sends when its person is typing. The broker alone makes no frames: there the client sends what the
    /// room is told.
    pub(crate) fn typing(&self, room: usize) -> Vec<u8> {
        let ticket_id = self.rooms[room].ticket;
        match self.wire {
            Wire::WebSocket => client_frame(TEXT, &serde_json::to_vec(&ClientFrame::Typing(Empty {})).unwrap()),
            Wire::Nats => {
                let typing = Typing { ticket_id, sender_id: UserId::new(), sender_role: SenderRole::User };
                publication(&subject::room(ticket_id), &serde_json::to_vec(&RoomFrame::Typing(typing)).unwrap())
            }
        }
    }

    /// What a client sends to say `content` in a message that it calls `id`.
    pub(crate) fn message(&self, room: usize, content: &str, id: &str) -> Vec<u8> {
        let ticket_id = self.rooms[room].ticket;
        let (content, client_message_id) = (content.to_owned(), Some(id.to_owned()));
        match self.wire {
            Wire::WebSocket => {
                let chat = Chat { content, client_message_id, ..Chat::default() };
                client_frame(TEXT, &serde_json::to_vec(&ClientFrame::Chat(chat)).unwrap())
            }
            Wire::Nats => {
                let message = Message {
                    id: MessageId::new(),
                    seq: 1,
                    ticket_id,
                    sender_id: UserId::new(),
                    sender_role: SenderRole::User,
                    content,
                    is_ai: false,
                    feedback: Feedback::None,
                    timestamp: Utc::now(),
                    client_message_id,
                };
                publication(&subject::room(ticket_id), &serde_json::to_vec(&RoomFrame::Chat(message)).unwrap())
            }
        }
    }
}

/// A new requester raises as many tickets as one may.
async fn raise(client: Client) -> Vec<Room> {
    let owner = token(Role::User);
    let client = client.with_token(&owner);
    let mut rooms = Vec::new();
    for _ in 0..PER_USER {
        let ticket = client.raise("Docking station is dead", DESCRIPTION).await.expect(201);
        let ticket = ticket["id"].as_str().unwrap().parse().unwrap();
        rooms.push(Room { ticket, owner: owner.clone() });
    }
    rooms
}

/// Starts a process, and waits until it takes connections.
async fn started(command: Command, desk: &Desk, name: &str, address: SocketAddr) -> Process {
    let process = Process::start(command, desk.folder().join(format!("{name}.log")));
    eventually("the process takes connections", || async { TcpStream::connect(address).await.ok() }).await;
    process
}

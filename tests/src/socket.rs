//! Somebody in a chat: a WebSocket to the desk, and how one asks for it.

use std::{collections::VecDeque, io};

use futures::{SinkExt, StreamExt};
use reqwest::{
    StatusCode,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::{Instant, timeout, timeout_at},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message,
        handshake::{client::generate_key, derive_accept_key},
        protocol::Role,
    },
};

use crate::{Answer, Client, PATIENCE};

/// A request for a WebSocket.
#[derive(Clone)]
pub struct Knock {
    url: String,
    path: String,
    headers: Vec<(String, String)>,
    receive_buffer: Option<u32>,
}

impl Knock {
    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a small buffer for what comes in, so that who does not read is soon seen to be slow.
    #[must_use]
    pub fn receive_buffer(self, bytes: u32) -> Self {
        Self { receive_buffer: Some(bytes), ..self }
    }

    /// Asks; the answer when it is no WebSocket.
    pub async fn open(self) -> Result<Socket, Answer> {
        self.try_open().await.unwrap()
    }

    /// Asks a desk that may be away.
    pub async fn try_open(self) -> io::Result<Result<Socket, Answer>> {
        timeout(PATIENCE, self.shake_hands()).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }

    async fn shake_hands(self) -> io::Result<Result<Socket, Answer>> {
        let address = self.url.strip_prefix("http://").unwrap();
        let tcp = TcpSocket::new_v4()?;
        if let Some(bytes) = self.receive_buffer {
            tcp.set_recv_buffer_size(bytes)?;
        }
        let mut stream = tcp.connect(address.parse().unwrap()).await?;
        stream.set_nodelay(true)?;
        let (path, key) = (&self.path, generate_key());
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let headers = headers.concat();
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: {key}\r\n{headers}\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let (mut answer, rest) = read_head(&mut stream).await?;
        if answer.status == StatusCode::SWITCHING_PROTOCOLS {
            assert_eq!(answer.headers["sec-websocket-accept"], derive_accept_key(key.as_bytes()));
            let stream = WebSocketStream::from_partially_read(stream, rest, Role::Client, None).await;
            return Ok(Ok(Socket { stream, passed_over: VecDeque::new() }));
        }
        answer.text = read_body(&mut stream, &answer.headers, rest).await?;
        Ok(Err(answer))
    }
}

/// Reads up to the end of the headers; what came behind them is the rest.
async fn read_head(stream: &mut TcpStream) -> io::Result<(Answer, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    };
    let rest = bytes.split_off(end + 4);
    let head = String::from_utf8(bytes).unwrap();
    let mut lines = head.trim_end().lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in lines.map(|line| line.split_once(": ").unwrap()) {
        headers.append(name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap());
    }
    Ok((Answer { status, headers, text: String::new() }, rest))
}

async fn read_body(stream: &mut TcpStream, headers: &HeaderMap, mut bytes: Vec<u8>) -> io::Result<String> {
    let length: usize = headers["content-length"].to_str().unwrap().parse().unwrap();
    while bytes.len() < length {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(String::from_utf8(bytes).unwrap())
}

impl Client {
    /// A request for a WebSocket to a ticket's chat, with the access token in the header, if there is one.
    pub fn knock(&self, ticket: &str) -> Knock {
        let knock = self.knock_at(&format!("/ws/chat/{ticket}"));
        match &self.token {
            Some(token) => knock.header("authorization", &format!("Bearer {token}")),
            None => knock,
        }
    }

    /// A request for a WebSocket at any path, without a token.
    pub fn knock_at(&self, path: &str) -> Knock {
        Knock { url: self.url.clone(), path: path.to_owned(), headers: Vec::new(), receive_buffer: None }
    }

    /// Enters a ticket's chat, and waits until it is in the room: from then on it sees everything.
    pub async fn enter(&self, ticket: &str) -> Socket {
        let mut socket = self.knock(ticket).open().await.unwrap_or_else(|answer| panic!("not let in: {answer:?}"));
        socket.entered().await;
        socket
    }
}

/// A WebSocket to a ticket's chat.
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    /// Frames that came while another was waited for.
    passed_over: VecDeque<Value>,
}

impl Socket {
    /// Sends a frame.
    pub async fn send(&mut self, frame: &Value) {
        self.send_raw(Message::text(frame.to_string())).await;
    }

    /// Sends a message of the protocol as it is.
    pub async fn send_raw(&mut self, message: Message) {
        self.try_send_raw(message).await.unwrap();
    }

    /// Sends a frame to a desk that may be away, or may have closed the connection; whether that went well.
    pub async fn try_send(&mut self, frame: &Value) -> bool {
        self.try_send_raw(Message::text(frame.to_string())).await.is_ok()
    }

    /// The same with a message of the protocol.
    pub async fn try_send_raw(&mut self, message: Message) -> Result<(), Error> {
        timeout(PATIENCE, self.stream.send(message)).await.expect("the desk takes what is sent")
    }

    /// Sends a message to the room, without an id of its own.
    pub async fn say(&mut self, content: &str) {
        self.send(&json!({"type": "chat", "content": content})).await;
    }

    /// Sends a message to the room under the client's own id, and gives its `ack`.
    pub async fn say_as(&mut self, id: &str, content: &str) -> Value {
        self.send(&json!({"type": "chat", "content": content, "client_message_id": id})).await;
        let ack = self.next("ack").await;
        assert_eq!(ack["client_message_id"], id);
        ack
    }

    /// The next frame of this type; those of other types are kept for later.
    pub async fn next(&mut self, kind: &str) -> Value {
        self.next_that(|frame| frame["type"] == kind).await
    }

    async fn next_that(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(index) = self.passed_over.iter().position(&fits) {
            return self.passed_over.remove(index).unwrap();
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            let read = timeout_at(deadline, self.read()).await;
            let read = read.unwrap_or_else(|_| panic!("the frame never came; these did: {:?}", self.passed_over));
            let frame = read.unwrap_or_else(|end| panic!("closed ({end:?}) before the frame came"));
            if fits(&frame) {
                return frame;
            }
            self.passed_over.push_back(frame);
        }
    }

    /// Waits until it is in the room.
    pub async fn entered(&mut self) {
        let presence = self.next("presence").await;
        self.passed_over.push_front(presence);
    }

    /// The `ack` of a message, or the error about it.
    pub async fn answer_to(&mut self, id: &str) -> Value {
        self.next_that(|frame| {
            ["ack", "error"].iter().any(|kind| frame["type"] == *kind) && frame["client_message_id"] == id
        })
        .await
    }

    /// The next frame of this type for which something holds; earlier ones of the type are let go.
    pub async fn next_where(&mut self, kind: &str, holds: impl Fn(&Value) -> bool) -> Value {
        loop {
            let frame = self.next(kind).await;
            if holds(&frame) {
                return frame;
            }
        }
    }

    /// The next messages of the room.
    pub async fn chats(&mut self, count: usize) -> Vec<Value> {
        let mut chats = Vec::with_capacity(count);
        while chats.len() < count {
            chats.push(self.next("chat").await);
        }
        chats
    }

    /// The next frame, however long it takes, and whatever it is; the close code, if there was one, when there is none any more.
    pub async fn receive(&mut self) -> Result<Value, Option<u16>> {
        match self.passed_over.pop_front() {
            Some(frame) => Ok(frame),
            None => self.read().await,
        }
    }

    /// Waits until the desk has handled what was sent before, and gives every frame that has come by then and was not
    /// asked for.
    pub async fn so_far(&mut self) -> Vec<Value> {
        self.send(&json!({"type": "ping"})).await;
        self.next("pong").await;
        self.passed_over.drain(..).collect()
    }

    /// Waits until the desk closes the connection; the close code. What comes before is kept.
    pub async fn closed(&mut self) -> Option<u16> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match timeout_at(deadline, self.read()).await.expect("the desk closes the connection") {
                Ok(frame) => self.passed_over.push_back(frame),
                Err(code) => return code,
            }
        }
    }

    /// Leaves, and waits until the desk has seen it.
    pub async fn leave(mut self) {
        // The desk may have closed the connection already.
        let _ = self.stream.close(None).await;
        self.closed().await;
    }

    /// The connection alone: what comes on it is answered by nobody any more, pings neither.
    pub fn into_stream(self) -> TcpStream {
        self.stream.into_inner()
    }

    async fn read(&mut self) -> Result<Value, Option<u16>> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| frame.code.into())),
                Some(Ok(Message::Binary(_))) => panic!("a binary message"),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }
}

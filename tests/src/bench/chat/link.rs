//! A connection as raw bytes: frames are found by their headers, and nobody looks into them who need not. The load
//! shares the processors with what it measures, so it must cost little.

use std::{
    cell::RefCell,
    future::poll_fn,
    io::Write,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf},
    net::{
        TcpSocket,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

const BUFFER: usize = 256 * 1_024;
/// Connections come from this many addresses of the machine by turns, for an address has only so many ports.
const ADDRESSES: usize = 8;

thread_local! {
    /// All connections are read into one buffer; what is left of an unfinished frame is kept with its connection.
    static READ: RefCell<Box<[u8]>> = RefCell::new(vec![0; BUFFER].into());
}

/// Which protocol is spoken on a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    WebSocket,
    Nats,
}

/// How a connection is opened.
pub(crate) struct Opening {
    pub(crate) wire: Wire,
    pub(crate) address: SocketAddr,
    /// What the client says first: the upgrade of a WebSocket; a login and a subscription for the broker.
    pub(crate) greeting: Vec<u8>,
}

/// The side that is read.
pub(crate) struct Reader {
    wire: Wire,
    half: OwnedReadHalf,
    unfinished: Vec<u8>,
    writer: Writer,
}

/// The side that is written.
#[derive(Clone)]
pub(crate) struct Writer(Rc<OwnedWriteHalf>);

impl Opening {
    /// Connects as the connection of this number, and reads up to the end of the answer to the greeting.
    pub(crate) async fn open(&self, number: usize) -> Reader {
        let socket = TcpSocket::new_v4().unwrap();
        let own = Ipv4Addr::new(127, 0, 0, u8::try_from(2 + number % ADDRESSES).unwrap());
        socket.bind((IpAddr::from(own), 0).into()).unwrap();
        let mut stream = socket.connect(self.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream.write_all(&self.greeting).await.unwrap();
        let (begin, end) = match self.wire {
            Wire::WebSocket => ("HTTP/1.1 101 ", "\r\n\r\n"),
            Wire::Nats => ("INFO ", "PONG\r\n"),
        };
        let mut answer = Vec::new();
        let end = loop {
            let read = stream.read_buf(&mut answer).await.unwrap();
            let text = String::from_utf8_lossy(&answer);
            assert!(read > 0, "the connection was closed: {text}");
            if let Some(at) = text.find(end) {
                assert!(text.starts_with(begin), "the connection was refused: {text}");
                break at + end.len();
            }
        };
        let (half, writer) = stream.into_split();
        writer.writable().await.unwrap();
        Reader { wire: self.wire, half, unfinished: answer.split_off(end), writer: Writer(Rc::new(writer)) }
    }
}

impl Reader {
    pub(crate) fn writer(&self) -> Writer {
        self.writer.clone()
    }

    /// Waits for something to read, and hands over the payload of every frame that is there. Panics when the other side
    /// closes the connection.
    pub(crate) async fn read(&mut self, mut each: impl FnMut(&[u8])) {
        poll_fn(|context| READ.with_borrow_mut(|buffer| self.poll(context, buffer, &mut each))).await;
    }

    fn poll(&mut self, context: &mut Context<'_>, buffer: &mut [u8], each: &mut impl FnMut(&[u8])) -> Poll<()> {
        let held = self.unfinished.len();
        buffer[..held].copy_from_slice(&self.unfinished);
        let mut free = ReadBuf::new(&mut buffer[held..]);
        std::task::ready!(Pin::new(&mut self.half).poll_read(context, &mut free)).expect("the connection holds");
        let filled = held + free.filled().len();
        assert!(filled > held, "the other side closed a connection");
        let used = match self.wire {
            Wire::WebSocket => walk_web_socket(&buffer[..filled], &self.writer, each),
            Wire::Nats => walk_nats(&buffer[..filled], &self.writer, each),
        };
        self.unfinished.clear();
        self.unfinished.extend_from_slice(&buffer[used..filled]);
        Poll::Ready(())
    }
}

impl Writer {
    /// Writes at once. What a client says here is far less than a socket takes.
    pub(crate) fn write(&self, bytes: &[u8]) {
        assert_eq!(self.0.try_write(bytes).unwrap(), bytes.len(), "a socket of the load is full");
    }
}

/// The kinds of frames, and the bits and numbers beside the kind and the length (RFC 6455, 5.2).
pub(crate) const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;
const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;
const LENGTH_OF_TWO_BYTES: u8 = 126;

/// What a client says over a WebSocket. The mask is zero, so that nothing need be masked.
pub(crate) fn client_frame(operation: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![FINAL | operation];
    match u16::try_from(payload.len()).expect("frames of the load are short") {
        length @ 0..=125 => frame.push(MASKED | u8::try_from(length).unwrap()),
        length => {
            frame.push(MASKED | LENGTH_OF_TWO_BYTES);
            frame.extend(length.to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// Hands over each whole text; how many bytes that took. Pings are answered.
fn walk_web_socket(bytes: &[u8], writer: &Writer, each: &mut impl FnMut(&[u8])) -> usize {
    let mut used = 0;
    while let [first, second, rest @ ..] = &bytes[used..] {
        // What servers send is not masked.
        let (header, length) = match (*second, rest) {
            (LENGTH_OF_TWO_BYTES, [a, b, ..]) => (4, usize::from(u16::from_be_bytes([*a, *b]))),
            (LENGTH_OF_TWO_BYTES, _) => break,
            (length, _) => {
                assert!(length < LENGTH_OF_TWO_BYTES, "the load is told nothing that is longer than 64 KiB");
                (2, usize::from(length))
            }
        };
        let Some(payload) = bytes.get(used + header..used + header + length) else { break };
        match first & 0x0f {
            TEXT => each(payload),
            PING => writer.write(&client_frame(PONG, payload)),
            CLOSE => panic!("the other side said: {}", String::from_utf8_lossy(payload)),
            _ => {}
        }
        used += header + length;
    }
    used
}

/// What a client of the broker says to publish `payload`.
pub(crate) fn publication(subject: &str, payload: &[u8]) -> Vec<u8> {
    let mut publication = Vec::new();
    write!(publication, "PUB {subject} {}\r\n", payload.len()).unwrap();
    publication.extend(payload);
    publication.extend(b"\r\n");
    publication
}

/// Hands over each whole message; how many bytes that took. Pings are answered.
fn walk_nats(bytes: &[u8], writer: &Writer, each: &mut impl FnMut(&[u8])) -> usize {
    let mut used = 0;
    while let Some(length) = bytes[used..].iter().position(|byte| *byte == b'\n') {
        let line = &bytes[used..=used + length];
        let payload = used + line.len();
        used = payload;
        if line.starts_with(b"MSG ") {
            let digits = line.trim_ascii_end().rsplit(|byte| *byte == b' ').next().unwrap();
            let length = digits.iter().fold(0, |length, digit| length * 10 + usize::from(digit - b'0'));
            let Some(message) = bytes.get(payload..payload + length + 2) else {
                return payload - line.len();
            };
            each(&message[..length]);
            used = payload + length + 2;
        } else if line.starts_with(b"PING") {
            writer.write(b"PONG\r\n");
        } else {
            assert!(!line.starts_with(b"-ERR"), "the broker said: {}", String::from_utf8_lossy(line));
        }
    }
    used
}

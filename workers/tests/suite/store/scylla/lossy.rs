//! A way to a node on which requests or answers get lost.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// The opcode of a batch in the native protocol, version 4.
const BATCH: u8 = 0x0D;
/// Version, flags, stream (two bytes), opcode, length (four bytes).
const HEADER: usize = 9;

/// What is lost.
#[derive(Clone, Copy)]
pub(super) enum Loss {
    /// The node does not hear of the batch.
    Requests,
    /// The node makes the batch, and nobody hears of it.
    Answers,
}

/// A proxy on a free port of 127.0.0.1, before one node.
pub(super) struct Lossy {
    pub(super) address: String,
    ways: Arc<Ways>,
    task: JoinHandle<()>,
}

struct Ways {
    node: String,
    loss: Mutex<Loss>,
    /// How many more batches are lost.
    to_lose: AtomicUsize,
}

impl Lossy {
    pub(super) async fn before(node: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let ways = Ways { node: node.to_owned(), loss: Mutex::new(Loss::Answers), to_lose: AtomicUsize::new(0) };
        let ways = Arc::new(ways);
        let task = tokio::spawn(accept(listener, Arc::clone(&ways)));
        Self { address, ways, task }
    }

    /// Loses the next batches, or their answers.
    pub(super) fn lose(&self, loss: Loss, count: usize) {
        *self.ways.loss.lock().unwrap() = loss;
        self.ways.to_lose.store(count, Ordering::SeqCst);
    }

    /// How many of them are still to be lost.
    pub(super) fn left(&self) -> usize {
        self.ways.to_lose.load(Ordering::SeqCst)
    }
}

impl Drop for Lossy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, ways: Arc<Ways>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let node = TcpStream::connect(&ways.node).await.unwrap();
        let lost = Arc::new(Mutex::new(HashSet::new()));
        let ((from_client, to_client), (from_node, to_node)) = (client.into_split(), node.into_split());
        let requests = (Arc::clone(&ways), Arc::clone(&lost));
        tokio::spawn(pass(from_client, to_node, move |stream, opcode| requests.0.passes(stream, opcode, &requests.1)));
        tokio::spawn(pass(from_node, to_client, move |stream, _| !lost.lock().unwrap().remove(&stream)));
    }
}

impl Ways {
    fn passes(&self, stream: [u8; 2], opcode: u8, lost: &Mutex<HashSet<[u8; 2]>>) -> bool {
        let take = |left: usize| left.checked_sub(1);
        if opcode != BATCH || self.to_lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_err() {
            return true;
        }
        match *self.loss.lock().unwrap() {
            Loss::Requests => false,
            Loss::Answers => {
                lost.lock().unwrap().insert(stream);
                true
            }
        }
    }
}

/// Hands frames on, but for those that do not pass, until one side ends.
async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, passes: impl Fn([u8; 2], u8) -> bool) {
    let mut header = [0; HEADER];
    while from.read_exact(&mut header).await.is_ok() {
        let length = u32::from_be_bytes([header[5], header[6], header[7], header[8]]);
        let mut body = vec![0; length as usize];
        if from.read_exact(&mut body).await.is_err() {
            return;
        }
        let frame = [&header[..], &body].concat();
        if passes([header[2], header[3]], header[4]) && to.write_all(&frame).await.is_err() {
            return;
        }
    }
}

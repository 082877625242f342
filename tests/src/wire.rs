//! Bytes on a connection, for what no HTTP client would send.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// An open connection to the desk at `url`.
pub async fn connect(url: &str) -> TcpStream {
    TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap()
}

/// Sends `bytes` and reads until the desk closes the connection.
pub async fn exchange(url: &str, bytes: &[u8]) -> String {
    let mut stream = connect(url).await;
    stream.write_all(bytes).await.unwrap();
    read_to_end(stream).await
}

/// What the desk says until it closes the connection.
pub async fn read_to_end(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A connection that is reset ends as well as one that is closed.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

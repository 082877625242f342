//! `deskwire-bench`.
fn main() {}

//! The end-to-end suite: each test has a desk of its own, of the real processes.

mod journey;

//! Who gets an answer to what, and how the desk refuses the rest.

mod framework;
mod internal;
mod matrix;

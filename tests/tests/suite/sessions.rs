//! Logins and their tokens, as an attacker would use them.

mod attempts;
mod refresh;
mod tokens;

//! Access tokens for people whom nobody made: logging in would measure argon2.

use contracts::{Department, Role, UserId};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;

use crate::SIGNING_KEY;

/// A token of a new person with `role`: a requester or an admin.
pub fn token(role: Role) -> String {
    token_of(UserId::new(), role, None)
}

/// A token of somebody, with the department that an agent has. It is good for a day by clocks that are a day off, too.
pub fn token_of(user: UserId, role: Role, department: Option<Department>) -> String {
    let now = chrono::Utc::now().timestamp();
    let mut header = Header::new(Algorithm::HS256);
    header.typ = Some("at+jwt".to_owned());
    header.kid = Some(SIGNING_KEY.0.to_owned());
    let claims = json!({
        "iss": "deskwire", "aud": "deskwire", "iat": now, "nbf": now - 86_400, "exp": now + 2 * 86_400,
        "sub": user, "sid": uuid::Uuid::now_v7(), "role": role, "department": department,
    });
    encode(&header, &claims, &EncodingKey::from_secret(SIGNING_KEY.1.as_bytes())).unwrap()
}

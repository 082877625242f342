//! JSON Web Tokens: access tokens for requests, refresh tokens for new access tokens, cursors for lists.

use anyhow::anyhow;
use contracts::{Actor, Department, Role, SessionId, User, UserId};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use platform::config::Auth;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::extract::Session;

/// Clocks may differ by this much.
const LEEWAY_SECONDS: u64 = 5;

/// What a token is for; it stands in the `typ` header and in the audience, so that none serves for another.
#[derive(Clone, Copy)]
enum Purpose {
    Access,
    Refresh,
    Cursor,
}

impl Purpose {
    /// The `typ` header; the first is RFC 9068's.
    fn kind(self) -> &'static str {
        match self {
            Self::Access => "at+jwt",
            Self::Refresh => "rt+jwt",
            Self::Cursor => "cursor+jwt",
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Registered<C> {
    iss: String,
    aud: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    #[serde(flatten)]
    claims: C,
}

#[derive(Serialize, Deserialize)]
struct AccessClaims {
    sub: UserId,
    sid: SessionId,
    role: Role,
    department: Option<Department>,
}

/// What a refresh token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RefreshClaims {
    /// Whose it is.
    pub(crate) sub: UserId,
    /// The login that it keeps up.
    pub(crate) sid: SessionId,
    /// How often the login was refreshed before it.
    pub(crate) generation: u64,
}

struct Key {
    kid: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

/// Signs with the first key, verifies with each.
pub(crate) struct Tokens {
    signing: Key,
    others: Vec<Key>,
    issuer: String,
    audience: String,
    access_seconds: u64,
    refresh_seconds: u64,
}

impl Tokens {
    /// Takes the keys that the configuration names.
    pub(crate) fn new(config: &Auth) -> anyhow::Result<Self> {
        let mut keys = config.keys.iter().map(|key| {
            let secret = key.secret.expose().as_bytes();
            let (encoding, decoding) = (EncodingKey::from_secret(secret), DecodingKey::from_secret(secret));
            Key { kid: key.kid.clone(), encoding, decoding }
        });
        let signing = keys.next().ok_or_else(|| {
            anyhow!(
                "auth.keys is empty: set it to a list of one or two {{kid, secret}}, each secret of 32 bytes or more"
            )
        })?;
        Ok(Self {
            signing,
            others: keys.collect(),
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            access_seconds: config.access_seconds,
            refresh_seconds: config.refresh_seconds,
        })
    }

    /// The life of an access token in seconds.
    pub(crate) fn access_seconds(&self) -> u64 {
        self.access_seconds
    }

    /// An access token for a login.
    pub(crate) fn access(&self, user: &User, session: SessionId) -> Option<String> {
        let claims = AccessClaims { sub: user.id, sid: session, role: user.role, department: user.department };
        self.sign(Purpose::Access, self.access_seconds, claims)
    }

    /// The session that an access token stands for.
    pub(crate) fn read_access(&self, token: &str) -> Option<Session> {
        let claims: AccessClaims = self.verify(Purpose::Access, token)?;
        let actor = Actor { user_id: claims.sub, role: claims.role, department: claims.department };
        Some(Session { id: claims.sid, actor })
    }

    /// A refresh token.
    pub(crate) fn refresh(&self, claims: RefreshClaims) -> Option<String> {
        self.sign(Purpose::Refresh, self.refresh_seconds, claims)
    }

    /// What a refresh token says.
    pub(crate) fn read_refresh(&self, token: &str) -> Option<RefreshClaims> {
        self.verify(Purpose::Refresh, token)
    }

    /// A cursor that only this desk can make.
    pub(crate) fn cursor(&self, claims: impl Serialize) -> Option<String> {
        self.sign(Purpose::Cursor, self.refresh_seconds, claims)
    }

    /// What a cursor says.
    pub(crate) fn read_cursor<C: DeserializeOwned>(&self, token: &str) -> Option<C> {
        self.verify(Purpose::Cursor, token)
    }

    fn sign(&self, purpose: Purpose, seconds: u64, claims: impl Serialize) -> Option<String> {
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(purpose.kind().to_owned());
        header.kid = Some(self.signing.kid.clone());
        let now = chrono::Utc::now().timestamp();
        let exp = now.saturating_add_unsigned(seconds);
        let (iss, aud) = (self.issuer.clone(), self.audience_of(purpose));
        let registered = Registered { iss, aud, iat: now, nbf: now, exp, claims };
        encode(&header, &registered, &self.signing.encoding).ok()
    }

    fn verify<C: DeserializeOwned>(&self, purpose: Purpose, token: &str) -> Option<C> {
        let header = decode_header(token).ok()?;
        // A key that comes along in the token is nobody's.
        let brings_key = header.jku.is_some() || header.jwk.is_some() || header.x5u.is_some() || header.x5c.is_some();
        // What the header holds to be critical is not understood here (RFC 7515, section 4.1.11).
        if brings_key || header.crit.is_some() || header.typ.as_deref() != Some(purpose.kind()) {
            return None;
        }
        let kid = header.kid?;
        let key = std::iter::once(&self.signing).chain(&self.others).find(|key| key.kid == kid)?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = LEEWAY_SECONDS;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[self.audience_of(purpose)]);
        validation.set_required_spec_claims(&["iss", "aud", "nbf", "exp"]);
        Some(decode::<Registered<C>>(token, &key.decoding, &validation).ok()?.claims.claims)
    }

    fn audience_of(&self, purpose: Purpose) -> String {
        match purpose {
            Purpose::Access => self.audience.clone(),
            Purpose::Refresh => format!("{}/refresh", self.audience),
            Purpose::Cursor => format!("{}/cursor", self.audience),
        }
    }
}

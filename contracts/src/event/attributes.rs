//! CloudEvents 1.0.2 attributes in NATS headers (the NATS protocol binding's binary mode).

use chrono::{DateTime, SecondsFormat, Utc};

use super::{DecodeError, Envelope, Event, EventId, Kind};

/// The headers of an event.
pub mod header {
    /// The CloudEvents version.
    pub const SPEC_VERSION: &str = "ce-specversion";
    /// The event's id.
    pub const ID: &str = "ce-id";
    /// `deskwire.<entity>.<verb>.v<version>`.
    pub const TYPE: &str = "ce-type";
    /// Which part of the desk made it.
    pub const SOURCE: &str = "ce-source";
    /// When, in RFC 3339.
    pub const TIME: &str = "ce-time";
    /// The id of what it is about.
    pub const SUBJECT: &str = "ce-subject";
    /// The media type of the payload.
    pub const CONTENT_TYPE: &str = "content-type";
    /// W3C trace context.
    pub const TRACE_PARENT: &str = "traceparent";
}

/// The headers of a message do not make an event.
#[derive(Debug, thiserror::Error)]
pub enum InvalidAttributes {
    /// A header is not there.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// A header's text has the wrong form.
    #[error("the header {0} has the wrong form")]
    Malformed(&'static str),
    /// The type names no event that this version knows.
    #[error("unknown event type {0:?}")]
    UnknownType(String),
    /// The payload is not what the type says.
    #[error(transparent)]
    Payload(#[from] DecodeError),
}

impl Kind {
    /// The CloudEvents type.
    pub fn cloud_event_type(self) -> String {
        format!("deskwire.{self}.v{}", self.version())
    }

    fn from_cloud_event_type(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.cloud_event_type() == text)
    }
}

impl Envelope<Event> {
    /// The headers that say of the event what its payload does not. `source` is the part that publishes it.
    pub fn headers(&self, source: &str) -> [(&'static str, String); 8] {
        [
            (header::SPEC_VERSION, "1.0".to_owned()),
            (header::ID, self.id.to_string()),
            (header::TYPE, self.event.kind().cloud_event_type()),
            (header::SOURCE, format!("/deskwire/{source}")),
            (header::TIME, self.time.to_rfc3339_opts(SecondsFormat::Micros, true)),
            (header::SUBJECT, self.event.entity_id().to_string()),
            (header::CONTENT_TYPE, "application/json".to_owned()),
            (header::TRACE_PARENT, self.trace.to_string()),
        ]
    }

    /// The event that `payload` and the headers, looked up by `get`, make together.
    pub fn from_headers<'a>(get: impl Fn(&str) -> Option<&'a str>, payload: &[u8]) -> Result<Self, InvalidAttributes> {
        let header = |name| get(name).ok_or(InvalidAttributes::Missing(name));
        let kind_name = header(header::TYPE)?;
        let kind = Kind::from_cloud_event_type(kind_name)
            .ok_or_else(|| InvalidAttributes::UnknownType(kind_name.to_owned()))?;
        let id: EventId = header(header::ID)?.parse().map_err(|_| InvalidAttributes::Malformed(header::ID))?;
        let time = DateTime::parse_from_rfc3339(header(header::TIME)?)
            .map_err(|_| InvalidAttributes::Malformed(header::TIME))?
            .with_timezone(&Utc);
        let trace =
            header(header::TRACE_PARENT)?.parse().map_err(|_| InvalidAttributes::Malformed(header::TRACE_PARENT))?;
        Ok(Self { id, time, trace, event: Event::decode(kind, payload)? })
    }
}

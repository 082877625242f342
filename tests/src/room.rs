//! What a room has in the end, beside what was written in it.

use std::collections::{BTreeMap, BTreeSet};

use contracts::message::Message;

use crate::Written;

/// What is wrong with rooms.
#[derive(Debug, Default)]
pub struct RoomFaults {
    /// Acked, and not stored, or under another id.
    pub lost: Vec<String>,
    /// Stored twice, or foreign, or not as it was sent.
    pub doubled: Vec<String>,
    /// Not at the place where it belongs.
    pub disordered: Vec<String>,
}

/// Compares what rooms have with all that was written in them.
pub fn check_rooms(rooms: &[Vec<Message>], written: &[Written]) -> RoomFaults {
    let mut faults = RoomFaults::default();
    let mut by_name: BTreeMap<&str, &Message> = BTreeMap::new();
    let sent: BTreeSet<&String> = written.iter().flat_map(|writer| &writer.sent).collect();
    for messages in rooms {
        for (place, message) in (1..).zip(messages) {
            let Message { seq, id, content, .. } = message;
            if *seq != place {
                faults.disordered.push(format!("{id}: seq {seq} at place {place}"));
            }
            // What the desk says has no id of a client; what a client says is its own id for it.
            let Some(name) = &message.client_message_id else { continue };
            if by_name.insert(name, message).is_some() {
                faults.doubled.push(format!("{name} is stored twice"));
            }
            if !sent.contains(name) || content != name {
                faults.doubled.push(format!("{name} says {content:?}"));
            }
        }
    }
    for writer in written {
        for (name, id) in &writer.acked {
            match by_name.get(name.as_str()) {
                None => faults.lost.push(format!("{name} was acked and is lost")),
                Some(message) if message.id.to_string() != *id => faults.lost.push(format!("{name} was acked as {id}")),
                Some(_) => {}
            }
        }
        // Who waits for each ack has their messages in the order of writing.
        let places: Vec<_> = writer.sent.iter().filter_map(|name| by_name.get(name.as_str())).collect();
        for pair in places.windows(2).filter(|pair| writer.window == 1 && pair[0].seq > pair[1].seq) {
            let [one, next] = [pair[0], pair[1]];
            let fault = format!("{} is {}, and the next one, {}, is {}", one.content, one.seq, next.content, next.seq);
            faults.disordered.push(fault);
        }
    }
    faults
}

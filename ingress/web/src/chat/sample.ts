import type { Message } from "./frames";

/** A message for tests. */
export function message(seq: number, changed: Partial<Message> = {}): Message {
  return {
    id: `id-${String(seq)}`,
    seq,
    ticket_id: "ticket",
    sender_id: "somebody",
    sender_role: "agent",
    content: `message ${String(seq)}`,
    isAI: false,
    feedback: "none",
    timestamp: "2026-01-01T10:00:00Z",
    client_message_id: null,
    ...changed,
  };
}

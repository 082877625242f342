import type { Message, Role, SenderRole, Ticket } from "../api/types";

export type { Message, SenderRole, Ticket };

/** What the page says, as in the AsyncAPI document. */
export type ClientFrame =
  | { type: "chat"; content: string; client_message_id: string }
  | { type: "typing" }
  | { type: "read"; seq: number }
  | { type: "resume"; after_seq: number }
  | { type: "ping" };

export interface Present {
  user_id: string;
  role: Role;
}

/** What the page is told. */
export type ServerFrame =
  | ({ type: "chat" } & Message)
  | { type: "ack"; client_message_id: string | null; id: string; seq?: number }
  | { type: "typing"; ticket_id: string; sender_id: string; sender_role: SenderRole }
  | { type: "read"; ticket_id: string; user_id: string; seq: number }
  | { type: "presence"; ticket_id: string; online: Present[] }
  | { type: "ticket"; ticket: Ticket }
  | { type: "feedback"; ticket_id: string; message_id: string; feedback: Message["feedback"] }
  | { type: "error"; code: string; detail: string; client_message_id: string | null }
  | { type: "full_refresh"; after_seq: number }
  | { type: "pong" };

/** A frame from its text; none for one that this page does not know. */
export function readFrame(text: unknown): ServerFrame | undefined {
  try {
    const frame: unknown = JSON.parse(String(text));
    return typeof frame === "object" && frame !== null && "type" in frame ? (frame as ServerFrame) : undefined;
  } catch {
    return undefined;
  }
}

import type { ReactNode, RefObject } from "react";

import { api, take } from "../api/client";
import type { Ticket, TicketView } from "../api/types";
import { text } from "../text";
import { Notice } from "../ui/parts";
import { complain } from "../ui/toasts";
import { Company, ConnectionBanner } from "./banner";
import { Composer } from "./composer";
import type { Message } from "./frames";
import { Thread } from "./thread";
import { useRoom } from "./use-room";
import { useNewerGuard } from "./newer";

interface Props {
  ticket: Ticket;
  /** The ticket and its newest messages, as they were when it was opened. */
  view: TicketView;
  placeholder?: string;
  /** Whether to stop a reply that was begun before somebody else wrote. */
  guarded?: boolean;
  fieldRef: RefObject<HTMLTextAreaElement | null>;
  before?: ReactNode;
}

/** The conversation of a ticket: what was said, who is there, and the field to write in. */
export function Chat({ ticket, view: opened, placeholder, guarded = false, fieldRef, before }: Props) {
  const [room, view] = useRoom(ticket.id, opened);
  const guard = useNewerGuard(room, guarded);
  const giveFeedback = (message: Message, feedback: Message["feedback"]) => {
    room.setFeedback(message.id, feedback);
    const path = { ticket_id: ticket.id, message_id: message.id };
    take(api.PATCH("/tickets/{ticket_id}/messages/{message_id}", { params: { path }, body: { feedback } })).catch((error: unknown) => {
      room.setFeedback(message.id, message.feedback);
      complain(error);
    });
  };
  return (
    <section aria-label={text.ticket.conversation} className="chat">
      {before}
      <ConnectionBanner room={room} view={view} />
      <Thread lastRead={opened.last_read_seq} onFeedback={giveFeedback} room={room} ticketId={ticket.id} view={view} />
      <Company view={view} />
      {ticket.status === "closed" ? (
        <div className="composer">
          <Notice icon="check">{text.chat.closed}</Notice>
        </div>
      ) : (
        <Composer
          fieldRef={fieldRef}
          draftKey={ticket.id}
          maySend={guard.maySend}
          onChange={guard.onChange}
          onSend={(content) => room.send(content)}
          onType={() => room.type()}
          placeholder={placeholder ?? (ticket.status === "resolved" ? text.chat.resolved : text.chat.placeholder)}
          warning={guard.warning}
        />
      )}
    </section>
  );
}

import { useEffect, useState, useSyncExternalStore } from "react";

import { api, take } from "../api/client";
import { keys } from "../api/keys";
import type { TicketView } from "../api/types";
import { session } from "../api/session";
import { store } from "../api/store";
import { keepTicket } from "../api/tickets";
import { text } from "../text";
import { ChatRoom } from "./room";

const PAGE = 50;

function openRoom(id: string, view: TicketView) {
  const address = new URL(`/ws/chat/${id}`, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  return new ChatRoom(
    {
      me: session.user?.id ?? "",
      newId: () => crypto.randomUUID(),
      unconfirmed: text.chat.noAnswer,
      older: (seq) =>
        take(
          api.GET("/tickets/{ticket_id}/messages", {
            params: { path: { ticket_id: id }, query: { before_seq: String(seq), limit: String(PAGE) } },
          }),
        ),
      onTicket: keepTicket,
      socket: {
        ticket: async () => (await take(api.POST("/auth/ws-ticket"))).ticket,
        open: (ticket) => {
          address.search = new URLSearchParams({ ticket }).toString();
          return new WebSocket(address);
        },
      },
    },
    view.messages,
    view.has_more,
    view.read_by,
  );
}

/** The chat of a ticket while it is on the page. What is said in it is kept for when the ticket is opened again. */
export function useRoom(id: string, view: TicketView) {
  // The view of the first moment: from then on the room knows more than any later answer.
  const [room] = useState(() => openRoom(id, view));
  useEffect(() => {
    room.open();
    const better = () => room.nudge();
    const looked = () => document.visibilityState === "visible" && room.nudge();
    const keep = room.subscribe(() => {
      const { messages, hasOlder } = room.view().conversation;
      store.setQueryData<TicketView>(keys.ticket(id), (kept) =>
        kept && kept.messages !== messages ? { ...kept, messages: messages as TicketView["messages"], has_more: hasOlder } : kept,
      );
    });
    window.addEventListener("online", better);
    window.addEventListener("offline", better);
    document.addEventListener("visibilitychange", looked);
    return () => {
      window.removeEventListener("online", better);
      window.removeEventListener("offline", better);
      document.removeEventListener("visibilitychange", looked);
      keep();
      room.close();
    };
  }, [id, room]);
  return [room, useSyncExternalStore(room.subscribe, room.view)] as const;
}

import { queryOptions, type InfiniteData } from "@tanstack/react-query";

import { api, take } from "./client";
import { keys } from "./keys";
import type { Processing, ResolveRequest, Ticket, TicketItem, TicketList, TicketView } from "./types";
import { store } from "./store";

export type TicketFilter = NonNullable<Parameters<typeof listTickets>[0]>;

export function listTickets(query: {
  user_id?: string;
  status?: string;
  department?: string;
  q?: string;
  page?: string;
  limit?: string;
  cursor?: string;
}) {
  return take(api.GET("/tickets", { params: { query } })) as Promise<TicketList>;
}

/** Whether a ticket is still on its way through the pipeline. */
export function isProcessing(found: TicketView | Processing): found is Processing {
  return !("ticket" in found);
}

export function ticketQuery(id: string) {
  return queryOptions({
    queryKey: keys.ticket(id),
    queryFn: () => take<TicketView | Processing>(api.GET("/tickets/{ticket_id}", { params: { path: { ticket_id: id } } })),
    refetchInterval: ({ state }) => (state.data && isProcessing(state.data) ? 1_000 : false),
  });
}

/** Gets a ticket that will probably be opened. */
export function prefetchTicket(id: string) {
  // Whoever opens it sees what went wrong.
  store.query(ticketQuery(id)).catch(() => undefined);
}

/** Every ticket that some list has. */
export function knownTickets(): TicketItem[] {
  const lists = store.getQueriesData<TicketList | InfiniteData<TicketList>>({ queryKey: keys.tickets });
  const pages = lists.flatMap(([, list]) => (list ? ("pages" in list ? list.pages : [list]) : []));
  return [...new Map(pages.flatMap(({ items }) => items).map((item) => [item.id, item])).values()];
}

/** A ticket as some list has it, to show while the whole is on its way. */
export function ticketInLists(id: string): Ticket | undefined {
  return knownTickets().find((item) => item.id === id);
}

/** Puts a ticket as it is now everywhere that shows it. */
export function keepTicket(ticket: Ticket) {
  store.setQueryData<TicketView>(keys.ticket(ticket.id), (kept) => kept && "ticket" in kept ? { ...kept, ticket } : kept);
  changeInLists(ticket.id, (item) => ({ ...item, ...ticket }));
  void store.invalidateQueries({ queryKey: keys.steps(ticket.id) });
}

/** A ticket has no unread message any more. */
export function keepRead(id: string) {
  changeInLists(id, (item) => (item.unread === 0 ? item : { ...item, unread: 0 }));
}

function changeInLists(id: string, change: (item: TicketItem) => TicketItem) {
  const changed = (list: TicketList): TicketList =>
    list.items.some((item) => item.id === id)
      ? { ...list, items: list.items.map((item) => (item.id === id ? change(item) : item)) }
      : list;
  store.setQueriesData<TicketList | InfiniteData<TicketList>>({ queryKey: keys.tickets }, (list) => {
    if (!list) {
      return list;
    }
    return "pages" in list ? { ...list, pages: list.pages.map(changed) } : changed(list);
  });
}

type Step = "resolve" | "close" | "reopen" | "release";

/** Asks for a change of a ticket; none when it is accepted and not done yet. */
export async function changeTicket(id: string, step: Step, body: ResolveRequest = { feedback: null, rating: null }) {
  const path = { ticket_id: id };
  return taken(
    step === "resolve"
      ? await take(api.POST("/tickets/{ticket_id}/resolve", { params: { path }, body }))
      : await take(api.POST(`/tickets/{ticket_id}/${step}`, { params: { path }, body: {} })),
  );
}

/** Gives a ticket to a department or an agent. */
export async function assignTicket(id: string, body: { department?: "IT" | "HR"; assignee_id?: string; reason?: string }) {
  return taken(await take(api.POST("/tickets/{ticket_id}/assign", { params: { path: { ticket_id: id } }, body })));
}

function taken(answer: Ticket | Processing) {
  if ("id" in answer) {
    keepTicket(answer);
    // The long list of a queue is not asked for page by page again: its head is, and tells what changed.
    void store.invalidateQueries({ queryKey: keys.tickets, predicate: ({ queryKey }) => queryKey[1] !== "queue" });
    return answer;
  }
  return undefined;
}

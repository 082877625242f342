import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { keys } from "../../api/keys";
import { listTickets } from "../../api/tickets";
import type { TicketItem } from "../../api/types";
import type { AgentSearch } from "../../app/search";

const PAGE = "100";
const HEAD = 50;
const LOOK_EVERY = 5_000;

/** The tickets of a queue, newest first: page after page as far as one scrolls, with what is new at its head. */
export function useQueue({ status = "assigned", department }: AgentSearch) {
  const filter = { ...(status !== "all" && { status }), ...(department && { department }) };
  const list = useInfiniteQuery({
    queryKey: keys.queue(filter),
    queryFn: ({ pageParam }) => listTickets({ ...filter, limit: PAGE, ...(pageParam && { cursor: pageParam }) }),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor }) => next_cursor,
    staleTime: Infinity,
    // Pages that are there stay as they are: comparing thousands of tickets would only cost time.
    structuralSharing: false,
    refetchOnWindowFocus: false,
  });
  const head = useQuery({
    queryKey: keys.queueHead(filter),
    queryFn: () => listTickets({ ...filter, limit: String(HEAD) }),
    refetchInterval: LOOK_EVERY,
  });
  const pages = list.data?.pages;
  const items = useMemo(() => {
    const all = merge(pages?.flatMap((page) => page.items) ?? [], head.data?.items);
    return status === "all" ? all : all.filter((item) => item.status === status);
  }, [pages, head.data, status]);
  const counted = head.data ?? pages?.[0];
  return { list, items, total: counted?.total ?? items.length, capped: counted?.total_capped ?? false };
}

/** What was loaded, with the newest as they are now. Where the head reaches, what it no longer has is gone. */
function merge(loaded: readonly TicketItem[], head: readonly TicketItem[] | undefined) {
  if (!head) {
    return loaded;
  }
  const fresh = new Set(head.map(({ id }) => id));
  const reach = head.length < HEAD ? "" : (head.at(-1)?.id ?? "");
  // Ids sort by the time of creation.
  return [...head, ...loaded.filter(({ id }) => !fresh.has(id) && id < reach)];
}

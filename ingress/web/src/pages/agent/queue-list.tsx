import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useRef } from "react";

import { usePersonName } from "../../api/people";
import { prefetchTicket } from "../../api/tickets";
import type { TicketItem } from "../../api/types";
import type { AgentSearch } from "../../app/search";
import { text } from "../../text";
import { Badge } from "../../ui/parts";
import { StatusBadge, Urgency } from "../../ui/ticket-marks";
import { Ago } from "../../ui/time";

const ROW = 66;

interface Props {
  items: readonly TicketItem[];
  open: string | undefined;
  search: AgentSearch;
  hasMore: boolean;
  onEnd: () => void;
}

/** The rows that are in sight, of however many. */
export function QueueList({ items, open, search, hasMore, onEnd }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 8,
    getItemKey: (index) => items[index]?.id ?? index,
  });
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= items.length - 20) {
      onEnd();
    }
  }, [hasMore, last, items.length, onEnd]);

  const at = items.findIndex(({ id }) => id === open);
  useEffect(() => {
    if (at >= 0) {
      rows.scrollToIndex(at, { align: "auto" });
    }
    // The neighbours are probably next.
    [items[at - 1], items[at + 1]].forEach((item) => item && at >= 0 && prefetchTicket(item.id));
    // eslint-disable-next-line react-hooks/exhaustive-deps -- when another ticket is opened, and not when the list changes
  }, [open]);

  return (
    <div className="queue-scroll" ref={scroller}>
      <ul className="queue-list" style={{ height: rows.getTotalSize() }}>
        {shown.map(({ index, key, start }) => {
          const item = items[index];
          return item ? (
            <li aria-posinset={index + 1} aria-setsize={items.length} key={key} style={{ transform: `translateY(${String(start)}px)` }}>
              <Row isOpen={item.id === open} item={item} search={search} />
            </li>
          ) : null;
        })}
      </ul>
    </div>
  );
}

const Row = memo(function Row({ item, isOpen, search }: { item: TicketItem; isOpen: boolean; search: AgentSearch }) {
  const requester = usePersonName(item.user_id, "user");
  const warm = () => prefetchTicket(item.id);
  return (
    <Link
      aria-current={isOpen ? "true" : undefined}
      className={`queue-row ${item.unread > 0 ? "unread" : ""}`}
      onFocus={warm}
      onPointerEnter={warm}
      params={{ ticketId: item.id }}
      preload={false}
      search={search}
      to="/app/queue/$ticketId"
    >
      <span className="queue-row-top">
        <Urgency bare level={item.urgency} />
        <span className="cut queue-title">{item.title}</span>
        {item.unread > 0 ? (
          <span aria-label={text.tickets.unread(item.unread)} className="count">
            {item.unread}
          </span>
        ) : null}
      </span>
      <span className="queue-row-foot soft small">
        <span className="cut">{requester}</span>
        {search.status === undefined || search.status === "assigned" ? null : <StatusBadge ticket={item} />}
        {item.department && search.department === undefined ? <Badge>{item.department}</Badge> : null}
        <span className="push">
          <Ago at={item.updated_at} />
        </span>
      </span>
    </Link>
  );
});

import { useNavigate, useRouter } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useCallback, useEffect, useRef, type MouseEvent } from "react";

import { usePersonName } from "../../api/people";
import { session } from "../../api/session";
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
  const navigate = useNavigate();
  const router = useRouter();
  const goTo = useCallback(
    (ticketId: string) => void navigate({ to: "/app/queue/$ticketId", params: { ticketId }, search }),
    [navigate, search],
  );
  // The same for every row: a router's link in each would cost more than all the rest of them.
  const query = router.buildLocation({ to: "/app/queue", search }).searchStr;
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 6,
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
              <Row href={`/app/queue/${item.id}${query}`} isOpen={item.id === open} item={item} onOpen={goTo} search={search} />
            </li>
          ) : null;
        })}
      </ul>
    </div>
  );
}

interface RowProps {
  item: TicketItem;
  isOpen: boolean;
  search: AgentSearch;
  href: string;
  onOpen: (id: string) => void;
}

/** Whether a click is to open another tab or window. */
function isElsewhere({ ctrlKey, metaKey, shiftKey, altKey }: MouseEvent) {
  return ctrlKey || metaKey || shiftKey || altKey;
}

const Row = memo(function Row({ item, isOpen, search, href, onOpen }: RowProps) {
  // An agent sees one department alone.
  const showDepartment = session.user?.role === "admin" && search.department === undefined;
  const requester = usePersonName(item.user_id, "user");
  const warm = () => prefetchTicket(item.id);
  return (
    <a
      aria-current={isOpen ? "true" : undefined}
      className={`queue-row ${item.unread > 0 ? "unread" : ""}`}
      href={href}
      onClick={(event) => {
        if (!isElsewhere(event)) {
          event.preventDefault();
          onOpen(item.id);
        }
      }}
      onFocus={warm}
      onPointerEnter={warm}
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
        {item.department && showDepartment ? <Badge>{item.department}</Badge> : null}
        <span className="push">
          <Ago at={item.updated_at} />
        </span>
      </span>
    </a>
  );
});

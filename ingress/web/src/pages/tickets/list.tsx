import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";

import { keys } from "../../api/keys";
import { listTickets, prefetchTicket } from "../../api/tickets";
import type { TicketItem } from "../../api/types";
import { DEPARTMENTS, STATUSES, type Department, type TicketSearch } from "../../app/search";
import { useTitle } from "../../app/title";
import { useUser } from "../../app/user";
import { text } from "../../text";
import { Button } from "../../ui/button";
import { SearchField } from "../../ui/field";
import { Icon } from "../../ui/icon";
import { Empty, Failed, SkeletonRows } from "../../ui/parts";
import { StatusBadge, Urgency } from "../../ui/ticket-marks";
import { Ago } from "../../ui/time";
import "./list.css";

const LIMIT = 20;
const LOOK_EVERY = 15_000;
/** So long after the last letter a search begins. */
const PAUSE = 250;

/** A ticket will be opened: what shows it is got while there is time. */
function loadTicketPage() {
  void import("./ticket");
  void import("../../ui/markdown");
}

export function TicketListPage() {
  const search = useSearch({ from: "/app/tickets" });
  const navigate = useNavigate({ from: "/app/tickets" });
  const user = useUser();
  const page = search.page ?? 1;
  const filter = {
    // Staff see others' tickets as well; these are their own.
    ...(user && user.role !== "user" && { user_id: user.id }),
    ...(search.status && { status: search.status }),
    ...(search.department && { department: search.department }),
    ...(search.q && { q: search.q }),
    page: String(page),
    limit: String(LIMIT),
  };
  const list = useQuery({
    queryKey: keys.ticketList(filter),
    queryFn: () => listTickets(filter),
    placeholderData: keepPreviousData,
    refetchInterval: LOOK_EVERY,
  });
  const unread = list.data?.items.filter((item) => item.unread > 0).length ?? 0;
  useTitle(text.tickets.title, unread);
  useEffect(loadTicketPage, []);
  const filtered = Boolean(search.status ?? search.department ?? search.q);
  const change = (changed: TicketSearch) => void navigate({ search: (before) => ({ ...before, page: undefined, ...changed }), replace: true });

  return (
    <div className="page">
      <div className="page-head">
        <h1>{text.tickets.title}</h1>
        {list.data && list.data.total > 0 ? (
          <span className="soft">{text.tickets.count(list.data.total, list.data.total_capped)}</span>
        ) : null}
      </div>
      <div className="list-bar">
        <nav aria-label={text.ticket.status} className="tabs">
          {[undefined, ...STATUSES].map((status) => (
            <Link
              aria-current={search.status === status ? "page" : undefined}
              className="tab"
              from="/app/tickets"
              key={status ?? "all"}
              search={(before) => ({ ...before, status, page: undefined })}
              to="."
            >
              {status ? text.tickets.status[status] : text.tickets.all}
            </Link>
          ))}
        </nav>
        <div className="list-filters">
          <SearchWords onSearch={(q) => change({ q })} words={search.q ?? ""} />
          <select
            aria-label={text.tickets.department}
            className="input"
            onChange={({ target }) => change({ department: (target.value || undefined) as Department | undefined })}
            value={search.department ?? ""}
          >
            <option value="">{text.tickets.anyDepartment}</option>
            {DEPARTMENTS.map((department) => (
              <option key={department}>{department}</option>
            ))}
          </select>
        </div>
      </div>
      {list.isPending ? (
        <div className="card">
          <SkeletonRows />
        </div>
      ) : list.isError ? (
        <Failed error={list.error} retry={list.refetch} />
      ) : list.data.items.length ? (
        <>
          <ul className={`card ticket-list ${list.isPlaceholderData ? "stale" : ""}`}>
            {list.data.items.map((item) => (
              <Row item={item} key={item.id} />
            ))}
          </ul>
          <Pages limit={LIMIT} page={page} total={list.data.total} capped={list.data.total_capped} />
        </>
      ) : (
        <Nothing filtered={filtered} />
      )}
    </div>
  );
}

function Row({ item }: { item: TicketItem }) {
  const warm = () => prefetchTicket(item.id);
  return (
    <li>
      <Link
        className={`ticket-row ${item.unread > 0 ? "unread" : ""}`}
        onFocus={warm}
        onPointerEnter={warm}
        params={{ ticketId: item.id }}
        to="/app/tickets/$ticketId"
      >
        <span className="ticket-row-title">
          <Urgency bare level={item.urgency} />
          <span className="cut">{item.title}</span>
          {item.unread > 0 ? (
            <span aria-label={text.tickets.unread(item.unread)} className="count" title={text.tickets.unread(item.unread)}>
              {item.unread}
            </span>
          ) : null}
        </span>
        <span className="ticket-row-facts">
          {item.department ? <span className="soft small">{item.department}</span> : null}
          <StatusBadge ticket={item} />
          <span className="soft small ticket-row-time">
            <Ago at={item.updated_at} />
          </span>
        </span>
      </Link>
    </li>
  );
}

function SearchWords({ words, onSearch }: { words: string; onSearch: (words: string | undefined) => void }) {
  const [typed, setTyped] = useState(words);
  const [told, setTold] = useState(words);
  if (told !== words) {
    setTold(words);
    setTyped(words);
  }
  useEffect(() => {
    if (typed === words) {
      return undefined;
    }
    const timer = window.setTimeout(() => onSearch(typed || undefined), PAUSE);
    return () => window.clearTimeout(timer);
  });
  return <SearchField label={text.tickets.search} maxLength={200} onChange={({ target }) => setTyped(target.value)} value={typed} />;
}

function Pages({ page, limit, total, capped }: { page: number; limit: number; total: number; capped: boolean }) {
  const pages = Math.max(1, Math.ceil(total / limit));
  if (pages === 1 && page === 1) {
    return null;
  }
  const to = (number: number) => (before: TicketSearch) => ({ ...before, page: number > 1 ? number : undefined });
  return (
    <nav aria-label={text.tickets.pages} className="pages">
      <Link className="button" disabled={page <= 1} from="/app/tickets" search={to(page - 1)} to=".">
        {text.common.previous}
      </Link>
      <span className="soft">{text.common.page(page, pages, capped)}</span>
      <Link className="button" disabled={page >= pages} from="/app/tickets" search={to(page + 1)} to=".">
        {text.common.next}
      </Link>
    </nav>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  const navigate = useNavigate({ from: "/app/tickets" });
  return filtered ? (
    <Empty
      action={<Button onClick={() => void navigate({ search: {}, replace: true })}>{text.tickets.clear}</Button>}
      icon="search"
      title={text.tickets.noMatchTitle}
    >
      {text.tickets.noMatchText}
    </Empty>
  ) : (
    <Empty
      action={
        <Link className="button button-primary" to="/app/tickets/new">
          <Icon name="plus" />
          {text.nav.newTicket}
        </Link>
      }
      icon="ticket"
      title={text.tickets.emptyTitle}
    >
      {text.tickets.emptyText}
    </Empty>
  );
}

import { Link, Outlet, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";

import { DEPARTMENTS, STATUSES, type Department } from "../../app/search";
import { useTitle } from "../../app/title";
import { useUser } from "../../app/user";
import { text } from "../../text";
import { IconButton } from "../../ui/button";
import { useKeys } from "../../ui/keys";
import { Empty, Failed, SkeletonRows } from "../../ui/parts";
import { NoticesSwitch, useDeskNotices } from "./desk-notices";
import { QueueList } from "./queue-list";
import { Shortcuts } from "./shortcuts";
import { useQueue } from "./use-queue";
import "./agent.css";

/** A ticket will be opened: what shows it is got while there is time. */
function loadTicketPage() {
  void import("./desk");
  void import("../../ui/markdown");
}

const TABS = ["assigned", "open", "resolved", "closed", "all"] as const satisfies readonly ((typeof STATUSES)[number] | "all")[];

export function QueuePage() {
  const search = useSearch({ from: "/app/queue" });
  const { ticketId } = useParams({ strict: false });
  const navigate = useNavigate();
  const user = useUser();
  const { list, items, total, capped } = useQueue(search);
  const [help, setHelp] = useState(false);
  useDeskNotices(items);
  useEffect(loadTicketPage, []);
  const { fetchNextPage } = list;
  const more = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const waiting = items.filter(({ unread }) => unread > 0).length;
  const title = user?.department ? text.agent.queueOf(user.department) : text.agent.everyQueue;
  useTitle(title, waiting);

  const step = (by: 1 | -1) => {
    const here = items.findIndex(({ id }) => id === ticketId);
    const next = items[here < 0 ? 0 : here + by];
    if (next) {
      void navigate({ to: "/app/queue/$ticketId", params: { ticketId: next.id }, search });
    }
  };
  useKeys({ j: () => step(1), k: () => step(-1), "?": () => setHelp(true) });

  return (
    <div className={`fill agent ${ticketId ? "agent-open" : ""}`}>
      <section aria-label={title} className="queue">
        <header className="queue-head">
          {ticketId ? <h2 className="queue-title-of">{title}</h2> : <h1 className="queue-title-of">{title}</h1>}
          <span className="soft small">{list.data ? text.tickets.count(total, capped) : ""}</span>
          <span className="push row queue-tools">
            <NoticesSwitch />
            <IconButton icon="keyboard" label={`${text.nav.shortcuts} (?)`} onClick={() => setHelp(true)} />
          </span>
        </header>
        <div className="queue-filters">
          <nav aria-label={text.ticket.status} className="tabs">
            {TABS.map((status) => (
              <Link
                aria-current={(search.status ?? "assigned") === status ? "page" : undefined}
                className="tab"
                key={status}
                search={{ ...search, status: status === "assigned" ? undefined : status }}
                to="/app/queue"
              >
                {status === "all" ? text.tickets.all : text.tickets.status[status]}
              </Link>
            ))}
          </nav>
          {user?.role === "admin" ? (
            <select
              aria-label={text.tickets.department}
              className="input"
              onChange={({ target }) =>
                void navigate({
                  to: "/app/queue",
                  search: { ...search, department: (target.value || undefined) as Department | undefined },
                })
              }
              value={search.department ?? ""}
            >
              <option value="">{text.tickets.anyDepartment}</option>
              {DEPARTMENTS.map((department) => (
                <option key={department}>{department}</option>
              ))}
            </select>
          ) : null}
        </div>
        {list.isPending ? (
          <SkeletonRows />
        ) : list.isError && !list.data ? (
          <Failed error={list.error} retry={list.refetch} />
        ) : items.length > 0 ? (
          <QueueList
            hasMore={list.hasNextPage && !list.isFetchingNextPage}
            items={items}
            onEnd={more}
            open={ticketId}
            search={search}
          />
        ) : (
          <Empty icon="inbox" title={text.agent.empty}>
            {text.agent.emptyText}
          </Empty>
        )}
      </section>
      {ticketId ? (
        <Outlet />
      ) : (
        <div className="agent-nothing">
          <Empty icon="inbox" title={text.agent.choose}>
            {text.agent.chooseText}
          </Empty>
        </div>
      )}
      {help ? <Shortcuts onClose={() => setHelp(false)} /> : null}
    </div>
  );
}

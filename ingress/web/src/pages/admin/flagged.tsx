import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { PersonName } from "../../api/people";
import { changeTicket, listTickets } from "../../api/tickets";
import type { Ticket } from "../../api/types";
import { useTitle } from "../../app/title";
import { text } from "../../text";
import { Button } from "../../ui/button";
import { More } from "../../ui/more";
import { Badge, Empty, Failed, Notice, Skeleton, SkeletonRows } from "../../ui/parts";
import { Prose } from "../../ui/prose";
import { Urgency } from "../../ui/ticket-marks";
import { Ago } from "../../ui/time";
import { complain, say } from "../../ui/toasts";
import "./admin.css";

const LOOK_EVERY = 10_000;

export function FlaggedPage() {
  const { ticket: wanted } = useSearch({ from: "/app/admin/flagged" });
  const list = useInfiniteQuery({
    queryKey: keys.queue({ status: "open", flagged: true }),
    queryFn: ({ pageParam }) => listTickets({ status: "open", limit: "100", ...(pageParam && { cursor: pageParam }) }),
    initialPageParam: "",
    getNextPageParam: ({ next_cursor }) => next_cursor,
    refetchInterval: LOOK_EVERY,
  });
  const held = list.data?.pages.flatMap(({ items }) => items).filter((item) => item.misuse_flag && item.status === "open") ?? [];
  useTitle(text.admin.flagged, held.length);
  return (
    <div className="page page-narrow">
      <div className="page-head">
        <h1>{text.admin.flagged}</h1>
        <p>{text.admin.flaggedLead}</p>
      </div>
      {list.isPending ? (
        <div className="card">
          <SkeletonRows />
        </div>
      ) : list.isError && !list.data ? (
        <Failed error={list.error} retry={list.refetch} />
      ) : held.length > 0 ? (
        <ul className="stack">
          {held.map((ticket) => (
            <Held key={ticket.id} ticket={ticket} wanted={ticket.id === wanted} />
          ))}
        </ul>
      ) : (
        <Empty icon="flag" title={text.admin.flaggedEmpty}>
          {text.admin.flaggedEmptyText}
        </Empty>
      )}
      <More list={list} />
    </div>
  );
}

function Held({ ticket, wanted }: { ticket: Ticket; wanted: boolean }) {
  const element = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (wanted) {
      element.current?.scrollIntoView({ block: "center" });
    }
  }, [wanted]);
  const decide = useMutation({
    mutationFn: (step: "release" | "close") => changeTicket(ticket.id, step),
    onSuccess: (changed, step) => say(changed ? (step === "release" ? text.admin.released : text.agent.closed) : text.common.underWay),
    onError: complain,
  });
  return (
    <li className={`card card-body stack held ${wanted ? "held-wanted" : ""}`} ref={element}>
      <div className="row">
        <h2>
          <Link params={{ ticketId: ticket.id }} search={{ status: "open" }} to="/app/queue/$ticketId">
            {ticket.title}
          </Link>
        </h2>
        <Urgency level={ticket.urgency} />
        <span className="soft small push">
          <PersonName id={ticket.user_id} as="user" />, <Ago at={ticket.created_at} />
        </span>
      </div>
      <Prose>{ticket.description}</Prose>
      <VerdictOf id={ticket.id} />
      <div className="row">
        <Button
          busy={decide.isPending && decide.variables === "release"}
          icon="check"
          look="primary"
          onClick={() => decide.mutate("release")}
          title={text.admin.releaseText}
        >
          {text.admin.release}
        </Button>
        <Button busy={decide.isPending && decide.variables === "close"} onClick={() => decide.mutate("close")}>
          {text.admin.keep}
        </Button>
      </div>
    </li>
  );
}

/** Why the screening held a ticket. */
function VerdictOf({ id }: { id: string }) {
  const { data, isError } = useQuery({
    queryKey: keys.verdict(id),
    queryFn: () => take(api.GET("/tickets/{ticket_id}/verdict", { params: { path: { ticket_id: id } } })),
    staleTime: 60_000,
  });
  if (isError) {
    return <p className="soft small">{text.admin.noVerdict}</p>;
  }
  return data ? (
    <Notice icon="flag" tone="amber">
      <span className="row">
        <strong>{text.admin.verdict}</strong>
        <Badge tone="amber">{data.category}</Badge>
      </span>
      <p>{data.reason}</p>
      <p className="small">
        {text.admin.model} {data.model}
        {data.fallback ? `. ${text.admin.fallback}: ${data.fallback}` : ""}
      </p>
    </Notice>
  ) : (
    <Skeleton width="60%" />
  );
}

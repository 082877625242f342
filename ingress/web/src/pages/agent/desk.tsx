import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { useRef, useState } from "react";

import { isProcessing, ticketInLists, ticketQuery } from "../../api/tickets";
import type { Ticket, TicketView } from "../../api/types";
import { Chat } from "../../chat/chat";
import { text } from "../../text";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icon";
import { useKeys } from "../../ui/keys";
import { Failed, Pane, SkeletonRows } from "../../ui/parts";
import { StatusBadge } from "../../ui/ticket-marks";
import { OpeningMessage } from "../tickets/details";
import "../tickets/ticket.css";
import { AssignDialog } from "./assign";
import { CloseDialog } from "./close";
import { Context } from "./context";
import { useAgentSteps } from "./use-agent-steps";

/** A ticket of the queue: its conversation, and what an agent should know of it. */
export function QueuedTicket() {
  const { ticketId } = useParams({ from: "/app/queue/$ticketId" });
  return <OneTicket id={ticketId} key={ticketId} />;
}

function OneTicket({ id }: { id: string }) {
  const found = useQuery(ticketQuery(id));
  const view = found.data && !isProcessing(found.data) ? found.data : undefined;
  const ticket = view?.ticket ?? ticketInLists(id);
  if (found.isError && !view) {
    return (
      <div className="desk">
        <Failed error={found.error} retry={found.refetch} />
      </div>
    );
  }
  return ticket ? (
    <Desk ticket={ticket} view={view} />
  ) : (
    <div className="desk">
      <SkeletonRows rows={4} />
    </div>
  );
}

type Open = "assign" | "close" | "context" | undefined;

function Desk({ ticket, view }: { ticket: Ticket; view: TicketView | undefined }) {
  const search = useSearch({ from: "/app/queue" });
  const fieldRef = useRef<HTMLTextAreaElement>(null);
  const [open, setOpen] = useState<Open>();
  const { resolve, reopen } = useAgentSteps(ticket);
  const active = ticket.status === "open" || ticket.status === "assigned";
  const assignable = active && !ticket.misuse_flag;
  useKeys({
    r: () => fieldRef.current?.focus(),
    e: () => active && resolve.mutate(),
    a: () => assignable && setOpen("assign"),
  });
  const close = () => setOpen(undefined);
  return (
    <>
      <section aria-label={ticket.title} className="desk">
        <header className="ticket-head">
          <Link
            aria-label={text.agent.queue}
            className="button button-quiet button-icon agent-back"
            search={search}
            title={text.agent.queue}
            to="/app/queue"
          >
            <Icon name="back" size={18} />
          </Link>
          <h1 className="ticket-title">{ticket.title}</h1>
          <StatusBadge ticket={ticket} />
          <div className="ticket-actions">
            <Button className="context-button" onClick={() => setOpen("context")}>
              {text.agent.context}
            </Button>
            {assignable ? <Button onClick={() => setOpen("assign")}>{text.agent.assign}</Button> : null}
            {active ? (
              <Button busy={resolve.isPending} icon="check" onClick={() => resolve.mutate()}>
                {text.agent.resolve}
              </Button>
            ) : (
              <Button busy={reopen.isPending} icon="retry" onClick={() => reopen.mutate()}>
                {text.agent.reopen}
              </Button>
            )}
            {ticket.status === "closed" ? null : <Button onClick={() => setOpen("close")}>{text.agent.close}</Button>}
          </div>
        </header>
        {view ? (
          <Chat before={<OpeningMessage ticket={ticket} />} fieldRef={fieldRef} guarded ticket={ticket} view={view} />
        ) : (
          <div className="chat">
            <OpeningMessage ticket={ticket} />
            <SkeletonRows rows={3} />
          </div>
        )}
      </section>
      <Pane className="context" label={text.agent.context}>
        <Context ticket={ticket} />
      </Pane>
      {open === "context" ? (
        <Dialog onClose={close} title={text.agent.context}>
          <Context ticket={ticket} />
        </Dialog>
      ) : null}
      {open === "assign" ? <AssignDialog onClose={close} ticket={ticket} /> : null}
      {open === "close" ? <CloseDialog onClose={close} ticket={ticket} /> : null}
    </>
  );
}

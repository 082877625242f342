import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useRef, useState } from "react";

import { ApiProblem } from "../../api/problem";
import { isProcessing, ticketInLists, ticketQuery } from "../../api/tickets";
import type { Ticket, TicketView } from "../../api/types";
import { useTitle } from "../../app/title";
import { Chat } from "../../chat/chat";
import { text } from "../../text";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Icon } from "../../ui/icon";
import { Empty, Failed, Pane, SkeletonRows } from "../../ui/parts";
import { StatusBadge } from "../../ui/ticket-marks";
import { Details, OpeningMessage } from "./details";
import { OnItsWay } from "./on-its-way";
import { ResolveDialog } from "./resolve";
import "./ticket.css";

export function TicketPage() {
  const { ticketId } = useParams({ from: "/app/tickets/$ticketId" });
  // Another ticket is another page: nothing of the one before stays.
  return <OneTicket id={ticketId} key={ticketId} />;
}

function OneTicket({ id }: { id: string }) {
  const found = useQuery(ticketQuery(id));
  const view = found.data && !isProcessing(found.data) ? found.data : undefined;
  const ticket = view?.ticket ?? ticketInLists(id);
  useTitle(ticket?.title ?? text.tickets.title);
  if (found.data && isProcessing(found.data)) {
    return <OnItsWay id={id} />;
  }
  if (found.isError && !view) {
    return found.error instanceof ApiProblem && found.error.status === 404 ? <Absent /> : <Failed error={found.error} retry={found.refetch} />;
  }
  if (!ticket) {
    return (
      <div className="page">
        <SkeletonRows />
      </div>
    );
  }
  return <Opened ticket={ticket} view={view} />;
}

function Opened({ ticket, view }: { ticket: Ticket; view: TicketView | undefined }) {
  const [dialog, setDialog] = useState<"details" | "resolve">();
  const fieldRef = useRef<HTMLTextAreaElement>(null);
  const close = () => setDialog(undefined);
  return (
    <div className="fill ticket">
      <header className="ticket-head">
        <Link aria-label={text.ticket.toList} className="button button-quiet button-icon" title={text.ticket.toList} to="/app/tickets">
          <Icon name="back" size={18} />
        </Link>
        <h1 className="ticket-title">{ticket.title}</h1>
        <StatusBadge ticket={ticket} />
        <div className="ticket-actions">
          <Button className="narrow-only" onClick={() => setDialog("details")}>
            {text.ticket.details}
          </Button>
          {ticket.status === "open" || ticket.status === "assigned" ? (
            <Button icon="check" onClick={() => setDialog("resolve")}>
              {text.resolve.action}
            </Button>
          ) : ticket.status === "resolved" ? (
            <Button icon="retry" onClick={() => fieldRef.current?.focus()} title={text.resolve.reopenText}>
              {text.resolve.reopen}
            </Button>
          ) : null}
        </div>
      </header>
      <div className="ticket-body">
        {view ? (
          <Chat before={<OpeningMessage ticket={ticket} />} fieldRef={fieldRef} ticket={ticket} view={view} />
        ) : (
          <div className="chat">
            <OpeningMessage ticket={ticket} />
            <SkeletonRows rows={3} />
          </div>
        )}
        <Pane className="ticket-details wide-only" label={text.ticket.details}>
          <Details ticket={ticket} />
        </Pane>
      </div>
      {dialog === "details" ? (
        <Dialog onClose={close} title={text.ticket.details}>
          <Details ticket={ticket} />
        </Dialog>
      ) : null}
      {dialog === "resolve" ? <ResolveDialog onClose={close} ticket={ticket} /> : null}
    </div>
  );
}

function Absent() {
  return (
    <div className="page">
      <Empty
        action={
          <Link className="button" to="/app/tickets">
            {text.ticket.toList}
          </Link>
        }
        icon="ticket"
        whole
        title={text.ticket.notFound}
      >
        {text.ticket.notFoundText}
      </Empty>
    </div>
  );
}

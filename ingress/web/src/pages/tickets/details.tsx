import { Link } from "@tanstack/react-router";

import { PersonName } from "../../api/people";
import type { Ticket } from "../../api/types";
import { useUser } from "../../app/user";
import { text } from "../../text";
import { Notice } from "../../ui/parts";
import { Prose } from "../../ui/prose";
import { Stars } from "../../ui/stars";
import { StatusBadge, Urgency } from "../../ui/ticket-marks";
import { Moment } from "../../ui/time";
import { Steps } from "./steps";

/** What the requester wrote when the ticket was raised. */
export function OpeningMessage({ ticket }: { ticket: Ticket }) {
  return (
    <details className="opening" open={ticket.description.length < 400}>
      <summary>{text.ticket.description}</summary>
      <div className="opening-text">
        <Prose>{ticket.description}</Prose>
      </div>
      {ticket.misuse_flag && ticket.status === "open" ? <Held ticket={ticket} /> : null}
    </details>
  );
}

/** Says to its requester that a ticket is held, and to an admin where to decide. */
function Held({ ticket }: { ticket: Ticket }) {
  const user = useUser();
  return (
    <Notice icon="flag" tone="amber">
      {user?.id === ticket.user_id ? text.ticket.flaggedText : text.agent.held}{" "}
      {user?.role === "admin" ? (
        <Link search={{ ticket: ticket.id }} to="/app/admin/flagged">
          {text.agent.decide}
        </Link>
      ) : null}
    </Notice>
  );
}

/** The facts of a ticket, as a list of names and values. */
export function Facts({ ticket, requester = false }: { ticket: Ticket; requester?: boolean }) {
  return (
    <dl className="facts">
      <dt>{text.ticket.status}</dt>
      <dd>
        <StatusBadge ticket={ticket} />
      </dd>
      <dt>{text.ticket.urgency}</dt>
      <dd>
        <Urgency level={ticket.urgency} />
      </dd>
      <dt>{text.ticket.department}</dt>
      <dd>{ticket.department ?? text.common.none}</dd>
      {requester ? (
        <>
          <dt>{text.ticket.requester}</dt>
          <dd>
            <PersonName id={ticket.user_id} as="user" />
          </dd>
        </>
      ) : null}
      <dt>{text.ticket.assignee}</dt>
      <dd>{ticket.assignee_id ? <PersonName id={ticket.assignee_id} as="agent" /> : text.ticket.nobody}</dd>
      <dt>{text.ticket.created}</dt>
      <dd>
        <Moment at={ticket.created_at} />
      </dd>
      <dt>{text.ticket.updated}</dt>
      <dd>
        <Moment at={ticket.updated_at} />
      </dd>
      {ticket.resolved_at ? (
        <>
          <dt>{text.ticket.resolvedAt}</dt>
          <dd>
            <Moment at={ticket.resolved_at} />
          </dd>
        </>
      ) : null}
      {ticket.closed_at ? (
        <>
          <dt>{text.ticket.closedAt}</dt>
          <dd>
            <Moment at={ticket.closed_at} />
          </dd>
        </>
      ) : null}
      {ticket.rating ? (
        <>
          <dt>{text.ticket.rating}</dt>
          <dd>
            <Stars value={ticket.rating} />
          </dd>
        </>
      ) : null}
      {ticket.feedback ? (
        <>
          <dt>{text.ticket.feedback}</dt>
          <dd className="plain-text">{ticket.feedback}</dd>
        </>
      ) : null}
    </dl>
  );
}

export function Details({ ticket }: { ticket: Ticket }) {
  return (
    <div className="stack">
      <h2 className="wide-only">{text.ticket.details}</h2>
      <Facts ticket={ticket} />
      <Steps id={ticket.id} />
    </div>
  );
}

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { keys } from "../../api/keys";
import { listTickets } from "../../api/tickets";
import type { Ticket } from "../../api/types";
import { text } from "../../text";
import { StatusBadge } from "../../ui/ticket-marks";
import { Facts } from "../tickets/details";
import { Steps } from "../tickets/steps";

const EARLIER = 6;

/** What an agent should know beside the conversation. */
export function Context({ ticket }: { ticket: Ticket }) {
  return (
    <div className="stack">
      <h2>{text.ticket.details}</h2>
      <Facts requester ticket={ticket} />
      <Steps id={ticket.id} />
      <Earlier ticket={ticket} />
    </div>
  );
}

function Earlier({ ticket }: { ticket: Ticket }) {
  const { data } = useQuery({
    queryKey: keys.earlier(ticket.user_id),
    queryFn: () => listTickets({ user_id: ticket.user_id, limit: String(EARLIER) }),
  });
  const others = data?.items.filter(({ id }) => id !== ticket.id);
  return (
    <section className="stack-small">
      <h2>{text.agent.earlier}</h2>
      {others?.length ? (
        <ul className="earlier">
          {others.map((other) => (
            <li key={other.id}>
              <Link params={{ ticketId: other.id }} search={{ status: "all" }} to="/app/queue/$ticketId">
                {other.title}
              </Link>
              <StatusBadge ticket={other} />
            </li>
          ))}
        </ul>
      ) : (
        <p className="soft">{data ? text.agent.noEarlier : text.common.loading}</p>
      )}
    </section>
  );
}

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { keys } from "../../api/keys";
import { listTickets, prefetchTicket } from "../../api/tickets";
import { useTitle } from "../../app/title";
import { useUser } from "../../app/user";
import { text } from "../../text";
import { StatusBadge } from "../../ui/ticket-marks";
import { Ago } from "../../ui/time";
import { Conversation } from "./conversation";
import { QuestionField } from "./question";
import { useAsking } from "./use-asking";
import "./home.css";

export function HomePage() {
  useTitle(text.nav.home);
  const asking = useAsking();
  const begun = asking.turns.length > 0;
  return (
    <div className={`page page-narrow home ${begun ? "home-begun" : ""}`}>
      {begun ? (
        <Conversation asking={asking} />
      ) : (
        <div className="home-head">
          <h1>{text.ask.title}</h1>
          <p className="soft">{text.ask.lead}</p>
        </div>
      )}
      <QuestionField asking={asking} begun={begun} />
      {begun ? null : (
        <>
          <Examples onAsk={asking.ask} />
          <Recent />
        </>
      )}
    </div>
  );
}

function Examples({ onAsk }: { onAsk: (question: string) => void }) {
  return (
    <section aria-label={text.ask.tryAsking} className="examples">
      <span className="soft small">{text.ask.tryAsking}</span>
      {text.ask.examples.map((question) => (
        <button className="example" key={question} onClick={() => onAsk(question)} type="button">
          {question}
        </button>
      ))}
    </section>
  );
}

function Recent() {
  const user = useUser();
  const filter = { ...(user && user.role !== "user" && { user_id: user.id }), limit: "3" };
  const { data } = useQuery({ queryKey: keys.ticketList(filter), queryFn: () => listTickets(filter) });
  if (!data?.items.length) {
    return null;
  }
  return (
    <section className="stack-gap">
      <div className="row">
        <h2>{text.ask.recent}</h2>
        <Link className="push small" to="/app/tickets">
          {text.ask.allTickets}
        </Link>
      </div>
      <ul className="card recent">
        {data.items.map((item) => (
          <li key={item.id}>
            <Link
              className={item.unread > 0 ? "unread" : ""}
              onFocus={() => prefetchTicket(item.id)}
              onPointerEnter={() => prefetchTicket(item.id)}
              params={{ ticketId: item.id }}
              to="/app/tickets/$ticketId"
            >
              <span className="cut">{item.title}</span>
              <StatusBadge ticket={item} />
              <span className="soft small recent-time">
                <Ago at={item.updated_at} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

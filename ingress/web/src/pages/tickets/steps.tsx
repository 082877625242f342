import { useQuery } from "@tanstack/react-query";

import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { PersonName } from "../../api/people";
import { text } from "../../text";
import { timeOfDay } from "../../text/format";
import "./steps.css";

/** What happened to a ticket so far, also while it is on its way. */
export function useSteps(id: string, every: number | false = false) {
  return useQuery({
    queryKey: keys.steps(id),
    queryFn: () => take(api.GET("/tickets/{ticket_id}/steps", { params: { path: { ticket_id: id } } })),
    refetchInterval: every,
  });
}

export function Steps({ id }: { id: string }) {
  const { data } = useSteps(id);
  if (!data?.items.length) {
    return null;
  }
  return (
    <section className="stack-small">
      <h2>{text.ticket.steps}</h2>
      <ol className="steps">
        {data.items.map(({ step, at, department, assignee_id: assignee }, index) => (
          <li key={`${step} ${at} ${String(index)}`}>
            <span>
              {text.ticket.stepNames[step] ?? step}
              {assignee ? (
                <span className="soft">
                  {" · "}
                  <PersonName id={assignee} as="agent" />
                </span>
              ) : department ? (
                <span className="soft"> · {department}</span>
              ) : null}
            </span>
            <time className="soft small" dateTime={at}>
              {timeOfDay(at)}
            </time>
          </li>
        ))}
      </ol>
    </section>
  );
}

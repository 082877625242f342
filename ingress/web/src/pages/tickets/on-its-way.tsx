import { text } from "../../text";
import { Progress } from "./progress";
import { useSteps } from "./steps";

/** A ticket that is accepted and not through the pipeline yet. */
export function OnItsWay({ id }: { id: string }) {
  const { data } = useSteps(id, 1_000);
  return (
    <div className="page page-narrow stack">
      <h1>{text.ticket.onItsWay}</h1>
      <p className="soft">{text.ticket.onItsWayText}</p>
      <Progress done={data?.items.map(({ step }) => step) ?? ["created"]} />
    </div>
  );
}

import { text } from "../../text";
import { Icon } from "../../ui/icon";
import "./progress.css";

/** The way of a ticket through the pipeline, each with the steps that say it is done. */
const WAY = [["created"], ["admitted"], ["cleared", "flagged"], ["routed", "flagged"], ["saved"]];

/** How far a ticket is on its way. */
export function Progress({ done }: { done: readonly string[] }) {
  const reached = WAY.filter((steps) => steps.some((step) => done.includes(step))).length;
  return (
    <ol aria-label={text.create.working} className="progress" role="status">
      {text.create.workingSteps.map((name, index) => (
        <li aria-current={index === reached ? "step" : undefined} className={index < reached ? "done" : ""} key={name}>
          <span aria-hidden="true" className="progress-mark">
            {index < reached ? <Icon name="check" size={14} /> : index === reached ? <span className="spinner" /> : null}
          </span>
          {name}
        </li>
      ))}
    </ol>
  );
}

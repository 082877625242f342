import type { Ticket } from "../api/types";
import { text } from "../text";
import { Badge, type Tone } from "./parts";

const statusTones: Record<Ticket["status"], Tone> = { open: "amber", assigned: "blue", resolved: "green", closed: "grey" };

export function StatusBadge({ ticket }: { ticket: Pick<Ticket, "status" | "misuse_flag"> }) {
  if (ticket.misuse_flag && ticket.status === "open") {
    return (
      <Badge icon="flag" tone="amber">
        {text.tickets.flagged}
      </Badge>
    );
  }
  return <Badge tone={statusTones[ticket.status]}>{text.tickets.status[ticket.status]}</Badge>;
}

const levels: Record<Ticket["urgency"], number> = { low: 1, medium: 2, high: 3, critical: 4 };

/** Urgency as bars and, unless there is no room, its word. */
export function Urgency({ level, bare = false }: { level: Ticket["urgency"]; bare?: boolean }) {
  const name = text.tickets.urgency[level];
  return (
    <span className={`urgency urgency-${level}`} title={bare ? name : undefined}>
      <svg aria-hidden="true" height="12" viewBox="0 0 14 12" width="14">
        {[1, 2, 3, 4].map((bar) => (
          <rect
            className={bar <= levels[level] ? "on" : ""}
            height={3 * bar}
            key={bar}
            rx="1"
            width="2.4"
            x={(bar - 1) * 3.6}
            y={12 - 3 * bar}
          />
        ))}
      </svg>
      <span className={bare ? "hidden-visually" : ""}>{name}</span>
    </span>
  );
}

import { useState } from "react";

import type { Ticket } from "../../api/types";
import { session } from "../../api/session";

export interface Draft {
  title: string;
  description: string;
  urgency: Ticket["urgency"];
  /** The conversation with the bot that becomes the ticket's beginning. */
  session?: string | undefined;
  /** The request's idempotency key: sent again unchanged, it makes one ticket. */
  key: string;
}

const URGENCIES = ["low", "medium", "high", "critical"] as const;

function place() {
  return `deskwire.draft.${session.user?.id ?? ""}`;
}

function empty(): Draft {
  return { title: "", description: "", urgency: "medium", key: crypto.randomUUID() };
}

/** The draft that this browser keeps for this person. */
function kept(): Draft {
  try {
    const found = JSON.parse(localStorage.getItem(place()) ?? "{}") as Partial<Record<keyof Draft, unknown>>;
    const words = (value: unknown) => (typeof value === "string" ? value : "");
    return {
      title: words(found.title),
      description: words(found.description),
      urgency: URGENCIES.find((urgency) => urgency === found.urgency) ?? "medium",
      session: words(found.session) || undefined,
      key: words(found.key) || crypto.randomUUID(),
    };
  } catch {
    return empty();
  }
}

function keep(draft: Draft) {
  if (draft.title || draft.description) {
    localStorage.setItem(place(), JSON.stringify(draft));
  } else {
    localStorage.removeItem(place());
  }
}

/** The ticket that is being written: kept in the browser until it is sent or discarded. */
export function useDraft(given: { session?: string | undefined; title?: string | undefined }) {
  const [draft, setDraft] = useState<Draft>(() => {
    const found = kept();
    const begins = given.session !== undefined && given.session !== found.session;
    return begins ? { ...found, session: given.session, title: found.title || (given.title ?? ""), key: crypto.randomUUID() } : found;
  });
  return {
    draft,
    /** Another text is another request. */
    change: (changed: Partial<Omit<Draft, "key">>) => {
      const next = { ...draft, ...changed, key: crypto.randomUUID() };
      setDraft(next);
      keep(next);
    },
    /** What was refused for good may be asked again later, as a request of its own. */
    renew: () => {
      const next = { ...draft, key: crypto.randomUUID() };
      setDraft(next);
      keep(next);
    },
    discard: () => {
      localStorage.removeItem(place());
      setDraft(empty());
    },
  };
}

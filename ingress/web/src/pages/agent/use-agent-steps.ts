import { useMutation } from "@tanstack/react-query";

import { changeTicket } from "../../api/tickets";
import type { Ticket } from "../../api/types";
import { text } from "../../text";
import { complain, say } from "../../ui/toasts";

/** What an agent does with a ticket in one step, each with its way back. */
export function useAgentSteps({ id }: Ticket) {
  const reopen = useMutation({
    mutationFn: () => changeTicket(id, "reopen"),
    onSuccess: (ticket) => say(ticket ? text.agent.reopened : text.common.underWay),
    onError: complain,
  });
  const back = { name: text.common.undo, run: () => reopen.mutate() };
  const resolve = useMutation({
    mutationFn: () => changeTicket(id, "resolve"),
    onSuccess: (ticket) => say(ticket ? text.agent.resolved : text.common.underWay, ticket && back),
    onError: complain,
  });
  const close = useMutation({
    mutationFn: () => changeTicket(id, "close"),
    onSuccess: (ticket) => say(ticket ? text.agent.closed : text.common.underWay, ticket && back),
    onError: complain,
  });
  return { resolve, reopen, close };
}

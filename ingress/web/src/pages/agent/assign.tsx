import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { ApiProblem } from "../../api/problem";
import { assignTicket } from "../../api/tickets";
import type { Ticket } from "../../api/types";
import { DEPARTMENTS, type Department } from "../../app/search";
import { text } from "../../text";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { SelectField, TextArea } from "../../ui/field";
import { Notice } from "../../ui/parts";
import { say } from "../../ui/toasts";

const REASON_MAX = 500;

/** Gives a ticket to an agent, or to another department with a reason. */
export function AssignDialog({ ticket, onClose }: { ticket: Ticket; onClose: () => void }) {
  const [department, setDepartment] = useState<Department>(ticket.department ?? "IT");
  const [assignee, setAssignee] = useState("");
  const [reason, setReason] = useState("");
  const agents = useQuery({ queryKey: keys.agents, queryFn: () => take(api.GET("/agents")), staleTime: 60_000 });
  const elsewhere = ticket.department !== null && department !== ticket.department;
  const assign = useMutation({
    mutationFn: () =>
      assignTicket(ticket.id, {
        department,
        ...(assignee && { assignee_id: assignee }),
        ...(reason.trim() && { reason: reason.trim() }),
      }),
    onSuccess: (changed) => {
      onClose();
      say(changed ? text.agent.assigned : text.common.underWay);
    },
  });
  const problem = assign.error instanceof ApiProblem ? assign.error : undefined;
  return (
    <Dialog onClose={onClose} title={text.agent.assignTitle}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          assign.mutate();
        }}
      >
        {assign.error && !problem?.fields["reason"] ? (
          <Notice icon="alert" role="alert" tone="red">
            {assign.error.message}
          </Notice>
        ) : null}
        <SelectField
          label={text.agent.assignDepartment}
          onChange={({ target }) => {
            setDepartment(target.value as Department);
            setAssignee("");
          }}
          value={department}
        >
          {DEPARTMENTS.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </SelectField>
        <SelectField label={text.agent.assignPerson} onChange={({ target }) => setAssignee(target.value)} value={assignee}>
          <option value="">{text.agent.anyAgent}</option>
          {agents.data?.items
            .filter((agent) => agent.department === department)
            .map(({ id, username }) => (
              <option key={id} value={id}>
                {username}
              </option>
            ))}
        </SelectField>
        {elsewhere ? (
          <TextArea
            error={problem?.fields["reason"]}
            hint={text.agent.assignReasonHint}
            label={text.agent.assignReason}
            maxLength={REASON_MAX}
            onChange={({ target }) => setReason(target.value)}
            required
            rows={3}
            value={reason}
          />
        ) : null}
        <div className="dialog-foot">
          <Button look="quiet" onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button busy={assign.isPending} look="primary" type="submit">
            {text.agent.assign}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

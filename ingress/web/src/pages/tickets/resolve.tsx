import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { changeTicket } from "../../api/tickets";
import type { Ticket } from "../../api/types";
import { text } from "../../text";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { TextArea } from "../../ui/field";
import { Notice } from "../../ui/parts";
import { StarsField } from "../../ui/stars";
import { say } from "../../ui/toasts";

const FEEDBACK_MAX = 2_000;

/** How it went, said by the requester when the ticket is done. */
export function ResolveDialog({ ticket, onClose }: { ticket: Ticket; onClose: () => void }) {
  const [rating, setRating] = useState<number | null>(null);
  const [feedback, setFeedback] = useState("");
  const resolve = useMutation({
    mutationFn: () => changeTicket(ticket.id, "resolve", { rating, feedback: feedback.trim() || null }),
    onSuccess: (changed) => {
      onClose();
      say(changed ? text.resolve.done : text.common.underWay);
    },
  });
  return (
    <Dialog onClose={onClose} title={text.resolve.title}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          resolve.mutate();
        }}
      >
        <p className="soft">{text.resolve.text}</p>
        <StarsField onChange={setRating} value={rating} />
        <TextArea
          hint={text.common.optional}
          label={text.resolve.feedback}
          maxLength={FEEDBACK_MAX}
          onChange={({ target }) => setFeedback(target.value)}
          rows={3}
          value={feedback}
        />
        {resolve.error ? (
          <Notice icon="alert" role="alert" tone="red">
            {resolve.error.message}
          </Notice>
        ) : null}
        <div className="dialog-foot">
          <Button look="quiet" onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button busy={resolve.isPending} look="primary" type="submit">
            {text.resolve.submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

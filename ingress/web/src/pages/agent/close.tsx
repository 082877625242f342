import type { Ticket } from "../../api/types";
import { text } from "../../text";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { useAgentSteps } from "./use-agent-steps";

export function CloseDialog({ ticket, onClose }: { ticket: Ticket; onClose: () => void }) {
  const { close } = useAgentSteps(ticket);
  return (
    <Dialog onClose={onClose} title={text.agent.closeTitle}>
      <p className="soft">{text.agent.closeText}</p>
      <div className="dialog-foot">
        <Button look="quiet" onClick={onClose}>
          {text.common.cancel}
        </Button>
        <Button busy={close.isPending} look="primary" onClick={() => close.mutate(undefined, { onSettled: onClose })}>
          {text.agent.close}
        </Button>
      </div>
    </Dialog>
  );
}

import { useState } from "react";

import { usePersonName } from "../api/people";
import { session } from "../api/session";
import { text } from "../text";
import { Notice } from "../ui/parts";
import { lastSeq } from "./conversation";
import type { Message } from "./frames";
import type { ChatRoom } from "./room";

/** Stops a message that was begun before somebody else wrote, until its writer has seen that. */
export function useNewerGuard(room: ChatRoom, guarded: boolean) {
  /** The last message when the writing began, or when its writer was last warned. */
  const [since, setSince] = useState<number>();
  const [newer, setNewer] = useState<Message>();
  const me = session.user?.id;

  return {
    onChange: (written: boolean) => {
      if (!written) {
        setSince(undefined);
        setNewer(undefined);
      } else {
        setSince((before) => before ?? lastSeq(room.view().conversation));
      }
    },
    maySend: () => {
      const unseen = room.view().conversation.messages.findLast(
        ({ seq, sender_id, sender_role }) => since !== undefined && seq > since && sender_id !== me && sender_role !== "system",
      );
      if (!guarded || !unseen) {
        return true;
      }
      setSince(lastSeq(room.view().conversation));
      setNewer(unseen);
      return false;
    },
    warning: newer ? <Newer message={newer} /> : null,
  };
}

function Newer({ message }: { message: Message }) {
  const name = usePersonName(message.sender_id, message.sender_role);
  return (
    <Notice icon="alert" role="alert" tone="amber">
      {text.agent.newer(message.isAI ? text.people.bot : name)}
    </Notice>
  );
}

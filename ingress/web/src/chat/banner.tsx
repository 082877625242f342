import { useEffect, useState, useSyncExternalStore } from "react";

import { PersonName } from "../api/people";
import { text } from "../text";
import { Notice } from "../ui/parts";
import type { Typist } from "./conversation";
import type { Present } from "./frames";
import type { ChatRoom, RoomView } from "./room";

/** Connections that come back sooner are not spoken of. */
const CALM = 1_200;

function useOnline() {
  return useSyncExternalStore(
    (listener) => {
      window.addEventListener("online", listener);
      window.addEventListener("offline", listener);
      return () => {
        window.removeEventListener("online", listener);
        window.removeEventListener("offline", listener);
      };
    },
    () => navigator.onLine,
  );
}

/** Says that there is no connection, and when the next try is. */
export function ConnectionBanner({ room, view }: { room: ChatRoom; view: RoomView }) {
  const { connection } = view;
  const online = useOnline();
  const broken = connection.state !== "open";
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setShown(broken), broken ? CALM : 0);
    return () => window.clearTimeout(timer);
  }, [broken]);
  if (connection.state === "over") {
    return (
      <Notice icon="alert" role="status" tone="red">
        {connection.why === "login" ? text.login.ended : text.chat.ended}
      </Notice>
    );
  }
  if (!shown || !broken) {
    return null;
  }
  return (
    <Notice icon="alert" role="status" tone="amber">
      {online ? text.chat.reconnecting : text.chat.offline}{" "}
      {connection.state === "waiting" ? (
        <button className="button-link" onClick={() => room.nudge()} type="button">
          {text.chat.now}
        </button>
      ) : null}
    </Notice>
  );
}

/** Who is in the room, and who is writing. */
export function Company({ view }: { view: RoomView }) {
  const { online, typing } = view.conversation;
  return (
    <div aria-live="polite" className="company soft small">
      {typing.length > 0 ? (
        <span className="company-typing">
          <span aria-hidden="true" className="dots">
            <i />
            <i />
            <i />
          </span>
          <Names people={typing.map(({ id, role }) => ({ user_id: id, role }))} /> {text.chat.writing(typing.length)}
        </span>
      ) : online.length > 0 ? (
        <span className="company-online">
          <span aria-hidden="true" className="online-dot" />
          <Names people={online} /> {text.chat.hereNow(online.length)}
        </span>
      ) : null}
    </div>
  );
}

function Names({ people }: { people: readonly (Omit<Present, "role"> & { role: Typist["role"] })[] }) {
  return people.map(({ user_id, role }, index) => (
    <span key={user_id}>
      {index > 0 ? ", " : ""}
      <PersonName id={user_id} as={role} />
    </span>
  ));
}

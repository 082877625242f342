import { useEffect, useRef, useState } from "react";

import type { TicketItem } from "../../api/types";
import { text } from "../../text";
import { IconButton } from "../../ui/button";
import { complain } from "../../ui/toasts";

/** What is new is among the first. */
const WATCHED = 50;
const KEY = "deskwire.notices";

function wanted() {
  return localStorage.getItem(KEY) !== null && "Notification" in window && Notification.permission === "granted";
}

/** Tells on the desktop, while the page is not looked at, what is new in the queue. */
export function useDeskNotices(queue: readonly TicketItem[]) {
  const known = useRef<Map<string, number>>(undefined);
  useEffect(() => {
    const items = queue.slice(0, WATCHED);
    if (items.length === 0 && !known.current) {
      return;
    }
    const before = known.current;
    known.current = new Map([...(before ?? []), ...items.map(({ id, unread }) => [id, unread] as const)]);
    if (!before || !document.hidden || !wanted()) {
      return;
    }
    const newest = [...before.keys()].reduce((one, other) => (one > other ? one : other), "");
    for (const { id, unread, title } of items) {
      const had = before.get(id);
      // Older tickets that are only now loaded are no news.
      if (had === undefined ? id > newest : unread > had) {
        const notice = new Notification(title, {
          body: had === undefined ? text.agent.noticeNew : text.agent.noticeMessage(unread),
          tag: id,
        });
        notice.onclick = () => {
          window.focus();
          notice.close();
        };
      }
    }
  }, [queue]);
}

/** Turns desktop notices on and off. */
export function NoticesSwitch() {
  const [on, setOn] = useState(wanted);
  if (!("Notification" in window)) {
    return null;
  }
  const turn = async () => {
    if (on) {
      localStorage.removeItem(KEY);
      setOn(false);
    } else if ((await Notification.requestPermission()) === "granted") {
      localStorage.setItem(KEY, "1");
      setOn(true);
    } else {
      complain(new Error(text.agent.noticesBlocked));
    }
  };
  return (
    <IconButton
      aria-pressed={on}
      icon="bell"
      label={on ? text.agent.noticesOn : text.agent.notices}
      onClick={() => void turn()}
    />
  );
}

import { Fragment, useEffect, useLayoutEffect, useRef, useState } from "react";

import { session } from "../api/session";
import { keepRead } from "../api/tickets";
import { text } from "../text";
import { day, sameDay } from "../text/format";
import { Button } from "../ui/button";
import { complain } from "../ui/toasts";
import type { Message } from "./frames";
import { MessageRow, OutgoingRow } from "./message";
import type { ChatRoom, RoomView } from "./room";
import "./chat.css";

/** Messages of one person within so long are shown as one speech. */
const TOGETHER = 5 * 60_000;
/** This close to the end counts as being there. */
const NEAR = 60;

interface Props {
  ticketId: string;
  room: ChatRoom;
  view: RoomView;
  /** The last message that was read when the ticket was opened. */
  lastRead: number;
  onFeedback: (message: Message, feedback: Message["feedback"]) => void;
}

export function Thread({ ticketId, room, view, lastRead, onFeedback }: Props) {
  const { messages, outgoing, hasOlder, readUpTo } = view.conversation;
  const list = useRef<HTMLDivElement>(null);
  const [away, setAway] = useState(false);
  const loading = useOlder(list, room, hasOlder, messages[0]?.seq ?? 0);
  const last = messages.at(-1)?.seq ?? 0;

  // Follows the conversation as long as the reader is at its end, and when they write.
  const atEnd = useRef(true);
  useLayoutEffect(() => {
    const element = list.current;
    if (element && (atEnd.current || outgoing.at(-1)?.state === "sending")) {
      element.scrollTop = element.scrollHeight;
    }
  }, [last, outgoing]);
  useEffect(() => followGrowth(list.current, atEnd), []);

  useEffect(() => {
    const seen = () => {
      if (document.visibilityState === "visible" && atEnd.current) {
        room.markRead();
        keepRead(ticketId);
      }
    };
    seen();
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, [room, last, away, ticketId, view.connection.state]);

  const me = session.user?.id ?? "";
  const readByOthers = Math.max(0, ...Object.entries(readUpTo).map(([id, seq]) => (id === me ? 0 : seq)));
  const lastMine = messages.findLast((message) => message.sender_id === me && !message.isAI)?.seq;
  const newFrom = lastRead < last ? messages.find(({ seq, sender_id }) => seq > lastRead && sender_id !== me)?.seq : undefined;
  return (
    <div className="thread-wrap">
      <div
        aria-label={text.chat.log}
        className="thread"
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR;
          setAway(!atEnd.current);
        }}
        ref={list}
        role="log"
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keyboard
        tabIndex={0}
      >
        {hasOlder ? (
          <div className="thread-older">
            <Button busy={loading} look="quiet" onClick={() => void room.loadOlder().catch(complain)}>
              {loading ? text.chat.loadingOlder : text.chat.older}
            </Button>
          </div>
        ) : null}
        <ol className="messages">
          {messages.map((message, index) => {
            const before = messages[index - 1];
            const newDay = !before || !sameDay(new Date(before.timestamp), new Date(message.timestamp));
            const isNew = newFrom === message.seq && index > 0;
            return (
              <Fragment key={message.seq}>
                {newDay ? <li className="day-line">{day(message.timestamp)}</li> : null}
                {isNew ? <li className="new-line">{text.chat.newMessages}</li> : null}
                <MessageRow
                  follows={!newDay && !isNew && follows(before, message)}
                  message={message}
                  onFeedback={(feedback) => onFeedback(message, feedback)}
                  read={message.seq === lastMine && readByOthers >= message.seq}
                />
              </Fragment>
            );
          })}
          {outgoing.map((message, index) => (
            <OutgoingRow
              follows={index > 0 || (messages.at(-1)?.sender_id === me && messages.at(-1)?.isAI === false)}
              key={message.clientId}
              message={message}
              onDiscard={() => room.discard(message.clientId)}
              onRetry={() => room.retry(message.clientId)}
            />
          ))}
        </ol>
      </div>
      {away ? (
        <Button
          className="thread-newest"
          icon="down"
          onClick={() => list.current?.scrollTo({ top: list.current.scrollHeight, behavior: "smooth" })}
        >
          {text.chat.toNewest}
        </Button>
      ) : null}
    </div>
  );
}

function follows(before: Message | undefined, message: Message) {
  return (
    before?.sender_id === message.sender_id &&
    before.isAI === message.isAI &&
    message.sender_role !== "system" &&
    Date.parse(message.timestamp) - Date.parse(before.timestamp) < TOGETHER
  );
}

/** Stays at the end while what is shown grows: Markdown that comes late, a keyboard that opens. */
function followGrowth(element: HTMLElement | null, atEnd: { current: boolean }) {
  if (!element) {
    return undefined;
  }
  const observer = new ResizeObserver(() => {
    if (atEnd.current) {
      element.scrollTop = element.scrollHeight;
    }
  });
  observer.observe(element);
  if (element.lastElementChild) {
    observer.observe(element.lastElementChild);
  }
  return () => observer.disconnect();
}

/** Loads older messages once the reader comes near the first, and keeps what they look at where it is. */
function useOlder(listRef: React.RefObject<HTMLDivElement | null>, room: ChatRoom, hasOlder: boolean, first: number) {
  const [loading, setLoading] = useState(false);
  const heightRef = useRef(0);
  useEffect(() => {
    const element = listRef.current;
    if (!element || !hasOlder) {
      return undefined;
    }
    const scrolled = () => {
      if (element.scrollTop < 200 && element.scrollHeight > element.clientHeight) {
        heightRef.current = element.scrollHeight - element.scrollTop;
        setLoading(true);
        void room
          .loadOlder()
          .catch(complain)
          .finally(() => setLoading(false));
      }
    };
    element.addEventListener("scroll", scrolled, { passive: true });
    return () => element.removeEventListener("scroll", scrolled);
  }, [listRef, room, hasOlder]);
  useLayoutEffect(() => {
    const element = listRef.current;
    if (element && heightRef.current > 0) {
      element.scrollTop = element.scrollHeight - heightRef.current;
      heightRef.current = 0;
    }
  }, [listRef, first]);
  return loading;
}

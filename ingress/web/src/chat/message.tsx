import { DESK, usePersonName } from "../api/people";
import { session } from "../api/session";
import { text } from "../text";
import { hours } from "../text/format";
import { Button } from "../ui/button";
import { Icon } from "../ui/icon";
import { Avatar } from "../ui/parts";
import { Prose } from "../ui/prose";
import type { Outgoing } from "./conversation";
import type { Message } from "./frames";

/** What the desk itself says happened. */
function DeskLine({ message }: { message: Message }) {
  return (
    <li className="desk-line">
      <span>{message.content}</span> <time dateTime={message.timestamp}>{hours(message.timestamp)}</time>
    </li>
  );
}

interface MessageProps {
  message: Message;
  /** Whether the same person spoke just before. */
  follows: boolean;
  /** Whether somebody else has read it; for one's own. */
  read: boolean;
  onFeedback?: (feedback: Message["feedback"]) => void;
}

export function MessageRow({ message, follows, read, onFeedback }: MessageProps) {
  const known = usePersonName(message.sender_id, message.sender_role);
  if (!message.isAI && (message.sender_role === "system" || message.sender_id === DESK)) {
    return <DeskLine message={message} />;
  }
  const mine = !message.isAI && message.sender_id === session.user?.id;
  const name = message.isAI ? text.people.bot : mine ? text.people.you : known;
  const role = !mine && !message.isAI && message.sender_role !== "user" && message.sender_role !== "system" ? text.people.roles[message.sender_role] : "";
  return (
    <li className={`message ${mine ? "message-mine" : ""} ${follows ? "message-follows" : ""}`}>
      {follows ? <span className="message-space" /> : <Avatar bot={message.isAI} name={known} />}
      <div className="message-main">
        <div className={follows ? "hidden-visually" : "message-head"}>
          <strong>{name}</strong>
          {role ? <span className="soft small">{role}</span> : null}
          <time className="soft small" dateTime={message.timestamp}>
            {hours(message.timestamp)}
          </time>
        </div>
        <div className="message-text">
          <Prose>{message.content}</Prose>
        </div>
        {message.isAI && onFeedback ? <BotFeedback feedback={message.feedback} onFeedback={onFeedback} /> : null}
        {mine && read ? (
          <span className="message-state">
            <Icon name="checks" size={14} /> {text.chat.read}
          </span>
        ) : null}
      </div>
    </li>
  );
}

function BotFeedback({ feedback, onFeedback }: { feedback: Message["feedback"]; onFeedback: (feedback: Message["feedback"]) => void }) {
  const button = (value: Message["feedback"], name: string) => (
    <button
      aria-pressed={feedback === value}
      className="button-link small"
      onClick={() => onFeedback(feedback === value ? "none" : value)}
      type="button"
    >
      {feedback === value ? "✓ " : ""}
      {name}
    </button>
  );
  return (
    <div className="row">
      {button("helpful", text.chat.helpful)}
      {button("not_helpful", text.chat.notHelpful)}
    </div>
  );
}

interface OutgoingProps {
  message: Outgoing;
  follows: boolean;
  onRetry: () => void;
  onDiscard: () => void;
}

/** A message of one's own that is not in the store yet. */
export function OutgoingRow({ message, follows, onRetry, onDiscard }: OutgoingProps) {
  const failed = message.state === "failed";
  return (
    <li className={`message message-mine message-${message.state} ${follows ? "message-follows" : ""}`}>
      {follows ? <span className="message-space" /> : <Avatar name={session.user?.username ?? text.people.you} />}
      <div className="message-main">
        <div className={follows ? "hidden-visually" : "message-head"}>
          <strong>{text.people.you}</strong>
          <time className="soft small" dateTime={message.at}>
            {hours(message.at)}
          </time>
        </div>
        <div className="message-text">
          <Prose>{message.content}</Prose>
        </div>
        <span className="message-state" role={failed ? "alert" : undefined}>
          <Icon name={failed ? "alert" : message.state === "sent" ? "check" : "clock"} size={14} />
          {text.chat[message.state]}
          {failed && message.reason ? <span className="message-reason">{message.reason}</span> : null}
        </span>
        {failed ? (
          <div className="row">
            <Button icon="retry" onClick={onRetry}>
              {text.chat.retry}
            </Button>
            <Button look="quiet" onClick={onDiscard}>
              {text.chat.discard}
            </Button>
          </div>
        ) : null}
      </div>
    </li>
  );
}

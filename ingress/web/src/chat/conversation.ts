import type { Message, Present, SenderRole } from "./frames";

/** A message of one's own that is not in the store yet, as far as is known. */
export interface Outgoing {
  clientId: string;
  content: string;
  at: string;
  /** `sent`: it is on disk and on its way into the room. */
  state: "sending" | "sent" | "failed";
  /** Why it failed, for people. */
  reason?: string;
}

export interface Typist {
  id: string;
  role: SenderRole;
}

/** A ticket's conversation as this page knows it. Each function gives a new one and leaves the old one as it is. */
export interface Conversation {
  /** In the order of `seq`, without gaps. */
  messages: readonly Message[];
  hasOlder: boolean;
  outgoing: readonly Outgoing[];
  /** How far each person has read. */
  readUpTo: Readonly<Record<string, number>>;
  online: readonly Present[];
  typing: readonly Typist[];
}

/** A conversation of which these are the newest messages. */
export function begin(messages: readonly Message[], hasOlder: boolean): Conversation {
  return { messages, hasOlder, outgoing: [], readUpTo: {}, online: [], typing: [] };
}

/** The last message that is here; 0 before the first. */
export function lastSeq({ messages }: Conversation) {
  return messages.at(-1)?.seq ?? 0;
}

/** Whether `message` leaves out some that this page does not have. */
export function leavesGap(conversation: Conversation, message: Message) {
  return message.seq > lastSeq(conversation) + 1;
}

/** Takes a message of the room: the same twice is one, and one's own is outgoing no more. */
export function receive(conversation: Conversation, message: Message): Conversation {
  const { messages } = conversation;
  const at = messages.findLastIndex(({ seq }) => seq <= message.seq);
  const known = messages[at]?.seq === message.seq;
  return {
    ...conversation,
    messages: known ? messages.with(at, message) : messages.toSpliced(at + 1, 0, message),
    outgoing: conversation.outgoing.filter(({ clientId }) => clientId !== message.client_message_id),
    typing: conversation.typing.filter(({ id }) => id !== message.sender_id),
  };
}

/** Takes the messages before the first one that is here. */
export function prepend(conversation: Conversation, older: readonly Message[], hasOlder: boolean): Conversation {
  const first = conversation.messages[0]?.seq ?? Infinity;
  const messages = [...older.filter(({ seq }) => seq < first), ...conversation.messages];
  return { ...conversation, messages, hasOlder };
}

/** One's own message, before the desk knows of it. */
export function write(conversation: Conversation, clientId: string, content: string, at: string): Conversation {
  return { ...conversation, outgoing: [...conversation.outgoing, { clientId, content, at, state: "sending" }] };
}

/** What became of one's own message. */
export function mark(conversation: Conversation, clientId: string, state: Outgoing["state"], reason?: string): Conversation {
  const outgoing = conversation.outgoing.map((each) => {
    if (each.clientId !== clientId) {
      return each;
    }
    const { content, at } = each;
    return reason === undefined ? { clientId, content, at, state } : { clientId, content, at, state, reason };
  });
  return { ...conversation, outgoing };
}

/** One's own message is not to be sent after all. */
export function discard(conversation: Conversation, clientId: string): Conversation {
  return { ...conversation, outgoing: conversation.outgoing.filter((each) => each.clientId !== clientId) };
}

/** Somebody has read up to a message; marks never go back. */
export function readBy(conversation: Conversation, person: string, seq: number): Conversation {
  const before = conversation.readUpTo[person] ?? 0;
  return seq > before ? { ...conversation, readUpTo: { ...conversation.readUpTo, [person]: seq } } : conversation;
}

export function present(conversation: Conversation, online: readonly Present[]): Conversation {
  const there = new Set(online.map(({ user_id }) => user_id));
  return { ...conversation, online, typing: conversation.typing.filter(({ id }) => there.has(id)) };
}

export function typingOf(conversation: Conversation, typist: Typist, is: boolean): Conversation {
  const others = conversation.typing.filter(({ id }) => id !== typist.id);
  return { ...conversation, typing: is ? [...others, typist] : others };
}

/** Somebody said whether an answer of the bot helped. */
export function feedbackOn(conversation: Conversation, id: string, feedback: Message["feedback"]): Conversation {
  const messages = conversation.messages.map((message) => (message.id === id ? { ...message, feedback } : message));
  return { ...conversation, messages };
}

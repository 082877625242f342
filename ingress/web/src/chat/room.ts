import * as conversations from "./conversation";
import type { Conversation } from "./conversation";
import type { Message, ServerFrame, Ticket } from "./frames";
import { ChatSocket, type Connection, type SocketParts } from "./socket";
import { Timers } from "./timers";

/** One's own typing is told so often at most; that of others is shown so long. */
const TYPING_EVERY = 3_000;
const TYPING_SHOWN = 5_000;
/** A message that was not confirmed for so long, over a connection that stands, is said to have failed. */
const CONFIRMED_WITHIN = 20_000;
/** The waits before a message is sent again that the desk could not take just then: two minutes together. */
const AGAIN = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000, 15_000, 15_000, 15_000];
const PASSING = new Set(["UNAVAILABLE", "RATE_LIMITED"]);
/** The timer of the message that is under way. */
const OUTGOING = "outgoing";

/** How far somebody has read. */
export interface ReadMark {
  user_id: string;
  seq: number;
}

export interface RoomView {
  conversation: Conversation;
  connection: Connection;
}

export interface RoomParts {
  me: string;
  socket: Pick<SocketParts, "open" | "ticket">;
  /** The messages before `seq`. */
  older: (seq: number) => Promise<{ items: Message[]; has_more: boolean }>;
  newId: () => string;
  onTicket?: (ticket: Ticket) => void;
  /** What is said of a message that nobody confirmed. */
  unconfirmed: string;
}

/** A ticket's chat: what was said, what is being sent, and the connection to the others. */
export class ChatRoom {
  #parts: RoomParts;
  #socket: ChatSocket;
  #view: RoomView;
  #listeners = new Set<() => void>();
  #timers = new Timers();
  /** One's own message that the desk has not answered. There is one at a time, so that they keep their order whatever becomes of one. */
  #underWay: string | undefined;
  #tries = 0;
  #toldTyping = 0;
  #toldRead = 0;
  #loadingOlder: Promise<void> | undefined;

  constructor(parts: RoomParts, messages: readonly Message[], hasOlder: boolean, readBy: readonly ReadMark[] = []) {
    this.#parts = parts;
    const begun = conversations.begin(messages, hasOlder);
    const conversation = readBy.reduce((before, { user_id, seq }) => conversations.readBy(before, user_id, seq), begun);
    this.#view = { conversation, connection: { state: "connecting" } };
    this.#socket = new ChatSocket({
      ...parts.socket,
      onFrame: (frame) => this.#hear(frame),
      onChange: (connection) => this.#changed(connection),
    });
  }

  view = () => this.#view;

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  open() {
    this.#socket.start();
  }

  close() {
    this.#socket.stop();
    this.#timers.clearAll();
  }

  nudge() {
    this.#socket.nudge();
  }

  /** Shows a message at once, and sends it as soon as there is a connection. */
  send(content: string) {
    const id = this.#parts.newId();
    this.#update(conversations.write(this.#view.conversation, id, content, new Date().toISOString()));
    this.#toldTyping = 0;
    this.#dispatch();
  }

  /** Sends a failed message again: with its id it is the same message, whatever became of it before. */
  retry(id: string) {
    this.#update(conversations.mark(this.#view.conversation, id, "sending"));
    this.#dispatch();
  }

  discard(id: string) {
    this.#update(conversations.discard(this.#view.conversation, id));
  }

  type() {
    if (Date.now() - this.#toldTyping > TYPING_EVERY && this.#socket.send({ type: "typing" })) {
      this.#toldTyping = Date.now();
    }
  }

  /** The newest message was seen. */
  markRead() {
    const seq = conversations.lastSeq(this.#view.conversation);
    if (seq > this.#toldRead && this.#socket.send({ type: "read", seq })) {
      this.#toldRead = seq;
    }
  }

  /** Gets the messages before the first one that is here. */
  loadOlder() {
    const first = this.#view.conversation.messages[0]?.seq;
    if (first === undefined || !this.#view.conversation.hasOlder) {
      return Promise.resolve();
    }
    this.#loadingOlder ??= this.#parts
      .older(first)
      .then(({ items, has_more }) => this.#update(conversations.prepend(this.#view.conversation, items, has_more)))
      .finally(() => (this.#loadingOlder = undefined));
    return this.#loadingOlder;
  }

  setFeedback(id: string, feedback: Message["feedback"]) {
    this.#update(conversations.feedbackOn(this.#view.conversation, id, feedback));
  }

  #changed(connection: Connection) {
    this.#view = { ...this.#view, connection };
    // What was under way is sent once more over the next connection.
    this.#underWay = undefined;
    this.#timers.clear(OUTGOING);
    if (connection.state === "open") {
      this.#toldRead = 0;
      this.#resume();
      this.#dispatch();
    } else {
      this.#view.conversation = { ...this.#view.conversation, online: [], typing: [] };
    }
    this.#tell();
  }

  #resume() {
    this.#socket.send({ type: "resume", after_seq: conversations.lastSeq(this.#view.conversation) });
  }

  /** Sends the first message that is to be sent, unless another is under way. */
  #dispatch() {
    const next = this.#view.conversation.outgoing.find(({ state }) => state === "sending");
    if (!next || this.#underWay !== undefined) {
      return;
    }
    const { clientId, content } = next;
    if (this.#socket.send({ type: "chat", content, client_message_id: clientId })) {
      this.#underWay = clientId;
      this.#timers.set(OUTGOING, CONFIRMED_WITHIN, () => this.#fail(clientId, this.#parts.unconfirmed));
    }
  }

  #hear(frame: ServerFrame) {
    const now = this.#view.conversation;
    switch (frame.type) {
      case "chat":
        this.#take(frame);
        break;
      case "ack":
        if (frame.client_message_id !== null) {
          this.#settle(frame.client_message_id, conversations.mark(now, frame.client_message_id, "sent"));
        }
        break;
      case "error":
        if (frame.client_message_id !== null) {
          this.#refused(frame.client_message_id, frame.code, frame.detail);
        }
        break;
      case "typing":
        this.#typing(frame.sender_id, frame.sender_role);
        break;
      case "read":
        this.#update(conversations.readBy(now, frame.user_id, frame.seq));
        break;
      case "presence":
        this.#update(conversations.present(now, frame.online.filter(({ user_id }) => user_id !== this.#parts.me)));
        break;
      case "ticket":
        this.#parts.onTicket?.(frame.ticket);
        break;
      case "feedback":
        this.#update(conversations.feedbackOn(now, frame.message_id, frame.feedback));
        break;
      case "full_refresh":
        this.#resume();
        break;
      case "pong":
        break;
    }
  }

  #take(frame: Extract<ServerFrame, { type: "chat" }>) {
    const { type: _, ...message } = frame;
    if (conversations.leavesGap(this.#view.conversation, message)) {
      this.#resume();
      return;
    }
    this.#settle(message.client_message_id ?? null, conversations.receive(this.#view.conversation, message));
  }

  #typing(id: string, role: conversations.Typist["role"]) {
    if (id !== this.#parts.me) {
      this.#update(conversations.typingOf(this.#view.conversation, { id, role }, true));
      this.#timers.set(`typing:${id}`, TYPING_SHOWN, () =>
        this.#update(conversations.typingOf(this.#view.conversation, { id, role }, false)),
      );
    }
  }

  #refused(id: string, code: string, detail: string) {
    const wait = PASSING.has(code) && id === this.#underWay ? AGAIN[this.#tries] : undefined;
    if (wait === undefined) {
      this.#fail(id, detail);
      return;
    }
    this.#tries += 1;
    this.#timers.set(OUTGOING, wait, () => {
      this.#underWay = undefined;
      this.#dispatch();
    });
  }

  #fail(id: string, reason: string) {
    this.#settle(id, conversations.mark(this.#view.conversation, id, "failed", reason));
  }

  /** It is known what became of a message; the next one has its turn. */
  #settle(id: string | null, conversation: Conversation) {
    if (id !== null && id === this.#underWay) {
      this.#underWay = undefined;
      this.#tries = 0;
      this.#timers.clear(OUTGOING);
    }
    this.#update(conversation);
    this.#dispatch();
  }

  #update(conversation: Conversation) {
    this.#view = { ...this.#view, conversation };
    this.#tell();
  }

  #tell() {
    this.#listeners.forEach((listener) => listener());
  }
}

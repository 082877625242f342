import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { ClientFrame, ServerFrame } from "./frames";
import { ChatRoom, type RoomParts } from "./room";
import { message } from "./sample";
import type { WebSocketLike } from "./socket";

/** The other end of a socket, in the hand of the test. */
class Line implements WebSocketLike {
  onopen: WebSocketLike["onopen"] = null;
  onmessage: WebSocketLike["onmessage"] = null;
  onclose: WebSocketLike["onclose"] = null;
  sent: ClientFrame[] = [];
  closed = false;

  send(text: string) {
    this.sent.push(JSON.parse(text) as ClientFrame);
  }
  close() {
    this.closed = true;
  }
  opens() {
    this.onopen?.({} as Event);
  }
  says(frame: ServerFrame) {
    this.onmessage?.({ data: JSON.stringify(frame) } as MessageEvent);
  }
  breaks(reason = "") {
    this.onclose?.({ reason } as CloseEvent);
  }
  chats() {
    return this.sent.flatMap((frame) => (frame.type === "chat" ? [frame.client_message_id] : []));
  }
}

let lines: Line[];
let ticket: () => Promise<string>;

function line() {
  const last = lines.at(-1);
  if (!last) {
    throw new Error("no socket was opened");
  }
  return last;
}

async function enter(parts: Partial<RoomParts> = {}) {
  let ids = 0;
  const room = new ChatRoom(
    {
      me: "me",
      newId: () => `m${String(++ids)}`,
      unconfirmed: "nobody confirmed it",
      older: () => Promise.resolve({ items: [], has_more: false }),
      socket: {
        ticket: () => ticket(),
        open: () => {
          lines.push(new Line());
          return line();
        },
      },
      ...parts,
    },
    [message(1), message(2)],
    false,
  );
  room.open();
  await vi.advanceTimersByTimeAsync(0);
  return room;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
  lines = [];
  ticket = () => Promise.resolve("once");
});

afterEach(() => vi.useRealTimers());

test("a new connection asks for what follows the last message", async () => {
  const room = await enter();
  line().opens();
  expect(line().sent).toEqual([{ type: "resume", after_seq: 2 }]);
  line().says({ type: "chat", ...message(3) });
  line().breaks();
  await vi.advanceTimersByTimeAsync(600);
  line().opens();
  expect(line().sent[0]).toEqual({ type: "resume", after_seq: 3 });
  expect(room.view().connection.state).toBe("open");
});

test("the waits between tries grow, up to a quarter of a minute", async () => {
  const room = await enter();
  const waits = [];
  for (let tries = 0; tries < 8; tries++) {
    const before = Date.now();
    line().breaks();
    const { connection } = room.view();
    const wait = connection.state === "waiting" ? connection.until - before : 0;
    waits.push(wait);
    await vi.advanceTimersByTimeAsync(wait);
  }
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
});

test("a nudge ends the wait", async () => {
  const room = await enter();
  line().opens();
  line().breaks();
  expect(lines).toHaveLength(1);
  room.nudge();
  await vi.advanceTimersByTimeAsync(0);
  expect(lines).toHaveLength(2);
});

test("a connection on which nobody answers is given up", async () => {
  const room = await enter();
  line().opens();
  await vi.advanceTimersByTimeAsync(25_000);
  expect(line().sent.at(-1)).toEqual({ type: "ping" });
  await vi.advanceTimersByTimeAsync(7_000);
  line().says({ type: "pong" });
  await vi.advanceTimersByTimeAsync(24_000);
  expect(room.view().connection.state).toBe("open");
  await vi.advanceTimersByTimeAsync(9_100);
  expect(room.view().connection.state).toBe("waiting");
  expect(line().closed).toBe(true);
});

test("it ends for good where one may not be, or is signed out", async () => {
  const room = await enter();
  line().opens();
  line().breaks("the ticket is no longer yours to see");
  expect(room.view().connection).toEqual({ state: "over", why: "access" });
  ticket = () => Promise.reject(Object.assign(new Error("who?"), { status: 401 }));
  const other = await enter();
  expect(other.view().connection).toEqual({ state: "over", why: "login" });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lines).toHaveLength(1);
});

test("what is written without a connection is sent once there is one, with the same id again after a break", async () => {
  const room = await enter();
  room.send("hello");
  room.send("and more");
  expect(line().chats()).toEqual([]);
  line().opens();
  expect(line().chats()).toEqual(["m1"]);
  line().says({ type: "ack", client_message_id: "m1", id: "id-3" });
  expect(line().chats()).toEqual(["m1", "m2"]);
  expect(room.view().conversation.outgoing.map(({ state }) => state)).toEqual(["sent", "sending"]);
  line().breaks();
  await vi.advanceTimersByTimeAsync(600);
  line().opens();
  expect(line().chats()).toEqual(["m2"]);
  line().says({ type: "chat", ...message(3, { client_message_id: "m1" }) });
  line().says({ type: "chat", ...message(4, { client_message_id: "m2" }) });
  expect(room.view().conversation.outgoing).toEqual([]);
  expect(room.view().conversation.messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
});

test("a message after a gap is not taken before what is missing", async () => {
  const room = await enter();
  line().opens();
  line().says({ type: "chat", ...message(5) });
  expect(line().sent.at(-1)).toEqual({ type: "resume", after_seq: 2 });
  [3, 4, 5].forEach((seq) => line().says({ type: "chat", ...message(seq) }));
  expect(room.view().conversation.messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  line().says({ type: "full_refresh", after_seq: 5 });
  expect(line().sent.at(-1)).toEqual({ type: "resume", after_seq: 5 });
});

test("what the desk cannot take just then is sent again, and what it refuses has failed", async () => {
  const room = await enter();
  line().opens();
  room.send("hello");
  const away = { type: "error", code: "UNAVAILABLE", detail: "away", client_message_id: "m1" } as const;
  line().says(away);
  expect(room.view().conversation.outgoing[0]?.state).toBe("sending");
  await vi.advanceTimersByTimeAsync(500);
  expect(line().chats()).toEqual(["m1", "m1"]);
  line().says({ ...away, code: "TICKET_CLOSED", detail: "closed" });
  expect(room.view().conversation.outgoing[0]).toMatchObject({ state: "failed", reason: "closed" });
  room.retry("m1");
  expect(line().chats()).toEqual(["m1", "m1", "m1"]);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(room.view().conversation.outgoing[0]).toMatchObject({ state: "failed", reason: "nobody confirmed it" });
  room.discard("m1");
  expect(room.view().conversation.outgoing).toEqual([]);
});

test("messages keep their order, also while the desk cannot take the first of them", async () => {
  const room = await enter();
  line().opens();
  room.send("one");
  room.send("two");
  const away = { type: "error", code: "UNAVAILABLE", detail: "away" } as const;
  line().says({ ...away, client_message_id: "m1" });
  await vi.advanceTimersByTimeAsync(500);
  line().says({ ...away, client_message_id: "m1" });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(line().chats()).toEqual(["m1", "m1", "m1"]);
  line().says({ type: "chat", ...message(3, { client_message_id: "m1" }) });
  expect(line().chats()).toEqual(["m1", "m1", "m1", "m2"]);
  line().says({ ...away, code: "TICKET_CLOSED", detail: "closed", client_message_id: "m2" });
  room.send("three");
  expect(line().chats().at(-1)).toBe("m3");
});

test("typing is told rarely, shown for a while, and never one's own", async () => {
  const room = await enter();
  line().opens();
  room.type();
  room.type();
  expect(line().sent.filter(({ type }) => type === "typing")).toHaveLength(1);
  const typing = { type: "typing", ticket_id: "ticket", sender_id: "somebody", sender_role: "agent" } as const;
  line().says({ ...typing, sender_id: "me" });
  expect(room.view().conversation.typing).toEqual([]);
  line().says(typing);
  expect(room.view().conversation.typing).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(room.view().conversation.typing).toEqual([]);
});

test("reading is told once for each newest message, and again on a new connection", async () => {
  const room = await enter();
  line().opens();
  room.markRead();
  room.markRead();
  expect(line().sent.filter(({ type }) => type === "read")).toEqual([{ type: "read", seq: 2 }]);
  line().breaks();
  room.nudge();
  await vi.advanceTimersByTimeAsync(0);
  line().opens();
  room.markRead();
  expect(line().sent.at(-1)).toEqual({ type: "read", seq: 2 });
});

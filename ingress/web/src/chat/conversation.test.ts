import { expect, test } from "vitest";

import * as conversations from "./conversation";
import { message } from "./sample";

const seqs = (conversation: conversations.Conversation) => conversation.messages.map(({ seq }) => seq);

test("messages are in the order of seq, each once", () => {
  let conversation = conversations.begin([message(3), message(4)], true);
  conversation = conversations.receive(conversation, message(5));
  conversation = conversations.receive(conversation, message(4, { content: "again" }));
  expect(seqs(conversation)).toEqual([3, 4, 5]);
  expect(conversation.messages[1]?.content).toBe("again");
  conversation = conversations.prepend(conversation, [message(1), message(2), message(3)], false);
  expect(seqs(conversation)).toEqual([1, 2, 3, 4, 5]);
  expect(conversation.hasOlder).toBe(false);
});

test("a gap is seen, and the very first message is none", () => {
  expect(conversations.leavesGap(conversations.begin([], false), message(1))).toBe(false);
  expect(conversations.leavesGap(conversations.begin([], false), message(2))).toBe(true);
  const conversation = conversations.begin([message(1)], false);
  expect(conversations.leavesGap(conversation, message(2))).toBe(false);
  expect(conversations.leavesGap(conversation, message(1))).toBe(false);
  expect(conversations.leavesGap(conversation, message(3))).toBe(true);
});

test("one's own message is outgoing until it comes back", () => {
  let conversation = conversations.write(conversations.begin([], false), "a", "hello", "now");
  conversation = conversations.write(conversation, "b", "and more", "now");
  conversation = conversations.mark(conversation, "a", "sent");
  conversation = conversations.mark(conversation, "b", "failed", "the ticket is closed");
  expect(conversation.outgoing).toMatchObject([{ state: "sent" }, { state: "failed", reason: "the ticket is closed" }]);
  conversation = conversations.mark(conversation, "b", "sending");
  expect(conversation.outgoing[1]).not.toHaveProperty("reason");
  conversation = conversations.receive(conversation, message(1, { client_message_id: "a" }));
  expect(conversation.outgoing.map(({ clientId }) => clientId)).toEqual(["b"]);
  expect(conversations.discard(conversation, "b").outgoing).toEqual([]);
});

test("read marks never go back", () => {
  let conversation = conversations.readBy(conversations.begin([], false), "ada", 5);
  conversation = conversations.readBy(conversation, "ada", 3);
  expect(conversation.readUpTo).toEqual({ ada: 5 });
});

test("somebody writes until their message is there or they are gone", () => {
  const begun = conversations.typingOf(conversations.begin([], false), { id: "somebody", role: "agent" }, true);
  expect(conversations.typingOf(begun, { id: "somebody", role: "agent" }, true).typing).toHaveLength(1);
  expect(conversations.receive(begun, message(1)).typing).toEqual([]);
  expect(conversations.present(begun, []).typing).toEqual([]);
  expect(conversations.present(begun, [{ user_id: "somebody", role: "agent" }]).typing).toHaveLength(1);
});

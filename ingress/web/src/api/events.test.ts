import { expect, test } from "vitest";

import { EventParser } from "./events";

const stream = 'event: source\ndata: {"number": 1}\n\n: a comment\r\nevent: token\rdata: one\r\ndata: two\n\ndata:none\n\nid: 7\n\nevent: done\ndata: cut';
const events = [
  { event: "source", data: '{"number": 1}' },
  { event: "token", data: "one\ntwo" },
  { event: "message", data: "none" },
];

test("events come whole, and one that is cut does not come", () => {
  expect(new EventParser().push(stream)).toEqual(events);
});

test("it makes no difference where the pieces end", () => {
  for (let size = 1; size < 12; size++) {
    const parser = new EventParser();
    const found = [];
    for (let at = 0; at < stream.length; at += size) {
      found.push(...parser.push(stream.slice(at, at + size)));
    }
    expect(found, `in pieces of ${String(size)}`).toEqual(events);
  }
});

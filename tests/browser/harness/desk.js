// A whole desk of the Rust harness, of the real processes. It ends with whoever started it.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { eventually } from "./eventually.js";

const PROGRAM = "TEST_DESK";

export class Desk {
  #process;
  #lines;

  /** Starts a desk with these settings, such as `ratelimit.limit=100`, and waits until it is ready. */
  static async start(...settings) {
    const program = process.env[PROGRAM];
    if (!program) throw new Error(`${PROGRAM} does not name deskwire-test-desk. ./deploy/test runs these tests.`);
    const desk = new Desk();
    const options = settings.flatMap((setting) => ["--set", setting]);
    desk.#process = spawn(program, options, { stdio: ["pipe", "pipe", "inherit"] });
    desk.#lines = createInterface({ input: desk.#process.stdout })[Symbol.asyncIterator]();
    Object.assign(desk, await desk.#answer());
    // The index of articles opens last.
    const token = await desk.token("user1");
    await eventually("articles are suggested", () =>
      desk.call("GET", "/ai/suggest?q=VPN", { token }).then(() => true, String),
    );
    return desk;
  }

  /** Has the harness do something: `kill nats`, `restart workers`, `ready`, `import FOLDER`, `fill NUMBER`. */
  async order(line) {
    this.#process.stdin.write(`${line}\n`);
    const answer = await this.#answer();
    if (answer.error) throw new Error(answer.error);
  }

  /** Calls the API as somebody who is logged in, or as nobody; the body of the answer. */
  async call(method, path, { token, body, status } = {}) {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body && { "content-type": "application/json" }),
      },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (status ? response.status !== status : !response.ok) {
      throw new Error(`${method} ${path}: ${response.status} ${text}`);
    }
    return text && JSON.parse(text);
  }

  /** An access token of a demo login. */
  async token(username) {
    const body = { username, password: this.password };
    return (await this.call("POST", "/auth/login", { body })).access_token;
  }

  /** Ends it, and waits until every process is gone. */
  async stop() {
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.stdin.end();
    await gone;
  }

  async #answer() {
    const { done, value } = await this.#lines.next();
    if (done) throw new Error("the desk has ended; its logs stand above");
    return JSON.parse(value);
  }
}

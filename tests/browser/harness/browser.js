// Chromium, and people who each have a browser of their own in it.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { PATIENCE } from "./eventually.js";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Where people sit, unless it is said otherwise. */
const SETTING = { locale: "en-GB", timezoneId: "Europe/Berlin", viewport: { width: 1440, height: 900 } };

export class Browser {
  #chromium;
  #people = [];

  constructor(desk) {
    this.desk = desk;
  }

  /** Starts Chromium with a profile of its own, which goes with it. */
  static async start(desk) {
    const browser = new Browser(desk);
    const options = {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      chromiumSandbox: false,
      args: FLAGS,
    };
    browser.#chromium = await chromium.launch(options);
    return browser;
  }

  /** Somebody who has just opened the desk's page, or another one of it. */
  async visitor({ path = "/", ...options } = {}) {
    const context = await this.#chromium.newContext({ ...SETTING, ...options });
    const person = new Person(this.desk, context);
    this.#people.push(person);
    await person.open(path);
    return person;
  }

  /** Somebody who has logged in through the page. */
  async login(username, options = {}) {
    const person = await this.visitor(options);
    await person.login(username);
    return person;
  }

  /** Ends it; fails when anybody's page did what no page may do. */
  async stop() {
    await this.#chromium.close();
    for (const person of this.#people) person.check();
  }
}

/** Somebody with a browser of their own, and what their page did that it may not do. */
export class Person {
  #wrong = [];
  #expected = [];

  constructor(desk, context) {
    this.desk = desk;
    this.context = context;
    context.setDefaultTimeout(PATIENCE);
  }

  /** Opens a page of the desk in a new tab. */
  async open(path) {
    this.page = await this.context.newPage();
    this.page.on("pageerror", (error) => this.#wrong.push(`uncaught: ${error.stack}`));
    this.page.on("console", (message) => {
      const type = message.type();
      if (type === "error" || type === "warning") this.#wrong.push(`${type}: ${message.text()} ${message.location().url}`);
    });
    this.page.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      if (origin !== this.desk.url && protocol !== "data:") this.#wrong.push(`another host: ${request.url()}`);
    });
    // The console tells of violations, too, but not of all.
    await this.page.exposeFunction("tellViolation", (text) => this.#wrong.push(text));
    await this.page.addInitScript(() => {
      addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile, lineNumber }) => {
        window.tellViolation(`policy: ${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`);
      });
    });
    await this.page.goto(this.desk.url + path);
    return this.page;
  }

  async login(username, password = this.desk.password) {
    await this.page.getByLabel("User name").fill(username);
    await this.page.getByLabel("Password").fill(password);
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await this.page.getByLabel("User name").waitFor({ state: "detached" });
  }

  /** From now on the console may say this: the test brings it about. */
  expect(...patterns) {
    this.#expected.push(...patterns);
  }

  /** Fails when the page did what no page may do: an error or a warning on the console, another host, a breach of its policy. */
  check() {
    const wrong = this.#wrong.filter((text) => !this.#expected.some((pattern) => pattern.test(text)));
    assert.deepEqual(wrong, []);
  }
}

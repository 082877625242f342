import { problemFrom, unreachable } from "./problem";
import type { LoginResponse, User } from "./types";

/** Says that a refresh token may be there, so that nobody asks in vain. It is no secret and proves nothing. */
const HINT = "deskwire.signed-in";
/** The access token is renewed so long before it ends. */
const EARLY = 30_000;

type Listener = () => void;

/** Who is signed in. The access token lives in this object alone; what outlives the page is a cookie that no script reads. */
class SessionStore {
  #token: string | undefined;
  #user: User | undefined;
  #endsAt = 0;
  #refreshing: Promise<boolean> | undefined;
  #listeners = new Set<Listener>();
  #tabs = new BroadcastChannel("deskwire.session");

  constructor() {
    this.#tabs.onmessage = ({ data }: MessageEvent<{ kind: string; user: string }>) => {
      if (data.kind === "out" && this.#user) {
        this.#set(undefined);
      } else if (data.kind === "in" && data.user !== this.#user?.id) {
        // Tabs share the cookie, and so the person.
        this.refresh().catch(() => undefined);
      }
    };
  }

  get user() {
    return this.#user;
  }

  subscribe = (listener: Listener) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Signs in with a name and a password. */
  async signIn(username: string, password: string) {
    const answer = await this.#post("/auth/login", JSON.stringify({ username, password }));
    this.#set((await read(answer)) as LoginResponse);
    this.#tabs.postMessage({ kind: "in", user: this.#user?.id });
  }

  /** Takes a login that another call gave. */
  adopt(login: LoginResponse) {
    this.#set(login);
  }

  /** Goes on with the login of the cookie, if there is one. */
  async restore() {
    return this.#user !== undefined || (localStorage.getItem(HINT) !== null && (await this.refresh()));
  }

  /** A token that is good for a moment yet; none when nobody is signed in. */
  async token() {
    if (this.#token && Date.now() > this.#endsAt - EARLY) {
      await this.refresh();
    }
    return this.#token;
  }

  /** Gets a new access token; whether somebody is still signed in. However many ask at once, one request is made. */
  refresh() {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async signOut() {
    const token = this.#token;
    this.#set(undefined);
    this.#tabs.postMessage({ kind: "out" });
    if (token) {
      await fetch("/auth/logout", { method: "POST", headers: { Authorization: `Bearer ${token}` } }).catch(() => undefined);
    }
  }

  async #refresh() {
    const answer = await this.#post("/auth/refresh");
    if (answer.status === 401) {
      this.#set(undefined);
      return false;
    }
    this.#set((await read(answer)) as LoginResponse);
    return true;
  }

  async #post(path: string, body?: string) {
    const init = body === undefined ? {} : { body, headers: { "Content-Type": "application/json" } };
    return fetch(path, { method: "POST", credentials: "same-origin", ...init }).catch(() => {
      throw unreachable();
    });
  }

  #set(login: LoginResponse | undefined) {
    this.#token = login?.access_token;
    this.#endsAt = Date.now() + (login?.expires_in ?? 0) * 1_000;
    const same = this.#user?.id === login?.user.id && this.#user?.role === login?.user.role;
    if (!same || !login) {
      this.#user = login?.user;
    }
    if (login) {
      localStorage.setItem(HINT, "1");
    } else {
      localStorage.removeItem(HINT);
    }
    this.#listeners.forEach((listener) => listener());
  }
}

async function read(answer: Response): Promise<unknown> {
  const body: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok) {
    throw problemFrom(answer.status, body, answer.headers.get("Retry-After"));
  }
  return body;
}

export const session = new SessionStore();

import { readFrame, type ClientFrame, type ServerFrame } from "./frames";

/** What a socket needs of the browser's WebSocket. */
export interface WebSocketLike {
  send(text: string): void;
  close(): void;
  onopen: ((event: Event) => unknown) | null;
  onmessage: ((event: MessageEvent) => unknown) | null;
  onclose: ((event: CloseEvent) => unknown) | null;
}

/** Where a connection is: on its way, there, lost with the moment of the next try, or over for good. */
export type Connection =
  | { state: "connecting" }
  | { state: "open" }
  | { state: "waiting"; until: number }
  | { state: "over"; why: "login" | "access" };

export interface SocketParts {
  /** Gets a one-time ticket. What it throws with `status` 401 ends the connection for good. */
  ticket: () => Promise<string>;
  /** Opens a socket with a ticket. */
  open: (ticket: string) => WebSocketLike;
  onFrame: (frame: ServerFrame) => void;
  onChange: (connection: Connection) => void;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
/** How long a connection may take to open. */
const OPENING = 10_000;
/** After so long a silence the other side is asked whether it is there, and so long it has to answer. */
const SILENCE = 25_000;
const ANSWER = 8_000;
const NO_ACCESS = "the ticket is no longer yours to see";

/** One lasting connection to a room, over as many sockets as it takes. */
export class ChatSocket {
  #parts: SocketParts;
  #socket: WebSocketLike | undefined;
  #connection: Connection = { state: "connecting" };
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Grows with each attempt: what an earlier one still says is not heard. */
  #attempt = 0;

  constructor(parts: SocketParts) {
    this.#parts = parts;
  }

  get connection() {
    return this.#connection;
  }

  start() {
    void this.#connect();
  }

  stop() {
    this.#attempt++;
    clearTimeout(this.#timer);
    this.#drop();
  }

  /** Sends a frame; whether there was a connection to send it on. */
  send(frame: ClientFrame) {
    if (this.#connection.state !== "open" || !this.#socket) {
      return false;
    }
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  /** Something speaks for a better connection, or for a worse one: tries at once, or asks whether it still stands. */
  nudge() {
    if (this.#connection.state === "waiting") {
      this.#tries = 0;
      void this.#connect();
    } else if (this.#connection.state === "open") {
      this.#probe();
    }
  }

  async #connect() {
    const attempt = ++this.#attempt;
    clearTimeout(this.#timer);
    this.#drop();
    this.#become({ state: "connecting" });
    let ticket;
    try {
      ticket = await this.#parts.ticket();
    } catch (error) {
      if (attempt === this.#attempt) {
        this.#lost(isUnauthenticated(error) ? "login" : undefined);
      }
      return;
    }
    if (attempt === this.#attempt) {
      this.#listen(this.#parts.open(ticket), attempt);
    }
  }

  #listen(socket: WebSocketLike, attempt: number) {
    this.#socket = socket;
    this.#after(OPENING, () => this.#lost());
    socket.onopen = () => {
      if (attempt === this.#attempt) {
        this.#tries = 0;
        this.#become({ state: "open" });
        this.#heard();
      }
    };
    socket.onmessage = ({ data }) => {
      if (attempt === this.#attempt) {
        this.#heard();
        const frame = readFrame(data);
        if (frame) {
          this.#parts.onFrame(frame);
        }
      }
    };
    socket.onclose = ({ reason }) => {
      if (attempt === this.#attempt) {
        this.#lost(reason === NO_ACCESS ? "access" : undefined);
      }
    };
  }

  #heard() {
    this.#after(SILENCE, () => this.#probe());
  }

  #probe() {
    this.#after(ANSWER, () => this.#lost());
    this.send({ type: "ping" });
  }

  #lost(why?: "login" | "access") {
    this.#attempt++;
    this.#drop();
    clearTimeout(this.#timer);
    if (why) {
      this.#become({ state: "over", why });
      return;
    }
    const most = Math.min(FIRST_WAIT * 2 ** this.#tries++, LONGEST_WAIT);
    // Not everybody comes back in the same moment.
    const wait = most * (0.5 + Math.random() / 2);
    this.#become({ state: "waiting", until: Date.now() + wait });
    this.#after(wait, () => void this.#connect());
  }

  #drop() {
    this.#socket?.close();
    this.#socket = undefined;
  }

  #after(wait: number, then: () => void) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, wait);
  }

  #become(connection: Connection) {
    this.#connection = connection;
    this.#parts.onChange(connection);
  }
}

function isUnauthenticated(error: unknown) {
  return typeof error === "object" && error !== null && "status" in error && error.status === 401;
}

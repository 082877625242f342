/** One event of a `text/event-stream`. */
export interface StreamEvent {
  event: string;
  data: string;
}

/** Takes a `text/event-stream` apart, in whatever pieces it comes, as the HTML standard says. */
export class EventParser {
  #rest = "";
  #event = "";
  #data: string[] = [];
  #lastWasReturn = false;

  /** The events that `piece` completes. */
  push(piece: string): StreamEvent[] {
    // A line may end with CR, LF or both, and both may come in two pieces.
    const text = this.#lastWasReturn && piece.startsWith("\n") ? piece.slice(1) : piece;
    if (piece !== "") {
      this.#lastWasReturn = piece.endsWith("\r");
    }
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop() ?? "";
    return lines.flatMap((line) => this.#line(line));
  }

  #line(line: string): StreamEvent[] {
    if (line === "") {
      const complete = this.#data.length > 0 ? [{ event: this.#event || "message", data: this.#data.join("\n") }] : [];
      this.#event = "";
      this.#data = [];
      return complete;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") {
      this.#event = value;
    } else if (field === "data") {
      this.#data.push(value);
    }
    return [];
  }
}

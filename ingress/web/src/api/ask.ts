import { authorized } from "./client";
import { EventParser } from "./events";
import { ApiProblem, problemFrom, unreachable } from "./problem";
import type { Answer, Source } from "./types";
import { text } from "../text";

export interface Listener {
  onSource: (source: Source) => void;
  onToken: (words: string) => void;
}

/** Asks the bot, and hears its answer as it is made. What is given back is the whole of it. */
export async function ask(query: string, sessionId: string | undefined, listener: Listener, signal: AbortSignal): Promise<Answer> {
  const answer = await authorized(
    new Request("/ai/self-serve-query", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
      body: JSON.stringify({ query, ...(sessionId && { session_id: sessionId }) }),
      signal,
    }),
  );
  if (!answer.ok) {
    throw problemFrom(answer.status, await answer.json().catch(() => undefined), answer.headers.get("Retry-After"));
  }
  // What answers in one piece does not stream.
  if (!answer.headers.get("Content-Type")?.startsWith("text/event-stream")) {
    return (await answer.json()) as Answer;
  }
  return hear(answer, listener);
}

async function hear(answer: Response, { onSource, onToken }: Listener): Promise<Answer> {
  const parser = new EventParser();
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const piece = await reader?.read().catch(() => {
      throw unreachable();
    });
    if (!piece || piece.done) {
      // The answer is whole when it says so, and not when the connection ends.
      throw new ApiProblem(0, "CUT", text.ask.cut);
    }
    for (const { event, data } of parser.push(piece.value)) {
      const said: unknown = JSON.parse(data);
      if (event === "source") {
        onSource(said as Source);
      } else if (event === "token") {
        onToken((said as { text: string }).text);
      } else if (event === "done") {
        void reader?.cancel().catch(() => undefined);
        return said as Answer;
      } else if (event === "error") {
        throw problemFrom(503, said);
      }
    }
  }
}

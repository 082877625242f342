import { useCallback, useEffect, useRef, useState } from "react";

import { ask as askBot } from "../../api/ask";
import { ApiProblem } from "../../api/problem";
import type { Source } from "../../api/types";
import { text } from "../../text";

/** A question and what the bot says to it, as far as it came. */
export interface Turn {
  question: string;
  answer: string;
  sources: readonly Source[];
  state: "asking" | "done" | "failed" | "stopped";
  /** Whether the articles had an answer; once it is whole. */
  answered?: boolean;
  /** Its place in the bot's session, for saying whether it helped. */
  turn?: number;
  problem?: string;
}

export interface Asking {
  turns: readonly Turn[];
  sessionId: string | undefined;
  busy: boolean;
  ask: (question: string) => void;
  stop: () => void;
  fresh: () => void;
}

/** A conversation with the bot while the page is open. */
export function useAsking(): Asking {
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const [sessionId, setSessionId] = useState<string>();
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  const changeLast = useCallback((change: (turn: Turn) => Turn) => {
    setTurns((before) => before.map((turn, index) => (index === before.length - 1 ? change(turn) : turn)));
  }, []);

  const ask = async (question: string) => {
    running.current?.abort();
    const control = new AbortController();
    running.current = control;
    setTurns((before) => [...before.filter(({ state }) => state !== "asking"), { question, answer: "", sources: [], state: "asking" }]);
    const listener = {
      onSource: (source: Source) => changeLast((turn) => ({ ...turn, sources: [...turn.sources, source] })),
      onToken: (words: string) => changeLast((turn) => ({ ...turn, answer: turn.answer + words })),
    };
    try {
      const told = (id: string | undefined) => askBot(question, id, listener, control.signal);
      const { answer, sources, answered, turn, session_id } = await told(sessionId).catch((error: unknown) => {
        // A session that is over begins anew: what was said in it is here still.
        if (error instanceof ApiProblem && error.code === "AI_SESSION_NOT_FOUND") {
          return told(undefined);
        }
        throw error;
      });
      setSessionId(session_id);
      changeLast((before) => ({ ...before, answer, sources, answered, turn, state: "done" }));
    } catch (error) {
      if (control.signal.aborted) {
        changeLast((turn) => (turn.state === "asking" ? { ...turn, state: "stopped" } : turn));
      } else {
        changeLast((turn) => ({ ...turn, state: "failed", problem: error instanceof Error ? error.message : text.ask.failed }));
      }
    }
  };
  return {
    turns,
    sessionId,
    busy: turns.at(-1)?.state === "asking",
    ask: (question) => void ask(question),
    stop: () => running.current?.abort(),
    fresh: () => {
      running.current?.abort();
      setTurns([]);
      setSessionId(undefined);
    },
  };
}

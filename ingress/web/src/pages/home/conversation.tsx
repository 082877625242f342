import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useId, useRef, useState } from "react";

import { api, take } from "../../api/client";
import { text } from "../../text";
import { Button } from "../../ui/button";
import { Avatar, Notice } from "../../ui/parts";
import { Prose } from "../../ui/prose";
import { complain } from "../../ui/toasts";
import { Sources } from "./sources";
import type { Asking, Turn } from "./use-asking";

export function Conversation({ asking }: { asking: Asking }) {
  const navigate = useNavigate();
  const end = useRef<HTMLDivElement>(null);
  const count = asking.turns.length;
  useEffect(() => {
    // What it gives is no clean-up of the effect, and a promise in newer browsers.
    end.current?.scrollIntoView({ block: "end", behavior: "smooth" });
  }, [count]);
  const toPerson = () => {
    const first = asking.turns[0]?.question ?? "";
    void navigate({ to: "/app/tickets/new", search: { session: asking.sessionId, title: first.slice(0, 200) } });
  };
  return (
    <div className="asked">
      <div className="page-head">
        <h1>{text.ask.bot}</h1>
        <Button className="push" icon="plus" look="quiet" onClick={asking.fresh}>
          {text.ask.fresh}
        </Button>
      </div>
      <div aria-live="polite">
        {asking.turns.map((turn, index) => (
          <OneTurn
            asking={asking}
            key={`${String(index)} ${turn.question}`}
            last={index === count - 1}
            onPerson={toPerson}
            turn={turn}
          />
        ))}
      </div>
      <div ref={end} />
    </div>
  );
}

function OneTurn({ turn, last, asking, onPerson }: { turn: Turn; last: boolean; asking: Asking; onPerson: () => void }) {
  const [opened, setOpened] = useState<number>();
  const base = useId();
  const open = (number: number) => {
    setOpened(number);
    document.getElementById(`${base}-${String(number)}`)?.scrollIntoView({ block: "nearest" });
  };
  return (
    <section className="turn">
      <p className="turn-question">
        <span className="hidden-visually">{text.ask.you}: </span>
        {turn.question}
      </p>
      <div className="turn-answer">
        <Avatar bot name={text.ask.bot} />
        <div className="turn-main">
          {turn.state === "asking" && !turn.answer ? (
            <p className="soft thinking">
              <span className="spinner" /> {text.ask.thinking}
            </p>
          ) : (
            <Prose onSource={open}>{withLinks(turn)}</Prose>
          )}
          {turn.state === "failed" ? (
            <Notice icon="alert" role="alert" tone="red">
              {turn.problem}{" "}
              <button className="button-link" onClick={() => asking.ask(turn.question)} type="button">
                {text.common.tryAgain}
              </button>
            </Notice>
          ) : null}
          {turn.sources.length > 0 ? <Sources base={base} onOpen={setOpened} opened={opened} sources={turn.sources} /> : null}
          {last && turn.state !== "asking" ? <Verdict asking={asking} onPerson={onPerson} turn={turn} /> : null}
        </div>
      </div>
    </section>
  );
}

/** The answer with the numbers of its sources as links to them. */
function withLinks({ answer, sources }: Turn) {
  const known = new Set(sources.map(({ number }) => String(number)));
  return answer.replace(/\[(\d{1,2})\](?!\()/g, (mark, number: string) => (known.has(number) ? `[${number}](#source-${number})` : mark));
}

/** Whether the answer helped, and the way to a person. */
function Verdict({ turn, asking, onPerson }: { turn: Turn; asking: Asking; onPerson: () => void }) {
  const say = useMutation({
    mutationFn: (helpful: boolean) =>
      take(api.POST("/ai/feedback", { body: { session_id: asking.sessionId ?? "", turn: turn.turn ?? 0, helpful } })),
    onError: complain,
  });
  const person = (
    <Button icon="person" look={turn.answered === false ? "primary" : "plain"} onClick={onPerson}>
      {text.ask.person}
    </Button>
  );
  const said = say.isSuccess ? say.variables : undefined;
  return (
    <div className="row turn-verdict">
      {turn.state === "done" && turn.answered && said === undefined ? (
        <>
          <Button busy={say.isPending && say.variables} icon="thumb" onClick={() => say.mutate(true)}>
            {text.ask.helped}
          </Button>
          <Button busy={say.isPending && !say.variables} look="quiet" onClick={() => say.mutate(false)}>
            {text.ask.notHelped}
          </Button>
        </>
      ) : null}
      {said === undefined ? null : <span role="status">{said ? text.ask.thanks : text.ask.sorry}</span>}
      {person}
    </div>
  );
}

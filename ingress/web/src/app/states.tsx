import { Link } from "@tanstack/react-router";
import { useEffect } from "react";

import { ApiProblem } from "../api/problem";
import { text } from "../text";
import { Button } from "../ui/button";
import { Empty, SkeletonRows } from "../ui/parts";
import { useTitle } from "./title";

const AGAIN = 3_000;

export function Pending() {
  return (
    <div className="page">
      <SkeletonRows />
    </div>
  );
}

export function NotFound() {
  useTitle(text.common.notFound);
  return (
    <main className="page">
      <Empty
        action={
          <Link className="button" to="/app">
            {text.common.home}
          </Link>
        }
        icon="search"
        whole
        title={text.common.notFound}
      >
        {text.common.notFoundText}
      </Empty>
    </main>
  );
}

/** What is shown when a page cannot be: the desk is away, which passes, or the page made a mistake. */
export function Crashed({ error }: { error: unknown }) {
  const passing = error instanceof ApiProblem && error.passing;
  useTitle(text.common.crashed);
  useEffect(() => {
    const timer = passing ? window.setInterval(() => location.reload(), AGAIN) : undefined;
    return () => window.clearInterval(timer);
  }, [passing]);
  return (
    <main className="page">
      <Empty
        action={
          <Button icon="retry" onClick={() => location.reload()}>
            {text.common.reload}
          </Button>
        }
        icon="alert"
        whole
        title={passing ? text.common.away : text.common.crashed}
      >
        {passing ? error.message : text.common.crashedText}
      </Empty>
    </main>
  );
}

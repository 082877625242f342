import { useSyncExternalStore } from "react";

import { ago, moment } from "../text/format";

const MINUTE = 60_000;
const listeners = new Set<() => void>();
let minute = Date.now();
let timer: number | undefined;

function subscribe(listener: () => void) {
  if (listeners.size === 0) {
    minute = Date.now();
  }
  listeners.add(listener);
  timer ??= window.setInterval(() => {
    minute = Date.now();
    listeners.forEach((each) => each());
  }, MINUTE);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      window.clearInterval(timer);
      timer = undefined;
    }
  };
}

/** How long ago something was, in words; the whole moment in the reader's zone on pointing at it. */
export function Ago({ at }: { at: string }) {
  const now = useSyncExternalStore(subscribe, () => minute);
  return (
    <time dateTime={at} title={moment(at)}>
      {ago(at, now)}
    </time>
  );
}

/** A moment in the reader's zone. */
export function Moment({ at }: { at: string }) {
  return <time dateTime={at}>{moment(at)}</time>;
}

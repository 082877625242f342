import { useEffect, useRef } from "react";

function isWriting(target: EventTarget | null) {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}

/** Does something on single keys, unless somebody is writing or a dialog is open. */
export function useKeys(keys: Record<string, () => void>) {
  const now = useRef(keys);
  useEffect(() => {
    now.current = keys;
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat;
      const run = now.current[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (run && plain && !isWriting(event.target) && !document.querySelector("dialog[open]")) {
        event.preventDefault();
        run();
      }
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
}

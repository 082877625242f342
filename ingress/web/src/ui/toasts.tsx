import { useSyncExternalStore } from "react";

import { text } from "../text";
import { IconButton } from "./button";

interface Toast {
  id: number;
  message: string;
  bad: boolean;
  action?: { name: string; run: () => void };
}

const SHOWN = 6_000;
let toasts: readonly Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();

function set(changed: readonly Toast[]) {
  toasts = changed;
  listeners.forEach((listener) => listener());
}

function dismiss(id: number) {
  set(toasts.filter((toast) => toast.id !== id));
}

function show(toast: Omit<Toast, "id">) {
  const id = next++;
  set([...toasts, { ...toast, id }].slice(-3));
  window.setTimeout(() => dismiss(id), SHOWN);
}

/** Says that something was done, with a way back where there is one. */
export function say(message: string, action?: Toast["action"]) {
  show(action ? { message, bad: false, action } : { message, bad: false });
}

/** Says that something went wrong. */
export function complain(error: unknown) {
  show({ message: error instanceof Error ? error.message : text.common.failed, bad: true });
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div aria-live="polite" className="toasts" role="status">
      {shown.map(({ id, message, bad, action }) => (
        <div className={`toast ${bad ? "toast-bad" : ""}`} key={id}>
          <span>{message}</span>
          {action && (
            <button
              className="button-link"
              onClick={() => {
                dismiss(id);
                action.run();
              }}
              type="button"
            >
              {action.name}
            </button>
          )}
          <IconButton icon="close" label={text.common.dismiss} onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}

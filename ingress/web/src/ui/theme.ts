import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

const KEY = "deskwire.theme";
const listeners = new Set<() => void>();

/** What was chosen on this machine. */
export function theme(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
}

/** Puts the chosen theme on the page. */
export function applyTheme() {
  const chosen = theme();
  if (chosen === "system") {
    delete document.documentElement.dataset["theme"];
  } else {
    document.documentElement.dataset["theme"] = chosen;
  }
}

function choose(chosen: Theme) {
  if (chosen === "system") {
    localStorage.removeItem(KEY);
  } else {
    localStorage.setItem(KEY, chosen);
  }
  applyTheme();
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void) {
  const elsewhere = () => {
    applyTheme();
    listener();
  };
  listeners.add(listener);
  window.addEventListener("storage", elsewhere);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", elsewhere);
  };
}

export function useTheme() {
  return [useSyncExternalStore(subscribe, theme), choose] as const;
}

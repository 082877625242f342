import { useCallback, useSyncExternalStore } from "react";

import { text } from "../text";
import { api, take } from "./client";
import { session } from "./session";
import type { Person } from "./types";

/** The id under which the desk itself speaks. */
export const DESK = "00000000-0000-8000-8000-000000000001";
const MOST = 100;
/** Who could not be looked up is asked for again after so long. */
const AGAIN = 5_000;

/** Who is known by their id; nothing for who is not there, or not to be seen. A list shows many: this costs them little. */
class People {
  #known = new Map<string, Person | null>();
  #wanted = new Set<string>();
  #listeners = new Set<() => void>();

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** Somebody, if they are known; those who are not are looked up together with whoever else is asked for in this moment. */
  find(id: string) {
    const person = this.#known.get(id);
    if (person === undefined && !this.#wanted.has(id)) {
      if (this.#wanted.size === 0) {
        setTimeout(() => this.#look());
      }
      this.#wanted.add(id);
    }
    return person ?? undefined;
  }

  forget() {
    this.#known.clear();
  }

  #look() {
    const ids = [...this.#wanted];
    for (let start = 0; start < ids.length; start += MOST) {
      void this.#lookUp(ids.slice(start, start + MOST));
    }
  }

  async #lookUp(ids: readonly string[]) {
    try {
      const { items } = await take(api.GET("/people", { params: { query: { ids: ids.join(",") } } }));
      const found = new Map(items.map((person) => [person.id, person]));
      ids.forEach((id) => this.#known.set(id, found.get(id) ?? null));
      ids.forEach((id) => this.#wanted.delete(id));
      this.#listeners.forEach((listener) => listener());
    } catch {
      // Until then they are called by their role.
      setTimeout(() => ids.forEach((id) => this.#wanted.delete(id)), AGAIN);
    }
  }
}

const people = new People();
session.subscribe(() => {
  if (!session.user) {
    people.forget();
  }
});

export type SpeakerRole = "user" | "agent" | "admin" | "system";

/** How somebody is called, who speaks as `role`. */
export function usePersonName(id: string, role: SpeakerRole) {
  const find = useCallback(() => (id === session.user?.id ? session.user : id === DESK ? undefined : people.find(id)), [id]);
  const person = useSyncExternalStore(people.subscribe, find);
  return person?.username ?? text.people.unknown[role];
}

/** How somebody is called, in a place of its own. */
export function PersonName({ id, as }: { id: string; as: SpeakerRole }) {
  return usePersonName(id, as);
}

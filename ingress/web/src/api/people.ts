import { useQuery } from "@tanstack/react-query";

import { text } from "../text";
import { api, take } from "./client";
import { keys } from "./keys";
import type { Person } from "./types";
import { session } from "./session";

/** The id under which the desk itself speaks. */
export const DESK = "00000000-0000-8000-8000-000000000001";
const MOST = 100;

let waiting: { id: string; found: (person: Person | null) => void; failed: (error: unknown) => void }[] = [];

/** One person; those that are asked for in one moment are looked up together. */
function find(id: string) {
  return new Promise<Person | null>((found, failed) => {
    if (waiting.length === 0) {
      queueMicrotask(() => setTimeout(look));
    }
    waiting.push({ id, found, failed });
  });
}

function look() {
  const asked = waiting;
  waiting = [];
  for (let start = 0; start < asked.length; start += MOST) {
    const some = asked.slice(start, start + MOST);
    const ids = [...new Set(some.map(({ id }) => id))].join(",");
    take(api.GET("/people", { params: { query: { ids } } })).then(
      ({ items }) => {
        const people = new Map(items.map((person) => [person.id, person]));
        some.forEach(({ id, found }) => found(people.get(id) ?? null));
      },
      (error: unknown) => some.forEach(({ failed }) => failed(error)),
    );
  }
}

/** Somebody by their id: none while it is not known who. */
export function usePerson(id: string | null | undefined) {
  const known = useQuery({
    queryKey: keys.person(id ?? ""),
    queryFn: () => find(id ?? ""),
    enabled: Boolean(id) && id !== DESK && id !== session.user?.id,
    staleTime: 30 * 60_000,
  });
  return id && id === session.user?.id ? session.user : (known.data ?? undefined);
}

export type SpeakerRole = "user" | "agent" | "admin" | "system";

/** How somebody is called, who speaks as `role`. */
export function usePersonName(id: string | null | undefined, role: SpeakerRole) {
  const person = usePerson(id);
  return person?.username ?? text.people.unknown[role];
}

/** How somebody is called, in a place of its own. */
export function PersonName({ id, as }: { id: string; as: SpeakerRole }) {
  return usePersonName(id, as);
}

/** What is in the address behind the question mark, read with care: anybody can write there. */
type Given = Record<string, unknown>;

export const STATUSES = ["open", "assigned", "resolved", "closed"] as const;
export type Status = (typeof STATUSES)[number];
export const DEPARTMENTS = ["IT", "HR"] as const;
export type Department = (typeof DEPARTMENTS)[number];

function words(given: unknown) {
  const text = typeof given === "string" ? given : typeof given === "number" ? String(given) : "";
  return text.slice(0, 200) || undefined;
}

function oneOf<T extends string>(all: readonly T[], given: unknown) {
  return all.find((each) => each === given);
}

function page(given: unknown) {
  const number = Number(given);
  return Number.isInteger(number) && number > 1 && number <= 50 ? number : undefined;
}

/** An address inside this page; anything else would lead people away. */
function inside(given: unknown) {
  const address = typeof given === "string" ? given : "";
  return address.startsWith("/app/") && !address.startsWith("/app/login") ? address : undefined;
}

export interface TicketSearch {
  status?: Status | undefined;
  department?: Department | undefined;
  q?: string | undefined;
  page?: number | undefined;
}

export function readTicketSearch(given: Given): TicketSearch {
  return {
    status: oneOf(STATUSES, given["status"]),
    department: oneOf(DEPARTMENTS, given["department"]),
    q: words(given["q"]),
    page: page(given["page"]),
  };
}

export interface AgentSearch {
  status?: Status | "all" | undefined;
  department?: Department | undefined;
}

export function readAgentSearch(given: Given): AgentSearch {
  return { status: oneOf([...STATUSES, "all"], given["status"]), department: oneOf(DEPARTMENTS, given["department"]) };
}

export function readWords(given: Given): { q?: string | undefined } {
  return { q: words(given["q"]) };
}

export function readLoginSearch(given: Given): { next?: string | undefined } {
  return { next: inside(given["next"]) };
}

export function readNewSearch(given: Given): { session?: string | undefined; title?: string | undefined } {
  return { session: words(given["session"]), title: words(given["title"]) };
}

export function readFlaggedSearch(given: Given): { ticket?: string | undefined } {
  return { ticket: words(given["ticket"]) };
}

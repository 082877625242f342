import { text } from "../text";

/** What the desk says is wrong, as RFC 9457 problem details; `code` is for programs, the message for people. */
export class ApiProblem extends Error {
  override name = "ApiProblem";

  readonly status: number;
  readonly code: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly more: Readonly<Record<string, unknown>>;
  /** Seconds after which it may be tried again. */
  readonly retryAfter: number | undefined;

  constructor(status: number, code: string, detail: string, told: Partial<Pick<ApiProblem, "fields" | "more" | "retryAfter">> = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.fields = told.fields ?? {};
    this.more = told.more ?? {};
    this.retryAfter = told.retryAfter;
  }

  /** Whether the same request may well succeed a little later. */
  get passing() {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/** Nobody answered. */
export function unreachable() {
  return new ApiProblem(0, "UNREACHABLE", text.problems.offline);
}

/** Reads a problem from what came with an answer that is none of success. */
export function problemFrom(status: number, body: unknown, retryAfter: string | null = null) {
  const given = isObject(body) ? body : {};
  const { code, detail, errors, ...more } = given;
  const fields: Record<string, string> = {};
  for (const each of Array.isArray(errors) ? (errors as unknown[]) : []) {
    if (isObject(each) && typeof each["field"] === "string" && typeof each["detail"] === "string") {
      fields[each["field"]] ??= each["detail"];
    }
  }
  return new ApiProblem(
    status,
    typeof code === "string" ? code : "UNKNOWN",
    typeof detail === "string" ? detail : text.problems.unreadable,
    { fields, more, retryAfter: Number(retryAfter) || undefined },
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
